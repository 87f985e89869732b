//! Cutting a datagram that is larger than a link's packets.
//!
//! Sources: RFC 791 section 3.2 (IPv4), RFC 8200 section 4.5 (IPv6). The number that the fragments share
//! is [`Secret::identification`](crate::secret::Secret::identification).

use super::emit::{IpEmit, Ipv4Fragmentation};
use super::packet::{IPV4_HEADER_LENGTH, IPV6_FRAGMENT, IPV6_HEADER_LENGTH, LARGEST_LENGTH};
use super::{ipv4, ipv6};
use crate::ip::IpAddr;

/// The length of IPv6's fragment header, in bytes.
const EXTENSION_LENGTH: usize = 8;

/// One part of a datagram's payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Piece {
    /// Where in the payload it starts, in bytes, a multiple of 8.
    pub(crate) offset: usize,
    /// How many bytes it has: a multiple of 8, but for the last one.
    pub(crate) length: usize,
    /// Whether others follow.
    pub(crate) more: bool,
}

/// The parts of a datagram's payload, in order. See [`split`].
#[derive(Clone, Debug)]
pub(crate) struct Pieces {
    /// How much of the payload is not given out yet.
    left: usize,
    offset: usize,
    /// How much fits into a packet.
    room: usize,
}

/// Cuts a payload of `payload_len` bytes into parts that fit, with a header of `header_len` bytes
/// each ([`header_len`]), into packets of `mtu` bytes.
///
/// `None`: the payload is longer than any datagram's, or the packets have no room for 8 bytes of
/// it. An empty payload has no parts.
pub(crate) fn split(payload_len: usize, header_len: usize, mtu: usize) -> Option<Pieces> {
    let room = mtu.checked_sub(header_len).filter(|&room| room >= 8)?;
    (payload_len <= LARGEST_LENGTH).then_some(Pieces { left: payload_len, offset: 0, room })
}

impl Iterator for Pieces {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        if self.left == 0 {
            return None;
        }
        let more = self.left > self.room;
        let length = if more { self.room - self.room % 8 } else { self.left };
        let piece = Piece { offset: self.offset, length, more };
        self.left -= length;
        self.offset += length;
        Some(piece)
    }
}

/// The length of the headers of a fragment, in bytes.
pub(crate) const fn header_len(description: &IpEmit) -> usize {
    match description.destination {
        IpAddr::V4(_) => IPV4_HEADER_LENGTH,
        IpAddr::V6(_) => IPV6_HEADER_LENGTH + EXTENSION_LENGTH,
    }
}

/// Writes the headers of a fragment with this part of the payload, and returns their length.
///
/// IPv4 uses the lower half of the identification. `None`, as for [`IpEmit::emit`].
pub(crate) fn emit(
    buffer: &mut [u8],
    description: &IpEmit,
    identification: u32,
    piece: Piece,
) -> Option<usize> {
    match description.destination {
        IpAddr::V4(_) => emit_ipv4_fragment(buffer, description, identification as u16, piece),
        IpAddr::V6(_) => emit_ipv6_fragment(buffer, description, identification, piece),
    }
}

/// Writes the IPv4 header of a fragment. Routers may cut it further.
fn emit_ipv4_fragment(
    buffer: &mut [u8],
    description: &IpEmit,
    identification: u16,
    piece: Piece,
) -> Option<usize> {
    let Piece { offset, length, more } = piece;
    let fragmentation = Ipv4Fragmentation { identification, dont_fragment: false, offset, more };
    ipv4::emit(buffer, description, length, fragmentation)
}

