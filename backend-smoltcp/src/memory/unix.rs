//! The memory of UNIX sockets: their places with their queues.

use managed::ManagedSlice;

#[cfg(feature = "alloc")]
use super::{Capacity, repeat};
use crate::ring::Ring;
use crate::unix::{UnixQueue, UnixSlot};

/// The part of a [`Memory`](super::Memory) that is for UNIX sockets.
pub(super) struct UnixMemory<'a, const SOCKETS: usize, const QUEUE: usize> {
    bytes: [[u8; QUEUE]; SOCKETS],
    slots: [UnixSlot<'a>; SOCKETS],
}

impl<'a, const SOCKETS: usize, const QUEUE: usize> UnixMemory<'a, SOCKETS, QUEUE> {
    pub(super) const fn new() -> Self {
        const { assert!(SOCKETS <= u16::MAX as usize, "sockets are numbered in 16 bits") };
        UnixMemory {
            bytes: [[0; QUEUE]; SOCKETS],
            slots: [const { UnixSlot::new(UnixQueue::empty()) }; SOCKETS],
        }
    }

    pub(super) fn slots(&'a mut self) -> ManagedSlice<'a, UnixSlot<'a>> {
        for (slot, bytes) in self.slots.iter_mut().zip(self.bytes.iter_mut()) {
            *slot = UnixSlot::new(UnixQueue::new(Ring::new((&mut bytes[..]).into())));
        }
        (&mut self.slots[..]).into()
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
