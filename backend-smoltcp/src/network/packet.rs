//! IP packets, checked as a whole on the way in.
//!
//! The headers are read in [`ipv4`] and [`ipv6`]. How a packet is written is in
//! [`emit`](super::emit), what its payload's checksum is in [`checksum`](super::checksum).

use core::ops::Range;

pub(crate) use super::checksum::{transport_checksum, verify_transport};
pub(crate) use super::emit::IpEmit;
use super::{ipv4, ipv6};
use crate::ip::IpAddr;

/// The length of an IPv4 header without options, in bytes (RFC 791 section 3.1).
pub(crate) const IPV4_HEADER_LENGTH: usize = 20;
/// The length of an IPv6 header, in bytes (RFC 8200 section 3).
pub(crate) const IPV6_HEADER_LENGTH: usize = 40;
/// The length of a UDP header, in bytes (RFC 768).
#[cfg(datagrams)]
pub(crate) const UDP_HEADER_LENGTH: usize = 8;
/// The largest IPv4 packet, and the largest IPv6 payload, in bytes.
pub(crate) const LARGEST_LENGTH: usize = 65_535;

/// The protocol number of ICMP.
pub(crate) const ICMP: u8 = 1;
/// The protocol number of IGMP.
pub(crate) const IGMP: u8 = 2;
/// The protocol number of TCP.
pub(crate) const TCP: u8 = 6;
/// The protocol number of UDP.
pub(crate) const UDP: u8 = 17;
/// The protocol number of IPv6's fragment header.
#[cfg(any(datagrams, feature = "ipv6"))]
pub(crate) const IPV6_FRAGMENT: u8 = 44;
/// The protocol number of ICMPv6.
pub(crate) const ICMPV6: u8 = 58;

/// What the rest of the stack needs to know of an IP packet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct IpHeader {
    /// Who sent it. Unspecified only where a host without an address may speak, see
    /// [`source_is_sane`].
    pub(crate) source: IpAddr,
    /// Who it is for; of the same family as the source.
    pub(crate) destination: IpAddr,
    /// What the payload is: for IPv6, the header after the last extension header. In a fragment of
    /// IPv6 it is the header that the first fragment begins with.
    pub(crate) protocol: u8,
    /// Time to live, hop limit.
    pub(crate) hop_limit: u8,
    /// Type of service, traffic class: 6 bits of DSCP and 2 of ECN.
    pub(crate) traffic_class: u8,
    /// Where in the packet the payload is: behind all headers, and before the padding that a link
    /// may have added.
    pub(crate) payload: Range<usize>,
    /// Which part of a datagram this is, when it is not a whole one.
    pub(crate) fragment: Option<Fragment>,
}

/// Which part of a datagram a fragment is. Its payload is not empty.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fragment {
    /// The number that the fragments of one datagram share; 16 bits for IPv4.
    pub(crate) identification: u32,
    /// Where in the datagram's payload this part goes, in bytes, a multiple of 8.
    pub(crate) offset: usize,
    /// Whether parts follow it. When they do, the length of this one is a multiple of 8.
    pub(crate) more: bool,
}

/// Checks an IP packet as a whole: its lengths, its IPv4 checksum, its IPv6 extension headers and
/// its addresses. `None`: drop it without an answer.
///
/// Bytes behind the packet's own length are padding of the link. Loopback addresses and directed
/// broadcast addresses are for the caller to judge, who knows the link.
pub(crate) fn parse(packet: &[u8]) -> Option<IpHeader> {
    let header = match packet.first()? >> 4 {
        4 => ipv4::parse(packet),
        6 => ipv6::parse(packet),
        _ => None,
    }?;
    let sane = source_is_sane(header.source, header.destination, header.protocol)
        && destination_is_sane(header.destination)
        && fragment_is_sane(&header);
    sane.then_some(header)
}

/// Why a packet is dropped, where its sender is to be told with an ICMPv6 "parameter problem": its first
/// header, and the code and the place that the message has. Whoever sent it, and to whom, is to be
/// looked at as for any packet.
#[cold]
pub(crate) fn problem(packet: &[u8], protocol_is_known: bool) -> Option<(IpHeader, u8, usize)> {
    let is_ipv6 = packet.first()? >> 4 == 6;
    let problem = if is_ipv6 { ipv6::problem(packet, protocol_is_known) } else { None }?;
    let (source, destination) = (problem.0.source, problem.0.destination);
    let sane = source_is_sane(source, destination, UDP) && destination_is_sane(destination);
    sane.then_some(problem)
}

