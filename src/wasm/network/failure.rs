//! Why a call of a guest does not succeed: a WASI error number, and often a line for people.

use std::io;

use super::super::errno::Errno;
use crate::egress::{DialError, LookupError};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub errno: Errno,
    pub reason: Option<String>,
}

pub type Outcome<T> = Result<T, Failure>;

impl Failure {
    pub fn new(errno: Errno, reason: impl Into<String>) -> Self {
        Self {
            errno,
            reason: Some(reason.into()),
        }
    }
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        Self {
            errno,
            reason: None,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let number = error.raw_os_error().unwrap_or(libc::EIO);
        Self {
            errno: wasi(number),
            // "Try again" needs no explanation, and is too frequent for one.
            reason: (number != libc::EAGAIN).then(|| error.to_string()),
        }
    }
}

impl From<LookupError> for Failure {
    fn from(error: LookupError) -> Self {
        let errno = match error {
            LookupError::Refused(_) => Errno::Perm,
            LookupError::NotFound(_) => Errno::Noent,
            LookupError::Failed(_) => Errno::Io,
        };
        Self::new(errno, error.to_string())
    }
}

impl From<DialError> for Failure {
    fn from(error: DialError) -> Self {
        let errno = match &error {
            DialError::Refused(_) => Errno::Perm,
            DialError::Lookup(error) => return error.clone().into(),
            DialError::Unreachable(number, _) => wasi(*number),
            DialError::Proxy(_) => Errno::Proto,
            DialError::Unavailable(_) => Errno::Netdown,
        };
        Self::new(errno, error.to_string())
    }
}

/// An error number of Linux's in WASI's numbering.
fn wasi(number: i32) -> Errno {
    match number {
        libc::EAGAIN => Errno::Again,
        libc::EACCES => Errno::Acces,
        libc::EADDRNOTAVAIL => Errno::Addrnotavail,
        libc::ECONNABORTED => Errno::Connaborted,
        libc::ECONNREFUSED => Errno::Connrefused,
        libc::ECONNRESET => Errno::Connreset,
        libc::EHOSTUNREACH => Errno::Hostunreach,
        libc::EMFILE | libc::ENFILE => Errno::Mfile,
        libc::ENETDOWN => Errno::Netdown,
        libc::ENETRESET => Errno::Netreset,
        libc::ENETUNREACH => Errno::Netunreach,
        libc::ENOBUFS => Errno::Nobufs,
        libc::ENOENT => Errno::Noent,
        libc::ENOMEM => Errno::Nomem,
        libc::ENOTCONN => Errno::Notconn,
        libc::EPERM => Errno::Perm,
        libc::EPIPE => Errno::Pipe,
        libc::EPROTO => Errno::Proto,
        libc::ETIMEDOUT => Errno::Timedout,
        _ => Errno::Io,
    }
}
