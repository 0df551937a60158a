//! Giving up root: user and group ids, and supplementary groups.

use std::fs;

use nix::unistd::{
    Gid, Uid, getegid, geteuid, getresgid, getresuid, setgroups, setresgid, setresuid,
};

use super::Status;

/// A user and a group, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    let taken = |file: &str, id: u32| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let id = id.to_string();
        text.lines()
            .any(|line| line.split(':').nth(2) == Some(id.as_str()))
    };
    let free = |id: &u32| !taken("/etc/passwd", *id) && !taken("/etc/group", *id);
    let id = (FIRST_FREE..LAST_FREE).find(free).unwrap_or(FIRST_FREE);
    Identity { uid: id, gid: id }
}

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
