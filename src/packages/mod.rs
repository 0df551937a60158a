//! npm packages for JavaScript programs: from the operator's list to a runtime that holds them.
//!
//! Three processes have to do with them: [`install`] makes a set in the cache folder (a command of
//! its own, `belljar packages install`); the [`keeper`], a child of the supervisor, starts that
//! command and has a fresh server take its result into use; a server's [`desk`] asks for it.
//!
//! Guarantees: no script of a package runs outside the sandbox; a set is used whole or not at all;
//! what is evaluated ahead of time gives every program the same as evaluating it itself would.

mod adapt;
pub mod cache;
mod child;
pub mod confined;
mod descendants;
pub mod desk;
pub mod install;
pub mod keeper;
mod leftovers;
pub mod maintain;
mod npm;
mod plan;
pub mod requirements;
mod settlement;
mod tree;
pub mod warden;
