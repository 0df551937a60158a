//! What the headers of either direction say about the message.

use httparse::Header;

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Nothing is said.
    None,
    Length(u64),
    Chunked,
}

/// Headers that can be read in more than one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongFraming {
    #[error("Content-Length is no number, or several")]
    Length,
    #[error("body has both a Content-Length and a Transfer-Encoding")]
    Both,
    #[error("Transfer-Encoding is not `chunked`")]
    Encoding,
    #[error("body is chunked, which HTTP/1.0 has not")]
    Chunked10,
}

/// # Errors
/// When it is not clear beyond doubt.
pub fn framing(headers: &[Header<'_>]) -> Result<Framing, WrongFraming> {
    let mut encodings = list(headers, "transfer-encoding");
    let encoding = encodings.next();
    let more = encodings.next().is_some();
    let mut length = None;
    for text in list(headers, "content-length") {
        let number = number(text).ok_or(WrongFraming::Length)?;
        // The same number twice is one (RFC 9110, 8.6).
        if length.is_some_and(|before| before != number) {
            return Err(WrongFraming::Length);
        }
        length = Some(number);
    }
    let named = |name: &str| {
        let mut all = headers.iter();
        all.any(|header| header.name.eq_ignore_ascii_case(name))
    };
    match (encoding, length) {
        (Some(_), Some(_)) => Err(WrongFraming::Both),
        (Some(encoding), None) if encoding.eq_ignore_ascii_case(b"chunked") && !more => {
            Ok(Framing::Chunked)
        }
        (Some(_), None) => Err(WrongFraming::Encoding),
        (None, _) if named("transfer-encoding") => Err(WrongFraming::Encoding),
        (None, None) if named("content-length") => Err(WrongFraming::Length),
        (None, Some(length)) => Ok(Framing::Length(length)),
        (None, None) => Ok(Framing::None),
    }
}

/// The elements of all headers of this name (RFC 9110, 5.6.1).
pub fn list<'a>(headers: &'a [Header<'_>], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    headers
        .iter()
        .filter(move |header| header.name.eq_ignore_ascii_case(name))
        .flat_map(|header| header.value.split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|element| !element.is_empty())
}

fn number(text: &[u8]) -> Option<u64> {
    let digits = text.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(text).ok().filter(|_| digits)?;
    text.parse().ok()
}
