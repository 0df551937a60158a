//! Outliving the answer: whatever a program does, nothing of it is left when its end is told, and its
//! end does not wait for it.

use std::fs;
use std::time::{Duration, Instant};

use belljar::program::{Ending, LimitReached, Limits};

use crate::jail::{Jail, LIMITS};
use crate::layers::SECCOMP;
use crate::outside::is_root;

/// What each program begins with, after `MARK`: what its processes and threads are called.
const BEGINNING: &str = r#"
import ctypes, os, signal, socket, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
def mark():
    libc.prctl(15, MARK, 0, 0, 0)
mark()
"#;

/// How long after its wall clock a program may be told to be over.
const SLACK: Duration = Duration::from_millis(1500);

const SECOND: Limits = Limits {
    wall_clock: Duration::from_secs(1),
    ..LIMITS
};

/// Processes and threads of the whole machine that are called `mark`.
fn marked(mark: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let tasks = processes.flat_map(|process| {
        let tasks = fs::read_dir(process.path().join("task"));
        tasks.into_iter().flatten().flatten()
    });
    let is_marked = |path: &std::path::PathBuf| {
        fs::read_to_string(path.join("comm")).is_ok_and(|name| name.trim() == mark)
    };
    tasks
        .map(|task| task.path())
        .filter(is_marked)
        .map(|path| path.display().to_string())
        .collect()
}

fn check_leaves_nothing(jail: &Jail, mark: &str, cases: &[(&str, &str, Ending)]) {
    let mut problems = Vec::new();
    for (name, program, expected) in cases {
        let code = format!(
            "MARK = b{mark:?}{BEGINNING}{}",
            crate::common::dedent(program)
        );
        let since = Instant::now();
        let outcome = jail.run(&code, SECOND);
        let took = since.elapsed();
        let ending = outcome.as_ref().map(|outcome| &outcome.ending);
        if ending != Ok(expected) {
            problems.push(format!("{name}: not {expected:?}, but {outcome:?}"));
        }
        if took > SECOND.wall_clock + SLACK {
            problems.push(format!("{name}: took {took:?}"));
        }
        let left = marked(mark);
        if !left.is_empty() {
            problems.push(format!("{name}: left {left:?}"));
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

const TIMEOUT: Ending = Ending::Stopped(LimitReached::WallClock);

#[test]
fn nothing_is_left_of_a_program_that_does_not_want_to_end() {
    let jail = Jail::without(&[]).unwrap();
    check_leaves_nothing(
        &jail,
        "bj-stubborn",
        &[
            (
                "one that ignores all signals",
                "
                for number in range(1, 65):
                    try: signal.signal(number, signal.SIG_IGN)
                    except (OSError, ValueError): pass
                while True:
                    time.sleep(10)
                ",
                TIMEOUT,
            ),
            (
                "one that blocks all signals and computes",
                "
                signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
                while True: pass
                ",
                TIMEOUT,
            ),
            (
                "threads that go on when the main thread has ended",
                "
                def work():
                    mark()
                    while True: time.sleep(0.01)
                for _ in range(8):
                    threading.Thread(target=work).start()
                libc.syscall(60 if os.uname().machine == 'x86_64' else 93, 0)
                ",
                TIMEOUT,
            ),
            (
                "threads that compute in C when the main thread ends in the usual way",
                "
                import hashlib
                def work():
                    mark()
                    hashlib.pbkdf2_hmac('sha256', b'x', b'y', 1 << 30)
                for _ in range(4):
                    threading.Thread(target=work, daemon=True).start()
                time.sleep(0.1)
                ",
                Ending::Exited(0),
            ),
            (
                "threads that are waited for at the end",
                "
                threading.Thread(target=lambda: time.sleep(60)).start()
                ",
                TIMEOUT,
            ),
            (
                "one that stopped itself",
                "
                os.kill(os.getpid(), signal.SIGSTOP)
                while True: time.sleep(1)
                ",
                TIMEOUT,
            ),
            (
                "one that waits for a pipe which nobody writes to",
                "
                reading, writing = os.pipe()
                os.read(reading, 1)
                ",
                TIMEOUT,
            ),
            (
                "threads that are all refused calls without end",
                "
                def work():
                    mark()
                    while True: libc.syscall(157 + 1000)
                for _ in range(8):
                    threading.Thread(target=work).start()
                ",
                TIMEOUT,
            ),
            (
                "one that never comes to the end of its exit handlers",
                "
                import atexit
                atexit.register(time.sleep, 60)
                ",
                TIMEOUT,
            ),
            (
                "one that closes its output and goes on",
                "
                os.close(1)
                os.close(2)
                time.sleep(60)
                ",
                TIMEOUT,
            ),
            (
                "one whose exit waits for memory to be given back",
                "
                block = bytearray(100 << 20)
                os._exit(0)
                ",
                Ending::Exited(0),
            ),
        ],
    );
}

#[test]
fn not_even_daemons_are_left_where_processes_can_be_made() {
    if !is_root() {
        return;
    }
    let daemon = "
        def away():
            os.setsid()
            if os.fork():
                os._exit(0)
            mark()
            for number in range(1, 65):
                try: signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError): pass
            while True:
                time.sleep(10)
        if os.fork() == 0:
            away()
        time.sleep(0.3)
        print('a daemon is there', flush=True)
    ";
    let cases = [
        ("a daemon", daemon, Ending::Exited(0)),
        (
            "a daemon of a program that does not end",
            &format!("{}\ntime.sleep(60)", crate::common::dedent(daemon)),
            TIMEOUT,
        ),
        (
            "many processes that ignore everything",
            "
            for _ in range(8):
                if os.fork() == 0:
                    mark()
                    while True: time.sleep(10)
            os._exit(3)
            ",
            Ending::Exited(3),
        ),
    ];
    // The PID namespace alone ends them with the program.
    let jail = Jail::without(&[SECCOMP]).unwrap();
    check_leaves_nothing(&jail, "bj-daemon", &cases);
}
