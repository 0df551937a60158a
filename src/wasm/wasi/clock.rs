//! Clocks.

use std::time::{SystemTime, UNIX_EPOCH};

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
/// uptime and is never zero. CPU time is taken to be the time since the start. While a snapshot
/// is taken both stand still: what the guest then remembers as its start must not lie in the
/// future of its runs.
///
/// # Errors
/// `Inval` for an unknown clock.
pub fn now(state: &RunState, clock: u32) -> WasiResult<u64> {
    match clock {
        REALTIME => Ok(realtime()),
        MONOTONIC => Ok(1_000_000_000 + running_nanos(state)),
        PROCESS_CPU | THREAD_CPU => Ok(running_nanos(state)),
        _ => Err(Errno::Inval),
    }
}

fn running_nanos(state: &RunState) -> u64 {
    if state.takes_snapshot() {
        return 0;
    }
    state.started.elapsed().as_nanos() as u64
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
                state.asked.time = state.asked.time.saturating_add(1);
                Ok(memory.put_u64(at, now(state, clock)?)?)
            })
        },
    )?;
    Ok(())
}
