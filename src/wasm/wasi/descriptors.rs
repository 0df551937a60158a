//! The table of open files of one run.

use super::super::errno::{Errno, WasiResult};
use super::super::fs::{FileSystem, Node};

/// Open descriptors at most, as a common `ulimit -n`.
const MAX_DESCRIPTORS: usize = 256;

/// What a descriptor stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Always at its end.
    Stdin,
    Stdout,
    Stderr,
    Node(Node),
}

/// An open descriptor.
#[derive(Clone, Copy, Debug)]
pub struct Descriptor {
    pub target: Target,
    /// Position in a file.
    pub offset: u64,
    pub append: bool,
    /// Only remembered: nothing here ever blocks.
    pub non_blocking: bool,
    pub readable: bool,
    pub writable: bool,
}

/// Descriptors by number. 0 to 2 are the standard streams, 3 is the preopened root folder.
#[derive(Debug)]
pub struct Descriptors {
    slots: Vec<Option<Descriptor>>,
}

/// The preopened root folder.
pub const ROOT_FD: u32 = 3;

impl Default for Descriptors {
    fn default() -> Self {
        let stream = |target, readable| {
            Some(Descriptor {
                target,
                offset: 0,
                append: false,
                non_blocking: false,
                readable,
                writable: !readable,
            })
        };
        Self {
            slots: vec![
                stream(Target::Stdin, true),
                stream(Target::Stdout, false),
                stream(Target::Stderr, false),
                stream(Target::Node(FileSystem::ROOT), true),
            ],
        }
    }
}

impl Descriptors {
    /// Whether nothing is open but what is open at the start.
    pub fn are_fresh(&self) -> bool {
        self.slots.iter().flatten().count() == Self::default().slots.len()
    }

    /// # Errors
    /// `Badf`.
    pub fn get(&self, fd: u32) -> WasiResult<&Descriptor> {
        self.slots
            .get(fd as usize)
            .and_then(Option::as_ref)
            .ok_or(Errno::Badf)
    }

    /// # Errors
    /// `Badf`.
    pub fn get_mut(&mut self, fd: u32) -> WasiResult<&mut Descriptor> {
        self.slots
            .get_mut(fd as usize)
            .and_then(Option::as_mut)
            .ok_or(Errno::Badf)
    }

    /// The file or folder behind a descriptor.
    ///
    /// # Errors
    /// `Badf`; `Inval` for a standard stream.
    pub fn node(&self, fd: u32) -> WasiResult<Node> {
        match self.get(fd)?.target {
            Target::Node(node) => Ok(node),
            _ => Err(Errno::Inval),
        }
    }

    /// Puts a descriptor into the lowest free slot.
    ///
    /// # Errors
    /// `Mfile` at the limit.
    pub fn insert(&mut self, files: &mut FileSystem, descriptor: Descriptor) -> WasiResult<u32> {
        let slot = self
            .slots
            .iter()
            .position(Option::is_none)
            .unwrap_or(self.slots.len());
        if slot >= MAX_DESCRIPTORS {
            return Err(Errno::Mfile);
        }
        if let Target::Node(node) = descriptor.target {
            files.opened(node);
        }
        if slot == self.slots.len() {
            self.slots.push(Some(descriptor));
        } else {
            self.slots[slot] = Some(descriptor);
        }
        Ok(slot as u32)
    }

    /// # Errors
    /// `Badf`.
    pub fn close(&mut self, files: &mut FileSystem, fd: u32) -> WasiResult<()> {
        self.get(fd)?;
        self.release(files, fd);
        Ok(())
    }

    fn release(&mut self, files: &mut FileSystem, fd: u32) {
        // The preopened root was never counted as opened; it is part of the image.
        if let Some(descriptor) = self.slots[fd as usize].take()
            && let Target::Node(node) = descriptor.target
        {
            files.closed(node);
        }
    }

    /// Moves `from` to the number `to`, closing what was there.
    ///
    /// # Errors
    /// `Badf` when either is not open.
    pub fn renumber(&mut self, files: &mut FileSystem, from: u32, to: u32) -> WasiResult<()> {
        self.get(from)?;
        self.get(to)?;
        if from != to {
            self.release(files, to);
            self.slots[to as usize] = self.slots[from as usize].take();
        }
        Ok(())
    }
}
