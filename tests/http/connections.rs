//! Connections as clients use and misuse them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::common::Server;
use crate::common::http::{RUN, connect};
use crate::common::server::KEY;

fn request(code: &str) -> String {
    let body = json!({"language": "python3", "code": code}).to_string();
    format!(
        "POST {RUN} HTTP/1.1\r\nHost: x\r\nX-Api-Key: {KEY}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Reads one answer from a connection that stays open.
fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut one = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut one).unwrap();
        bytes.push(one[0]);
    }
    let head = String::from_utf8(bytes).unwrap().to_ascii_lowercase();
    let (_, length) = head.split_once("content-length: ").unwrap();
    let mut body = vec![0; length.split('\r').next().unwrap().parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    String::from_utf8(body).unwrap()
}

#[test]
fn one_connection_serves_many_requests_and_stays_open_longer_than_difys_five_seconds() {
    let server = Server::start("");
    let mut stream = connect(server.port());
    for (i, pause) in [0, 0, 0, 7].into_iter().enumerate() {
        thread::sleep(Duration::from_secs(pause));
        stream
            .write_all(request(&format!("print({i})")).as_bytes())
            .unwrap();
        assert!(answer(&mut stream).contains(&format!(r#""stdout":"{i}\n""#)));
    }
}

#[test]
fn requests_sent_in_one_go_are_answered_in_order() {
    let server = Server::start("");
    let mut stream = connect(server.port());
    let all: String = (0..5).map(|i| request(&format!("print({i})"))).collect();
    stream.write_all(all.as_bytes()).unwrap();
    for i in 0..5 {
        assert!(answer(&mut stream).contains(&format!(r#""stdout":"{i}\n""#)));
    }
}

#[test]
fn what_is_not_http_harms_nobody() {
    let server = Server::start("max_requests: 2");
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"GET\r\n\r\n",
        b"POST /v1/sandbox/run HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/sandbox/run HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST /v1/sandbox/run HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST /v1/sandbox/run HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\0\0\0\0\0\0\0\0\r\n\r\n",
    ] {
        let mut stream = connect(server.port());
        stream.write_all(garbage).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    }
    let mut endless = connect(server.port());
    // Headers without end are cut off.
    let flood =
        (0..100_000).try_for_each(|i| endless.write_all(format!("X-{i}: y\r\n").as_bytes()));
    drop((flood, endless));
    server.run("print(1)").prints("1\n");
    server.health();
}

#[test]
fn slow_and_silent_connections_take_no_places() {
    let server = Server::start("max_requests: 2");
    let mut silent: Vec<_> = (0..200).map(|_| connect(server.port())).collect();
    for stream in &mut silent {
        stream
            .write_all(b"POST /v1/sandbox/run HTTP/1.1\r\nHost: ")
            .unwrap();
    }
    server.run("print(1)").prints("1\n");
    server.health();
}

#[test]
fn a_client_may_ask_before_sending_a_body() {
    let server = Server::start("");
    let mut stream = connect(server.port());
    let request = request("print('continued')");
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    stream
        .write_all(format!("{head}\r\nExpect: 100-continue\r\n\r\n").as_bytes())
        .unwrap();
    let mut go = [0; 25];
    stream.read_exact(&mut go).unwrap();
    assert_eq!(&go, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).unwrap();
    assert!(answer(&mut stream).contains("continued"));
}
