//! MLD, which tells the routers of IPv6 about groups: the bytes of its two versions, messages of
//! ICMPv6.
//!
//! Sources: RFC 2710, RFC 3810, RFC 3590 (reports without an address). What is said when is in
//! [`reports`](super::reports).

use core::time::Duration;

use super::checksum::transport_checksum;
use super::emit::IpEmit;
use super::packet::{ICMPV6, IPV6_HEADER_LENGTH, IpHeader};
use super::reports::{Message, Notice, Query, Version};
use crate::ip::{IpAddr, Ipv6Addr};

const QUERY: u8 = 130;
const REPORT_1: u8 = 131;
const DONE: u8 = 132;
const REPORT_2: u8 = 143;

/// The header of options for every hop.
const HOP_BY_HOP: u8 = 0;
/// The header of an ICMPv6 message that routers look at although it is not for them (RFC 2711), and
/// padding.
const ROUTER_ALERT: [u8; 8] = [ICMPV6, 0, 5, 2, 0, 0, 1, 0];
/// All headers in front of a message.
const HEADER_LENGTH: usize = IPV6_HEADER_LENGTH + ROUTER_ALERT.len();
/// Bytes of a message of the first version, and of a report of the second without sources.
const SHORT: usize = 24;
const LONG: usize = 28;

/// Reads a message, the payload of the packet with this header, whose checksum is right. `None` for
/// others, and for those that do not concern hosts.
///
/// What comes from farther than the link, or without the option for routers, is not believed (RFC 3810
/// sections 5.1.14 and 6.2).
pub(crate) fn parse(header: &IpHeader, packet: &[u8], payload: &[u8]) -> Option<Message> {
    let IpAddr::V6(source) = header.source else { return None };
    let (fixed, _) = payload.split_first_chunk::<SHORT>()?;
    let &[kind, _, _, _, high, low, ..] = fixed;
    let &[.., a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = fixed;
    let group = Ipv6Addr::from_octets([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]);
    let is_believed = header.hop_limit == 1
        && source.is_unicast_link_local()
        && alerts_routers(packet.get(..header.payload.start)?);
    match (kind, payload.len()) {
        _ if !is_believed => None,
        (QUERY, length) => {
            let code = u16::from_be_bytes([high, low]);
            let (version, milliseconds) = match length {
                SHORT => (Version::Second, u64::from(code)),
                LONG.. => (Version::Third, milliseconds(code)),
                _ => return None, // RFC 3810 section 8.1
            };
            let group = (!group.is_unspecified()).then_some(IpAddr::V6(group));
            let patience = Duration::from_millis(milliseconds.max(1));
            Some(Message::Query(Query { version, group, patience }))
        }
        (REPORT_1, SHORT) => Some(Message::Report(IpAddr::V6(group))),
        _ => None,
    }
}

/// Whether there is the option among those for every hop, the first of which stand right behind the
/// header.
fn alerts_routers(headers: &[u8]) -> bool {
    let Some((fixed, behind)) = headers.split_first_chunk::<IPV6_HEADER_LENGTH>() else {
        return false;
    };
    let mut options = match behind {
        [_, length, options @ ..] if fixed[6] == HOP_BY_HOP => {
            options.get(..usize::from(*length) * 8 + 6).unwrap_or_default()
        }
        _ => return false,
    };
    loop {
        options = match options {
            [5, 2, 0, 0, ..] => return true,
            [0, rest @ ..] => rest,
            [_, length, rest @ ..] => rest.get(usize::from(*length)..).unwrap_or_default(),
            _ => return false,
        }
    }
}

/// The time in a query, in milliseconds: from 32768 on a number with an exponent (RFC 3810 section
/// 5.1.3).
fn milliseconds(code: u16) -> u64 {
    match code {
        0..0x8000 => u64::from(code),
        0x8000.. => u64::from(code & 0x0FFF | 0x1000) << ((code >> 12 & 0x07) + 3),
    }
}

/// Where a notice goes.
pub(crate) fn destination(group: Ipv6Addr, notice: Notice) -> Ipv6Addr {
    match notice {
        Notice::Report(_) => group,
        Notice::Leave => Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 0, 2),
        Notice::Record(_) => Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 0, 0x16),
    }
}

