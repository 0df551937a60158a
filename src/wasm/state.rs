//! What the host holds for one running program: its inputs, outputs, files, clocks and limits.
//!
//! Everything a guest can make grow is bounded here: outputs, files, descriptors, memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use wasmtime::{Global, Memory, ResourceLimiter};

use super::budget::Share;
use super::engine::WASM_STACK;
use super::fs::FileSystem;
use super::network::Connections;
use super::services::Services;
use super::wasi::descriptors::Descriptors;
use crate::program::LimitReached;

/// Why the host ends a program before it returns. Travels through wasmtime as the trap's error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// `proc_exit`, such as Python's `os._exit`.
    #[error("the program exited with code {0}")]
    Exit(i32),
    #[error("a limit was reached: {}", .0.label())]
    Limit(LimitReached),
    /// Nobody waits for the result any more.
    #[error("the run was cancelled")]
    Cancelled,
    /// It opened the file of a module that only the native tier has.
    #[error("the module {0} is native code")]
    NeedsNative(Arc<str>),
    /// The same, after the network has been used: it cannot be started over.
    #[error("the module {0} is native code, and the network has been used")]
    NativeTooLate(Arc<str>),
}

/// What a program is given, fetched by the guest through `belljar.input_read`.
#[derive(Debug, Default)]
pub struct Inputs {
    pub code: String,
    pub preload: Option<String>,
    pub file_name: String,
}

/// One output stream, bounded.
#[derive(Debug)]
pub struct Output {
    pub bytes: Vec<u8>,
    max: usize,
    limit: LimitReached,
}

impl Output {
    /// A stream of at most `max` bytes; one more stops the run with `limit`.
    pub fn new(max: usize, limit: LimitReached) -> Self {
        Self {
            bytes: Vec::new(),
            max,
            limit,
        }
    }

    /// Appends, keeping what fits.
    ///
    /// # Errors
    /// [`Stop::Limit`] when it does not all fit.
    pub fn append(&mut self, data: &[u8]) -> Result<(), Stop> {
        let room = self.max - self.bytes.len();
        self.bytes.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room {
            return Err(Stop::Limit(self.limit));
        }
        Ok(())
    }
}

/// Splits a run's fuel into slices; at the end of each the host looks at the clock.
///
/// The guest counts down an exported global (see [`super::meter`]); the rest waits here.
#[derive(Debug)]
pub struct FuelTank {
    total: u64,
    /// Not yet handed to the guest.
    reserve: u64,
}

/// Fuel between two looks at the clock: about a millisecond of work.
pub const SLICE: u64 = 5_000_000;

impl FuelTank {
    pub fn new(total: u64) -> Self {
        Self {
            total,
            reserve: total,
        }
    }

    /// Takes the guest's counter (zero or below when its slice is used up) and gives the next one.
    ///
    /// # Errors
    /// [`LimitReached::Fuel`] when nothing is left.
    pub fn refill(&mut self, counter: i64) -> Result<i64, Stop> {
        let debt = counter.min(0).unsigned_abs();
        if debt >= self.reserve {
            self.reserve = 0;
            return Err(Stop::Limit(LimitReached::Fuel));
        }
        let slice = (self.reserve - debt).min(SLICE);
        self.reserve -= debt + slice;
        Ok(slice as i64)
    }

    /// Fuel used when the guest's counter stands at `counter`.
    pub fn used(&self, counter: i64) -> u64 {
        let handed_out = self.total - self.reserve;
        if counter >= 0 {
            handed_out.saturating_sub(counter.unsigned_abs())
        } else {
            handed_out
                .saturating_add(counter.unsigned_abs())
                .min(self.total)
        }
    }
}

/// The wall clock of one run. Time spent waiting for a free worker is not the program's.
#[derive(Debug)]
pub struct Deadline {
    at: Instant,
}

impl Deadline {
    pub fn after(limit: Duration) -> Self {
        Self {
            at: Instant::now() + limit,
        }
    }

    pub fn instant(&self) -> Instant {
        self.at
    }

    /// # Errors
    /// [`LimitReached::WallClock`] when it has passed.
    pub fn check(&self) -> Result<(), Stop> {
        if Instant::now() >= self.at {
            return Err(Stop::Limit(LimitReached::WallClock));
        }
        Ok(())
    }

    /// Forgives time that the program did not cause: waiting for a free worker.
    pub fn forgive(&mut self, waited: Duration) {
        self.at += waited;
    }
}

/// Limits the linear memory of one run, and remembers whether it was refused some.
#[derive(Debug)]
pub struct MemoryLimiter {
    max: usize,
    pub peak: usize,
    /// The limit that growth was last refused at.
    pub denied: Option<LimitReached>,
    share: Share,
}

impl MemoryLimiter {
    pub fn new(max: usize, share: Share) -> Self {
        Self {
            max,
            peak: 0,
            denied: None,
            share,
        }
    }
}

