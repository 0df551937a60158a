//! Programs that compute for long do not keep others waiting, and nobody keeps `/health` waiting.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::{Request, Run, Server};
use serde_json::json;

const HOG: &str = "while True: pass";

#[test]
fn a_short_program_is_answered_long_before_a_long_one_that_holds_the_only_worker() {
    let server = Server::start("max_workers: 1\nworker_timeout: 20");
    let hog = Request::run(&json!({"language": "python3", "code": HOG})).start(server.port());
    thread::sleep(Duration::from_millis(300));
    for i in 0..5 {
        let run = server.run(&format!("print({i})"));
        run.prints(&format!("{i}\n"));
        assert!(run.took < Duration::from_secs(4), "{run:?}");
    }
    hog.close();
}

#[test]
fn short_programs_pass_many_long_ones() {
    let server = Server::start("max_workers: 2\nworker_timeout: 20");
    let hog = Request::run(&json!({"language": "python3", "code": HOG}));
    let hogs: Vec<_> = (0..10).map(|_| hog.start(server.port())).collect();
    thread::sleep(Duration::from_millis(500));
    let run = server.run("print('short')");
    run.prints("short\n");
    assert!(run.took < Duration::from_secs(6), "{run:?}");
    drop(hogs);
}

#[test]
fn a_stream_of_short_programs_does_not_starve_a_long_one() {
    let server = Server::start("max_workers: 1\nworker_timeout: 30");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    server.run("sum(range(10_000))");
                }
            });
        }
        // About a second of work on a worker of its own.
        let run = server.run("n = 0\nfor i in range(4_000_000): n += i\nprint(n)");
        done.store(true, Ordering::Relaxed);
        run.prints("7999998000000\n");
        assert!(run.took < Duration::from_secs(25), "{run:?}");
    });
}

#[test]
fn long_programs_share_a_worker_and_each_has_its_whole_time() {
    let server = Server::start("max_workers: 1\nworker_timeout: 2");
    let since = Instant::now();
    thread::scope(|scope| {
        let runs: Vec<_> = (0..3).map(|_| scope.spawn(|| server.run(HOG))).collect();
        for run in runs {
            run.join().unwrap().stopped("timeout");
        }
    });
    // Time in which another one computes is not counted.
    let took = since.elapsed();
    assert!(took >= Duration::from_secs(5), "{took:?}");
}

#[test]
fn health_is_answered_while_programs_compute_on_all_workers() {
    let server = Server::start("max_workers: 8\nmax_requests: 100\nworker_timeout: 20");
    let hog = Request::run(&json!({"language": "python3", "code": HOG}));
    let hogs: Vec<_> = (0..32).map(|_| hog.start(server.port())).collect();
    thread::sleep(Duration::from_millis(500));
    for _ in 0..10 {
        let took = server.health();
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
    drop(hogs);
}

#[test]
fn health_is_answered_while_large_requests_and_answers_pass() {
    let server = Server::start("max_workers: 2\nworker_timeout: 30");
    let done = AtomicBool::new(false);
    let code = format!("x = '{}'; print(x * 8)", "y".repeat(1 << 20));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    assert_eq!(server.run(&code).stdout.len(), (8 << 20) + 1);
                }
            });
        }
        let waits: Vec<_> = (0..20)
            .map(|_| {
                thread::sleep(Duration::from_millis(50));
                server.health()
            })
            .collect();
        done.store(true, Ordering::Relaxed);
        assert!(
            waits.iter().all(|took| *took < Duration::from_secs(2)),
            "{waits:?}"
        );
    });
}

#[test]
fn a_sleeping_program_wakes_in_time_while_others_compute() {
    let server = Server::start("max_workers: 1\nworker_timeout: 20");
    let hog = Request::run(&json!({"language": "python3", "code": HOG}));
    let hogs: Vec<_> = (0..3).map(|_| hog.start(server.port())).collect();
    thread::sleep(Duration::from_millis(300));
    let sleeper =
        json!({"language": "python3", "code": "import time; time.sleep(0.5); print('awake')"});
    let since = Instant::now();
    let response = server.post(&sleeper);
    let run = Run::read(&response, since.elapsed());
    run.prints("awake\n");
    assert!(run.took < Duration::from_secs(6), "{run:?}");
    drop(hogs);
}
