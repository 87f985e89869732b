//! The header of an Ethernet frame, and the hardware addresses of groups of hosts.
//!
//! Sources: RFC 894 (IPv4 over Ethernet), RFC 2464 (IPv6 over Ethernet), RFC 1112 section 6.4
//! (multicast).

use super::HardwareAddress;
use super::emit::write_front;
use crate::ip::IpAddr;

/// The length of the header, in bytes. The payload follows.
pub(crate) const HEADER_LENGTH: usize = 14;

/// What a frame carries, by its number (IEEE 802 numbers of IANA).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct EtherType(pub(crate) u16);

impl EtherType {
    pub(crate) const IPV4: EtherType = EtherType(0x0800);
    #[cfg(feature = "ipv4")]
    pub(crate) const ARP: EtherType = EtherType(0x0806);
    pub(crate) const IPV6: EtherType = EtherType(0x86DD);

    /// What a frame with this packet of IP says that it carries: the version stands in both.
    #[inline]
    pub(crate) const fn of_packet(packet: &[u8]) -> EtherType {
        match packet {
            [0x40..=0x4F, ..] => EtherType::IPV4,
            _ => EtherType::IPV6,
        }
    }
}

/// The header of an Ethernet frame.
///
/// Frames with a VLAN tag and frames of IEEE 802.3, whose type is a length, come out with an
/// unknown type, which the caller drops.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct EthernetHeader {
    /// Who the frame is for: a station, or a group of them.
    pub(crate) destination: HardwareAddress,
    /// Which station sent it.
    pub(crate) source: HardwareAddress,
    /// What the payload is.
    pub(crate) ether_type: EtherType,
}

impl EthernetHeader {
    /// Reads the header; `None` for a frame without a whole one, or from a group of stations.
    pub(crate) fn parse(frame: &[u8]) -> Option<EthernetHeader> {
        let header = EthernetHeader::read(frame.first_chunk()?);
        (!header.source.is_group()).then_some(header)
    }

    /// What these bytes say.
    pub(crate) const fn read(bytes: &[u8; HEADER_LENGTH]) -> EthernetHeader {
        let [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1] = *bytes;
        EthernetHeader {
            destination: HardwareAddress([d0, d1, d2, d3, d4, d5]),
            source: HardwareAddress([s0, s1, s2, s3, s4, s5]),
            ether_type: EtherType(u16::from_be_bytes([t0, t1])),
        }
    }

    /// Writes the header and returns its length; `None`, and nothing written, without room.
    pub(crate) fn emit(&self, buffer: &mut [u8]) -> Option<usize> {
        let mut header = [0; HEADER_LENGTH];
        header[..6].copy_from_slice(&self.destination.0);
        header[6..12].copy_from_slice(&self.source.0);
        header[12..].copy_from_slice(&self.ether_type.0.to_be_bytes());
        write_front(buffer, &header)
    }
}

/// The hardware address of a group of hosts, or `None` for an address of a single one.
///
/// A directed broadcast address looks like a host's: whoever knows the networks
/// ([`RouteTable::is_broadcast`](super::route::RouteTable::is_broadcast)) sends it to
/// [`HardwareAddress::BROADCAST`].
pub(crate) fn group_address(address: IpAddr) -> Option<HardwareAddress> {
    match address {
        IpAddr::V4(address) if address.is_broadcast() => Some(HardwareAddress::BROADCAST),
        IpAddr::V4(address) if address.is_multicast() => {
            let [_, b, c, d] = address.octets();
            Some(HardwareAddress([0x01, 0x00, 0x5E, b & 0x7F, c, d]))
        }
        IpAddr::V6(address) if address.is_multicast() => {
            let [.., a, b, c, d] = address.octets();
            Some(HardwareAddress([0x33, 0x33, a, b, c, d]))
        }
        IpAddr::V4(_) | IpAddr::V6(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 1]);
    const TWO: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 2]);

    #[test]
    fn headers_survive_the_wire() {
        // destination, source, type, whether it is read again
        for (destination, source, ether_type, read) in [
            (ONE, TWO, EtherType::IPV4, true),
            (HardwareAddress::BROADCAST, TWO, EtherType::ARP, true),
            (ONE, TWO, EtherType::IPV6, true),
            (ONE, TWO, EtherType(0x8100), true), // a VLAN tag
            (ONE, HardwareAddress::BROADCAST, EtherType::IPV4, false), // nobody is everybody
        ] {
            let header = EthernetHeader { destination, source, ether_type };
            let mut frame = [0xAA; 20];
            assert_eq!(header.emit(&mut frame), Some(HEADER_LENGTH));
            assert_eq!(frame[HEADER_LENGTH..], [0xAA; 6]);
            assert_eq!(EthernetHeader::parse(&frame), read.then_some(header));
        }
    }

    #[test]
    fn short_frames_and_short_buffers_are_refused() {
        let header = EthernetHeader { destination: ONE, source: TWO, ether_type: EtherType::IPV4 };
        for length in 0..HEADER_LENGTH {
            let mut buffer = [0; HEADER_LENGTH];
            assert_eq!(header.emit(&mut buffer[..length]), None);
            assert_eq!(buffer, [0; HEADER_LENGTH]);
            assert_eq!(EthernetHeader::parse(&buffer[..length]), None);
        }
    }

    #[test]
    fn groups_have_hardware_addresses_of_their_own() {
        // address, hardware address of the group
        for (address, hardware) in [
            ("255.255.255.255", Some([0xFF; 6])),
            ("224.0.0.251", Some([0x01, 0x00, 0x5E, 0x00, 0x00, 0xFB])),
            ("239.255.1.2", Some([0x01, 0x00, 0x5E, 0x7F, 0x01, 0x02])), // 23 bits only
            ("ff02::1", Some([0x33, 0x33, 0, 0, 0, 1])),
            ("ff02::1:ff12:3456", Some([0x33, 0x33, 0xFF, 0x12, 0x34, 0x56])),
            ("192.0.2.255", None), // only its network knows
            ("192.0.2.1", None),
            ("fe80::1", None),
        ] {
            let group = group_address(address.parse().unwrap());
            assert_eq!(group, hardware.map(HardwareAddress), "{address}");
        }
    }
}
