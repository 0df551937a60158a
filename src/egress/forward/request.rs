//! A request's head as a proxy wants it (RFC 9112, 3.2.2): with the whole address of what is asked for.
//!
//! Guarantees: where a request goes is where the connection was dialled to, whatever the program wrote
//! in it; every line is written anew from what was read, and no two readers can see its body end in
//! different places; what is between us and the proxy is ours.

use httparse::{EMPTY_HEADER, Header, Request, Status};

use super::body::{Body, Chunked};
use super::head::{Framing, WrongFraming, framing, list};
use crate::egress::policy::Host;
use crate::egress::tunnel::Target;

/// The longest head of a request or an answer.
pub const LONGEST_HEAD: usize = 64 << 10;
pub const MOST_HEADERS: usize = 256;

/// A request that can be handed on.
#[derive(Debug, PartialEq, Eq)]
pub struct Rewritten {
    pub head: Vec<u8>,
    /// How many bytes of the input were its head.
    pub length: usize,
    pub body: Body,
    /// The answer to it has no body.
    pub is_head: bool,
    /// It asks for another protocol on this connection.
    pub upgrades: bool,
}

/// A request that is not handed on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongRequest {
    #[error("the request is not as RFC 9112 has it: {0}")]
    Malformed(httparse::Error),
    #[error("the request's head is longer than {LONGEST_HEAD} bytes")]
    TooLong,
    #[error("the request asks for another host than the one that was connected to")]
    OtherHost,
    #[error("TRACE cannot be sent through this proxy")]
    Trace,
    #[error("the request's {0}")]
    Framing(#[from] WrongFraming),
}

/// What a connection begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begins {
    /// It could be a request; more has to come.
    Unclear,
    Tls,
    /// A request that can be handed on.
    Request,
    /// Whatever is neither; a request that means another host, as to a proxy, among it.
    Other,
}

/// Looks at the first bytes of a connection to `target`.
pub fn begins(bytes: &[u8], target: &Target) -> Begins {
    match bytes {
        [] => return Begins::Unclear,
        // A handshake record, of any version since SSL 3 (RFC 8446, 5.1).
        [0x16] | [0x16, 3, ..] => return Begins::Tls,
        _ => {}
    }
    let line = bytes.split(|byte| *byte == b'\n').next();
    let line = line.unwrap_or_default();
    let is_whole = line.len() < bytes.len();
    let mut words = line.split(|byte| *byte == b' ');
    let method = words.next().unwrap_or_default();
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    if method.is_empty() || method.len() > 32 || !method.iter().all(is_token) {
        return Begins::Other;
    }
    let Some(asked) = words.next() else {
        return if is_whole {
            Begins::Other
        } else {
            Begins::Unclear
        };
    };
    if asked.iter().any(|byte| *byte < 0x21 || *byte == 0x7f) {
        return Begins::Other;
    }
    let Some(version) = words.next() else {
        return match is_whole || line.len() > LONGEST_HEAD {
            true => Begins::Other,
            false => Begins::Unclear,
        };
    };
    let version = version.strip_suffix(b"\r").unwrap_or(version);
    let fits = b"HTTP/1.".starts_with(version) || version.starts_with(b"HTTP/1.");
    if !fits || words.next().is_some() {
        return Begins::Other;
    }
    if !is_whole {
        return Begins::Unclear;
    }
    let asked = std::str::from_utf8(asked).unwrap_or_default();
    match path(method, asked, target) {
        Some(_) if version.len() == b"HTTP/1.1".len() => Begins::Request,
        _ => Begins::Other,
    }
}

