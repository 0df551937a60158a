//! A folder in which sets of one language's packages are kept: each in a folder of its own, named by
//! what it was made from, and a note which of them the requirements file stands for.
//!
//! At most two sets stay: the current one and the one before. Whatever is half done is in a folder `work-…`; a set appears, and the note changes, by renaming.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use nix::sys::statvfs::statvfs;
use serde::{Deserialize, Serialize};

use super::leftovers;
use crate::program::Language;
use crate::units::ByteSize;

const CURRENT: &str = "current.json";
const SETS: &str = "sets";
const PYTHON: &str = "python";
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
    /// SHA-256 of the requirements; empty when it was made for none, since theirs could not be.
    pub requirements: String,
    /// What it was made with besides them: the runtime without packages, and this program.
    pub base: String,
    /// The machine's interpreter that it fits, where there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub interpreter: String,
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
    /// Where sets of this language's packages are, below `packages.cache`.
    pub fn new(packages_cache: &Path, language: Language) -> Self {
        let folder = match language {
            Language::Nodejs => packages_cache.to_owned(),
            Language::Python3 => packages_cache.join(PYTHON),
        };
        Self { folder }
    }

    /// A folder in it that is not a set's.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The note, if there is one.
    pub fn current(&self) -> Option<Current> {
        let text = fs::read(self.folder.join(CURRENT)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Where the set called `key` is, or would be.
    pub fn set(&self, key: &str) -> PathBuf {
        self.folder.join(SETS).join(key)
    }

    /// How much more fits on its disk.
    pub fn free(&self) -> Option<ByteSize> {
        let disk = statvfs(&self.folder).ok()?;
        let blocks = disk.blocks_available();
        Some(ByteSize(blocks.saturating_mul(disk.fragment_size())))
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
                let _ = leftovers::remove(&entry.path());
            }
        }
        Ok(Turn(lock))
    }

    /// A fresh folder that only its owner may read, removed when dropped.
    ///
    /// # Errors
    /// [`CacheError::Write`].
    pub fn work(&self, name: &str) -> Result<Work, CacheError> {
        let path = self
            .folder
            .join(format!("{WORK}{}-{name}", std::process::id()));
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|source| self.unwritable(source))?;
        Ok(Work(path))
    }

    /// Makes what is in `work` the set called `key`, which everybody may read: a strict server opens it as
    /// a user of its own.
    ///
    /// # Errors
    /// [`CacheError::Write`].
    pub fn keep(&self, work: &Work, key: &str) -> Result<(), CacheError> {
        let place = self.set(key);
        // One that is damaged.
        let _ = fs::remove_dir_all(&place);
        let readable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&work.0, readable)
            .and_then(|()| fs::rename(&work.0, place))
            .map_err(|source| self.unwritable(source))
    }

    /// Makes a set the current one and removes those that are neither this nor the one before:
    /// servers that run have theirs mapped already.
    ///
    /// # Errors
    /// [`CacheError::Write`].
    pub fn choose(&self, current: &Current) -> Result<(), CacheError> {
        let note = self.folder.join(CURRENT);
        let before = self.current().map(|before| before.set);
        let text = serde_json::to_vec_pretty(current).expect("a note is plain data");
        let fresh = self.folder.join(format!("{CURRENT}.new"));
        fs::write(&fresh, text)
            .and_then(|()| fs::rename(&fresh, &note))
            .map_err(|source| self.unwritable(source))?;
        let kept = [Some(&current.set), before.as_ref()];
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
        // Foreign code may have worked in it.
        let _ = leftovers::remove(&self.0);
    }
}
