//! Programs that take their interpreter apart from within Python.

use crate::common::Expect::*;
use crate::common::check;

#[test]
fn taking_the_interpreter_apart_harms_only_the_program() {
    check(&[
        ("builtins cleared", "import builtins; vars(builtins).clear()", Ends),
        ("builtins replaced", "
            import builtins
            builtins.__import__ = lambda *a, **k: None
            builtins.print = builtins.open = builtins.__build_class__ = builtins.compile = builtins.exec = None
        ", Succeeds),
        ("sys cleared", "import sys; vars(sys).clear(); print('x')", Ends),
        ("sys.modules cleared", "import sys; sys.modules.clear(); print('x')", Prints("x\n")),
        ("sys.modules replaced", "import sys; sys.modules = {}; import json; print(json.dumps(1))", Ends),
        ("every module cleared", "
            import sys
            clear = dict.clear
            for module in list(sys.modules.values()): clear(module.__dict__)
        ", Ends),
        ("everything the collector knows emptied", "
            import gc
            for o in gc.get_objects():
                if isinstance(o, (dict, list, set)):
                    try: o.clear()
                    except Exception: pass
        ", Ends),
        ("frozen objects unfrozen and emptied", "
            import gc
            gc.unfreeze()
            for o in gc.get_objects():
                if isinstance(o, (dict, list, set)):
                    try: o.clear()
                    except Exception: pass
        ", Ends),
        ("main deleted", "import sys; del sys.modules['__main__']; print('x')", Prints("x\n")),
        ("main replaced", "import sys; sys.modules['__main__'] = 1; print('x')", Prints("x\n")),
        ("main of another class", "
            import __main__
            class M(type(__main__)):
                def __getattribute__(self, name): raise SystemExit(9)
            __main__.__class__ = M
        ", Ends),
        ("its own globals cleared", "globals().clear()", Succeeds),
        ("globals of another kind", "
            class G(dict):
                def __getitem__(self, key):
                    while True: pass
            exec('x', G())
        ", Ends),
        ("codecs", "
            import codecs, encodings
            def search(name):
                while True: pass
            codecs.register(search)
            'x'.encode('nothing')
        ", Stopped("timeout")),
        ("codec errors", "
            import codecs
            codecs.register_error('strict', lambda e: ('x' * 10, e.start))
            b'\\xff'.decode('ascii')
        ", Ends),
        ("the import system", "
            import sys
            class F:
                def find_spec(self, name, path, target=None):
                    while True: pass
            sys.meta_path.insert(0, F())
            import something
        ", Stopped("timeout")),
        ("import hooks and paths", "
            import sys
            sys.meta_path.clear(); sys.path_hooks.clear(); sys.path[:] = ['/etc', '/proc', 5, None]; sys.path_importer_cache.clear()
            try: import something
            except ImportError: print('no')
        ", Prints("no\n")),
        ("frozen modules", "
            import sys, _imp, importlib
            for name in ('os', 'json', 'codecs', 'io', 'abc', 'zipimport'):
                try: importlib.reload(__import__(name))
                except Exception: pass
            print('x')
        ", Ends),
        ("the loader", "
            import _frozen_importlib, _frozen_importlib_external
            vars(_frozen_importlib).clear(); vars(_frozen_importlib_external).clear()
            import json.tool
        ", Ends),
        ("classes of builtins", "
            import gc
            for cls, name in ((int, '__add__'), (str, 'upper'), (type, '__call__'), (object, '__init__')):
                try: setattr(cls, name, None); print('changed')
                except TypeError: pass
                gc.get_referents(cls.__dict__)[0][name] = lambda *a: 7
            print('x')
        ", Ends),
        ("class hierarchies", "
            class A: pass
            class B(A): pass
            try: A.__bases__ = (B,)
            except TypeError: print('no')
            class M(type):
                def mro(cls): return []
            try:
                class C(metaclass=M): pass
                C()
            except TypeError: print('no')
        ", Ends),
        ("a dict that changes while it is compared", "
            class K:
                def __hash__(self): return 1
                def __eq__(self, other): d.clear(); return False
            d = {K(): 1}
            for _ in range(1000):
                d[K()] = 1; d[K()] = 2
            print('x')
        ", Succeeds),
        ("a list that changes while it is sorted", "
            x = list(range(1000))
            def key(i): x.append(1); return i
            try: x.sort(key=key)
            except ValueError: print('no')
        ", Prints("no\n")),
        ("buffers that shrink while they are used", "
            b = bytearray(1000); m = memoryview(b)
            try: b.clear()
            except BufferError: print('no')
            class E:
                def __index__(self): c.clear(); return 5
            c = bytearray(b'x' * 100)
            try: c[10] = E()
            except IndexError: print('no')
        ", Prints("no\nno\n")),
        ("interpreters within", "
            for name in ('_interpreters', '_xxsubinterpreters', '_interpchannels'):
                try:
                    module = __import__(name)
                    i = module.create(); print(module.exec(i, 'while True: pass'))
                except (ImportError, RuntimeError, AttributeError): pass
            print('end')
        ", Ends),
    ]);
}

#[test]
fn settings_beyond_reason_are_errors_or_without_effect() {
    check(&[
        (
            "recursion",
            "
            import sys
            for limit in (0, -1, 2 ** 31, 2 ** 100):
                try: sys.setrecursionlimit(limit)
                except (ValueError, OverflowError): print('no', end=' ')
        ",
            Prints("no no no no "),
        ),
        (
            "sleeping",
            "
            import time
            for seconds in (-1, float('nan'), 1e300, 2 ** 100):
                try: time.sleep(seconds)
                except (ValueError, OverflowError): print('no', end=' ')
        ",
            Prints("no no no no "),
        ),
        (
            "sleeping as long as can be",
            "import time; time.sleep(2 ** 31)",
            Stopped("timeout"),
        ),
        (
            "the collector",
            "import gc; gc.disable(); gc.set_threshold(1); gc.set_debug(gc.DEBUG_STATS); gc.collect(); print('x')",
            Prints("x\n"),
        ),
        (
            "the switch interval",
            "import sys; sys.setswitchinterval(1e-9); print('x')",
            Prints("x\n"),
        ),
        (
            "the clock",
            "
            import time
            for set_it in ('clock_settime', 'tzset'):
                f = getattr(time, set_it, None)
                try: f and f(*((time.CLOCK_REALTIME, 0) if set_it == 'clock_settime' else ()))
                except OSError: pass
            print(time.time() > 1.7e9)
        ",
            Prints("True\n"),
        ),
        (
            "a clock that is looked at only",
            "
            import time
            start = time.time()
            while time.time() < start + 1000: pass
        ",
            Stopped("timeout"),
        ),
        (
            "audit hooks",
            "
            import sys
            def hook(event, arguments): raise RuntimeError(event)
            sys.addaudithook(hook)
            open('/tmp/x', 'w')
        ",
            Ends,
        ),
        (
            "context variables of other libraries",
            "
            import decimal
            decimal.getcontext().prec = decimal.MAX_PREC
            decimal.Decimal(1) / 3
        ",
            Ends,
        ),
    ]);
}
