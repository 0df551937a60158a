//! Output, `/tmp` and open files, each limited with an error of its own.

use crate::common::Expect::*;
use crate::common::check;
use crate::common::server::impatient;

#[test]
fn output_is_limited_and_never_cut_off_silently() {
    let stdout = "standard output is larger than 1 MiB (limits.stdout)";
    let stderr = "standard error is larger than 4 MiB (limits.stderr)";
    check(&[
        (
            "a flood of lines",
            "while True: print('x' * 1000)",
            Stopped(stdout),
        ),
        (
            "a flood of characters",
            "
            import sys
            while True: sys.stdout.write('x')
        ",
            Stopped(stdout),
        ),
        (
            "one large write",
            "import os; os.write(1, b'x' * (1 << 21))",
            Stopped(stdout),
        ),
        ("one large print", "print('x' * (1 << 20))", Stopped(stdout)),
        (
            "a flood that hides its failure",
            "
            import os
            while True:
                try: os.write(1, b'x' * 100000)
                except BaseException: pass
        ",
            Stopped(stdout),
        ),
        (
            "exactly as much",
            "import os; os.write(1, b'x' * (1 << 20))",
            Succeeds,
        ),
        (
            "a flood on stderr",
            "
            import sys
            while True: print('x' * 1000, file=sys.stderr)
        ",
            Stopped(stderr),
        ),
        (
            "a flood of warnings",
            "
            import warnings
            warnings.simplefilter('always')
            while True: warnings.warn('x' * 1000)
        ",
            Stopped(stderr),
        ),
        (
            "one large exception",
            "raise ValueError('x' * (5 << 20))",
            Stopped(stderr),
        ),
        (
            "a flood into a file is none",
            "
            import sys
            with open('/tmp/out', 'w') as sys.stdout:
                print('x' * (2 << 20))
        ",
            Succeeds,
        ),
    ]);
    let run = impatient().run("while True: print('x' * 1000)");
    assert_eq!(run.stdout.len(), 1 << 20, "what fits is kept");
}

#[test]
fn tmp_is_limited_in_bytes_and_files_with_an_error_that_programs_can_catch() {
    check(&[
        (
            "bytes",
            "
            import errno
            try:
                with open('/tmp/x', 'wb') as f:
                    for _ in range(100): f.write(b'x' * 100_000)
            except OSError as e:
                print(e.errno == errno.ENOSPC, e.strerror)
        ",
            Prints("True No space left on device\n"),
        ),
        (
            "bytes, uncaught",
            "
            with open('/tmp/x', 'wb') as f: f.write(b'x' * (5 << 20))
        ",
            Raises("OSError: [Errno 51] No space left on device"),
        ),
        (
            "bytes in many files",
            "
            try:
                for i in range(60):
                    with open(f'/tmp/{i}', 'wb') as f: f.write(b'x' * 100_000)
            except OSError as e: print(i, e.strerror)
        ",
            Prints("41 No space left on device\n"),
        ),
        (
            "sparse files take their whole size",
            "
            import os
            with open('/tmp/x', 'wb') as f:
                for attempt in (lambda: f.truncate(1 << 30), lambda: os.truncate('/tmp/x', 1 << 40),
                                lambda: os.pwrite(f.fileno(), b'x', 1 << 40)):
                    try: attempt()
                    except OSError as e: print(e.strerror)
                print(os.fstat(f.fileno()).st_size)
        ",
            Prints(
                "No space left on device\nNo space left on device\nNo space left on device\n0\n",
            ),
        ),
        (
            "files",
            "
            try:
                for i in range(1000): open(f'/tmp/{i}', 'w').close()
            except OSError as e: print(i, e.strerror)
        ",
            Prints("64 No space left on device\n"),
        ),
        (
            "folders",
            "
            import os
            try:
                for i in range(1000): os.mkdir(f'/tmp/{i}')
            except OSError as e: print(i, e.strerror)
        ",
            Prints("64 No space left on device\n"),
        ),
        (
            "files that are open but have no name",
            "
            import os
            held = []
            try:
                for i in range(200):
                    held.append(open('/tmp/x', 'w')); os.unlink('/tmp/x')
            except OSError as e: print(i, e.strerror)
        ",
            Prints("64 No space left on device\n"),
        ),
        (
            "room comes back",
            "
            import os
            for i in range(300):
                with open('/tmp/x', 'wb') as f: f.write(b'x' * (3 << 20))
                os.remove('/tmp/x')
            for i in range(300):
                os.mkdir('/tmp/d'); os.rename('/tmp/d', '/tmp/e'); os.rmdir('/tmp/e')
            print('ok')
        ",
            Prints("ok\n"),
        ),
    ]);
}

#[test]
fn open_files_are_limited_with_an_error_that_programs_can_catch() {
    check(&[
        (
            "held open",
            "
            import errno
            held = []
            try:
                for i in range(10_000): held.append(open('/tmp/x', 'w'))
            except OSError as e:
                print(200 < i < 300, e.errno == errno.EMFILE)
            held.clear()
            print(open('/tmp/x', 'w').write('works again'))
        ",
            Prints("True True\n11\n"),
        ),
        (
            "by their numbers",
            "
            import os
            try:
                while True: fd = os.open('/tmp/x', os.O_RDWR | os.O_CREAT)
            except OSError as e:
                print(fd < 300)
        ",
            Prints("True\n"),
        ),
        (
            "uncaught",
            "held = [open('/usr/share/zoneinfo/UTC') for _ in range(1000)]",
            Raises("OSError: [Errno 33]"),
        ),
    ]);
}
