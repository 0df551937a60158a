//! The writable `/tmp` of one run: in memory, bounded in bytes and in entries, gone with the run.

use std::collections::BTreeMap;

use super::super::budget::Share;
use super::super::errno::{Errno, WasiResult};
use super::Times;

/// The index of a node within its [`Tmp`].
pub type TmpNode = u32;

/// `/tmp` itself.
pub const TMP_ROOT: TmpNode = 0;

#[derive(Debug)]
enum Content {
    Folder(BTreeMap<String, TmpNode>),
    File(Vec<u8>),
}

#[derive(Debug)]
struct Entry {
    /// The folder that holds it; itself for the root and for what was unlinked. Of a file with
    /// several names, the folder of one of them.
    parent: TmpNode,
    content: Content,
    times: Times,
    /// Open descriptors. An unlinked entry lives until the last one is closed, as in POSIX.
    open: u32,
    /// Names in folders.
    links: u32,
}

/// The private, bounded, in-memory file tree of one run.
#[derive(Debug)]
pub struct Tmp {
    entries: Vec<Option<Entry>>,
    free: Vec<TmpNode>,
    /// Names of files beyond the first one of each.
    more_names: usize,
    bytes: u64,
    max_bytes: u64,
    max_entries: usize,
    share: Share,
    /// Bytes made or freed since this was last taken; see [`Tmp::take_work`].
    work: u64,
}

impl Tmp {
    /// An empty `/tmp` for at most `max_bytes` of file content in at most `max_entries` files and
    /// folders, as long as all programs together leave room for it.
    pub fn new(max_bytes: u64, max_entries: u32, share: Share) -> Self {
        let root = Entry {
            parent: TMP_ROOT,
            content: Content::Folder(BTreeMap::new()),
            times: Times::default(),
            open: 0,
            links: 1,
        };
        Self {
            entries: vec![Some(root)],
            free: Vec::new(),
            more_names: 0,
            bytes: 0,
            max_bytes,
            max_entries: max_entries as usize,
            share,
            work: 0,
        }
    }

    /// Bytes of memory made or freed since the last call, for which a run has to pay: a single
    /// write far behind the end of a file makes all that lies between.
    pub fn take_work(&mut self) -> u64 {
        std::mem::take(&mut self.work)
    }

    fn entry(&self, node: TmpNode) -> &Entry {
        self.entries[node as usize]
            .as_ref()
            .expect("a node that is linked or open exists")
    }

    fn entry_mut(&mut self, node: TmpNode) -> &mut Entry {
        self.entries[node as usize]
            .as_mut()
            .expect("a node that is linked or open exists")
    }

    pub fn parent(&self, node: TmpNode) -> TmpNode {
        self.entry(node).parent
    }

    pub fn times(&self, node: TmpNode) -> Times {
        self.entry(node).times
    }

    /// How many names a file or folder has.
    pub fn links(&self, node: TmpNode) -> u32 {
        self.entry(node).links
    }

    pub fn set_times(&mut self, node: TmpNode, times: Times) {
        self.entry_mut(node).times = times;
    }

    /// The entries of a folder by name, `None` for a file.
    pub fn children(&self, node: TmpNode) -> Option<&BTreeMap<String, TmpNode>> {
        match &self.entry(node).content {
            Content::Folder(children) => Some(children),
            Content::File(_) => None,
        }
    }

    /// The bytes of a file, `None` for a folder.
    pub fn data(&self, node: TmpNode) -> Option<&[u8]> {
        match &self.entry(node).content {
            Content::Folder(_) => None,
            Content::File(data) => Some(data),
        }
    }

    /// Whether no further name fits.
    fn is_full(&self) -> bool {
        self.entries.len() - self.free.len() + self.more_names > self.max_entries
    }

    /// Gives a file one more name.
    ///
    /// # Errors
    /// `Perm` for a folder, `Exist`, `Notdir`, `Nospc` at the limit of entries, `Noent` in a
    /// removed folder.
    pub fn link(&mut self, node: TmpNode, folder: TmpNode, name: &str, now: u64) -> WasiResult<()> {
        if self.children(node).is_some() {
            return Err(Errno::Perm);
        }
        if self.is_full() {
            return Err(Errno::Nospc);
        }
        if self.entry(folder).links == 0 {
            return Err(Errno::Noent);
        }
        let parent = self.entry_mut(folder);
        let Content::Folder(children) = &mut parent.content else {
            return Err(Errno::Notdir);
        };
        if children.contains_key(name) {
            return Err(Errno::Exist);
        }
        children.insert(name.to_owned(), node);
        parent.times.modified = now;
        self.entry_mut(node).links += 1;
        self.more_names += 1;
        Ok(())
    }

