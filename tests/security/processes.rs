//! Starting, signalling and ending processes: only the program itself ever ends.

use crate::common::Expect::*;
use crate::common::check;

#[test]
fn no_process_can_be_started() {
    check(&[
        (
            "everything in os",
            r#"
            import os
            attempts = {
                "fork": lambda: os.fork(), "forkpty": lambda: os.forkpty(), "vfork": lambda: os.vfork(),
                "system": lambda: os.system("touch /tmp/x"), "popen": lambda: os.popen("id").read(),
                "execv": lambda: os.execv("/bin/sh", ["sh"]), "execve": lambda: os.execve("/bin/sh", ["sh"], {}),
                "spawnv": lambda: os.spawnv(os.P_WAIT, "/bin/sh", ["sh"]),
                "posix_spawn": lambda: os.posix_spawn("/bin/sh", ["sh"], {}),
                "startfile": lambda: os.startfile("x"), "kill": lambda: os.kill(1, 9), "killpg": lambda: os.killpg(1, 9),
                "setuid": lambda: os.setuid(0), "chroot": lambda: os.chroot("/tmp"), "nice": lambda: os.nice(-20),
                "setns": lambda: os.setns(0), "unshare": lambda: os.unshare(0), "pipe": lambda: os.pipe(),
                "memfd_create": lambda: os.memfd_create("x"), "eventfd": lambda: os.eventfd(0),
                "mkfifo": lambda: os.mkfifo("/tmp/f"), "mknod": lambda: os.mknod("/tmp/n"),
                "wait": lambda: os.wait(), "sched_setaffinity": lambda: os.sched_setaffinity(0, {0}),
            }
            for name, attempt in attempts.items():
                try: print("done:", name, attempt())
                except (AttributeError, OSError): pass
            print("none")
        "#,
            Prints("none\n"),
        ),
        (
            "the posix module directly",
            r#"
            import posix
            print(sorted(n for n in dir(posix) if n in ("fork", "execv", "execve", "system", "kill", "posix_spawn", "chroot", "setuid", "pipe", "dup2", "ptrace")))
        "#,
            Ends,
        ),
        (
            "subprocess",
            "
            import subprocess
            subprocess.run(['/bin/sh', '-c', 'id'])
        ",
            Raises("OSError: [Errno 58]"),
        ),
        (
            "multiprocessing",
            r#"
            try:
                import multiprocessing
                p = multiprocessing.Process(target=print); p.start(); p.join()
                print("started")
            except (OSError, ImportError, AttributeError, ValueError, RuntimeError) as e:
                print("no")
        "#,
            Prints("no\n"),
        ),
        (
            "concurrent.futures",
            r#"
            from concurrent.futures import ProcessPoolExecutor
            try:
                print(ProcessPoolExecutor().submit(pow, 2, 3).result())
            except (OSError, ImportError, NotImplementedError) as e:
                print("no")
        "#,
            Prints("no\n"),
        ),
        ("_posixsubprocess", "import _posixsubprocess", Ends),
        (
            "foreign code",
            r#"
            for name in ("ctypes", "_ctypes", "cffi", "mmap", "resource", "_testcapi", "_testinternalcapi", "fcntl", "pty", "readline"):
                try:
                    module = __import__(name)
                    print(name, hasattr(module, "CDLL") and module.CDLL(None))
                except (ImportError, OSError, AttributeError): pass
            print("end")
        "#,
            Ends,
        ),
        (
            "native extensions",
            r#"
            import importlib.machinery
            open("/tmp/evil.so", "wb").write(b"\x7fELF" + bytes(1000))
            print(importlib.machinery.EXTENSION_SUFFIXES)
            try:
                loader = importlib.machinery.ExtensionFileLoader("evil", "/tmp/evil.so")
                print(loader.create_module(importlib.machinery.ModuleSpec("evil", loader, origin="/tmp/evil.so")))
            except (ImportError, AttributeError, NotImplementedError) as e:
                print("no")
        "#,
            Ends,
        ),
    ]);
}

#[test]
fn ending_hard_ends_only_the_program() {
    check(&[
        ("os._exit", "import os; os._exit(0)", Prints("")),
        (
            "os._exit with a code",
            "import os; print('kept'); os._exit(77)",
            Exits(77),
        ),
        (
            "os._exit with an odd code",
            "import os; os._exit(-1)",
            Exits(255),
        ),
        (
            "os._exit in a destructor",
            "
            import os
            class A:
                def __del__(self, leave=os._exit): leave(5)
            a = A()
        ",
            Exits(5),
        ),
        (
            "os.abort",
            "import os; os.abort()",
            Stopped("the program aborted"),
        ),
        (
            "a signal to itself",
            "import signal; signal.raise_signal(signal.SIGTERM)",
            Stopped("the program aborted"),
        ),
        (
            "all signals to itself",
            "
            import signal
            for number in range(1, 65):
                try: signal.signal(number, lambda *a: print('caught'))
                except (OSError, ValueError): pass
            for number in range(1, 65):
                try: signal.raise_signal(number)
                except (OSError, ValueError): pass
        ",
            Ends,
        ),
        (
            "signal handlers that never end",
            "
            import signal
            def forever(*a):
                while True: pass
            signal.signal(signal.SIGINT, forever)
            signal.raise_signal(signal.SIGINT)
            while True: pass
        ",
            Stopped("timeout"),
        ),
        (
            "interrupting the main thread",
            "
            import _thread
            _thread.interrupt_main()
            for _ in range(1000): pass
        ",
            Ends,
        ),
        (
            "crashing on purpose",
            "import faulthandler; faulthandler._sigsegv()",
            Stopped("the program aborted"),
        ),
        (
            "reading address zero",
            "import faulthandler; faulthandler._read_null()",
            Ends,
        ),
        (
            "an alarm clock",
            "
            import signal
            try: signal.alarm(1)
            except AttributeError: print('none')
            try: signal.setitimer(0, 0.01)
            except AttributeError: print('none')
        ",
            Prints("none\nnone\n"),
        ),
    ]);
}
