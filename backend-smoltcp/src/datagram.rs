//! Datagram sockets of every kind, and the receive queue that each of them has: datagrams one behind the
//! other in a ring of bytes.
//!
//! Sending needs no queue: a datagram goes to the device, or waits for its neighbour below.

use berkeley::{Errno, Error, OutgoingMessage, SocketType};
use managed::ManagedSlice;

use crate::descriptor::Bound;
use crate::ip::{self, IpAddr, Ipv4Addr};
use crate::network::LinkIndex;
use crate::network::packet::{IPV4_HEADER_LENGTH, LARGEST_LENGTH, UDP, UDP_HEADER_LENGTH};
use crate::network::route::needs_scope;
use crate::packet_socket::Frames;
use crate::raw::{Ping, Raw};
use crate::ring::Ring;
use crate::udp::Udp;

/// The smallest limit of a queue (Linux's `SOCK_MIN_RCVBUF`).
const SMALLEST_LIMIT: usize = 2304;

/// Bytes of an envelope without its two addresses, and of those.
const FIXED: usize = 8;
const IPV4_ADDRESSES: usize = 2 * 4;
const IPV6_ADDRESSES: usize = 2 * 16;

/// The state of a datagram socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Datagram {
    /// Its receive queue.
    pub(crate) queue: u16,
    /// The peer of a connected socket.
    pub(crate) peer: Option<Bound>,
    pub(crate) transport: Transport,
}

impl Datagram {
    /// Whether it has a peer.
    pub(crate) fn is_connected(self) -> bool {
        self.peer.is_some()
    }

    /// Refuses what is for sockets that can have a peer: those of frames cannot.
    pub(crate) fn require_peers(self) -> Result<(), Error> {
        match self.transport {
            Transport::Frames(_) => Err(Errno::EOPNOTSUPP.into()),
            _ => Ok(()),
        }
    }

    /// Whether it may send this at all, wherever to.
    pub(crate) fn may_send(self, message: &OutgoingMessage<'_>) -> Result<(), Error> {
        match self.transport {
            Transport::Ping(ping) => ping.may_send(message),
            _ => Ok(()),
        }
    }

    /// An address that the program sends to. A port of 0 is none; those who have no ports ignore it, but
    /// for raw sockets of IPv6, where it is the protocol (Linux's `rawv6_sendmsg`).
    pub(crate) fn destination(self, address: Bound) -> Result<Bound, Error> {
        let valid = match self.transport {
            Transport::Udp(_) => address.port != 0,
            Transport::Raw(raw) if address.ip.is_ipv6() => raw.takes_port(address.port),
            _ => true,
        };
        if valid { Ok(address) } else { Err(Errno::EINVAL.into()) }
    }

    /// How much fits into one datagram behind its headers: into a packet of 65535 bytes of IPv4, or a
    /// payload of IPv6 without jumbograms.
    pub(crate) fn longest(self, destination: IpAddr) -> usize {
        let header = if destination.is_ipv4() { IPV4_HEADER_LENGTH } else { 0 };
        match self.transport {
            Transport::Udp(_) => LARGEST_LENGTH - header - UDP_HEADER_LENGTH,
            _ => LARGEST_LENGTH - header,
        }
    }

    /// Its type and its protocol.
    pub(crate) fn socket(self) -> (SocketType, u8) {
        match self.transport {
            Transport::Udp(_) => (SocketType::DGRAM, UDP),
            Transport::Raw(raw) => (SocketType::RAW, raw.protocol()),
            Transport::Ping(ping) => (SocketType::DGRAM, ping.protocol()),
            Transport::Frames(frames) => (frames.socket_type(), 0),
        }
    }
}

/// What a datagram socket speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Transport {
    #[cfg_attr(not(udp), allow(dead_code, reason = "there are none without UDP"))]
    Udp(Udp),
    #[cfg_attr(not(raw), allow(dead_code, reason = "there are no raw sockets"))]
    Raw(Raw),
    #[cfg_attr(not(raw), allow(dead_code, reason = "there are no ping sockets"))]
    Ping(Ping),
    #[cfg_attr(not(packet), allow(dead_code, reason = "there are no sockets of frames"))]
    Frames(Frames),
}

