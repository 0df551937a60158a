//! Starting a zygote. (The launcher itself comes with the branch `zygote`.)

use std::io;
use std::os::fd::OwnedFd;
use std::process::Child;

use super::messages::ZygoteSpec;

/// A process that becomes a zygote.
#[derive(Debug)]
pub struct Launched {
    pub child: Child,
    /// The other end of its descriptor 3.
    pub socket: OwnedFd,
}

/// # Errors
/// When it cannot be started.
pub fn spawn(_spec: &ZygoteSpec) -> io::Result<Launched> {
    Err(io::ErrorKind::Unsupported.into())
}
