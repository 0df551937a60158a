# Compiles modules to byte code and prints it: for each the length of its file's name (4 bytes), the name,
# the length of the code (0: it does not compile) and the code. Belljar puts the line `PATHS = …` before
# this. No code of a package runs here.
import importlib.util, os, warnings
from importlib._bootstrap_external import _code_to_hash_pyc

warnings.simplefilter("ignore")


def framed(data):
    return len(data).to_bytes(4, "little") + data


for path in PATHS:
    name = importlib.util.cache_from_source(path)
    try:
        with open(path, "rb") as file:
            source = file.read()
        code = compile(source, path, "exec", dont_inherit=True)
        # Never compared with its source: both are part of the same read-only image.
        data = _code_to_hash_pyc(code, importlib.util.source_hash(source), checked=False)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # As for every module without byte code, whoever imports it is told why.
        data = b""
    frame = framed(name.encode()) + framed(data)
    while frame:
        frame = frame[os.write(1, frame) :]
os._exit(0)
