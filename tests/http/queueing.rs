//! How many requests are taken, how many programs live, and what becomes of those whose caller
//! goes away.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{Request, Run, Server, eventually, fill};

fn program(code: &str) -> Value {
    json!({"language": "python3", "code": code})
}

fn request(code: &str) -> Request {
    Request::run(&program(code))
}

fn too_many() -> Value {
    json!({"code": -503, "message": "Too many requests", "data": null})
}

/// Waits until a place is free again.
#[track_caller]
fn until_free(server: &Server) {
    eventually("a place is free", || {
        server.post(&program("pass")).status == 200
    });
}

#[test]
fn more_than_max_requests_are_answered_with_503_and_later_ones_are_taken_again() {
    let server = Server::start("max_workers: 1\nmax_requests: 3\nworker_timeout: 30");
    let held = fill(&server, "import time; time.sleep(3); print('done')", 3);
    let response = server.post(&program("print(1)"));
    assert_eq!((response.status, response.json()), (503, too_many()));
    assert!(server.health() < Duration::from_secs(2));
    for pending in held {
        Run::read(&pending.wait(), Duration::ZERO).prints("done\n");
    }
    until_free(&server);
    server.run("print(2)").prints("2\n");
}

#[test]
fn programs_beyond_max_workers_wait_their_turn() {
    let server = Server::start("max_workers: 1\nmax_requests: 50\nworker_timeout: 30");
    thread::scope(|scope| {
        let runs: Vec<_> = (0..20)
            .map(|i| (i, scope.spawn(|| server.run("print(sum(range(300_000)))"))))
            .collect();
        for (_, run) in runs {
            run.join().unwrap().prints("44999850000\n");
        }
    });
}

#[test]
fn waiting_in_the_queue_is_not_the_programs_time() {
    // Each computes for about half a second: together several times the limit.
    let server = Server::start("max_workers: 1\nworker_timeout: 2");
    let code = "
        import time
        end = time.process_time() + 0.3
        n = 0
        for i in range(2_000_000): n += i
        print('done')
    ";
    thread::scope(|scope| {
        let runs: Vec<_> = (0..12).map(|_| scope.spawn(|| server.run(code))).collect();
        for run in runs {
            run.join().unwrap().prints("done\n");
        }
    });
}

#[test]
fn programs_that_sleep_hold_no_worker() {
    let server = Server::start("max_workers: 2\nworker_timeout: 30");
    let since = Instant::now();
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                server
                    .run("import time; time.sleep(1); print('slept')")
                    .prints("slept\n")
            });
        }
    });
    // Two at a time it would be ten seconds.
    let took = since.elapsed();
    assert!(
        Duration::from_secs(1) <= took && took < Duration::from_secs(6),
        "{took:?}"
    );
}

#[test]
fn no_more_programs_live_at_once_than_max_instances() {
    let server = Server::start("max_workers: 2\nmax_instances: 2\nworker_timeout: 30");
    let since = Instant::now();
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                server
                    .run("import time; time.sleep(0.5); print('slept')")
                    .prints("slept\n")
            });
        }
    });
    let took = since.elapsed();
    assert!(took >= Duration::from_millis(1500), "{took:?}");
}

#[test]
fn a_caller_that_goes_away_ends_its_sleeping_program() {
    gone("import time; time.sleep(300)");
}

#[test]
fn a_caller_that_goes_away_ends_its_computing_program() {
    gone("while True: pass");
}

/// With one place for one program that would take minutes, the next caller is served soon after
/// the first has left.
fn gone(code: &str) {
    let server = Server::start("max_workers: 1\nmax_requests: 1\nworker_timeout: 300");
    let mut held = fill(&server, code, 1);
    held.remove(0).close();
    until_free(&server);
    server.run("print('next')").prints("next\n");
    let line = server.log_line("outcome=\"cancelled\"");
    assert!(line.contains("request_id="), "{line}");
}

#[test]
fn a_caller_that_goes_away_while_its_program_waits_leaves_nothing_behind() {
    let server =
        Server::start("max_workers: 1\nmax_requests: 6\nmax_instances: 1\nworker_timeout: 300");
    let held = fill(&server, "while True: pass", 6);
    held.into_iter().for_each(|pending| pending.close());
    until_free(&server);
    let runs: Vec<_> = (0..5).map(|i| server.run(&format!("print({i})"))).collect();
    for (i, run) in runs.iter().enumerate() {
        run.prints(&format!("{i}\n"));
    }
}

#[test]
fn many_callers_that_go_away_at_once_leave_nothing_behind() {
    let server = Server::start("max_workers: 2\nmax_requests: 100\nworker_timeout: 300");
    for code in [
        "while True: pass",
        "import time; time.sleep(300)",
        "print('x' * 1000)",
    ] {
        let held: Vec<_> = (0..40)
            .map(|_| request(code).start(server.port()))
            .collect();
        thread::sleep(Duration::from_millis(100));
        held.into_iter().for_each(|pending| pending.close());
    }
    thread::scope(|scope| {
        // All hundred places are free again.
        eventually("every place is free", || {
            server.run("print(1)").took < Duration::from_secs(5)
        });
        let runs: Vec<_> = (0..20)
            .map(|_| scope.spawn(|| server.run("print('served')")))
            .collect();
        for run in runs {
            run.join().unwrap().prints("served\n");
        }
    });
}
