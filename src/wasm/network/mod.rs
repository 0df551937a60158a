//! The network of a program in WebAssembly: streams that the egress process connected, and TLS, behind
//! the host functions of `wasm-runtimes/network-calls.md`.
//!
//! Guarantees: a run that was given no network reaches nobody; what it opened is closed, and what it
//! began is given up, when it ends, however it ends; a handle means nothing in any other run; no call
//! but `net_poll` waits, and that gives the worker away; bytes, connections and memory are bounded.

mod calls;
mod failure;
mod handles;
mod lookup;
mod poll;
mod prices;
mod quota;
mod stream;
mod task;
#[cfg(test)]
mod tests;
mod tls;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::Linker;

use super::budget::Share;
use super::errno::Errno;
use super::state::RunState;
use crate::egress::{Dial, Who};
use crate::program::{Limits, NetworkUsage};

pub use tls::{Trust, TrustError};

use failure::{Failure, Outcome};
use handles::Handles;
use quota::Quota;

/// Connections and pending lookups of all programs of a server together. Each takes a descriptor or
/// two.
pub const MOST_PLACES: usize = 2048;

/// Addresses of which a run's host remembers the names.
const MOST_NAMES: usize = 1024;

/// Why a program has no network that did not ask for one.
pub const NOT_GIVEN: &str = "this program was given no network (enable_network)";
/// Why one has none that did.
pub const SWITCHED_OFF: &str = "this program was given no network (network.policy is off)";

/// The way out of a sandbox.
#[derive(Clone)]
pub struct Network {
    dial: Arc<dyn Dial>,
    trust: Arc<Trust>,
    /// Where lookups and dials go on while programs compute.
    runtime: Handle,
    places: Arc<Semaphore>,
}

impl Network {
    /// Connections by `dial`. `runtime` carries lookups and dials, and wakes those who wait for bytes.
    pub fn new(dial: Arc<dyn Dial>, trust: Arc<Trust>, runtime: Handle) -> Self {
        Self {
            dial,
            trust,
            runtime,
            places: Arc::new(Semaphore::new(MOST_PLACES)),
        }
    }
}

/// A network and the one who uses it.
struct Access {
    network: Network,
    who: Arc<Who>,
}

impl Access {
    /// A place for a connection or a lookup.
    fn place(&self) -> Outcome<OwnedSemaphorePermit> {
        let place = Arc::clone(&self.network.places).try_acquire_owned();
        place.map_err(|_| {
            Failure::new(
                Errno::Mfile,
                "the programs running now have as many connections as this server can hold: \
                 try again later",
            )
        })
    }
}

/// What the host holds of the network for one run.
pub struct Connections {
    /// Or why there is none.
    access: Result<Access, &'static str>,
    handles: Handles,
    /// The name by whose lookup in this run an address is known.
    names: HashMap<IpAddr, Arc<str>>,
    quota: Quota,
    tls: tls::RunTls,
    /// Fuel for work whose amount was not known beforehand, not charged yet.
    owed: u64,
    /// Why the last call that failed did.
    reason: Option<String>,
}

impl Connections {
    /// Those of a run on behalf of `who`, in a sandbox with this network. What TLS holds is taken from
    /// `share`'s budget.
    pub fn new(network: &Network, who: &Who, limits: &Limits, share: Share) -> Self {
        Self {
            access: Ok(Access {
                network: network.clone(),
                who: Arc::new(who.clone()),
            }),
            quota: Quota::new(limits),
            ..Self::none(NOT_GIVEN, share)
        }
    }

    /// None, and never any, for this reason.
    pub fn none(why: &'static str, share: Share) -> Self {
        Self {
            access: Err(why),
            handles: Handles::default(),
            names: HashMap::new(),
            quota: Quota::default(),
            tls: tls::RunTls::new(share),
            owed: 0,
            reason: None,
        }
    }

    /// Whether the outside may have noticed something of this run.
    pub fn was_used(&self) -> bool {
        self.quota.used().connections > 0
    }

    pub fn usage(&self) -> NetworkUsage {
        self.quota.used()
    }

    fn access(&self) -> Outcome<&Access> {
        let access = self.access.as_ref();
        access.map_err(|why| Failure::new(Errno::Perm, *why))
    }
}

/// Defines the `net_*` and `tls_*` imports of module `belljar`.
///
/// # Errors
/// When the linker already has one of them.
pub fn add_to_linker(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    calls::add_to_linker(linker)?;
    poll::add_to_linker(linker)?;
    tls::add_to_linker(linker)
}