/// Writes a notice about a group, a whole packet, and returns its length; `None` without room, of
/// which 76 bytes are always enough: sources for which there is none are not named, and all are heard.
pub(crate) fn emit(
    room: &mut [u8],
    source: Ipv6Addr,
    group: Ipv6Addr,
    notice: Notice,
    sources: impl Iterator<Item = Ipv6Addr>,
) -> Option<usize> {
    let message = room.get_mut(HEADER_LENGTH..)?;
    let length = match notice {
        Notice::Report(_) => short(message, REPORT_1, group)?,
        Notice::Leave => short(message, DONE, group)?,
        Notice::Record(record) => {
            let (mut record, mut length, mut count) = (record, LONG, 0_u16);
            for source in sources {
                let Some(place) = message.get_mut(length..length + 16) else {
                    (record, length, count) = (record.of_all(), LONG, 0);
                    break;
                };
                place.copy_from_slice(&source.octets());
                (length, count) = (length + 16, count + 1);
            }
            let [high, low] = count.to_be_bytes();
            let head = message.first_chunk_mut::<LONG>()?;
            // One record, and what its head says before the group.
            head[..12].copy_from_slice(&[
                REPORT_2,
                0,
                0,
                0,
                0,
                0,
                0,
                1,
                record as u8,
                0,
                high,
                low,
            ]);
            head[12..].copy_from_slice(&group.octets());
            length
        }
    };
    let (source, to) = (IpAddr::V6(source), IpAddr::V6(destination(group, notice)));
    let sum = transport_checksum(source, to, ICMPV6, &[message.get(..length)?]);
    message[2..4].copy_from_slice(&sum.to_be_bytes());
    let ip =
        IpEmit { source, destination: to, protocol: HOP_BY_HOP, hop_limit: 1, traffic_class: 0 };
    ip.emit(room, ROUTER_ALERT.len() + length)?;
    room.get_mut(IPV6_HEADER_LENGTH..HEADER_LENGTH)?.copy_from_slice(&ROUTER_ALERT);
    Some(HEADER_LENGTH + length)
}

/// Writes a message of the first version.
fn short(message: &mut [u8], kind: u8, group: Ipv6Addr) -> Option<usize> {
    let head = message.first_chunk_mut::<SHORT>()?;
    head.fill(0);
    head[0] = kind;
    head[8..].copy_from_slice(&group.octets());
    Some(SHORT)
}

#[cfg(test)]
mod tests {
    use super::super::packet::parse as parse_packet;
    use super::super::reports::RecordType;
    use super::*;