/// Rewrites the request at the beginning of `input`, which was sent on a connection to `target`; none
/// while its head is not complete. `authorization` is what the proxy wants to see.
///
/// # Errors
/// When it cannot be handed on.
pub fn rewrite(
    input: &[u8],
    target: &Target,
    authorization: Option<&str>,
) -> Result<Option<Rewritten>, WrongRequest> {
    let mut headers = [EMPTY_HEADER; MOST_HEADERS];
    let mut request = Request::new(&mut headers);
    let length = match request.parse(input).map_err(WrongRequest::Malformed)? {
        Status::Complete(length) if length <= LONGEST_HEAD => length,
        Status::Partial if input.len() <= LONGEST_HEAD => return Ok(None),
        _ => return Err(WrongRequest::TooLong),
    };
    let method = request.method.unwrap_or_default();
    let asked = request.path.unwrap_or_default();
    let version = request.version.unwrap_or(1);
    // The answer may be what was received, with the operator's password in it (RFC 9110, 9.3.8).
    if method == "TRACE" && authorization.is_some() {
        return Err(WrongRequest::Trace);
    }
    let path = path(method.as_bytes(), asked, target).ok_or(WrongRequest::OtherHost)?;
    let body = match framing(request.headers)? {
        Framing::Chunked if version == 0 => return Err(WrongFraming::Chunked10.into()),
        Framing::Chunked => Body::Chunked(Chunked::default()),
        Framing::Length(length) => Body::Length(length),
        Framing::None => Body::NONE,
    };
    let nominated: Vec<&[u8]> = list(request.headers, "connection").collect();
    let wants = |what: &str| {
        nominated
            .iter()
            .any(|one| one.eq_ignore_ascii_case(what.as_bytes()))
    };
    // HTTP/2 within would be requests that nobody has looked at.
    let mut protocols = list(request.headers, "upgrade").peekable();
    let names_one = protocols.peek().is_some();
    let is_readable = protocols.all(|protocol| !protocol.eq_ignore_ascii_case(b"h2c"));
    let upgrades = version == 1 && wants("upgrade") && names_one && is_readable && body.is_done();

    let authority = authority(target);
    let mut head = format!("{method} http://{authority}{path} HTTP/1.{version}\r\n").into_bytes();
    let mut line = |name: &str, value: &[u8]| {
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value);
        head.extend_from_slice(b"\r\n");
    };
    line("Host", authority.as_bytes());
    for Header { name, value } in request.headers.iter() {
        let nominated = nominated
            .iter()
            .any(|one| one.eq_ignore_ascii_case(name.as_bytes()));
        if !is_ours(name) && !nominated {
            line(name, value);
        }
    }
    match &body {
        Body::Chunked(_) => line("Transfer-Encoding", b"chunked"),
        // With a length of nothing as well, where it was said.
        Body::Length(length) if has(request.headers, "content-length") => {
            line("Content-Length", length.to_string().as_bytes());
        }
        _ => {}
    }
    if upgrades {
        line("Connection", b"Upgrade");
        for Header { value, .. } in named(request.headers, "upgrade") {
            line("Upgrade", value);
        }
    } else if wants("close") {
        line("Connection", b"close");
    } else if version == 0 && wants("keep-alive") {
        line("Connection", b"keep-alive");
    }
    if let Some(authorization) = authorization {
        line("Proxy-Authorization", authorization.as_bytes());
    }
    head.extend_from_slice(b"\r\n");
    Ok(Some(Rewritten {
        head,
        length,
        body,
        is_head: method == "HEAD",
        upgrades,
    }))
}

/// Headers that are written by us, or concern only the program's end of the connection.
fn is_ours(name: &str) -> bool {
    const OURS: [&str; 9] = [
        "host",
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "content-length",
        "upgrade",
        "http2-settings",
    ];
    let proxys = name
        .get(..6)
        .is_some_and(|start| start.eq_ignore_ascii_case("proxy-"));
    proxys || OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours))
}

fn named<'a, 'h>(headers: &'a [Header<'h>], name: &'a str) -> impl Iterator<Item = &'a Header<'h>> {
    headers
        .iter()
        .filter(move |header| header.name.eq_ignore_ascii_case(name))
}

fn has(headers: &[Header<'_>], name: &str) -> bool {
    named(headers, name).next().is_some()
}

/// The path of a request to `target` in a URI; none if it asks for something else.
fn path<'a>(method: &[u8], asked: &'a str, target: &Target) -> Option<&'a str> {
    if method == b"CONNECT" || asked.contains('#') {
        return None;
    }
    if asked == "*" {
        // RFC 9112, 3.2.4.
        return (method == b"OPTIONS").then_some("");
    }
    if asked.starts_with('/') {
        return Some(asked);
    }
    let (scheme, rest) = asked.split_once("://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let is_it = scheme.eq_ignore_ascii_case("http") && is_authority(authority, target);
    let is_path = path.starts_with('/') || path.is_empty();
    (is_it && is_path).then_some(if path.is_empty() { "/" } else { path })
}

fn is_authority(text: &str, target: &Target) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            let port = if port.is_empty() {
                Ok(80)
            } else {
                port.parse()
            };
            (host, port.ok())
        }
        _ => (text, Some(80)),
    };
    port == Some(target.port) && Host::parse(host).is_ok_and(|host| host == target.host)
}

/// Without the port that everybody knows.
fn authority(target: &Target) -> String {
    match target.port {
        80 => target.host.to_string(),
        _ => target.to_string(),
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
