//! The file system that one run sees: a shared read-only [`Image`] with a private [`Tmp`] mounted
//! at `/tmp`. Both are in memory; no operation reaches a file of the host.

pub mod image;
pub mod tmp;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::errno::{Errno, WasiResult};
use image::{IMAGE_ROOT, Image, ImageNode};
pub use tmp::Kind;
use tmp::{TMP_ROOT, Tmp, TmpNode};

/// Where `/tmp` hangs in the root folder.
const TMP_NAME: &str = "tmp";
/// As on Linux.
const NAME_MAX: usize = 255;
const PATH_MAX: usize = 4096;

/// Access and modification time in nanoseconds since the epoch.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    pub accessed: u64,
    pub modified: u64,
}

/// A file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    /// Read-only.
    Image(ImageNode),
    /// Private to the run.
    Tmp(TmpNode),
}

/// What `stat` tells.
#[derive(Clone, Copy, Debug)]
pub struct Stat {
    pub inode: u64,
    pub kind: Kind,
    pub size: u64,
    pub links: u32,
    pub times: Times,
}

/// The last step of a path: the folder it is in, and its name there (`None` when the path ends in
/// the folder itself: `/`, `.`, `..`).
pub struct Place<'path> {
    pub folder: Node,
    pub name: Option<&'path str>,
    /// The path ended in a slash, so only a folder will do.
    pub must_be_folder: bool,
}

/// One run's file system.
#[derive(Debug)]
pub struct FileSystem {
    image: Arc<Image>,
    tmp: Tmp,
}

impl FileSystem {
    /// The root folder.
    pub const ROOT: Node = Node::Image(IMAGE_ROOT);

    pub fn new(image: Arc<Image>, tmp: Tmp) -> Self {
        Self { image, tmp }
    }

