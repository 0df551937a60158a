//! A folder of a zygote's in which its children have folders of their own, where the kernel lets
//! nobody mount a file system for each of them.
//!
//! Guarantee: it goes with the zygote; what a killed jailer left behind goes when the next one starts.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::packages::leftovers;

const PREFIX: &str = "belljar-scratch-";
/// Anyone may make an entry, nobody list or take away those of others.
const MODE: u32 = 0o1733;
/// Folders within folders: looking at each of them takes a descriptor.
const DEEPEST: usize = 100;
/// How often a running program's folder is measured.
const LOOK: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// # Errors
    /// When there is no place for temporary files.
    pub fn new() -> io::Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // What is there already may be somebody else's: then this fails.
        DirBuilder::new().mode(0o700).create(&path)?;
        fs::set_permissions(&path, Permissions::from_mode(MODE))?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where the child with this number has its files, if it has any here.
    pub fn of_child(&self, child: u64) -> PathBuf {
        self.0.join(child.to_string())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = leftovers::remove(&self.0);
    }
}

/// Removes what jailers of this user left that are no more.
pub fn remove_leftovers() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        let Some(pid) = pid.and_then(|rest| rest.split('-').next()) else {
            continue;
        };
        let is_ours = entry
            .metadata()
            .is_ok_and(|found| found.uid() == nix::unistd::geteuid().as_raw());
        if is_ours && !Path::new("/proc").join(pid).exists() {
            let _ = leftovers::remove(&entry.path());
        }
    }
}

/// Ready when more than so many bytes or entries are in `folder`.
pub async fn over(folder: &Path, bytes: u64, entries: u32) {
    loop {
        tokio::time::sleep(LOOK).await;
        let mut left = (bytes, u64::from(entries));
        if !fits(folder, DEEPEST, &mut left) {
            return;
        }
    }
}

/// Whether what is in `folder` fits into what is `left`. Looks at no more than that. What cannot be
/// looked at, or lies deeper than so many folders, does not fit: it would be out of sight.
fn fits(folder: &Path, deepest: usize, left: &mut (u64, u64)) -> bool {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        // It was removed meanwhile.
        Err(error) => return error.kind() == io::ErrorKind::NotFound,
    };
    for entry in entries.flatten() {
        // Of the entry itself: links lead anywhere.
        let Ok(found) = entry.metadata() else {
            continue;
        };
        let size = found.blocks().saturating_mul(512);
        let (Some(bytes), Some(count)) = (left.0.checked_sub(size), left.1.checked_sub(1)) else {
            return false;
        };
        *left = (bytes, count);
        if !found.is_dir() {
            continue;
        }
        let within = deepest.checked_sub(1);
        if within.is_none_or(|deepest| !fits(&entry.path(), deepest, left)) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_measured_with_all_below_it_and_goes_in_the_end() {
        let scratch = Scratch::new().unwrap();
        let folder = scratch.of_child(7);
        fs::create_dir_all(folder.join("a/b")).unwrap();
        fs::write(folder.join("a/b/c"), vec![1; 100_000]).unwrap();
        std::os::unix::fs::symlink("/", folder.join("everything")).unwrap();
        assert!(fits(&folder, 2, &mut (200_000, 4)));
        assert!(!fits(&folder, 1, &mut (200_000, 4)));
        assert!(!fits(&folder, 2, &mut (200_000, 3)));
        assert!(!fits(&folder, 2, &mut (90_000, 4)));
        let path = scratch.path().to_owned();
        drop(scratch);
        assert!(!path.exists());
    }

    #[test]
    fn what_a_dead_jailer_left_is_removed_and_nothing_else() {
        // No process has this number.
        let left = std::env::temp_dir().join(format!("{PREFIX}{}-0", i32::MAX));
        fs::create_dir_all(left.join("1")).unwrap();
        let living = Scratch::new().unwrap();
        remove_leftovers();
        assert!(!left.exists());
        assert!(living.path().exists());
    }
}
