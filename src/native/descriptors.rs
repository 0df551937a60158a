//! Descriptors that tokio waits for.

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::unix::AsyncFd;
use tokio::io::{Interest, Ready};

/// Must be called within a tokio runtime.
///
/// # Errors
/// When it is nothing that can be waited for.
pub fn watched(descriptor: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` is open until it is dropped, and always gives the same descriptor.
    let registered = unsafe { AsyncFd::register_with_interest(descriptor, interest) };
    registered.map_err(io::Error::from)
}

/// Waits until the process behind a pidfd has ended.
///
/// # Errors
/// When it cannot be waited for.
pub async fn ended(process: &AsyncFd<OwnedFd>) -> io::Result<()> {
    loop {
        let mut guard = process.ready(Interest::READABLE).await?;
        if guard.ready().is_readable() {
            return Ok(());
        }
        guard.clear_ready_matching(Ready::READABLE);
    }
}
