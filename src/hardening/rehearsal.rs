//! Locking a child in, to see which layers this machine offers without giving anything up.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

use super::{Lockdown, Report, lock, process};

/// What [`lock`] would report of this process. A child is locked in and tells.
///
/// # Errors
/// When this process cannot fork or has other threads, or the child was not able to tell.
pub fn rehearse(lockdown: &Lockdown) -> io::Result<Report> {
    process::require_single_thread()?;
    let (mut ours, mut theirs) = UnixStream::pair()?;
    // SAFETY: this is the only thread, so that no lock can be held by one that the child lacks.
    match unsafe { fork() }.map_err(io::Error::from)? {
        ForkResult::Child => {
            let report = lock(lockdown).unwrap_or_default();
            let told = serde_json::to_vec(&report).map(|text| theirs.write_all(&text));
            std::process::exit(i32::from(told.is_err()));
        }
        ForkResult::Parent { child } => {
            drop(theirs);
            let mut text = Vec::new();
            let read = ours.read_to_end(&mut text);
            waitpid(child, None)?;
            read?;
            serde_json::from_slice(&text)
                .map_err(|_| io::Error::other("the locked child could not tell"))
        }
    }
}
