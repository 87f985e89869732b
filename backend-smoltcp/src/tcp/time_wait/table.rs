//! The connections that only wait for their time to pass.
//!
//! Many connections may end within a minute, so nothing here searches: a connection is found by its
//! hash, its port by a chain, and whose time is over by a heap. Only a small table is searched, which
//! is faster.

use berkeley::Instant;
use managed::ManagedSlice;

use super::{Phase, TimeWait};
use crate::options::Reuse;
use crate::port_index::{PortEntry, PortIndex};
use crate::secret::Secret;
use crate::stack::{Gauge, PoolUsage};
use crate::tcp::tuple_index::TupleIndex;
use crate::timers::{Timer, Timers};
use crate::tuple::{Endpoint, Tuple};

/// The end of the list of free places.
const NONE: u16 = u16::MAX;

/// The memory of a table: one of each per connection.
pub(crate) struct TimeWaitMemory<'a> {
    pub(crate) entries: ManagedSlice<'a, TimeWait>,
    pub(crate) timers: ManagedSlice<'a, Timer>,
    pub(crate) ports: ManagedSlice<'a, PortEntry>,
    pub(crate) index: TupleIndex,
}

/// The table.
pub(crate) struct TimeWaitTable<'a> {
    entries: ManagedSlice<'a, TimeWait>,
    timers: Timers<'a>,
    ports: PortIndex<'a>,
    index: TupleIndex,
    first_free: u16,
    gauge: Gauge,
}

