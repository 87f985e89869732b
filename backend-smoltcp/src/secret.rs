//! What must not be guessed: initial sequence numbers, ports, identifiers, hash keys.
//!
//! All come from one key that the platform's entropy fills once, through SipHash-2-4. Where numbers are
//! not to be repeated soon, a counter says which is next, and the key in which order they come, another
//! one for each pair of addresses: whoever sees those of one pair learns nothing about another.
//! Sources: RFC 6528 (sequence numbers), RFC 6056 section 3.3 (ports), RFC 7739 section 5 (identifiers).

#[cfg(tcp)]
use core::hash::Hasher;

#[cfg(tcp)]
use siphasher::sip::SipHasher13;
use siphasher::sip::SipHasher24;

use crate::ip::IpAddr;
use crate::tuple::Tuple;

/// The ports to choose from are so many bits.
pub(crate) const PORT_BITS: u32 = 14;

/// The longest message that is hashed: two addresses, two ports, two numbers, and the purpose.
const LONGEST_MESSAGE: usize = 36 + 8 + 4;

/// The key, and what was given out.
pub(crate) struct Secret {
    key: [u8; 16],
    ports: u32,
    #[cfg(datagrams)]
    identifications: u32,
    #[cfg(name_servers)]
    drawn: u64,
}

/// Separates the uses of the key.
#[derive(Clone, Copy)]
enum Use {
    #[cfg(tcp)]
    SequenceNumber,
    #[cfg(tcp)]
    Cookie,
    #[cfg(tcp)]
    Pause,
    Stranger,
    Port,
    #[cfg(datagrams)]
    Identification,
    #[cfg(tcp)]
    Index,
    #[cfg(name_servers)]
    Number,
    #[cfg(feature = "slaac")]
    Identifier,
    #[cfg(multicast)]
    Delay,
    Share,
}

impl Secret {
    /// With this entropy.
    pub(crate) const fn new(key: [u8; 16]) -> Secret {
        Secret {
            key,
            ports: 0,
            #[cfg(datagrams)]
            identifications: 0,
            #[cfg(name_servers)]
            drawn: 0,
        }
    }

    /// The initial sequence number of a connection: a clock of 4 microseconds plus a secret function
    /// of the connection (RFC 6528, section 3).
    #[cfg(tcp)]
    pub(crate) fn sequence_number(&self, tuple: &Tuple, now: berkeley::Instant) -> u32 {
        let clock = (now.as_micros() / 4) as u32; // wraps, as it should
        clock.wrapping_add(
            self.hash(Use::SequenceNumber, &[tuple_octets(tuple, &mut [0; 36])]) as u32
        )
    }

    /// A hash of an opening segment with this number, at a time or at all times ([`crate::tcp::cookie`]).
    #[cfg(tcp)]
    pub(crate) fn cookie(&self, tuple: &Tuple, theirs: u32, step: Option<u8>) -> u32 {
        let mut room = [0; 36];
        let step = step.map_or(u32::MAX, u32::from);
        let numbers = u64::from(theirs) << 32 | u64::from(step);
        let tuple = tuple_octets(tuple, &mut room);
        self.hash(Use::Cookie, &[tuple, &numbers.to_ne_bytes()]) as u32
    }

    /// By how much a pause of a connection that began at this time is longer than the shortest.
    #[cfg(tcp)]
    pub(crate) fn spread(&self, tuple: &Tuple, began: u32) -> u32 {
        let mut room = [0; 36];
        let tuple = tuple_octets(tuple, &mut room);
        self.hash(Use::Pause, &[tuple, &began.to_ne_bytes()]) as u32
    }

    /// A hash of a network of somebody else, and of a number beside it.
    #[inline(never)] // it is asked for in several places
    pub(crate) fn stranger(&self, network: u64, number: Option<u32>) -> u32 {
        let number = number.map_or(u64::MAX, u64::from);
        self.hash(Use::Stranger, &[&network.to_ne_bytes(), &number.to_ne_bytes()]) as u32
    }

