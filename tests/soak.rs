//! A thousand programs in a row, and many at a time, leave the server as they found it.

mod common;

use std::fs;
use std::thread;
use std::time::Duration;

use common::{Server, dedent, dify, eventually};
use serde_json::{Value, json};

/// What the kernel tells about a server's process.
#[derive(Clone, Copy, Debug)]
struct Process {
    resident_kib: u64,
    threads: u64,
    descriptors: usize,
}

impl Process {
    fn of(server: &Server) -> Self {
        let proc = format!("/proc/{}", server.serving_pid());
        let status = fs::read_to_string(format!("{proc}/status")).unwrap();
        let number = |name: &str| -> u64 {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        };
        Self {
            resident_kib: number("VmRSS:"),
            threads: number("Threads:"),
            descriptors: fs::read_dir(format!("{proc}/fd")).unwrap().count(),
        }
    }
}

fn program(code: &str) -> Value {
    json!({"language": "python3", "code": dedent(code)})
}

fn javascript(code: &str) -> Value {
    json!({"language": "nodejs", "code": code})
}

/// Programs of all kinds, with what each prints or ends with.
fn programs() -> Vec<(Value, &'static str, i64)> {
    vec![
        (program("print(1)"), "1\n", 0),
        (
            dify::python("def main(a):\n    return {'a': a}", &json!({"a": "文"})),
            "<<RESULT>>{\n    \"a\": \"\\u6587\"\n}<<RESULT>>\n",
            0,
        ),
        (
            dify::jinja2("{{ a }}!", &json!({"a": 1})),
            "<<RESULT>>1!<<RESULT>>\n",
            0,
        ),
        (program("1 / 0"), "", 255),
        (program("import os; print('x'); os._exit(3)"), "x\n", 3),
        (program("import os; os.abort()"), "", -1),
        (
            program("x = bytearray(20_000_000); print(len(x))"),
            "20000000\n",
            0,
        ),
        (program("bytearray(10 ** 9)"), "", 255),
        (
            program("import time; time.sleep(0.01); print('slept')"),
            "slept\n",
            0,
        ),
        (
            program(
                "
                held = [open(f'/tmp/{i}', 'wb') for i in range(50)]
                for f in held: f.write(b'x' * 10_000)
                print('files')
                ",
            ),
            "files\n",
            0,
        ),
        (program("def f(): f()\nf()"), "", 255),
        (
            javascript("console.log([1, { a: 'b' }])"),
            "[ 1, { a: 'b' } ]\n",
            0,
        ),
        (
            dify::javascript("function main({a}) { return {a} }", &json!({"a": "文"})),
            "<<RESULT>>{\"a\":\"文\"}<<RESULT>>\n",
            0,
        ),
        (javascript("null.x"), "", 1),
        (javascript("process.abort()"), "", -1),
        (
            javascript("const a = []; for (;;) a.push(new Uint8Array(5e7))"),
            "",
            1,
        ),
        (
            javascript("function f() { f() } try { f() } catch (e) { console.log(e.name) }"),
            "RangeError\n",
            0,
        ),
        (
            javascript("setTimeout(() => console.log('slept'), 10)"),
            "slept\n",
            0,
        ),
        (
            javascript(
                "console.log(require('crypto').createHash('sha256').update('x'.repeat(1e6)).digest('hex').length)",
            ),
            "64\n",
            0,
        ),
        (program("print('x' * 100_000, end='')"), "", -1),
    ]
}

fn run(server: &Server, (body, stdout, exit_code): &(Value, &str, i64)) {
    let run = server.run_request(body);
    assert_eq!(run.exit_code, *exit_code, "{body}: {run:?}");
    assert!(run.stdout == *stdout || *exit_code == -1, "{body}: {run:?}");
}

/// Runs `rounds` times all programs with as many clients at a time.
fn rounds(server: &Server, clients: usize, rounds: usize) {
    let programs = programs();
    thread::scope(|scope| {
        for client in 0..clients {
            let programs = &programs;
            scope.spawn(move || {
                for round in (client..rounds).step_by(clients) {
                    // Not all clients the same at the same time.
                    let (late, early) = programs.split_at(round % programs.len());
                    early
                        .iter()
                        .chain(late)
                        .for_each(|program| run(server, program));
                }
            });
        }
    });
}

