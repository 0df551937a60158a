//! Addresses that stand for names, where a proxy will look the names up: programs want an address
//! before they connect. They are taken from 198.18.0.0/15, which is for benchmarks (RFC 2544) and belongs
//! to nobody on the internet.
//!
//! Guarantees: an address stands for one name of one tenant; it is not given to another name within the
//! time that programs may keep it.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// 198.18.0.0 itself is not used.
const FIRST: u32 = u32::from_be_bytes([198, 18, 0, 1]);
const COUNT: usize = (1 << 17) - 2;
/// Of one tenant.
const MOST_OF_A_TENANT: usize = COUNT / 4;
/// How long after its last use an address still stands for its name.
const KEPT: Duration = Duration::from_secs(30 * 60);

/// Which addresses stand for which names.
#[derive(Debug, Default)]
pub struct Placeholders(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    by_name: HashMap<(String, String), usize>,
    entries: Vec<Entry>,
    /// Where the oldest entry is looked for once all have been given out.
    next: usize,
    of: HashMap<String, usize>,
}

#[derive(Debug)]
struct Entry {
    tenant: String,
    name: String,
    used: Instant,
}

/// Whether an address is one that could stand for a name.
pub fn is_placeholder(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(address) if place(address).is_some())
}

fn place(address: Ipv4Addr) -> Option<usize> {
    let at = address.to_bits().checked_sub(FIRST)? as usize;
    (at < COUNT).then_some(at)
}

fn address(at: usize) -> IpAddr {
    // Below 2^17.
    Ipv4Addr::from_bits(FIRST + at as u32).into()
}

impl Placeholders {
    /// The address that stands for `name` as long as `tenant` uses it; none while there are too many.
    pub fn address_of(&self, tenant: &str, name: &str) -> Option<IpAddr> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.address_of(tenant, name).map(address)
    }

    /// The name that `address` stands for.
    pub fn name_of(&self, tenant: &str, address: IpAddr) -> Option<String> {
        let IpAddr::V4(address) = address else {
            return None;
        };
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = table.entries.get_mut(place(address)?)?;
        if entry.tenant != tenant {
            return None;
        }
        entry.used = Instant::now();
        Some(entry.name.clone())
    }
}

impl Table {
    fn address_of(&mut self, tenant: &str, name: &str) -> Option<usize> {
        let key = (tenant.to_owned(), name.to_owned());
        if let Some(at) = self.by_name.get(&key).copied() {
            self.entries[at].used = Instant::now();
            return Some(at);
        }
        let own = self.of.get(tenant).copied().unwrap_or(0);
        let entry = Entry {
            tenant: tenant.to_owned(),
            name: name.to_owned(),
            used: Instant::now(),
        };
        let at = if own < MOST_OF_A_TENANT && self.entries.len() < COUNT {
            self.entries.push(entry);
            self.entries.len() - 1
        } else {
            let at = self.abandoned(tenant, own >= MOST_OF_A_TENANT)?;
            let last = std::mem::replace(&mut self.entries[at], entry);
            if let Some(count) = self.of.get_mut(&last.tenant) {
                *count -= 1;
                if *count == 0 {
                    self.of.remove(&last.tenant);
                }
            }
            self.by_name.remove(&(last.tenant, last.name));
            at
        };
        *self.of.entry(tenant.to_owned()).or_default() += 1;
        self.by_name.insert(key, at);
        Some(at)
    }

    /// An entry that nobody has used for long. Looks at a few at a time, so that nobody waits.
    fn abandoned(&mut self, tenant: &str, of_the_tenant: bool) -> Option<usize> {
        const LOOKED_AT: usize = 4096;
        for _ in 0..LOOKED_AT.min(self.entries.len()) {
            let at = self.next % self.entries.len();
            self.next = at + 1;
            let entry = &self.entries[at];
            let fits = !of_the_tenant || entry.tenant == tenant;
            if fits && entry.used.elapsed() >= KEPT {
                return Some(at);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_address_stands_for_one_name_of_one_tenant() {
        let table = Placeholders::default();
        let one = table.address_of("a", "one.example").unwrap();
        let two = table.address_of("a", "two.example").unwrap();
        let other = table.address_of("b", "one.example").unwrap();
        assert!(one != two && one != other);
        assert!([one, two, other].into_iter().all(is_placeholder));
        assert_eq!(table.address_of("a", "one.example"), Some(one));
        assert_eq!(table.name_of("a", one).as_deref(), Some("one.example"));
        assert_eq!(table.name_of("b", one), None);
        for foreign in ["198.17.255.255", "198.20.0.0", "198.18.0.0", "::1"] {
            let foreign = foreign.parse().unwrap();
            assert!(!is_placeholder(foreign), "{foreign}");
            assert_eq!(table.name_of("a", foreign), None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_tenant_with_many_names_leaves_addresses_to_others_and_gets_old_ones_again() {
        let table = Placeholders::default();
        for number in 0..MOST_OF_A_TENANT {
            let address = table.address_of("a", &number.to_string());
            assert!(is_placeholder(address.unwrap()));
        }
        assert_eq!(table.address_of("a", "one more"), None);
        assert!(table.address_of("b", "first").is_some());
        tokio::time::advance(KEPT).await;
        let kept = table.address_of("a", "7").unwrap();
        let given = table.address_of("a", "one more").unwrap();
        assert_ne!(given, kept);
        assert_eq!(table.name_of("a", given).as_deref(), Some("one more"));
        assert_eq!(table.name_of("a", kept).as_deref(), Some("7"));
        let table = table.0.lock().unwrap();
        assert_eq!(table.of["a"], MOST_OF_A_TENANT);
        assert_eq!(table.by_name.len(), MOST_OF_A_TENANT + 1);
    }
}
