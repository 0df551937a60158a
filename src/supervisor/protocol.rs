//! What the supervisor and its children say to each other, over socket pairs that only they hold.
//!
//! A frame is a byte that names the message, its length as two bytes (little-endian), and so many
//! bytes. Whatever comes from a child is suspect: it is bounded, checked, and anything out of place
//! is an error, after which nothing of that child is believed.

use crate::program::Language;

/// The longest text a message carries, in bytes: a list of some hundred packages.
pub const MAX_TEXT: usize = 60 << 10;
const HEADER: usize = 3;

const READY: u8 = 1;
const REPLACE: u8 = 2;
const REFRESH: u8 = 3;
const SETTLED: u8 = 4;
const MAKING: u8 = 5;
const STOP: u8 = 16;
const RETIRE: u8 = 17;

/// From a child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromChild {
    /// A server is locked in and answers requests.
    Ready,
    /// A server was asked to bring the packages of a language up to date.
    Refresh(Language),
    /// The keeper has new code for servers, which they cannot load themselves: a fresh server is
    /// to take over. The text says what is new.
    Replace(String),
    /// The keeper has begun to make a set of packages, which takes a while.
    Making(Language),
    /// The keeper has done what it can about the packages; the text says what came of it, for
    /// servers to read (`packages::settlement`).
    Settled(String),
}

/// To a child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToChild {
    /// Accept nothing more, answer what is in flight, end.
    Stop,
    /// Another server accepts from now on: answer what comes on the connections that are open,
    /// close each with its answer, end.
    Retire,
    /// To the keeper: bring the packages of a language up to date.
    Refresh(Language),
    /// To servers: what the keeper said.
    Making(Language),
    /// To servers: what the keeper said.
    Settled(String),
}

/// A message that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    #[error("unknown message {0}")]
    Unknown(u8),
    #[error("a message of {0} bytes, where at most {MAX_TEXT} are allowed")]
    TooLong(usize),
    #[error("message {0} carries what it should not")]
    Payload(u8),
}

/// A message that can be taken out of a frame.
pub trait Message: Sized {
    /// # Errors
    /// When there is no such message, or not with this text.
    fn from_frame(tag: u8, payload: &[u8]) -> Result<Self, ProtocolError>;
    fn to_frame(&self) -> Vec<u8>;
}

impl Message for FromChild {
    fn from_frame(tag: u8, payload: &[u8]) -> Result<Self, ProtocolError> {
        match tag {
            READY => empty(tag, payload).map(|()| Self::Ready),
            REFRESH => language(tag, payload).map(Self::Refresh),
            MAKING => language(tag, payload).map(Self::Making),
            REPLACE => text(tag, payload).map(Self::Replace),
            SETTLED => text(tag, payload).map(Self::Settled),
            _ => Err(ProtocolError::Unknown(tag)),
        }
    }

    fn to_frame(&self) -> Vec<u8> {
        match self {
            Self::Ready => frame(READY, &[]),
            Self::Refresh(language) => frame(REFRESH, language.api_name().as_bytes()),
            Self::Making(language) => frame(MAKING, language.api_name().as_bytes()),
            Self::Replace(why) => frame(REPLACE, &wire(why)),
            Self::Settled(problem) => frame(SETTLED, &wire(problem)),
        }
    }
}

impl Message for ToChild {
    fn from_frame(tag: u8, payload: &[u8]) -> Result<Self, ProtocolError> {
        match tag {
            STOP => empty(tag, payload).map(|()| Self::Stop),
            RETIRE => empty(tag, payload).map(|()| Self::Retire),
            REFRESH => language(tag, payload).map(Self::Refresh),
            MAKING => language(tag, payload).map(Self::Making),
            SETTLED => text(tag, payload).map(Self::Settled),
            _ => Err(ProtocolError::Unknown(tag)),
        }
    }

    fn to_frame(&self) -> Vec<u8> {
        match self {
            Self::Stop => frame(STOP, &[]),
            Self::Retire => frame(RETIRE, &[]),
            Self::Refresh(language) => frame(REFRESH, language.api_name().as_bytes()),
            Self::Making(language) => frame(MAKING, language.api_name().as_bytes()),
            Self::Settled(problem) => frame(SETTLED, &wire(problem)),
        }
    }
}

fn empty(tag: u8, payload: &[u8]) -> Result<(), ProtocolError> {
    payload
        .is_empty()
        .then_some(())
        .ok_or(ProtocolError::Payload(tag))
}

fn language(tag: u8, payload: &[u8]) -> Result<Language, ProtocolError> {
    let name = std::str::from_utf8(payload).ok();
    let language = name.and_then(Language::from_api_name);
    language.ok_or(ProtocolError::Payload(tag))
}

/// Text that may be written to a log: printable, on one line.
fn text(tag: u8, payload: &[u8]) -> Result<String, ProtocolError> {
    let text = std::str::from_utf8(payload).map_err(|_| ProtocolError::Payload(tag))?;
    if text.chars().any(char::is_control) {
        return Err(ProtocolError::Payload(tag));
    }
    Ok(text.to_owned())
}

