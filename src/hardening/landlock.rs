//! Files that can still be opened, by Landlock. See landlock(7).

use std::path::PathBuf;

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

use super::Status;

/// The newest version asked for; the kernel gives what it has of it.
const NEWEST: ABI = ABI::V6;

/// Nothing can be opened, made, removed or executed any more, but for reading below `readable`.
/// Descriptors that are open keep working. Where the kernel can, it also keeps signals and
/// abstract sockets of processes outside away.
pub fn restrict(readable: &[PathBuf]) -> Status {
    match restricted(readable) {
        Ok(RulesetStatus::FullyEnforced) => Status::On("all file access".to_owned()),
        Ok(RulesetStatus::PartiallyEnforced) => {
            Status::On("what this kernel knows of file access".to_owned())
        }
        Ok(RulesetStatus::NotEnforced) => Status::Off("this kernel has none".to_owned()),
        Err(error) => Status::Off(error.to_string()),
    }
}

fn restricted(readable: &[PathBuf]) -> Result<RulesetStatus, RulesetError> {
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?;
    for path in readable {
        // What is not there cannot be opened either.
        let Ok(place) = PathFd::new(path) else {
            continue;
        };
        let reading: BitFlags<AccessFs> = if path.is_dir() {
            AccessFs::ReadFile | AccessFs::ReadDir
        } else {
            AccessFs::ReadFile.into()
        };
        ruleset = ruleset.add_rule(PathBeneath::new(place, reading))?;
    }
    Ok(ruleset.restrict_self()?.ruleset)
}
