//! Wall clock and CPU work: programs that compute, sleep or wait too long are stopped, wherever
//! they are at the time, and the server is healthy afterwards.

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
fn a_limit_of_the_default_configuration_is_generous() {
    let run = shared().run("import time; time.sleep(3); print('slept')");
    run.prints("slept\n");
}
