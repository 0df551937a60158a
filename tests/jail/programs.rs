//! What programs can do, and how they end.

use std::cell::RefCell;

use belljar::native::messages::ProcessLimits;

use super::driver::{As, LIMITS, Ran, Zygote};

thread_local! {
    /// One for each test: launchers end with the thread that started them.
    static ZYGOTE: RefCell<Zygote> = RefCell::new(Zygote::start("programs", As::Myself, |_| {}));
}

fn run(code: &str) -> Ran {
    run_with(code, LIMITS)
}

fn run_with(code: &str, limits: ProcessLimits) -> Ran {
    ZYGOTE.with_borrow_mut(|zygote| zygote.run_with(code, None, limits))
}

#[track_caller]
fn prints(code: &str, expected: &str) {
    let ran = run(code);
    assert_eq!((ran.stdout.as_str(), ran.code), (expected, 0), "{ran:?}");
}

#[track_caller]
fn dies(code: &str, how: i32, stderr: &str) -> Ran {
    let ran = run(code);
    assert_eq!(ran.code, how, "{ran:?}");
    assert!(ran.stderr.contains(stderr), "{ran:?}");
    ran
}

#[test]
fn threads_and_pools_work_and_are_waited_for() {
    prints(
        "import threading, time\n\
         from concurrent.futures import ThreadPoolExecutor\n\
         print(list(ThreadPoolExecutor(4).map(lambda x: x * x, range(5))))\n\
         threading.Thread(target=lambda: (time.sleep(0.1), print('late'))).start()",
        "[0, 1, 4, 9, 16]\nlate\n",
    );
}

#[test]
fn asyncio_sqlite_and_temporary_files_work() {
    prints(
        "import asyncio, os, sqlite3, tempfile, time\n\
         async def main():\n    await asyncio.sleep(0.01)\n    return 7\n\
         print(asyncio.run(main()))\n\
         with tempfile.TemporaryDirectory() as folder:\n\
         \x20   c = sqlite3.connect(os.path.join(folder, 'x.db'))\n\
         \x20   c.execute('create table t(a)')\n    c.execute('insert into t values (1)')\n    c.commit()\n\
         \x20   print(c.execute('select * from t').fetchall())\n\
         print(os.getcwd(), os.listdir())",
        "7\n[(1,)]\n/tmp []\n",
    );
}

#[test]
fn starting_processes_is_refused_and_named() {
    for (code, call) in [
        ("import os\nos.fork()", "clone"),
        ("import subprocess\nsubprocess.run(['/bin/true'])", "fork"),
        ("import os\nos.execv('/bin/true', ['true'])", "execve"),
        (
            "import multiprocessing\nmultiprocessing.Process(target=print).start()",
            "clone",
        ),
        ("import socket\nsocket.socket()", "socket"),
    ] {
        let ran = dies(
            code,
            255,
            "PermissionError: [Errno 1] Operation not permitted",
        );
        assert!(ran.denied.iter().any(|name| name.contains(call)), "{ran:?}");
    }
}

#[test]
fn crashes_and_signals_end_it_and_what_was_printed_is_there() {
    let ran = run("import os\nprint('partial', end='')\nos.abort()");
    assert!(ran.code < 0, "{ran:?}");
    assert_eq!(ran.stdout, "partial");
    let ran = run("import ctypes\nprint('a')\nctypes.string_at(0)");
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (-libc::SIGSEGV, "a\n"),
        "{ran:?}"
    );
    // Of the first process of a PID namespace the kernel drops these.
    let ran = run("import signal, time\nsignal.alarm(1)\ntime.sleep(8)\nprint('no')");
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (libc::SIGALRM, ""),
        "{ran:?}"
    );
    prints(
        "import signal, time\nsignal.signal(signal.SIGALRM, lambda n, f: print('rang'))\nsignal.alarm(1)\ntime.sleep(1.5)",
        "rang\n",
    );
}

#[test]
fn memory_ends_in_a_memory_error_with_its_line() {
    let ran = dies(
        "x = []\nwhile True: x.append(bytearray(1_000_000))",
        255,
        "MemoryError",
    );
    assert!(ran.stderr.contains("line 2, in <module>"), "{ran:?}");
    prints(
        "try:\n    bytearray(500_000_000)\nexcept MemoryError:\n    print('caught')\nprint(len(bytearray(50_000_000)))",
        "caught\n50000000\n",
    );
}

#[test]
fn a_program_gets_its_own_limits_where_they_are_lower() {
    let limits = ProcessLimits {
        memory_bytes: 16 << 20,
        cpu_ms: 1_000,
        ..LIMITS
    };
    let ran = run_with("bytearray(50_000_000)", limits);
    assert!(ran.stderr.contains("MemoryError"), "{ran:?}");
    let ran = run_with("while True: pass", limits);
    assert_eq!(ran.code, -libc::SIGKILL, "{ran:?}");
    assert!(ran.cpu_us < 4_000_000, "{ran:?}");
}

#[test]
fn files_and_threads_are_bounded() {
    let ran = dies(
        "open('a', 'wb').write(bytes(5 << 20))",
        255,
        "OSError: [Errno",
    );
    assert!(
        ran.stderr.contains("No space left") || ran.stderr.contains("too large"),
        "{ran:?}"
    );
    dies(
        "for n in range(100): open(str(n), 'w')",
        255,
        "No space left on device",
    );
    dies(
        "import threading, time\nfor n in range(100): threading.Thread(target=time.sleep, args=(2,), daemon=True).start()",
        255,
        "can't start new thread",
    );
}

#[test]
fn nothing_of_one_program_is_there_for_the_next() {
    prints(
        "import builtins\nopen('left', 'w')\nbuiltins.left = 1\nprint('done')",
        "done\n",
    );
    prints(
        "import builtins, os\nprint(os.listdir(), hasattr(builtins, 'left'))",
        "[] False\n",
    );
    let random =
        "import random, uuid, tempfile\nprint(random.random(), uuid.uuid1(), tempfile.mktemp())";
    assert_ne!(run(random).stdout, run(random).stdout);
}

#[test]
fn nothing_of_ours_is_below_or_beside_a_program() {
    prints(
        "import sys\nprint(sys._getframe().f_back, [name for name in sys.modules if 'belljar' in name])",
        "None []\n",
    );
}

#[test]
fn a_program_of_a_megabyte_arrives_whole() {
    let text = "é".repeat(1 << 20);
    prints(&format!("print(len('{text}'))"), "1048576\n");
}
