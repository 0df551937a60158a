//! The network of programs: every connection of either tier is made here, under the operator's policy.
//!
//! A program never has a socket of its own to the world. It names a destination; the egress process
//! resolves it, decides, dials, and hands over a connected socket, or one line that says why not.
//!
//! Guarantees: what is decided on is the address that is dialled, after resolution; a program that
//! was not given network access reaches nobody; what nobody waits for any more is given up.

pub mod client;
mod dialer;
mod engine;
mod forward;
mod ledger;
pub mod messages;
mod own;
mod placeholders;
mod places;
pub mod policy;
pub mod process;
pub mod proxies;
pub mod resolver;
mod tunnel;
mod ways;

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::pin::Pin;

pub use engine::{Engine, Settings};
pub use ledger::Counts;
pub use messages::{Destination, DialError, LookupError, Who};
pub use own::OwnAddresses;
pub use proxies::Proxies;

/// What connects programs with the world.
pub trait Dial: Send + Sync {
    /// The addresses of a host, in the order in which they should be tried; never none. Dropping the
    /// future gives it up.
    fn lookup<'a>(&'a self, who: &'a Who, host: &'a str) -> Pending<'a, Vec<IpAddr>, LookupError>;

    /// A connection. Dropping the future gives it up.
    fn dial<'a>(&'a self, who: &'a Who, to: &'a Destination) -> Pending<'a, Connection, DialError>;
}

pub type Pending<'a, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>;

/// A connected stream socket, non-blocking.
#[derive(Debug)]
pub struct Connection {
    /// TCP, or one end of a Unix pair where the egress process stands between.
    pub socket: OwnedFd,
    /// Whom it is connected with; `None` where a proxy stands between.
    pub peer: Option<SocketAddr>,
}
