//! IP headers of either version, written on the way out.
//!
//! Source: RFC 6864 (identifications). The headers themselves are in [`ipv4`] and [`ipv6`].

use super::packet::{IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH};
use super::{ipv4, ipv6};
use crate::ip::IpAddr;

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
            IpAddr::V4(_) => ipv4::emit(buffer, self, payload_len, Ipv4Fragmentation::NONE),
            IpAddr::V6(_) => ipv6::emit(buffer, self, payload_len),
        }
    }
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
            let written = ipv4::emit(&mut buffer, &description, 8, fragmentation);
            assert_eq!(written.is_some(), read, "{offset}");
            let fragment = parse(&buffer).and_then(|header| header.fragment);
            let expected = Fragment { identification: 7, offset, more };
            assert_eq!(fragment, read.then_some(expected), "{offset}");
        }
    }
}
