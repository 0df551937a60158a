//! Process ids and a `/proc` of one's own. See pid_namespaces(7) and user_namespaces(7).
//!
//! Guarantees: when the first process of such a namespace ends, the kernel ends all others in it,
//! whatever they did to get away.

use std::fs;
use std::io;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork, getegid, geteuid};

use super::process::require_single_thread;

/// Whether a process remains the user that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    /// Then a user namespace, in which there is only that one, does no harm.
    Stays,
    Changes,
}

/// The next process that is forked here, and what that starts, have process ids of their own. Who
/// may not have that gets a user namespace for it.
///
/// # Errors
/// When this process may not, as in most containers.
pub fn separate_processes(user: User) -> io::Result<()> {
    match unshare(CloneFlags::CLONE_NEWPID) {
        Ok(()) => return Ok(()),
        Err(error) if user == User::Changes => return Err(error.into()),
        Err(_) => {}
    }
    // Half of it would leave this process nobody.
    require_single_thread()?;
    // SAFETY: this is the only thread, so that no lock can be held by one that the child lacks.
    let rehearsed = match unsafe { fork() }? {
        ForkResult::Child => {
            let tried = with_user_namespace().map_err(|error| error.raw_os_error());
            std::process::exit(tried.map_or_else(|code| code.unwrap_or(libc::EPERM), |()| 0));
        }
        ForkResult::Parent { child } => waitpid(child, None)?,
    };
    match rehearsed {
        WaitStatus::Exited(_, 0) => with_user_namespace(),
        WaitStatus::Exited(_, code) => Err(io::Error::from_raw_os_error(code)),
        _ => Err(io::Error::other("trying it ended a process")),
    }
}

fn with_user_namespace() -> io::Result<()> {
    let (user, group) = (geteuid(), getegid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWPID)?;
    // Only then may one's group be mapped without privileges.
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
    fs::write("/proc/self/gid_map", format!("{group} {group} 1"))
}

/// The first process of a process-id namespace sees only that in its `/proc`, as do those that it
/// starts. Nobody else sees a difference.
///
/// # Errors
/// When it may not mount, or `/proc` of this machine is covered in part.
pub fn own_proc() -> io::Result<()> {
    unshare(CloneFlags::CLONE_NEWNS)?;
    let nothing = None::<&str>;
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(nothing, "/", nothing, private, nothing)?;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    Ok(mount(Some("proc"), "/proc", Some("proc"), flags, nothing)?)
}