/// Whether a packet may come from this address (RFC 1122 section 3.2.1.3, RFC 4291 section 2).
///
/// A group of hosts never sends. A host without an address may: ICMPv6 to learn whether one is
/// taken, and IPv4 to hosts in general, as DHCP does. An IPv4 address in IPv6's clothes does not
/// belong on a wire, where it would get around the checks made for IPv4.
pub(crate) fn source_is_sane(source: IpAddr, destination: IpAddr, protocol: u8) -> bool {
    match source {
        IpAddr::V4(source) if source.is_unspecified() => match destination {
            IpAddr::V4(destination) => destination.is_broadcast() || destination.is_multicast(),
            IpAddr::V6(_) => false,
        },
        // 0.0.0.0/8 is "this network" (RFC 1122 section 3.2.1.3 (b)).
        IpAddr::V4(source) => {
            !source.is_broadcast() && !source.is_multicast() && source.octets()[0] != 0
        }
        IpAddr::V6(source) if source.is_unspecified() => protocol == ICMPV6,
        IpAddr::V6(source) => !source.is_multicast() && source.to_ipv4_mapped().is_none(),
    }
}

/// Whether a packet on a wire may be for this address.
fn destination_is_sane(destination: IpAddr) -> bool {
    match destination {
        IpAddr::V4(destination) => !destination.is_unspecified(),
        IpAddr::V6(destination) => {
            !destination.is_unspecified() && destination.to_ipv4_mapped().is_none()
        }
    }
}

/// Whether a fragment can be a part of a datagram: not empty, not beyond the largest length, and
/// of a length that the next part can follow (RFC 791 section 3.2, RFC 8200 section 4.5).
fn fragment_is_sane(header: &IpHeader) -> bool {
    let Some(fragment) = header.fragment else {
        return true;
    };
    let length = header.payload.len();
    length > 0
        && fragment.offset + length <= LARGEST_LENGTH
        && (!fragment.more || length.is_multiple_of(8))
}

