//! Many programs that wait for the network, and everybody else meanwhile.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::common::server::Server;
use crate::common::{Request, eventually};
use crate::servers::world;
use crate::tier::{Language, Tier, filled, server};

const PROGRAMS: usize = 200;

/// The median and the worst of some times.
#[derive(Clone, Copy, Debug)]
struct Times {
    median: Duration,
    worst: Duration,
}

fn times(count: usize, mut one: impl FnMut() -> Duration) -> Times {
    let mut all: Vec<_> = (0..count).map(|_| one()).collect();
    all.sort_unstable();
    Times {
        median: all[count / 2],
        worst: all[count - 1],
    }
}

fn health(server: &Server) -> Times {
    times(60, || server.health())
}

fn hello(server: &Server) -> Times {
    times(60, || {
        let run = server.run("print('hello')");
        run.prints("hello\n");
        run.took
    })
}

/// As they were, but for what a busy machine does to anybody.
#[track_caller]
fn as_before(what: &str, before: Times, meanwhile: Times) {
    let median = before.median * 3 + Duration::from_millis(10);
    let worst = before.worst * 4 + Duration::from_millis(300);
    assert!(
        meanwhile.median <= median && meanwhile.worst <= worst,
        "{what}: {before:?} before, {meanwhile:?} meanwhile"
    );
}

#[test]
fn two_hundred_that_wait_for_a_slow_server_disturb_nobody() {
    let server = server("worker_timeout: 50\nmax_workers: 2\nlimits:\n  total_memory: 8GiB");
    let programs = [
        (
            Language::Python,
            "import urllib.request; urllib.request.urlopen(HTTP + '/hold?tag=load')",
        ),
        (Language::JavaScript, "fetch(HTTP + '/hold?tag=load');"),
        (
            Language::Python,
            "import requests; requests.get(HTTP + '/hold?tag=load')",
        ),
    ];
    hello(&server);
    let (health_before, hello_before) = (health(&server), hello(&server));
    let waiting: Vec<_> = (0..PROGRAMS)
        .map(|n| {
            let (language, code) = programs[n % programs.len()];
            let code = format!("{}{}", language.prelude(Tier::Wasm), filled(code));
            let body = json!({"language": language.name(), "code": code, "enable_network": true});
            Request::run(&body).start(server.port())
        })
        .collect();
    eventually("all wait", || world().seen.holding("load") == PROGRAMS);
    as_before("/health", health_before, health(&server));
    as_before("other programs", hello_before, hello(&server));
    // One more has its network at once.
    let since = Instant::now();
    let get = filled(
        "import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:{http}/').read())",
    );
    let body = json!({"language": "python3", "code": get, "enable_network": true});
    server.run_request(&body).prints("b'hello\\n'\n");
    assert!(
        since.elapsed() < Duration::from_secs(3),
        "{:?}",
        since.elapsed()
    );
    for pending in waiting {
        pending.close();
    }
    eventually("all are gone", || world().seen.holding("load") == 0);
    as_before("afterwards", hello_before, hello(&server));
}

#[test]
fn many_at_once_all_get_their_answers() {
    let server = server("worker_timeout: 50");
    let code = "
        import requests
        with requests.Session() as s:
            print(sum(len(s.get(HTTP + '/slow?head=100&count=5').text) for _ in range(5)))
    ";
    let code = format!("{}{}", Language::Python.prelude(Tier::Wasm), filled(code));
    let body = json!({"language": "python3", "code": code, "enable_network": true});
    thread::scope(|scope| {
        for _ in 0..60 {
            scope.spawn(|| server.run_request(&body).prints("200\n"));
        }
    });
}
