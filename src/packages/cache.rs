//! The folder in which sets of packages are kept: each a compiled runtime in a folder of its own,
//! named by what it was made from, and a note which of them the requirements file stands for.
//!
//! Whatever is half done is in a folder `work-…`; a set appears, and the note changes, by renaming.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde::{Deserialize, Serialize};

use crate::program::{Language, Package};
use crate::wasm::artifact::{self, Description};

const CURRENT: &str = "current.json";
const SETS: &str = "sets";
const NPM: &str = "npm";
const WORK: &str = "work-";
const LOCK: &str = "lock";

#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    #[error("cannot write to the packages' folder `{}`: {source} (packages.cache)", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("another `belljar packages install` is at work in `{}`", .0.display())]
    Busy(PathBuf),
}

/// Which set the requirements file stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Current {
    /// SHA-256 of the requirements file.
    pub requirements: String,
    /// What the runtime without packages was made from.
    pub base: String,
    /// The set's folder.
    pub set: String,
}

/// The folder of sets.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

/// Held while a set is made.
pub struct Turn(#[expect(dead_code, reason = "holds the lock")] File);

impl Cache {
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// npm's own cache.
    pub fn npm(&self) -> PathBuf {
        self.folder.join(NPM)
    }

    /// The set made for these requirements and this runtime, if there is one. Its files are checked
    /// when it is loaded.
    pub fn fitting(&self, requirements: &str, base: &str) -> Option<Dir> {
        let text = fs::read(self.folder.join(CURRENT)).ok()?;
        let current: Current = serde_json::from_slice(&text).ok()?;
        if (current.requirements.as_str(), current.base.as_str()) != (requirements, base) {
            return None;
        }
        self.open(&current.set).map(|(folder, _)| folder)
    }

    fn open(&self, key: &str) -> Option<(Dir, Description)> {
        let path = self.folder.join(SETS).join(key);
        let folder = Dir::open_ambient_dir(path, ambient_authority()).ok()?;
        let description = artifact::describe(&folder, Language::Nodejs).ok()?;
        Some((folder, description))
    }

    /// What the set called `key` is, if it is there and whole.
    pub fn set(&self, key: &str) -> Option<Description> {
        let (folder, description) = self.open(key)?;
        artifact::intact(&folder, Language::Nodejs, &description).then_some(description)
    }

    /// Whether sets can be kept here; makes the folder.
    ///
    /// # Errors
    /// [`CacheError::Write`].
    pub fn prepare(&self) -> Result<(), CacheError> {
        let sets = self.folder.join(SETS);
        fs::create_dir_all(&sets).map_err(|source| self.unwritable(source))?;
        let probe = self
            .folder
            .join(format!("{WORK}{}-probe", std::process::id()));
        fs::create_dir(&probe)
            .and_then(|()| fs::remove_dir(&probe))
            .map_err(|source| self.unwritable(source))
    }

    /// The right to make a set, until it is dropped. What earlier ones left half done is removed.
    ///
    /// # Errors
    /// When someone else has it, or the folder cannot be written.
    pub fn turn(&self) -> Result<Turn, CacheError> {
        self.prepare()?;
        let lock =
            File::create(self.folder.join(LOCK)).map_err(|source| self.unwritable(source))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(CacheError::Busy(self.folder.clone())),
            Err(TryLockError::Error(source)) => return Err(self.unwritable(source)),
        }
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(WORK) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        Ok(Turn(lock))
    }

    /// A fresh folder that only its owner may read, removed when dropped.
    ///
    /// # Errors
    /// [`CacheError::Write`].
    pub fn work(&self, name: &str) -> Result<Work, CacheError> {
        use std::os::unix::fs::DirBuilderExt as _;
        let path = self
            .folder
            .join(format!("{WORK}{}-{name}", std::process::id()));
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|source| self.unwritable(source))?;
        Ok(Work(path))
    }

    /// Makes the runtime in `work` the set called `key`.
    ///
    /// # Errors
    /// [`CacheError::Write`].
    pub fn keep(&self, work: &Work, key: &str) -> Result<(), CacheError> {
        let place = self.folder.join(SETS).join(key);
        // One that is damaged.
        let _ = fs::remove_dir_all(&place);
        fs::rename(&work.0, place).map_err(|source| self.unwritable(source))
    }

    /// Makes a set the current one and removes those that are neither this nor the one before:
    /// servers that run have theirs mapped already.
    ///
    /// # Errors
    /// [`CacheError::Write`].
    pub fn choose(&self, current: &Current) -> Result<(), CacheError> {
        let note = self.folder.join(CURRENT);
        let before = fs::read(&note).unwrap_or_default();
        let before = serde_json::from_slice(&before).map(|current: Current| current.set);
        let text = serde_json::to_vec_pretty(current).expect("a note is plain data");
        let fresh = self.folder.join(format!("{CURRENT}.new"));
        fs::write(&fresh, text)
            .and_then(|()| fs::rename(&fresh, &note))
            .map_err(|source| self.unwritable(source))?;
        let kept = [Some(&current.set), before.as_ref().ok()];
        let sets = fs::read_dir(self.folder.join(SETS)).into_iter().flatten();
        for entry in sets.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if !kept.contains(&Some(&name)) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        Ok(())
    }

    fn unwritable(&self, source: io::Error) -> CacheError {
        CacheError::Write {
            path: self.folder.clone(),
            source,
        }
    }
}

/// A folder that is removed when dropped, unless it was kept.
#[derive(Debug)]
pub struct Work(PathBuf);

impl Work {
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The packages of a set, as its runtime's description lists them.
pub fn packages(set: &Dir) -> Vec<Package> {
    artifact::describe(set, Language::Nodejs)
        .map(|description| description.packages)
        .unwrap_or_default()
}
