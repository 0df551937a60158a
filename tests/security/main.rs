//! Hostile programs against the real server, one file per mechanism.
//!
//! Every table checks after every program that the server is healthy and that the next program
//! finds nothing of it.

#[path = "../common/mod.rs"]
mod common;

mod bombs;
mod crafted_bytecode;
mod descriptors;
mod evading_the_clock;
mod exit_hooks;
mod file_system;
mod host_information;
mod javascript;
mod network;
mod output_streams;
mod processes;
mod recursion;
mod tampering;
mod tracing_hooks;
mod wild_memory;
