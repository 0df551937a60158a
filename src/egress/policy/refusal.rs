//! How a refusal is told: in one line, to the program and in the log, and by its kind to counters.

use std::fmt;

use super::Host;

/// Why a destination is not allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("network policy: {line}")]
pub struct Refusal {
    pub cause: Cause,
    line: String,
}

/// What kind of refusal it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// There is no network at all.
    Off,
    /// Neither a name nor an address.
    Malformed,
    /// An entry of `network.deny`.
    Denied,
    /// The mode is `allow-list`, and this is not on it.
    NotListed,
    /// The address is not on the public internet.
    Special,
    /// The address is this machine's own.
    Own,
    /// The name is not the public internet's, and a proxy would resolve it.
    InternalName,
}

impl Cause {
    /// For counters and the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Malformed => "malformed",
            Self::Denied => "denied",
            Self::NotListed => "not-listed",
            Self::Special => "special-address",
            Self::Own => "own-address",
            Self::InternalName => "internal-name",
        }
    }
}

impl Refusal {
    pub(super) fn new(cause: Cause, line: String) -> Self {
        Self { cause, line }
    }
}

/// `host:port`, or only the host while the port is not known.
pub(super) struct Shown<'a>(pub &'a Host, pub Option<u16>);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, self.1) {
            (host, Some(port)) => write!(f, "{host}:{port}"),
            (Host::Name(name), None) => f.write_str(name),
            (Host::Address(address), None) => write!(f, "{address}"),
        }
    }
}
