//! The memory of UNIX sockets: their places with their queues.

use managed::ManagedSlice;

use super::Table;
#[cfg(feature = "alloc")]
use super::{Capacity, repeat};
use crate::ring::Ring;
use crate::unix::{UnixQueue, UnixSlot};

/// The part of a [`Memory`](super::Memory) that is for UNIX sockets.
pub(super) struct UnixMemory<'a, const SOCKETS: usize, const QUEUE: usize> {
    bytes: [[u8; QUEUE]; SOCKETS],
    slots: Table<UnixSlot<'a>, SOCKETS>,
}

impl<'a, const SOCKETS: usize, const QUEUE: usize> UnixMemory<'a, SOCKETS, QUEUE> {
    pub(super) const fn new() -> Self {
        const { assert!(SOCKETS <= u16::MAX as usize, "sockets are numbered in 16 bits") };
        UnixMemory { bytes: [[0; QUEUE]; SOCKETS], slots: Table::new() }
    }

    pub(super) fn slots(&'a mut self) -> ManagedSlice<'a, UnixSlot<'a>> {
        let slots = self
            .bytes
            .iter_mut()
            .map(|bytes| UnixSlot::new(UnixQueue::new(Ring::new((&mut bytes[..]).into()))));
        self.slots.fill_from(slots).into()
    }
}

/// How much RAM a [`UnixMemory`] takes.
pub(super) const fn ram(sockets: usize, queue: usize) -> usize {
    sockets * (size_of::<UnixSlot<'_>>() + queue)
}

/// On the heap.
#[cfg(feature = "alloc")]
pub(super) fn slots_of(capacity: &Capacity) -> ManagedSlice<'static, UnixSlot<'static>> {
    repeat(usize::from(capacity.unix_sockets), || {
        UnixSlot::new(UnixQueue::new(Ring::on_demand(capacity.unix_queue)))
    })
}
