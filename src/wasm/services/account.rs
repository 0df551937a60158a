//! What a service is paid from: the run's fuel and its share of the memory budget.
//!
//! Guarantees: work is paid for before it is done, in pieces of about a millisecond, and between
//! two pieces the run may end or let others in; memory that a guest sizes is taken from the
//! budget before it is allocated and goes back when it is dropped.

use std::future::Future;

use wasmtime::Caller;

use super::super::budget::Share;
use super::super::imports::refuel;
use super::super::state::{RunState, SLICE, Stop};
use super::super::wasi::abi::charge;
use super::Refusal;

/// A program's means.
pub trait Account: Send {
    /// Pays for the next piece of work. Returns when it may be done: the run is neither over nor
    /// out of fuel, and programs that have waited for long had their turn.
    ///
    /// # Errors
    /// When the run ends here.
    fn spend(&mut self, fuel: u64) -> impl Future<Output = Result<(), Stop>> + Send;

    /// A share of the memory budget, nothing taken yet.
    fn share(&self) -> Share;

    /// An empty buffer.
    fn buffer(&self) -> Buffer {
        Buffer {
            bytes: Vec::new(),
            start: 0,
            share: self.share(),
        }
    }

    /// Memory of a service's own, given back when the result is dropped.
    ///
    /// # Errors
    /// [`Refusal::NoMemory`].
    fn reserve(&self, bytes: usize) -> Result<Share, Refusal> {
        let mut share = self.share();
        if share.take(bytes as u64) {
            Ok(share)
        } else {
            Err(Refusal::NoMemory)
        }
    }
}

/// How many units of work, each at `price`, make a piece.
pub fn piece(price: u64) -> usize {
    (SLICE as usize / price as usize).max(1)
}

/// The account of the program that called.
pub struct Guest<'a, 'b>(pub &'a mut Caller<'b, RunState>);

impl Account for Guest<'_, '_> {
    async fn spend(&mut self, fuel: u64) -> Result<(), Stop> {
        charge(self.0, i64::try_from(fuel).unwrap_or(i64::MAX));
        let Some(counter) = self.0.data().exports.and_then(|exports| exports.fuel) else {
            return Ok(());
        };
        if counter.get(&mut *self.0).i64().unwrap_or(0) > 0 {
            return Ok(());
        }
        refuel(self.0).await
    }

    fn share(&self) -> Share {
        self.0.data().services.share()
    }
}

/// Bytes on the host that a guest sized.
#[derive(Debug)]
pub struct Buffer {
    bytes: Vec<u8>,
    /// What comes before was cut off.
    start: usize,
    share: Share,
}

impl Buffer {
    /// The most that capacity grows by at a time, so that large buffers are not doubled.
    const MOST_GROWTH: usize = 8 << 20;

    /// Makes room for `more` bytes.
    ///
    /// # Errors
    /// [`Refusal::NoMemory`].
    pub fn reserve(&mut self, more: usize) -> Result<(), Refusal> {
        let needed = self.bytes.len() + more;
        let capacity = self.bytes.capacity();
        if needed <= capacity {
            return Ok(());
        }
        let spare = capacity.min(Self::MOST_GROWTH);
        let wanted = needed.max(capacity + spare);
        if !self.share.take((wanted - capacity) as u64) {
            return Err(Refusal::NoMemory);
        }
        let len = self.bytes.len();
        self.bytes
            .try_reserve_exact(wanted - len)
            .map_err(|_| Refusal::NoMemory)
    }

    /// # Errors
    /// [`Refusal::NoMemory`].
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.reserve(bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// Appends zeros up to a length of `len`, or cuts off what is beyond it.
    ///
    /// # Errors
    /// [`Refusal::NoMemory`].
    pub fn resize(&mut self, len: usize) -> Result<(), Refusal> {
        self.reserve(len.saturating_sub(self.len()))?;
        self.bytes.resize(self.start + len, 0);
        Ok(())
    }

    /// Cuts off the first `count` bytes.
    pub fn cut_front(&mut self, count: usize) {
        self.start = (self.start + count).min(self.bytes.len());
    }
}

impl std::ops::Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}

impl std::ops::DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..]
    }
}
