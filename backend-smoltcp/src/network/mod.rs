//! Everything between a link and the transport protocols.
//!
//! The engine runs on bare IP packets; what lies below it is here. Each part is a table with a few
//! verbs: it is given bytes and the time, and answers with what to do. Nothing here owns a device,
//! reads a clock, allocates or waits, so that every rule can be tested with a table of rows.
//!
//! # A frame's way in
//!
//! 1. [`ethernet::EthernetHeader::parse`] takes the link's header off. Links that carry bare IP
//!    packets start at step 3.
//! 2. [`arp::Arp::parse`] handles address resolution; what it says goes to
//!    [`neighbour::NeighbourTable`], and when somebody waited for it, the packets that
//!    [`pending::PendingPackets`] holds for that neighbour leave.
//! 3. [`packet::parse`] checks an IP packet as a whole, and says where its payload is. Whether it
//!    is for this host is a question to [`route::RouteTable::is_own`] and
//!    [`route::RouteTable::is_broadcast`].
//! 4. A fragment goes to [`reassembly::Reassembly::add`], which gives back a whole datagram when
//!    the last gap is closed.
//! 5. [`ndp::Ndp::parse`] does for IPv6 what step 2 does for IPv4; everything else goes up.
//! 6. [`igmp::parse`] and [`mld::parse`] read what is said about groups; what is to be answered
//!    [`reports::Reports`] decides.
//!
//! # A packet's way out
//!
//! 1. [`route::RouteTable::lookup`] finds the link and the neighbour to hand the packet to, and
//!    [`route::RouteTable::source_for`] the source address where the socket has none. A packet to
//!    an address of this host is looped back by the caller and never gets here.
//! 2. [`emit::IpEmit::emit`] writes the header. A packet larger than the link's is cut by
//!    [`fragment::split`].
//! 3. [`ethernet::group_address`] maps a group of hosts to a hardware address;
//!    [`neighbour::NeighbourTable::resolve`] finds the hardware address of one neighbour. While it
//!    asks, the packet waits in [`pending::PendingPackets`]; when nobody answers,
//!    [`neighbour::NeighbourTable::take_failed`] says so, which sockets see as `EHOSTUNREACH`.

#[cfg(feature = "ipv4")]
pub(crate) mod arp;
pub(crate) mod checksum;
#[cfg(feature = "dhcp")]
pub(crate) mod dhcp;
pub(crate) mod emit;
pub(crate) mod ethernet;
#[cfg(feature = "ipv6")]
mod extension;
#[cfg(feature = "dhcp")]
mod few;
#[cfg(datagrams)]
pub(crate) mod fragment;
#[cfg(datagrams)]
mod holes;
#[cfg(all(multicast, feature = "ipv4"))]
pub(crate) mod igmp;
#[cfg_attr(not(feature = "ipv4"), path = "no_ipv4.rs")]
mod ipv4;
#[cfg_attr(not(feature = "ipv6"), path = "no_ipv6.rs")]
mod ipv6;
#[cfg(all(multicast, feature = "ipv6"))]
pub(crate) mod mld;
#[cfg(feature = "ipv6")]
pub(crate) mod ndp;
pub(crate) mod neighbour;
pub(crate) mod packet;
pub(crate) mod pending;
#[cfg(feature = "ipv6")]
mod problem;
#[cfg_attr(not(datagrams), path = "no_reassembly.rs")]
pub(crate) mod reassembly;
#[cfg(multicast)]
pub(crate) mod reports;
pub(crate) mod route;
#[cfg(feature = "slaac")]
pub(crate) mod slaac;

use core::{fmt, net};

use berkeley::{Errno, Error};

use crate::ip::{self, IpAddr};

pub(crate) use ipv6::solicited_group;

/// Which link of the stack: its place in the order in which links were added, from 0.
pub type LinkIndex = u8;

/// The hardware address of a station on a link (IEEE 802, 48 bits).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HardwareAddress(pub [u8; 6]);

impl HardwareAddress {
    /// Every station of the link.
    pub const BROADCAST: HardwareAddress = HardwareAddress([0xFF; 6]);

    /// Whether this names a group of stations, such as all of them, and not a single one.
    pub const fn is_group(self) -> bool {
        self.0[0] & 0x01 != 0
    }

    /// Whether a single station can have this address: it is not a group's, nor all zeros.
    pub const fn is_station(self) -> bool {
        !self.is_group() && !matches!(self.0, [0, 0, 0, 0, 0, 0])
    }
}

impl fmt::Display for HardwareAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for HardwareAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An address with the length of the prefix that it shares with its network (RFC 4632).
///
/// The bits behind the prefix are kept: `192.0.2.1/24` is both an address and its network.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cidr {
    address: IpAddr,
    prefix: u8,
}

impl Cidr {
    /// The address with this prefix length in bits.
    ///
    /// # Errors
    ///
    /// `EINVAL` for a prefix of more than 32 bits for IPv4, or 128 for IPv6; `EAFNOSUPPORT` for a
    /// version of IP that the stack was built without.
    pub const fn new(address: net::IpAddr, prefix: u8) -> Result<Cidr, Error> {
        match ip::ours(address) {
            Ok(address) => Cidr::of(address, prefix),
            Err(error) => Err(error),
        }
    }

