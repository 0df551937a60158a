//! Files that can still be opened, by Landlock. See landlock(7).

use std::path::PathBuf;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};
use serde::{Deserialize, Serialize};

use super::Status;

/// The newest version asked for; the kernel gives what it has of it.
const NEWEST: ABI = ABI::V6;

/// What may be done below a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Right {
    /// Files can be read, folders listed.
    Read,
    /// And programs started.
    Execute,
    /// And everything made, changed and removed, but for devices.
    Write,
    /// A device: read and written.
    Device,
}

impl Right {
    fn access(self, is_folder: bool) -> BitFlags<AccessFs> {
        let access = match self {
            Self::Read => AccessFs::ReadFile | AccessFs::ReadDir,
            Self::Execute => AccessFs::from_read(NEWEST),
            Self::Write => {
                let devices = AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev;
                AccessFs::from_all(NEWEST) & !devices
            }
            Self::Device => AccessFs::ReadFile | AccessFs::WriteFile,
        };
        if is_folder {
            access
        } else {
            access & AccessFs::from_file(NEWEST)
        }
    }
}

/// A file or folder, with what is below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub path: PathBuf,
    pub right: Right,
}

impl Place {
    pub fn new(path: impl Into<PathBuf>, right: Right) -> Self {
        Self {
            path: path.into(),
            right,
        }
    }
}

/// Whether connections may be taken. Making them is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listening {
    /// No TCP port can be bound, where the kernel can refuse it (Linux 6.7).
    Refused,
    NotLookedAt,
}

/// Nothing can be opened, made, removed or executed any more, but for reading below `readable`.
/// Descriptors that are open keep working. Where the kernel can, it also keeps signals and
/// abstract sockets of processes outside away.
pub fn restrict(readable: &[PathBuf]) -> Status {
    let places = readable.iter().map(|path| Place::new(path, Right::Read));
    restrict_to(&places.collect::<Vec<_>>(), Listening::NotLookedAt)
}

/// The same with other rights. What is started later is restricted as well.
pub fn restrict_to(places: &[Place], listening: Listening) -> Status {
    match restricted(places, listening) {
        Ok(RulesetStatus::FullyEnforced) => Status::On("all file access".to_owned()),
        Ok(RulesetStatus::PartiallyEnforced) => {
            Status::On("what this kernel knows of file access".to_owned())
        }
        Ok(RulesetStatus::NotEnforced) => Status::Off("this kernel has none".to_owned()),
        Err(error) => Status::Off(error.to_string()),
    }
}

fn restricted(places: &[Place], listening: Listening) -> Result<RulesetStatus, RulesetError> {
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?;
    if listening == Listening::Refused {
        ruleset = ruleset.handle_access(AccessNet::BindTcp)?;
    }
    let mut ruleset = ruleset.create()?;
    for place in places {
        // What is not there cannot be opened either.
        let Ok(opened) = PathFd::new(&place.path) else {
            continue;
        };
        let access = place.right.access(place.path.is_dir());
        ruleset = ruleset.add_rule(PathBeneath::new(opened, access))?;
    }
    Ok(ruleset.restrict_self()?.ruleset)
}
