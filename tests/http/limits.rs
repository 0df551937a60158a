//! Each limit ends a program in an error of its own, and the server is healthy afterwards.

use crate::common::Expect::*;
use crate::common::server::{impatient, shared};
use crate::common::{Server, check, check_on};

#[test]
fn a_program_that_computes_too_long_is_stopped_and_keeps_what_it_printed() {
    let run = impatient().run("print('before')\nwhile True: pass");
    assert_eq!(run.error, "process exited with code -1\nerror: timeout\n");
    assert_eq!(
        (run.exit_code, &*run.stdout, &*run.stderr),
        (-1, "before\n", "")
    );
}

#[test]
fn the_wall_clock_ends_whatever_a_program_waits_for_or_computes() {
    check(&[
        ("a loop", "while True: pass", Stopped("timeout")),
        (
            "a loop that catches everything",
            "
            while True:
                try:
                    while True: pass
                except BaseException:
                    pass
        ",
            Stopped("timeout"),
        ),
        (
            "a loop in finally",
            "
            try:
                pass
            finally:
                while True: pass
        ",
            Stopped("timeout"),
        ),
        (
            "sleeping",
            "import time; time.sleep(60)",
            Stopped("timeout"),
        ),
        (
            "sleeping for ever",
            "import time; time.sleep(10 ** 9)",
            Stopped("timeout"),
        ),
        (
            "sleeping often",
            "
            import time
            while True: time.sleep(0.001)
        ",
            Stopped("timeout"),
        ),
        (
            "sleeping not at all, often",
            "
            import time
            while True: time.sleep(0)
        ",
            Stopped("timeout"),
        ),
        (
            "an event that never comes",
            "import asyncio; asyncio.run(asyncio.Event().wait())",
            Stopped("timeout"),
        ),
        (
            "asyncio, sleeping",
            "import asyncio; asyncio.run(asyncio.sleep(60))",
            Stopped("timeout"),
        ),
        (
            "asyncio, busy",
            "
            import asyncio
            async def main():
                while True: await asyncio.sleep(0)
            asyncio.run(main())
        ",
            Stopped("timeout"),
        ),
        (
            "asyncio that shields itself",
            "
            import asyncio
            async def main():
                while True:
                    try:
                        await asyncio.shield(asyncio.sleep(60))
                    except BaseException:
                        pass
            asyncio.run(main())
        ",
            Stopped("timeout"),
        ),
        (
            "waiting for a lock",
            "
            import threading
            lock = threading.Lock(); lock.acquire(); lock.acquire()
        ",
            Stopped("timeout"),
        ),
        (
            "waiting for a queue",
            "import queue; queue.Queue().get()",
            Stopped("timeout"),
        ),
        (
            "waiting with select",
            "import select; select.select([], [], [], 60)",
            Stopped("timeout"),
        ),
    ]);
}

