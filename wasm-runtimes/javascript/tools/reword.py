"""Words the engine's errors as V8 words them.

    reword.py quickjs.c messages.txt

messages.txt: blocks of two lines, C text as it stands in the source and what takes its place,
separated by empty lines; lines that begin with # are comments. Each text has to be there, and none
may name a property.
"""

import pathlib
import re
import sys

source, messages = (pathlib.Path(argument) for argument in sys.argv[1:])
text = source.read_text()
blocks = messages.read_text().split("\n\n")
for block in blocks:
    lines = [line for line in block.splitlines() if line and not line.startswith("#")]
    if not lines:
        continue
    if len(lines) != 2:
        sys.exit(f"{messages}: not a pair: {lines}")
    old, new = lines
    if old not in text:
        sys.exit(f"{messages}: not in {source.name}: {old}")
    if re.search(r"_DEF2?\(\s*" + re.escape(old), text):
        sys.exit(f"{messages}: also the name of a property: {old}")
    text = text.replace(old, new)
source.write_text(text)
