//! The line that every request to run a program leaves in the log, and what never stands there.

use serde_json::{Value, json};

use crate::common::server::KEY;
use crate::common::{Request, Server, fill};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

fn program(code: &str) -> Request {
    Request::run(&json!({"language": "python3", "code": code}))
}

fn json_server() -> Server {
    Server::start(
        "log_format: json\nworker_timeout: 1\nmax_requests: 1\nlimits:\n  stdout: 64KiB\n  memory: 128MiB\n  code: 64KiB",
    )
}

/// The log's line about this request.
#[track_caller]
fn line(server: &Server, id: &str) -> Value {
    serde_json::from_str(&server.log_line(id)).expect("a line of JSON")
}

#[test]
fn every_run_leaves_one_line_with_what_it_used() {
    let server = json_server();
    let response = server.send(&program(
        "import time; time.sleep(0.1); print('12345'); x = bytearray(50_000_000)",
    ));
    let id = response.header("x-request-id").expect("an id").to_owned();
    assert_eq!(id.len(), 32);
    let line = line(&server, &id);
    let text = |name: &str| {
        line[name]
            .as_str()
            .unwrap_or_else(|| panic!("{name}: {line}"))
            .to_owned()
    };
    let number = |name: &str| {
        line[name]
            .as_f64()
            .unwrap_or_else(|| panic!("{name}: {line}"))
    };
    assert_eq!(text("message"), "run");
    assert_eq!(
        (text("language"), text("tier"), text("outcome")),
        ("python3".into(), "wasm".into(), "success".into())
    );
    assert_eq!(
        (
            number("exit_code"),
            number("stdout_bytes"),
            number("stderr_bytes")
        ),
        (0.0, 6.0, 0.0)
    );
    assert!(number("fuel") > 1000.0, "{line}");
    assert!(number("memory_bytes") > 50e6, "{line}");
    assert!(
        100.0 <= number("wall_ms") && number("wall_ms") <= number("total_ms"),
        "{line}"
    );
    assert!(number("queued_ms") <= number("total_ms"), "{line}");
    let lines = server
        .log()
        .iter()
        .filter(|line| line.contains(&id))
        .count();
    assert_eq!(lines, 1);
}

#[test]
fn each_ending_has_its_own_outcome() {
    let server = json_server();
    let long = format!("# {}", "x".repeat(70_000));
    let refused = json!({"language": "cobol", "code": "x"});
    let network = json!({"language": "python3", "code": "x", "enable_network": true});
    for (request, outcome) in [
        (program("pass"), "success"),
        (program("1 / 0"), "failed"),
        (program("raise SystemExit(3)"), "failed"),
        (program("while True: pass"), "timeout"),
        (program("bytearray(10 ** 9)"), "memory"),
        (program("print('x' * 100_000)"), "stdout"),
        (program(&long), "code-size"),
        (program("import os; os.abort()"), "crashed"),
        (Request::run(&json!({})), "bad-request"),
        (Request::run(&refused), "unsupported-language"),
        (Request::run(&network), "network-disabled"),
    ] {
        let response = server.send(&request);
        let id = response.header("x-request-id").unwrap();
        assert_eq!(line(&server, id)["outcome"], outcome);
    }
}

#[test]
fn a_refused_request_leaves_a_line_too() {
    let server = Server::start("log_format: json\nworker_timeout: 30\nmax_requests: 1");
    let held = fill(&server, "import time; time.sleep(25)", 1);
    let response = server.send(&program("pass"));
    assert_eq!(response.status, 503);
    let id = response.header("x-request-id").unwrap();
    assert_eq!(line(&server, id)["outcome"], "too-many-requests");
    drop(held);
}

#[test]
fn the_callers_trace_id_is_taken_over() {
    let server = json_server();
    let request = program("pass").header("traceparent", &format!("00-{TRACE}-b7ad6b7169203331-01"));
    let response = server.send(&request);
    assert_eq!(response.header("x-request-id"), Some(TRACE));
    assert_eq!(line(&server, TRACE)["request_id"], TRACE);
    // One that is no trace id is not repeated to anybody.
    let request = program("pass").header("traceparent", "00-EVIL-b7ad6b7169203331-01");
    let response = server.send(&request);
    let id = response.header("x-request-id").unwrap();
    assert!(id.len() == 32 && id != TRACE, "{id}");
    assert!(server.log().iter().all(|line| !line.contains("EVIL")));
}

#[test]
fn code_output_and_the_key_never_reach_the_log() {
    for config in ["log_level: trace", "log_level: trace\nlog_format: json"] {
        let server = Server::start(&format!(
            "{config}\nenable_preload: true\nworker_timeout: 1"
        ));
        let mut last = String::new();
        for code in [
            "print('MARKER')  # MARKER",
            "import sys; print('MARKER', file=sys.stderr); raise ValueError('MARKER')",
            "MARKER = (",
            "print('MARKER')\nwhile True: pass",
            "import os; os.write(1, b'MARKER'); os.abort()",
        ] {
            let body = json!({"language": "python3", "code": code, "preload": "x = 'MARKER'"});
            let response = server.post(&body);
            assert!(response.text().contains("MARKER"));
            last = response.header("x-request-id").unwrap().to_owned();
        }
        let broken = Request::new("POST", "/v1/sandbox/run").key();
        let wrong = [
            r#"{"language": "python3", "code": "MARKER"#,
            r#"{"language": "MARKER", "code": "MARKER"}"#,
            r#"{"language": ["MARKER"], "MARKER": 1}"#,
        ];
        for body in wrong {
            server.send(&broken.clone().body("application/json", body));
        }
        server.log_line(&last);
        server.run("print('end')").prints("end\n");
        let log = server.log().join("\n");
        assert!(!log.contains("MARKER"), "{log}");
        assert!(!log.contains(KEY), "{log}");
    }
}

#[test]
fn every_line_is_json_when_json_is_asked_for() {
    let server = Server::start("log_format: json\nmax_worker: 3\npython_path: /usr/bin/python3");
    server.run("print(1)").prints("1\n");
    server.signal(libc::SIGTERM);
    server.ended();
    let log = server.log();
    assert!(log.len() >= 4, "{log:?}");
    for line in log {
        let line: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
        for field in ["timestamp", "level", "message"] {
            assert!(line[field].is_string(), "{line}");
        }
    }
}

#[test]
fn logs_go_to_a_file_as_well_where_one_is_configured() {
    let server = Server::start("log_path: ./logs");
    let response = server.send(&program("pass"));
    let id = response.header("x-request-id").unwrap();
    let line = server.log_line(id);
    let file = std::fs::read_to_string(server.folder().0.join("logs/belljar.log")).unwrap();
    assert!(file.lines().any(|in_file| in_file == line), "{file}");
}

#[test]
fn fuel_is_the_same_for_the_same_program() {
    let server = json_server();
    let fuel = || {
        let response = server.send(&program("x = [i * i for i in range(100_000)]"));
        line(&server, response.header("x-request-id").unwrap())["fuel"]
            .as_u64()
            .unwrap()
    };
    let runs: Vec<_> = (0..5).map(|_| fuel()).collect();
    let (least, most) = (runs.iter().min().unwrap(), runs.iter().max().unwrap());
    // Seeding `random` takes a number of steps that depends on the seed.
    assert!(most - least < most / 100, "{runs:?}");
}
