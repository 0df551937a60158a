//! Freezes an initialised interpreter: runs a module's `wizer-initialize` once and writes the
//! memory that results back into the module (after Wizer, by the Bytecode Alliance).

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use wasmtime::{Engine, Instance, Module, Store};
use wasmtime_wizer::{WasmtimeWizer, Wizer};

use super::budget::{MemoryBudget, Share};
use super::engine;
use super::fs::FileSystem;
use super::fs::image::Image;
use super::fs::tmp::Tmp;
use super::network::{Connections, NOT_GIVEN};
use super::run::Entry;
use super::services::Services;
use super::state::{Deadline, Exports, FuelTank, Inputs, MemoryLimiter, Output, RunState};
use super::{MEMORY_EXPORT, guest_linker};
use crate::program::LimitReached;

/// The most memory an interpreter may take while it is initialised.
const MAX_MEMORY: usize = 1 << 30;
/// What it may print while it is initialised.
const MAX_OUTPUT: usize = 1 << 20;

/// Why a snapshot could not be taken.
#[derive(Debug, thiserror::Error)]
#[error("cannot take the snapshot: {cause}{}", shown(output))]
pub struct SnapshotError {
    cause: String,
    /// What the interpreter printed before it failed.
    output: String,
}

fn shown(output: &str) -> String {
    if output.is_empty() {
        String::new()
    } else {
        format!("\nIt printed:\n{output}")
    }
}

/// How long a program may run in the interpreter before the snapshot is taken, and how long the
/// interpreter may take to come up.
const PATIENCE: Duration = Duration::from_secs(120);

/// The module with its interpreter initialised, seeing the files of `image`, and with `program` run in
/// it, if there is one: what that leaves in the interpreter is part of the snapshot.
///
/// # Errors
/// When the module does not compile, lacks an import, or fails to initialise; when the program fails,
/// leaves files behind or does not end.
pub async fn take(
    module: &[u8],
    image: Arc<Image>,
    program: Option<&str>,
) -> Result<Vec<u8>, SnapshotError> {
    let failed = |error: wasmtime::Error, output: &[u8]| SnapshotError {
        cause: format!("{error:#}"),
        output: String::from_utf8_lossy(output).into_owned(),
    };
    let engine = engine::once().map_err(|error| failed(error, &[]))?;
    let mut store = Store::new(&engine, initialising(image));
    store.limiter(|state| &mut state.memory);
    store.set_epoch_deadline(1);
    let _guard = StopLater::new(&engine, PATIENCE);
    let result = initialised(&mut store, module, program).await;
    result.map_err(|error| failed(error, &store.data().stderr.bytes))
}

async fn initialised(
    store: &mut Store<RunState>,
    module: &[u8],
    program: Option<&str>,
) -> wasmtime::Result<Vec<u8>> {
    let engine = store.engine().clone();
    let wizer = Wizer::new();
    let (context, instrumented) = wizer.instrument(module)?;
    let instrumented = Module::new(&engine, &instrumented)?;
    let instance = guest_linker(&engine)?
        .instantiate_async(&mut *store, &instrumented)
        .await?;
    let memory = instance.get_memory(&mut *store, MEMORY_EXPORT);
    let memory = memory.ok_or_else(|| wasmtime::format_err!("no exported memory"))?;
    store.data_mut().exports = Some(Exports { memory, fuel: None });
    // What the C library has to do first is there in some modules only.
    for name in ["_initialize", wizer.get_init_func()] {
        if let Ok(function) = instance.get_typed_func::<(), ()>(&mut *store, name) {
            function.call_async(&mut *store, ()).await?;
        } else if name == wizer.get_init_func() {
            wasmtime::bail!("there is no function `{name}`");
        }
    }
    if let Some(program) = program {
        run(store, &instance, program).await?;
    }
    let mut instance = WasmtimeWizer { store, instance };
    wizer.snapshot(&context, &mut instance).await
}

/// Runs a program as any other, but in the instance whose memory becomes the snapshot.
async fn run(
    store: &mut Store<RunState>,
    instance: &Instance,
    program: &str,
) -> wasmtime::Result<()> {
    let code = program.to_owned();
    store.data_mut().inputs = Inputs {
        code,
        preload: None,
        file_name: "snapshot.py".to_owned(),
    };
    let function = instance.get_typed_func::<(), i32>(&mut *store, Entry::Run.export())?;
    let exit_code = function.call_async(&mut *store, ()).await?;
    let state = store.data();
    if exit_code != 0 {
        wasmtime::bail!("the program exited with code {exit_code}");
    }
    if !state.descriptors.are_fresh() || !state.files.tmp_is_empty() {
        wasmtime::bail!("the program left files behind, which its successors do not have");
    }
    if !state.stdout.bytes.is_empty() || !state.stderr.bytes.is_empty() {
        wasmtime::bail!("the program printed something");
    }
    Ok(())
}

/// Stops the code of an engine when it has run for too long.
struct StopLater {
    done: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl StopLater {
    fn new(engine: &Engine, patience: Duration) -> Self {
        let (done, is_done) = mpsc::channel();
        let engine = engine.clone();
        let thread = std::thread::spawn(move || {
            if is_done.recv_timeout(patience) == Err(mpsc::RecvTimeoutError::Timeout) {
                engine.increment_epoch();
            }
        });
        Self {
            done: Some(done),
            thread: Some(thread),
        }
    }
}

impl Drop for StopLater {
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn initialising(image: Arc<Image>) -> RunState {
    let budget = Arc::new(MemoryBudget::new(MAX_MEMORY as u64));
    RunState {
        exports: None,
        inputs: Inputs::default(),
        stdout: Output::new(MAX_OUTPUT, LimitReached::Stdout),
        stderr: Output::new(MAX_OUTPUT, LimitReached::Stderr),
        files: FileSystem::new(image, Tmp::new(MAX_OUTPUT as u64, 100, Share::of(&budget))),
        descriptors: Default::default(),
        services: Services::new(Share::of(&budget)),
        network: Connections::none(NOT_GIVEN, Share::of(&budget)),
        tank: FuelTank::new(u64::MAX),
        deadline: Deadline::after(Duration::from_secs(3600)),
        started: Instant::now(),
        memory: MemoryLimiter::new(MAX_MEMORY, Share::of(&budget)),
        stack: Default::default(),
        asked: Default::default(),
        cancelled: Arc::new(AtomicBool::new(false)),
    }
}