    /// Makes an empty file or folder called `name` in `folder`.
    ///
    /// # Errors
    /// `Exist`, `Notdir`, `Nospc` at the limit of entries, `Noent` in a removed folder.
    pub fn create(
        &mut self,
        folder: TmpNode,
        name: &str,
        kind: Kind,
        now: u64,
    ) -> WasiResult<TmpNode> {
        if self.is_full() {
            return Err(Errno::Nospc);
        }
        if self.entry(folder).links == 0 {
            return Err(Errno::Noent);
        }
        let node = self
            .free
            .last()
            .copied()
            .unwrap_or(self.entries.len() as TmpNode);
        let Content::Folder(children) = &mut self.entry_mut(folder).content else {
            return Err(Errno::Notdir);
        };
        if children.contains_key(name) {
            return Err(Errno::Exist);
        }
        children.insert(name.to_owned(), node);
        self.entry_mut(folder).times.modified = now;
        let entry = Entry {
            parent: folder,
            content: match kind {
                Kind::File => Content::File(Vec::new()),
                Kind::Folder => Content::Folder(BTreeMap::new()),
            },
            times: Times {
                accessed: now,
                modified: now,
            },
            open: 0,
            links: 1,
        };
        if self.free.pop().is_some() {
            self.entries[node as usize] = Some(entry);
        } else {
            self.entries.push(Some(entry));
        }
        Ok(node)
    }

    /// Writes at `offset`, growing the file as needed; a gap reads as zeros.
    ///
    /// # Errors
    /// `Nospc` at the limit of bytes (a write that fits in part is cut short, as POSIX allows),
    /// `Isdir` for a folder.
    pub fn write(
        &mut self,
        node: TmpNode,
        offset: u64,
        data: &[u8],
        now: u64,
    ) -> WasiResult<usize> {
        if data.is_empty() {
            return Ok(0);
        }
        let room = self.max_bytes - self.bytes;
        let size = self.data(node).ok_or(Errno::Isdir)?.len() as u64;
        let may_end = size.saturating_add(room);
        if offset >= may_end {
            return Err(Errno::Nospc);
        }
        let length = (data.len() as u64).min(may_end - offset) as usize;
        let end = offset + length as u64;
        if end > size {
            self.resize(node, end, now)?;
        }
        let entry = self.entry_mut(node);
        entry.times.modified = now;
        let Content::File(bytes) = &mut entry.content else {
            return Err(Errno::Isdir);
        };
        let start = offset as usize;
        bytes[start..start + length].copy_from_slice(&data[..length]);
        Ok(length)
    }

    /// Cuts a file or extends it with zeros.
    ///
    /// # Errors
    /// `Nospc` at the limit of bytes, `Isdir` for a folder.
    pub fn resize(&mut self, node: TmpNode, size: u64, now: u64) -> WasiResult<()> {
        let before = self.data(node).ok_or(Errno::Isdir)?.len() as u64;
        let bytes = self.bytes - before;
        if size > self.max_bytes - bytes {
            return Err(Errno::Nospc);
        }
        if size > before && !self.share.take(size - before) {
            return Err(Errno::Nospc);
        }
        self.share.give_back(before.saturating_sub(size));
        self.bytes = bytes + size;
        self.work += size.abs_diff(before);
        let entry = self.entry_mut(node);
        entry.times.modified = now;
        if let Content::File(data) = &mut entry.content {
            data.resize(size as usize, 0);
            if size < before {
                data.shrink_to_fit();
            }
        }
        Ok(())
    }

    /// Removes a file (`Kind::File`) or an empty folder (`Kind::Folder`).
    ///
    /// # Errors
    /// `Noent`, `Isdir`, `Notdir`, `Notempty`.
    pub fn remove(&mut self, folder: TmpNode, name: &str, kind: Kind, now: u64) -> WasiResult<()> {
        let node = *self
            .children(folder)
            .ok_or(Errno::Notdir)?
            .get(name)
            .ok_or(Errno::Noent)?;
        match (kind, self.children(node)) {
            (Kind::File, Some(_)) => return Err(Errno::Isdir),
            (Kind::Folder, None) => return Err(Errno::Notdir),
            (Kind::Folder, Some(children)) if !children.is_empty() => return Err(Errno::Notempty),
            _ => {}
        }
        self.unlink(folder, name, now);
        Ok(())
    }

