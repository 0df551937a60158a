"""Prepares the snapshot (`prepare_snapshot`) and begins and ends each run.

Called from the C glue only, and removed from `sys.modules` before the snapshot: programs do not
see it. Everything random, cached from the outside or time-dependent that the snapshot would
otherwise hand to every run alike is renewed in `begin_run`.
"""

import _belljar_asyncio
import _belljar_compat
import _belljar_streams
import atexit
import builtins
import gc
import importlib
import linecache
import logging
import os
import random
import site
import sys
import time
import types

# Imported into the snapshot: what short scripts and templates commonly use. The rest of the
# standard library is frozen too and is imported when a program asks for it.
SNAPSHOT_MODULES = """
abc array ast asyncio base64 binascii bisect calendar cmath collections collections.abc
concurrent.futures contextlib contextvars copy copyreg csv dataclasses datetime _strptime decimal
difflib email.utils enum errno fnmatch fractions functools gc glob gzip hashlib heapq hmac html
html.parser http.client inspect io itertools json keyword linecache locale logging math numbers operator os
pathlib pickle platform pprint queue random re secrets selectors shutil signal socket ssl stat statistics string
struct tempfile textwrap threading time token tokenize traceback types typing unicodedata
urllib.parse urllib.request uuid warnings weakref xml.etree.ElementTree zlib zoneinfo
jinja2 jinja2.sandbox jinja2.ext markupsafe
encodings.ascii encodings.idna encodings.latin_1 encodings.utf_8_sig encodings.utf_16
""".split()


def prepare_snapshot():
    for name in SNAPSHOT_MODULES:
        importlib.import_module(name)
    _warm_up()
    # What `site` would have added to the builtins: exit, quit, help, copyright, credits, license.
    site.setquit()
    site.setcopyright()
    site.sethelper()
    _belljar_streams.install()
    os.environ.clear()
    for name in [name for name in sys.modules if name.startswith("_belljar")]:
        del sys.modules[name]
    linecache.clearcache()
    sys.path_importer_cache.clear()
    gc.collect()
    global _streams, _full_collections
    _streams = (sys.stdout, sys.stderr)
    _full_collections = gc.get_stats()[2]["collections"]


def _warm_up():
    """Fill the caches that every template or script would fill again.

    They stay in the snapshot: a template's first parse takes 0.3 ms rather than 1.9 when jinja2
    keeps its lexers, and what is in them is the same for everybody.
    """
    import datetime
    import decimal
    import json

    import jinja2
    import jinja2.sandbox

    for environment in (jinja2.Environment(), jinja2.sandbox.SandboxedEnvironment()):
        environment.from_string("{% for x in xs if x %}{{ x|e }}{% else %}-{% endfor %}").render(xs=[1])
    jinja2.Template("{{ a }}").render(a=1)
    b"".decode("utf-8-sig")
    json.loads(json.dumps({"a": [1, 2.5, None, "é"]}))
    datetime.datetime.strptime("2025-01-02 03:04:05", "%Y-%m-%d %H:%M:%S").isoformat()
    decimal.Decimal("1.1") + 1


def begin_run(program, preload, name):
    sys.path_importer_cache.clear()
    sys.argv = [name]
    sys.orig_argv = ["python3", name]
    random.seed()
    logging._startTime = time.time_ns()
    _show_source(name, program)
    if preload is not None:
        _show_source("<preload>", preload)
    # A fresh module, which the collector knows (those of the snapshot it leaves alone).
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    main.__annotations__ = {}
    main.__builtins__ = builtins
    main.__file__ = name
    main.__cached__ = None
    return main


def _show_source(name, source):
    """Let tracebacks and `inspect` find the lines of a source that is in no file."""
    text = source.decode("utf-8-sig", "replace")
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    # No modification time: `linecache.checkcache` then leaves the entry alone.
    linecache.cache[name] = (len(text), None, lines, name)


def end_run():
    """What the interpreter does on its way out, before it destroys the program's objects.

    There are no threads to wait for.
    """
    atexit._run_exitfuncs()
    flush()


def collect():
    """Collect the program's garbage. As long as all of its objects are young, that does not take
    a full collection, which would also empty the free lists and so write to many pages."""
    if gc.get_count()[2] == 0 and gc.get_stats()[2]["collections"] == _full_collections:
        gc.collect(1)
    else:
        gc.collect()


def flush():
    # The program may have put others in their place, which write to these.
    replaced = sys.stdout is not _streams[0] or sys.stderr is not _streams[1]
    for stream in (sys.stdout, sys.stderr, *_streams) if replaced else _streams:
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except BaseException:
            pass
