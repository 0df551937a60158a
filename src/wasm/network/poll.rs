//! `net_poll`: the one call that waits, for any of many handles. It gives the worker to the next
//! program and is ended by the run's deadline or when nobody waits for the run any more.

use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use wasmtime::{Caller, Linker};

use super::super::errno::Errno;
use super::super::scheduler;
use super::super::state::{RunState, Stop};
use super::super::wasi::abi::{GuestMemory, charge};
use super::calls::{MODULE, call};
use super::handles::Handle;
use super::{Connections, prices};
use crate::program::LimitReached;

pub const READABLE: u16 = 1;
pub const WRITABLE: u16 = 2;
pub const ERROR: u16 = 4;
pub const HANG_UP: u16 = 8;

/// Entries of one call: more than a run may have handles that become ready.
const MOST_ENTRIES: u32 = 4096;
const ENTRY_SIZE: u32 = 8;

struct Entry {
    handle: u32,
    wanted: u16,
    happened: u16,
}

fn entries(memory: &GuestMemory<'_>, at: u32, count: u32) -> Result<Vec<Entry>, Errno> {
    if count > MOST_ENTRIES {
        return Err(Errno::Inval);
    }
    let bytes = memory.bytes(at, count * ENTRY_SIZE)?;
    let entries = bytes.chunks_exact(ENTRY_SIZE as usize).map(|entry| Entry {
        handle: u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]),
        wanted: u16::from_le_bytes([entry[4], entry[5]]) & (READABLE | WRITABLE),
        happened: 0,
    });
    Ok(entries.collect())
}

impl Connections {
    /// What happened to one handle. With `context`, its task is woken when something may have.
    fn happened(&mut self, entry: &Entry, context: Option<&mut Context<'_>>) -> u16 {
        let Ok(handle) = self.handles.get_mut(entry.handle) else {
            return ERROR;
        };
        match (handle, context) {
            (Handle::Lookup(lookup), context) => match lookup.poll(&mut self.names, context) {
                true => entry.wanted & READABLE,
                false => 0,
            },
            (Handle::Stream(stream), None) => stream.events(entry.wanted),
            (Handle::Stream(stream), Some(context)) => stream.poll(entry.wanted, context),
            // The guest itself moves what goes in and out.
            (Handle::Tls(_), _) => ERROR,
        }
    }

    /// How many of the `entries` are ready.
    fn look(&mut self, entries: &mut [Entry], mut context: Option<&mut Context<'_>>) -> usize {
        for entry in &mut *entries {
            entry.happened = self.happened(entry, context.as_deref_mut());
        }
        entries.iter().filter(|entry| entry.happened != 0).count()
    }
}

/// When a wait of `nanoseconds` ends; `None`: never.
fn end(nanoseconds: i64) -> Option<Instant> {
    let duration = Duration::from_nanos(u64::try_from(nanoseconds).ok()?);
    Instant::now().checked_add(duration)
}

/// Waits until one of the `entries` is ready or `end` has come.
///
/// # Errors
/// [`Stop`] when the run's deadline comes first.
async fn wait(
    caller: &mut Caller<'_, RunState>,
    entries: &mut [Entry],
    end: Option<Instant>,
) -> Result<(), Stop> {
    let deadline = caller.data().deadline.instant();
    let alarm = end.filter(|end| *end < deadline);
    let mut looks = 0u64;
    let ready = poll_fn(|context| {
        looks += 1;
        match caller.data_mut().network.look(entries, Some(context)) {
            0 => Poll::Pending,
            _ => Poll::Ready(()),
        }
    });
    let slept = tokio::time::timeout_at(alarm.unwrap_or(deadline).into(), ready).await;
    // Waiting for a free worker is not the program's time; a timer's slack is.
    let waited = scheduler::waited();
    caller.data_mut().deadline.forgive(waited);
    if slept.is_err() && alarm.is_none() {
        return Err(Stop::Limit(LimitReached::WallClock));
    }
    caller.data().check()?;
    // Whoever is at the other end chooses how often the host looks.
    let price = prices::WAIT + looks * prices::POLLED * entries.len() as u64;
    charge(caller, i64::try_from(price).unwrap_or(i64::MAX));
    Ok(())
}

async fn poll(
    mut caller: Caller<'_, RunState>,
    (at, count, nanoseconds): (u32, u32, i64),
) -> wasmtime::Result<i32> {
    let mut asked = Vec::new();
    let price = prices::POLLED * u64::from(count.min(MOST_ENTRIES));
    let ready = call(&mut caller, |memory, network| {
        asked = entries(memory, at, count)?;
        Ok((network.look(&mut asked, None), price))
    })?;
    if ready < 0 {
        return Ok(ready);
    }
    if ready == 0 && nanoseconds != 0 {
        let waited = wait(&mut caller, &mut asked, end(nanoseconds)).await;
        waited.map_err(wasmtime::Error::new)?;
    }
    call(&mut caller, |memory, _| {
        let mut ready = 0;
        for (number, entry) in (0..).zip(&asked) {
            let happened = at + number * ENTRY_SIZE + 6;
            memory.put(happened, &entry.happened.to_le_bytes())?;
            ready += usize::from(entry.happened != 0);
        }
        Ok((ready, 0))
    })
}

pub fn add_to_linker(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    linker.func_wrap_async(MODULE, "net_poll", |caller: Caller<'_, RunState>, args| {
        Box::new(poll(caller, args))
    })?;
    Ok(())
}
