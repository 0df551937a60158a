//! Games with file descriptors: the standard streams, the root folder, numbers that are not open.

use crate::common::Expect::*;
use crate::common::check;

#[test]
fn closing_descriptors_hurts_only_the_program() {
    check(&[
        (
            "all of them",
            "
            import os
            print('before')
            for fd in range(-5, 300):
                try: os.close(fd)
                except OSError: pass
            try: open('/tmp/x', 'w')
            except OSError: pass
        ",
            Ends,
        ),
        (
            "the root folder",
            "
            import os
            os.close(3)
            try: print(open('/etc/passwd'))
            except OSError as e: print('no files')
        ",
            Prints("no files\n"),
        ),
        (
            "the root folder, then something else in its place",
            "
            import os
            os.mkdir('/tmp/fake')
            os.close(3)
            try: print(os.open('/tmp/fake', os.O_RDONLY))
            except OSError: print('none')
        ",
            Prints("none\n"),
        ),
        (
            "standard input",
            "import os; os.close(0); print(open('/tmp/x', 'w').fileno())",
            Prints("0\n"),
        ),
        (
            "standard error before a failure",
            "import os; os.close(2); 1 / 0",
            Exits(255),
        ),
        (
            "python's own objects",
            "
            import sys
            sys.stdin.close(); sys.stdout.close(); sys.stderr.close()
            1 / 0
        ",
            Exits(255),
        ),
        (
            "twice",
            "
            import os
            fd = os.open('/tmp/x', os.O_CREAT | os.O_RDWR)
            os.close(fd); os.close(fd)
        ",
            Raises("OSError: [Errno 8] Bad file descriptor"),
        ),
    ]);
}

#[test]
fn numbers_that_are_not_open_or_not_what_they_seem_are_errors() {
    check(&[
        (
            "every operation on every number",
            r#"
            import os
            operations = [
                lambda fd: os.read(fd, 10), lambda fd: os.pread(fd, 10, 2 ** 62), lambda fd: os.pwrite(fd, b"x", 2 ** 62),
                lambda fd: os.lseek(fd, 2 ** 63 - 1, 1), lambda fd: os.lseek(fd, -(2 ** 63), 2), lambda fd: os.fstat(fd),
                lambda fd: os.ftruncate(fd, 2 ** 63 - 1), lambda fd: os.fsync(fd), lambda fd: os.fdatasync(fd), lambda fd: os.isatty(fd),
                lambda fd: os.listdir(fd), lambda fd: os.scandir(fd), lambda fd: os.get_inheritable(fd), lambda fd: os.set_inheritable(fd, True),
                lambda fd: os.readv(fd, [bytearray(10)] * 2000), lambda fd: os.writev(fd, [b""] * 2000), lambda fd: os.utime(fd),
                lambda fd: os.posix_fadvise(fd, 2 ** 62, 2 ** 62, 0), lambda fd: os.posix_fallocate(fd, 2 ** 62, 2 ** 62),
                lambda fd: os.set_blocking(fd, False), lambda fd: os.dup(fd), lambda fd: os.ttyname(fd), lambda fd: os.get_terminal_size(fd),
            ]
            for fd in (*range(0, 8), 255, 256, 1000, 2 ** 31 - 1, -1, -2 ** 31):
                for operation in operations:
                    try: operation(fd)
                    except (OSError, AttributeError, ValueError, TypeError, OverflowError, NotImplementedError): pass
            print("end")
        "#,
            Prints("end\n"),
        ),
        (
            "reading a folder, listing a file",
            r#"
            import os
            open("/tmp/f", "w").close()
            for attempt in (lambda: os.read(os.open("/tmp", os.O_RDONLY), 1), lambda: os.listdir("/tmp/f"),
                            lambda: os.listdir(os.open("/tmp/f", os.O_RDONLY)), lambda: open("/tmp")):
                try: print("did", attempt())
                except (OSError, TypeError): print("no")
        "#,
            Prints("no\nno\nno\nno\n"),
        ),
        (
            "writing what was opened for reading",
            r#"
            import os
            open("/tmp/f", "w").write("abc")
            fd = os.open("/tmp/f", os.O_RDONLY)
            for attempt in (lambda: os.write(fd, b"x"), lambda: os.ftruncate(fd, 0), lambda: os.pwrite(fd, b"x", 0)):
                try: print("did", attempt())
                except OSError: print("no")
            fd = os.open("/tmp/f", os.O_WRONLY)
            try: print("read", os.read(fd, 3))
            except OSError: print("no")
            print(open("/tmp/f").read())
        "#,
            Prints("no\nno\nno\nno\nabc\n"),
        ),
    ]);
}

#[test]
fn endless_descriptors_and_streams_end_at_a_limit() {
    check(&[
        (
            "opening for ever",
            "
            held = []
            while True:
                try: held.append(open('/tmp/x', 'w'))
                except OSError: pass
        ",
            Stopped("timeout"),
        ),
        (
            "reading the end of standard input for ever",
            "
            import sys
            while sys.stdin.read() == '': pass
        ",
            Stopped("timeout"),
        ),
        (
            "opening and leaving",
            "
            for i in range(20_000): open('/tmp/x', 'w')
            print('ok')
        ",
            Prints("ok\n"),
        ),
    ]);
}
