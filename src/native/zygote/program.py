"""Runs one program as the WebAssembly guest does: wasm-runtimes/python/glue/run.c and
pylib/_belljar_boot.py say what a program can see, and this module keeps to it.

No frame of ours is below the program's first one. Python has no function for that, but a weak
reference's callback is called by the interpreter itself: the program is run by the callback of a
reference to the code of `python -c …`, which the interpreter lets go when it has run to its end and
before it begins to shut down.
"""

import atexit
import builtins
import functools
import gc
import io
import linecache
import os
import resource
import sys
import threading
import time
import traceback
import types
import weakref

import _belljar_kernel as kernel
import _belljar_preload as preload

# What the process exits with. 255 for an uncaught exception is what the reference server shows.
EXIT_UNCAUGHT, EXIT_INTERRUPTED = 255, 130

_join_threads = threading._shutdown
_own_main = sys.modules["__main__"]
_run = functools.partial.__call__
_streams = ()
_trigger = None
_site = preload.SITE
# The program's; held nowhere else, so that its end can be told.
_namespace = None


class BufferedWriter(io.BufferedWriter):
    """What was written is with the server even if the program is killed right after."""

    def write(self, data):
        count = super().write(data)
        super().flush()
        return count


# What programs see, in `repr` for one, is the ordinary class.
BufferedWriter.__module__ = "_io"


def _text_layer(fd, name, errors, line_buffering):
    raw = io.FileIO(fd, "wb", closefd=False)
    raw.name = name
    stream = io.TextIOWrapper(
        BufferedWriter(raw), "utf-8", errors, newline="\n", line_buffering=line_buffering, write_through=True)
    stream.mode = "w"
    return stream


def prepare(packages):
    """In the zygote: what every program finds. `packages` is the folder that they are in."""
    global _site
    import site

    _site = packages

    # What `site` adds to the builtins: exit, quit, help, copyright, credits, license.
    site.setquit()
    site.setcopyright()
    site.sethelper()
    _open_streams()
    # The interpreter's own look for a program's lines in a file, which there is not.
    sys.excepthook = sys.__excepthook__ = excepthook
    threading.excepthook = threading.__excepthook__ = thread_excepthook


def _open_streams():
    """Standard output and error, at descriptors 1 and 2, which for a program are pipes: as long as the
    streams are made, too, since they ask what they are on."""
    global _streams
    read_end, write_end = os.pipe()
    nothing = os.open("/dev/null", os.O_RDWR)
    os.dup2(write_end, 1)
    os.dup2(write_end, 2)
    sys.stdout = sys.__stdout__ = _text_layer(1, "<stdout>", "surrogateescape", False)
    sys.stderr = sys.__stderr__ = _text_layer(2, "<stderr>", "backslashreplace", True)
    _streams = (sys.stdout, sys.stderr)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    for fd in (read_end, write_end, nothing):
        os.close(fd)


def excepthook(kind, value, trace):
    """As the interpreter's own, with the lines of programs, which are in no file; and without the
    host's name for the folder of packages, where they are not in a root of their own."""
    if _site == preload.SITE:
        traceback.print_exception(kind, value, trace)
    else:
        text = "".join(traceback.format_exception(kind, value, trace))
        sys.stderr.write(text.replace(_site, preload.SITE))


def thread_excepthook(args):
    """As the interpreter's own, with the lines of programs."""
    if args.exc_type is SystemExit:
        return
    name = args.thread.name if args.thread is not None else threading.get_ident()
    print("Exception in thread %s:" % name, file=sys.stderr)
    traceback.print_exception(args.exc_type, args.exc_value, args.exc_traceback)


def arm(text, code):
    """Has the program `text` run as soon as `code`, which is running, has been run and let go."""
    global _trigger, _namespace
    # Nothing of what the zygote knows is the program's business.
    _own_main.__dict__.clear()
    name = text["file_name"]
    main = _begin(name, text["code"], text["preload"])
    # `next` draws from it until there is something true, which is never: it is how C code does one
    # step after the other.
    _namespace = main.__dict__
    steps = filter(None, map(_run, _steps(name, text["code"], text["preload"])))
    _trigger = weakref.ref(code, functools.partial(next, steps))
    sys.unraisablehook = functools.partial(_unraisable, steps)


def _begin(name, code, preload):
    sys.argv = [name]
    sys.orig_argv = ["python3", name]
    logging = sys.modules.get("logging")
    if logging is not None:
        # Nanoseconds since Python 3.13.
        logging._startTime = time.time_ns() if logging._startTime > 1e12 else time.time()
    _show_source(name, code)
    if preload is not None:
        _show_source("<preload>", preload)
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    main.__annotations__ = {}
    main.__builtins__ = builtins
    main.__file__ = name
    main.__cached__ = None
    return main