    /// Walks `path` from `base` up to its last step. `..` at the root stays there.
    ///
    /// # Errors
    /// `Noent`, `Notdir`, `Nametoolong`.
    pub fn place<'path>(&self, base: Node, path: &'path str) -> WasiResult<Place<'path>> {
        if path.is_empty() {
            return Err(Errno::Noent);
        }
        if path.len() > PATH_MAX {
            return Err(Errno::Nametoolong);
        }
        let mut at = if path.starts_with('/') {
            Self::ROOT
        } else {
            base
        };
        let must_be_folder = path.ends_with('/');
        let mut steps = path
            .split('/')
            .filter(|s| !s.is_empty() && *s != ".")
            .peekable();
        while let Some(step) = steps.next() {
            if step.len() > NAME_MAX {
                return Err(Errno::Nametoolong);
            }
            if self.kind(at) != Kind::Folder {
                return Err(Errno::Notdir);
            }
            if step == ".." {
                at = self.parent(at);
            } else if steps.peek().is_none() {
                return Ok(Place {
                    folder: at,
                    name: Some(step),
                    must_be_folder,
                });
            } else {
                at = self.child(at, step)?;
            }
        }
        Ok(Place {
            folder: at,
            name: None,
            must_be_folder,
        })
    }

    /// The node at `path`, seen from `base`.
    ///
    /// # Errors
    /// `Noent`, `Notdir`, `Nametoolong`.
    pub fn find(&self, base: Node, path: &str) -> WasiResult<Node> {
        let place = self.place(base, path)?;
        let node = match place.name {
            Some(name) => self.child(place.folder, name)?,
            None => place.folder,
        };
        if place.must_be_folder && self.kind(node) != Kind::Folder {
            return Err(Errno::Notdir);
        }
        Ok(node)
    }

    /// The entry called `name` in `folder`.
    ///
    /// # Errors
    /// `Noent`, `Notdir`.
    pub fn child(&self, folder: Node, name: &str) -> WasiResult<Node> {
        match folder {
            Self::ROOT if name == TMP_NAME => Ok(Node::Tmp(TMP_ROOT)),
            Node::Image(node) => {
                let children = self.image.children(node).ok_or(Errno::Notdir)?;
                children
                    .get(name)
                    .copied()
                    .map(Node::Image)
                    .ok_or(Errno::Noent)
            }
            Node::Tmp(node) => {
                let children = self.tmp.children(node).ok_or(Errno::Notdir)?;
                children
                    .get(name)
                    .copied()
                    .map(Node::Tmp)
                    .ok_or(Errno::Noent)
            }
        }
    }

    fn parent(&self, node: Node) -> Node {
        match node {
            Node::Tmp(TMP_ROOT) => Self::ROOT,
            Node::Tmp(node) => Node::Tmp(self.tmp.parent(node)),
            Node::Image(node) => Node::Image(self.image.parent(node)),
        }
    }

    pub fn kind(&self, node: Node) -> Kind {
        let folder = match node {
            Node::Image(node) => self.image.children(node).is_some(),
            Node::Tmp(node) => self.tmp.children(node).is_some(),
        };
        if folder { Kind::Folder } else { Kind::File }
    }

    pub fn stat(&self, node: Node) -> Stat {
        let kind = self.kind(node);
        let size = self.data(node).map_or(0, |data| data.len() as u64);
        let (inode, links, times) = match node {
            Node::Image(node) => (u64::from(node) + 1, 1, self.image.times(node)),
            Node::Tmp(node) => (
                u64::from(node) + 1 + (1 << 32),
                self.tmp.links(node),
                self.tmp.times(node),
            ),
        };
        Stat {
            inode,
            kind,
            size,
            links,
            times,
        }
    }

    /// The bytes of a file, `Isdir` for a folder.
    pub fn data(&self, node: Node) -> WasiResult<&[u8]> {
        match node {
            Node::Image(node) => self.image.data(node),
            Node::Tmp(node) => self.tmp.data(node),
        }
        .ok_or(Errno::Isdir)
    }

    /// Whether nothing is in `/tmp`.
    pub fn tmp_is_empty(&self) -> bool {
        self.tmp.children(TMP_ROOT).is_none_or(BTreeMap::is_empty)
    }

    /// The module that only the native tier has, when `node` is a trap.
    pub fn trap(&self, node: Node) -> Option<&Arc<str>> {
        match node {
            Node::Image(node) => self.image.trap(node),
            Node::Tmp(_) => None,
        }
    }

    /// The `index`-th entry of a folder in the order of `readdir`: `.`, `..`, then by name.
    /// `None` behind the last one.
    ///
    /// # Errors
    /// `Notdir`.
    pub fn folder_entry(&self, folder: Node, index: u64) -> WasiResult<Option<(&str, Node)>> {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        if self.kind(folder) != Kind::Folder {
            return Err(Errno::Notdir);
        }
        Ok(match index {
            0 => Some((".", folder)),
            1 => Some(("..", self.parent(folder))),
            2 if folder == Self::ROOT => Some((TMP_NAME, Node::Tmp(TMP_ROOT))),
            _ => match folder {
                Node::Image(node) => {
                    let skip = if folder == Self::ROOT { 3 } else { 2 };
                    let children = self.image.children(node).into_iter().flatten();
                    children
                        .filter(|(name, _)| folder != Self::ROOT || *name != TMP_NAME)
                        .nth(index - skip)
                        .map(|(name, node)| (name.as_str(), Node::Image(*node)))
                }
                Node::Tmp(node) => {
                    let mut children = self.tmp.children(node).into_iter().flatten();
                    children
                        .nth(index - 2)
                        .map(|(name, node)| (name.as_str(), Node::Tmp(*node)))
                }
            },
        })
    }

    /// The node where it may be changed.
    ///
    /// # Errors
    /// `Rofs` outside `/tmp`.
    fn writable(node: Node) -> WasiResult<TmpNode> {
        match node {
            Node::Tmp(node) => Ok(node),
            Node::Image(_) => Err(Errno::Rofs),
        }
    }

    /// # Errors
    /// `Rofs` outside `/tmp`.
    pub fn check_writable(&self, node: Node) -> WasiResult<()> {
        Self::writable(node).map(|_| ())
    }

    /// Makes an empty file or folder. See [`Tmp::create`] for errors, `Rofs` outside `/tmp`.
    pub fn create(&mut self, folder: Node, name: &str, kind: Kind, now: u64) -> WasiResult<Node> {
        if self.child(folder, name).is_ok() {
            return Err(Errno::Exist);
        }
        let folder = Self::writable(folder)?;
        self.tmp.create(folder, name, kind, now).map(Node::Tmp)
    }

    /// Writes at an offset. See [`Tmp::write`] for errors, `Rofs` outside `/tmp`.
    pub fn write(&mut self, node: Node, offset: u64, data: &[u8], now: u64) -> WasiResult<usize> {
        self.tmp.write(Self::writable(node)?, offset, data, now)
    }

    /// Sets a file's size. See [`Tmp::resize`] for errors, `Rofs` outside `/tmp`.
    pub fn resize(&mut self, node: Node, size: u64, now: u64) -> WasiResult<()> {
        self.tmp.resize(Self::writable(node)?, size, now)
    }

    /// Removes what `place` names. See [`Tmp::remove`] for errors, `Rofs` outside `/tmp`.
    pub fn remove(&mut self, place: &Place<'_>, kind: Kind, now: u64) -> WasiResult<()> {
        let name = place.name.ok_or(Errno::Inval)?;
        if self.child(place.folder, name)? == Node::Tmp(TMP_ROOT) {
            return Err(Errno::Rofs);
        }
        self.tmp
            .remove(Self::writable(place.folder)?, name, kind, now)
    }

    /// Moves within `/tmp`. See [`Tmp::rename`] for errors, `Rofs` outside.
    pub fn rename(&mut self, from: &Place<'_>, to: &Place<'_>, now: u64) -> WasiResult<()> {
        let (from_name, to_name) = (from.name.ok_or(Errno::Inval)?, to.name.ok_or(Errno::Inval)?);
        let node = self.child(from.folder, from_name)?;
        if (from.must_be_folder || to.must_be_folder) && self.kind(node) != Kind::Folder {
            return Err(Errno::Notdir);
        }
        let (from, to) = (Self::writable(from.folder)?, Self::writable(to.folder)?);
        self.tmp.rename((from, from_name), (to, to_name), now)
    }

    /// Gives the file `node` one more name. See [`Tmp::link`] for errors, `Rofs` outside `/tmp`.
    pub fn link(&mut self, node: Node, to: &Place<'_>, now: u64) -> WasiResult<()> {
        let name = to.name.ok_or(Errno::Exist)?;
        if to.must_be_folder {
            return Err(Errno::Noent);
        }
        if self.child(to.folder, name).is_ok() {
            return Err(Errno::Exist);
        }
        let (node, folder) = (Self::writable(node)?, Self::writable(to.folder)?);
        self.tmp.link(node, folder, name, now)
    }

    /// Sets access and modification time. `Rofs` outside `/tmp`.
    pub fn set_times(&mut self, node: Node, times: Times) -> WasiResult<()> {
        self.tmp.set_times(Self::writable(node)?, times);
        Ok(())
    }

    /// See [`Tmp::take_work`].
    pub fn take_work(&mut self) -> u64 {
        self.tmp.take_work()
    }

    /// Notes one more descriptor on `node`, which keeps it alive when it is unlinked.
    pub fn opened(&mut self, node: Node) {
        if let Node::Tmp(node) = node {
            self.tmp.opened(node);
        }
    }

    /// Notes that a descriptor was closed.
    pub fn closed(&mut self, node: Node) {
        if let Node::Tmp(node) = node {
            self.tmp.closed(node);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::budget::{MemoryBudget, Share};
    use super::*;

    fn file_system() -> FileSystem {
        let mut image = Image::default();
        image
            .add_file(&["usr", "share", "zone"], b"tz".to_vec(), 0)
            .unwrap();
        image.add_file(&["top"], b"t".to_vec(), 0).unwrap();
        let budget = Arc::new(MemoryBudget::new(1 << 20));
        FileSystem::new(Arc::new(image), Tmp::new(1000, 10, Share::of(&budget)))
    }

    #[test]
    fn no_path_leads_above_the_root() {
        let fs = file_system();
        for path in [
            "..",
            "/..",
            "../../..",
            "usr/../../..",
            "/usr/share/../../../..",
            "tmp/..",
        ] {
            assert_eq!(
                fs.find(FileSystem::ROOT, path),
                Ok(FileSystem::ROOT),
                "{path}"
            );
        }
    }

    #[test]
    fn the_image_cannot_be_changed() {
        let mut fs = file_system();
        let zone = fs.find(FileSystem::ROOT, "usr/share/zone").unwrap();
        assert_eq!(fs.write(zone, 0, b"x", 0), Err(Errno::Rofs));
        assert_eq!(fs.resize(zone, 0, 0), Err(Errno::Rofs));
        assert_eq!(
            fs.create(FileSystem::ROOT, "new", Kind::File, 0),
            Err(Errno::Rofs)
        );
        for name in ["top", "tmp"] {
            let place = fs.place(FileSystem::ROOT, name).unwrap();
            assert_eq!(fs.remove(&place, Kind::File, 0), Err(Errno::Rofs), "{name}");
        }
    }

    #[test]
    fn a_file_lives_under_each_of_its_names() {
        let mut fs = file_system();
        let tmp = fs.find(FileSystem::ROOT, "/tmp").unwrap();
        let file = fs.create(tmp, "a", Kind::File, 0).unwrap();
        fs.write(file, 0, b"x", 0).unwrap();
        for name in ["tmp/b", "tmp/c"] {
            let place = fs.place(FileSystem::ROOT, name).unwrap();
            fs.link(file, &place, 0).unwrap();
            assert_eq!(fs.link(file, &place, 0), Err(Errno::Exist));
        }
        assert_eq!(fs.stat(file).links, 3);
        for name in ["tmp/a", "tmp/b"] {
            let place = fs.place(FileSystem::ROOT, name).unwrap();
            fs.remove(&place, Kind::File, 0).unwrap();
        }
        assert_eq!(fs.find(FileSystem::ROOT, "tmp/c"), Ok(file));
        assert_eq!(fs.data(file), Ok(&b"x"[..]));
        assert_eq!(fs.stat(file).links, 1);
    }

    #[test]
    fn names_of_one_file_count_towards_the_limit() {
        let mut fs = file_system();
        let tmp = fs.find(FileSystem::ROOT, "/tmp").unwrap();
        let file = fs.create(tmp, "0", Kind::File, 0).unwrap();
        let mut link = |name: &str| {
            let place = fs.place(tmp, name).unwrap();
            fs.link(file, &place, 0)
        };
        for name in 1..10 {
            assert_eq!(link(&name.to_string()), Ok(()));
        }
        assert_eq!(link("10"), Err(Errno::Nospc));
        let place = fs.place(tmp, "5").unwrap();
        fs.remove(&place, Kind::File, 0).unwrap();
        assert!(fs.create(tmp, "other", Kind::File, 0).is_ok());
        assert_eq!(fs.create(tmp, "last", Kind::File, 0), Err(Errno::Nospc));
    }

    #[test]
    fn folders_list_everything_once() {
        let mut fs = file_system();
        let tmp = fs.find(FileSystem::ROOT, "/tmp").unwrap();
        fs.create(tmp, "b", Kind::File, 0).unwrap();
        fs.create(tmp, "a", Kind::Folder, 0).unwrap();
        let list = |folder| {
            (0..)
                .map_while(|i| {
                    fs.folder_entry(folder, i)
                        .unwrap()
                        .map(|(name, _)| name.to_owned())
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(list(FileSystem::ROOT), [".", "..", "tmp", "top", "usr"]);
        assert_eq!(list(tmp), [".", "..", "a", "b"]);
    }

    #[test]
    fn a_removed_folder_that_is_still_open_leads_nowhere() {
        let mut fs = file_system();
        let tmp = fs.find(FileSystem::ROOT, "/tmp").unwrap();
        let outer = fs.create(tmp, "outer", Kind::Folder, 0).unwrap();
        let inner = fs.create(outer, "inner", Kind::Folder, 0).unwrap();
        fs.opened(inner);
        for path in ["tmp/outer/inner", "tmp/outer"] {
            let place = fs.place(FileSystem::ROOT, path).unwrap();
            fs.remove(&place, Kind::Folder, 0).unwrap();
        }
        assert_eq!(fs.find(inner, "../../.."), Ok(inner));
        assert_eq!(fs.create(inner, "x", Kind::File, 0), Err(Errno::Noent));
        fs.closed(inner);
    }
}
