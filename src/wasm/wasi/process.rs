//! Arguments, environment, randomness, exit; and the sockets there are none of.

use wasmtime::{Caller, Linker};

use super::super::errno::Errno;
use super::super::state::{RunState, Stop};
use super::MODULE;
use super::abi::{enter, enter_charged};

/// The most random bytes one call gives; libc asks for 256 at a time.
const MAX_RANDOM: u32 = 1 << 20;

pub fn add_to_linker(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    // A program has no arguments and no environment of ours; its own glue sets what it needs.
    for name in ["args_sizes_get", "environ_sizes_get"] {
        linker.func_wrap(
            MODULE,
            name,
            |mut caller: Caller<'_, RunState>, count: u32, size: u32| {
                enter(&mut caller, |memory, _| {
                    memory.put_u32(count, 0)?;
                    Ok(memory.put_u32(size, 0)?)
                })
            },
        )?;
    }
    for name in ["args_get", "environ_get"] {
        linker.func_wrap(MODULE, name, |_pointers: u32, _bytes: u32| 0i32)?;
    }
    linker.func_wrap(
        MODULE,
        "random_get",
        |mut caller: Caller<'_, RunState>, at: u32, len: u32| {
            enter_charged(&mut caller, |memory, state| {
                state.asked.randomness = state.asked.randomness.saturating_add(1);
                if len > MAX_RANDOM {
                    return Err(Errno::Inval.into());
                }
                getrandom::fill(memory.bytes_mut(at, len)?).map_err(|_| Errno::Nosys)?;
                // The kernel's generator costs about four times as much as a copy.
                Ok(u64::from(len) * 4)
            })
        },
    )?;
    linker.func_wrap(MODULE, "proc_exit", |code: u32| -> wasmtime::Result<()> {
        // As POSIX: the low eight bits.
        Err(wasmtime::Error::new(Stop::Exit((code & 0xff) as i32)))
    })?;
    linker.func_wrap(MODULE, "sched_yield", |mut caller: Caller<'_, RunState>| {
        enter(&mut caller, |_, _| Ok(()))
    })?;
    no_sockets(linker)
}

fn no_sockets(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    let refused = Errno::Notsock as i32;
    linker.func_wrap(MODULE, "sock_accept", move |_: u32, _: u32, _: u32| refused)?;
    linker.func_wrap(MODULE, "sock_shutdown", move |_: u32, _: u32| refused)?;
    linker.func_wrap(
        MODULE,
        "sock_recv",
        move |_: u32, _: u32, _: u32, _: u32, _: u32, _: u32| refused,
    )?;
    linker.func_wrap(
        MODULE,
        "sock_send",
        move |_: u32, _: u32, _: u32, _: u32, _: u32| refused,
    )?;
    Ok(())
}
