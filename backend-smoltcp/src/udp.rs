//! The receive queue of a datagram socket: datagrams one behind the other in a ring of bytes.
//!
//! Sending needs no queue: a datagram goes to the device, or waits for its neighbour below.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use managed::ManagedSlice;

/// The protocol number of UDP.
pub(crate) const PROTOCOL: u8 = 17;

/// Bytes of a UDP header.
pub(crate) const HEADER_LENGTH: usize = 8;

/// The longest payload over IPv4: 65535 less both headers (RFC 768).
pub(crate) const LONGEST_IPV4: usize = 65_507;

/// The longest payload over IPv6 without jumbograms.
pub(crate) const LONGEST_IPV6: usize = 65_527;

/// The smallest limit of a queue (Linux's `SOCK_MIN_RCVBUF`).
const SMALLEST_LIMIT: usize = 2304;

/// Bytes in front of each datagram in the ring.
const PREFIX: usize = 2 + 1 + 16 + 2 + 4;

/// Where a datagram came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Sender {
    pub(crate) ip: IpAddr,
    pub(crate) port: u16,
    pub(crate) scope_id: u32,
}

/// The queue.
pub(crate) struct DatagramQueue<'a> {
    ring: ManagedSlice<'a, u8>,
    /// Where the oldest datagram starts.
    head: usize,
    /// Bytes in use.
    used: usize,
    /// Datagrams in the queue.
    count: usize,
    /// How many bytes the program wants at most.
    limit: usize,
    pub(crate) in_use: bool,
}

impl<'a> DatagramQueue<'a> {
    /// A queue without memory, which takes nothing.
    pub(crate) const fn empty() -> DatagramQueue<'a> {
        let ring = ManagedSlice::Borrowed(&mut []);
        DatagramQueue { ring, head: 0, used: 0, count: 0, limit: 0, in_use: false }
    }

    /// An empty queue over this memory. Each datagram takes 25 bytes besides its own.
    pub(crate) fn new(ring: impl Into<ManagedSlice<'a, u8>>) -> DatagramQueue<'a> {
        let ring = ring.into();
        DatagramQueue { limit: ring.len(), ring, ..DatagramQueue::empty() }
    }

    /// Makes the queue as new, for another socket.
    pub(crate) fn clear(&mut self) {
        (self.head, self.used, self.count) = (0, 0, 0);
        self.limit = self.ring.len();
    }

    /// Takes as much as the program wants, doubled as Linux does to account for its own bytes, and
    /// no more than there is memory for.
    pub(crate) fn set_limit(&mut self, wanted: usize) {
        self.limit = wanted.saturating_mul(2).max(SMALLEST_LIMIT).min(self.ring.len());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many bytes it takes.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Adds a datagram, or drops it when there is no room (as Linux does: the newest is lost).
    pub(crate) fn push(&mut self, sender: &Sender, payload: &[u8]) -> bool {
        let Ok(length) = u16::try_from(payload.len()) else { return false };
        if self.used + PREFIX + payload.len() > self.limit {
            return false;
        }
        let (version, bytes) = match sender.ip {
            IpAddr::V4(ip) => (4, ip.to_ipv6_mapped().octets()),
            IpAddr::V6(ip) => (6, ip.octets()),
        };
        self.write(&length.to_ne_bytes());
        self.write(&[version]);
        self.write(&bytes);
        self.write(&sender.port.to_ne_bytes());
        self.write(&sender.scope_id.to_ne_bytes());
        self.write(payload);
        self.count += 1;
        true
    }

    /// The oldest datagram: copies as much as fits into the buffers, the first ones first, and says
    /// how much that is, how long the datagram was, and who sent it. It stays in the queue with
    /// `peek`.
    pub(crate) fn pop(
        &mut self,
        buffers: &mut [&mut [u8]],
        peek: bool,
    ) -> Option<(usize, usize, Sender)> {
        if self.count == 0 {
            return None;
        }
        let length = usize::from(u16::from_ne_bytes(self.read(0)));
        let [version] = self.read(2);
        let bytes = Ipv6Addr::from(self.read::<16>(3));
        let ip = match version {
            4 => IpAddr::V4(bytes.to_ipv4_mapped().unwrap_or(Ipv4Addr::UNSPECIFIED)),
            _ => IpAddr::V6(bytes),
        };
        let sender = Sender {
            ip,
            port: u16::from_ne_bytes(self.read(19)),
            scope_id: u32::from_ne_bytes(self.read(21)),
        };
        let mut copied = 0;
        for buffer in buffers {
            let part = buffer.len().min(length - copied);
            self.copy_out(PREFIX + copied, &mut buffer[..part]);
            copied += part;
        }
        if !peek {
            self.head = (self.head + PREFIX + length) % self.ring.len();
            self.used -= PREFIX + length;
            self.count -= 1;
        }
        Some((copied, length, sender))
    }

    fn write(&mut self, bytes: &[u8]) {
        let size = self.ring.len();
        let start = (self.head + self.used) % size;
        let first = bytes.len().min(size - start);
        self.ring[start..start + first].copy_from_slice(&bytes[..first]);
        self.ring[..bytes.len() - first].copy_from_slice(&bytes[first..]);
        self.used += bytes.len();
    }

    fn read<const N: usize>(&self, offset: usize) -> [u8; N] {
        let mut bytes = [0; N];
        self.copy_out(offset, &mut bytes);
        bytes
    }

    /// Copies the bytes from `offset` behind the head.
    fn copy_out(&self, offset: usize, to: &mut [u8]) {
        let size = self.ring.len();
        let start = (self.head + offset) % size;
        let first = to.len().min(size - start);
        let (front, back) = to.split_at_mut(first);
        front.copy_from_slice(&self.ring[start..start + first]);
        back.copy_from_slice(&self.ring[..back.len()]);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The obvious twin is a queue of vectors; what does not fit it does not get.
        #[test]
        fn is_a_queue(
            size in 0..200usize,
            operations in proptest::collection::vec((0..4u8, 0..60usize), 1..200),
        ) {
            let mut memory = std::vec![0; size];
            let mut queue = DatagramQueue::new(&mut memory[..]);
            let mut twin: VecDeque<(std::vec::Vec<u8>, Sender)> = VecDeque::new();
            for (number, (operation, length)) in operations.into_iter().enumerate() {
                let ip = if operation == 0 { "1.2.3.4" } else { "::1.2.3.4" };
                let sender =
                    Sender { ip: ip.parse().unwrap(), port: number as u16, scope_id: length as u32 };
                if operation < 2 {
                    let payload = std::vec![number as u8; length];
                    let used: usize = twin.iter().map(|(payload, _)| payload.len() + PREFIX).sum();
                    let fits = used + PREFIX + length <= size;
                    prop_assert_eq!(queue.push(&sender, &payload), fits);
                    if fits {
                        twin.push_back((payload, sender));
                    }
                } else {
                    let peek = operation == 2;
                    let mut buffer = [0; 30];
                    let (first, second) = buffer.split_at_mut(length.min(30));
                    let found = queue.pop(&mut [first, second], peek);
                    let expected = if peek { twin.front().cloned() } else { twin.pop_front() };
                    prop_assert_eq!(found.is_some(), expected.is_some());
                    if let (Some((copied, length, from)), Some((payload, sender))) = (found, expected) {
                        prop_assert_eq!((length, from), (payload.len(), sender));
                        prop_assert_eq!(&buffer[..copied], &payload[..payload.len().min(30)]);
                    }
                }
                prop_assert_eq!(queue.is_empty(), twin.is_empty());
            }
        }
    }
}
