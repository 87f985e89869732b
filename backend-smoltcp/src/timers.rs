//! When which slot wants attention: a binary heap with a place to find each slot in it.
//!
//! Every slot has at most one time. Setting it moves the slot within the heap, so nothing stale ever
//! piles up.

use berkeley::Instant;
use managed::ManagedSlice;

use crate::alarm::Alarm;

/// Not in the heap.
const ABSENT: u16 = u16::MAX;

/// The memory of one slot in the heap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timer {
    /// When this slot wants attention.
    at: Instant,
    /// Where this slot stands in the heap.
    position: u16,
    /// Which slot stands in the heap at this place.
    ordered: u16,
}

impl Timer {
    /// A slot that wants nothing.
    pub(crate) const EMPTY: Timer = Timer { at: Instant::ZERO, position: ABSENT, ordered: 0 };
}

/// The heap.
pub(crate) struct Timers<'a> {
    timers: ManagedSlice<'a, Timer>,
    length: usize,
    /// The earliest time, which is asked for much more often than it changes.
    next: Alarm,
}

impl<'a> Timers<'a> {
    pub(crate) fn new(timers: ManagedSlice<'a, Timer>) -> Timers<'a> {
        Timers { timers, length: 0, next: Alarm::NEVER }
    }

    /// Sets the time of a slot, or takes it out of the heap.
    pub(crate) fn set(&mut self, slot: u16, at: Option<Instant>) {
        let Some(timer) = self.timers.get_mut(usize::from(slot)) else { return };
        match (at, timer.position) {
            (None, ABSENT) => {}
            (None, position) => self.remove(usize::from(position)),
            (Some(at), ABSENT) => {
                timer.at = at;
                let last = self.length;
                self.length += 1;
                self.place(last, slot);
                self.rise(last);
            }
            (Some(at), position) => {
                timer.at = at;
                let position = self.rise(usize::from(position));
                self.sink(position);
            }
        }
        self.next = self.at(0).filter(|_| self.length > 0).into();
    }

    /// Sets the time of a slot, unless it has an earlier one.
    #[cfg_attr(feature = "alloc", inline(always))]
    #[cfg_attr(not(feature = "alloc"), inline(never))]
    pub(crate) fn set_earlier(&mut self, slot: u16, at: Instant) {
        let Some(timer) = self.timers.get(usize::from(slot)) else { return };
        if timer.position == ABSENT || at < timer.at {
            self.set(slot, Some(at));
        }
    }

    /// The earliest time.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.next.at()
    }

    /// Whether some slot's time has come.
    #[inline]
    pub(crate) fn are_due(&self, now: Instant) -> bool {
        self.next.is_due(now)
    }

    /// Takes a slot whose time has come out of the heap.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<u16> {
        if !self.are_due(now) || self.length == 0 {
            return None;
        }
        let slot = self.ordered(0)?;
        self.set(slot, None);
        Some(slot)
    }

    /// The slot that stands in the heap at a place.
    fn ordered(&self, position: usize) -> Option<u16> {
        self.timers.get(position).map(|timer| timer.ordered)
    }

    /// The time of the slot that stands there.
    #[cfg_attr(not(feature = "alloc"), inline(never))]
    fn at(&self, position: usize) -> Option<Instant> {
        let slot = self.ordered(position)?;
        self.timers.get(usize::from(slot)).map(|timer| timer.at)
    }

    fn is_earlier(&self, first: usize, second: usize) -> bool {
        let (Some(first), Some(second)) = (self.at(first), self.at(second)) else { return false };
        first < second
    }

    fn place(&mut self, position: usize, slot: u16) {
        if let Some(place) = self.timers.get_mut(position) {
            place.ordered = slot;
        }
        if let Some(timer) = self.timers.get_mut(usize::from(slot)) {
            timer.position = position as u16; // fewer slots than u16::MAX
        }
    }

    fn swap(&mut self, first: usize, second: usize) {
        let (Some(a), Some(b)) = (self.ordered(first), self.ordered(second)) else { return };
        self.place(first, b);
        self.place(second, a);
    }

    fn remove(&mut self, position: usize) {
        let Some(slot) = self.ordered(position) else { return };
        self.length -= 1;
        let last = self.length;
        if position != last {
            self.swap(position, last);
            let position = self.rise(position);
            self.sink(position);
        }
        if let Some(timer) = self.timers.get_mut(usize::from(slot)) {
            timer.position = ABSENT;
        }
    }

    fn rise(&mut self, mut position: usize) -> usize {
        while position > 0 {
            let parent = (position - 1) / 2;
            if !self.is_earlier(position, parent) {
                break;
            }
            self.swap(position, parent);
            position = parent;
        }
        position
    }

    fn sink(&mut self, mut position: usize) {
        loop {
            let (left, right) = (2 * position + 1, 2 * position + 2);
            let mut least = position;
            if left < self.length && self.is_earlier(left, least) {
                least = left;
            }
            if right < self.length && self.is_earlier(right, least) {
                least = right;
            }
            if least == position {
                return;
            }
            self.swap(position, least);
            position = least;
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The obvious twin looks at every slot.
        #[test]
        fn is_the_least_of_all(
            operations in proptest::collection::vec((0..16u16, proptest::option::of(0..50u64)), 1..200),
        ) {
            let mut memory = [Timer::EMPTY; 16];
            let mut timers = Timers::new((&mut memory[..]).into());
            let mut twin = BTreeMap::new();
            for (slot, at) in operations {
                timers.set(slot, at.map(Instant::from_nanos));
                match at {
                    Some(at) => twin.insert(slot, at),
                    None => twin.remove(&slot),
                };
                let least = twin.values().min().copied();
                prop_assert_eq!(timers.next(), least.map(Instant::from_nanos));
            }
            let mut order = std::vec::Vec::new();
            while let Some(slot) = timers.take_due(Instant::from_nanos(100)) {
                order.push(twin[&slot]);
            }
            prop_assert_eq!(order.len(), twin.len());
            prop_assert!(order.is_sorted());
        }
    }

    #[test]
    fn a_slot_that_is_not_there_wants_nothing() {
        let mut memory = [Timer::EMPTY; 2];
        let mut timers = Timers::new((&mut memory[..]).into());
        timers.set(1, Some(Instant::from_nanos(7)));
        for slot in [2, u16::MAX] {
            timers.set(slot, Some(Instant::from_nanos(5)));
            timers.set_earlier(slot, Instant::from_nanos(5));
            timers.set(slot, None);
        }
        assert_eq!(timers.next(), Some(Instant::from_nanos(7)));
        assert_eq!(timers.take_due(Instant::from_nanos(7)), Some(1));
        assert_eq!(timers.take_due(Instant::from_nanos(7)), None);
    }
}