impl ResourceLimiter for MemoryLimiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current) as u64;
        // The first pages are the shared snapshot; only growth beyond it is this run's own.
        let own = if self.peak == 0 { 0 } else { more };
        if desired > self.max {
            self.denied = Some(LimitReached::Memory);
            return Ok(false);
        }
        if !self.share.take(own) {
            self.denied = Some(LimitReached::TotalMemory);
            return Ok(false);
        }
        self.peak = self.peak.max(desired);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(maximum.is_none_or(|maximum| desired <= maximum))
    }
}

/// The native stack that a guest runs on. It grows downwards.
#[derive(Debug, Default)]
pub struct Stack {
    /// The highest address the host was called at. A runtime's first calls come from its entry, so
    /// that nearly all of the stack is below.
    top: usize,
}

impl Stack {
    /// Bytes that the guest may still use when the host is called at address `here`. Room for the
    /// host itself is not among them.
    pub fn left_below(&mut self, here: usize) -> usize {
        self.top = self.top.max(here);
        WASM_STACK.saturating_sub(self.top - here)
    }
}

/// How often a run asked for what differs from run to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub randomness: u32,
    pub time: u32,
}

impl Asked {
    /// What was asked for more often than usual, in words.
    pub fn beyond(self, usual: Self) -> impl Iterator<Item = &'static str> {
        let randomness = (self.randomness > usual.randomness).then_some("it asks for randomness");
        let time = (self.time > usual.time).then_some("it asks for the time");
        randomness.into_iter().chain(time)
    }
}

/// The data of a run's wasmtime store.
pub struct RunState {
    /// Known once the instance exists.
    pub exports: Option<Exports>,
    pub inputs: Inputs,
    pub stdout: Output,
    pub stderr: Output,
    pub files: FileSystem,
    pub descriptors: Descriptors,
    pub services: Services,
    pub network: Connections,
    pub tank: FuelTank,
    pub deadline: Deadline,
    pub started: Instant,
    pub memory: MemoryLimiter,
    pub stack: Stack,
    pub asked: Asked,
    /// Set when nobody waits for the result any more.
    pub cancelled: Arc<AtomicBool>,
}

/// Handles to what the host reads and writes in the guest.
#[derive(Clone, Copy)]
pub struct Exports {
    pub memory: Memory,
    /// The fuel counter; missing only while a snapshot is taken, before metering is built in.
    pub fuel: Option<Global>,
}

impl RunState {
    /// Whether no program runs, but an interpreter is initialised for the snapshot: without
    /// metering, and at first without an instance that could be reached.
    pub fn takes_snapshot(&self) -> bool {
        self.exports.is_none_or(|exports| exports.fuel.is_none())
    }

    /// Whether the run may go on.
    ///
    /// # Errors
    /// [`Stop::Cancelled`], or [`LimitReached::WallClock`].
    pub fn check(&self) -> Result<(), Stop> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(Stop::Cancelled);
        }
        self.deadline.check()
    }
}

#[cfg(test)]
mod tests {
    use super::super::budget::MemoryBudget;
    use super::*;

    #[test]
    fn fuel_is_used_to_the_last_unit_and_no_further() {
        let mut tank = FuelTank::new(2 * SLICE + 10);
        assert_eq!(tank.refill(0), Ok(SLICE as i64));
        assert_eq!(tank.used(SLICE as i64), 0);
        assert_eq!(tank.refill(-5), Ok(SLICE as i64));
        assert_eq!(tank.used(0), 2 * SLICE + 5);
        assert_eq!(tank.refill(-2), Ok(3));
        assert_eq!(tank.refill(-1), Err(Stop::Limit(LimitReached::Fuel)));
        assert_eq!(tank.used(-1), 2 * SLICE + 10);
    }

    #[test]
    fn output_keeps_what_fits_and_stops_at_the_first_byte_too_many() {
        let mut out = Output::new(4, LimitReached::Stdout);
        assert_eq!(out.append(b"abcd"), Ok(()));
        assert_eq!(out.append(b""), Ok(()));
        assert_eq!(out.append(b"e"), Err(Stop::Limit(LimitReached::Stdout)));
        assert_eq!(out.bytes, b"abcd");
    }

    #[test]
    fn memory_of_all_runs_together_is_bounded_and_comes_back() {
        let budget = Arc::new(MemoryBudget::new(100));
        let mut first = MemoryLimiter::new(1000, Share::of(&budget));
        let mut second = MemoryLimiter::new(1000, Share::of(&budget));
        for run in [&mut first, &mut second] {
            let granted = run.memory_growing(0, 50, None).unwrap();
            assert!(granted, "the snapshot is shared");
        }
        assert!(first.memory_growing(50, 130, None).unwrap());
        assert!(!second.memory_growing(50, 130, None).unwrap());
        assert_eq!(second.denied, Some(LimitReached::TotalMemory));
        drop(first);
        assert!(second.memory_growing(50, 130, None).unwrap());
        let granted = second.memory_growing(130, 1001, None).unwrap();
        assert!(!granted, "the run's own limit");
    }
}
