//! How many lookups are made at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::egress::Who;

/// Each may hold some sockets.
const MOST_LOOKUPS: usize = 512;
/// Of one tenant, so that one whose names nobody answers for leaves room for others.
const MOST_OF_A_TENANT: usize = 256;
/// Of one request, so that it takes many such programs to keep the tenant's others waiting.
const MOST_OF_A_REQUEST: usize = 8;

#[derive(Debug)]
pub struct Gate {
    all: Arc<Semaphore>,
    tenants: Shares<String>,
    requests: Shares<Who>,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            all: Arc::new(Semaphore::new(MOST_LOOKUPS)),
            tenants: Shares::new(MOST_OF_A_TENANT),
            requests: Shares::new(MOST_OF_A_REQUEST),
        }
    }
}

/// Gives itself back when dropped.
#[derive(Debug)]
pub struct Place<'a> {
    _all: Option<OwnedSemaphorePermit>,
    _tenant: Share<'a, String>,
    _request: Share<'a, Who>,
}

impl Gate {
    /// Waits for a place.
    pub async fn enter<'a>(&'a self, who: &'a Who) -> Place<'a> {
        // Its own first: who waits there takes nobody else's place.
        let request = self.requests.enter(who).await;
        let tenant = self.tenants.enter(&who.tenant).await;
        let all = Arc::clone(&self.all);
        Place {
            // Never closed.
            _all: all.acquire_owned().await.ok(),
            _tenant: tenant,
            _request: request,
        }
    }
}

/// What each of many may have.
#[derive(Debug)]
struct Shares<K: Eq + Hash> {
    each: usize,
    /// Only those that look something up.
    of: Mutex<HashMap<K, Arc<Semaphore>>>,
}

/// Gives itself back when dropped, or when it is given up waiting for it.
#[derive(Debug)]
struct Share<'a, K: Eq + Hash> {
    shares: &'a Shares<K>,
    whose: &'a K,
    own: Option<Arc<Semaphore>>,
    permit: Option<OwnedSemaphorePermit>,
}

impl<K: Clone + Eq + Hash> Shares<K> {
    fn new(each: usize) -> Self {
        Self {
            each,
            of: Mutex::default(),
        }
    }

    async fn enter<'a>(&'a self, whose: &'a K) -> Share<'a, K> {
        let own = {
            let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
            let fresh = || Arc::new(Semaphore::new(self.each));
            Arc::clone(of.entry(whose.clone()).or_insert_with(fresh))
        };
        let mut share = Share {
            shares: self,
            whose,
            own: Some(Arc::clone(&own)),
            permit: None,
        };
        // Never closed.
        share.permit = own.acquire_owned().await.ok();
        share
    }
}

impl<K: Eq + Hash> Drop for Share<'_, K> {
    fn drop(&mut self) {
        self.permit = None;
        self.own = None;
        let mut of = self
            .shares
            .of
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let unused = |own: &Arc<Semaphore>| Arc::strong_count(own) == 1;
        if of.get(self.whose).is_some_and(unused) {
            of.remove(self.whose);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn who(tenant: &str, request: usize) -> Who {
        Who {
            tenant: tenant.to_owned(),
            request: request.to_string(),
        }
    }

    #[tokio::test]
    async fn a_tenant_and_a_request_wait_for_their_own_and_leave_room_for_others() {
        let gate = Gate::default();
        let soon = Duration::from_millis(20);
        let requests = MOST_OF_A_TENANT / MOST_OF_A_REQUEST;
        let greedy: Vec<Who> = (0..requests).map(|it| who("greedy", it)).collect();
        let (silent, same, other) = (who("greedy", requests), who("greedy", 0), who("other", 0));
        let mut places = Vec::new();
        for who in &greedy[..requests - 1] {
            for _ in 0..MOST_OF_A_REQUEST {
                places.push(gate.enter(who).await);
            }
        }
        // The request has all it may have, its tenant has not.
        let one_more = tokio::time::timeout(soon, gate.enter(&same)).await;
        assert!(one_more.is_err());
        for _ in 0..MOST_OF_A_REQUEST {
            let free = tokio::time::timeout(soon, gate.enter(&greedy[requests - 1])).await;
            places.push(free.unwrap());
        }
        let one_more = tokio::time::timeout(soon, gate.enter(&silent)).await;
        assert!(one_more.is_err());
        drop(
            tokio::time::timeout(soon, gate.enter(&other))
                .await
                .unwrap(),
        );
        places.pop();
        drop(
            tokio::time::timeout(soon, gate.enter(&silent))
                .await
                .unwrap(),
        );
        places.clear();
        assert_eq!(gate.all.available_permits(), MOST_LOOKUPS);
        assert!(gate.tenants.of.lock().unwrap().is_empty());
        assert!(gate.requests.of.lock().unwrap().is_empty());
    }
}
