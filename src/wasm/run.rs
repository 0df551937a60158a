//! One program in one fresh instance.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use wasmtime::{Instance, InstancePre, Store, Trap, Val};

use super::MEMORY_EXPORT;
use super::budget::{MemoryBudget, Share};
use super::fs::FileSystem;
use super::fs::image::Image;
use super::fs::tmp::Tmp;
use super::meter::FUEL_EXPORT;
use super::network::{Connections, NOT_GIVEN, Network, SWITCHED_OFF};
use super::scheduler;
use super::services::Services;
use super::state::{
    Asked, Deadline, Exports, FuelTank, Inputs, MemoryLimiter, Output, RunState, Stop,
};
use crate::program::{Ending, LimitReached, Limits, Outcome, Program, Usage, died_of_memory};
use crate::units::{ByteSize, Fuel};

/// The function of a guest that is called, and returns an exit code.
#[derive(Clone, Copy, Debug)]
pub enum Entry {
    /// Runs the program.
    Run,
    /// Loads the package that the program's text names and prints what came of it.
    Probe,
}

impl Entry {
    pub fn export(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Probe => "probe",
        }
    }
}

/// A language runtime, linked and ready to be instantiated.
pub struct Runtime {
    pub instance_pre: InstancePre<RunState>,
    pub image: Arc<Image>,
}

/// One program and all that its run needs.
pub struct Run {
    pub runtime: Arc<Runtime>,
    pub entry: Entry,
    pub program: Program,
    pub limits: Limits,
    pub budget: Arc<MemoryBudget>,
    /// The sandbox's, for programs that may use it.
    pub network: Option<Network>,
    pub cancelled: Arc<AtomicBool>,
    pub accepted: Instant,
}

impl Run {
    /// Runs to the end. The outcome goes to `deliver` before the instance is torn down, so that
    /// nobody waits for the cleaning up.
    pub async fn execute(self, deliver: impl FnOnce(Result<Outcome, String>)) -> Asked {
        let started = Instant::now();
        // The clock of the program starts here: the wait for this turn is not part of it.
        scheduler::waited();
        let queued = started.duration_since(self.accepted);
        let limits = self.limits;
        let mut store = Store::new(
            self.runtime.instance_pre.module().engine(),
            self.state(started),
        );
        store.limiter(|state| &mut state.memory);
        let exports = match enter(&mut store, &self.runtime).await {
            Ok(exports) => exports,
            Err(error) => {
                deliver(Err(format!("cannot start an instance: {error:#}")));
                return Asked::default();
            }
        };
        let ended = exports.call(self.entry, &mut store).await;
        let counter = exports.fuel_left(&mut store);
        let usage = |state: &RunState, wall: Duration| Usage {
            queued,
            wall,
            fuel: Fuel(state.tank.used(counter)),
            memory: ByteSize(state.memory.peak as u64),
            network: state.network.usage(),
        };
        let state = store.data_mut();
        let usage = usage(state, started.elapsed());
        let ending = ending(ended, state);
        let asked = state.asked;
        deliver(Ok(Outcome {
            stdout: std::mem::take(&mut state.stdout.bytes),
            stderr: std::mem::take(&mut state.stderr.bytes),
            ending,
            usage,
            ..Outcome::of(limits)
        }));
        asked
    }

    fn state(&self, started: Instant) -> RunState {
        let Self {
            program, limits, ..
        } = self;
        RunState {
            exports: None,
            inputs: Inputs {
                code: program.code.clone(),
                preload: program.preload.clone(),
                file_name: program.file_name.clone(),
            },
            stdout: Output::new(limits.stdout.as_usize(), LimitReached::Stdout),
            stderr: Output::new(limits.stderr.as_usize(), LimitReached::Stderr),
            files: FileSystem::new(
                Arc::clone(&self.runtime.image),
                Tmp::new(
                    limits.tmp_bytes.bytes(),
                    limits.tmp_files,
                    Share::of(&self.budget),
                ),
            ),
            descriptors: Default::default(),
            services: Services::new(Share::of(&self.budget)),
            network: match (&self.network, &program.network) {
                (Some(network), Some(who)) => {
                    Connections::new(network, who, limits, Share::of(&self.budget))
                }
                (None, Some(_)) => Connections::none(SWITCHED_OFF, Share::of(&self.budget)),
                (_, None) => Connections::none(NOT_GIVEN, Share::of(&self.budget)),
            },
            tank: FuelTank::new(limits.fuel.0),
            deadline: Deadline::after(limits.wall_clock),
            started,
            memory: MemoryLimiter::new(limits.memory.as_usize(), Share::of(&self.budget)),
            stack: Default::default(),
            asked: Default::default(),
            cancelled: Arc::clone(&self.cancelled),
        }
    }
}

struct Entered {
    instance: Instance,
    exports: Exports,
}

async fn enter(store: &mut Store<RunState>, runtime: &Runtime) -> wasmtime::Result<Entered> {
    let instance = runtime.instance_pre.instantiate_async(&mut *store).await?;
    let memory = instance
        .get_memory(&mut *store, MEMORY_EXPORT)
        .ok_or_else(|| wasmtime::format_err!("the runtime exports no memory"))?;
    let fuel = instance
        .get_global(&mut *store, FUEL_EXPORT)
        .ok_or_else(|| wasmtime::format_err!("the runtime is not metered"))?;
    let exports = Exports {
        memory,
        fuel: Some(fuel),
    };
    store.data_mut().exports = Some(exports);
    let first = store.data_mut().tank.refill(0).unwrap_or(0);
    fuel.set(&mut *store, Val::I64(first))?;
    Ok(Entered { instance, exports })
}

impl Entered {
    async fn call(&self, entry: Entry, store: &mut Store<RunState>) -> wasmtime::Result<i32> {
        let function = self
            .instance
            .get_typed_func::<(), i32>(&mut *store, entry.export())?;
        function.call_async(store, ()).await
    }

    fn fuel_left(&self, store: &mut Store<RunState>) -> i64 {
        self.exports
            .fuel
            .map_or(0, |fuel| fuel.get(store).i64().unwrap_or(0))
    }
}

fn ending(ended: wasmtime::Result<i32>, state: &RunState) -> Ending {
    let denied = state.memory.denied;
    let exited = |code: i32| match denied {
        Some(limit) if code != 0 && died_of_memory(&state.stderr.bytes) => {
            Ending::ExitedAtLimit(code, limit)
        }
        _ => Ending::Exited(code),
    };
    let error = match ended {
        Ok(code) => return exited(code),
        Err(error) => error,
    };
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return match stop {
            Stop::Exit(code) => exited(*code),
            Stop::Limit(limit) => Ending::Stopped(*limit),
            Stop::Cancelled => Ending::Crashed("cancelled".to_owned()),
            Stop::NeedsNative(module) => Ending::NeedsNative(module.to_string()),
            Stop::NativeTooLate(module) => Ending::NativeTooLate(module.to_string()),
        };
    }
    // An interpreter that finds no memory where it cannot raise an exception aborts.
    if let Some(limit) = denied {
        return Ending::Stopped(limit);
    }
    Ending::Crashed(match error.downcast_ref::<Trap>() {
        Some(Trap::UnreachableCodeReached) => "the program aborted".to_owned(),
        Some(Trap::StackOverflow) => "stack overflow: the program recursed too deeply".to_owned(),
        Some(trap) => format!("the interpreter crashed: {trap}"),
        None => format!("the interpreter crashed: {error:#}"),
    })
}
