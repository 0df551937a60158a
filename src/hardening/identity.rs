//! Giving up root: user and group ids, and supplementary groups.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{
    AccessFlags, ForkResult, Gid, Uid, access, fork, getegid, geteuid, getresgid, getresuid,
    setgroups, setresgid, setresuid,
};
use serde::{Deserialize, Serialize};

use super::Status;
use super::process::require_single_thread;

/// A user and a group, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub uid: u32,
    pub gid: u32,
}

/// The first number that [`free_identity`] looks at: above what distributions give to people and
/// services, below what systemd hands out (<https://systemd.io/UIDS-GIDS/>).
const FIRST_FREE: u32 = 52_194;
const LAST_FREE: u32 = 60_000;

/// A user and group that nobody else on this machine has.
pub fn free_identity() -> Identity {
    let free = |id: &u32| !is_taken("/etc/passwd", *id) && !is_taken("/etc/group", *id);
    let id = (FIRST_FREE..LAST_FREE).find(free).unwrap_or(FIRST_FREE);
    Identity { uid: id, gid: id }
}

/// As [`free_identity`], but from the other end and such that no process has it now: for processes
/// beside the server, so that nobody can signal or look into the others.
pub fn free_identity_from_above() -> Identity {
    let used: Vec<u32> = owners_of_processes().collect();
    let free = |id: &u32| {
        !is_taken("/etc/passwd", *id) && !is_taken("/etc/group", *id) && !used.contains(id)
    };
    let id = (FIRST_FREE..LAST_FREE).rev().find(free);
    let id = id.unwrap_or(LAST_FREE - 1);
    Identity { uid: id, gid: id }
}

fn owners_of_processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        entry.file_name().to_str()?.parse::<u32>().ok()?;
        Some(entry.metadata().ok()?.uid())
    })
}

/// Whether a line of `/etc/passwd` or `/etc/group` has this number.
fn is_taken(file: &str, id: u32) -> bool {
    let text = fs::read_to_string(file).unwrap_or_default();
    let id = id.to_string();
    text.lines()
        .any(|line| line.split(':').nth(2) == Some(id.as_str()))
}

/// The first of these files and folders that `identity` has no such access to, looked for by a child
/// that becomes it. What is not there is nobody's.
///
/// # Errors
/// When this process cannot fork or has other threads, or the child cannot become `identity`.
pub fn can_reach(
    identity: Identity,
    places: &[(&Path, AccessFlags)],
) -> io::Result<Option<PathBuf>> {
    require_single_thread()?;
    // SAFETY: this is the only thread, so that no lock can be held by one that the child lacks.
    let child = match unsafe { fork() }? {
        ForkResult::Child => {
            let became = become_unprivileged(identity);
            let refused = |(path, how): &(&Path, AccessFlags)| {
                access(*path, *how).is_err_and(|error| error == Errno::EACCES)
            };
            let code = match became {
                Status::Off(_) => CANNOT,
                Status::On(_) => places
                    .iter()
                    .position(refused)
                    .map_or(0, |at| 1 + at as i32),
            };
            std::process::exit(code.min(CANNOT));
        }
        ForkResult::Parent { child } => child,
    };
    match waitpid(child, None)? {
        WaitStatus::Exited(_, 0) => Ok(None),
        WaitStatus::Exited(_, code) if code < CANNOT => {
            let at = usize::try_from(code - 1).unwrap_or_default();
            Ok(places.get(at).map(|(path, _)| (*path).to_owned()))
        }
        _ => Err(io::Error::other("this process may not change its user")),
    }
}

/// The exit code of a child that could not become somebody else.
const CANNOT: i32 = 250;

/// Becomes `identity` if this process is root; it stays who it is otherwise.
pub fn become_unprivileged(identity: Identity) -> Status {
    if !geteuid().is_root() && !is_root_in_any_way() {
        return Status::On(format!("uid {}, as started", geteuid()));
    }
    let (uid, gid) = (Uid::from_raw(identity.uid), Gid::from_raw(identity.gid));
    if uid.is_root() || identity.gid == 0 {
        return Status::Off("run_as names root".to_owned());
    }
    let changed = setgroups(&[])
        .and_then(|()| setresgid(gid, gid, gid))
        .and_then(|()| setresuid(uid, uid, uid));
    match changed {
        Err(error) => Status::Off(format!("cannot become uid {uid}, gid {gid}: {error}")),
        Ok(()) if is_root_in_any_way() || getegid() != gid => {
            Status::Off("the kernel kept an id of root".to_owned())
        }
        Ok(()) => Status::On(format!("uid {uid}, gid {gid}")),
    }
}

/// Whether a real, effective or saved id is root's. When the kernel does not tell, it is.
fn is_root_in_any_way() -> bool {
    let users = getresuid().map_or(true, |ids| {
        [ids.real, ids.effective, ids.saved]
            .iter()
            .any(|id| id.is_root())
    });
    let groups = getresgid().map_or(true, |ids| {
        [ids.real, ids.effective, ids.saved]
            .iter()
            .any(|id| id.as_raw() == 0)
    });
    users || (geteuid().is_root() && groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_free_identity_is_nobodys() {
        let Identity { uid, gid } = free_identity();
        assert!(uid >= FIRST_FREE && gid == uid);
        let users = fs::read_to_string("/etc/passwd").unwrap();
        assert!(!users.contains(&format!(":{uid}:")));
    }
}