    fn unlink(&mut self, folder: TmpNode, name: &str, now: u64) {
        let parent = self.entry_mut(folder);
        parent.times.modified = now;
        if let Content::Folder(children) = &mut parent.content
            && let Some(node) = children.remove(name)
        {
            let entry = self.entry_mut(node);
            entry.links -= 1;
            if entry.links > 0 {
                self.more_names -= 1;
                return;
            }
            entry.parent = node;
            self.drop_if_unused(node);
        }
    }

    /// Moves an entry, replacing what stands at the new name as POSIX `rename` does.
    ///
    /// # Errors
    /// `Noent`, `Notdir`, `Isdir`, `Notempty`, `Inval` (a folder into itself).
    pub fn rename(
        &mut self,
        from: (TmpNode, &str),
        to: (TmpNode, &str),
        now: u64,
    ) -> WasiResult<()> {
        let node = *self
            .children(from.0)
            .ok_or(Errno::Notdir)?
            .get(from.1)
            .ok_or(Errno::Noent)?;
        if self.entry(to.0).links == 0 {
            return Err(Errno::Noent);
        }
        let replaced = self.children(to.0).ok_or(Errno::Notdir)?.get(to.1).copied();
        if replaced == Some(node) {
            return Ok(());
        }
        let mut above = to.0;
        loop {
            if above == node {
                return Err(Errno::Inval);
            }
            let next = self.parent(above);
            if next == above {
                break;
            }
            above = next;
        }
        if let Some(replaced) = replaced {
            match (self.children(node).is_some(), self.children(replaced)) {
                (false, Some(_)) => return Err(Errno::Isdir),
                (true, None) => return Err(Errno::Notdir),
                (true, Some(children)) if !children.is_empty() => return Err(Errno::Notempty),
                _ => {}
            }
            self.unlink(to.0, to.1, now);
        }
        for (folder, name, insert) in [(from.0, from.1, None), (to.0, to.1, Some(node))] {
            let parent = self.entry_mut(folder);
            parent.times.modified = now;
            if let Content::Folder(children) = &mut parent.content {
                match insert {
                    None => children.remove(name),
                    Some(node) => children.insert(name.to_owned(), node),
                };
            }
        }
        self.entry_mut(node).parent = to.0;
        Ok(())
    }

    /// Notes one more open descriptor.
    pub fn opened(&mut self, node: TmpNode) {
        self.entry_mut(node).open += 1;
    }

    /// Notes that a descriptor was closed.
    pub fn closed(&mut self, node: TmpNode) {
        self.entry_mut(node).open -= 1;
        self.drop_if_unused(node);
    }

    fn drop_if_unused(&mut self, node: TmpNode) {
        let entry = self.entry(node);
        if entry.links > 0 || entry.open > 0 {
            return;
        }
        if let Content::File(data) = &entry.content {
            let size = data.len() as u64;
            self.bytes -= size;
            self.work += size;
            self.share.give_back(size);
        }
        self.entries[node as usize] = None;
        self.free.push(node);
    }
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::super::budget::MemoryBudget;
    use super::*;

    fn tmp(max_bytes: u64, max_entries: u32) -> Tmp {
        let budget = Arc::new(MemoryBudget::new(1 << 20));
        Tmp::new(max_bytes, max_entries, Share::of(&budget))
    }

    fn file(tmp: &mut Tmp, name: &str) -> TmpNode {
        tmp.create(TMP_ROOT, name, Kind::File, 0).unwrap()
    }

    #[test]
    fn bytes_are_limited_over_all_files_and_come_back_when_a_file_goes() {
        let mut tmp = tmp(10, 100);
        let (a, b) = (file(&mut tmp, "a"), file(&mut tmp, "b"));
        assert_eq!(tmp.write(a, 0, b"123456", 0), Ok(6));
        assert_eq!(tmp.write(b, 0, b"123456", 0), Ok(4), "a short write");
        assert_eq!(tmp.write(b, 4, b"5", 0), Err(Errno::Nospc));
        assert_eq!(
            tmp.write(a, 0, b"654321", 0),
            Ok(6),
            "overwriting needs no room"
        );
        assert_eq!(tmp.resize(a, 7, 0), Err(Errno::Nospc));
        tmp.remove(TMP_ROOT, "a", Kind::File, 0).unwrap();
        assert_eq!(tmp.write(b, 4, b"56", 0), Ok(2));
    }

