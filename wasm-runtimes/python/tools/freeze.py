"""Freeze packages into one blob and the C table that indexes it.

Run by the build Python (same version as the target), with PYTHONHASHSEED fixed, so that the
bytes depend on nothing but the sources:

    freeze.py --out DIR --root FOLDER=PREFIX ... [--extra NAME=FILE] [--exclude FILE]

Every `.py` below FOLDER becomes a frozen module whose code objects say they come from
`PREFIX/relative/path.py`, the path a user would see in a traceback of a normal installation.
Writes `frozen.bin` and `frozen_table.h` (`#embed`s the former).
"""

import argparse
import marshal
import pathlib


def excluded_modules(path):
    lines = pathlib.Path(path).read_text().splitlines()
    return {line.split("#")[0].strip() for line in lines} - {""}


def module_name(relative):
    parts = list(relative.with_suffix("").parts)
    is_package = parts[-1] == "__init__"
    if is_package:
        parts.pop()
    return ".".join(parts), is_package


def is_excluded(name, excluded):
    parts = name.split(".")
    prefixes = {".".join(parts[: i + 1]) for i in range(len(parts))}
    return bool(prefixes & excluded)


def collect(roots, excluded):
    """Yield (name, is_package, file, shown path), sorted by name; the first root wins."""
    found = {}
    for root in roots:
        folder, _, prefix = root.partition("=")
        folder = pathlib.Path(folder)
        for file in folder.rglob("*.py"):
            relative = file.relative_to(folder)
            if not all(part.isidentifier() or "-" in part for part in relative.with_suffix("").parts):
                continue
            name, is_package = module_name(relative)
            if name and not is_excluded(name, excluded):
                found.setdefault(name, (name, is_package, file, f"{prefix}/{relative}"))
    return [found[name] for name in sorted(found)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--root", action="append", default=[])
    parser.add_argument("--exclude")
    args = parser.parse_args()

    excluded = excluded_modules(args.exclude) if args.exclude else set()
    modules = collect(args.root, excluded)
    blob, rows = bytearray(), []
    for name, is_package, file, shown in modules:
        code = compile(file.read_bytes(), shown, "exec", dont_inherit=True, optimize=0)
        data = marshal.dumps(code)
        rows.append(f'{{"{name}", frozen_blob + {len(blob)}, {len(data)}, {int(is_package)}}},')
        blob += data

    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "frozen.bin").write_bytes(blob)
    (args.out / "frozen_table.h").write_text("\n".join(rows) + "\n")
    print(f"froze {len(rows)} modules, {len(blob)} bytes")


main()
