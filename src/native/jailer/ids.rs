//! User and group ids that zygotes give to their children: of nobody else on this machine, and
//! never of two zygotes at a time.

use std::cell::RefCell;
use std::rc::Rc;

/// Zygotes alive at the same time: two sets with two each, and successors of all of them, several
/// times over.
const SLOTS: u32 = 32;
/// Where systemd and others hand nothing out (<https://systemd.io/UIDS-GIDS/>).
const ROOMY: Room = Room {
    first: 1_900_000_000,
    each: 8192,
};
/// The same within the 65,536 ids that a container usually has.
const TIGHT: Room = Room {
    first: 44_000,
    each: 256,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Room {
    first: u32,
    each: u32,
}

/// Hands out ranges.
#[derive(Clone, Debug)]
pub struct Ids {
    room: Room,
    slots: Rc<RefCell<Slots>>,
}

#[derive(Debug, Default)]
struct Slots {
    taken: [bool; SLOTS as usize],
    /// Where to look first: what was given back last is taken last.
    next: usize,
}

/// A range that is nobody else's until it is dropped.
#[derive(Debug)]
pub struct Range {
    pub first: u32,
    pub ids: u32,
    slot: usize,
    slots: Rc<RefCell<Slots>>,
}

impl Ids {
    /// For the ids that this process's user namespace has.
    pub fn of_this_namespace() -> Self {
        let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
        Self {
            room: room(&map),
            slots: Rc::default(),
        }
    }

    /// `None` when all are taken.
    pub fn take(&self) -> Option<Range> {
        let mut slots = self.slots.borrow_mut();
        let count = slots.taken.len();
        let free = (0..count).map(|offset| (slots.next + offset) % count);
        let slot = free.into_iter().find(|slot| !slots.taken[*slot])?;
        slots.taken[slot] = true;
        slots.next = (slot + 1) % count;
        Some(Range {
            first: self.room.first + u32::try_from(slot).ok()? * self.room.each,
            ids: self.room.each,
            slot,
            slots: Rc::clone(&self.slots),
        })
    }
}

impl Drop for Range {
    fn drop(&mut self) {
        self.slots.borrow_mut().taken[self.slot] = false;
    }
}

/// Where there is room for all ranges, by the table of user_namespaces(7).
fn room(map: &str) -> Room {
    let has = |room: Room| {
        let end = u64::from(room.first) + u64::from(room.each) * u64::from(SLOTS);
        map.lines().any(|line| {
            let mut fields = line.split_whitespace().map(str::parse::<u64>);
            let (Some(Ok(inside)), Some(Ok(_)), Some(Ok(count))) =
                (fields.next(), fields.next(), fields.next())
            else {
                return false;
            };
            inside <= u64::from(room.first) && end <= inside + count
        })
    };
    if has(ROOMY) { ROOMY } else { TIGHT }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_ranges_overlap_and_one_given_back_is_taken_last() {
        let ids = Ids {
            room: ROOMY,
            slots: Rc::default(),
        };
        let mut taken: Vec<_> = std::iter::from_fn(|| ids.take()).collect();
        assert_eq!(taken.len(), SLOTS as usize);
        taken.sort_by_key(|range| range.first);
        for pair in taken.windows(2) {
            assert_eq!(pair[0].first + pair[0].ids, pair[1].first);
        }
        taken.truncate(30);
        let first = ids.take().unwrap();
        drop(first);
        let second = ids.take().unwrap();
        assert_eq!(second.slot, 31);
    }

    #[test]
    fn a_small_container_has_its_ranges_within_what_it_has() {
        assert_eq!(room("         0          0 4294967295\n"), ROOMY);
        assert_eq!(room("         0     100000      65536\n"), TIGHT);
        // The server's own come after that.
        const { assert!(TIGHT.first + TIGHT.each * SLOTS < 52_194) };
        assert_eq!(room(""), TIGHT);
    }
}
