//! IP headers, written on the way out.
//!
//! Sources: RFC 791 section 3.1 (IPv4), RFC 8200 section 3 (IPv6), RFC 6864 (identifications).

use core::net::IpAddr;

use super::checksum::ipv4_header_checksum;
use super::packet::{IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH};

/// What to write into an IP header. Both addresses are of one family, which decides the version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct IpEmit {
    /// The sender.
    pub(crate) source: IpAddr,
    /// The receiver.
    pub(crate) destination: IpAddr,
    /// What the payload is.
    pub(crate) protocol: u8,
    /// Time to live, hop limit.
    pub(crate) hop_limit: u8,
    /// Type of service, traffic class.
    pub(crate) traffic_class: u8,
}

/// What an IPv4 header says about fragments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ipv4Fragmentation {
    /// The number that the fragments of one datagram share.
    pub(crate) identification: u16,
    /// Whether routers must not cut the packet.
    pub(crate) dont_fragment: bool,
    /// Where in the datagram's payload this part goes, in bytes, a multiple of 8.
    pub(crate) offset: usize,
    /// Whether parts follow it.
    pub(crate) more: bool,
}

impl Ipv4Fragmentation {
    /// A whole datagram, that routers must not cut either. Its number means nothing and is 0 (RFC
    /// 6864 section 4.1).
    pub(crate) const NONE: Ipv4Fragmentation =
        Ipv4Fragmentation { identification: 0, dont_fragment: true, offset: 0, more: false };
}

impl IpEmit {
    /// The length of the header in bytes, without extensions.
    pub(crate) const fn header_len(&self) -> usize {
        match self.destination {
            IpAddr::V4(_) => IPV4_HEADER_LENGTH,
            IpAddr::V6(_) => IPV6_HEADER_LENGTH,
        }
    }

    /// Writes the header of a whole datagram, and returns its length in bytes.
    ///
    /// `None`, and nothing written, when the buffer is too short for the header, the payload too
    /// long for its length field, or one address IPv4 and the other IPv6.
    pub(crate) fn emit(&self, buffer: &mut [u8], payload_len: usize) -> Option<usize> {
        match self.destination {
            IpAddr::V4(_) => emit_ipv4(buffer, self, payload_len, Ipv4Fragmentation::NONE),
            IpAddr::V6(_) => emit_ipv6(buffer, self, payload_len),
        }
    }
}

/// Writes an IPv4 header (RFC 791 section 3.1) before a payload of `payload_len` bytes. Fails as
/// [`IpEmit::emit`] does, and for an offset that a header cannot say.
pub(crate) fn emit_ipv4(
    buffer: &mut [u8],
    description: &IpEmit,
    payload_len: usize,
    fragmentation: Ipv4Fragmentation,
) -> Option<usize> {
    const DONT_FRAGMENT: u16 = 0x4000;
    const MORE_FRAGMENTS: u16 = 0x2000;
    let (source, destination) = match (description.source, description.destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => (source, destination),
        _ => return None,
    };
    let total = u16::try_from(payload_len.checked_add(IPV4_HEADER_LENGTH)?).ok()?;
    let units = u16::try_from(fragmentation.offset / 8).ok().filter(|&units| units < 0x2000)?;
    if !fragmentation.offset.is_multiple_of(8) {
        return None;
    }
    let flags = if fragmentation.dont_fragment { DONT_FRAGMENT } else { 0 }
        | if fragmentation.more { MORE_FRAGMENTS } else { 0 };

    let mut header = [0; IPV4_HEADER_LENGTH];
    header[0] = 0x45; // version 4, five words of four bytes
    header[1] = description.traffic_class;
    header[2..4].copy_from_slice(&total.to_be_bytes());
    header[4..6].copy_from_slice(&fragmentation.identification.to_be_bytes());
    header[6..8].copy_from_slice(&(flags | units).to_be_bytes());
    header[8] = description.hop_limit;
    header[9] = description.protocol;
    header[12..16].copy_from_slice(&source.octets());
    header[16..20].copy_from_slice(&destination.octets());
    let sum = ipv4_header_checksum(&header);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    write_front(buffer, &header)
}

