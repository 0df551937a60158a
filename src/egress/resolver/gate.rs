//! How many lookups are made at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Each may hold some sockets.
const MOST_LOOKUPS: usize = 256;
/// Of one tenant, so that one whose names nobody answers for leaves room for others.
const MOST_OF_A_TENANT: usize = 128;

#[derive(Debug)]
pub struct Gate {
    all: Arc<Semaphore>,
    /// Only tenants that look something up.
    tenants: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            all: Arc::new(Semaphore::new(MOST_LOOKUPS)),
            tenants: Mutex::default(),
        }
    }
}

/// Gives itself back when dropped, or when it is given up waiting for it.
#[derive(Debug)]
pub struct Place<'a> {
    gate: &'a Gate,
    tenant: &'a str,
    own: Option<Arc<Semaphore>>,
    permits: Vec<OwnedSemaphorePermit>,
}

impl Gate {
    /// Waits for a place.
    pub async fn enter<'a>(&'a self, tenant: &'a str) -> Place<'a> {
        let own = {
            let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
            let fresh = || Arc::new(Semaphore::new(MOST_OF_A_TENANT));
            Arc::clone(tenants.entry(tenant.to_owned()).or_insert_with(fresh))
        };
        let mut place = Place {
            gate: self,
            tenant,
            own: Some(Arc::clone(&own)),
            permits: Vec::with_capacity(2),
        };
        // Its own first: who waits there takes nobody else's place. Neither is ever closed.
        place.permits.extend(own.acquire_owned().await);
        let all = Arc::clone(&self.all);
        place.permits.extend(all.acquire_owned().await);
        place
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.permits.clear();
        self.own = None;
        let tenants = self.gate.tenants.lock();
        let mut tenants = tenants.unwrap_or_else(PoisonError::into_inner);
        let unused = |own: &Arc<Semaphore>| Arc::strong_count(own) == 1;
        if tenants.get(self.tenant).is_some_and(unused) {
            tenants.remove(self.tenant);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_tenant_waits_for_its_own_and_leaves_room_for_others() {
        let gate = Gate::default();
        let mut places = Vec::new();
        for _ in 0..MOST_OF_A_TENANT {
            places.push(gate.enter("greedy").await);
        }
        let soon = Duration::from_millis(20);
        let one_more = tokio::time::timeout(soon, gate.enter("greedy")).await;
        assert!(one_more.is_err());
        let other = tokio::time::timeout(soon, gate.enter("other")).await;
        drop(other.unwrap());
        places.pop();
        let free = tokio::time::timeout(soon, gate.enter("greedy")).await;
        drop(free.unwrap());
        places.clear();
        assert_eq!(gate.all.available_permits(), MOST_LOOKUPS);
        assert!(gate.tenants.lock().unwrap().is_empty());
    }
}
