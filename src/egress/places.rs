//! How many of something there may be at once, in all and of each tenant.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts what is taken. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Places(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    most: usize,
    most_of_a_tenant: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// Only tenants that have any.
    of: HashMap<String, usize>,
}

/// Gives itself back when dropped.
#[derive(Debug)]
pub struct Place {
    places: Places,
    tenant: String,
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPlace {
    AtAll,
    ForTheTenant,
}

impl Places {
    pub fn new(most: usize, most_of_a_tenant: usize) -> Self {
        Self(Arc::new(Shared {
            most,
            most_of_a_tenant,
            taken: Mutex::default(),
        }))
    }

    /// # Errors
    /// When all are taken.
    pub fn take(&self, tenant: &str) -> Result<Place, NoPlace> {
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.all >= self.0.most {
            return Err(NoPlace::AtAll);
        }
        let own = taken.of.get(tenant).copied().unwrap_or(0);
        if own >= self.0.most_of_a_tenant {
            return Err(NoPlace::ForTheTenant);
        }
        taken.all += 1;
        taken.of.insert(tenant.to_owned(), own + 1);
        Ok(Place {
            places: self.clone(),
            tenant: tenant.to_owned(),
        })
    }

    /// How many are taken.
    #[cfg(test)]
    pub fn taken(&self) -> usize {
        let taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let taken = &self.places.0.taken;
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        if let Some(own) = taken.of.get_mut(&self.tenant) {
            *own -= 1;
            if *own == 0 {
                taken.of.remove(&self.tenant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tenant_leaves_room_for_others_and_nothing_is_left_behind() {
        let places = Places::new(3, 2);
        let taken = [places.take("a").unwrap(), places.take("a").unwrap()];
        assert_eq!(places.take("a").unwrap_err(), NoPlace::ForTheTenant);
        let other = places.take("b").unwrap();
        assert_eq!(places.take("c").unwrap_err(), NoPlace::AtAll);
        drop(taken);
        assert!(places.take("a").is_ok());
        drop(other);
        assert_eq!(places.taken(), 0);
        assert!(places.0.taken.lock().unwrap().of.is_empty());
    }
}