/// `text` as it may be sent: on one line, and cut to what a message carries.
fn wire(text: &str) -> Vec<u8> {
    let line = text.replace(char::is_control, " ");
    line[..line.floor_char_boundary(MAX_TEXT)].into()
}

fn frame(tag: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).expect("texts are cut to MAX_TEXT");
    let mut frame = vec![tag];
    frame.extend(length.to_le_bytes());
    frame.extend(payload);
    frame
}

/// Puts the bytes of a stream together to messages. Never holds more than one frame and what was
/// given to it at once.
#[derive(Debug, Default)]
pub struct Decoder {
    bytes: Vec<u8>,
}

impl Decoder {
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next message, once all of it is there.
    ///
    /// # Errors
    /// For what is no message. What comes behind it means nothing any more.
    pub fn take<M: Message>(&mut self) -> Result<Option<M>, ProtocolError> {
        let Some((header, rest)) = self.bytes.split_at_checked(HEADER) else {
            return Ok(None);
        };
        let (tag, length) = (
            header[0],
            usize::from(u16::from_le_bytes([header[1], header[2]])),
        );
        if length > MAX_TEXT {
            return Err(ProtocolError::TooLong(length));
        }
        let Some(payload) = rest.get(..length) else {
            return Ok(None);
        };
        let message = M::from_frame(tag, payload)?;
        self.bytes.drain(..HEADER + length);
        Ok(Some(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_arrive_whole_however_the_bytes_are_cut() {
        let sent = [
            FromChild::Refresh(Language::Python3),
            FromChild::Replace("new packages".to_owned()),
            FromChild::Settled(String::new()),
            FromChild::Replace("é".repeat(MAX_TEXT)),
        ];
        let bytes: Vec<u8> = sent.iter().flat_map(Message::to_frame).collect();
        for size in [1, 2, 3, 7, 4096, bytes.len()] {
            let mut decoder = Decoder::default();
            let mut received = Vec::new();
            for part in bytes.chunks(size) {
                decoder.push(part);
                while let Some(message) = decoder.take::<FromChild>().unwrap() {
                    received.push(message);
                }
            }
            assert_eq!(received[..3], sent[..3]);
            assert_eq!(received[3], FromChild::Replace("é".repeat(MAX_TEXT / 2)));
        }
        for message in [
            ToChild::Stop,
            ToChild::Retire,
            ToChild::Refresh(Language::Nodejs),
            ToChild::Making(Language::Python3),
            ToChild::Settled("no network".to_owned()),
        ] {
            let mut decoder = Decoder::default();
            decoder.push(&message.to_frame());
            assert_eq!(decoder.take(), Ok(Some(message)));
        }
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let refused = |bytes: &[u8]| {
            let mut decoder = Decoder::default();
            decoder.push(bytes);
            decoder.take::<FromChild>().unwrap_err()
        };
        assert_eq!(refused(&[0, 0, 0]), ProtocolError::Unknown(0));
        assert_eq!(refused(&[STOP, 0, 0]), ProtocolError::Unknown(STOP));
        assert_eq!(refused(&[READY, 1, 0, 7]), ProtocolError::Payload(READY));
        assert_eq!(refused(&[REFRESH, 0, 0]), ProtocolError::Payload(REFRESH));
        assert_eq!(
            refused(&[MAKING, 3, 0, b'c', b'+', b'+']),
            ProtocolError::Payload(MAKING)
        );
        assert_eq!(
            refused(&[REPLACE, 1, 0, 0xff]),
            ProtocolError::Payload(REPLACE)
        );
        assert_eq!(
            refused(&[REPLACE, 1, 0, b'\n']),
            ProtocolError::Payload(REPLACE)
        );
        assert_eq!(refused(&[REPLACE, 1, 240]), ProtocolError::TooLong(61_441));
    }

    /// A server that was taken over can send anything.
    #[test]
    fn no_sequence_of_bytes_brings_the_supervisor_down_or_makes_it_hold_much() {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut random = move || {
            // xorshift64 (Marsaglia 2003): the same bytes in every run.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for _ in 0..20_000 {
            let mut decoder = Decoder::default();
            for _ in 0..4 {
                let length = (random() % 64) as usize;
                let mut bytes: Vec<u8> = (0..length).map(|_| (random() % 256) as u8).collect();
                if let Some(first) = bytes.first_mut() {
                    // Often something that begins well.
                    *first = [READY, REPLACE, SETTLED, *first][(random() % 4) as usize];
                }
                decoder.push(&bytes);
                loop {
                    match decoder.take::<FromChild>() {
                        Ok(Some(FromChild::Replace(text) | FromChild::Settled(text))) => {
                            assert!(text.len() <= MAX_TEXT);
                        }
                        Ok(Some(
                            FromChild::Ready | FromChild::Refresh(_) | FromChild::Making(_),
                        )) => {}
                        Ok(None) => break,
                        Err(_) => {
                            decoder = Decoder::default();
                            break;
                        }
                    }
                }
                assert!(decoder.bytes.len() <= HEADER + MAX_TEXT + 64);
            }
        }
    }
}