    /// The same of an address of ours.
    pub(crate) const fn of(address: IpAddr, prefix: u8) -> Result<Cidr, Error> {
        if prefix > bits_of(address) {
            return Err(Error::from_errno(Errno::EINVAL));
        }
        Ok(Cidr { address, prefix })
    }

    /// The address alone: a network of one.
    #[cfg(feature = "dhcp")]
    pub(crate) const fn host(address: IpAddr) -> Cidr {
        Cidr { address, prefix: bits_of(address) }
    }

    /// The address, with the bits behind the prefix.
    pub const fn address(&self) -> net::IpAddr {
        ip::theirs(self.address)
    }

    /// The same as an address of ours.
    pub(crate) const fn ip(&self) -> IpAddr {
        self.address
    }

    /// The length of the prefix, in bits.
    pub const fn prefix(&self) -> u8 {
        self.prefix
    }

    /// Whether `address` is in this network. Addresses of the other family never are.
    pub fn contains(&self, address: net::IpAddr) -> bool {
        ip::ours(address).is_ok_and(|address| self.holds(address))
    }

    /// The same for an address of ours.
    pub(crate) fn holds(&self, address: IpAddr) -> bool {
        common_prefix(self.address, address).is_some_and(|common| common >= self.prefix)
    }

    /// Whether `address` is the directed broadcast address of this IPv4 network (RFC 919 section
    /// 7).
    ///
    /// Networks of one or two addresses have none (RFC 3021), and neither has the whole Internet,
    /// whose would be the limited broadcast address.
    pub fn is_broadcast(&self, address: net::IpAddr) -> bool {
        ip::ours(address).is_ok_and(|address| self.is_directed_broadcast(address))
    }

    /// The same for an address of ours.
    pub(crate) fn is_directed_broadcast(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(address)) if (1..=30).contains(&self.prefix) => {
                let host_bits = u32::MAX >> self.prefix;
                address.to_bits() == own.to_bits() | host_bits
            }
            _ => false,
        }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl fmt::Debug for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The size of an address, in bits.
const fn bits_of(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// How many leading bits two addresses share, or `None` when their families differ.
pub(crate) fn common_prefix(one: IpAddr, other: IpAddr) -> Option<u8> {
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            Some((one.to_bits() ^ other.to_bits()).leading_zeros() as u8)
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => {
            Some((one.to_bits() ^ other.to_bits()).leading_zeros() as u8)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    #[test]
    fn prefixes_out_of_range_are_refused() {
        // address, prefix, accepted
        for (address, prefix, accepted) in [
            ("192.0.2.1", 0, true), // everything
            ("192.0.2.1", 32, true),
            ("192.0.2.1", 33, false), // longer than the address
            ("2001:db8::1", 33, true),
            ("2001:db8::1", 128, true),
            ("2001:db8::1", 129, false), // longer than the address
        ] {
            let cidr = Cidr::new(address.parse().unwrap(), prefix);
            assert_eq!(cidr.is_ok(), accepted, "{address}/{prefix}");
            if let Err(error) = cidr {
                assert!(error.is(Errno::EINVAL));
            }
        }
    }

    #[test]
    fn networks_know_their_members_and_their_broadcast_address() {
        // network, prefix, address, contained, directed broadcast
        for (network, prefix, address, contained, broadcast) in [
            ("192.0.2.1", 24, "192.0.2.77", true, false),
            ("192.0.2.1", 24, "192.0.3.77", false, false),
            ("192.0.2.1", 24, "192.0.2.255", true, true),
            ("192.0.2.1", 24, "192.0.2.0", true, false), // BSD 4.2's broadcast is long gone
            ("192.0.2.1", 30, "192.0.2.3", true, true),
            ("192.0.2.0", 31, "192.0.2.1", true, false), // RFC 3021: both are hosts
            ("192.0.2.1", 32, "192.0.2.1", true, false), // the address itself
            ("0.0.0.0", 0, "255.255.255.255", true, false), // limited, not directed
            ("0.0.0.0", 0, "2001:db8::1", false, false), // the other family
            ("::", 0, "2001:db8::1", true, false),
            ("2001:db8::1", 64, "2001:db8::ffff:ffff:ffff:ffff", true, false), // IPv6 has none
            ("2001:db8::1", 64, "2001:db8:0:1::1", false, false),
            ("2001:db8::1", 127, "2001:db8::", true, false), // bits behind the prefix are ignored
        ] {
            let cidr = Cidr::new(network.parse().unwrap(), prefix).unwrap();
            let address = address.parse().unwrap();
            assert_eq!(cidr.contains(address), contained, "{cidr} {address}");
            assert_eq!(cidr.is_broadcast(address), broadcast, "{cidr} {address}");
        }
    }

    #[test]
    fn hardware_addresses_print_and_tell_stations_from_groups() {
        // address, text, one station
        for (address, text, station) in [
            ([0x02, 0, 0, 0, 0xAB, 1], "02:00:00:00:ab:01", true),
            ([0xFF; 6], "ff:ff:ff:ff:ff:ff", false), // everybody
            ([0x33, 0x33, 0, 0, 0, 1], "33:33:00:00:00:01", false), // a group
            ([0; 6], "00:00:00:00:00:00", false),    // nobody
        ] {
            let address = HardwareAddress(address);
            assert_eq!(address.to_string(), text);
            assert_eq!(address.is_station(), station, "{text}");
        }
    }
}
