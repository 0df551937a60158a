//! What there is for the requirements file, and what programs can load of it.

use std::path::PathBuf;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tracing::{info, warn};

use super::requirements::{self, Requirements};
use super::sets;
use crate::packages::Places;
use crate::packages::cache::Cache;
use crate::program::{Language, Package, PackageState};
use crate::wasm::artifact;

/// The set for the requirements as they are, if it was made already.
///
/// # Errors
/// When the requirements are wrong or the runtimes are missing, in words for the operator.
pub fn ready(places: &Places) -> Result<Ready, String> {
    let requirements = read(places)?;
    if requirements.list.is_empty() {
        return Ok(Ready::NothingWanted(requirements.sha256));
    }
    let base = open(&places.runtimes)?;
    let base = artifact::describe(&base, Language::Nodejs).map_err(|error| error.to_string())?;
    let cache = Cache::new(&places.cache, Language::Nodejs);
    Ok(
        match sets::fitting(&cache, &requirements.sha256, &base.inputs) {
            Some(set) => Ready::Set(set, requirements.sha256),
            None => Ready::NotMade(requirements),
        },
    )
}

/// What there is for the requirements file, with its SHA-256.
pub enum Ready {
    NothingWanted(String),
    Set(Dir, String),
    NotMade(Requirements),
}

/// Tells the log what programs can load.
pub fn announce(packages: &[Package]) {
    for package in packages {
        let Package { name, version, .. } = package;
        let reason = package.reason.as_deref().unwrap_or_default();
        match package.state {
            Some(PackageState::Refused) => {
                warn!("npm packages: {name} {version} is refused: {reason}");
            }
            Some(PackageState::WhenRequired) => {
                info!("npm packages: {name} {version} is evaluated when required: {reason}");
            }
            _ => info!("npm packages: {name} {version} is in the snapshot"),
        }
    }
}

fn read(places: &Places) -> Result<Requirements, String> {
    requirements::read(&places.nodejs_requirements).map_err(|error| error.to_string())
}

fn open(folder: &PathBuf) -> Result<Dir, String> {
    Dir::open_ambient_dir(folder, ambient_authority())
        .map_err(|error| format!("cannot open the folder `{}`: {error}", folder.display()))
}
