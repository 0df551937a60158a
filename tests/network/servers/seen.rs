//! What the servers remember: connections, requests, mails.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

#[derive(Debug, Default)]
pub struct Seen {
    accepted: AtomicUsize,
    open: AtomicUsize,
    /// How often each target was asked for.
    targets: Mutex<HashMap<String, usize>>,
    /// Who is there at the moment, by tag.
    held: Mutex<HashMap<String, usize>>,
    mails: Mutex<Vec<String>>,
}

/// Somebody is there as long as this is kept.
pub struct Guard<'a> {
    seen: &'a Seen,
    tag: Option<String>,
}

impl Seen {
    /// A connection: its number, and what is to be kept as long as it is open.
    pub fn connection(&self) -> (usize, Guard<'_>) {
        self.open.fetch_add(1, Ordering::SeqCst);
        let number = self.accepted.fetch_add(1, Ordering::SeqCst) + 1;
        (
            number,
            Guard {
                seen: self,
                tag: None,
            },
        )
    }

    /// Somebody who waits under this tag.
    pub fn hold(&self, tag: &str) -> Guard<'_> {
        *self.held.lock().unwrap().entry(tag.to_owned()).or_default() += 1;
        Guard {
            seen: self,
            tag: Some(tag.to_owned()),
        }
    }

    pub fn request(&self, target: &str) {
        let mut targets = self.targets.lock().unwrap();
        *targets.entry(target.to_owned()).or_default() += 1;
    }

    pub fn mail(&self, mail: String) {
        self.mails.lock().unwrap().push(mail);
    }

    /// How often `target` (path and query) was asked for.
    pub fn requests(&self, target: &str) -> usize {
        let targets = self.targets.lock().unwrap();
        targets.get(target).copied().unwrap_or(0)
    }

    /// How many wait under this tag.
    pub fn holding(&self, tag: &str) -> usize {
        self.held.lock().unwrap().get(tag).copied().unwrap_or(0)
    }

    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        match &self.tag {
            None => {
                self.seen.open.fetch_sub(1, Ordering::SeqCst);
            }
            Some(tag) => {
                *self
                    .seen
                    .held
                    .lock()
                    .unwrap()
                    .entry(tag.clone())
                    .or_default() -= 1;
            }
        }
    }
}

/// Shared by the servers of one world.
pub type Shared = Arc<Seen>;
