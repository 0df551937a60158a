//! Names for C libraries: what the C library asks its nameserver, over a stream as resolv.conf(5)'s
//! `use-vc` has it (RFC 1035, 4.2.2), is answered by looking the name up as for everybody else.
//!
//! Guarantee: nothing but addresses of names is told; whatever is asked wrongly ends the connection.

use std::io;
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use super::{AT_ONCE, Broker, LATER};
use crate::egress::LookupError;
use crate::egress::messages::FromEgress;
use crate::native::messages::Wish;

/// Questions are short.
const LONGEST: usize = 512;
/// Until the program asks again.
const TTL: u32 = 30;
const HEADER: usize = 12;
const A: u16 = 1;
const AAAA: u16 = 28;
const INTERNET: u16 = 1;
/// Response codes.
const NO_ERROR: u8 = 0;
const FAILURE: u8 = 2;
const NO_SUCH_NAME: u8 = 3;
const REFUSED: u8 = 5;

/// Answers on one connection.
pub struct Server {
    broker: Rc<Broker>,
    stream: UnixStream,
}

impl Server {
    /// And the program's end.
    ///
    /// # Errors
    /// When there are no descriptors to be had.
    pub fn new(broker: &Rc<Broker>) -> io::Result<(Self, OwnedFd)> {
        let (stream, theirs) = UnixStream::pair()?;
        let server = Self {
            broker: Rc::clone(broker),
            stream,
        };
        Ok((server, theirs.into_std()?.into()))
    }

    /// To the end of the connection.
    pub async fn serve(mut self) {
        let mut asked = 0;
        // Whatever is wrong with it, the program asks again or does without.
        while let Ok(length) = self.stream.read_u16().await {
            if asked > AT_ONCE {
                tokio::time::sleep(LATER).await;
            }
            asked += 1;
            let mut message = vec![0; usize::from(length)];
            if message.len() > LONGEST || self.stream.read_exact(&mut message).await.is_err() {
                return;
            }
            let Some(question) = Question::of(&message) else {
                return;
            };
            let (code, addresses) = self.addresses(&question).await;
            let answer = question.answer(code, &addresses);
            let mut framed = (answer.len() as u16).to_be_bytes().to_vec();
            framed.extend(answer);
            if self.stream.write_all(&framed).await.is_err() {
                return;
            }
        }
    }

    async fn addresses(&self, question: &Question<'_>) -> (u8, Vec<IpAddr>) {
        if question.class != INTERNET || ![A, AAAA].contains(&question.kind) {
            return (NO_ERROR, Vec::new());
        }
        let wish = Wish::Lookup {
            host: question.name.clone(),
        };
        let Ok(_taken) = self.broker.take(&wish) else {
            return (FAILURE, Vec::new());
        };
        match self.broker.look_up(&question.name).await {
            FromEgress::Addresses(mut addresses) => {
                addresses.retain(|address| address.is_ipv4() == (question.kind == A));
                (NO_ERROR, addresses)
            }
            FromEgress::NoAddresses(LookupError::NotFound(_)) => (NO_SUCH_NAME, Vec::new()),
            FromEgress::NoAddresses(LookupError::Refused(_)) => (REFUSED, Vec::new()),
            _ => (FAILURE, Vec::new()),
        }
    }
}

/// The one question of a message.
struct Question<'a> {
    id: [u8; 2],
    name: String,
    kind: u16,
    class: u16,
    /// As it was asked.
    bytes: &'a [u8],
}

impl<'a> Question<'a> {
    fn of(message: &'a [u8]) -> Option<Self> {
        let header = message.get(..HEADER)?;
        // A query, by itself.
        if header[2] & 0xf8 != 0 || header[4..6] != [0, 1] {
            return None;
        }
        let mut name = String::new();
        let mut at = HEADER;
        loop {
            let length = usize::from(*message.get(at)?);
            at += 1;
            match length {
                0 => break,
                1..=63 => {}
                // Nothing to point to yet.
                _ => return None,
            }
            let label = std::str::from_utf8(message.get(at..at + length)?).ok()?;
            if !name.is_empty() {
                name.push('.');
            }
            name.push_str(label);
            at += length;
        }
        let rest = message.get(at..at + 4)?;
        Some(Self {
            id: [header[0], header[1]],
            name,
            kind: u16::from_be_bytes([rest[0], rest[1]]),
            class: u16::from_be_bytes([rest[2], rest[3]]),
            bytes: &message[HEADER..at + 4],
        })
    }

    fn answer(&self, code: u8, addresses: &[IpAddr]) -> Vec<u8> {
        // As many as fit into a message in any case.
        let addresses = &addresses[..addresses.len().min(100)];
        let mut message = self.id.to_vec();
        // A response, recursion desired and available.
        message.extend([0x81, 0x80 | code, 0, 1]);
        message.extend((addresses.len() as u16).to_be_bytes());
        message.extend([0; 4]);
        message.extend(self.bytes);
        for address in addresses {
            // The name is that of the question.
            message.extend([0xc0, HEADER as u8]);
            message.extend(self.kind.to_be_bytes());
            message.extend(INTERNET.to_be_bytes());
            message.extend(TTL.to_be_bytes());
            let octets = match address {
                IpAddr::V4(address) => address.octets().to_vec(),
                IpAddr::V6(address) => address.octets().to_vec(),
            };
            message.extend((octets.len() as u16).to_be_bytes());
            message.extend(octets);
        }
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &[u8] = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x07example\x03com\0\0\x01\0\x01";

    #[test]
    fn a_question_is_answered_with_addresses_of_its_kind() {
        let question = Question::of(QUERY).unwrap();
        assert_eq!(question.name, "example.com");
        let answer = question.answer(NO_ERROR, &["192.0.2.7".parse().unwrap()]);
        let expected = [
            b"\x12\x34\x81\x80\0\x01\0\x01\0\0\0\0".as_slice(),
            &QUERY[HEADER..],
            b"\xc0\x0c\0\x01\0\x01\0\0\0\x1e\0\x04\xc0\0\x02\x07",
        ];
        assert_eq!(answer, expected.concat());
    }

    #[test]
    fn what_is_no_question_is_none() {
        for end in 0..QUERY.len() {
            assert!(Question::of(&QUERY[..end]).is_none(), "{end}");
        }
        let mut pointer = QUERY.to_vec();
        pointer[HEADER] = 0xc0;
        assert!(Question::of(&pointer).is_none());
        let mut answer = QUERY.to_vec();
        answer[2] |= 0x80;
        assert!(Question::of(&answer).is_none());
    }
}
