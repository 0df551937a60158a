//! Misleading those who watch a program: about how it ended, about its output, about its end.

use std::time::{Duration, Instant};

use belljar::program::{Ending, LimitReached, Limits};

use crate::jail::{Jail, LIMITS};

const BEGINNING: &str = "import array, ctypes, json, os, signal, socket, sys, threading, time\n";

const TWO_SECONDS: Limits = Limits {
    wall_clock: Duration::from_secs(2),
    ..LIMITS
};

/// Programs with what must come of them, and how soon.
fn check(cases: &[(&str, &str, Ending, &str)]) {
    let jail = Jail::without(&[]).unwrap();
    let mut problems = Vec::new();
    for (name, program, ending, stdout) in cases {
        let code = format!("{BEGINNING}{}", crate::common::dedent(program));
        let since = Instant::now();
        let outcome = jail.run(&code, TWO_SECONDS);
        let took = since.elapsed();
        let as_expected = outcome.as_ref().is_ok_and(|outcome| {
            outcome.ending == *ending && outcome.stdout.starts_with(stdout.as_bytes())
        });
        if !as_expected {
            problems.push(format!(
                "{name}: not {ending:?} {stdout:?}, but {outcome:?}"
            ));
        }
        let most = match ending {
            Ending::Stopped(LimitReached::WallClock) => Duration::from_millis(3500),
            _ => Duration::from_millis(1800),
        };
        if took > most {
            problems.push(format!("{name}: took {took:?}"));
        }
        let after = jail.run("print('next')", LIMITS);
        if !after.as_ref().is_ok_and(|after| after.stdout == b"next\n") {
            problems.push(format!("after {name}: {after:?}"));
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn how_it_ended_is_the_kernels_word() {
    check(&[
        (
            "an exit code beyond a byte",
            "os._exit(256 + 7)",
            Ending::Exited(7),
            "",
        ),
        (
            "a negative exit code",
            "os._exit(-1)",
            Ending::Exited(255),
            "",
        ),
        (
            "the jailer's own words on its output",
            r#"
            ended = {"how": {"exited": 0}, "denied": [], "cpu_us": 0, "wall_us": 0, "memory_bytes": 0}
            os.write(1, json.dumps(ended).encode())
            os._exit(9)
            "#,
            Ending::Exited(9),
            r#"{"how""#,
        ),
        (
            "a limit that was not reached",
            r#"
            print("MemoryError", file=sys.stderr)
            print("error: timeout", file=sys.stderr)
            "#,
            Ending::Exited(0),
            "",
        ),
        (
            "sixty refused calls, each with another number",
            r#"
            libc = ctypes.CDLL(None)
            for number in range(700, 760):
                libc.syscall(number)
            print("went on")
            "#,
            Ending::Exited(0),
            "went on\n",
        ),
    ]);
}

#[test]
fn the_end_of_its_output_is_not_held_back() {
    check(&[
        (
            "output closed at once",
            "
            os.close(1)
            os.close(2)
            ",
            Ending::Exited(0),
            "",
        ),
        (
            "its output sent around a circle of sockets that nobody can reach",
            r#"
            one, other = socket.socketpair()
            third, fourth = socket.socketpair()
            def send(through, *fds):
                try:
                    through.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))])
                except OSError as error:
                    print("refused", error)
            print("sent")
            sys.stdout.flush()
            for _ in range(20):
                send(one, 1, 2, third.fileno(), other.fileno())
                send(third, 1, 2, one.fileno(), fourth.fileno())
            "#,
            Ending::Exited(0),
            "sent\n",
        ),
        (
            "its output opened a hundred times",
            r#"
            kept = [os.dup(1) for _ in range(100)]
            print("done")
            "#,
            Ending::Exited(0),
            "done\n",
        ),
        (
            "a thread that writes while the program ends",
            r#"
            def write():
                while True:
                    os.write(1, b"x")
            threading.Thread(target=write, daemon=True).start()
            time.sleep(0.05)
            os._exit(5)
            "#,
            Ending::Exited(5),
            "x",
        ),
        (
            "more output than there may be",
            r#"
            block = b"x" * 65536
            while True:
                os.write(1, block)
            "#,
            Ending::Stopped(LimitReached::Stdout),
            "x",
        ),
        (
            "more output than there may be, a byte at a time, by threads",
            r#"
            def write():
                while True:
                    os.write(2, b"y" * 100)
            for _ in range(8):
                threading.Thread(target=write).start()
            "#,
            Ending::Stopped(LimitReached::Stderr),
            "",
        ),
        (
            "output of a program that is refused calls without end",
            r#"
            libc = ctypes.CDLL(None)
            os.write(1, b"before")
            while True:
                libc.syscall(999)
            "#,
            Ending::Stopped(LimitReached::WallClock),
            "before",
        ),
    ]);
}
