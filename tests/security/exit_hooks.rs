//! What runs after a program's last line is still held to its limits.

use crate::common::Expect::*;
use crate::common::check;

#[test]
fn destructors_run_and_end_at_the_limits() {
    check(&[
        (
            "a destructor speaks",
            "
            class A:
                def __del__(self): print('gone')
            a = A(); print('end')
        ",
            Prints("end\ngone\n"),
        ),
        (
            "one that loops",
            "
            class A:
                def __del__(self):
                    while True: pass
            a = A(); print('end')
        ",
            Stopped("timeout"),
        ),
        (
            "one that sleeps",
            "
            class A:
                def __del__(self, sleep=__import__('time').sleep): sleep(1000)
            a = A(); print('end')
        ",
            Stopped("timeout"),
        ),
        (
            "one that makes another, for ever",
            "
            class A:
                def __del__(self, make=lambda: A()): type(self)()
            a = A(); print('end')
        ",
            Ends,
        ),
        (
            "one that comes back to life",
            "
            held = []
            class A:
                def __del__(self): held.append(self)
            for _ in range(1000): A()
            print(len(held))
        ",
            Succeeds,
        ),
        (
            "in a cycle",
            "
            class A:
                def __del__(self):
                    while True: pass
            a = A(); a.a = a; del a; print('end')
        ",
            Stopped("timeout"),
        ),
        (
            "one that raises",
            "
            class A:
                def __del__(self): raise ValueError('late')
            a = A(); print('end')
        ",
            Prints("end\n"),
        ),
        (
            "one that grows",
            "
            class A:
                def __del__(self, held=[]):
                    while True: held.append(bytearray(1 << 20))
            a = A(); print('end')
        ",
            Ends,
        ),
        (
            "one that floods",
            "
            class A:
                def __del__(self, write=__import__('os').write):
                    while True: write(1, b'x' * 10_000)
            a = A(); print('end')
        ",
            Stopped("standard output is larger"),
        ),
        (
            "generators that refuse to close",
            "
            def g():
                while True:
                    try: yield 1
                    except GeneratorExit: pass
            x = g(); next(x); print('end')
        ",
            Succeeds,
        ),
        (
            "generators that loop while closing",
            "
            def g():
                try: yield 1
                finally:
                    while True: pass
            x = g(); next(x); print('end')
        ",
            Stopped("timeout"),
        ),
        (
            "weak references that call for ever",
            "
            import weakref
            class A: pass
            def again(_):
                global w
                w = weakref.ref(A(), again)
            w = weakref.ref(A(), again)
        ",
            Ends,
        ),
        (
            "finalizers",
            "
            import weakref
            class A: pass
            a = A()
            weakref.finalize(a, lambda loop=iter: sum(1 for _ in loop(int, 1)))
        ",
            Stopped("timeout"),
        ),
        (
            "collector callbacks",
            "
            import gc
            gc.callbacks.append(lambda *a, collect=gc.collect: collect())
            gc.collect(); print('end')
        ",
            Ends,
        ),
    ]);
}

#[test]
fn exit_functions_run_and_end_at_the_limits() {
    check(&[
        (
            "in reverse order",
            "
            import atexit
            for i in range(3): atexit.register(print, i)
        ",
            Prints("2\n1\n0\n"),
        ),
        (
            "after an exception",
            "
            import atexit
            atexit.register(print, 'bye')
            1 / 0
        ",
            Exits(255),
        ),
        (
            "one that loops",
            "
            import atexit
            @atexit.register
            def forever():
                while True: pass
        ",
            Stopped("timeout"),
        ),
        (
            "one that registers itself again",
            "
            import atexit
            def again(): atexit.register(again)
            atexit.register(again); print('end')
        ",
            Ends,
        ),
        (
            "one that raises",
            "
            import atexit
            atexit.register(lambda: 1 / 0); print('end')
        ",
            Prints("end\n"),
        ),
        (
            "one that exits hard",
            "
            import atexit, os
            atexit.register(os._exit, 9); print('end')
        ",
            Exits(9),
        ),
        (
            "one that takes all memory",
            "
            import atexit
            @atexit.register
            def grow():
                a = []
                while True: a.append(bytearray(1 << 20))
        ",
            Ends,
        ),
        (
            "one in place of the interpreter's own",
            "
            import threading, time
            threading._shutdown = lambda: time.sleep(1000)
        ",
            Ends,
        ),
        (
            "an output that never gets flushed",
            "
            import sys
            class W:
                closed = False
                def write(self, text): return len(text)
                def flush(self):
                    while True: pass
            sys.stdout = W()
        ",
            Stopped("timeout"),
        ),
        (
            "an exception hook that loops",
            "
            import sys
            def hook(*a):
                while True: pass
            sys.excepthook = hook
            1 / 0
        ",
            Stopped("timeout"),
        ),
        (
            "an exception hook that raises",
            "
            import sys
            def hook(*a): raise KeyError('worse')
            sys.excepthook = hook
            1 / 0
        ",
            Exits(255),
        ),
        (
            "an exception hook that hides",
            "
            import sys
            sys.excepthook = lambda *a: None
            1 / 0
        ",
            Exits(255),
        ),
        (
            "an exception hook that exits",
            "
            import sys
            def hook(*a): sys.exit(0)
            sys.excepthook = hook
            1 / 0
        ",
            Ends,
        ),
        (
            "no exception hook",
            "
            import sys
            del sys.excepthook
            1 / 0
        ",
            Raises("ZeroDivisionError"),
        ),
        (
            "the hook for what cannot be raised",
            "
            import sys
            def hook(*a):
                while True: pass
            sys.unraisablehook = hook
            class A:
                def __del__(self): 1 / 0
            A()
        ",
            Stopped("timeout"),
        ),
        (
            "coroutines never awaited",
            "
            async def a(): pass
            for _ in range(100): a()
            print('end')
        ",
            Prints("end\n"),
        ),
        (
            "an event loop left running",
            "
            import asyncio
            loop = asyncio.new_event_loop()
            async def forever():
                while True: await asyncio.sleep(0)
            task = loop.create_task(forever())
            loop.run_until_complete(asyncio.sleep(0)); print('end')
        ",
            Succeeds,
        ),
    ]);
}
