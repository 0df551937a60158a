//! DEFLATE: compression, in the wrappings of RFC 1950 and 1952.
//!
//! Programs compare compressed text with what Node gave them, so that the bytes matter. Node's
//! zlib is Chromium's, whose search for matches is that of zlib-rs's upper levels with the lower
//! levels' parameters: hence `deflateTune`, which only zlib's C interface has. Equal are all
//! texts of a few dozen kilobytes at levels 4 to 9 that have been compared, and larger ones mostly.

use libz_rs_sys as zlib;

use super::account::{Account, Buffer, piece};
use super::request::Fields;
use super::{Failure, Refusal, prices};

/// What a compressor holds with the largest window.
const STATE: usize = 512 << 10;
/// Node asks for so much output at a time, which shows where blocks are stored uncompressed.
const OUTPUT: usize = 16 << 10;

/// 0 is no wrapping.
const ZLIB: u8 = 1;
const GZIP: u8 = 2;

/// Zlib's own parameters of a level: a match long enough to search less, one long enough not to
/// try the next byte, one long enough to stop, and how many candidates to look at.
struct Search {
    /// The level of zlib-rs that works as zlib's does.
    method: i32,
    good: i32,
    lazy: i32,
    nice: i32,
    chain: i32,
}

const fn search(method: i32, good: i32, lazy: i32, nice: i32, chain: i32) -> Search {
    Search {
        method,
        good,
        lazy,
        nice,
        chain,
    }
}

/// By level, from `configuration_table` in zlib's deflate.c. The last looks at a quarter of
/// zlib's candidates: zlib-rs would change to another method.
const SEARCHES: [Search; 10] = [
    search(0, 0, 0, 0, 0),
    search(2, 4, 4, 8, 4),
    search(2, 4, 5, 16, 8),
    search(2, 4, 6, 32, 32),
    search(7, 4, 4, 16, 16),
    search(7, 8, 16, 32, 32),
    search(7, 8, 16, 128, 128),
    search(7, 8, 32, 128, 256),
    search(8, 32, 128, 258, 1024),
    search(8, 32, 258, 258, 1024),
];

#[derive(Clone, Copy)]
struct Settings {
    wrapping: u8,
    level: u8,
    window_bits: u8,
    memory_level: u8,
    strategy: u8,
}

/// `u8` wrapping, `u8` level, `u8` window bits, `u8` memory level, `u8` strategy, `counted`
/// dictionary, `rest` data: the compressed data.
pub async fn compress(account: &mut impl Account, request: &[u8]) -> Result<Buffer, Failure> {
    let mut fields = Fields::of(request);
    let settings = Settings {
        wrapping: fields.u8()?,
        level: fields.u8()?,
        window_bits: fields.u8()?,
        memory_level: fields.u8()?,
        strategy: fields.u8()?,
    };
    let dictionary = fields.dictionary()?;
    let mut input = fields.rest();
    let price = *prices::DEFLATE_BYTE
        .get(usize::from(settings.level))
        .ok_or(Refusal::Malformed)?;
    if settings.wrapping > GZIP || (settings.wrapping == GZIP && !dictionary.is_empty()) {
        return Err(Refusal::Malformed.into());
    }
    account.spend(prices::DEFLATE_START).await?;
    let _state = account.reserve(STATE + OUTPUT)?;
    let mut reply = account.buffer();
    let mut sum = CheckSum::of(settings.wrapping);
    let mut deflater = Deflater::new(settings)?;
    reply.append(&header(settings, dictionary))?;
    if !dictionary.is_empty() {
        // Only the last window of it counts.
        let used = dictionary.len().saturating_sub(1 << settings.window_bits);
        deflater.set_dictionary(&dictionary[used..])?;
    }
    let mut output = vec![0; OUTPUT];
    let at_once = if settings.level == 0 {
        usize::MAX
    } else {
        piece(price)
    };
    loop {
        let (mut now, later) = input.split_at(input.len().min(at_once));
        account
            .spend(price * now.len().min(piece(price)) as u64)
            .await?;
        sum.add(now);
        let finish = later.is_empty();
        loop {
            let step = deflater.step(now, &mut output, finish);
            now = &now[step.read..];
            reply.append(&output[..step.written])?;
            if step.ended {
                reply.append(&sum.trailer())?;
                return Ok(reply);
            }
            if step.written < output.len() {
                break;
            }
            account.spend(prices::copy(OUTPUT)).await?;
        }
        input = later;
    }
}

