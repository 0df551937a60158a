//! The `belljar` imports: inputs, the fast path for output, and the refill of fuel.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use wasmtime::{Caller, Linker, Val};

use super::errno::Errno;
use super::meter::{CHARGE_IMPORT, REFUEL_IMPORT};
use super::scheduler;
use super::state::{Inputs, RunState, Stop};
use super::wasi::abi::{byte_fuel, charge, enter_charged};

const MODULE: &str = "belljar";

const CODE: u32 = 0;
const PRELOAD: u32 = 1;
const FILE_NAME: u32 = 2;

fn input(inputs: &Inputs, which: u32) -> Option<&str> {
    match which {
        CODE => Some(&inputs.code),
        PRELOAD => inputs.preload.as_deref(),
        FILE_NAME => Some(&inputs.file_name),
        _ => None,
    }
}

/// Defines the imports of module `belljar`.
///
/// # Errors
/// When the linker already has one of them.
pub fn add_to_linker(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    linker.func_wrap(
        MODULE,
        "input_size",
        |caller: Caller<'_, RunState>, which: u32| {
            input(&caller.data().inputs, which).map_or(-1, |text| text.len() as i32)
        },
    )?;
    linker.func_wrap(
        MODULE,
        "input_read",
        |mut caller: Caller<'_, RunState>, which: u32, at: u32, len: u32| {
            let result = enter_charged(&mut caller, |memory, state| {
                let text = input(&state.inputs, which).ok_or(Errno::Inval)?;
                let bytes = text.as_bytes().get(..len as usize).ok_or(Errno::Inval)?;
                memory.put(at, bytes)?;
                Ok(u64::from(len))
            });
            result.map(|_| ())
        },
    )?;
    linker.func_wrap(
        MODULE,
        "output",
        |mut caller: Caller<'_, RunState>, fd: u32, at: u32, len: u32| -> wasmtime::Result<i32> {
            let Some(exports) = caller.data().exports else {
                return Ok(-1);
            };
            let (memory, state) = exports.memory.data_and_store_mut(&mut caller);
            let start = at as usize;
            let Some(bytes) = memory.get(start..start + len as usize) else {
                return Ok(-1);
            };
            let stream = match fd {
                1 => &mut state.stdout,
                2 => &mut state.stderr,
                _ => return Ok(-1),
            };
            stream.append(bytes).map_err(wasmtime::Error::new)?;
            charge(&mut caller, 16 + byte_fuel(u64::from(len)));
            Ok(len as i32)
        },
    )?;
    linker.func_wrap(
        MODULE,
        "stack_left",
        |mut caller: Caller<'_, RunState>| -> i32 {
            let here = 0u8;
            let here = &raw const here as usize;
            let left = caller.data_mut().stack.left_below(here);
            i32::try_from(left).unwrap_or(i32::MAX)
        },
    )?;
    // Metering replaces the calls; only a snapshot is taken without it.
    let (module, name) = CHARGE_IMPORT;
    linker.func_wrap(module, name, |_units: u32| ())?;
    let (module, name) = REFUEL_IMPORT;
    linker.func_wrap_async(module, name, |mut caller: Caller<'_, RunState>, (): ()| {
        Box::new(async move { refuel(&mut caller).await.map_err(wasmtime::Error::new) })
    })?;
    Ok(())
}

/// Gives the guest its next slice of fuel. Lets a waiting program in when this one has computed
/// for a while.
///
/// # Errors
/// [`Stop`] when the run ends here.
pub async fn refuel(caller: &mut Caller<'_, RunState>) -> Result<(), Stop> {
    let Some(fuel) = caller.data().exports.and_then(|exports| exports.fuel) else {
        return Ok(());
    };
    let counter = fuel.get(&mut *caller).unwrap_i64();
    let state = caller.data_mut();
    state.check()?;
    let slice = state.tank.refill(counter)?;
    fuel.set(&mut *caller, Val::I64(slice))
        .expect("the fuel counter is a mutable i64: checked when the runtime was loaded");
    if scheduler::should_yield() {
        YieldNow::default().await;
        let state = caller.data_mut();
        state.deadline.forgive(scheduler::waited());
        state.check()?;
    }
    Ok(())
}

/// Pending once.
#[derive(Default)]
struct YieldNow {
    yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            return Poll::Ready(());
        }
        self.yielded = true;
        scheduler::yielding();
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
