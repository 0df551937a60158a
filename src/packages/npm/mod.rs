//! npm packages for JavaScript programs: from the operator's list to a runtime that holds them.
//!
//! Guarantees: no script of a package runs outside the sandbox; what is evaluated ahead of time gives
//! every program the same as evaluating it itself would.

mod adapt;
mod command;
pub mod install;
pub mod maintain;
mod plan;
pub mod requirements;
pub mod sets;
mod tree;
