//! The `net_*` functions that do not wait.

use std::net::IpAddr;

use wasmtime::{Caller, Linker};

use super::super::errno::Errno;
use super::super::state::RunState;
use super::super::wasi::abi::{GuestMemory, charge};
use super::failure::{Failure, Outcome};
use super::handles::Handle;
use super::lookup::Lookup;
use super::stream::Stream;
use super::{Connections, prices};
use crate::egress::Destination;

pub const MODULE: &str = "belljar";

/// The longest name that the domain name system has is 253 bytes.
const MOST_HOST: u32 = 255;
/// Bytes that one call moves at most.
pub const MOST_AT_ONCE: usize = 256 << 10;

/// A result, and what it costs beyond [`prices::CALL`].
pub type Priced = Outcome<(usize, u64)>;

/// Runs one host function: splits the caller into memory and what the run has of the network, charges
/// fuel, remembers why it failed.
///
/// # Errors
/// When the run ends here.
pub fn call(
    caller: &mut Caller<'_, RunState>,
    body: impl FnOnce(&mut GuestMemory<'_>, &mut Connections) -> Priced,
) -> wasmtime::Result<i32> {
    let Some(exports) = caller.data().exports else {
        return Ok(-(Errno::Perm as i32));
    };
    let (memory, state) = exports.memory.data_and_store_mut(&mut *caller);
    // Fuel prices a call roughly; the clock is what no price can get around.
    state.check().map_err(wasmtime::Error::new)?;
    let (value, price) = match body(&mut GuestMemory(memory), &mut state.network) {
        // What a call gives is at most as long as the guest's memory, or a handle.
        Ok((value, price)) => (i32::try_from(value).unwrap_or(i32::MAX), price),
        Err(failure) => {
            if failure.errno == Errno::Nomem {
                state.memory.denied = Some(crate::program::LimitReached::TotalMemory);
            }
            state.network.reason = failure.reason;
            (-(failure.errno as i32), prices::SOCKET)
        }
    };
    let price = prices::CALL + price + std::mem::take(&mut state.network.owed);
    charge(caller, i64::try_from(price).unwrap_or(i64::MAX));
    Ok(value)
}

/// The part of the guest's memory at `at` that one call may fill or send.
pub fn part<'a>(memory: &'a mut GuestMemory<'_>, at: u32, len: u32) -> Outcome<&'a mut [u8]> {
    let bytes = memory.bytes_mut(at, len)?;
    let count = bytes.len().min(MOST_AT_ONCE);
    Ok(&mut bytes[..count])
}

fn host<'a>(memory: &'a GuestMemory<'_>, at: u32, len: u32) -> Outcome<&'a str> {
    if len == 0 || len > MOST_HOST {
        let reason = format!("a host's name has 1 to {MOST_HOST} bytes");
        return Err(Failure::new(Errno::Inval, reason));
    }
    Ok(memory.text(at, len)?)
}

impl Connections {
    fn look_up(&mut self, host: &str) -> Priced {
        self.access()?;
        // Settled ones count until they are closed: they hold what was found.
        let open = self.handles.count(|it| matches!(it, Handle::Lookup(_)));
        self.quota.may_look_up(open)?;
        let lookup = Lookup::start(self.access()?, host)?;
        self.quota.looked_up();
        let handle = self.handles.insert(Handle::Lookup(lookup))?;
        Ok((handle as usize, prices::OUTSIDE))
    }

    fn connect(&mut self, host: &str, port: u32) -> Priced {
        self.access()?;
        let port = u16::try_from(port).map_err(|_| Errno::Inval)?;
        let open = self.handles.count(|it| matches!(it, Handle::Stream(_)));
        self.quota.may_connect(open)?;
        let address = host.parse::<IpAddr>().ok();
        let name = address.and_then(|address| self.names.get(&address));
        let to = Destination {
            host: name.map_or_else(|| host.to_owned(), |name| name.to_string()),
            address: name.and(address),
            port,
            bytes: None,
        };
        let stream = Stream::start(self.access()?, to)?;
        self.quota.connected();
        let handle = self.handles.insert(Handle::Stream(stream))?;
        Ok((handle as usize, prices::OUTSIDE))
    }

    fn send(&mut self, handle: u32, bytes: &[u8]) -> Priced {
        let stream = self.handles.stream(handle)?;
        let may = self.quota.may_send(bytes.len())?;
        let count = stream.send(&bytes[..may])?;
        self.quota.sent(count);
        Ok((count, prices::SEND + prices::bytes(count)))
    }

    fn receive(&mut self, handle: u32, into: &mut [u8]) -> Priced {
        let stream = match self.handles.get_mut(handle)? {
            Handle::Lookup(lookup) => {
                let count = lookup.receive(&mut self.names, into)?;
                return Ok((count, prices::bytes(count)));
            }
            Handle::Stream(stream) => stream,
            Handle::Tls(_) => return Err(Errno::Badf.into()),
        };
        let Some(may) = self.quota.may_receive(into.len()) else {
            return match stream.has_more()? {
                true => Err(self.quota.exceeded("received")),
                false => Ok((0, prices::SOCKET)),
            };
        };
        let count = stream.receive(&mut into[..may])?;
        self.quota.received(count);
        Ok((count, prices::SOCKET + prices::bytes(count)))
    }

    fn address(&mut self, handle: u32, which: u32) -> Outcome<String> {
        let stream = self.handles.stream(handle)?;
        let address = match which {
            0 => stream.own_address()?,
            1 => stream.other_address()?,
            _ => return Err(Errno::Inval.into()),
        };
        Ok(format!("{} {}", address.ip(), address.port()))
    }
}

/// Gives as much of `text` as there is room for; its whole length.
fn give(memory: &mut GuestMemory<'_>, text: &str, at: u32, len: u32) -> Priced {
    let count = text.len().min(len as usize);
    memory.put(at, &text.as_bytes()[..count])?;
    Ok((text.len(), prices::bytes(count)))
}

pub fn add_to_linker(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    linker.func_wrap(
        MODULE,
        "net_lookup",
        |mut caller: Caller<'_, RunState>, at: u32, len: u32| {
            call(&mut caller, |memory, network| {
                network.look_up(host(memory, at, len)?)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "net_connect",
        |mut caller: Caller<'_, RunState>, at: u32, len: u32, port: u32| {
            call(&mut caller, |memory, network| {
                network.connect(host(memory, at, len)?, port)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "net_status",
        |mut caller: Caller<'_, RunState>, handle: u32| {
            call(&mut caller, |_, network| {
                network.handles.stream(handle)?.status()?;
                Ok((0, 0))
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "net_send",
        |mut caller: Caller<'_, RunState>, handle: u32, at: u32, len: u32| {
            call(&mut caller, |memory, network| {
                network.send(handle, part(memory, at, len)?)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "net_receive",
        |mut caller: Caller<'_, RunState>, handle: u32, at: u32, len: u32| {
            call(&mut caller, |memory, network| {
                network.receive(handle, part(memory, at, len)?)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "net_shutdown",
        |mut caller: Caller<'_, RunState>, handle: u32| {
            call(&mut caller, |_, network| {
                network.handles.stream(handle)?.shut_down()?;
                Ok((0, prices::SOCKET))
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "net_close",
        |mut caller: Caller<'_, RunState>, handle: u32| {
            call(&mut caller, |_, network| {
                match network.handles.get_mut(handle)? {
                    Handle::Tls(_) => return Err(Errno::Badf.into()),
                    Handle::Lookup(_) | Handle::Stream(_) => {}
                }
                drop(network.handles.remove(handle)?);
                Ok((0, prices::SOCKET))
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "net_address",
        |mut caller: Caller<'_, RunState>, handle: u32, which: u32, at: u32, len: u32| {
            call(&mut caller, |memory, network| {
                give(memory, &network.address(handle, which)?, at, len)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "net_reason",
        |mut caller: Caller<'_, RunState>, at: u32, len: u32| {
            call(&mut caller, |memory, network| {
                let reason = network.reason.as_deref().unwrap_or_default();
                give(memory, reason, at, len)
            })
        },
    )?;
    Ok(())
}