impl<'a> TimeWaitTable<'a> {
    pub(crate) fn new(memory: TimeWaitMemory<'a>) -> TimeWaitTable<'a> {
        let TimeWaitMemory { mut entries, timers, ports, index } = memory;
        let mut first_free = NONE;
        for (entry, number) in entries.iter_mut().zip(0..) {
            *entry = TimeWait { next_free: first_free, ..TimeWait::FREE };
            first_free = number;
        }
        TimeWaitTable {
            entries,
            timers: Timers::new(timers),
            ports: PortIndex::new(ports),
            index,
            first_free,
            gauge: Gauge::EMPTY,
        }
    }

    /// Whether it holds no connection, ever.
    pub(crate) fn is_absent(&self) -> bool {
        self.entries.is_empty()
    }

    /// Keeps a connection until `deadline`. When the table is full, the one whose time is over first
    /// makes room.
    pub(crate) fn insert(&mut self, new: TimeWait, deadline: Instant, secret: &Secret) {
        if self.first_free == NONE
            && let Some(oldest) = self.timers.take_due(Instant::from_nanos(u64::MAX))
        {
            self.remove(oldest, secret);
            self.gauge.refuse();
        }
        let number = self.first_free;
        let Some(entry) = self.entries.get_mut(usize::from(number)) else { return };
        self.first_free = entry.next_free;
        self.gauge.take();
        *entry = new;
        self.index.insert(secret.index(&new.tuple), number);
        self.ports.insert(new.tuple.local.port, number);
        self.timers.set(number, Some(deadline));
    }

    /// The number of a connection.
    pub(crate) fn find(&self, tuple: &Tuple, secret: &Secret) -> Option<u16> {
        let is_it = |entry: &TimeWait| entry.phase != Phase::Free && entry.tuple == *tuple;
        if self.index.is_absent() {
            let found = self.entries.iter().position(is_it);
            return found.and_then(|number| u16::try_from(number).ok());
        }
        self.index.find(secret.index(tuple), |number| self.entry(number).is_some_and(is_it))
    }

    /// A connection by its number.
    pub(crate) fn entry(&self, number: u16) -> Option<&TimeWait> {
        self.entries.get(usize::from(number))
    }

    /// The same, to be changed.
    pub(crate) fn entry_mut(&mut self, number: u16) -> Option<&mut TimeWait> {
        self.entries.get_mut(usize::from(number))
    }

    /// Lets a connection wait until another time.
    pub(crate) fn set_deadline(&mut self, number: u16, deadline: Instant) {
        self.timers.set(number, Some(deadline));
    }

    /// Forgets a connection.
    pub(crate) fn remove(&mut self, number: u16, secret: &Secret) {
        let entries = &self.entries;
        self.index.remove(number, |number| {
            entries.get(usize::from(number)).map_or(0, |entry| secret.index(&entry.tuple))
        });
        let Some(entry) = self.entries.get_mut(usize::from(number)) else { return };
        self.ports.remove(entry.tuple.local.port, number);
        self.timers.set(number, None);
        self.gauge.give_back();
        let next_free = core::mem::replace(&mut self.first_free, number);
        *entry = TimeWait { next_free, ..TimeWait::FREE };
    }

    /// Forgets those whose time is over.
    pub(crate) fn expire(&mut self, now: Instant, secret: &Secret) {
        while let Some(number) = self.timers.take_due(now) {
            self.remove(number, secret);
        }
    }

    /// When [`TimeWaitTable::expire`] has something to do.
    pub(crate) fn next_event(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Whether an address is taken by a connection that `reuse`, of a new socket, does not excuse.
    pub(crate) fn takes(&self, local: &Endpoint, reuse: Reuse) -> bool {
        self.ports.members(local.port).any(|number| {
            let Some(TimeWait { tuple, reuse: old, .. }) = self.entry(number) else { return false };
            let overlaps = local.ip.is_unspecified() || local.ip == tuple.local.ip;
            tuple.local.port == local.port && overlaps && !reuse.with(*old)
        })
    }

    /// How the table is used.
    pub(crate) fn usage(&self) -> PoolUsage {
        self.gauge.usage(self.entries.len())
    }

    /// The connections.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &TimeWait> {
        self.entries.iter().filter(|entry| entry.phase != Phase::Free)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::ip::{IpAddr, Ipv4Addr};

    const PLACES: usize = 6;

    fn tuple(number: u16) -> Tuple {
        let end = |port| Endpoint { ip: IpAddr::V4(Ipv4Addr::LOCALHOST), port };
        Tuple { local: end(number % 3), remote: end(number) }
    }

    fn waiting(number: u16) -> TimeWait {
        TimeWait::new(Phase::TimeWait, tuple(number), (0, 0), 0, Instant::ZERO)
    }

    proptest! {
        /// The obvious twin is a map from the connection to its deadline.
        #[test]
        fn is_a_map_that_loses_the_oldest(
            indexed in any::<bool>(),
            operations in prop::collection::vec((0..4u8, 0..12u16, 0..40u64), 1..200),
        ) {
            let secret = Secret::new([7; 16]);
            let indexed = if indexed { 2 * PLACES } else { 0 };
            let (mut entries, mut timers) = ([TimeWait::FREE; PLACES], [Timer::EMPTY; PLACES]);
            let mut ports = [PortEntry::EMPTY; PLACES];
            let mut table = TimeWaitTable::new(TimeWaitMemory {
                entries: (&mut entries[..]).into(),
                timers: (&mut timers[..]).into(),
                ports: (&mut ports[..]).into(),
                index: TupleIndex::with_entries(indexed),
            });
            let mut twin = BTreeMap::new();
            for (step, (operation, number, time)) in operations.into_iter().enumerate() {
                // No two deadlines are equal, so the oldest is one.
                let time = time * 1000 + step as u64;
                let deadline = Instant::from_nanos(time);
                match (operation, table.find(&tuple(number), &secret)) {
                    (0, None) => {
                        if twin.len() == PLACES {
                            let oldest = *twin.iter().min_by_key(|(_, time)| **time).unwrap().0;
                            twin.remove(&oldest);
                        }
                        table.insert(waiting(number), deadline, &secret);
                        twin.insert(number, time);
                    }
                    (1, Some(place)) => {
                        table.set_deadline(place, deadline);
                        twin.insert(number, time);
                    }
                    (2, Some(place)) => {
                        table.remove(place, &secret);
                        twin.remove(&number);
                    }
                    (3, _) => {
                        let now = Instant::from_nanos(time / 8);
                        table.expire(now, &secret);
                        twin.retain(|_, deadline| *deadline > time / 8);
                    }
                    _ => {}
                }
                let next = twin.values().min().map(|time| Instant::from_nanos(*time));
                prop_assert_eq!(table.next_event(), next);
                prop_assert_eq!(table.iter().count(), twin.len());
                for number in 0..12 {
                    let found = table.find(&tuple(number), &secret);
                    prop_assert_eq!(found.is_some(), twin.contains_key(&number));
                }
                for port in 0..3 {
                    let local = Endpoint { port, ..tuple(0).local };
                    let taken = twin.keys().any(|number| number % 3 == port);
                    prop_assert_eq!(table.takes(&local, Reuse { address: true, port: false }), taken);
                }
            }
        }
    }

    #[test]
    fn an_empty_table_forgets_at_once() {
        let secret = Secret::new([7; 16]);
        let mut table = TimeWaitTable::new(TimeWaitMemory {
            entries: (&mut [][..]).into(),
            timers: (&mut [][..]).into(),
            ports: (&mut [][..]).into(),
            index: TupleIndex::ABSENT,
        });
        table.insert(waiting(1), Instant::from_millis(1), &secret);
        assert!(table.is_absent());
        assert_eq!(table.find(&tuple(1), &secret), None);
        assert_eq!(table.next_event(), None);
        assert!(!table.takes(&tuple(1).local, Reuse::NOTHING));
    }
}
