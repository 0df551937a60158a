//! What npm installed: which packages belong together, which need native code, and the files that
//! programs get to see.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::units::ByteSize;

/// What the files of all packages may amount to: they stay in the server's memory.
const MOST_FILES: ByteSize = ByteSize::mib(128);

/// The kinds of files that the loader can use.
const EXTENSIONS: [&str; 4] = ["js", "cjs", "mjs", "json"];

/// Programs that build or fetch native add-ons when a package is installed.
const BUILDERS: [&str; 7] = [
    "node-gyp",
    "prebuild-install",
    "node-pre-gyp",
    "prebuildify",
    "cmake-js",
    "node-gyp-build",
    "neon",
];

#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    #[error("cannot read `{path}`: {source}")]
    Read { path: String, source: io::Error },
    #[error("npm's package-lock.json is not understood: {0}")]
    Lock(serde_json::Error),
    #[error("the packages' files amount to more than {MOST_FILES}; the largest: {0}")]
    TooLarge(String),
}

#[derive(Debug, Deserialize)]
struct Lock {
    packages: BTreeMap<String, Locked>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Locked {
    version: String,
    dependencies: BTreeMap<String, String>,
    optional_dependencies: BTreeMap<String, String>,
    peer_dependencies: BTreeMap<String, String>,
}

/// An installed `node_modules` folder.
#[derive(Debug)]
pub struct Tree {
    folder: PathBuf,
    lock: Lock,
}

/// A package's place, such as `node_modules/a/node_modules/b`.
pub type Location = String;

impl Tree {
    /// Reads what npm left in `folder`.
    ///
    /// # Errors
    /// When its lock file cannot be read.
    pub fn read(folder: &Path) -> Result<Self, TreeError> {
        let path = folder.join("package-lock.json");
        let text = std::fs::read(&path).map_err(|source| unreadable(&path, source))?;
        Ok(Self {
            folder: folder.to_owned(),
            lock: serde_json::from_slice(&text).map_err(TreeError::Lock)?,
        })
    }

    /// The version of a package that programs see by its name.
    pub fn version(&self, name: &str) -> Option<&str> {
        let locked = self.lock.packages.get(&top(name))?;
        Some(&locked.version)
    }

    /// Where the package `name` and everything it needs are.
    pub fn closure(&self, name: &str) -> BTreeSet<Location> {
        let mut found = BTreeSet::new();
        let mut open = vec![top(name)];
        while let Some(location) = open.pop() {
            let Some(locked) = self.lock.packages.get(&location) else {
                continue;
            };
            if !found.insert(location.clone()) {
                continue;
            }
            let needs = [
                &locked.dependencies,
                &locked.optional_dependencies,
                &locked.peer_dependencies,
            ];
            let names = needs.into_iter().flat_map(BTreeMap::keys);
            open.extend(names.filter_map(|name| self.seen_from(&location, name)));
        }
        found
    }

    /// The package that `name` means in the package at `location`.
    fn seen_from(&self, location: &str, name: &str) -> Option<Location> {
        let mut within = location;
        loop {
            let candidate = if within.is_empty() {
                top(name)
            } else {
                format!("{within}/node_modules/{name}")
            };
            if self.lock.packages.contains_key(&candidate) {
                return Some(candidate);
            }
            if within.is_empty() {
                return None;
            }
            within = within
                .rfind("node_modules/")
                .map_or("", |at| within[..at].trim_end_matches('/'));
        }
    }

    /// What shows that the package `name` itself is native code.
    pub fn native(&self, name: &str) -> Option<String> {
        self.native_at(&top(name))
    }

    /// The first package that `name` needs and that is native code, and what shows it.
    pub fn native_within(&self, name: &str) -> Option<String> {
        self.closure(name).iter().find_map(|location| {
            let mark = self.native_at(location)?;
            let (_, name) = location.rsplit_once("node_modules/")?;
            Some(format!("{mark} in {name}"))
        })
    }

    fn native_at(&self, location: &str) -> Option<String> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Manifest {
            gypfile: bool,
            scripts: BTreeMap<String, String>,
        }
        let folder = self.folder.join(location);
        if folder.join("binding.gyp").exists() {
            return Some("binding.gyp".to_owned());
        }
        let text = std::fs::read(folder.join("package.json")).unwrap_or_default();
        let manifest: Manifest = serde_json::from_slice(&text).unwrap_or_default();
        if manifest.gypfile {
            return Some("gypfile".to_owned());
        }
        let scripts = ["preinstall", "install", "postinstall"];
        let scripts = scripts
            .iter()
            .filter_map(|name| manifest.scripts.get(*name));
        let builder = |script: &String| BUILDERS.iter().find(|each| script.contains(**each));
        if let Some(builder) = scripts.filter_map(builder).next() {
            return Some((*builder).to_owned());
        }
        let mut files = Vec::new();
        walk(&folder, &mut files).ok()?;
        let addon = files.iter().find(|file| extension(file) == Some("node"))?;
        Some(addon.file_name()?.to_string_lossy().into_owned())
    }

