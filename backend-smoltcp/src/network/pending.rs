//! Packets that wait until the hardware address of a neighbour is known, or until its device has
//! room for the rest of a datagram in fragments.
//!
//! One neighbour gets at most half of the places, so that one that never answers leaves room for
//! others; when it has more to wait for, its oldest packet goes (RFC 1122 section 2.3.2.2 wants at
//! least the latest to be kept).

use managed::ManagedSlice;

use super::LinkIndex;
use crate::ip::IpAddr;
use crate::stack::{Gauge, PoolUsage};

/// A place for one packet.
pub(crate) struct PendingPacket<'a> {
    buffer: ManagedSlice<'a, u8>,
    waiting: Option<Waiting>,
}

/// What a packet waits for.
#[derive(Clone, Copy)]
struct Waiting {
    link: LinkIndex,
    next_hop: IpAddr,
    /// How much of the buffer is the packet, in bytes.
    length: usize,
    /// Its number in the order of arrival.
    order: u64,
}

impl<'a> PendingPacket<'a> {
    /// A free place with this buffer, which must hold the largest packet of a link.
    pub(crate) const fn new(buffer: ManagedSlice<'a, u8>) -> PendingPacket<'a> {
        PendingPacket { buffer, waiting: None }
    }

    fn waits_for(&self, link: LinkIndex, next_hop: IpAddr) -> Option<&Waiting> {
        let is_it = |waiting: &&Waiting| waiting.link == link && waiting.next_hop == next_hop;
        self.waiting.as_ref().filter(is_it)
    }
}

/// The packets that wait, for all neighbours of all links.
pub(crate) struct PendingPackets<'a> {
    packets: ManagedSlice<'a, PendingPacket<'a>>,
    /// How many packets ever waited.
    arrived: u64,
    /// How many do now.
    count: usize,
    gauge: Gauge,
}

