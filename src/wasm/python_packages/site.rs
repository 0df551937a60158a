//! The folder of installed packages, as seen by what decides where they run.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::Arc;

use cap_std::fs::Dir;

use super::layout::{Distribution, Layout, is_within, parents};
use crate::program::Package;

/// The most that one distribution's files may take in the memory that all programs share.
pub const MAX_BYTES: u64 = 256 << 20;

/// A distribution and what it holds.
#[derive(Clone, Debug)]
pub struct Installed {
    pub name: String,
    pub version: String,
    pub layout: Layout,
    pub wanted: bool,
    /// The version that is part of the runtime, where it comes first.
    pub built_in: Option<String>,
}

/// All distributions of a set.
#[derive(Clone, Debug, Default)]
pub struct Site {
    pub installed: Vec<Installed>,
    /// Module to index in [`Self::installed`].
    owners: BTreeMap<String, usize>,
}

impl Site {
    /// `built_in`: what is part of the runtime.
    pub fn new(distributions: &[Distribution], built_in: &[Package]) -> Self {
        let mut site = Self::default();
        for (index, distribution) in distributions.iter().enumerate() {
            let name = normalised(&distribution.name);
            let same = |package: &&Package| normalised(&package.name) == name;
            let layout = Layout::of(&distribution.files);
            for module in layout.modules.keys() {
                site.owners.insert(module.clone(), index);
            }
            site.installed.push(Installed {
                name: distribution.name.clone(),
                version: distribution.version.clone(),
                layout,
                wanted: distribution.wanted,
                built_in: built_in
                    .iter()
                    .find(same)
                    .map(|package| package.version.clone()),
            });
        }
        site
    }

    pub fn layouts(&self) -> impl Iterator<Item = &Layout> {
        self.installed.iter().map(|installed| &installed.layout)
    }

    /// The distribution that a module is of.
    pub fn owner(&self, module: &str) -> Option<usize> {
        self.owners.get(module).copied()
    }

    pub fn is_extension(&self, module: &str) -> bool {
        self.owner(module)
            .is_some_and(|owner| self.installed[owner].layout.is_extension(module))
    }

    /// The root that `module`, one of the site's, is or is within.
    pub fn root<'m>(&self, module: &'m str) -> &'m str {
        let roots = self
            .owner(module)
            .map(|owner| &self.installed[owner].layout.roots);
        std::iter::once(module)
            .chain(parents(module))
            .find(|name| roots.is_some_and(|roots| roots.contains(*name)))
            .unwrap_or(module)
    }

    /// The distribution in `among` whose root a module is, or is within.
    pub fn within(&self, module: &str, mut among: impl Iterator<Item = usize>) -> Option<usize> {
        among.find(|index| {
            let mut roots = self.installed[*index].layout.roots.iter();
            roots.any(|root| is_within(module, root))
        })
    }
}

/// As PyPI compares names (PEP 503).
pub fn normalised(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_lowercase()
}

/// Files by path, as they become part of the image.
pub type Files = BTreeMap<String, Arc<[u8]>>;

/// Reads `paths`, those that are there; `None` when they are too much.
///
/// # Errors
/// When one of them cannot be read.
pub fn read(folder: &Dir, paths: &[String]) -> io::Result<Option<Files>> {
    let mut files = Files::new();
    let mut total = 0;
    for path in paths {
        let metadata = match folder.metadata(path) {
            Ok(metadata) => metadata,
            // The list of files may be of another installation.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(naming(path, &error)),
        };
        if !metadata.is_file() {
            continue;
        }
        total += metadata.len();
        if total > MAX_BYTES {
            return Ok(None);
        }
        let data = folder.read(path).map_err(|error| naming(path, &error))?;
        files.insert(path.clone(), data.into());
    }
    Ok(Some(files))
}

fn naming(path: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{path}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_pypi_does() {
        assert_eq!(normalised("Ruamel_Yaml..clib"), "ruamel-yaml-clib");
    }
}
