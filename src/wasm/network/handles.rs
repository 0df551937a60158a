//! What a run has open, by numbers of its own.

use std::collections::BTreeMap;

use super::super::errno::Errno;
use super::lookup::Lookup;
use super::stream::Stream;
use super::tls::Tls;

/// None of WASI's descriptors has such a number.
const FIRST: u32 = 65_536;

pub enum Handle {
    Lookup(Lookup),
    Stream(Stream),
    Tls(Box<Tls>),
}

/// A number is given out once.
pub struct Handles {
    open: BTreeMap<u32, Handle>,
    next: u32,
}

impl Default for Handles {
    fn default() -> Self {
        Self {
            open: BTreeMap::new(),
            next: FIRST,
        }
    }
}

impl Handles {
    /// # Errors
    /// `Mfile` when there are no numbers left.
    pub fn insert(&mut self, handle: Handle) -> Result<u32, Errno> {
        let number = self.next;
        // A guest has them as signed numbers, negative ones being errors.
        if i32::try_from(number).is_err() {
            return Err(Errno::Mfile);
        }
        self.next += 1;
        self.open.insert(number, handle);
        Ok(number)
    }

    pub fn get_mut(&mut self, number: u32) -> Result<&mut Handle, Errno> {
        self.open.get_mut(&number).ok_or(Errno::Badf)
    }

    pub fn stream(&mut self, number: u32) -> Result<&mut Stream, Errno> {
        match self.get_mut(number)? {
            Handle::Stream(stream) => Ok(stream),
            _ => Err(Errno::Notsock),
        }
    }

    pub fn tls(&mut self, number: u32) -> Result<&mut Tls, Errno> {
        match self.get_mut(number)? {
            Handle::Tls(tls) => Ok(tls),
            _ => Err(Errno::Badf),
        }
    }

    pub fn remove(&mut self, number: u32) -> Result<Handle, Errno> {
        self.open.remove(&number).ok_or(Errno::Badf)
    }

    /// How many are open of which `kind` is true.
    pub fn count(&self, kind: impl Fn(&Handle) -> bool) -> usize {
        self.open.values().filter(|handle| kind(handle)).count()
    }
}
