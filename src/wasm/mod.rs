//! The WebAssembly tier: every program in a fresh instance of an already initialised interpreter.
//!
//! Guarantees: an instance is used once; a guest reaches nothing but its own memory, the
//! in-memory file system and the functions defined here; it always ends, by itself or at a limit.
//! Only this module names wasmtime types.

pub mod artifact;
mod budget;
pub mod compile;
pub mod engine;
mod errno;
mod fs;
mod imports;
pub mod meter;
pub mod network;
pub mod packages;
pub mod python_packages;
mod run;
mod sandbox;
mod scheduler;
mod services;
mod snapshot;
mod state;
mod trial;
mod wasi;

pub use sandbox::{Folders, Prepared, Sandbox, SandboxError, SandboxSettings};

use wasmtime::{Engine, Linker};

use state::RunState;

/// The guest's linear memory.
const MEMORY_EXPORT: &str = "memory";

/// Everything a guest may import.
fn guest_linker(engine: &Engine) -> wasmtime::Result<Linker<RunState>> {
    let mut linker = Linker::new(engine);
    imports::add_to_linker(&mut linker)?;
    network::add_to_linker(&mut linker)?;
    services::add_to_linker(&mut linker)?;
    wasi::add_to_linker(&mut linker)?;
    Ok(linker)
}