    /// Where the search for a local port begins for this destination, as a number of [`PORT_BITS`]
    /// bits: no order that anybody sees, and none twice before all others were tried (RFC 6056,
    /// section 3.2).
    pub(crate) fn port_offset(&mut self, source: IpAddr, destination: IpAddr) -> u16 {
        self.ports = self.ports.wrapping_add(1);
        self.permuted(Use::Port, (source, destination), self.ports, PORT_BITS) as u16
    }

    /// What the fragments of the next datagram between these addresses share: 16 bits for IPv4, 32 for
    /// IPv6.
    #[cfg(datagrams)]
    pub(crate) fn identification(&mut self, source: IpAddr, destination: IpAddr) -> u32 {
        self.identifications = self.identifications.wrapping_add(1);
        let bits = if destination.is_ipv4() { 16 } else { 32 };
        let ends = (source, destination);
        self.permuted(Use::Identification, ends, self.identifications, bits)
    }

    /// A key for the identifiers of interfaces: the same as long as the stack lives.
    #[cfg(feature = "slaac")]
    pub(crate) fn identifier_key(&self) -> [u8; 16] {
        let half = |number| self.hash(Use::Identifier, &[&[number]]);
        (u128::from(half(0)) << 64 | u128::from(half(1))).to_ne_bytes()
    }

    /// A number that nobody can predict, another one each time.
    #[cfg(name_servers)]
    pub(crate) fn number(&mut self) -> u32 {
        self.drawn = self.drawn.wrapping_add(1);
        self.hash(Use::Number, &[&self.drawn.to_ne_bytes()]) as u32
    }

    /// Where the delays of reports about groups begin.
    #[cfg(multicast)]
    pub(crate) fn delay_seed(&self) -> u32 {
        self.hash(Use::Delay, &[]) as u32
    }

    /// Which of the sockets that share a port hears this peer.
    pub(crate) fn share(&self, tuple: &Tuple) -> u32 {
        self.hash(Use::Share, &[tuple_octets(tuple, &mut [0; 36])]) as u32
    }

    /// The place of a connection in a hash table: keyed, so that nobody can choose collisions.
    #[cfg(tcp)]
    pub(crate) fn index(&self, tuple: &Tuple) -> usize {
        let ports = u32::from(tuple.remote.port) << 16 | u32::from(tuple.local.port);
        match (tuple.remote.ip, tuple.local.ip) {
            (IpAddr::V4(remote), IpAddr::V4(local)) => {
                let addresses = u64::from(remote.to_bits()) << 32 | u64::from(local.to_bits());
                self.index_of_ipv4(addresses, ports)
            }
            (remote, local) => {
                let mut hasher = self.index_hasher();
                hasher.write(&octets(remote));
                hasher.write(&octets(local));
                hasher.write_u32(ports);
                hasher.finish() as usize
            }
        }
    }

    /// The same by both addresses and both ports, in the order in which a segment of the peer has them.
    #[cfg(tcp)]
    #[inline(never)] // it is long on small machines
    pub(crate) fn index_of_ipv4(&self, addresses: u64, ports: u32) -> usize {
        let mut hasher = self.index_hasher();
        // In whole words, which is quicker.
        hasher.write_u64(addresses);
        hasher.write_u32(ports);
        hasher.finish() as usize
    }

    /// Where a number of so many bits, an even count, comes in the order of these addresses: four rounds
    /// of a Feistel network make a permutation, and one that cannot be told from any other when their
    /// function is pseudorandom (Luby and Rackoff 1988).
    fn permuted(
        &self,
        purpose: Use,
        (source, destination): (IpAddr, IpAddr),
        number: u32,
        bits: u32,
    ) -> u32 {
        let (half, mask) = (bits / 2, (1 << (bits / 2)) - 1);
        let (mut left, mut right) = (number >> half & mask, number & mask);
        let mut room = [0; 36];
        let ends = octets_of_both(source, destination, &mut room);
        for round in 0..4 {
            let round = right << 2 | round;
            let hash = self.hash(purpose, &[ends, &round.to_ne_bytes()]);
            (left, right) = (right, (left ^ hash as u32) & mask);
        }
        left << half | right
    }

