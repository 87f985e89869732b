//! Which slot a connection is in: a hash table of slot numbers, open addressing.
//!
//! The table stores numbers only, and a piece of the hash beside each that tells most others apart; the
//! connections stand in the slots. A few dozen slots are searched one by one, which is faster; those of a
//! `Memory` always are, so that firmware does not carry the table.

use alloc::vec::Vec;

/// Up to this many slots are searched one by one: faster than a table is kept.
const SEARCHED: usize = 32;

/// The number of no slot.
const NONE: u16 = u16::MAX;

/// A place in the table.
#[derive(Clone, Copy, Debug)]
struct IndexEntry {
    /// The lowest bits of the hash: a look into a wrong slot would be a miss in every cache.
    tag: u16,
    slot: u16,
}

impl IndexEntry {
    /// Nobody.
    const EMPTY: IndexEntry = IndexEntry { tag: 0, slot: NONE };
}

/// The table: twice as many entries as there are slots, or none.
pub(crate) struct TupleIndex {
    entries: Vec<IndexEntry>,
}

impl TupleIndex {
    /// No table: the slots are searched.
    pub(crate) const ABSENT: TupleIndex = TupleIndex { entries: Vec::new() };

    /// For so many slots.
    pub(crate) fn for_slots(count: usize) -> TupleIndex {
        if count <= SEARCHED { TupleIndex::ABSENT } else { TupleIndex::with_entries(2 * count) }
    }

    /// With so many entries.
    pub(crate) fn with_entries(count: usize) -> TupleIndex {
        TupleIndex { entries: alloc::vec![IndexEntry::EMPTY; count] }
    }

    /// Whether slots must be searched one by one instead.
    pub(crate) fn is_absent(&self) -> bool {
        self.entries.is_empty()
    }

    /// The slot whose hash is `hash` and for which `is_it` holds.
    #[inline]
    pub(crate) fn find(&self, hash: usize, is_it: impl Fn(u16) -> bool) -> Option<u16> {
        let mut position = self.home(hash);
        for _ in 0..self.entries.len() {
            let IndexEntry { tag, slot } = *self.entries.get(position)?;
            if slot == NONE {
                break;
            }
            if tag == hash as u16 && is_it(slot) {
                return Some(slot);
            }
            position += 1;
            if position == self.entries.len() {
                position = 0;
            }
        }
        None
    }

    /// Adds a slot that is not in the table.
    pub(crate) fn insert(&mut self, hash: usize, slot: u16) {
        if let Some(position) = self.probe(hash).find(|position| self.holds(*position, NONE)) {
            self.put(position, IndexEntry { tag: hash as u16, slot });
        }
    }

    /// Removes a slot; `hash_of` gives the hash of any slot in the table.
    pub(crate) fn remove(&mut self, slot: u16, hash_of: impl Fn(u16) -> usize) {
        let length = self.entries.len();
        let mut places = self.probe(hash_of(slot));
        let Some(mut hole) = places.find(|position| self.holds(*position, slot)) else { return };
        // Close the gap: what was pushed past the hole by a collision moves back into it.
        let mut position = hole;
        loop {
            position = (position + 1) % length;
            let Some(&candidate) = self.entries.get(position) else { break };
            if candidate.slot == NONE || position == hole {
                break;
            }
            let home = self.home(hash_of(candidate.slot));
            let distance_to_hole = (hole + length - home) % length;
            let distance_to_here = (position + length - home) % length;
            if distance_to_hole <= distance_to_here {
                self.put(hole, candidate);
                hole = position;
            }
        }
        self.put(hole, IndexEntry::EMPTY);
    }

    fn holds(&self, position: usize, slot: u16) -> bool {
        self.entries.get(position).is_some_and(|entry| entry.slot == slot)
    }

    fn put(&mut self, position: usize, entry: IndexEntry) {
        if let Some(place) = self.entries.get_mut(position) {
            *place = entry;
        }
    }

    /// Where an entry of this hash can stand, in order.
    fn probe(&self, hash: usize) -> impl Iterator<Item = usize> + use<> {
        let (length, home) = (self.entries.len(), self.home(hash));
        (home..length).chain(0..home)
    }

    /// Where an entry of this hash stands, if nobody else does: by the upper half of a product, which
    /// is quicker than a division.
    #[inline]
    fn home(&self, hash: usize) -> usize {
        ((u64::from(hash as u32) * self.entries.len() as u64) >> 32) as usize
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The obvious twin is a map. Hashes collide on purpose, and wrap around at the end.
        #[test]
        fn is_a_map(operations in proptest::collection::vec((any::<bool>(), 0..12u16), 1..200)) {
            let hash_of = |slot: u16| usize::from(slot % 5) * (u32::MAX as usize / 4);
            let mut index = TupleIndex::with_entries(24);
            let mut twin = BTreeMap::new();
            for (inserts, slot) in operations {
                if inserts && !twin.contains_key(&slot) {
                    index.insert(hash_of(slot), slot);
                    twin.insert(slot, ());
                } else if !inserts && twin.remove(&slot).is_some() {
                    index.remove(slot, hash_of);
                }
                for slot in 0..12 {
                    let found = index.find(hash_of(slot), |other| other == slot);
                    prop_assert_eq!(found.is_some(), twin.contains_key(&slot));
                }
            }
        }
    }
}
