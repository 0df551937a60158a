//! How a process locks itself in: one file per mechanism of the kernel.
//!
//! Guarantees: [`lock`] takes privileges away and never gives any; every layer that could not be
//! put on is in the report with the reason, and with [`Hardening::Required`] it is an error. It has
//! to be called before the process starts threads, because some of the kernel's switches concern
//! the calling thread and what it starts later.

mod capabilities;
mod confinement;
mod identity;
mod landlock;
mod namespaces;
mod process;
mod rehearsal;
mod report;
mod rlimits;
pub mod seccomp;

use std::path::PathBuf;

use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

pub use confinement::{Confinement, Processes};
pub use identity::{Identity, can_reach, free_identity, free_identity_from_above};
pub use landlock::{Place, Right};
pub use namespaces::{User, separate_processes};
pub use process::{close_inherited, die_with, not_dumpable, require_single_thread};
pub use rehearsal::rehearse;
pub use report::{Layer, Report, Status};
pub use rlimits::Rlimits;

use seccomp::Filter;

/// What becomes of a layer that cannot be put on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hardening {
    /// It is missing with a loud warning.
    BestEffort,
    /// The process refuses to go on.
    Required,
}

/// What a process keeps.
#[derive(Clone, Debug)]
pub struct Lockdown {
    /// Who to become when started as root.
    pub identity: Identity,
    /// Files and folders that may still be opened for reading.
    pub readable: Vec<PathBuf>,
    /// The most descriptors it may hold.
    pub open_files: u64,
    /// The system calls that it may still make.
    pub filter: Filter,
    pub hardening: Hardening,
    /// The process this one must not outlive.
    pub parent: Option<Pid>,
    /// Layers left out, for tests that show what each of them is for.
    pub without: Vec<Layer>,
}

/// A layer that is required and could not be put on.
#[derive(Debug, thiserror::Error)]
#[error(
    "hardening is `required`, but these layers are missing: {missing}; give the process what they need, or set hardening to `best-effort`"
)]
pub struct LockError {
    missing: String,
}

/// Locks this process in. In this order: each step needs what the next one takes away.
///
/// # Errors
/// A missing layer, with [`Hardening::Required`].
pub fn lock(lockdown: &Lockdown) -> Result<Report, LockError> {
    let mut report = Report::default();
    let mut put_on = |layer: Layer, how: &mut dyn FnMut() -> Status| {
        let status = if lockdown.without.contains(&layer) {
            Status::Off("left out".to_owned())
        } else {
            how()
        };
        report.set(layer, status);
    };
    put_on(Layer::Limits, &mut || process::limit(lockdown.open_files));
    put_on(Layer::Capabilities, &mut capabilities::empty_bounding_set);
    put_on(Layer::Identity, &mut || {
        identity::become_unprivileged(lockdown.identity)
    });
    put_on(Layer::Capabilities, &mut capabilities::empty);
    // Changing the user undoes it, and the filter does not let it be done later.
    if let Some(parent) = lockdown.parent {
        put_on(Layer::Tether, &mut || process::die_with(parent));
    }
    put_on(Layer::NoNewPrivileges, &mut process::no_new_privileges);
    put_on(Layer::NotDumpable, &mut process::not_dumpable);
    put_on(Layer::Landlock, &mut || {
        landlock::restrict(&lockdown.readable)
    });
    put_on(Layer::Seccomp, &mut || lockdown.filter.load());
    let missing = report.missing();
    if lockdown.hardening == Hardening::Required && !missing.is_empty() {
        return Err(LockError { missing });
    }
    Ok(report)
}
