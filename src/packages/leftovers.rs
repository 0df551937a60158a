//! What an installer left behind in its work folder, once none of its processes runs any more:
//! foreign code had a hand in it.
//!
//! Guarantees: after [`take_back`] the folder holds only folders, plain files and links that lead
//! to within; all belong to this process's user, nobody else may change them, none of them gives
//! its privileges to who starts it; their number and depth are bounded. No link is followed on the
//! way, and [`clear`] removes any tree, however deep.

use std::fs::{self, DirEntry, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, lchown};
use std::path::{Component, Path, PathBuf};

use crate::hardening::Identity;

/// Files and folders of the largest sets by far.
const MOST_ENTRIES: usize = 1_000_000;
/// Folders within folders.
const DEEPEST: usize = 100;

#[derive(Debug, thiserror::Error)]
pub enum LeftoverError {
    #[error("cannot take over `{}`: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("it left `{}`, which is neither a file nor a folder", .0.display())]
    Special(PathBuf),
    #[error("it left the link `{}` to `{}`, outside of what it installed", .0.display(), .1.display())]
    Outward(PathBuf, PathBuf),
    #[error("it left more than {MOST_ENTRIES} files")]
    Many,
    #[error("it left folders within folders more than {DEEPEST} deep")]
    Deep,
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> LeftoverError {
    let path = path.to_owned();
    move |source| LeftoverError::Io { path, source }
}

/// Gives a folder and what is in it to the installer. What has another name elsewhere is left out:
/// it may be somebody's file.
///
/// # Errors
/// When this process may not.
pub fn give(folder: &Path, to: Identity) -> Result<(), LeftoverError> {
    walk(folder, Trouble::Ends, &mut |path, metadata| {
        let other_names = metadata.is_file() && metadata.nlink() > 1;
        if other_names || (metadata.uid(), metadata.gid()) == (to.uid, to.gid) {
            return Ok(());
        }
        lchown(path, Some(to.uid), Some(to.gid)).map_err(failed(path))
    })
}

/// Takes `folder` and what is in it back.
///
/// # Errors
/// When there is something in it that no package consists of.
pub fn take_back(folder: &Path, to: Identity) -> Result<(), LeftoverError> {
    walk(folder, Trouble::Ends, &mut |path, metadata| {
        let kind = metadata.file_type();
        if !kind.is_dir() && !kind.is_file() && !kind.is_symlink() {
            return Err(LeftoverError::Special(path.to_owned()));
        }
        if (metadata.uid(), metadata.gid()) != (to.uid, to.gid) {
            lchown(path, Some(to.uid), Some(to.gid)).map_err(failed(path))?;
        }
        if kind.is_symlink() {
            let target = fs::read_link(path).map_err(failed(path))?;
            let within = path.strip_prefix(folder).unwrap_or(path);
            return match leads_within(within, &target) {
                true => Ok(()),
                false => Err(LeftoverError::Outward(path.to_owned(), target)),
            };
        }
        let mode = metadata.mode() & 0o7777;
        let safe = if path == folder {
            (mode | 0o700) & 0o755
        } else if kind.is_dir() {
            0o755
        } else {
            0o644 | (mode & 0o111)
        };
        if safe != mode {
            fs::set_permissions(path, Permissions::from_mode(safe)).map_err(failed(path))?;
        }
        Ok(())
    })
}

/// Whether a link at `link`, a path within a folder, stays in the folder with this target, whatever
/// the folders on its way are.
fn leads_within(link: &Path, target: &Path) -> bool {
    let mut depth = link.components().count().saturating_sub(1);
    let mut down = false;
    for part in target.components() {
        match part {
            Component::Normal(_) => down = true,
            Component::CurDir => {}
            // What comes before it may be another link, and then up is somewhere else.
            Component::ParentDir if depth > 0 && !down => depth -= 1,
            _ => return false,
        }
    }
    true
}

/// What becomes of a walk that comes to something it cannot look at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Ends,
    /// Where others change the tree at the same time.
    IsPassed,
}

