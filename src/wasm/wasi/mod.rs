//! WASI preview 1 for the guests, over the in-memory file system.
//!
//! Written for this sandbox rather than taken from wasmtime-wasi, because here nothing may reach
//! the host's files or sockets at all, `/tmp` is bounded in bytes and entries, a sleep must give
//! its worker away and end at the deadline, and every call is paid for in fuel.

pub mod abi;
mod clock;
pub mod descriptors;
mod fd;
mod path;
mod poll;
mod process;

use wasmtime::Linker;

use super::state::RunState;

const MODULE: &str = "wasi_snapshot_preview1";

/// Defines all of preview 1.
///
/// # Errors
/// When the linker already has one of the functions.
pub fn add_to_linker(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    clock::add_to_linker(linker)?;
    fd::add_to_linker(linker)?;
    path::add_to_linker(linker)?;
    poll::add_to_linker(linker)?;
    process::add_to_linker(linker)
}
