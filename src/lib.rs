//! Belljar: a code sandbox behind dify-sandbox's HTTP API.
//!
//! Dependencies point one way: `cli` wires `api` and `config`; `api` knows `execution`;
//! `execution` knows `wasm` and `native`; only `wasm` names wasmtime, and only `native` starts a
//! Python of the machine's. `packages` makes runtimes with the packages
//! of an operator. All of them speak of `program`s.

pub mod api;
pub mod checks;
pub mod cli;
pub mod config;
pub mod egress;
pub mod execution;
pub mod hardening;
pub mod native;
pub mod packages;
pub mod program;
pub mod supervisor;
pub mod telemetry;
pub mod units;
pub mod wasm;