    const GROUP: Ipv6Addr = Ipv6Addr::new(0xFF05, 0, 0, 0, 0, 0, 0, 7);
    const OWN: Ipv6Addr = Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, 1);

    /// A packet with a message of this length, and how long it is.
    fn packet(head: [u8; 8], source: Ipv6Addr, kind: u8, code: u16, length: usize) -> [u8; 96] {
        let mut bytes = [0; 96];
        let ip = IpEmit {
            source: IpAddr::V6(source),
            destination: IpAddr::V6(GROUP),
            protocol: HOP_BY_HOP,
            hop_limit: 1,
            traffic_class: 0,
        };
        ip.emit(&mut bytes, 8 + length).unwrap();
        bytes[40..48].copy_from_slice(&head);
        bytes[48] = kind;
        bytes[52..54].copy_from_slice(&code.to_be_bytes());
        bytes[56..72].copy_from_slice(&GROUP.octets());
        bytes
    }

    fn read(packet: &[u8]) -> Option<Message> {
        let header = parse_packet(packet)?;
        let payload = &packet[header.payload.clone()];
        parse(&header, packet, payload)
    }

    #[test]
    fn only_what_comes_from_the_link_is_believed() {
        let asked = |version, milliseconds| {
            let (group, patience) = (Some(IpAddr::V6(GROUP)), Duration::from_millis(milliseconds));
            Some(Message::Query(Query { version, group, patience }))
        };
        let padded = [ICMPV6, 0, 1, 4, 0, 0, 0, 0];
        let behind_padding = [ICMPV6, 0, 0, 0, 5, 2, 0, 0];
        let of_rsvp = [ICMPV6, 0, 5, 2, 0, 1, 1, 0];
        let far = Ipv6Addr::new(0x2001, 0xDB8, 0, 0, 0, 0, 0, 1);
        // options, source, type, code, length, what it is
        for (options, source, kind, code, length, expected) in [
            (ROUTER_ALERT, OWN, QUERY, 1000, 24, asked(Version::Second, 1000)),
            (ROUTER_ALERT, OWN, QUERY, 1000, 25, None), // no such thing
            (ROUTER_ALERT, OWN, QUERY, 1000, 28, asked(Version::Third, 1000)),
            (ROUTER_ALERT, OWN, QUERY, 0x8000, 28, asked(Version::Third, 32_768)),
            (ROUTER_ALERT, OWN, QUERY, 0xFFFF, 28, asked(Version::Third, 8_387_584)),
            (ROUTER_ALERT, OWN, QUERY, 0, 28, asked(Version::Third, 1)),
            (behind_padding, OWN, QUERY, 1000, 28, asked(Version::Third, 1000)),
            (padded, OWN, QUERY, 1000, 28, None),
            (of_rsvp, OWN, QUERY, 1000, 28, None),
            (ROUTER_ALERT, far, QUERY, 1000, 28, None),
            (ROUTER_ALERT, OWN, REPORT_1, 0, 24, Some(Message::Report(IpAddr::V6(GROUP)))),
            (ROUTER_ALERT, OWN, DONE, 0, 24, None),
        ] {
            let bytes = packet(options, source, kind, code, length);
            let found = read(&bytes[..48 + length]);
            assert_eq!(found, expected, "{options:?} {source} {kind} {code} {length}");
        }
        let mut bytes = packet(ROUTER_ALERT, OWN, QUERY, 1000, 28);
        bytes[7] = 2;
        assert_eq!(read(&bytes[..76]), None, "not from this link");
    }

    #[test]
    fn the_bytes_are_those_of_the_standard() {
        let named = Ipv6Addr::new(0x2001, 0xDB8, 0, 0, 0, 0, 0, 9);
        // notice, sources, destination, type and length, what stands before the group
        for (notice, sources, to, (kind, length), record) in [
            (Notice::Report(Version::Second), 0, "ff05::7", (131, 24), None),
            (Notice::Leave, 0, "ff02::2", (132, 24), None),
            (Notice::Record(RecordType::ToExclude), 0, "ff02::16", (143, 28), Some([4, 0, 0, 0])),
            (Notice::Record(RecordType::IsInclude), 1, "ff02::16", (143, 44), Some([1, 0, 0, 1])),
        ] {
            let mut room = [0xEE; 96];
            let sources = core::iter::repeat_n(named, sources);
            let written = emit(&mut room, OWN, GROUP, notice, sources).unwrap();
            assert_eq!(written, 48 + length, "{notice:?}");
            let header = parse_packet(&room[..written]).unwrap();
            assert_eq!((header.hop_limit, header.protocol), (1, ICMPV6), "{notice:?}");
            assert_eq!(header.destination, to.parse::<IpAddr>().unwrap(), "{notice:?}");
            let payload = &room[header.payload.clone()];
            assert!(super::super::packet::verify_transport(&header, payload), "{notice:?}");
            assert_eq!(payload[..2], [kind, 0], "{notice:?}");
            let group_at = if record.is_some() { 12 } else { 8 };
            assert_eq!(payload[group_at..group_at + 16], GROUP.octets(), "{notice:?}");
            assert_eq!(record.map(|record| record == payload[8..12]), record.map(|_| true));
            assert_eq!(payload.get(28..44), (length == 44).then_some(&named.octets()[..]));
        }
    }
}