/// Calls `each` for `folder` and all that is in it, folders before what they hold.
fn walk(
    folder: &Path,
    trouble: Trouble,
    each: &mut dyn FnMut(&Path, &Metadata) -> Result<(), LeftoverError>,
) -> Result<(), LeftoverError> {
    let passed = trouble == Trouble::IsPassed;
    let metadata = fs::symlink_metadata(folder).map_err(failed(folder))?;
    each(folder, &metadata)?;
    let mut open = vec![(folder.to_owned(), 0)];
    let mut count = 0;
    while let Some((folder, depth)) = open.pop() {
        if depth > DEEPEST {
            return Err(LeftoverError::Deep);
        }
        let entries = match fs::read_dir(&folder) {
            Err(_) if passed => continue,
            entries => entries.map_err(failed(&folder))?,
        };
        for entry in entries {
            let found = entry.and_then(|entry| Ok((entry.path(), entry.metadata()?)));
            let (path, metadata) = match found {
                Err(_) if passed => continue,
                found => found.map_err(failed(&folder))?,
            };
            count += 1;
            if count > MOST_ENTRIES {
                return Err(LeftoverError::Many);
            }
            each(&path, &metadata)?;
            if metadata.is_dir() {
                open.push((path, depth + 1));
            }
        }
    }
    Ok(())
}

/// How much is in these folders. What cannot be looked at, or is
/// gone meanwhile, counts as nothing; beyond `DEEPEST` and `MOST_ENTRIES` it is too much.
pub fn weigh(folders: &[&Path]) -> Weight {
    let mut weight = Weight::default();
    for folder in folders {
        let counted = walk(folder, Trouble::IsPassed, &mut |_, metadata| {
            weight.bytes += metadata.blocks() * 512;
            Ok(())
        });
        weight.beyond |= matches!(counted, Err(LeftoverError::Deep | LeftoverError::Many));
    }
    weight
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// On the disk.
    pub bytes: u64,
    /// There is more than was counted.
    pub beyond: bool,
}

/// Removes all that is in `folder`. Folders within folders are moved up first, so that no path gets
/// long, whatever was built there.
///
/// # Errors
/// When something cannot be removed; the rest is gone.
pub fn clear(folder: &Path) -> io::Result<()> {
    // Names that nothing has: whoever built the tree cannot know them.
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let mut number = u128::from_ne_bytes(random) >> 1;
    loop {
        let entries: Vec<DirEntry> = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?.collect::<Result<_, _>>()?,
        };
        if entries.is_empty() {
            return Ok(());
        }
        for entry in entries {
            let path = entry.path();
            if !entry.file_type()?.is_dir() {
                fs::remove_file(&path)?;
                continue;
            }
            open_up(&path);
            for inner in fs::read_dir(&path)? {
                let inner = inner?;
                if !inner.file_type()?.is_dir() {
                    fs::remove_file(inner.path())?;
                    continue;
                }
                open_up(&inner.path());
                number += 1;
                fs::rename(inner.path(), folder.join(format!("{number:x}")))?;
            }
            fs::remove_dir(&path)?;
        }
    }
}

/// Removes `path`, whatever it is, if it is there.
///
/// # Errors
/// As [`clear`].
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Ok(metadata) if metadata.is_dir() => {
            open_up(path);
            clear(path)?;
            fs::remove_dir(path)
        }
        _ => fs::remove_file(path),
    }
}

/// So that an ordinary user gets in.
fn open_up(folder: &Path) {
    let _ = fs::set_permissions(folder, Permissions::from_mode(0o700));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_judged_by_where_they_lead() {
        let leads = |link: &str, target: &str| leads_within(Path::new(link), Path::new(target));
        assert!(leads("a/b/link", "../c"));
        assert!(leads("a/b/link", "../../c/./d"));
        assert!(leads("link", "c"));
        for target in ["/etc", "../..", "../../../etc/passwd", "other-link/.."] {
            assert!(!leads("a/link", target), "{target}");
        }
    }

    #[test]
    fn the_deepest_tree_is_removed() {
        let folder = std::env::temp_dir().join(format!("belljar-deep-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        // Built from its end, as no path could name it.
        let inner = folder.join("inner");
        for _ in 0..5000 {
            let outer = folder.join("outer");
            fs::create_dir(&outer).unwrap();
            fs::write(outer.join("file"), "x").unwrap();
            if inner.exists() {
                fs::rename(&inner, outer.join("inner")).unwrap();
            }
            fs::rename(&outer, &inner).unwrap();
        }
        assert!(weigh(&[&folder]).beyond);
        clear(&folder).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        fs::remove_dir(&folder).unwrap();
    }
}
