//! How a server stops.

use std::net::{Ipv4Addr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::common::{Request, Run, Server, eventually};

fn start(server: &Server, code: &str) -> crate::common::http::Pending {
    Request::run(&json!({"language": "python3", "code": code})).start(server.port())
}

#[test]
fn sigterm_ends_an_idle_server_quickly_with_success() {
    for signal in [libc::SIGTERM, libc::SIGINT] {
        let server = Server::start("");
        server.run("print(1)").prints("1\n");
        let since = Instant::now();
        server.signal(signal);
        assert_eq!(server.ended().code(), Some(0));
        assert!(
            since.elapsed() < Duration::from_secs(5),
            "{:?}",
            since.elapsed()
        );
    }
}

#[test]
fn sigterm_lets_programs_end_and_takes_nothing_new() {
    let server = Server::start("worker_timeout: 20");
    let running = start(
        &server,
        "import time; print('start'); time.sleep(2); print('end')",
    );
    thread::sleep(Duration::from_millis(500));
    server.signal(libc::SIGTERM);
    eventually("no connection is taken", || {
        TcpStream::connect((Ipv4Addr::LOCALHOST, server.port())).is_err()
    });
    Run::read(&running.wait(), Duration::ZERO).prints("start\nend\n");
    assert_eq!(server.ended().code(), Some(0));
    assert!(server.log_line("outcome=").contains("success"));
}

#[test]
fn sigterm_times_out_programs_that_do_not_end() {
    let server = Server::start("worker_timeout: 2");
    let running = start(&server, "print('start')\nwhile True: pass");
    thread::sleep(Duration::from_millis(300));
    server.signal(libc::SIGTERM);
    Run::read(&running.wait(), Duration::ZERO).stopped("timeout");
    assert_eq!(server.ended().code(), Some(0));
}

#[test]
fn an_idle_connection_does_not_hold_up_the_end() {
    let server = Server::start("");
    let idle = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port())).unwrap();
    server.run("print(1)").prints("1\n");
    let since = Instant::now();
    server.signal(libc::SIGTERM);
    assert_eq!(server.ended().code(), Some(0));
    assert!(
        since.elapsed() < Duration::from_secs(5),
        "{:?}",
        since.elapsed()
    );
    drop(idle);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let server = Server::start("worker_timeout: 60");
    let running = start(&server, "import time; time.sleep(50)");
    thread::sleep(Duration::from_millis(300));
    server.signal(libc::SIGTERM);
    server.log_line("a second signal stops at once");
    let since = Instant::now();
    server.signal(libc::SIGTERM);
    assert_eq!(server.ended().code(), Some(128 + libc::SIGTERM));
    assert!(
        since.elapsed() < Duration::from_secs(5),
        "{:?}",
        since.elapsed()
    );
    drop(running);
}

#[test]
fn a_port_can_be_used_again_at_once() {
    let first = Server::start("");
    first.run("print(1)").prints("1\n");
    let port = first.port();
    first.signal(libc::SIGTERM);
    first.ended();
    let second = Server::with_config(&format!("app:\n  port: {port}\n"), &[]);
    assert_eq!(second.port(), port);
    second.health();
}