/// A header for tests that look at addresses and protocol only.
#[cfg(test)]
pub(super) fn unspecified_header(source: IpAddr, destination: IpAddr, protocol: u8) -> IpHeader {
    IpHeader {
        source,
        destination,
        protocol,
        hop_limit: 64,
        traffic_class: 0,
        payload: 0..0,
        fragment: None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use smoltcp::wire::Ipv4Packet;

    use super::*;

    /// A packet with 8 bytes of payload and 2 of padding, and how long it is.
    fn packet(source: &str, destination: &str, protocol: u8) -> ([u8; 64], usize) {
        let description = IpEmit {
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
            protocol,
            hop_limit: 64,
            traffic_class: 0xB8,
        };
        let mut bytes = [0xEE; 64];
        let header = description.emit(&mut bytes, 8).unwrap();
        (bytes, header + 10)
    }

    fn fill_checksum(bytes: &mut [u8]) {
        let header_length = usize::from(bytes[0] & 0x0F) * 4;
        if let Some(header) = bytes.get_mut(..header_length).filter(|header| header.len() >= 20) {
            header[10..12].fill(0);
            let sum = !smoltcp::wire::checksum::data(header);
            header[10..12].copy_from_slice(&sum.to_be_bytes());
        }
    }

    #[test]
    fn whole_packets_are_read() {
        // source, destination, header length
        for (source, destination, header) in
            [("192.0.2.1", "192.0.2.2", 20), ("2001:db8::1", "ff02::1", 40)]
        {
            let (bytes, length) = packet(source, destination, UDP);
            let expected = IpHeader {
                source: source.parse().unwrap(),
                destination: destination.parse().unwrap(),
                protocol: UDP,
                hop_limit: 64,
                traffic_class: 0xB8,
                payload: header..header + 8, // and not the padding
                fragment: None,
            };
            assert_eq!(parse(&bytes[..length]), Some(expected));
            for short in 0..header + 8 {
                assert_eq!(parse(&bytes[..short]), None, "{short}");
            }
        }
    }

    #[test]
    fn ipv4_headers_are_checked() {
        // offset, byte to put there, checksum made right again, accepted
        for (offset, byte, summed, accepted) in [
            (8, 63, true, true),    // another hop limit
            (8, 63, false, false),  // and the sum of the old one
            (0, 0x44, true, false), // a header of four words
            (0, 0x46, true, true),  // of six: with an option
            (0, 0x4F, true, false), // of fifteen: longer than the packet
            (0, 0x55, true, false), // version 5
            (0, 0x65, true, false), // version 6
            (3, 19, true, false),   // a total shorter than the header
            (3, 20, true, true),    // nothing but a header
            (3, 31, true, false),   // a total longer than what came
            (6, 0x40, true, true),  // don't fragment
            (6, 0x20, true, true),  // a first fragment
            (7, 1, true, true),     // a last fragment
        ] {
            let (mut bytes, length) = packet("192.0.2.1", "192.0.2.2", UDP);
            bytes[offset] = byte;
            if summed {
                fill_checksum(&mut bytes);
            }
            assert_eq!(parse(&bytes[..length]).is_some(), accepted, "{offset} {byte:#x}");
        }
    }

    #[test]
    fn fragments_that_nothing_can_follow_are_dropped() {
        // offset and flags, payload length, what it is
        let fragment = |offset, more| Some(Some(Fragment { identification: 0x1234, offset, more }));
        for (word, length, expected) in [
            (0x4000, 7, Some(None)), // don't fragment: a whole one
            (0x2000, 8, fragment(0, true)),
            (0x2000, 7, None), // the next one could not start behind it
            (0x0001, 7, fragment(8, false)),
            (0x0001, 0, None), // nothing in it
            (0x1FFF, 7, fragment(65_528, false)),
            (0x1FFF, 8, None), // ends behind the longest datagram
        ] {
            let (mut bytes, _) = packet("192.0.2.1", "192.0.2.2", UDP);
            let mut view = Ipv4Packet::new_unchecked(&mut bytes[..]);
            view.set_total_len(20 + length);
            view.set_ident(0x1234);
            bytes[6..8].copy_from_slice(&u16::to_be_bytes(word));
            fill_checksum(&mut bytes);
            let header = parse(&bytes[..20 + usize::from(length)]);
            assert_eq!(header.map(|header| header.fragment), expected, "{word:#x} {length}");
        }
    }

    #[test]
    fn addresses_that_cannot_be_are_dropped() {
        // source, destination, protocol, accepted
        for (source, destination, protocol, accepted) in [
            ("192.0.2.1", "192.0.2.2", UDP, true),
            ("192.0.2.1", "255.255.255.255", UDP, true),
            ("192.0.2.1", "0.0.0.0", UDP, false), // to nobody
            ("255.255.255.255", "192.0.2.2", UDP, false), // from everybody
            ("224.0.0.1", "192.0.2.2", UDP, false), // from a group
            ("0.1.2.3", "192.0.2.2", UDP, false), // from "this network"
            ("0.0.0.0", "255.255.255.255", UDP, true), // DHCP
            ("0.0.0.0", "192.0.2.2", UDP, false), // whom would one answer?
            ("127.0.0.1", "127.0.0.1", UDP, true), // for the caller to judge
            ("2001:db8::1", "2001:db8::2", TCP, true),
            ("2001:db8::1", "::", TCP, false),      // to nobody
            ("ff02::1", "2001:db8::2", UDP, false), // from a group
            ("::", "ff02::1:ff00:1", ICMPV6, true), // is this address free?
            ("::", "ff02::1", UDP, false),
            ("::ffff:192.0.2.1", "2001:db8::2", TCP, false), // IPv4 in disguise
            ("2001:db8::1", "::ffff:192.0.2.2", TCP, false),
        ] {
            let (bytes, length) = packet(source, destination, protocol);
            assert_eq!(parse(&bytes[..length]).is_some(), accepted, "{source} {destination}");
        }
    }

    proptest! {
        #[test]
        fn payloads_are_inside_of_any_packet(
            mut bytes in prop::collection::vec(any::<u8>(), 0..200),
            version in prop::sample::select(&[0x45_u8, 0x46, 0x60][..]),
            length in 0..200_u8,
            protocol in prop::sample::select(&[0_u8, 6, 43, 44, 58, 59, 60][..]),
        ) {
            // Nearly right, so that more than the first check is reached.
            for (offset, byte) in [(0, version), (4, 0), (6, protocol)] {
                if let Some(place) = bytes.get_mut(offset) {
                    *place = byte;
                }
            }
            let length_at = if version == 0x60 { 4 } else { 2 };
            if let Some(place) = bytes.get_mut(length_at..length_at + 2) {
                place.copy_from_slice(&[0, length]);
            }
            if version != 0x60 && bytes.len() >= 20 {
                fill_checksum(&mut bytes);
            }
            if let Some(header) = parse(&bytes) {
                prop_assert!(bytes.get(header.payload).is_some());
            }
        }
    }
}
