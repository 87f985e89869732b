//! What is wrong in the headers of a packet of IPv6, where its sender is to be told: an option or a
//! protocol that this host does not know.
//!
//! Looked for only when the packet is dropped anyway. Sources: RFC 8200, sections 4, 4.2 and 4.4; RFC
//! 4443, sections 2.4 (e) and 3.4.

use smoltcp::wire::Ipv6ExtHeader;

use super::extension::{
    DESTINATION_OPTIONS, FRAGMENT, HOP_BY_HOP, MOST_EXTENSION_HEADERS, ROUTING,
};
use super::packet::{ICMPV6, IPV6_HEADER_LENGTH};

/// What follows the last header: nothing (RFC 8200 section 4.7).
const NO_NEXT_HEADER: u8 = 59;

/// Where in the IPv6 header it says what follows.
const NEXT_HEADER_FIELD: usize = 6;

/// A code of the message "parameter problem", and the byte of the packet that it is about.
type Problem = (u8, usize);

/// The header cannot be followed.
const FIELD: u8 = 0;
/// Nobody here knows what follows.
const NEXT_HEADER: u8 = 1;
/// Nobody here knows the option, which asks for this answer.
const OPTION: u8 = 2;

/// The first problem of a packet, if there is one and its sender is to be told.
pub(super) fn find(packet: &[u8], protocol_is_known: bool) -> Option<Problem> {
    let (mut field, mut start) = (NEXT_HEADER_FIELD, IPV6_HEADER_LENGTH);
    let mut found = None;
    for position in 0..=MOST_EXTENSION_HEADERS {
        let protocol = *packet.get(field)?;
        let rest = packet.get(start..)?;
        let length = match protocol {
            HOP_BY_HOP if position > 0 => return found.or(Some((NEXT_HEADER, field))),
            HOP_BY_HOP | DESTINATION_OPTIONS | ROUTING => {
                let Ok(header) = Ipv6ExtHeader::new_checked(rest) else { return found };
                let content = header.payload();
                if found.is_none() {
                    found = match protocol {
                        // The type of a routing that is not over.
                        ROUTING => (content.get(1) != Some(&0)).then_some((FIELD, start + 2)),
                        _ => unknown_option(content)?.map(|at| (OPTION, start + 2 + at)),
                    };
                }
                2 + content.len()
            }
            // Only the whole datagram says what is in it.
            FRAGMENT => match rest.get(2..4)? {
                [0, low] if low & !0b110 == 0 => 8,
                _ => return found,
            },
            // No error is answered with an error.
            ICMPV6 => return found.filter(|_| rest.first().is_some_and(|kind| *kind >= 128)),
            NO_NEXT_HEADER => return found,
            _ if protocol_is_known => return found,
            _ => return found.or(Some((NEXT_HEADER, field))),
        };
        (field, start) = (start, start + length);
    }
    None
}

/// Where the first option is that asks to tell the sender, when nobody knows it. `None`: nothing is to
/// be told, whatever else there is.
fn unknown_option(options: &[u8]) -> Option<Option<usize>> {
    let mut at = 0;
    while let Some(&kind) = options.get(at) {
        match kind >> 6 {
            0 if kind == 0 => at += 1, // padding of one byte
            0 => at += 2 + usize::from(*options.get(at + 1)?),
            1 => return None,
            _ => return Some(Some(at)),
        }
    }
    Some(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UDP: u8 = 17;
    const NOBODYS: u8 = 253;

    /// The problem of a packet with these headers, and four bytes behind them.
    fn problem(first: u8, headers: &[&[u8]], known: bool) -> Option<Problem> {
        let mut packet = [0; 128];
        packet[NEXT_HEADER_FIELD] = first;
        let mut length = IPV6_HEADER_LENGTH;
        for part in headers.iter().copied().chain([&[1; 4][..]]) {
            packet[length..length + part.len()].copy_from_slice(part);
            length += part.len();
        }
        find(&packet[..length], known)
    }

    #[test]
    fn what_the_sender_is_to_be_told() {
        const PADDED: &[u8] = &[NOBODYS, 0, 1, 4, 0, 0, 0, 0];
        let option = |next, kind| [next, 0, kind, 4, 0, 0, 0, 0];
        // the first header, those behind it, whether the protocol is known, what is told
        type Row<'a> = (u8, &'a [&'a [u8]], bool, Option<Problem>);
        let rows: &[Row<'_>] = &[
            (UDP, &[], true, None),
            (NOBODYS, &[], false, Some((NEXT_HEADER, 6))),
            (NOBODYS, &[], true, None),
            (59, &[], false, None), // nothing follows
            (0, &[PADDED], false, Some((NEXT_HEADER, 40))),
            (60, &[&option(60, 1), PADDED], false, Some((NEXT_HEADER, 48))),
            (60, &[&option(0, 1), PADDED], true, Some((NEXT_HEADER, 40))), // hop-by-hop inside
            (60, &[&option(UDP, 0x1e)], true, None),                       // is skipped
            (60, &[&option(UDP, 0x5e)], true, None),                       // drops silently
            (60, &[&option(UDP, 0x9e)], true, Some((OPTION, 42))),
            (0, &[&option(UDP, 0xde)], true, Some((OPTION, 42))),
            (60, &[&[UDP, 0, 0, 0, 0xc2, 2, 0, 0]], true, Some((OPTION, 44))), // behind padding
            (60, &[&[UDP, 0, 1, 1, 0, 0x9e, 0x5e, 0]], true, Some((OPTION, 45))), // the first counts
            (60, &[&[UDP, 0, 1, 9, 0, 0, 0, 0]], true, None), // beyond its header
            (60, &[&option(ICMPV6, 0x9e)], true, None),       // in front of an error
            (60, &[&option(ICMPV6, 0x9e), &[128]], true, Some((OPTION, 42))), // of an echo request
            (43, &[&[UDP, 0, 0, 1, 0, 0, 0, 0]], true, Some((FIELD, 42))),
            (43, &[&[UDP, 0, 0, 0, 0, 0, 0, 0]], true, None), // the routing is over
            (44, &[&[NOBODYS, 0, 0, 0, 0, 0, 0, 7]], false, Some((NEXT_HEADER, 40))), // all of it
            (44, &[&[NOBODYS, 0, 0, 1, 0, 0, 0, 7]], false, None), // a fragment
            (60, &[&[UDP, 9, 1, 4, 0, 0, 0, 0]], true, None), // longer than the packet
        ];
        for (first, headers, known, told) in rows {
            assert_eq!(problem(*first, headers, *known), *told, "{first} {headers:02x?}");
        }
        // Headers without an end.
        let one = option(60, 1);
        let chain = [&one[..]; 10];
        assert_eq!(problem(60, &chain, false), None);
    }
}
