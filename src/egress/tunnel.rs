//! Has a proxy make a connection to a destination: `CONNECT` (RFC 9110, 9.3.6) or SOCKS5 (RFC 1928, 1929).
//!
//! Guarantee: of what the proxy sends not one byte more is read than its answer, so that what follows is
//! the destination's, untouched; neither answer nor wait is unbounded.

use std::fmt;
use std::io;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_socks::tcp::Socks5Stream;

use super::DialError;
use super::ledger::plain;
use super::policy::Host;
use super::proxies::{Credentials, Proxy, ProxyKind};

/// How long a proxy may take to connect: longer than proxies themselves wait.
const PATIENCE: Duration = Duration::from_secs(75);
/// The longest answer to `CONNECT`.
const LONGEST_ANSWER: usize = 16 << 10;

/// Where a tunnel leads. Its [`Display`](fmt::Display) is the authority of a URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub host: Host,
    pub port: u16,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Has the proxy at the other end of `stream` connect it with `target`.
///
/// # Errors
/// The proxy's word for why it does not.
pub async fn open(stream: &mut TcpStream, proxy: &Proxy, target: &Target) -> Result<(), DialError> {
    let opened = async {
        match proxy.kind {
            ProxyKind::Http => connect(stream, proxy, target).await,
            ProxyKind::Socks5 => socks5(stream, proxy, target).await,
        }
    };
    let opened = timeout(PATIENCE, opened).await;
    opened.unwrap_or_else(|_| {
        let seconds = PATIENCE.as_secs();
        Err(refused(proxy, target, &format!("no answer in {seconds} s")))
    })
}

/// The value of `Proxy-Authorization`.
pub fn basic(credentials: &Credentials) -> String {
    let Credentials { user, password } = credentials;
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

fn refused(proxy: &Proxy, target: &Target, why: &str) -> DialError {
    DialError::Proxy(format!(
        "the proxy {proxy} does not connect to {target}: {why}"
    ))
}

async fn connect(stream: &mut TcpStream, proxy: &Proxy, target: &Target) -> Result<(), DialError> {
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
    if let Some(credentials) = &proxy.credentials {
        let value = basic(credentials);
        request.push_str(&format!("Proxy-Authorization: {value}\r\n"));
    }
    request.push_str("\r\n");
    let broke = |error: io::Error| refused(proxy, target, &error.to_string());
    stream.write_all(request.as_bytes()).await.map_err(broke)?;
    loop {
        let head = read_head(stream).await.map_err(broke)?;
        let mut headers = [httparse::EMPTY_HEADER; 128];
        let mut answer = httparse::Response::new(&mut headers);
        let code = match answer.parse(&head) {
            Ok(httparse::Status::Complete(_)) => answer.code.unwrap_or_default(),
            _ => return Err(refused(proxy, target, "its answer is not HTTP")),
        };
        let why = match code {
            // Interim answers.
            100..=199 => continue,
            200..=299 => return Ok(()),
            407 => {
                let given = match proxy.credentials {
                    Some(_) => "other credentials than",
                    None => "credentials, and there are none in",
                };
                format!("it wants {given} the setting that names it (407)")
            }
            403 => "it is forbidden there (403): its operator has to allow it".to_owned(),
            code => format!("{code} {}", plain(answer.reason.unwrap_or_default())),
        };
        return Err(refused(proxy, target, why.trim_end()));
    }
}

/// Reads up to and with the empty line, and nothing behind it.
async fn read_head(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut seen = [0; 4096];
    loop {
        let count = stream.peek(&mut seen).await?;
        if count == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "it closed the connection",
            ));
        }
        let before = head.len();
        head.extend_from_slice(&seen[..count]);
        let end = head_end(&head, before);
        head.truncate(end.unwrap_or(head.len()));
        // What was only looked at is taken.
        let taken = head.len() - before;
        stream.read_exact(&mut head[before..before + taken]).await?;
        if end.is_some() {
            return Ok(head);
        }
        if head.len() > LONGEST_ANSWER {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "its answer is too long",
            ));
        }
    }
}

/// Where a head ends, of which the first `before` bytes are known not to hold the end.
fn head_end(head: &[u8], before: usize) -> Option<usize> {
    (before..head.len())
        .filter(|at| head[*at] == b'\n')
        .find(|at| {
            let line = &head[..*at];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            line.ends_with(b"\n")
        })
        .map(|at| at + 1)
}

async fn socks5(stream: &mut TcpStream, proxy: &Proxy, target: &Target) -> Result<(), DialError> {
    // Names go there as names.
    let there = match &target.host {
        Host::Name(name) => tokio_socks::TargetAddr::Domain(name.into(), target.port),
        Host::Address(address) => tokio_socks::TargetAddr::Ip((*address, target.port).into()),
    };
    let connected = match &proxy.credentials {
        None => Socks5Stream::connect_with_socket(stream, there).await,
        Some(Credentials { user, password }) => {
            Socks5Stream::connect_with_password_and_socket(stream, there, user, password).await
        }
    };
    use tokio_socks::Error;
    connected.map(drop).map_err(|error| {
        let why = match error {
            Error::NoAcceptableAuthMethods | Error::AuthorizationRequired => {
                "it wants credentials, and there are none in the setting that names it".to_owned()
            }
            Error::PasswordAuthFailure(_) => {
                "it wants other credentials than the setting that names it has".to_owned()
            }
            Error::ConnectionNotAllowedByRuleset => {
                "it is forbidden there: its operator has to allow it".to_owned()
            }
            Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                "it closed the connection".to_owned()
            }
            error => plain(&error),
        };
        refused(proxy, target, &why)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_with_an_empty_line_however_lines_end() {
        for (text, end) in [
            ("HTTP/1.1 200 OK\r\n\r\nSSH-2.0", Some(19)),
            ("HTTP/1.1 200 OK\n\nx", Some(17)),
            ("HTTP/1.1 200 OK\r\nA: b\r\n", None),
            ("HTTP/1.1 200 OK\r\n\r", None),
        ] {
            assert_eq!(head_end(text.as_bytes(), 0), end, "{text:?}");
            for before in 0..end.unwrap_or(text.len()) {
                let found = head_end(text.as_bytes(), before);
                assert_eq!(found, end, "{text:?} from {before}");
            }
        }
    }
}
