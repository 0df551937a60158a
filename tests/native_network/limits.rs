//! What a program may have of the network, and that it ends with the program.

use std::time::{Duration, Instant};

use belljar::program::{Ending, LimitReached, Limits};
use belljar::units::ByteSize;

use crate::common::dedent;
use crate::jail::{Jail, LIMITS};
use crate::{printed, servers};

#[test]
fn connections_end_with_the_program() {
    let (port, told) = servers::ends();
    let jail = Jail::without(&[]).unwrap();
    let program =
        "import socket, time\ns = socket.create_connection(('127.0.0.1', PORT))\ntime.sleep(60)\n";
    let limits = Limits {
        wall_clock: Duration::from_millis(500),
        ..LIMITS
    };
    let program = program.replace("PORT", &port.to_string());
    let outcome = jail.run_with_network(&program, limits).unwrap();
    assert_eq!(outcome.ending, Ending::Stopped(LimitReached::WallClock));
    let patience = Duration::from_secs(5);
    assert_eq!(told.recv_timeout(patience), Ok("begun"));
    assert_eq!(told.recv_timeout(patience), Ok("ended"));
    assert_eq!(outcome.usage.network.connections, 1);
}

#[test]
fn more_connections_than_allowed_are_refused_until_others_are_closed() {
    let jail = Jail::without(&[]).unwrap();
    let limits = Limits {
        connections: 4,
        ..LIMITS
    };
    let program = dedent(
        r#"
        import socket
        def connect():
            return socket.create_connection(("127.0.0.1", PORT))
        held = [connect() for _ in range(4)]
        try:
            connect()
        except OSError as error:
            print(error)
        held.pop().close()
        connect().close()
        try:
            for _ in range(1000):
                connect().close()
        except OSError as error:
            print(error)
        "#,
    );
    let program = program.replace("PORT", &servers::http().to_string());
    let outcome = jail.run_with_network(&program, limits).unwrap();
    assert_eq!(
        String::from_utf8_lossy(&outcome.stdout),
        "[Errno 24] more than 4 connections at once (limits.connections)\n\
         [Errno 24] more than 64 connections in one run (16 times limits.connections)\n",
        "{outcome:?}"
    );
    assert_eq!(outcome.usage.network.connections, 64);
}

#[test]
fn more_bytes_than_allowed_end_the_program() {
    let jail = Jail::without(&[]).unwrap();
    let limits = Limits {
        network_bytes: ByteSize::mib(1),
        ..LIMITS
    };
    let program = "import time, urllib.request\nurllib.request.urlopen('http://127.0.0.1:PORT/big').read()\ntime.sleep(60)\n";
    let program = program.replace("PORT", &servers::http().to_string());
    let since = Instant::now();
    let outcome = jail.run_with_network(&program, limits).unwrap();
    assert!(since.elapsed() < Duration::from_secs(10));
    assert_eq!(
        outcome.reason().unwrap(),
        "more than 1 MiB in one direction over the network (limits.network_bytes)"
    );
    assert!(
        outcome.usage.network.received >= ByteSize::mib(3),
        "{outcome:?}"
    );
}

#[test]
fn without_the_network_there_is_none() {
    let jail = Jail::without(&[]).unwrap();
    let program = "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:PORT/')\n";
    let program = program.replace("PORT", &servers::http().to_string());
    let outcome = jail.run(&program, LIMITS).unwrap();
    assert_eq!(outcome.denied, ["socket"]);
    assert_eq!(
        outcome.reason().unwrap(),
        "operation not permitted (system call: socket)"
    );
    // And the next one that has it is not worse off.
    let fetched = printed(
        &jail,
        servers::http(),
        "import urllib.request\nprint(urllib.request.urlopen('http://127.0.0.1:PORT/x').read())",
    );
    assert_eq!(fetched, "b'/x'\n");
}