/// Writes an IPv6 header (RFC 8200 section 3) before a payload of `payload_len` bytes, extension
/// headers included. Fails as [`IpEmit::emit`] does.
pub(crate) fn emit_ipv6(
    buffer: &mut [u8],
    description: &IpEmit,
    payload_len: usize,
) -> Option<usize> {
    let (source, destination) = match (description.source, description.destination) {
        (IpAddr::V6(source), IpAddr::V6(destination)) => (source, destination),
        _ => return None,
    };
    let length = u16::try_from(payload_len).ok()?;

    let mut header = [0; IPV6_HEADER_LENGTH];
    // Version 6, the traffic class across the first two bytes, no flow label.
    header[0] = 0x60 | description.traffic_class >> 4;
    header[1] = description.traffic_class << 4;
    header[4..6].copy_from_slice(&length.to_be_bytes());
    header[6] = description.protocol;
    header[7] = description.hop_limit;
    header[8..24].copy_from_slice(&source.octets());
    header[24..40].copy_from_slice(&destination.octets());
    write_front(buffer, &header)
}

/// Copies `bytes` to the front of the buffer and returns how many, or `None` without room.
pub(crate) fn write_front(buffer: &mut [u8], bytes: &[u8]) -> Option<usize> {
    buffer.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::super::packet::{Fragment, parse};
    use super::*;

    fn description(source: &str, destination: &str) -> IpEmit {
        IpEmit {
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
            protocol: 17,
            hop_limit: 64,
            traffic_class: 0x2E,
        }
    }

    #[test]
    fn the_bytes_are_those_of_the_standard() {
        let mut buffer = [0xEE; 41];
        assert_eq!(description("192.0.2.1", "192.0.2.2").emit(&mut buffer, 8), Some(20));
        #[rustfmt::skip]
        let expected = [
            0x45, 0x2E, 0, 28, // version 4 and five words, the traffic class, the total length
            0, 0, 0x40, 0, // no identification, don't fragment
            64, 17, 0xB6, 0x9F, // hop limit, protocol, checksum
            192, 0, 2, 1, 192, 0, 2, 2,
            0xEE, // not touched
        ];
        assert_eq!(buffer[..21], expected);
        assert_eq!(description("2001:db8::1", "2001:db8::2").emit(&mut buffer, 8), Some(40));
        assert_eq!(buffer[..8], [0x62, 0xE0, 0, 0, 0, 8, 17, 64]);
        assert_eq!(buffer[40], 0xEE);
    }

    #[test]
    fn what_no_header_can_say_is_refused() {
        // source, destination, room, payload, written
        for (source, destination, room, payload, written) in [
            ("192.0.2.1", "192.0.2.2", 20, 65_515, Some(20)),
            ("192.0.2.1", "192.0.2.2", 20, 65_516, None), // longer than the total may be
            ("192.0.2.1", "192.0.2.2", 19, 0, None),      // no room
            ("192.0.2.1", "2001:db8::2", 60, 0, None),    // two families
            ("2001:db8::1", "192.0.2.2", 60, 0, None),
            ("2001:db8::1", "2001:db8::2", 40, 65_535, Some(40)),
            ("2001:db8::1", "2001:db8::2", 40, 65_536, None),
            ("2001:db8::1", "2001:db8::2", 39, 0, None),
            ("192.0.2.1", "192.0.2.2", 20, usize::MAX, None),
        ] {
            let mut buffer = [0; 60];
            let found = description(source, destination).emit(&mut buffer[..room], payload);
            assert_eq!(found, written, "{source} {destination} {room} {payload}");
            assert_eq!(buffer == [0; 60], written.is_none());
        }
    }

    #[test]
    fn fragments_say_where_they_belong() {
        // offset, more, read again
        for (offset, more, read) in [
            (0, true, true),
            (1480, true, true),
            (65_504, false, true),
            (12, true, false),      // not a multiple of 8
            (65_536, false, false), // not in 13 bits
        ] {
            let fragmentation =
                Ipv4Fragmentation { identification: 7, dont_fragment: false, offset, more };
            let mut buffer = [0; 28];
            let description = description("192.0.2.1", "192.0.2.2");
            let written = emit_ipv4(&mut buffer, &description, 8, fragmentation);
            assert_eq!(written.is_some(), read, "{offset}");
            let fragment = parse(&buffer).and_then(|header| header.fragment);
            let expected = Fragment { identification: 7, offset, more };
            assert_eq!(fragment, read.then_some(expected), "{offset}");
        }
    }
}
