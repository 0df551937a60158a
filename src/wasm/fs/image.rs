//! The read-only part of every guest's file system.
//!
//! Built once at start from tar archives and folders and shared by all instances. It lives in
//! memory: while programs run, no guest operation ever reaches a file of the host.
//!
//! A trap is a file that is there to be found, and ends the run of whoever opens it.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Component;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use cap_std::fs::Dir;

use super::Times;

/// The index of a node within its [`Image`].
pub type ImageNode = u32;

/// The root folder of every image.
pub const IMAGE_ROOT: ImageNode = 0;

/// Why an image could not be built.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    #[error("cannot read the archive: {0}")]
    Read(#[from] std::io::Error),
    #[error("cannot read `{path}`: {source}")]
    Host {
        path: String,
        source: std::io::Error,
    },
    #[error("entry `{0}` is neither a file nor a folder, or its path leaves the archive")]
    Entry(String),
}

#[derive(Debug)]
enum Content {
    Folder(BTreeMap<String, ImageNode>),
    File(Arc<[u8]>),
    /// Stands for a module that only the native tier has, by this name.
    Trap(Arc<str>),
}

#[derive(Debug)]
struct Entry {
    parent: ImageNode,
    content: Content,
    /// Seconds since the epoch.
    modified: u64,
}

/// 1 January 1980, before which zip archives know no time. What has no time of its own, or an
/// earlier one, has this.
const EARLIEST: u64 = 315_532_800;

/// An immutable tree of folders and files.
#[derive(Debug)]
pub struct Image {
    entries: Vec<Entry>,
}

impl Default for Image {
    /// An image that holds only its root folder.
    fn default() -> Self {
        Self {
            entries: vec![Entry {
                parent: IMAGE_ROOT,
                content: Content::Folder(BTreeMap::new()),
                modified: EARLIEST,
            }],
        }
    }
}

impl Image {
    /// Adds the files and folders of a tar archive.
    ///
    /// # Errors
    /// When the archive cannot be read, or holds links, devices or paths that leave it.
    pub fn add_tar(&mut self, archive: impl Read) -> Result<(), ImageError> {
        let mut archive = tar::Archive::new(archive);
        for entry in archive.entries()? {
            let mut entry = entry?;
            let path = entry.path()?.into_owned();
            let shown = path.display().to_string();
            let mut names = Vec::new();
            for component in path.components() {
                match component {
                    Component::Normal(name) => {
                        names.push(
                            name.to_str()
                                .ok_or_else(|| ImageError::Entry(shown.clone()))?,
                        );
                    }
                    Component::CurDir => {}
                    _ => return Err(ImageError::Entry(shown)),
                }
            }
            let kind = entry.header().entry_type();
            if kind.is_dir() {
                self.folder(&names).ok_or(ImageError::Entry(shown))?;
            } else if kind.is_file() {
                let mut data = Vec::new();
                entry.read_to_end(&mut data)?;
                let modified = entry.header().mtime()?;
                self.add_file(&names, data, modified)
                    .ok_or(ImageError::Entry(shown))?;
            } else {
                return Err(ImageError::Entry(shown));
            }
        }
        Ok(())
    }

