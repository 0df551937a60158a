//! Addresses that stand for names, where a proxy will look the names up: programs want an address
//! before they connect. They are taken from 198.18.0.0/15, which is for benchmarks (RFC 2544) and belongs
//! to nobody on the internet.
//!
//! They are tokens and lead nowhere by themselves: whoever looked a name up names it when it dials.
//! Guarantees: an address stands for one name of one tenant until it is given out again, after all
//! others that the tenant may have; there is always one to be had, however many names are looked up.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Mutex, PoisonError};

/// 198.18.0.0 itself is not used.
const FIRST: u32 = u32::from_be_bytes([198, 18, 0, 1]);
const COUNT: usize = (1 << 17) - 2;
/// Of one tenant.
const MOST_OF_A_TENANT: usize = COUNT / 4;
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
    /// The address that stands for `name`.
    pub fn address_of(&self, tenant: &str, name: &str) -> IpAddr {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        address(table.place_of(tenant, name))
    }
}

impl Table {
    fn place_of(&mut self, tenant: &str, name: &str) -> usize {
        let key = (tenant.to_owned(), name.to_owned());
        if let Some(at) = self.by_name.get(&key).copied() {
            return at;
        }
        let own = self.of.get(tenant).copied().unwrap_or(0);
        let entry = Entry {
            tenant: tenant.to_owned(),
            name: name.to_owned(),
        };
        let at = if own < MOST_OF_A_TENANT && self.entries.len() < COUNT {
            self.entries.push(entry);
            self.entries.len() - 1
        } else {
            let at = self.oldest(tenant, own >= MOST_OF_A_TENANT);
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
        at
    }

    /// The entry that was given out longest ago, of the tenant's own if it has as many as it may.
    /// Others are passed over once in many times, so that this takes no time to speak of.
    fn oldest(&mut self, tenant: &str, of_the_tenant: bool) -> usize {
        let count = self.entries.len();
        let mut turn = (0..count).map(|step| (self.next + step) % count);
        let at = turn
            .find(|at| !of_the_tenant || self.entries[*at].tenant == tenant)
            // One that has so many has one.
            .unwrap_or(0);
        self.next = at + 1;
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stands_for_one_name_of_one_tenant() {
        let table = Placeholders::default();
        let one = table.address_of("a", "one.example");
        let two = table.address_of("a", "two.example");
        let other = table.address_of("b", "one.example");
        assert!(one != two && one != other);
        assert!([one, two, other].into_iter().all(is_placeholder));
        assert_eq!(table.address_of("a", "one.example"), one);
        for foreign in ["198.17.255.255", "198.20.0.0", "198.18.0.0", "::1"] {
            assert!(!is_placeholder(foreign.parse().unwrap()), "{foreign}");
        }
    }

    #[test]
    fn a_tenant_with_many_names_gets_its_oldest_addresses_again_and_takes_none_of_others() {
        let table = Placeholders::default();
        let of_another = table.address_of("b", "first");
        let first = table.address_of("a", "0");
        for number in 1..MOST_OF_A_TENANT {
            table.address_of("a", &number.to_string());
        }
        let second = table.address_of("a", "1");
        assert_eq!(table.address_of("a", "one more"), first);
        assert_eq!(table.address_of("a", "and another"), second);
        assert_eq!(table.address_of("b", "first"), of_another);
        for number in 0..2 * COUNT {
            assert!(is_placeholder(
                table.address_of("a", &format!("{number}.example"))
            ));
        }
        assert_eq!(table.address_of("b", "first"), of_another);
        let table = table.0.lock().unwrap();
        assert_eq!(table.of["a"], MOST_OF_A_TENANT);
        assert_eq!(table.by_name.len(), MOST_OF_A_TENANT + 1);
        assert_eq!(table.entries.len(), MOST_OF_A_TENANT + 1);
    }
}
