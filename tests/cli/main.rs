//! The command line: `run`, `doctor`, `serve` and what they say when something is wrong.

#[path = "../common/mod.rs"]
mod common;

mod configuration;
mod doctor;
mod run;