    /// Copies a folder of the host, as it is now, to `at`. Links to files within it are followed.
    ///
    /// # Errors
    /// When something in it cannot be read, or is neither a file nor a folder.
    pub fn add_dir(&mut self, at: &[&str], folder: &Dir) -> Result<(), ImageError> {
        let shown = || at.join("/");
        let host = |source| ImageError::Host {
            path: shown(),
            source,
        };
        self.folder(at).ok_or_else(|| ImageError::Entry(shown()))?;
        for entry in folder.entries().map_err(host)? {
            let name = entry.map_err(host)?.file_name();
            let path = at.iter().copied().chain(name.to_str()).collect::<Vec<_>>();
            let shown = path.join("/");
            let host = |source| ImageError::Host {
                path: shown.clone(),
                source,
            };
            let is_link = folder.symlink_metadata(&name).map_err(host)?.is_symlink();
            let metadata = folder.metadata(&name).map_err(host)?;
            if name.to_str().is_none() {
                return Err(ImageError::Entry(format!("{shown}/{}", name.display())));
            } else if metadata.is_dir() && !is_link {
                self.add_dir(&path, &folder.open_dir(&name).map_err(host)?)?;
            } else if metadata.is_file() {
                let data = folder.read(&name).map_err(host)?;
                // Python trusts a `.pyc` only if it names its source's time.
                let modified = metadata.modified().map_err(host)?.into_std();
                let modified = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
                self.add_file(&path, data, modified.as_secs())
                    .ok_or(ImageError::Entry(shown))?;
            } else {
                return Err(ImageError::Entry(shown));
            }
        }
        Ok(())
    }

    /// Adds one file, last changed `modified` seconds after the epoch, with the folders above it;
    /// `None` when a file stands where a folder must.
    pub fn add_file(
        &mut self,
        path: &[&str],
        data: impl Into<Arc<[u8]>>,
        modified: u64,
    ) -> Option<()> {
        self.add(path, Content::File(data.into()), modified)
    }

    /// Puts a trap in the place of a file, with the folders above it: opening it ends the run, which
    /// needs the native tier for `module`. `None` when a file stands where a folder must.
    pub fn add_trap(&mut self, path: &[&str], module: &str) -> Option<()> {
        self.add(path, Content::Trap(module.into()), EARLIEST)
    }

    fn add(&mut self, path: &[&str], content: Content, modified: u64) -> Option<()> {
        let (name, folders) = path.split_last()?;
        let parent = self.folder(folders)?;
        let node = self.entries.len() as ImageNode;
        self.entries.push(Entry {
            parent,
            content,
            modified: modified.max(EARLIEST),
        });
        let Content::Folder(children) = &mut self.entries[parent as usize].content else {
            return None;
        };
        children.insert((*name).to_owned(), node);
        Some(())
    }

    /// Finds or makes a folder; `None` when a file stands in the way.
    pub fn folder(&mut self, path: &[&str]) -> Option<ImageNode> {
        let mut at = IMAGE_ROOT;
        for name in path {
            let fresh = self.entries.len() as ImageNode;
            let Content::Folder(children) = &mut self.entries[at as usize].content else {
                return None;
            };
            let next = *children.entry((*name).to_owned()).or_insert(fresh);
            if next == fresh {
                self.entries.push(Entry {
                    parent: at,
                    content: Content::Folder(BTreeMap::new()),
                    modified: EARLIEST,
                });
            }
            at = next;
        }
        self.children(at).map(|_| at)
    }

    pub fn times(&self, node: ImageNode) -> Times {
        let modified = self.entries[node as usize]
            .modified
            .saturating_mul(1_000_000_000);
        Times {
            accessed: modified,
            modified,
        }
    }

    /// The folder that holds `node`; the root holds itself.
    pub fn parent(&self, node: ImageNode) -> ImageNode {
        self.entries[node as usize].parent
    }

    /// The entries of a folder by name, `None` for a file.
    pub fn children(&self, node: ImageNode) -> Option<&BTreeMap<String, ImageNode>> {
        match &self.entries[node as usize].content {
            Content::Folder(children) => Some(children),
            Content::File(_) | Content::Trap(_) => None,
        }
    }

    /// The bytes of a file, `None` for a folder.
    pub fn data(&self, node: ImageNode) -> Option<&[u8]> {
        match &self.entries[node as usize].content {
            Content::Folder(_) => None,
            Content::File(data) => Some(data),
            Content::Trap(_) => Some(&[]),
        }
    }

    /// The module that a trap stands for.
    pub fn trap(&self, node: ImageNode) -> Option<&Arc<str>> {
        match &self.entries[node as usize].content {
            Content::Trap(module) => Some(module),
            Content::Folder(_) | Content::File(_) => None,
        }
    }
}
