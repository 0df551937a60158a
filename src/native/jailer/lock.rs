//! How the jailer locks itself in, as far as a process can that has to start others with more than
//! that.
//!
//! It has no seccomp filter: a filter is inherited by all it starts, and there it would come before
//! the one whose listener names what programs were refused.

use caps::{CapSet, Capability};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::hardening::{Status, die_with};

/// What launchers need of root: to make namespaces and mounts in them, to give ids away, to kill
/// processes of those ids, to raise or set limits.
const KEPT: [Capability; 11] = [
    Capability::CAP_CHOWN,
    Capability::CAP_DAC_OVERRIDE,
    Capability::CAP_FOWNER,
    Capability::CAP_KILL,
    Capability::CAP_SETGID,
    Capability::CAP_SETUID,
    Capability::CAP_SETPCAP,
    Capability::CAP_SYS_ADMIN,
    Capability::CAP_SYS_CHROOT,
    Capability::CAP_SYS_PTRACE,
    Capability::CAP_SYS_RESOURCE,
];

/// Takes from this process what neither it nor the launchers need.
pub fn lock(parent: nix::unistd::Pid) -> Vec<(&'static str, Status)> {
    vec![
        ("tether", die_with(parent)),
        ("not dumpable", crate::hardening::not_dumpable()),
        ("capabilities", Status::of(drop_capabilities())),
        ("descriptors", Status::of(raise_open_files())),
    ]
}

/// Each program takes seven, and each child that waits for one three: with many places more than the
/// usual 1,024, beyond which those of a request would be lost on their way.
fn raise_open_files() -> nix::Result<String> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    Ok(format!("{hard} open files"))
}

fn drop_capabilities() -> Result<String, String> {
    let held = caps::read(None, CapSet::Permitted).map_err(|error| error.to_string())?;
    let wrong = |error: caps::errors::CapsError| error.to_string();
    let kept: caps::CapsHashSet = held
        .iter()
        .filter(|one| KEPT.contains(one))
        .copied()
        .collect();
    if held.contains(&Capability::CAP_SETPCAP) {
        for capability in caps::all() {
            let bounded = caps::has_cap(None, CapSet::Bounding, capability).unwrap_or(false);
            if bounded && !KEPT.contains(&capability) {
                caps::drop(None, CapSet::Bounding, capability).map_err(wrong)?;
            }
        }
    }
    caps::clear(None, CapSet::Ambient).map_err(wrong)?;
    caps::clear(None, CapSet::Inheritable).map_err(wrong)?;
    caps::set(None, CapSet::Effective, &kept).map_err(wrong)?;
    caps::set(None, CapSet::Permitted, &kept).map_err(wrong)?;
    Ok(format!("{} of {}", kept.len(), held.len()))
}
