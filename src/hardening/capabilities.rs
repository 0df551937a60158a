//! Emptying the capability sets. See capabilities(7).

use caps::{CapSet, CapsHashSet};

use super::Status;

/// Takes everything out of the bounding set, so that nothing this process may ever start gets a
/// capability. Needs CAP_SETPCAP, so it comes first; without it the set stays, harmlessly, because
/// of `no_new_privs`.
pub fn empty_bounding_set() -> Status {
    let may = caps::has_cap(None, CapSet::Effective, caps::Capability::CAP_SETPCAP);
    if !may.unwrap_or(false) {
        return Status::On("none".to_owned());
    }
    Status::of(caps::clear(None, CapSet::Bounding).map(|()| "none"))
}

/// Empties all the other sets, and looks whether they are.
pub fn empty() -> Status {
    let clear = || -> Result<&'static str, String> {
        let sets = [
            CapSet::Ambient,
            CapSet::Effective,
            CapSet::Inheritable,
            CapSet::Permitted,
        ];
        for set in sets {
            // The order above matters: what is effective has to be permitted.
            caps::clear(None, set).map_err(|error| format!("cannot empty {set:?}: {error}"))?;
        }
        for set in sets {
            let left: CapsHashSet = caps::read(None, set).map_err(|error| error.to_string())?;
            if !left.is_empty() {
                return Err(format!("{set:?} still holds {left:?}"));
            }
        }
        Ok("none")
    };
    Status::of(clear())
}

/// Being root, or becoming it, gives no capability any more. See capabilities(7), "The securebits
/// flags".
pub fn renounce_root() -> Status {
    const NO_ROOT: libc::c_ulong = 1 << 0;
    const NO_ROOT_LOCKED: libc::c_ulong = 1 << 1;
    const NO_SETUID_FIXUP_LOCKED: libc::c_ulong = 1 << 3;
    const NO_AMBIENT_RAISE: libc::c_ulong = 1 << 6;
    const NO_AMBIENT_RAISE_LOCKED: libc::c_ulong = 1 << 7;
    let may = caps::has_cap(None, CapSet::Effective, caps::Capability::CAP_SETPCAP);
    if !may.unwrap_or(false) {
        // Then `no_new_privs` is what keeps programs from gaining any.
        return Status::On("none".to_owned());
    }
    let bits = NO_ROOT
        | NO_ROOT_LOCKED
        | NO_SETUID_FIXUP_LOCKED
        | NO_AMBIENT_RAISE
        | NO_AMBIENT_RAISE_LOCKED;
    // SAFETY: no memory is passed.
    match unsafe { libc::prctl(libc::PR_SET_SECUREBITS, bits) } {
        0 => Status::On("none".to_owned()),
        _ => Status::of(Err::<String, _>(std::io::Error::last_os_error())),
    }
}
