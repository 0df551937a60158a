//! Processes that were started by processes that this one started, whatever they did to get away.
//! Needs this process to be the one that orphans below it come to (PR_SET_CHILD_SUBREAPER).

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// How long processes may take to die, which they do as soon as the kernel lets them.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(5);

/// Kills them all, and returns when none is left.
///
/// # Errors
/// When some do not go away.
pub fn end_all() -> io::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        // First all stand still, so that they cannot start others faster than they are killed.
        for signal in [Signal::SIGSTOP, Signal::SIGKILL] {
            for pid in below(std::process::id()) {
                let _ = kill(pid, signal);
            }
        }
        loop {
            match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Err(Errno::ECHILD) => return Ok(()),
                Ok(WaitStatus::StillAlive) => break,
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if Instant::now() > deadline {
            return Err(io::Error::other("processes of the installer do not end"));
        }
        std::thread::sleep(PAUSE);
    }
}

/// All processes that descend from `process`, as they are now.
fn below(process: u32) -> Vec<Pid> {
    let mut found = Vec::new();
    let mut open = vec![process];
    while let Some(process) = open.pop() {
        let threads = fs::read_dir(format!("/proc/{process}/task"));
        for thread in threads.into_iter().flatten().flatten() {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            for child in children.split_whitespace() {
                let Ok(child) = child.parse::<u32>() else {
                    continue;
                };
                open.push(child);
                found.push(Pid::from_raw(child.cast_signed()));
            }
        }
    }
    found
}
