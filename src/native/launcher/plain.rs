//! Without namespaces, as in a container with its usual profile: the zygote is an unprivileged user,
//! and sees the host's files; Landlock keeps its children to what Python needs.
//!
//! Started as root, it keeps the right to change ids, which a filter holds to its own (`ids`), so
//! that children are users of their own. As an ordinary user it stays that one.

use std::convert::Infallible;

use caps::Capability;
use nix::sys::prctl;
use nix::sys::signal::Signal;
use nix::unistd::{Gid, Uid, geteuid, setgroups, setresgid, setresuid};

use super::bundle::{self, Ids, Surroundings};
use super::interpreter::Interpreter;
use super::{LaunchError, Layers, capabilities, new_root};
use crate::native::messages::ZygoteSpec;

const KEPT: [Capability; 2] = [Capability::CAP_SETUID, Capability::CAP_SETGID];

/// # Errors
/// When something mandatory fails.
pub fn become_zygote(
    spec: &ZygoteSpec,
    interpreter: &Interpreter,
    layers: Layers,
) -> Result<Infallible, LaunchError> {
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    let is_root = geteuid().is_root();
    if is_root {
        become_unprivileged(spec.first_id)?;
    }
    let ids = is_root.then(|| Ids {
        first: spec.first_id + 1,
        count: spec.ids.saturating_sub(1),
    });
    bundle::hand_over(
        bundle::memory()?,
        spec,
        Surroundings {
            namespaces: Vec::new(),
            ids,
            ids_by_filter: true,
            site: spec.site.clone(),
            readable: new_root::readable(spec, interpreter),
            pid_namespace: None,
            layers,
        },
    )?;
    // Changing the user undoes it. The jailer cannot have ended unnoticed: then the door is closed.
    prctl::set_pdeathsig(Signal::SIGKILL).map_err(LaunchError::kernel("PR_SET_PDEATHSIG"))?;
    bundle::become_interpreter(interpreter)
}

fn become_unprivileged(id: u32) -> Result<(), LaunchError> {
    capabilities::make_inheritable(&KEPT)?;
    // Without the right to, it stays, and limits nothing.
    let _ = capabilities::bound(&[]);
    setgroups(&[]).map_err(LaunchError::kernel("setgroups"))?;
    prctl::set_keepcaps(true).map_err(LaunchError::kernel("PR_SET_KEEPCAPS"))?;
    let (user, group) = (Uid::from_raw(id), Gid::from_raw(id));
    setresgid(group, group, group).map_err(LaunchError::kernel("setresgid"))?;
    setresuid(user, user, user).map_err(LaunchError::kernel("setresuid"))?;
    capabilities::pass_on(&KEPT)
}
