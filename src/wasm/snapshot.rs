//! Freezes an initialised interpreter: runs a module's `wizer-initialize` once and writes the
//! memory that results back into the module (after Wizer, by the Bytecode Alliance).

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use wasmtime::{Engine, Linker, Store};
use wasmtime_wizer::Wizer;

use super::budget::{MemoryBudget, Share};
use super::fs::FileSystem;
use super::fs::image::Image;
use super::fs::tmp::Tmp;
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

/// The module with its interpreter initialised, seeing the files of `image`.
///
/// # Errors
/// When the module does not compile, lacks an import, or fails to initialise.
pub async fn take(
    engine: &Engine,
    module: &[u8],
    image: Arc<Image>,
) -> Result<Vec<u8>, SnapshotError> {
    let mut store = Store::new(engine, initialising(image));
    store.limiter(|state| &mut state.memory);
    let result = async {
        let linker: Linker<RunState> = guest_linker(engine)?;
        Wizer::new()
            .run(&mut store, module, async |store, module| {
                let instance = linker.instantiate_async(&mut *store, module).await?;
                let memory = instance.get_memory(&mut *store, MEMORY_EXPORT);
                let memory = memory.ok_or_else(|| wasmtime::format_err!("no exported memory"))?;
                store.data_mut().exports = Some(Exports { memory, fuel: None });
                Ok(instance)
            })
            .await
    }
    .await;
    result.map_err(|error| SnapshotError {
        cause: format!("{error:#}"),
        output: String::from_utf8_lossy(&store.data().stderr.bytes).into_owned(),
    })
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
        tank: FuelTank::new(u64::MAX),
        deadline: Deadline::after(Duration::from_secs(3600)),
        started: Instant::now(),
        memory: MemoryLimiter::new(MAX_MEMORY, Share::of(&budget)),
        stack: Default::default(),
        cancelled: Arc::new(AtomicBool::new(false)),
    }
}
