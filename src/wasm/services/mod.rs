//! What the host computes for a JavaScript program, because WebAssembly is slow at it or lacks
//! the tables: digests, ciphers, key derivation, DEFLATE, legacy text encodings. The requests are
//! described in `wasm-runtimes/javascript/host-calls.md`.
//!
//! Guarantees: a service reads its request and writes its reply, and keeps nothing from one call
//! to the next but the reply that waits to be fetched; no request makes it panic; it is paid for
//! as [`account`] says.

mod account;
mod aes;
mod deflate;
mod gcm;
mod hash;
mod inflate;
mod pbkdf2;
mod prices;
mod request;
mod scrypt;
#[cfg(test)]
mod tests;
mod text;

use wasmtime::{Caller, Linker};

use super::budget::Share;
use super::state::{RunState, Stop};
use account::{Account, Buffer, Guest};

use crate::program::LimitReached;

const MODULE: &str = "belljar";

/// The largest request.
const MAX_REQUEST: u32 = 256 << 20;
/// Bytes copied between host and guest without a pause.
const COPIED_AT_ONCE: usize = 1 << 20;

/// Why a request gets no reply. The numbers are those of host-calls.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Refusal {
    Malformed = -1,
    TooLarge = -2,
    /// The data is not what it should be: a wrong tag, wrong padding, not text in that encoding.
    BadData = -3,
    /// All programs together have no memory left.
    NoMemory = -4,
    /// The data ends too early.
    Truncated = -5,
    /// A dictionary is needed.
    NeedsDictionary = -6,
}

/// Why a service gives no reply.
#[derive(Debug, PartialEq, Eq)]
enum Failure {
    Refused(Refusal),
    Stopped(Stop),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        Self::Stopped(stop)
    }
}

/// What a run holds for its services.
#[derive(Debug)]
pub struct Services {
    share: Share,
    /// Of the last call, until it is fetched or the next call is made.
    reply: Option<Buffer>,
}

impl Services {
    /// With `share` to tell the budget by; nothing is taken yet.
    pub fn new(share: Share) -> Self {
        Self { share, reply: None }
    }

    fn share(&self) -> Share {
        self.share.another()
    }
}

/// Defines `belljar.host_call` and `belljar.host_reply`.
///
/// # Errors
/// When the linker already has one of them.
pub fn add_to_linker(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    linker.func_wrap_async(
        MODULE,
        "host_call",
        |mut caller: Caller<'_, RunState>, (operation, at, len): (u32, u32, u32)| {
            Box::new(async move {
                match call(&mut caller, operation, at, len).await {
                    Ok(len) => Ok(len),
                    Err(Failure::Refused(refusal)) => {
                        if refusal == Refusal::NoMemory {
                            caller.data_mut().memory.denied = Some(LimitReached::TotalMemory);
                        }
                        Ok(refusal as i32)
                    }
                    Err(Failure::Stopped(stop)) => Err(wasmtime::Error::new(stop)),
                }
            })
        },
    )?;
    linker.func_wrap_async(
        MODULE,
        "host_reply",
        |mut caller: Caller<'_, RunState>, (at, len): (u32, u32)| {
            Box::new(async move {
                let fetched = fetch(&mut caller, at, len).await;
                fetched.map_err(wasmtime::Error::new)
            })
        },
    )?;
    Ok(())
}

/// Gives out the reply, or as much of it as was asked for.
async fn fetch(caller: &mut Caller<'_, RunState>, at: u32, len: u32) -> Result<(), Stop> {
    let Some(reply) = caller.data_mut().services.reply.take() else {
        return Ok(());
    };
    let Some(exports) = caller.data().exports else {
        return Ok(());
    };
    let mut start = at as usize;
    for part in reply[..reply.len().min(len as usize)].chunks(COPIED_AT_ONCE) {
        Guest(caller).spend(prices::copy(part.len())).await?;
        let memory = exports.memory.data_mut(&mut *caller);
        let Some(target) = memory.get_mut(start..start + part.len()) else {
            return Ok(());
        };
        target.copy_from_slice(part);
        start += part.len();
    }
    Ok(())
}

/// Takes the request from the guest.
async fn request(account: &mut Guest<'_, '_>, at: u32, len: u32) -> Result<Buffer, Failure> {
    let mut request = account.buffer();
    let exports = account.0.data().exports.ok_or(Refusal::Malformed)?;
    let (start, end) = (at as usize, at as usize + len as usize);
    if end > exports.memory.data_size(&*account.0) {
        return Err(Refusal::Malformed.into());
    }
    request.reserve(len as usize)?;
    for start in (start..end).step_by(COPIED_AT_ONCE) {
        let part = start..end.min(start + COPIED_AT_ONCE);
        account.spend(prices::copy(part.len())).await?;
        let memory = exports.memory.data(&*account.0);
        request.append(memory.get(part).ok_or(Refusal::Malformed)?)?;
    }
    Ok(request)
}

/// One call; the length of its reply.
async fn call(
    caller: &mut Caller<'_, RunState>,
    operation: u32,
    at: u32,
    len: u32,
) -> Result<i32, Failure> {
    caller.data_mut().services.reply = None;
    // Fuel prices a call roughly; the clock is what no price can get around.
    caller.data().check()?;
    let mut account = Guest(caller);
    account.spend(prices::CALL).await?;
    if len > MAX_REQUEST {
        return Err(Refusal::TooLarge.into());
    }
    let request = request(&mut account, at, len).await?;
    let reply = answer(&mut account, operation, request).await?;
    let len = i32::try_from(reply.len()).map_err(|_| Refusal::TooLarge)?;
    caller.data_mut().services.reply = Some(reply);
    Ok(len)
}

/// The reply to a request.
async fn answer(
    account: &mut impl Account,
    operation: u32,
    request: Buffer,
) -> Result<Buffer, Failure> {
    match operation {
        1 => hash::digest(account, &request).await,
        2 => hash::hmac(account, &request).await,
        3 => pbkdf2::derive(account, &request).await,
        4 => scrypt::derive(account, &request).await,
        5 => aes::convert(account, request).await,
        6 => deflate::compress(account, &request).await,
        7 => inflate::decompress(account, &request).await,
        8 => hash::absorb(account, &request).await,
        9 => gcm::convert(account, &request).await,
        10 => text::encoding(account, &request),
        11 => text::decode(account, &request).await,
        12 => inflate::crc32(account, &request).await,
        _ => Err(Refusal::Malformed.into()),
    }
}