    /// The files of the packages at `locations`, by path, in order.
    ///
    /// # Errors
    /// When one cannot be read, or all are too large together.
    pub fn files(
        &self,
        locations: &BTreeSet<Location>,
    ) -> Result<BTreeMap<String, Vec<u8>>, TreeError> {
        let mut all = BTreeMap::new();
        let mut sizes = Vec::new();
        let mut total = 0;
        for location in locations {
            let mut paths = Vec::new();
            let folder = self.folder.join(location);
            walk(&folder, &mut paths).map_err(|source| unreadable(&folder, source))?;
            let mut size = 0;
            for path in paths {
                let known = extension(&path).is_some_and(|each| EXTENSIONS.contains(&each));
                let shown = path.strip_prefix(&self.folder).ok().and_then(Path::to_str);
                let Some(shown) = shown.filter(|_| known) else {
                    continue;
                };
                let metadata = path.metadata();
                let metadata = metadata.map_err(|source| unreadable(&path, source))?;
                size += metadata.len();
                total += metadata.len();
                // What is too large is only measured from here on.
                if total <= MOST_FILES.bytes() {
                    let data = std::fs::read(&path).map_err(|source| unreadable(&path, source))?;
                    all.insert(shown.to_owned(), data);
                }
            }
            sizes.push((size, location));
        }
        if total > MOST_FILES.bytes() {
            sizes.sort_by(|a, b| b.cmp(a));
            let largest = sizes.iter().take(3);
            let largest = largest.map(|(size, location)| format!("{location} {}", ByteSize(*size)));
            return Err(TreeError::TooLarge(largest.collect::<Vec<_>>().join(", ")));
        }
        Ok(all)
    }
}

fn top(name: &str) -> Location {
    format!("node_modules/{name}")
}

fn extension(path: &Path) -> Option<&str> {
    path.extension()?.to_str()
}

/// All files below `folder` that belong to this package, not to one within it. Links are not
/// followed.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type()?;
        if kind.is_dir() && entry.file_name() != "node_modules" {
            walk(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn unreadable(path: &Path, source: io::Error) -> TreeError {
    TreeError::Read {
        path: path.display().to_string(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(lock: &str) -> Tree {
        Tree {
            folder: PathBuf::new(),
            lock: serde_json::from_str(lock).unwrap(),
        }
    }

    #[test]
    fn a_package_comes_with_what_it_needs_in_the_versions_that_it_sees() {
        let tree = tree(
            r#"{"packages": {
                "": {"dependencies": {"a": "1", "c": "1"}},
                "node_modules/a": {"version": "1.0.0", "dependencies": {"b": "2", "@s/d": "1"}},
                "node_modules/a/node_modules/b": {"version": "2.0.0", "peerDependencies": {"c": "1"}},
                "node_modules/b": {"version": "1.0.0"},
                "node_modules/c": {"version": "1.2.3", "optionalDependencies": {"not-here": "1"}},
                "node_modules/@s/d": {"version": "1.0.0", "dependencies": {"a": "1", "b": "1"}}
            }}"#,
        );
        assert_eq!(
            tree.closure("a").into_iter().collect::<Vec<_>>(),
            [
                "node_modules/@s/d",
                "node_modules/a",
                "node_modules/a/node_modules/b",
                "node_modules/b",
                "node_modules/c",
            ]
        );
        assert_eq!(tree.closure("c").len(), 1);
        assert_eq!(tree.version("c"), Some("1.2.3"));
        assert_eq!(tree.version("not-here"), None);
    }

    #[test]
    fn what_is_too_large_is_not_read() {
        let folder = std::env::temp_dir().join(format!("belljar-tree-{}", std::process::id()));
        let package = folder.join("node_modules/a");
        std::fs::create_dir_all(&package).unwrap();
        std::fs::write(package.join("index.js"), "1").unwrap();
        // A hole takes no room on the disk; in memory it would.
        let large = std::fs::File::create(package.join("data.json")).unwrap();
        large.set_len(64 << 30).unwrap();
        let tree = Tree {
            folder: folder.clone(),
            ..tree(r#"{"packages": {}}"#)
        };
        let refused = tree
            .files(&["node_modules/a".to_owned()].into())
            .unwrap_err();
        std::fs::remove_dir_all(folder).unwrap();
        assert_eq!(
            refused.to_string(),
            "the packages' files amount to more than 128 MiB; the largest: node_modules/a 68719476737 bytes"
        );
    }
}
