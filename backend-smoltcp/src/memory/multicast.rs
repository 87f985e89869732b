//! The memory of multicast: memberships, and what is to be told about groups.

use core::mem::size_of;

use managed::ManagedSlice;

use super::{ADDRESSES, INTERFACES, Table};
#[cfg(feature = "alloc")]
use super::{Capacity, repeat};
use crate::memberships::Membership;
use crate::network::reports::{Querier, Report};

/// How many memberships of all sockets there can be.
const MEMBERSHIPS: usize = 8;
/// A group for each, and one for each address: it is solicited there.
const REPORTS: usize = MEMBERSHIPS + ADDRESSES;

/// The part of a [`Memory`](super::Memory) that is for multicast.
pub(super) struct MulticastMemory {
    memberships: Table<Option<Membership>, MEMBERSHIPS>,
    reports: Table<Option<Report>, REPORTS>,
    queriers: Table<[Querier; 2], INTERFACES>,
}

impl MulticastMemory {
    pub(super) const fn new() -> MulticastMemory {
        MulticastMemory { memberships: Table::new(), reports: Table::new(), queriers: Table::new() }
    }

    pub(super) fn tables(&mut self) -> MulticastTables<'_> {
        MulticastTables {
            memberships: self.memberships.fill(|| None).into(),
            reports: self.reports.fill(|| None).into(),
            queriers: self.queriers.fill(|| [Querier::NONE; 2]).into(),
        }
    }
}

/// The tables of multicast.
pub(crate) struct MulticastTables<'a> {
    pub(crate) memberships: ManagedSlice<'a, Option<Membership>>,
    pub(crate) reports: ManagedSlice<'a, Option<Report>>,
    pub(crate) queriers: ManagedSlice<'a, [Querier; 2]>,
}

#[cfg(feature = "alloc")]
impl MulticastTables<'static> {
    pub(super) fn of(capacity: &Capacity) -> MulticastTables<'static> {
        MulticastTables {
            memberships: repeat(capacity.memberships, || None),
            reports: repeat(capacity.memberships.saturating_add(capacity.addresses), || None),
            queriers: repeat(usize::from(capacity.interfaces), || [Querier::NONE; 2]),
        }
    }
}

/// How much RAM a [`MulticastMemory`] takes.
pub(super) const RAM: usize = size_of::<MulticastMemory>();
