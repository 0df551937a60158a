//! What a zygote can do beyond an ordinary process: capabilities(7).

use caps::{CapSet, Capability, CapsHashSet};

use super::LaunchError;

fn failed(what: &str) -> impl FnOnce(caps::errors::CapsError) -> LaunchError {
    let what = what.to_owned();
    |error| LaunchError::Kernel(what, std::io::Error::other(error.to_string()))
}

/// Leaves only `kept` to what is executed by this process, as root of its user namespace.
pub fn bound(kept: &[Capability]) -> Result<(), LaunchError> {
    for capability in caps::read(None, CapSet::Bounding).map_err(failed("capget"))? {
        if !kept.contains(&capability) {
            caps::drop(None, CapSet::Bounding, capability)
                .map_err(failed("emptying the bounding set"))?;
        }
    }
    Ok(())
}

/// Makes `kept` ready to be passed on, before the bounding set is emptied.
pub fn make_inheritable(kept: &[Capability]) -> Result<(), LaunchError> {
    let kept: CapsHashSet = kept.iter().copied().collect();
    caps::set(None, CapSet::Inheritable, &kept).map_err(failed("capset"))
}

/// Gives `kept`, and nothing else, to what is executed by this process, as an ordinary user.
pub fn pass_on(kept: &[Capability]) -> Result<(), LaunchError> {
    let kept: CapsHashSet = kept.iter().copied().collect();
    // What is effective has to be permitted.
    for set in [
        CapSet::Effective,
        CapSet::Permitted,
        CapSet::Inheritable,
        CapSet::Ambient,
    ] {
        caps::set(None, set, &kept).map_err(failed("capset"))?;
    }
    Ok(())
}