impl<'a> PendingPackets<'a> {
    /// Nothing waiting, and these places. Without any, every packet is refused.
    pub(crate) fn new(
        packets: impl Into<ManagedSlice<'a, PendingPacket<'a>>>,
    ) -> PendingPackets<'a> {
        let mut packets = packets.into();
        for packet in packets.iter_mut() {
            packet.waiting = None;
        }
        PendingPackets { packets, arrived: 0, count: 0, gauge: Gauge::EMPTY }
    }

    /// Keeps a packet of `length` bytes that `fill` writes, until `next_hop` is known.
    ///
    /// False, and `fill` not called, when it is refused: all places are taken, or their buffers too
    /// small.
    pub(crate) fn push(
        &mut self,
        link: LinkIndex,
        next_hop: IpAddr,
        length: usize,
        fill: &mut dyn FnMut(&mut [u8]),
    ) -> bool {
        let most = (self.packets.len() / 2).max(1);
        let held = self.packets.iter().filter(|p| p.waits_for(link, next_hop).is_some()).count();
        let places = self.packets.iter_mut().filter(|packet| packet.buffer.len() >= length);
        let place = if held >= most {
            places
                .filter_map(|p| {
                    p.waits_for(link, next_hop).map(|w| w.order).map(|order| (order, p))
                })
                .min_by_key(|&(order, _)| order)
                .map(|(_, packet)| packet)
        } else {
            places.into_iter().find(|packet| packet.waiting.is_none())
        };
        let Some(place) = place else {
            self.gauge.refuse();
            return false;
        };
        let Some(room) = place.buffer.get_mut(..length) else {
            return false;
        };
        fill(room);
        self.count += usize::from(place.waiting.is_none());
        place.waiting = Some(Waiting { link, next_hop, length, order: self.arrived });
        self.arrived += 1;
        self.gauge.note(self.count);
        true
    }

    /// How many places are taken.
    pub(crate) fn usage(&self) -> PoolUsage {
        PoolUsage { in_use: self.count, ..self.gauge.usage(self.packets.len()) }
    }

    /// The packet that has waited longest for this neighbour, if one does.
    pub(crate) fn next(&self, link: LinkIndex, next_hop: IpAddr) -> Option<usize> {
        if self.count == 0 {
            return None; // which is nearly always so
        }
        self.packets
            .iter()
            .enumerate()
            .filter_map(|(index, p)| p.waits_for(link, next_hop).map(|w| (w.order, index)))
            .min()
            .map(|(_, index)| index)
    }

    /// The bytes of a packet that waits; none for a place that is free.
    pub(crate) fn packet(&self, index: usize) -> &[u8] {
        self.packets
            .get(index)
            .and_then(|packet| packet.buffer.get(..packet.waiting.as_ref()?.length))
            .unwrap_or_default()
    }

    /// Frees the place of a packet that has left.
    pub(crate) fn release(&mut self, index: usize) {
        if let Some(packet) = self.packets.get_mut(index) {
            self.count -= usize::from(packet.waiting.take().is_some());
        }
    }

    /// Drops what waits for any neighbour on this link.
    pub(crate) fn discard_link(&mut self, link: LinkIndex) {
        for index in 0..self.packets.len() {
            if self.packets[index].waiting.is_some_and(|waiting| waiting.link == link) {
                self.release(index);
            }
        }
    }

    /// How many places there are.
    pub(crate) fn len(&self) -> usize {
        self.packets.len()
    }

    /// For whom the packet in this place waits, if it is the [`next`](PendingPackets::next) one
    /// there.
    pub(crate) fn next_at(&self, index: usize) -> Option<(LinkIndex, IpAddr)> {
        let Waiting { link, next_hop, order, .. } = self.packets.get(index)?.waiting?;
        let older = |packet: &PendingPacket<'_>| {
            packet.waits_for(link, next_hop).is_some_and(|waiting| waiting.order < order)
        };
        // Of many fragments nearly all find the oldest at once.
        (!self.packets.iter().any(older)).then_some((link, next_hop))
    }

    /// Drops what waits for this neighbour, and says how many packets that were.
    pub(crate) fn discard(&mut self, link: LinkIndex, next_hop: IpAddr) -> usize {
        let mut dropped = 0;
        while let Some(index) = self.next(link, next_hop) {
            self.release(index);
            dropped += 1;
        }
        dropped
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::ip::Ipv4Addr;

    fn ip(last: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
    }

    /// A pool with buffers of these sizes.
    fn with_pool(sizes: &[usize], test: impl FnOnce(&mut PendingPackets<'_>)) {
        let mut bytes = [0; 256];
        let mut rest = &mut bytes[..];
        let mut places: [PendingPacket<'_>; 8] = core::array::from_fn(|index| {
            let size = sizes.get(index).copied().unwrap_or(0);
            let (buffer, tail) = core::mem::take(&mut rest).split_at_mut(size);
            rest = tail;
            PendingPacket::new(ManagedSlice::Borrowed(buffer))
        });
        test(&mut PendingPackets::new(&mut places[..sizes.len()]));
    }

    fn push(pool: &mut PendingPackets<'_>, to: u8, length: usize, byte: u8) -> bool {
        pool.push(0, ip(to), length, &mut |room| room.fill(byte))
    }

    /// The first bytes of the packets for a neighbour, in the order in which they leave.
    fn leave(pool: &mut PendingPackets<'_>, to: u8) -> [u8; 8] {
        let (mut left, mut count) = ([0; 8], 0);
        while let Some(index) = pool.next(0, ip(to)) {
            left[count] = pool.packet(index)[0];
            count += 1;
            pool.release(index);
            assert_eq!(pool.packet(index), [0; 0]);
        }
        left
    }

    #[test]
    fn packets_leave_in_the_order_of_their_arrival() {
        with_pool(&[16; 8], |pool| {
            for (to, byte) in [(1, 1), (2, 21), (1, 2), (1, 3), (2, 22)] {
                assert!(push(pool, to, 4, byte));
            }
            assert_eq!(leave(pool, 1)[..4], [1, 2, 3, 0]);
            assert_eq!(leave(pool, 2)[..3], [21, 22, 0]);
            assert_eq!(leave(pool, 1)[0], 0);
        });
    }

    #[test]
    fn one_neighbour_gets_half_and_keeps_its_latest() {
        // places, packets pushed for one neighbour, those that leave
        for (places, pushed, left) in [
            (1, 2, &[2][..]), // at least one place
            (2, 3, &[3]),
            (3, 3, &[3]),
            (4, 5, &[4, 5]),
            (8, 6, &[3, 4, 5, 6]),
        ] {
            with_pool(&[16; 8][..places], |pool| {
                for byte in 1..=pushed {
                    assert!(push(pool, 1, 4, byte), "{places}");
                }
                assert_eq!(leave(pool, 1)[..left.len()], *left, "{places}");
            });
        }
    }

    #[test]
    fn a_full_pool_refuses_and_does_not_call_back() {
        with_pool(&[16; 2], |pool| {
            assert!(push(pool, 1, 4, 1));
            assert!(push(pool, 2, 4, 2));
            assert!(!pool.push(0, ip(3), 4, &mut |_| panic!("refused")));
            assert!(push(pool, 2, 4, 3)); // its own place
            assert_eq!(leave(pool, 2)[..2], [3, 0]);
        });
        with_pool(&[], |pool| assert!(!push(pool, 1, 4, 1)));
    }

    #[test]
    fn only_buffers_that_are_long_enough_are_used() {
        with_pool(&[4, 16, 4, 4], |pool| {
            assert!(!push(pool, 1, 17, 1));
            assert!(push(pool, 1, 16, 1));
            assert!(!push(pool, 1, 5, 2)); // the only one is taken
            assert!(push(pool, 1, 3, 3));
            assert!(push(pool, 1, 16, 4)); // instead of the oldest
            assert_eq!(pool.next(0, ip(1)).map(|index| pool.packet(index).len()), Some(3));
            assert_eq!(leave(pool, 1)[..3], [3, 4, 0]);
        });
    }

    #[test]
    fn what_waits_can_be_dropped() {
        with_pool(&[16; 8], |pool| {
            for (link, to) in [(0, 1), (0, 1), (0, 2), (1, 1)] {
                assert!(pool.push(link, ip(to), 4, &mut |_| {}));
            }
            assert_eq!(pool.discard(0, ip(1)), 2);
            assert_eq!(pool.discard(0, ip(1)), 0);
            assert!(pool.next(1, ip(1)).is_some());
            assert!(pool.next(0, ip(2)).is_some());
            assert_eq!(pool.packet(99), [0; 0]);
            pool.release(99);
        });
    }
}