/// Writes the IPv6 header of a fragment and the extension header behind it.
fn emit_ipv6_fragment(
    buffer: &mut [u8],
    description: &IpEmit,
    identification: u32,
    piece: Piece,
) -> Option<usize> {
    let offset = u16::try_from(piece.offset).ok().filter(|offset| offset.is_multiple_of(8))?;
    let [offset_high, offset_low] = (offset | u16::from(piece.more)).to_be_bytes();
    let [a, b, c, d] = identification.to_be_bytes();
    let extension = [description.protocol, 0, offset_high, offset_low, a, b, c, d];

    let buffer = buffer.get_mut(..IPV6_HEADER_LENGTH + EXTENSION_LENGTH)?;
    let outer = IpEmit { protocol: IPV6_FRAGMENT, ..*description };
    let written = ipv6::emit(buffer, &outer, piece.length.checked_add(EXTENSION_LENGTH)?)?;
    buffer.get_mut(written..)?.copy_from_slice(&extension);
    Some(written + EXTENSION_LENGTH)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::packet::{Fragment, IpHeader, parse};
    use super::*;

    fn description(source: &str, destination: &str) -> IpEmit {
        IpEmit {
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
            protocol: 17,
            hop_limit: 64,
            traffic_class: 0,
        }
    }

    /// Payload, header, MTU, parts (offset, length, more).
    type Row<'a> = (usize, usize, usize, Option<&'a [(usize, usize, bool)]>);

    #[test]
    fn payloads_are_cut_at_multiples_of_eight() {
        let rows: &[Row<'_>] = &[
            (0, 20, 1500, Some(&[])),
            (1480, 20, 1500, Some(&[(0, 1480, false)])), // fits
            (1481, 20, 1500, Some(&[(0, 1480, true), (1480, 1, false)])),
            (2960, 20, 1500, Some(&[(0, 1480, true), (1480, 1480, false)])), // to the byte
            (25, 20, 40, Some(&[(0, 16, true), (16, 9, false)])), // 20 bytes of room, 16 used
            (20, 20, 40, Some(&[(0, 20, false)])),                // the last part uses all of it
            (36, 20, 40, Some(&[(0, 16, true), (16, 20, false)])),
            (9, 20, 28, Some(&[(0, 8, true), (8, 1, false)])),
            (9, 20, 27, None), // no room for 8 bytes
            (9, 48, 20, None), // nor for a header
            (65_536, 20, 1500, None),
        ];
        for (payload, header, mtu, expected) in rows {
            let pieces = split(*payload, *header, *mtu);
            assert_eq!(pieces.is_some(), expected.is_some(), "{payload} {header} {mtu}");
            let found = pieces.into_iter().flatten().map(|p| (p.offset, p.length, p.more));
            assert!(found.eq(expected.iter().copied().flatten().copied()), "{payload} {mtu}");
        }
    }

    #[test]
    fn fragments_are_read_as_they_were_written() {
        // source, destination, identification read, headers
        for (source, destination, identification, headers) in [
            ("192.0.2.1", "192.0.2.2", 0x5678, 20), // 16 bits
            ("2001:db8::1", "2001:db8::2", 0x1234_5678, 48),
        ] {
            let description = description(source, destination);
            let mut buffer = [0; 100];
            assert_eq!(header_len(&description), headers);
            for piece in split(60, headers, headers + 24).unwrap() {
                let Piece { offset, length, more } = piece;
                let written = emit(&mut buffer, &description, 0x1234_5678, piece);
                assert_eq!(written, Some(headers));
                let header = parse(&buffer[..headers + length]);
                assert_eq!(
                    header,
                    Some(IpHeader {
                        source: description.source,
                        destination: description.destination,
                        protocol: 17,
                        hop_limit: 64,
                        traffic_class: 0,
                        payload: headers..headers + length,
                        fragment: Some(Fragment { identification, offset, more }),
                    })
                );
            }
            let piece = Piece { offset: 8, length: 8, more: false };
            assert_eq!(emit(&mut buffer[..headers - 1], &description, 1, piece), None);
            // An offset that is no multiple of 8, and one that does not fit.
            for offset in [4, 65_536] {
                let piece = Piece { offset, length: 8, more: false };
                assert_eq!(emit(&mut buffer, &description, 1, piece), None);
            }
        }
    }

    proptest! {
        #[test]
        fn parts_are_the_whole(payload in 1..65_536_usize, mtu in 28..2000_usize) {
            let mut expected = 0;
            for Piece { offset, length, more } in split(payload, 20, mtu).unwrap() {
                prop_assert_eq!(offset, expected);
                prop_assert!(length > 0 && length + 20 <= mtu);
                prop_assert!(!more || length % 8 == 0);
                expected += length;
                prop_assert_eq!(more, expected < payload);
            }
            prop_assert_eq!(expected, payload);
        }
    }
}