#[test]
fn the_wall_clock_ends_loops_inside_the_interpreters_c_code() {
    check(&[
        ("sum", "sum(range(10 ** 12))", Stopped("timeout")),
        ("map", "max(map(str, range(10 ** 9)))", Stopped("timeout")),
        ("count", "
            import itertools
            sum(1 for _ in iter(lambda: ('a' * 10 ** 7).count('ab'), 1))
        ", Stopped("timeout")),
        ("a regular expression", "import re; re.match(r'(a+)+$', 'a' * 50 + 'b')", Stopped("timeout")),
        ("a big power", "7 ** (10 ** 8)", Stopped("timeout")),
        ("a big product", "
            a = 1 << (10 ** 8); b = a - 1
            b * b
        ", Stopped("timeout")),
        ("a big factorial", "import math; math.factorial(10 ** 7)", Stopped("timeout")),
        ("digits of a big number", "
            import sys; sys.set_int_max_str_digits(0)
            while True: str(1 << 10 ** 6)
        ", Stopped("timeout")),
        ("endless iterators", "
            import itertools, collections
            collections.deque(itertools.count(), maxlen=0)
        ", Stopped("timeout")),
        ("endless any", "import itertools; any(itertools.repeat(0))", Stopped("timeout")),
        ("a huge sort", "
            import random
            data = [random.random() for _ in range(10 ** 5)]
            while True: sorted(data)
        ", Stopped("timeout")),
        ("a sort whose keys never end", "
            class K:
                def __lt__(self, other):
                    while True: pass
            sorted([K(), K()])
        ", Stopped("timeout")),
        ("copying memory", "
            a = bytearray(10 ** 7)
            while True: a[:] = a
        ", Stopped("timeout")),
        ("hashing", "
            import hashlib
            while True: hashlib.sha256(b'x' * 10 ** 7)
        ", Stopped("timeout")),
        ("compressing", "
            import lzma
            while True: lzma.compress(b'x' * 10 ** 6, preset=6 | lzma.PRESET_EXTREME)
        ", Stopped("timeout")),
        ("a query without end", "
            import sqlite3
            sqlite3.connect(':memory:').execute(
                'with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n'
            ).fetchone()
        ", Stopped("timeout")),
        ("big decimals", "
            import decimal
            decimal.getcontext().prec = 10 ** 6
            while True: decimal.Decimal(2).sqrt()
        ", Stopped("timeout")),
        ("normalising", "
            import unicodedata
            while True: unicodedata.normalize('NFD', 'é' * 10 ** 6)
        ", Stopped("timeout")),
        ("difference of texts", "import difflib; list(difflib.ndiff(['a' * 2000 + str(i) for i in range(200)], ['b' * 2000 + str(i) for i in range(200)]))", Stopped("timeout")),
    ]);
}

#[test]
fn cpu_work_is_limited_by_fuel_however_fast_the_machine() {
    let server = Server::start("worker_timeout: 60\nlimits:\n  fuel: 200_000_000");
    check_on(
        &server,
        &[
            ("within it", "print(sum(range(1000)))", Prints("499500\n")),
            (
                "beyond it",
                "print('kept')\nwhile True: pass",
                Stopped("CPU limit of 200000000 fuel reached (limits.fuel)"),
            ),
            (
                "in C code",
                "sum(range(10 ** 12))",
                Stopped("CPU limit of 200000000 fuel"),
            ),
            (
                "writing",
                "while True: open('/tmp/x', 'w').write('x' * 100000)",
                Stopped("CPU limit"),
            ),
            (
                "looking at the clock",
                "
                import time
                while True: time.time()
            ",
                Stopped("CPU limit"),
            ),
            (
                "reading randomness",
                "
                import os
                while True: os.urandom(1000000)
            ",
                Stopped("CPU limit"),
            ),
            (
                "listing folders",
                "
                import os
                while True: os.listdir('/usr/share/zoneinfo')
            ",
                Stopped("CPU limit"),
            ),
            (
                "sleeping for no time",
                "
                import time
                while True: time.sleep(1e-9)
            ",
                Stopped("CPU limit"),
            ),
        ],
    );
}

#[test]
fn memory_is_limited_and_python_gets_a_memory_error() {
    check(&[
        (
            "caught",
            "
            try:
                bytearray(10 ** 9)
            except MemoryError:
                print('caught')
        ",
            Prints("caught\n"),
        ),
        ("uncaught", "bytearray(10 ** 9)", OutOfMemory),
        (
            "more than 32 bits",
            "
            import sys
            for size in (2 ** 30, 2 ** 31 - 2 ** 20):
                try: bytes(size)
                except MemoryError: print('caught')
            try: 'x' * (2 ** 40)
            except OverflowError: print('caught')
        ",
            Prints("caught\ncaught\ncaught\n"),
        ),
        (
            "within the limit",
            "print(len(bytearray(150_000_000)))",
            Prints("150000000\n"),
        ),
        (
            "many small objects",
            "
            a = []
            while True: a.append([a])
        ",
            Ends,
        ),
        (
            "doubling",
            "
            a = 'x'
            while True: a += a
        ",
            OutOfMemory,
        ),
        ("a big number", "1 << (8 * 10 ** 9)", OutOfMemory),
        ("a list of everything", "list(range(10 ** 8))", OutOfMemory),
        (
            "caught after filling it slowly, and used again",
            "
            a = []
            try:
                while True: a.append(bytearray(10000))
            except MemoryError:
                a.clear()
            print(len(bytearray(100_000_000)))
        ",
            Prints("100000000\n"),
        ),
    ]);
}

#[test]
fn programs_that_fill_memory_to_the_last_byte_are_told_it_was_memory() {
    check_on(
        impatient(),
        &[
            (
                "a slow leak",
                "
                a = []
                while True: a.append(bytearray(10000))
            ",
                OutOfMemory,
            ),
            (
                "pages",
                "
                a = []
                while True: a.append(bytearray(65536))
            ",
                OutOfMemory,
            ),
            (
                "growing texts",
                "
                a = []
                while True: a.append('x' * 100000)
            ",
                OutOfMemory,
            ),
            (
                "keeping the exception",
                "
                a = []
                while True:
                    try:
                        while True: a.append(bytearray(1 << 20))
                    except MemoryError as e:
                        a.append(e)
                        raise
            ",
                OutOfMemory,
            ),
        ],
    );
}

#[test]
fn failing_for_another_reason_after_a_memory_error_is_not_blamed_on_memory() {
    check(&[
        (
            "another exception",
            "
            try: bytearray(10 ** 9)
            except MemoryError: pass
            raise ValueError('x')
        ",
            Raises("ValueError: x"),
        ),
        (
            "an exit code",
            "
            try: bytearray(10 ** 9)
            except MemoryError: raise SystemExit(3)
        ",
            Exits(3),
        ),
    ]);
}

#[test]
fn the_memory_of_all_programs_together_is_limited() {
    let server = Server::start(
        "max_workers: 4\nworker_timeout: 20\nlimits:\n  memory: 512MiB\n  total_memory: 600MiB",
    );
    let hold = "
        import time
        try:
            a = bytearray(400_000_000); time.sleep(1.5); print('got it')
        except MemoryError:
            print('refused')
    ";
    let mut outputs = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| server.run(hold).stdout))
            .collect();
        runs.into_iter()
            .map(|run| run.join().unwrap())
            .collect::<Vec<_>>()
    });
    outputs.sort();
    assert_eq!(outputs, ["got it\n", "refused\n", "refused\n"]);
    server.run(hold).prints("got it\n");
}

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

#[test]
fn a_limit_of_the_default_configuration_is_generous() {
    let run = shared().run("import time; time.sleep(3); print('slept')");
    run.prints("slept\n");
}
