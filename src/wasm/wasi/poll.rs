//! Waiting. A program that sleeps gives its worker to the next one, and is ended at its deadline
//! or when nobody waits for it any more.

use std::time::{Duration, Instant};

use wasmtime::{Caller, Linker};

use super::super::errno::{Errno, WasiResult};
use super::super::scheduler;
use super::super::state::{RunState, Stop};
use super::abi::{GuestMemory, charge, enter};
use super::{MODULE, clock};
use crate::program::LimitReached;

/// Subscriptions in one call at most; a guest has 256 descriptors.
const MAX_SUBSCRIPTIONS: u32 = 1024;

const SUBSCRIPTION_SIZE: u32 = 48;
const EVENT_SIZE: u32 = 32;
const EVENT_CLOCK: u8 = 0;
const EVENT_FD_WRITE: u8 = 2;
const ABSOLUTE: u16 = 1;

struct Subscription {
    user_data: u64,
    kind: u8,
    /// How long until it is due; descriptors are always ready.
    due: WasiResult<Duration>,
}

fn subscription(memory: &GuestMemory<'_>, state: &RunState, at: u32) -> WasiResult<Subscription> {
    let user_data = memory.u64(at)?;
    let kind = memory.bytes(at + 8, 1)?[0];
    let due = match kind {
        EVENT_CLOCK => {
            let clock_id = memory.u32(at + 16)?;
            let timeout = memory.u64(at + 24)?;
            let flags = memory.u16(at + 40)?;
            clock::now(state, clock_id).map(|now| {
                let relative = flags & ABSOLUTE == 0;
                Duration::from_nanos(if relative {
                    timeout
                } else {
                    timeout.saturating_sub(now)
                })
            })
        }
        1 | EVENT_FD_WRITE => {
            let fd = memory.u32(at + 16)?;
            state.descriptors.get(fd).map(|_| Duration::ZERO)
        }
        _ => return Err(Errno::Inval),
    };
    Ok(Subscription {
        user_data,
        kind,
        due,
    })
}

/// Sleeps, at most until the deadline.
///
/// # Errors
/// [`Stop`] when the deadline comes first.
async fn sleep(caller: &mut Caller<'_, RunState>, duration: Duration) -> Result<(), Stop> {
    let deadline = caller.data().deadline.instant();
    let wake = Instant::now().checked_add(duration);
    match wake {
        Some(wake) if wake < deadline => {
            tokio::time::sleep_until(wake.into()).await;
            // Waiting for a free worker is not the program's time; a timer's slack is.
            let waited = scheduler::waited();
            caller.data_mut().deadline.forgive(waited);
            Ok(())
        }
        _ => {
            tokio::time::sleep_until(deadline.into()).await;
            Err(Stop::Limit(LimitReached::WallClock))
        }
    }
}

async fn poll(
    mut caller: Caller<'_, RunState>,
    (subscriptions_at, events_at, count, ready_at): (u32, u32, u32, u32),
) -> wasmtime::Result<i32> {
    let mut subscriptions = Vec::new();
    let errno = enter(&mut caller, |memory, state| {
        if count == 0 || count > MAX_SUBSCRIPTIONS {
            return Err(Errno::Inval.into());
        }
        memory.bytes(subscriptions_at, count * SUBSCRIPTION_SIZE)?;
        for i in 0..count {
            let at = subscriptions_at + i * SUBSCRIPTION_SIZE;
            subscriptions.push(subscription(memory, state, at)?);
        }
        Ok(())
    })?;
    if errno != 0 {
        return Ok(errno);
    }
    let shortest = subscriptions
        .iter()
        .map(|subscription| subscription.due.unwrap_or(Duration::ZERO))
        .min()
        .unwrap_or(Duration::ZERO);
    if !shortest.is_zero() {
        sleep(&mut caller, shortest)
            .await
            .map_err(wasmtime::Error::new)?;
        caller.data().check().map_err(wasmtime::Error::new)?;
        // Waking up costs the host a timer and a turn of the scheduler.
        charge(&mut caller, 2_000);
    }
    enter(&mut caller, |memory, _| {
        let mut at = events_at;
        let mut ready = 0;
        for subscription in &subscriptions {
            let errno = match subscription.due {
                Ok(due) if due > shortest => continue,
                Ok(_) => 0,
                Err(errno) => errno as u16,
            };
            let mut event = [0; EVENT_SIZE as usize];
            event[..8].copy_from_slice(&subscription.user_data.to_le_bytes());
            event[8..10].copy_from_slice(&errno.to_le_bytes());
            event[10] = subscription.kind;
            memory.put(at, &event)?;
            at = at.checked_add(EVENT_SIZE).ok_or(Errno::Fault)?;
            ready += 1;
        }
        Ok(memory.put_u32(ready_at, ready)?)
    })
}

pub fn add_to_linker(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    linker.func_wrap_async(
        MODULE,
        "poll_oneoff",
        |caller: Caller<'_, RunState>, args| Box::new(poll(caller, args)),
    )?;
    Ok(())
}
