//! An answer's head as the program is to see it, and where the answer ends.

use httparse::{EMPTY_HEADER, Header, ParserConfig, Response, Status};

use super::body::{Body, Chunked};
use super::head::{Framing, framing, list};
use super::request::{LONGEST_HEAD, MOST_HEADERS};

/// An answer that can be handed on.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub code: u16,
    pub head: Vec<u8>,
    /// How many bytes of the input were its head.
    pub length: usize,
    pub body: Body,
}

/// An answer that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proxy's answer is not as RFC 9112 has it")]
pub struct WrongAnswer;

impl Answer {
    /// Whether another one follows it, to the same request (RFC 9110, 15.2).
    pub fn is_interim(&self) -> bool {
        (100..200).contains(&self.code) && self.code != 101
    }

    /// Whether nothing follows it on this connection.
    pub fn is_last(&self) -> bool {
        self.body == Body::ToEnd
    }
}

/// Reads the answer at the beginning of `input`; none while its head is not complete.
///
/// # Errors
/// When it is none.
pub fn read(input: &[u8], to_head: bool) -> Result<Option<Answer>, WrongAnswer> {
    let mut headers = [EMPTY_HEADER; MOST_HEADERS];
    let mut response = Response::new(&mut headers);
    let mut config = ParserConfig::default();
    // What servers of all ages send. It is written anew below.
    config
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true);
    let length = match config.parse_response(&mut response, input) {
        Ok(Status::Complete(length)) if length <= LONGEST_HEAD => length,
        Ok(Status::Partial) if input.len() <= LONGEST_HEAD => return Ok(None),
        _ => return Err(WrongAnswer),
    };
    let code = response.code.unwrap_or_default();
    let headers: &[Header<'_>] = response.headers;
    let body = match (code, framing(headers)) {
        (100..200 | 204 | 304, _) => Body::NONE,
        _ if to_head => Body::NONE,
        (_, Ok(Framing::Chunked)) => Body::Chunked(Chunked::default()),
        (_, Ok(Framing::Length(length))) => Body::Length(length),
        (_, Ok(Framing::None)) => Body::ToEnd,
        (_, Err(_)) if is_chunked(headers) => Body::Chunked(Chunked::default()),
        (_, Err(_)) => return Err(WrongAnswer),
    };
    let version = response.version.unwrap_or(1);
    let reason = response.reason.unwrap_or_default();
    let mut head = format!("HTTP/1.{version} {code} {reason}\r\n").into_bytes();
    // Chunks have lost their trailers, and a length beside them means nothing (RFC 9112, 6.3).
    let framed = matches!(body, Body::Chunked(_));
    for Header { name, value } in headers {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let proxys = name
            .get(..6)
            .is_some_and(|start| start.eq_ignore_ascii_case("proxy-"));
        if proxys || framed && (is("trailer") || is("content-length")) {
            continue;
        }
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": ");
        // A folded value becomes one line.
        let one_line = value.iter().map(|byte| match byte {
            b'\r' | b'\n' => b' ',
            byte => *byte,
        });
        head.extend(one_line);
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    Ok(Some(Answer {
        code,
        head,
        length,
        body,
    }))
}

fn is_chunked(headers: &[Header<'_>]) -> bool {
    let last = list(headers, "transfer-encoding").last();
    last.is_some_and(|last| last.eq_ignore_ascii_case(b"chunked"))
}

/// An answer of our own, after which the connection ends.
pub fn own(status: &str, why: &str) -> Vec<u8> {
    let text = format!("belljar: {why}\n");
    let length = text.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{text}"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str, to_head: bool) -> Answer {
        read(text.as_bytes(), to_head).unwrap().unwrap()
    }

    #[test]
    fn where_an_answer_ends_is_what_rfc_9112_says() {
        let cases = [
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
                Body::Length(5),
            ),
            ("HTTP/1.1 200 OK\r\n\r\n", Body::ToEnd),
            ("HTTP/1.0 200\r\n\r\n", Body::ToEnd),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                Body::Chunked(Chunked::default()),
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\nContent-Length: 3\r\n\r\n",
                Body::Chunked(Chunked::default()),
            ),
            (
                "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
                Body::NONE,
            ),
            (
                "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
                Body::NONE,
            ),
            ("HTTP/1.1 100 Continue\r\n\r\n", Body::NONE),
            ("HTTP/1.1 101 Switching Protocols\r\n\r\n", Body::NONE),
        ];
        for (text, body) in cases {
            assert_eq!(answer(text, false).body, body, "{text}");
            assert!(answer(text, true).body.is_done(), "{text}");
        }
        for text in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
            "ICY 200 OK\r\n\r\n",
            "HTTP/2 200\r\n\r\n",
        ] {
            assert_eq!(read(text.as_bytes(), false), Err(WrongAnswer), "{text}");
        }
        assert_eq!(read(b"HTTP/1.1 200 OK\r\nA: b\r\n", false), Ok(None));
        assert!(read(&vec![b'H'; 2 * LONGEST_HEAD], false).is_err());
    }

    #[test]
    fn an_answer_is_handed_on_line_by_line_without_what_is_the_proxys() {
        let text = "HTTP/1.1 200 Fine\r\nProxy-Connection: keep-alive\r\nSet-Cookie: a\r\n\
                    Set-Cookie: b\r\nX : folded\r\n  twice\r\nContent-Length: 2\r\n\r\nhi";
        let answer = answer(text, false);
        assert_eq!(&text[answer.length..], "hi");
        assert_eq!(
            String::from_utf8(answer.head).unwrap(),
            "HTTP/1.1 200 Fine\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nX: folded    twice\r\n\
             Content-Length: 2\r\n\r\n"
        );
    }
}
