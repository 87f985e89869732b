//! What must not be guessed: initial sequence numbers, ports, identifiers, hash keys.
//!
//! All come from one key that the platform's entropy fills once, through SipHash-2-4. Sources: RFC
//! 6528 (sequence numbers), RFC 6056 section 3.3.3 (ports), RFC 7739 (identifiers).

use core::hash::Hasher;
use core::net::IpAddr;

use siphasher::sip::{SipHasher13, SipHasher24};

use crate::tuple::Tuple;

/// The key, and a counter where one is part of the method.
pub(crate) struct Secret {
    key: [u8; 16],
    port_counter: u32,
}

/// Separates the uses of the key.
#[derive(Clone, Copy)]
enum Use {
    #[cfg(tcp)]
    SequenceNumber,
    Port,
    #[cfg(udp)]
    Identification,
    Index,
}

impl Secret {
    /// With this entropy.
    pub(crate) const fn new(key: [u8; 16]) -> Secret {
        Secret { key, port_counter: 0 }
    }

    /// The initial sequence number of a connection: a clock of 4 microseconds plus a secret function
    /// of the connection (RFC 6528, section 3).
    #[cfg(tcp)]
    pub(crate) fn sequence_number(&self, tuple: &Tuple, now: berkeley::Instant) -> u32 {
        let clock = (now.as_micros() / 4) as u32; // wraps, as it should
        clock.wrapping_add(self.of_tuple(Use::SequenceNumber, tuple) as u32)
    }

    /// Where the search for a local port begins for this destination (RFC 6056, algorithm 3), as a
    /// number below `range`.
    pub(crate) fn port_offset(&mut self, source: IpAddr, destination: IpAddr, range: u16) -> u16 {
        let mut hasher = self.hasher(Use::Port);
        write_address(&mut hasher, source);
        write_address(&mut hasher, destination);
        self.port_counter = self.port_counter.wrapping_add(1);
        let offset = (hasher.finish() as u32).wrapping_add(self.port_counter);
        (offset % u32::from(range.max(1))) as u16
    }

    /// A key for the identifications of fragments.
    #[cfg(udp)]
    pub(crate) fn identification_key(&self) -> u32 {
        self.hasher(Use::Identification).finish() as u32
    }

    /// The place of a connection in a hash table: keyed, so that nobody can choose collisions.
    pub(crate) fn index(&self, tuple: &Tuple) -> usize {
        let (high, low) = self.halves();
        let mut hasher = SipHasher13::new_with_keys(high, low ^ Use::Index as u64);
        // In whole words, which is quicker.
        match (tuple.local.ip, tuple.remote.ip) {
            (IpAddr::V4(local), IpAddr::V4(remote)) => {
                hasher.write_u64(u64::from(local.to_bits()) << 32 | u64::from(remote.to_bits()));
            }
            (local, remote) => {
                hasher.write(&octets(local));
                hasher.write(&octets(remote));
            }
        }
        hasher.write_u32(u32::from(tuple.local.port) << 16 | u32::from(tuple.remote.port));
        hasher.finish() as usize
    }

    #[cfg(tcp)]
    fn of_tuple(&self, purpose: Use, tuple: &Tuple) -> u64 {
        let mut hasher = self.hasher(purpose);
        write_tuple(&mut hasher, tuple);
        hasher.finish()
    }

    fn hasher(&self, purpose: Use) -> SipHasher24 {
        let (high, low) = self.halves();
        let mut hasher = SipHasher24::new_with_keys(high, low);
        hasher.write_u8(purpose as u8);
        hasher
    }

    fn halves(&self) -> (u64, u64) {
        let key = u128::from_ne_bytes(self.key);
        ((key >> 64) as u64, key as u64)
    }
}

#[cfg(tcp)]
fn write_tuple(hasher: &mut impl Hasher, tuple: &Tuple) {
    write_address(hasher, tuple.local.ip);
    write_address(hasher, tuple.remote.ip);
    hasher.write_u32(u32::from(tuple.local.port) << 16 | u32::from(tuple.remote.port));
}

/// The bytes of an address, as of one of IPv6.
fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

fn write_address(hasher: &mut impl Hasher, address: IpAddr) {
    match address {
        IpAddr::V4(address) => hasher.write_u32(address.to_bits()),
        IpAddr::V6(address) => hasher.write_u128(address.to_bits()),
    }
}