    #[cfg(tcp)]
    fn index_hasher(&self) -> SipHasher13 {
        let (high, low) = self.halves();
        SipHasher13::new_with_keys(high, low ^ Use::Index as u64)
    }

    /// A secret function of these bytes, another one for each purpose.
    #[inline(never)] // all its rounds, once for all purposes
    fn hash(&self, purpose: Use, parts: &[&[u8]]) -> u64 {
        // In one piece, which takes a third less flash than one part after the other. The purpose stands
        // at the end.
        let (mut message, mut length) = ([0; LONGEST_MESSAGE], 0);
        for part in parts.iter().copied().chain([&(purpose as u32).to_ne_bytes()[..]]) {
            let end = length + part.len();
            let Some(room) = message.get_mut(length..end) else {
                debug_assert!(false, "a message is longer than the longest");
                break;
            };
            room.copy_from_slice(part);
            length = end;
        }
        let (high, low) = self.halves();
        SipHasher24::new_with_keys(high, low).hash(&message[..length])
    }

    fn halves(&self) -> (u64, u64) {
        let key = u128::from_ne_bytes(self.key);
        ((key >> 64) as u64, key as u64)
    }
}

/// The bytes of both addresses and of both ports, in this room.
fn tuple_octets<'a>(tuple: &Tuple, room: &'a mut [u8; 36]) -> &'a [u8] {
    let ports = u32::from(tuple.local.port) << 16 | u32::from(tuple.remote.port);
    let length = octets_of_both(tuple.local.ip, tuple.remote.ip, room).len();
    room[length..length + 4].copy_from_slice(&ports.to_ne_bytes());
    &room[..length + 4]
}

/// The bytes of two addresses, in this room.
fn octets_of_both(one: IpAddr, other: IpAddr, room: &mut [u8; 36]) -> &[u8] {
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            room[..4].copy_from_slice(&one.octets());
            room[4..8].copy_from_slice(&other.octets());
            &room[..8]
        }
        (one, other) => {
            room[..16].copy_from_slice(&octets(one));
            room[16..32].copy_from_slice(&octets(other));
            &room[..32]
        }
    }
}

/// The bytes of an address, as of one of IPv6.
fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn numbers_repeat_only_after_all_others() {
        let [here, there] = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse().unwrap());
        for key in [[0; 16], [7; 16], [0xFF; 16]] {
            let mut secret = Secret::new(key);
            let ports: HashSet<_> =
                (0..1 << PORT_BITS).map(|_| secret.port_offset(here, there)).collect();
            assert_eq!(ports.len(), 1 << PORT_BITS);
            assert!(ports.iter().all(|port| *port < 1 << PORT_BITS));
            #[cfg(datagrams)]
            {
                let numbers: HashSet<_> =
                    (0..1 << 16).map(|_| secret.identification(here, there)).collect();
                assert_eq!(numbers.len(), 1 << 16);
            }
        }
    }

    #[test]
    #[cfg(datagrams)]
    fn all_of_32_bits_is_used() {
        let [here, there] = ["2001:db8::1", "2001:db8::2"].map(|text| text.parse().unwrap());
        let mut secret = Secret::new([7; 16]);
        let numbers: HashSet<_> = (0..10_000).map(|_| secret.identification(here, there)).collect();
        assert_eq!(numbers.len(), 10_000);
        let used = numbers.iter().fold(0, |used, number| used | number);
        assert_eq!(used, u32::MAX);
    }
}
