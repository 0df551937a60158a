//! DEFLATE: decompression, bounded in its result; and gzip's check sum by itself.

use zlib_rs::{Inflate, InflateError, InflateFlush, Status};

use super::account::{Account, Buffer};
use super::request::Fields;
use super::{Failure, Refusal, prices};

/// The largest result.
const MAX_REPLY: usize = 128 << 20;
/// Read and written at a time. Both are bounded: empty blocks are read without a byte written.
const INPUT: usize = 32 << 10;
const OUTPUT: usize = 64 << 10;
/// What a decompressor holds.
const STATE: usize = 64 << 10;

/// How the data is wrapped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrapping {
    Raw,
    Zlib,
    Gzip,
}

/// `u8` wrapping, `u8` window bits, `u8` whether data that ends early is taken as it is, `u32`
/// largest size of the result, `counted` dictionary, `rest` data: `counted` zlib's word for what
/// is wrong with the data, empty if nothing, and the result.
pub async fn decompress(account: &mut impl Account, request: &[u8]) -> Result<Buffer, Failure> {
    let mut fields = Fields::of(request);
    let wrapping = fields.u8()?;
    let window_bits = fields.u8()?;
    let lenient = fields.flag()?;
    let most = (fields.u32()? as usize).min(MAX_REPLY);
    let dictionary = fields.dictionary()?;
    let mut input = fields.rest();
    let wrapping = match wrapping {
        0 => Wrapping::Raw,
        1 => Wrapping::Zlib,
        2 => Wrapping::Gzip,
        3 if input.starts_with(&[0x1f, 0x8b]) => Wrapping::Gzip,
        3 => Wrapping::Zlib,
        _ => return Err(Refusal::Malformed.into()),
    };
    if !(8..=15).contains(&window_bits) {
        return Err(Refusal::Malformed.into());
    }
    let _state = account.reserve(STATE + OUTPUT)?;
    let mut inflate = start(wrapping, window_bits);
    if wrapping == Wrapping::Raw && !dictionary.is_empty() {
        inflate
            .set_dictionary(dictionary)
            .map_err(|_| Refusal::Malformed)?;
    }
    let mut output = vec![0; OUTPUT];
    let mut reply = account.buffer();
    reply.resize(WORD)?;
    loop {
        let now = &input[..input.len().min(INPUT)];
        // The output is as much work as it is large, which shows only afterwards.
        account
            .spend(prices::INFLATE_BYTE * now.len().max(64) as u64)
            .await?;
        let before = (inflate.total_in(), inflate.total_out());
        let result = inflate.decompress(now, &mut output, InflateFlush::NoFlush);
        let read = (inflate.total_in() - before.0) as usize;
        let written = (inflate.total_out() - before.1) as usize;
        input = &input[read..];
        account.spend(prices::INFLATE_BYTE * written as u64).await?;
        if reply.len() - WORD + written > most {
            return Err(Refusal::TooLarge.into());
        }
        reply.append(&output[..written])?;
        match result {
            Ok(Status::StreamEnd) => {
                // Another member may follow, or zeros that fill up a block.
                if wrapping == Wrapping::Gzip && input.first().is_some_and(|byte| *byte != 0) {
                    inflate = start(wrapping, window_bits);
                    continue;
                }
                return Ok(reply);
            }
            Ok(_) if read == 0 && written == 0 && input.is_empty() => {
                return if lenient {
                    Ok(reply)
                } else {
                    Err(Refusal::Truncated.into())
                };
            }
            Ok(_) if read == 0 && written == 0 => return Err(Refusal::BadData.into()),
            Ok(_) => {}
            Err(InflateError::NeedDict { .. }) if dictionary.is_empty() => {
                return Err(Refusal::NeedsDictionary.into());
            }
            Err(InflateError::NeedDict { .. }) => {
                if inflate.set_dictionary(dictionary).is_err() {
                    return complaint(account, "Bad dictionary");
                }
            }
            Err(InflateError::MemError) => return Err(Refusal::NoMemory.into()),
            Err(InflateError::DataError | InflateError::StreamError) => {
                let word = inflate.error_message().unwrap_or("invalid data");
                return complaint(account, word);
            }
        }
    }
}

/// The length of the count before zlib's word.
const WORD: usize = 4;

fn complaint(account: &impl Account, word: &str) -> Result<Buffer, Failure> {
    let mut reply = account.buffer();
    reply.append(&(word.len() as u32).to_le_bytes())?;
    reply.append(word.as_bytes())?;
    Ok(reply)
}

fn start(wrapping: Wrapping, window_bits: u8) -> Inflate {
    match wrapping {
        Wrapping::Raw => Inflate::new(false, window_bits),
        Wrapping::Zlib => Inflate::new(true, window_bits),
        Wrapping::Gzip => Inflate::new(true, 16 + window_bits),
    }
}

/// `u32` sum so far, `rest` data: the `u32` sum after it.
pub async fn crc32(account: &mut impl Account, request: &[u8]) -> Result<Buffer, Failure> {
    let mut fields = Fields::of(request);
    let mut sum = fields.u32()?;
    for part in fields.rest().chunks(1 << 20) {
        account.spend(prices::CRC_BYTE * part.len() as u64).await?;
        sum = zlib_rs::crc32::crc32(sum, part);
    }
    let mut reply = account.buffer();
    reply.append(&sum.to_le_bytes())?;
    Ok(reply)
}