/// What is known of a datagram besides its payload: both addresses are of one family.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Envelope {
    pub(crate) source: IpAddr,
    /// The sender's port; 0 of a protocol without.
    pub(crate) port: u16,
    /// As in the packet's header: an address of this host, or of a group.
    pub(crate) destination: IpAddr,
    pub(crate) link: LinkIndex,
    pub(crate) hop_limit: u8,
    pub(crate) traffic_class: u8,
}

impl Envelope {
    /// The scope of the sender's address, where that needs one.
    pub(crate) fn scope_id(&self) -> u32 {
        if needs_scope(self.source) { u32::from(self.link) + 1 } else { 0 }
    }
}

/// The queue.
pub(crate) struct DatagramQueue<'a> {
    ring: Ring<'a>,
    /// Datagrams in the queue.
    count: usize,
    /// How many bytes the program wants at most.
    limit: usize,
    pub(crate) in_use: bool,
    /// Which frames it takes by itself.
    #[cfg(packet)]
    pub(crate) tap: Option<crate::packet_socket::Tap>,
}

impl<'a> DatagramQueue<'a> {
    /// A queue without memory, which takes nothing.
    pub(crate) const fn empty() -> DatagramQueue<'a> {
        DatagramQueue {
            ring: Ring::empty(),
            count: 0,
            limit: 0,
            in_use: false,
            #[cfg(packet)]
            tap: None,
        }
    }

    /// A queue that takes so many bytes from the heap while it is in use.
    #[cfg(feature = "alloc")]
    pub(crate) fn on_demand(length: usize) -> DatagramQueue<'a> {
        DatagramQueue { ring: Ring::on_demand(length), ..DatagramQueue::empty() }
    }

    /// An empty queue over this memory. Each datagram takes 16 bytes besides its own, and 40 with
    /// addresses of IPv6.
    pub(crate) fn new(ring: impl Into<ManagedSlice<'a, u8>>) -> DatagramQueue<'a> {
        let ring = ring.into();
        DatagramQueue { limit: ring.len(), ring: Ring::new(ring), ..DatagramQueue::empty() }
    }

    /// Makes the queue as new, for another socket.
    pub(crate) fn claim(&mut self) {
        self.ring.claim();
        self.in_use = true;
        self.count = 0;
        self.limit = self.ring.capacity();
    }

    /// Gives the queue's memory back to the heap, where it came from there.
    pub(crate) fn release(&mut self) {
        self.in_use = false;
        self.ring.release();
        self.count = 0;
    }

    /// Takes as much as the program wants, doubled as Linux does to account for its own bytes, and
    /// no more than there is memory for.
    pub(crate) fn set_limit(&mut self, wanted: usize) {
        self.limit = wanted.saturating_mul(2).max(SMALLEST_LIMIT).min(self.ring.capacity());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many datagrams wait.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// How many bytes they take.
    pub(crate) fn used(&self) -> usize {
        self.ring.len()
    }

    /// How many bytes it takes.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Adds a datagram, in several parts, or drops it when there is no room (as Linux does: the newest is lost).
    pub(crate) fn push(&mut self, envelope: &Envelope, payload: &[&[u8]]) -> bool {
        let length: usize = payload.iter().map(|part| part.len()).sum();
        let Ok(short) = u16::try_from(length) else { return false };
        let ipv4 = envelope.destination.is_ipv4();
        if self.ring.len() + prefix_len(ipv4) + length > self.limit {
            return false;
        }
        let (length, port) = (short.to_ne_bytes(), envelope.port.to_ne_bytes());
        let Envelope { link, hop_limit, traffic_class, .. } = *envelope;
        self.ring.write(&[length[0], length[1], port[0], port[1]]);
        self.ring.write(&[u8::from(ipv4), link, hop_limit, traffic_class]);
        for address in [envelope.source, envelope.destination] {
            match address {
                IpAddr::V4(address) => self.ring.write(&address.octets()),
                IpAddr::V6(address) => self.ring.write(&address.octets()),
            }
        }
        payload.iter().for_each(|part| self.ring.write(part));
        self.count += 1;
        true
    }

    /// The oldest datagram: copies as much as fits into the buffers, the first ones first, and says
    /// how much that is, how long the datagram was, and what is known of it. It stays in the queue
    /// with `peek`.
    pub(crate) fn pop(
        &mut self,
        buffers: &mut [&mut [u8]],
        peek: bool,
    ) -> Option<(usize, usize, Envelope)> {
        if self.count == 0 {
            return None;
        }
        let [l0, l1, p0, p1, ipv4, link, hop_limit, traffic_class] = self.ring.read(0);
        let (length, ipv4) = (usize::from(u16::from_ne_bytes([l0, l1])), ipv4 != 0);
        let (source, destination) = if ipv4 {
            let address = |at| IpAddr::V4(Ipv4Addr::from(self.ring.read::<4>(at)));
            (address(FIXED), address(FIXED + 4))
        } else {
            let address = |at| ip::from_ipv6(self.ring.read::<16>(at).into());
            (address(FIXED)?, address(FIXED + 16)?)
        };
        let port = u16::from_ne_bytes([p0, p1]);
        let envelope = Envelope { source, port, destination, link, hop_limit, traffic_class };
        let prefix = prefix_len(ipv4);
        let copied = self.ring.scatter(prefix, length, buffers);
        if !peek {
            self.ring.skip(prefix + length);
            self.count -= 1;
        }
        Some((copied, length, envelope))
    }
}

/// Bytes in front of each datagram in the ring.
const fn prefix_len(ipv4: bool) -> usize {
    FIXED + if ipv4 { IPV4_ADDRESSES } else { IPV6_ADDRESSES }
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
            let mut twin: VecDeque<(std::vec::Vec<u8>, Envelope)> = VecDeque::new();
            for (number, (operation, length)) in operations.into_iter().enumerate() {
                let ipv4 = operation == 0;
                let (source, destination) =
                    if ipv4 { ("1.2.3.4", "5.6.7.8") } else { ("::1.2.3.4", "::ffff:5.6.7.8") };
                let envelope = Envelope {
                    source: source.parse().unwrap(),
                    port: number as u16 | 0x100,
                    destination: destination.parse().unwrap(),
                    link: number as u8,
                    hop_limit: length as u8,
                    traffic_class: !number as u8,
                };
                if operation < 2 {
                    let payload = std::vec![number as u8; length];
                    let size_of = |payload: &[u8], ipv4| payload.len() + if ipv4 { 16 } else { 40 };
                    let used: usize = twin
                        .iter()
                        .map(|(payload, envelope)| size_of(payload, envelope.source.is_ipv4()))
                        .sum();
                    let fits = used + size_of(&payload, ipv4) <= size;
                    prop_assert_eq!(queue.push(&envelope, &[&payload]), fits);
                    if fits {
                        twin.push_back((payload, envelope));
                    }
                } else {
                    let peek = operation == 2;
                    let mut buffer = [0; 30];
                    let (first, second) = buffer.split_at_mut(length.min(30));
                    let found = queue.pop(&mut [first, second], peek);
                    let expected = if peek { twin.front().cloned() } else { twin.pop_front() };
                    prop_assert_eq!(found.is_some(), expected.is_some());
                    if let (Some((copied, length, from)), Some((payload, envelope))) = (found, expected) {
                        prop_assert_eq!((length, from), (payload.len(), envelope));
                        prop_assert_eq!(&buffer[..copied], &payload[..payload.len().min(30)]);
                    }
                }
                prop_assert_eq!(queue.is_empty(), twin.is_empty());
            }
        }
    }
}
