//! Memory that all programs of a server together may hold beyond the snapshots they share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is left for all programs.
#[derive(Debug)]
pub struct MemoryBudget {
    free: AtomicU64,
}

impl MemoryBudget {
    pub fn new(bytes: u64) -> Self {
        Self {
            free: AtomicU64::new(bytes),
        }
    }
}

/// What one owner took of a budget. Goes back when dropped.
#[derive(Debug)]
pub struct Share {
    budget: Arc<MemoryBudget>,
    taken: u64,
}

impl Share {
    /// Nothing yet.
    pub fn of(budget: &Arc<MemoryBudget>) -> Self {
        Self {
            budget: Arc::clone(budget),
            taken: 0,
        }
    }

    /// Another share of the same budget, nothing taken yet.
    pub fn another(&self) -> Self {
        Self::of(&self.budget)
    }

    /// Takes `bytes` more, if they are there.
    #[must_use]
    pub fn take(&mut self, bytes: u64) -> bool {
        let taken = self
            .budget
            .free
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |free| {
                free.checked_sub(bytes)
            })
            .is_ok();
        if taken {
            self.taken += bytes;
        }
        taken
    }

    /// Gives back `bytes` of what was taken.
    pub fn give_back(&mut self, bytes: u64) {
        let bytes = bytes.min(self.taken);
        self.taken -= bytes;
        self.budget.free.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.give_back(self.taken);
    }
}
