//! Where a body ends (RFC 9112, 6), in either direction.
//!
//! Guarantee: what is handed on is framed as it was read here, so that nobody behind reads it otherwise:
//! chunks are written anew, without extensions and trailers.

/// A body that is being handed on.
#[derive(Debug, PartialEq, Eq)]
pub enum Body {
    Length(u64),
    Chunked(Chunked),
    /// Until the connection ends.
    ToEnd,
}

/// Within a chunked body.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Chunked {
    at: At,
    /// Of the line that is being read.
    line: Vec<u8>,
    trailers: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    Size,
    Data(u64),
    /// The line end after a chunk.
    DataEnd,
    Trailers,
    Done,
}

/// A line with a chunk's size, and what extends it.
const LONGEST_LINE: usize = 4096;
const LONGEST_TRAILERS: usize = 16 << 10;

/// A chunked body that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a chunked body that is not as RFC 9112 has it")]
pub struct WrongChunk;

impl Body {
    pub const NONE: Self = Self::Length(0);

    /// Whether all of it was handed on.
    pub fn is_done(&self) -> bool {
        match self {
            Self::Length(left) => *left == 0,
            Self::Chunked(chunked) => chunked.at == At::Done,
            Self::ToEnd => false,
        }
    }

    /// Takes what belongs to it from the beginning of `input` and appends what is to be handed on to
    /// `output`. Gives how much it took; what it left is not its own.
    ///
    /// # Errors
    /// When it is wrongly framed.
    pub fn take(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<usize, WrongChunk> {
        match self {
            Self::Length(left) => {
                let count = input
                    .len()
                    .min(usize::try_from(*left).unwrap_or(usize::MAX));
                output.extend_from_slice(&input[..count]);
                *left -= count as u64;
                Ok(count)
            }
            Self::Chunked(chunked) => chunked.take(input, output),
            Self::ToEnd => {
                output.extend_from_slice(input);
                Ok(input.len())
            }
        }
    }
}

impl Chunked {
    fn take(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<usize, WrongChunk> {
        let mut taken = 0;
        while taken < input.len() && self.at != At::Done {
            let rest = &input[taken..];
            if let At::Data(left) = self.at {
                let count = rest.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                output.extend_from_slice(&rest[..count]);
                taken += count;
                self.at = match left - count as u64 {
                    0 => At::DataEnd,
                    left => At::Data(left),
                };
                continue;
            }
            let end = rest.iter().position(|byte| *byte == b'\n');
            let count = end.map_or(rest.len(), |at| at + 1);
            self.line.extend_from_slice(&rest[..count]);
            taken += count;
            if self.line.len() > LONGEST_LINE {
                return Err(WrongChunk);
            }
            if end.is_some() {
                let line = std::mem::take(&mut self.line);
                // A line ends with both, or others may see another line.
                let line = line.strip_suffix(b"\r\n").ok_or(WrongChunk)?;
                self.read(line, output)?;
            }
        }
        Ok(taken)
    }

    fn read(&mut self, line: &[u8], output: &mut Vec<u8>) -> Result<(), WrongChunk> {
        // A bare carriage return is a line's end to some.
        if line.contains(&b'\r') {
            return Err(WrongChunk);
        }
        match self.at {
            At::Size => match size(line)? {
                0 => {
                    output.extend_from_slice(b"0\r\n");
                    self.at = At::Trailers;
                }
                size => {
                    output.extend_from_slice(format!("{size:x}\r\n").as_bytes());
                    self.at = At::Data(size);
                }
            },
            At::DataEnd if line.is_empty() => {
                output.extend_from_slice(b"\r\n");
                self.at = At::Size;
            }
            At::Trailers if line.is_empty() => {
                output.extend_from_slice(b"\r\n");
                self.at = At::Done;
            }
            At::Trailers => {
                self.trailers += line.len();
                if self.trailers > LONGEST_TRAILERS {
                    return Err(WrongChunk);
                }
            }
            At::DataEnd | At::Data(_) | At::Done => return Err(WrongChunk),
        }
        Ok(())
    }
}

/// The number at the beginning of a chunk's line: hexadecimal digits and nothing else, but what extends
/// it after a semicolon.
fn size(line: &[u8]) -> Result<u64, WrongChunk> {
    let number = line.split(|byte| *byte == b';').next().unwrap_or_default();
    let number = number.trim_ascii_end();
    let digits = !number.is_empty() && number.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(number).ok().filter(|_| digits);
    let size = text.and_then(|text| u64::from_str_radix(text, 16).ok());
    size.ok_or(WrongChunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(mut body: Body, input: &[u8], pieces: usize) -> Result<(usize, Vec<u8>), WrongChunk> {
        let (mut output, mut taken) = (Vec::new(), 0);
        for piece in input.chunks(pieces) {
            let count = body.take(piece, &mut output)?;
            taken += count;
            if count < piece.len() {
                break;
            }
        }
        assert!(body.is_done(), "{body:?}");
        Ok((taken, output))
    }

    #[test]
    fn a_body_ends_where_it_says_however_it_is_cut() {
        let chunks: &[u8] = b"4;a=b\r\nWiki\r\n06 \r\npedia \r\n0\r\nX: y\r\n\r\nGET /next";
        for pieces in [1, 2, 3, 5, 7, 100] {
            let chunked = Body::Chunked(Chunked::default());
            let (count, output) = taken(chunked, chunks, pieces).unwrap();
            assert_eq!(&chunks[count..], b"GET /next");
            let expected: &[u8] = b"4\r\nWiki\r\n6\r\npedia \r\n0\r\n\r\n";
            assert_eq!(output, expected);
            let (count, output) = taken(Body::Length(5), b"helloGET", pieces).unwrap();
            assert_eq!((count, output), (5, b"hello".to_vec()));
        }
        assert!(Body::NONE.is_done());
    }

    #[test]
    fn what_others_could_read_otherwise_is_refused() {
        for wrong in [
            &b"4\nWiki\r\n0\r\n\r\n"[..],
            b"4\r\nWikiX\r\n",
            b"0x4\r\nWiki\r\n",
            b"-1\r\n",
            b"+4\r\n",
            b" 4\r\n",
            b"\r\n",
            b"4\rX\r\nWiki\r\n",
            b"11111111111111111\r\n",
            b"4;\n\r\nWiki",
            b"4\r\nWiki\n0\r\n\r\n",
        ] {
            let mut body = Body::Chunked(Chunked::default());
            let answer = body.take(wrong, &mut Vec::new());
            assert_eq!(answer, Err(WrongChunk), "{:?}", wrong.escape_ascii());
        }
        let mut body = Body::Chunked(Chunked::default());
        let long = vec![b'0'; 2 * LONGEST_LINE];
        assert_eq!(body.take(&long, &mut Vec::new()), Err(WrongChunk));
    }
}
