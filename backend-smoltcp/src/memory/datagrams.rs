//! The memory of datagram sockets: receive queues.

use managed::ManagedSlice;

use crate::datagram::DatagramQueue;

/// The part of a [`Memory`](super::Memory) that is for datagram sockets.
pub(super) struct DatagramMemory<'a, const DATAGRAMS: usize, const QUEUE: usize> {
    bytes: [[u8; QUEUE]; DATAGRAMS],
    queues: [DatagramQueue<'a>; DATAGRAMS],
}

impl<'a, const DATAGRAMS: usize, const QUEUE: usize> DatagramMemory<'a, DATAGRAMS, QUEUE> {
    pub(super) const fn new() -> Self {
        const { assert!(DATAGRAMS < u16::MAX as usize, "queues are numbered in 16 bits") };
        DatagramMemory {
            bytes: [[0; QUEUE]; DATAGRAMS],
            queues: [const { DatagramQueue::empty() }; DATAGRAMS],
        }
    }

    pub(super) fn queues(&'a mut self) -> ManagedSlice<'a, DatagramQueue<'a>> {
        for (queue, bytes) in self.queues.iter_mut().zip(self.bytes.iter_mut()) {
            *queue = DatagramQueue::new(&mut bytes[..]);
        }
        (&mut self.queues[..]).into()
    }
}

/// How much RAM a [`DatagramMemory`] takes.
pub(super) const fn ram(datagrams: usize, queue: usize) -> usize {
    datagrams * (size_of::<DatagramQueue<'_>>() + queue)
}
