//! Clocks.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use wasmtime::{Caller, Linker};

use super::super::errno::{Errno, WasiResult};
use super::super::state::RunState;
use super::MODULE;
use super::abi::enter;

pub const REALTIME: u32 = 0;
pub const MONOTONIC: u32 = 1;
const PROCESS_CPU: u32 = 2;
const THREAD_CPU: u32 = 3;

/// All clocks count nanoseconds.
const RESOLUTION: u64 = 1;

/// Nanoseconds since the epoch.
pub fn realtime() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos() as u64)
}

/// A clock's time in nanoseconds.
///
/// The monotonic clock starts with the run, at one second, so that it tells nothing of the host's
/// uptime and is never zero. CPU time is taken to be the time since the start.
///
/// # Errors
/// `Inval` for an unknown clock.
pub fn now(state: &RunState, clock: u32) -> WasiResult<u64> {
    match clock {
        REALTIME => Ok(realtime()),
        MONOTONIC => Ok(1_000_000_000 + nanos_since(state.started)),
        PROCESS_CPU | THREAD_CPU => Ok(nanos_since(state.started)),
        _ => Err(Errno::Inval),
    }
}

fn nanos_since(start: Instant) -> u64 {
    start.elapsed().as_nanos() as u64
}

pub fn add_to_linker(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    linker.func_wrap(
        MODULE,
        "clock_res_get",
        |mut caller: Caller<'_, RunState>, clock: u32, at: u32| {
            enter(&mut caller, |memory, state| {
                now(state, clock)?;
                Ok(memory.put_u64(at, RESOLUTION)?)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "clock_time_get",
        |mut caller: Caller<'_, RunState>, clock: u32, _precision: u64, at: u32| {
            enter(&mut caller, |memory, state| {
                Ok(memory.put_u64(at, now(state, clock)?)?)
            })
        },
    )?;
    Ok(())
}
