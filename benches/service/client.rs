//! One keep-alive HTTP/1.1 connection, as cheap as can be: its CPU time counts against the server.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde::Deserialize;

use crate::Result;
use crate::server::API_KEY;

/// Longer than any program here runs.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A request's bytes, made once and sent often.
#[derive(Clone, Debug)]
pub struct Request(Vec<u8>);

impl Request {
    /// Asks for a program to be run, in the words of Dify's client.
    pub fn run(language: &str, code: &str) -> Self {
        let body = serde_json::json!({
            "language": language,
            "code": code,
            "preload": "",
            "enable_network": true,
        });
        let body = body.to_string();
        let head = format!(
            "POST /v1/sandbox/run HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Api-Key: {API_KEY}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        Self([head.as_bytes(), body.as_bytes()].concat())
    }
}

/// What the API says of a run.
#[derive(Debug, Deserialize)]
pub struct Answer {
    pub stdout: String,
    pub error: String,
}

#[derive(Debug, Deserialize)]
struct Envelope {
    message: String,
    data: Option<Answer>,
}

/// A connection and the buffer that answers are read into.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        Ok(Self {
            stream,
            buffer: vec![0; 16 << 10],
        })
    }

    /// Sends a request without waiting for its answer.
    pub fn send(&mut self, request: &Request) -> Result<()> {
        Ok(self.stream.write_all(&request.0)?)
    }

    /// Sends a request and gives the body of the answer, whose status must be 200.
    pub fn call(&mut self, request: &Request) -> Result<&[u8]> {
        self.send(request)?;
        let mut filled = 0;
        let (body, end) = loop {
            if filled == self.buffer.len() {
                self.buffer.resize(filled * 2, 0);
            }
            match self.stream.read(&mut self.buffer[filled..])? {
                0 => return Err("the server closed the connection".into()),
                count => filled += count,
            }
            if let Some(extent) = extent(&self.buffer[..filled])?
                && filled >= extent.1
            {
                break extent;
            }
        };
        if !self.buffer.starts_with(b"HTTP/1.1 200 ") {
            let answer = String::from_utf8_lossy(&self.buffer[..end]);
            return Err(format!("the server answered: {answer}").into());
        }
        Ok(&self.buffer[body..end])
    }

    /// Runs a program that must succeed.
    pub fn run(&mut self, request: &Request) -> Result<Answer> {
        let envelope: Envelope = serde_json::from_slice(self.call(request)?)?;
        let answer = envelope.data.ok_or(envelope.message)?;
        if answer.error.is_empty() {
            Ok(answer)
        } else {
            Err(format!("the program failed: {}", answer.error).into())
        }
    }
}

/// Where the body begins and where it ends, once all headers are there.
fn extent(answer: &[u8]) -> Result<Option<(usize, usize)>> {
    let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let headers = std::str::from_utf8(&answer[..head])?;
    let length = headers
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .ok_or("an answer without Content-Length")?;
    let body = head + 4;
    Ok(Some((body, body + length.1.trim().parse::<usize>()?)))
}
