//! The chain of IPv6 extension headers (RFC 8200 section 4).

use core::ops::Range;

use smoltcp::wire::Ipv6ExtHeader;

use super::packet::Fragment;
pub(super) use super::packet::IPV6_FRAGMENT as FRAGMENT;

/// The extension headers of IPv6 (RFC 8200 section 4.1).
pub(super) const HOP_BY_HOP: u8 = 0;
pub(super) const ROUTING: u8 = 43;
pub(super) const DESTINATION_OPTIONS: u8 = 60;

/// More extension headers than this in one packet and it is dropped: there are four kinds, and a
/// longer chain only costs time (RFC 8504 section 5.3 allows the limit).
pub(super) const MOST_EXTENSION_HEADERS: usize = 8;

/// A place in the chain of IPv6 headers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Chain {
    /// What is at the start of the payload.
    pub(crate) protocol: u8,
    /// The rest of the packet.
    pub(crate) payload: Range<usize>,
    /// The fragment header that ended the walk.
    pub(crate) fragment: Option<Fragment>,
}

impl Chain {
    /// Steps over extension headers up to one that is none, or to the fragment header of a part of
    /// a datagram (RFC 8200 section 4). `None`: one of them says or makes that the packet is to be
    /// dropped.
    ///
    /// `whole_packet` says that the chain starts right behind the IPv6 header: nowhere else may
    /// hop-by-hop options be, and in a datagram put together from fragments no fragment header.
    pub(crate) fn walk(mut self, packet: &[u8], whole_packet: bool) -> Option<Chain> {
        for position in 0..=MOST_EXTENSION_HEADERS {
            let rest = packet.get(self.payload.clone())?;
            let length = match self.protocol {
                HOP_BY_HOP if position > 0 || !whole_packet => return None,
                HOP_BY_HOP | DESTINATION_OPTIONS | ROUTING => {
                    let header = Ipv6ExtHeader::new_checked(rest).ok()?;
                    let content = header.payload();
                    let passable = match self.protocol {
                        // Without segments left the routing is over, whatever its type was; with
                        // some, this host would have to forward (RFC 8200 section 4.4).
                        ROUTING => content.get(1) == Some(&0),
                        _ => options_are_passable(content),
                    };
                    if !passable {
                        return None;
                    }
                    2 + content.len()
                }
                FRAGMENT if !whole_packet => return None,
                FRAGMENT => {
                    let &[_, _, offset_high, offset_low, a, b, c, d] = rest.first_chunk()?;
                    let word = u16::from_be_bytes([offset_high, offset_low]);
                    let (offset, more) = (usize::from(word & !7), word & 1 != 0);
                    // All of the datagram in one fragment is a whole datagram, whatever other
                    // fragments have the same number (RFC 6946 section 4).
                    if offset != 0 || more {
                        let identification = u32::from_be_bytes([a, b, c, d]);
                        self.fragment = Some(Fragment { identification, offset, more });
                    }
                    8
                }
                _ => return Some(self),
            };
            self.protocol = *rest.first()?;
            self.payload.start += length;
            if self.fragment.is_some() {
                return Some(self);
            }
        }
        None
    }
}

