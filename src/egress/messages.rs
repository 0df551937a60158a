//! What servers and jailers say to the egress process: JSON objects, each a datagram on the door that
//! they share (`SOCK_SEQPACKET`, [`crate::native::packets`]), with one end of a fresh pair beside it, on
//! which exactly one reply comes. Closing that pair gives the request up.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

/// The longest host: no name in the DNS is longer, and no address.
pub const LONGEST_HOST: usize = 255;

/// On whose behalf.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Who {
    /// The tenant's name, for the policy, the log and the counters.
    pub tenant: String,
    /// The id of the request, for the log.
    pub request: String,
}

/// Where a program wants to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// The host as the program named it: a name, or an address as text.
    pub host: String,
    /// Which of the addresses that a lookup of `host` gave the program chose, if it chose. One that
    /// `host` does not have (any more) is decided on as if nothing but it had been named.
    pub address: Option<IpAddr>,
    pub port: u16,
    /// The most bytes in each direction where the egress process stands between; elsewhere whoever gets
    /// the socket counts.
    #[serde(default)]
    pub bytes: Option<u64>,
}

/// Through the door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToEgress {
    Lookup { who: Who, host: String },
    Dial { who: Who, to: Destination },
}

/// The reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromEgress {
    Addresses(Vec<IpAddr>),
    NoAddresses(LookupError),
    /// With the socket beside it. See [`super::Connection`].
    Connected {
        peer: Option<SocketAddr>,
    },
    NotConnected(DialError),
}

/// Why a name has no addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum LookupError {
    /// The policy says no; why, in one line.
    #[error("{0}")]
    Refused(String),
    /// There is no such host.
    #[error("no such host: {0}")]
    NotFound(String),
    /// The resolver does not answer, or fails.
    #[error("name resolution failed: {0}")]
    Failed(String),
}

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum DialError {
    /// The policy says no; why, in one line.
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Lookup(LookupError),
    /// The system's error number (`ECONNREFUSED`, `ETIMEDOUT`, `EHOSTUNREACH`, …) and what was tried.
    #[error("{1}")]
    Unreachable(i32, String),
    /// The proxy did not connect; its word for it.
    #[error("{0}")]
    Proxy(String),
    /// The egress process ended, or cannot be asked.
    #[error("{0}")]
    Unavailable(String),
}
