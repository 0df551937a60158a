//! A set of npm packages: a compiled runtime that holds them.

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use crate::packages::cache::Cache;
use crate::program::{Language, Package};
use crate::wasm::artifact::{self, Description};

/// The set made for these requirements and this runtime, if there is one. Its files are checked when
/// it is loaded.
pub fn fitting(cache: &Cache, requirements: &str, base: &str) -> Option<Dir> {
    let current = cache.current()?;
    if (current.requirements.as_str(), current.base.as_str()) != (requirements, base) {
        return None;
    }
    open(cache, &current.set).map(|(folder, _)| folder)
}

/// What the set called `key` is, if it is there and whole.
pub fn whole(cache: &Cache, key: &str) -> Option<Description> {
    let (folder, description) = open(cache, key)?;
    artifact::intact(&folder, Language::Nodejs, &description).then_some(description)
}

fn open(cache: &Cache, key: &str) -> Option<(Dir, Description)> {
    let folder = Dir::open_ambient_dir(cache.set(key), ambient_authority()).ok()?;
    let description = artifact::describe(&folder, Language::Nodejs).ok()?;
    Some((folder, description))
}

/// The packages of a set, as its runtime's description lists them.
pub fn packages(set: &Dir) -> Vec<Package> {
    artifact::describe(set, Language::Nodejs)
        .map(|description| description.packages)
        .unwrap_or_default()
}
