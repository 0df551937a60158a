//! What the servers remember: connections, requests, mails.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

#[derive(Debug, Default)]
pub struct Seen {
    accepted: AtomicUsize,
    /// How often each target was asked for.
    targets: Mutex<HashMap<String, usize>>,
    /// Who is there at the moment, by tag.
    held: Mutex<HashMap<String, usize>>,
    mails: Mutex<Vec<String>>,
}

/// Somebody is there as long as this is kept.
pub struct Guard {
    seen: Shared,
    tag: String,
}

impl Seen {
    /// A connection, and its number.
    pub fn connection(&self) -> usize {
        self.accepted.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Somebody who is there under this tag.
    pub fn hold(self: &Arc<Self>, tag: &str) -> Guard {
        *self.held.lock().unwrap().entry(tag.to_owned()).or_default() += 1;
        Guard {
            seen: Arc::clone(self),
            tag: tag.to_owned(),
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

    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut held = self.seen.held.lock().unwrap();
        *held.entry(self.tag.clone()).or_default() -= 1;
    }
}

/// Shared by the servers of one world.
pub type Shared = Arc<Seen>;