fn server() -> Server {
    Server::start(
        "
        enable_network: true
        enable_preload: true
        max_workers: 2
        max_requests: 100
        max_instances: 16
        worker_timeout: 20
        limits:
          stdout: 64KiB
        ",
    )
}

/// Runs the same again and again and compares what the server holds after each round. The first
/// one warms it up: every place for an instance keeps some memory, and the allocator what it once
/// had. On a busy machine places are still used for the first time later, so one round may grow;
/// what leaks grows in every one.
#[track_caller]
fn nothing_grows(clients: usize, count: usize) {
    let server = server();
    rounds(&server, clients, count);
    let mut growths = Vec::new();
    for _ in 0..3 {
        let before = Process::of(&server);
        rounds(&server, clients, count);
        let mut after = Process::of(&server);
        // Connections are closed a moment after their last answer.
        eventually("the descriptors are closed", || {
            after = Process::of(&server);
            after.descriptors <= before.descriptors
        });
        assert_eq!(after.threads, before.threads);
        // A thousand runs that each leave 16 KiB would show.
        let growth = after.resident_kib.saturating_sub(before.resident_kib);
        if growth < 16 << 10 {
            return;
        }
        growths.push(growth);
    }
    panic!("it grew in every round, by these KiB: {growths:?}");
}

#[test]
fn a_thousand_programs_in_a_row_leave_nothing_behind() {
    nothing_grows(1, 1000_usize.div_ceil(programs().len()));
}

#[test]
fn a_thousand_programs_sixteen_at_a_time_leave_nothing_behind() {
    nothing_grows(16, 1000_usize.div_ceil(programs().len()));
}

#[test]
fn memory_that_a_program_took_is_given_back() {
    let server = server();
    let greedy = || {
        let memory = "
            x = bytearray(300_000_000)
            x[::4096] = b'x' * len(x[::4096])
            print(1)
        ";
        let files = "open('/tmp/x', 'wb').write(b'x' * 60_000_000); print(1)";
        for _ in 0..16 {
            server.run(memory).prints("1\n");
            server.run(files).prints("1\n");
        }
    };
    // Every place for an instance keeps a little.
    greedy();
    let before = settled(&server);
    greedy();
    let after = settled(&server);
    let growth = after.resident_kib.saturating_sub(before.resident_kib);
    assert!(growth < 32 << 10, "{growth} KiB: {before:?} {after:?}");
    // Far less than any one of the programs took.
    assert!(after.resident_kib < 250 << 10, "{after:?}");
}

/// What the server holds once the last programs are gone: they are cleared away a moment after
/// their answer.
fn settled(server: &Server) -> Process {
    let mut last = Process::of(server);
    eventually("the server is quiet", || {
        thread::sleep(Duration::from_millis(300));
        let now = Process::of(server);
        let before = std::mem::replace(&mut last, now);
        before.descriptors == now.descriptors && before.resident_kib == now.resident_kib
    });
    last
}

#[test]
fn refused_and_broken_requests_leave_nothing_behind() {
    let server = server();
    let refuse = |count: usize| {
        for _ in 0..count {
            server.post(&json!({"language": "cobol", "code": "x"}));
            server.post(&json!({}));
            server.send(&common::Request::get("/nothing"));
            let unfinished = common::http::connect(server.port());
            drop(unfinished);
            let run = common::Request::run(&program("import time; time.sleep(10)"));
            run.start(server.port()).close();
        }
    };
    refuse(100);
    run(&server, &programs()[0]);
    let before = settled(&server);
    refuse(300);
    run(&server, &programs()[0]);
    let after = settled(&server);
    assert!(
        after.descriptors <= before.descriptors,
        "{before:?} {after:?}"
    );
    assert_eq!(after.threads, before.threads);
    let growth = after.resident_kib.saturating_sub(before.resident_kib);
    assert!(growth < 16 << 10, "{growth} KiB: {before:?} {after:?}");
}