/// Whether none of these options asks a host that does not know it to drop the packet (RFC 8200
/// section 4.2), and all are within bounds.
fn options_are_passable(mut options: &[u8]) -> bool {
    const PAD: u8 = 0;
    const DROP_IF_UNKNOWN: u8 = 0b1100_0000;
    while let Some((&kind, rest)) = options.split_first() {
        if kind == PAD {
            options = rest;
            continue;
        }
        let Some((&length, rest)) = rest.split_first() else {
            return false;
        };
        let Some(rest) = rest.get(usize::from(length)..) else {
            return false;
        };
        if kind & DROP_IF_UNKNOWN != 0 {
            return false;
        }
        options = rest;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATAGRAM: &[u8] = &[0xDA; 4];

    /// What a walk found: the protocol, how many bytes were stepped over, the fragment.
    type Found = Option<(u8, usize, Option<Fragment>)>;

    /// A first header, the headers, whether in a whole packet, what is found.
    type Row<'a> = (u8, &'a [&'a [u8]], bool, Found);

    /// Walks over these headers with four bytes behind them.
    fn walk(first: u8, headers: &[&[u8]], whole: bool) -> Found {
        let mut packet = [0; 128];
        let mut length = 0;
        for part in headers.iter().copied().chain([DATAGRAM]) {
            packet[length..length + part.len()].copy_from_slice(part);
            length += part.len();
        }
        let chain = Chain { protocol: first, payload: 0..length, fragment: None };
        let chain = chain.walk(&packet[..length], whole)?;
        assert_eq!(chain.payload.end, length);
        Some((chain.protocol, chain.payload.start, chain.fragment))
    }

    #[test]
    fn extension_headers_are_stepped_over_or_reason_to_drop() {
        const UDP: u8 = 17;
        const PADDED: &[u8] = &[UDP, 0, 1, 4, 0, 0, 0, 0];
        let fragment = |offset, more| Some(Fragment { identification: 0x0102_0304, offset, more });
        let rows: &[Row<'_>] = &[
            (UDP, &[], true, Some((UDP, 0, None))),
            (59, &[], true, Some((59, 0, None))), // no next header
            (200, &[], true, Some((200, 0, None))), // an unknown one ends the walk
            (0, &[PADDED], true, Some((UDP, 8, None))),
            (0, &[PADDED], false, None), // hop-by-hop options inside of fragments
            (60, &[&[0, 0, 1, 4, 0, 0, 0, 0], PADDED], true, None), // or behind another header
            (60, &[PADDED], false, Some((UDP, 8, None))),
            (0, &[&[60, 0, 0, 0, 0, 0, 0, 0], PADDED], true, Some((UDP, 16, None))), // Pad1
            (0, &[&[UDP, 0, 5, 2, 0, 0, 0, 0]], true, Some((UDP, 8, None))),         // router alert
            (0, &[&[UDP, 0, 0x1E, 4, 0, 0, 0, 0]], true, Some((UDP, 8, None))), // unknown: skip
            (0, &[&[UDP, 0, 0x5E, 4, 0, 0, 0, 0]], true, None),                 // unknown: drop
            (0, &[&[UDP, 0, 0xC2, 4, 0, 1, 0, 0]], true, None),                 // a jumbogram
            (60, &[&[UDP, 0, 1, 5, 0, 0, 0, 0]], true, None), // an option beyond its header
            (60, &[&[UDP, 0, 0, 0, 0, 0, 0, 1]], true, None), // an option without a length
            (60, &[&[UDP, 1, 1, 4, 0, 0, 0, 0]], true, None), // a header beyond the packet
            (43, &[&[UDP, 0, 0, 0, 0, 0, 0, 0]], true, Some((UDP, 8, None))), // routed already
            (43, &[&[UDP, 0, 0, 1, 0, 0, 0, 0]], true, None), // we are no router
            // The first part of a datagram; what follows is no header.
            (44, &[&[0, 0, 0, 1, 1, 2, 3, 4]], true, Some((0, 8, fragment(0, true)))),
            (44, &[&[UDP, 9, 0, 10, 1, 2, 3, 4]], true, Some((UDP, 8, fragment(8, false)))),
            (44, &[&[60, 0, 0, 0, 1, 2, 3, 4], PADDED], true, Some((UDP, 16, None))), // atomic
            (44, &[&[UDP, 0, 0, 1, 1, 2, 3, 4]], false, None), // a fragment in fragments
            (44, &[&[UDP, 0, 0]], true, None),                 // cut off
        ];
        for (first, headers, whole, found) in rows {
            assert_eq!(walk(*first, headers, *whole), *found, "{first} {headers:?}");
        }
    }

    #[test]
    fn long_chains_are_dropped() {
        const MORE: &[u8] = &[60, 0, 1, 4, 0, 0, 0, 0];
        const LAST: &[u8] = &[17, 0, 1, 4, 0, 0, 0, 0];
        let eight = [MORE, MORE, MORE, MORE, MORE, MORE, MORE, LAST];
        assert_eq!(walk(60, &eight, true), Some((17, 64, None)));
        let nine = [MORE, MORE, MORE, MORE, MORE, MORE, MORE, MORE, LAST];
        assert_eq!(walk(60, &nine, true), None);
    }
}
