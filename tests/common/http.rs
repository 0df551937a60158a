//! A small HTTP client: one connection per request, every byte under the test's control.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::time::Duration;

use serde_json::Value;

use super::PATIENCE;
use super::server::KEY;

pub const RUN: &str = "/v1/sandbox/run";

/// A request, built step by step.
#[derive(Clone)]
pub struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    pub fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// A JSON body for the run route, with the key.
    pub fn run(body: &Value) -> Self {
        Self::new("POST", RUN)
            .key()
            .body("application/json", body.to_string())
    }

    /// With the right key.
    pub fn key(self) -> Self {
        self.header("X-Api-Key", KEY)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("Content-Type", content_type)
    }

    /// Sends it and leaves the connection open, as long as the result is kept.
    pub fn start(&self, port: u16) -> Pending {
        let mut stream = connect(port);
        let mut head = format!("{} {} HTTP/1.1\r\nHost: test\r\n", self.method, self.path);
        head += "Connection: close\r\n";
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("Content-Length: {}\r\n\r\n", self.body.len());
        // A server that refuses need not read everything; what it answers is looked at all the same.
        let _ = stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(&self.body));
        Pending(stream)
    }

    pub fn send(&self, port: u16) -> Response {
        self.start(port).wait()
    }
}

pub fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the server is there");
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// A request that was sent. Dropping it closes the connection.
pub struct Pending(TcpStream);

impl Pending {
    #[track_caller]
    pub fn wait(mut self) -> Response {
        let mut bytes = Vec::new();
        let read = self.0.read_to_end(&mut bytes);
        Response::parse(&bytes).unwrap_or_else(|| {
            let text = String::from_utf8_lossy(&bytes);
            panic!("no whole answer ({read:?}): {text:?}")
        })
    }

    /// Whether an answer has begun to arrive.
    pub fn is_answered_within(&self, time: Duration) -> bool {
        self.0.set_read_timeout(Some(time)).unwrap();
        let answered = matches!(self.0.peek(&mut [0]), Ok(1));
        self.0.set_read_timeout(Some(PATIENCE)).unwrap();
        answered
    }

    pub fn close(self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    /// The one response in `bytes`; the server is asked to close the connection, so a body ends
    /// where the connection does, and must be as long as announced.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let response = Self {
            status,
            headers,
            body: bytes[end + 4..].to_vec(),
        };
        let announced: usize = response.header("content-length")?.parse().ok()?;
        (announced == response.body.len()).then_some(response)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(key, _)| key == name)
            .map(|(_, value)| &**value)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{} is not JSON: {error}: {}", self.status, self.text()))
    }
}