def _without_mark(source):
    """A byte order mark is not part of a program."""
    return source[1:] if source.startswith("\ufeff") else source


def _show_source(name, source):
    """Let tracebacks and `inspect` find the lines of a source that is in no file."""
    lines = _without_mark(source).splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    # No modification time: `linecache.checkcache` then leaves the entry alone.
    linecache.cache[name] = (len(source), None, lines, name)


def _steps(name, code, preload):
    if preload is not None:
        yield _execution("<preload>", preload)
    yield _execution(name, code)
    finish(0)


def _execution(name, source):
    try:
        # Text, as for exec(): a coding line says nothing.
        code = compile(_without_mark(source), name, "exec", 0, True)
    except BaseException as error:
        # No frame was there yet.
        finish(_report(type(error), error, None))
    return functools.partial(exec, code, _namespace)


def _unraisable(steps, args):
    """The program's uncaught exceptions come here as well."""
    if not (isinstance(args.object, functools.partial) and args.object.args == (steps,)):
        return sys.__unraisablehook__(args)
    sys.unraisablehook = sys.__unraisablehook__
    status = _report(args.exc_type, args.exc_value, args.exc_traceback)
    if status == 0:
        # A preload that ends well is followed by the program. This frame is then below it.
        try:
            next(steps)
        except BaseException as error:
            status = _report(type(error), error, error.__traceback__ and error.__traceback__.tb_next)
    finish(status)


def _report(kind, value, trace):
    """Shows an exception as the interpreter does on its way out; returns the exit code."""
    _allow_a_little_more_memory()
    if issubclass(kind, SystemExit):
        return _exit_status(value)
    sys.last_type, sys.last_value, sys.last_traceback = kind, value, trace
    try:
        if hasattr(sys, "excepthook"):
            sys.excepthook(kind, value, trace)
        else:
            print("sys.excepthook is missing", file=sys.stderr)
            excepthook(kind, value, trace)
    except SystemExit as error:
        return _exit_status(error)
    except BaseException as error:
        try:
            sys.stderr.write("Error in sys.excepthook:\n")
            excepthook(type(error), error, error.__traceback__.tb_next)
            sys.stderr.write("\nOriginal exception was:\n")
            excepthook(kind, value, trace)
        except BaseException:
            # Not even that: no memory, or no standard error.
            os.write(2, b"%s\n" % kind.__name__.encode())
    return EXIT_INTERRUPTED if issubclass(kind, KeyboardInterrupt) else EXIT_UNCAUGHT


def _allow_a_little_more_memory():
    for which in (resource.RLIMIT_DATA, resource.RLIMIT_AS):
        try:
            hard = resource.getrlimit(which)[1]
            resource.setrlimit(which, (hard, hard))
        except (OSError, ValueError):
            pass


def _exit_status(value):
    """What `python` makes of a SystemExit."""
    code = getattr(value, "code", None)
    if code is None:
        return 0
    if isinstance(code, int):
        # What does not fit a C long is -1 there.
        return int(code) & 0xFF if -(1 << 63) <= code < 1 << 63 else 0xFF
    try:
        print(code, file=sys.stderr)
        sys.stderr.flush()
    except BaseException:
        pass
    return 1


def finish(status):
    """What the interpreter does on its way out, as far as a program can see it; then the end."""
    try:
        for step in (_join_threads, atexit._run_exitfuncs, _flush, _destroy_main, _flush, kernel.flush_c_streams):
            try:
                step()
            except BaseException:
                pass
    finally:
        os._exit(status)


def _flush():
    # The program may have put others in their place, which write to these.
    for stream in {id(each): each for each in (sys.stdout, sys.stderr, *_streams)}.values():
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except BaseException:
            pass


def _destroy_main():
    """Destroys the program's objects so that their destructors run, in the order of Py_Finalize: let
    go of the module, collect cycles (finalisers then still see the globals), and only then empty the
    namespace of a module that something still holds."""
    global _namespace
    module = sys.modules.get("__main__")
    reference = weakref.ref(module) if module is not None else lambda: None
    sys.modules["__main__"] = _namespace = module = None
    # What the zygote made is frozen: only the program's own objects are looked at.
    gc.collect()
    module = reference()
    if module is None:
        return
    # As _PyModule_Clear: private names first.
    namespace = module.__dict__
    for private in (True, False):
        for name in list(namespace):
            if isinstance(name, str) and name != "__builtins__":
                if not private or name[:1] == "_" != name[1:2]:
                    namespace[name] = None
    gc.collect()
