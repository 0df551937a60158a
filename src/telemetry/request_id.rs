//! The id of a request: the caller's trace id, so that its traces and our logs meet, or a fresh
//! one.

use std::fmt;

/// 32 hexadecimal digits, never all zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId([u8; 16]);

impl RequestId {
    /// The trace id in a W3C `traceparent` header if there is a valid one, else a random id.
    pub fn from_traceparent(header: Option<&[u8]>) -> Self {
        header.and_then(trace_id).unwrap_or_else(Self::random)
    }

    fn random() -> Self {
        let mut id = [0; 16];
        // Without randomness ids repeat; requests are still answered.
        let _ = getrandom::fill(&mut id);
        Self(id)
    }
}

/// `version-traceid-parentid-flags`; versions after 00 may add to the end.
fn trace_id(header: &[u8]) -> Option<RequestId> {
    let mut parts = header.split(|byte| *byte == b'-');
    let (version, trace, parent, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let version = hex::<1>(version)?;
    let trace = hex::<16>(trace)?;
    let parent = hex::<8>(parent)?;
    hex::<1>(flags)?;
    let known_shape = version != [0xff] && (version != [0] || parts.next().is_none());
    (known_shape && trace != [0; 16] && parent != [0; 8]).then_some(RequestId(trace))
}

/// Exactly `2 * N` lower-case hexadecimal digits.
fn hex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callers_trace_id_becomes_the_request_id() {
        for header in [
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        ] {
            assert_eq!(
                RequestId::from_traceparent(Some(header.as_bytes())).to_string(),
                "0af7651916cd43dd8448eb211c80319c"
            );
        }
    }

    #[test]
    fn an_invalid_traceparent_is_not_taken_over() {
        for header in [
            "",
            "nonsense",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        ] {
            assert_eq!(trace_id(header.as_bytes()), None, "{header}");
        }
        let fresh = RequestId::from_traceparent(None);
        assert_eq!(fresh.to_string().len(), 32);
        assert_ne!(fresh, RequestId::from_traceparent(None));
    }
}