fn header(settings: Settings, dictionary: &[u8]) -> Vec<u8> {
    let fastest = settings.strategy >= 2 || settings.level < 2;
    match settings.wrapping {
        ZLIB => {
            let effort = match settings.level {
                _ if fastest => 0,
                0..=5 => 1,
                6 => 2,
                _ => 3,
            };
            let window = u16::from(settings.window_bits.max(9)) - 8;
            let preset = u16::from(!dictionary.is_empty());
            let header = (8 + (window << 4)) << 8 | effort << 6 | preset << 5;
            let mut header = (header + 31 - header % 31).to_be_bytes().to_vec();
            if !dictionary.is_empty() {
                header.extend(zlib_rs::adler32::adler32(1, dictionary).to_be_bytes());
            }
            header
        }
        GZIP => {
            let effort = if settings.level == 9 {
                2
            } else if fastest {
                4
            } else {
                0
            };
            vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, effort, 3]
        }
        _ => Vec::new(),
    }
}

/// What follows the compressed data.
enum CheckSum {
    None,
    Adler(u32),
    Crc(u32, u32),
}

impl CheckSum {
    fn of(wrapping: u8) -> Self {
        match wrapping {
            ZLIB => Self::Adler(1),
            GZIP => Self::Crc(0, 0),
            _ => Self::None,
        }
    }

    fn add(&mut self, data: &[u8]) {
        match self {
            Self::None => {}
            Self::Adler(sum) => *sum = zlib_rs::adler32::adler32(*sum, data),
            Self::Crc(sum, len) => {
                *sum = zlib_rs::crc32::crc32(*sum, data);
                *len = len.wrapping_add(data.len() as u32);
            }
        }
    }

    fn trailer(&self) -> Vec<u8> {
        match self {
            Self::None => Vec::new(),
            Self::Adler(sum) => sum.to_be_bytes().to_vec(),
            Self::Crc(sum, len) => [sum.to_le_bytes(), len.to_le_bytes()].concat(),
        }
    }
}

struct Step {
    read: usize,
    written: usize,
    ended: bool,
}

/// A raw DEFLATE stream behind zlib's C interface.
struct Deflater {
    /// In a box: the library's state points back at it.
    stream: Box<zlib::z_stream>,
}

// SAFETY: the stream and the state it points to are plain memory that this value alone owns.
unsafe impl Send for Deflater {}

impl Deflater {
    fn new(settings: Settings) -> Result<Self, Refusal> {
        let search = &SEARCHES[usize::from(settings.level)];
        let mut stream = Box::<zlib::z_stream>::default();
        // SAFETY: the stream is valid and asks for the default allocator; the version and size
        // are the library's own.
        let result = unsafe {
            zlib::deflateInit2_(
                &raw mut *stream,
                search.method,
                zlib::Z_DEFLATED,
                -i32::from(settings.window_bits.max(9)),
                i32::from(settings.memory_level),
                i32::from(settings.strategy),
                zlib::zlibVersion(),
                size_of::<zlib::z_stream>() as i32,
            )
        };
        if result != zlib::Z_OK {
            return Err(Refusal::Malformed);
        }
        let mut deflater = Self { stream };
        if settings.level > 0 {
            // SAFETY: the stream was initialised.
            unsafe {
                zlib::deflateTune(
                    &raw mut *deflater.stream,
                    search.good,
                    search.lazy,
                    search.nice,
                    search.chain,
                )
            };
        }
        Ok(deflater)
    }

    fn set_dictionary(&mut self, dictionary: &[u8]) -> Result<(), Refusal> {
        // SAFETY: the stream was initialised; the slice is valid for its length.
        let result = unsafe {
            zlib::deflateSetDictionary(
                &raw mut *self.stream,
                dictionary.as_ptr(),
                dictionary.len() as u32,
            )
        };
        if result == zlib::Z_OK {
            Ok(())
        } else {
            Err(Refusal::Malformed)
        }
    }

    fn step(&mut self, input: &[u8], output: &mut [u8], finish: bool) -> Step {
        let stream = &mut self.stream;
        stream.next_in = input.as_ptr().cast_mut();
        stream.avail_in = input.len() as u32;
        stream.next_out = output.as_mut_ptr();
        stream.avail_out = output.len() as u32;
        let flush = if finish {
            zlib::Z_FINISH
        } else {
            zlib::Z_NO_FLUSH
        };
        // SAFETY: the stream was initialised, and its pointers were just set to slices that live
        // longer than the call. Lengths fit: a request has at most 256 MiB.
        let result = unsafe { zlib::deflate(&raw mut **stream, flush) };
        Step {
            read: input.len() - stream.avail_in as usize,
            written: output.len() - stream.avail_out as usize,
            ended: result == zlib::Z_STREAM_END,
        }
    }
}

impl Drop for Deflater {
    fn drop(&mut self) {
        // SAFETY: the stream was initialised and is not used again.
        unsafe { zlib::deflateEnd(&raw mut *self.stream) };
    }
}
