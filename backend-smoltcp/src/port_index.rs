//! Who has which local port: numbers of sockets or connections, in chains by port.
//!
//! A port is asked for with every opening segment, every datagram and every `bind`; what stands at
//! other ports must not cost anything then. So the members of a port are linked to each other, as in
//! Linux's `inet_bind_bucket`: the chains are found by the port's remainder, and several ports may
//! share one. The port of a member is the caller's affair, who looks at it anyway.

use managed::ManagedSlice;

/// Nobody.
const NONE: u16 = u16::MAX;

/// The memory of one member, and of one chain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PortEntry {
    /// Who comes first in the chain of this place.
    first: u16,
    /// Who stands before and behind the member of this place in its chain.
    previous: u16,
    next: u16,
}

impl PortEntry {
    /// No member, and nobody in the chain.
    pub(crate) const EMPTY: PortEntry = PortEntry { first: NONE, previous: NONE, next: NONE };
}

/// The chains. Members are numbered below the number of entries.
pub(crate) struct PortIndex<'a> {
    entries: ManagedSlice<'a, PortEntry>,
}

impl<'a> PortIndex<'a> {
    /// Over entries of which all are empty.
    pub(crate) fn new(entries: ManagedSlice<'a, PortEntry>) -> PortIndex<'a> {
        PortIndex { entries }
    }

    /// Adds a member that is in no chain, in front of the others.
    pub(crate) fn insert(&mut self, port: u16, member: u16) {
        let chain = self.chain(port);
        let Some(next) = self.entries.get(chain).map(|chain| chain.first) else { return };
        let Some(entry) = self.member_mut(member) else { return };
        (entry.previous, entry.next) = (NONE, next);
        if let Some(next) = self.member_mut(next) {
            next.previous = member;
        }
        if let Some(chain) = self.entries.get_mut(chain) {
            chain.first = member;
        }
    }

    /// Removes a member that was added with this port.
    #[cfg_attr(not(feature = "alloc"), inline(never))]
    pub(crate) fn remove(&mut self, port: u16, member: u16) {
        let Some(entry) = self.member_mut(member) else { return };
        let PortEntry { previous, next, .. } = *entry;
        let chain = self.chain(port);
        if let Some(previous) = self.member_mut(previous) {
            previous.next = next;
        } else if let Some(chain) = self.entries.get_mut(chain) {
            chain.first = next;
        }
        if let Some(next) = self.member_mut(next) {
            next.previous = previous;
        }
    }

    /// The members of a port, and perhaps some of others; the one added last comes first.
    pub(crate) fn members(&self, port: u16) -> impl Iterator<Item = u16> {
        core::iter::successors(self.first(port), |member| self.next(*member))
    }

    /// The first of [`PortIndex::members`].
    #[cfg_attr(not(feature = "alloc"), inline(never))]
    pub(crate) fn first(&self, port: u16) -> Option<u16> {
        let first = self.entries.get(self.chain(port))?.first;
        (first != NONE).then_some(first)
    }

    /// Who comes behind a member in [`PortIndex::members`].
    #[cfg_attr(not(feature = "alloc"), inline(never))]
    pub(crate) fn next(&self, member: u16) -> Option<u16> {
        let next = self.entries.get(usize::from(member))?.next;
        (next != NONE).then_some(next)
    }

    /// The entry of a member; there is none of [`NONE`].
    fn member_mut(&mut self, member: u16) -> Option<&mut PortEntry> {
        self.entries.get_mut(usize::from(member))
    }

    fn chain(&self, port: u16) -> usize {
        usize::from(port) % self.entries.len().max(1)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::collections::BTreeMap;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The obvious twin is a map from members to ports. Ports share chains on purpose.
        #[test]
        fn finds_the_members_of_a_port(
            operations in proptest::collection::vec((any::<bool>(), 0..12u16, 0..30u16), 1..200),
        ) {
            let mut memory = [PortEntry::EMPTY; 12];
            let mut index = PortIndex::new((&mut memory[..]).into());
            let mut twin = BTreeMap::new();
            for (inserts, member, port) in operations {
                if inserts && !twin.contains_key(&member) {
                    index.insert(port, member);
                    twin.insert(member, port);
                } else if !inserts && let Some(port) = twin.remove(&member) {
                    index.remove(port, member);
                }
                for port in 0..30 {
                    let mut found: Vec<u16> =
                        index.members(port).filter(|member| twin[member] == port).collect();
                    found.sort_unstable();
                    let members = twin.iter().filter(|(_, other)| **other == port);
                    prop_assert!(members.map(|(member, _)| *member).eq(found));
                }
            }
        }
    }

    #[test]
    fn who_is_not_there_is_not_found() {
        // places
        for places in [0, 1, 2] {
            let mut memory = [PortEntry::EMPTY; 2];
            let mut index = PortIndex::new((&mut memory[..places]).into());
            for member in 0..places as u16 {
                index.insert(80, member);
            }
            for member in [2, 3, NONE] {
                index.insert(80, member);
                index.remove(80, member);
                assert_eq!(index.next(member), None);
            }
            assert_eq!(index.members(80).count(), places);
        }
    }
}