    #[test]
    fn what_is_made_or_freed_is_work_even_if_only_one_byte_was_written() {
        let mut tmp = tmp(1000, 10);
        let a = file(&mut tmp, "a");
        tmp.write(a, 899, b"x", 0).unwrap();
        assert_eq!(tmp.take_work(), 900);
        tmp.write(a, 0, b"abc", 0).unwrap();
        assert_eq!(tmp.take_work(), 0);
        tmp.resize(a, 100, 0).unwrap();
        assert_eq!(tmp.take_work(), 800);
        tmp.remove(TMP_ROOT, "a", Kind::File, 0).unwrap();
        assert_eq!(tmp.take_work(), 100);
    }

    #[test]
    fn all_programs_together_cannot_hold_more_than_the_server_allows() {
        let budget = Arc::new(MemoryBudget::new(10));
        let mut first = Tmp::new(100, 10, Share::of(&budget));
        let mut second = Tmp::new(100, 10, Share::of(&budget));
        let (a, b) = (file(&mut first, "a"), file(&mut second, "b"));
        assert_eq!(first.write(a, 0, b"12345678", 0), Ok(8));
        assert_eq!(second.write(b, 0, b"123", 0), Err(Errno::Nospc));
        first.resize(a, 7, 0).unwrap();
        assert_eq!(second.write(b, 0, b"123", 0), Ok(3));
        drop(first);
        assert_eq!(second.write(b, 3, b"4567890", 0), Ok(7));
    }

    #[test]
    fn a_far_offset_takes_no_memory() {
        let mut tmp = tmp(10, 100);
        let a = file(&mut tmp, "a");
        assert_eq!(tmp.write(a, u64::MAX - 1, b"xy", 0), Err(Errno::Nospc));
        assert_eq!(tmp.resize(a, u64::MAX, 0), Err(Errno::Nospc));
        assert_eq!(tmp.write(a, 8, b"xyz", 0), Ok(2));
        assert_eq!(tmp.data(a), Some(&b"\0\0\0\0\0\0\0\0xy"[..]));
    }

    #[test]
    fn entries_are_limited_and_come_back() {
        let mut tmp = tmp(10, 2);
        file(&mut tmp, "a");
        file(&mut tmp, "b");
        assert_eq!(
            tmp.create(TMP_ROOT, "c", Kind::Folder, 0),
            Err(Errno::Nospc)
        );
        tmp.remove(TMP_ROOT, "a", Kind::File, 0).unwrap();
        file(&mut tmp, "c");
    }

    #[test]
    fn an_open_file_outlives_its_name() {
        let mut tmp = tmp(10, 10);
        let a = file(&mut tmp, "a");
        tmp.write(a, 0, b"kept", 0).unwrap();
        tmp.opened(a);
        tmp.remove(TMP_ROOT, "a", Kind::File, 0).unwrap();
        assert_eq!(tmp.data(a), Some(&b"kept"[..]));
        let b = file(&mut tmp, "a");
        assert_ne!(a, b);
        tmp.closed(a);
        assert_eq!(tmp.bytes, 0);
    }

    #[test]
    fn a_folder_cannot_be_moved_into_itself_and_replaces_only_an_empty_one() {
        let mut tmp = tmp(10, 10);
        let a = tmp.create(TMP_ROOT, "a", Kind::Folder, 0).unwrap();
        let b = tmp.create(a, "b", Kind::Folder, 0).unwrap();
        assert_eq!(tmp.rename((TMP_ROOT, "a"), (b, "c"), 0), Err(Errno::Inval));
        let full = tmp.create(TMP_ROOT, "full", Kind::Folder, 0).unwrap();
        tmp.create(full, "x", Kind::File, 0).unwrap();
        assert_eq!(
            tmp.rename((TMP_ROOT, "a"), (TMP_ROOT, "full"), 0),
            Err(Errno::Notempty)
        );
        tmp.remove(full, "x", Kind::File, 0).unwrap();
        assert_eq!(tmp.rename((TMP_ROOT, "a"), (TMP_ROOT, "full"), 0), Ok(()));
        assert_eq!(tmp.children(TMP_ROOT).unwrap().len(), 1);
    }
}
