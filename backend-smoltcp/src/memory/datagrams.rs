//! The memory of datagram sockets: receive queues.

use managed::ManagedSlice;

use super::Table;
use crate::datagram::DatagramQueue;

/// The part of a [`Memory`](super::Memory) that is for datagram sockets.
pub(super) struct DatagramMemory<'a, const DATAGRAMS: usize, const QUEUE: usize> {
    bytes: [[u8; QUEUE]; DATAGRAMS],
    queues: Table<DatagramQueue<'a>, DATAGRAMS>,
}

impl<'a, const DATAGRAMS: usize, const QUEUE: usize> DatagramMemory<'a, DATAGRAMS, QUEUE> {
    pub(super) const fn new() -> Self {
        const { assert!(DATAGRAMS < u16::MAX as usize, "queues are numbered in 16 bits") };
        DatagramMemory { bytes: [[0; QUEUE]; DATAGRAMS], queues: Table::new() }
    }

    pub(super) fn queues(&'a mut self) -> ManagedSlice<'a, DatagramQueue<'a>> {
        let queues = self.bytes.iter_mut().map(|bytes| DatagramQueue::new(&mut bytes[..]));
        self.queues.fill_from(queues).into()
    }
}

/// How much RAM a [`DatagramMemory`] takes.
pub(super) const fn ram(datagrams: usize, queue: usize) -> usize {
    datagrams * (size_of::<DatagramQueue<'_>>() + queue)
}
