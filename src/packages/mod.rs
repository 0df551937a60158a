//! npm packages for JavaScript programs: from the operator's list to a runtime that holds them.
//!
//! Two steps that know nothing of each other's process: [`install`] makes a set of packages in the
//! cache folder (a command of its own, `belljar packages install`), and [`maintain`] has a running
//! server start that command and take its result into use.
//!
//! Guarantees: no script of a package runs outside the sandbox; a set is used whole or not at all;
//! what is evaluated ahead of time gives every program the same as evaluating it itself would.

mod adapt;
pub mod cache;
mod child;
pub mod install;
pub mod maintain;
mod npm;
mod plan;
pub mod requirements;
mod tree;
