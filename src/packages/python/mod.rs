//! Python packages: from the operator's list to a set that both tiers use.
//!
//! pip resolves and fetches the list into a fresh folder, `site`, which programs of the native tier
//! see as it is; what of it runs in WebAssembly is found out by trying ([`crate::wasm`]). The result,
//! with what is to be known of it, is a [`set::Set`].
//!
//! Guarantees: what is listed wins over what comes without being listed; the same `site` made for the
//! same interpreter and runtime is the same set, by name.

pub mod install;
pub mod interpreter;
pub mod maintain;
mod pip;
pub mod requirements;
pub mod set;
mod site;
mod trouble;
