//! IGMP, which tells the routers of IPv4 about groups: the bytes of its three versions.
//!
//! Sources: RFC 1112 appendix I, RFC 2236, RFC 3376. What is said when is in
//! [`reports`](super::reports).

use core::time::Duration;

use super::checksum::internet_checksum;
use super::emit::IpEmit;
use super::packet::{IGMP, IPV4_HEADER_LENGTH, IpHeader};
use super::reports::{Message, Notice, Query, Version};
use crate::ip::{IpAddr, Ipv4Addr};

const QUERY: u8 = 0x11;
const REPORT_1: u8 = 0x12;
const REPORT_2: u8 = 0x16;
const LEAVE: u8 = 0x17;
const REPORT_3: u8 = 0x22;

/// The option that makes routers look at a packet that is not for them (RFC 2113).
const ROUTER_ALERT: [u8; 4] = [0x94, 4, 0, 0];
/// The header with that option.
const HEADER_LENGTH: usize = IPV4_HEADER_LENGTH + ROUTER_ALERT.len();
/// Bytes of a message of the first two versions, and of a report of the third without sources.
const SHORT: usize = 8;
const LONG: usize = 16;

/// Type of service: internetwork control (RFC 3376 section 4).
const PRECEDENCE: u8 = 0xC0;

/// Reads a message, the payload of the packet with this header. `None` for others, and for those that
/// do not concern hosts.
pub(crate) fn parse(header: &IpHeader, payload: &[u8]) -> Option<Message> {
    let &[kind, code, _, _, a, b, c, d] = payload.first_chunk()?;
    // The messages never leave their link, and so never come with more.
    if header.hop_limit != 1 || internet_checksum(&[payload]) != 0 {
        return None;
    }
    let group = Ipv4Addr::new(a, b, c, d);
    match (kind, payload.len()) {
        (QUERY, length) => {
            let (version, tenths) = match (length, code) {
                (SHORT, 0) => (Version::First, 100),
                (SHORT, _) => (Version::Second, u32::from(code)),
                (12.., _) => (Version::Third, tenths(code)),
                _ => return None, // RFC 3376 section 7.1
            };
            let group = (!group.is_unspecified()).then_some(IpAddr::V4(group));
            let patience = Duration::from_millis(u64::from(tenths.max(1)) * 100);
            Some(Message::Query(Query { version, group, patience }))
        }
        (REPORT_1 | REPORT_2, SHORT) => Some(Message::Report(IpAddr::V4(group))),
        _ => None,
    }
}

/// The time in a query, in tenths of a second: from 128 on a number with an exponent (RFC 3376 section
/// 4.1.1).
fn tenths(code: u8) -> u32 {
    match code {
        0..128 => u32::from(code),
        128.. => u32::from(code & 0x0F | 0x10) << ((code >> 4 & 0x07) + 3),
    }
}

/// Where a notice goes.
pub(crate) fn destination(group: Ipv4Addr, notice: Notice) -> Ipv4Addr {
    match notice {
        Notice::Report(_) => group,
        Notice::Leave => Ipv4Addr::new(224, 0, 0, 2),
        Notice::Record(_) => Ipv4Addr::new(224, 0, 0, 22),
    }
}

/// Writes a notice about a group, a whole packet, and returns its length; `None` without room, of
/// which 40 bytes are always enough: sources for which there is none are not named, and all are heard.
pub(crate) fn emit(
    room: &mut [u8],
    source: Ipv4Addr,
    group: Ipv4Addr,
    notice: Notice,
    sources: impl Iterator<Item = Ipv4Addr>,
) -> Option<usize> {
    let message = room.get_mut(HEADER_LENGTH..)?;
    let length = match notice {
        Notice::Report(version) => {
            let kind = if version == Version::First { REPORT_1 } else { REPORT_2 };
            short(message, kind, group)?
        }
        Notice::Leave => short(message, LEAVE, group)?,
        Notice::Record(record) => {
            let (mut record, mut length, mut count) = (record, LONG, 0_u16);
            for source in sources {
                let Some(place) = message.get_mut(length..length + 4) else {
                    (record, length, count) = (record.of_all(), LONG, 0);
                    break;
                };
                place.copy_from_slice(&source.octets());
                (length, count) = (length + 4, count + 1);
            }
            let [high, low] = count.to_be_bytes();
            let head = message.first_chunk_mut::<LONG>()?;
            // One record, and what its head says before the group.
            *head = [REPORT_3, 0, 0, 0, 0, 0, 0, 1, record as u8, 0, high, low, 0, 0, 0, 0];
            head[12..].copy_from_slice(&group.octets());
            length
        }
    };
    let sum = internet_checksum(&[message.get(..length)?]);
    message[2..4].copy_from_slice(&sum.to_be_bytes());
    let ip = IpEmit {
        source: IpAddr::V4(source),
        destination: IpAddr::V4(destination(group, notice)),
        protocol: IGMP,
        hop_limit: 1,
        traffic_class: PRECEDENCE,
    };
    ip.emit(room, ROUTER_ALERT.len() + length)?;
    let header = room.first_chunk_mut::<HEADER_LENGTH>()?;
    header[0] = 0x46; // a word more
    header[IPV4_HEADER_LENGTH..].copy_from_slice(&ROUTER_ALERT);
    header[10..12].fill(0);
    let sum = internet_checksum(&[&header[..]]);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    Some(HEADER_LENGTH + length)
}

/// Writes a message of the first two versions.
fn short(message: &mut [u8], kind: u8, group: Ipv4Addr) -> Option<usize> {
    let head = message.first_chunk_mut::<SHORT>()?;
    *head = [kind, 0, 0, 0, 0, 0, 0, 0];
    head[4..].copy_from_slice(&group.octets());
    Some(SHORT)
}

#[cfg(test)]
mod tests {
    use super::super::packet::{parse as parse_packet, unspecified_header};
    use super::super::reports::RecordType;
    use super::*;

    const GROUP: Ipv4Addr = Ipv4Addr::new(239, 1, 2, 3);
    const OWN: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

    /// Reads a message with a right checksum.
    fn read(message: &mut [u8], hop_limit: u8) -> Option<Message> {
        message[2..4].fill(0);
        let sum = internet_checksum(&[message]);
        message[2..4].copy_from_slice(&sum.to_be_bytes());
        let header = unspecified_header(IpAddr::V4(OWN), IpAddr::V4(GROUP), IGMP);
        parse(&IpHeader { hop_limit, ..header }, message)
    }

    #[test]
    fn queries_say_their_version_by_their_length() {
        let asked = |version, group: Option<Ipv4Addr>, milliseconds| {
            let patience = Duration::from_millis(milliseconds);
            Some(Message::Query(Query { version, group: group.map(IpAddr::V4), patience }))
        };
        // length, code, group, hop limit, what it is
        for (length, code, group, hop_limit, expected) in [
            (8, 0, None, 1, asked(Version::First, None, 10_000)),
            (8, 100, None, 1, asked(Version::Second, None, 10_000)),
            (8, 1, Some(GROUP), 1, asked(Version::Second, Some(GROUP), 100)),
            (9, 100, None, 1, None), // no such thing
            (11, 100, None, 1, None),
            (12, 100, None, 1, asked(Version::Third, None, 10_000)),
            (12, 127, Some(GROUP), 1, asked(Version::Third, Some(GROUP), 12_700)),
            (16, 0x80, None, 1, asked(Version::Third, None, 12_800)),
            (16, 0xFF, None, 1, asked(Version::Third, None, 3_174_400)),
            (12, 0, None, 1, asked(Version::Third, None, 100)), // not at once, and all together
            (12, 100, None, 64, None),                          // not from this link
            (7, 100, None, 1, None),
        ] {
            let mut message = [0; 16];
            message[..2].copy_from_slice(&[QUERY, code]);
            message[4..8].copy_from_slice(&group.unwrap_or(Ipv4Addr::UNSPECIFIED).octets());
            assert_eq!(read(&mut message[..length], hop_limit), expected, "{length} {code}");
        }
        let mut report = [REPORT_2, 0, 0, 0, 239, 1, 2, 3];
        assert_eq!(read(&mut report, 1), Some(Message::Report(IpAddr::V4(GROUP))));
        report[7] ^= 1;
        let header = unspecified_header(IpAddr::V4(OWN), IpAddr::V4(GROUP), IGMP);
        assert_eq!(parse(&IpHeader { hop_limit: 1, ..header }, &report), None, "damaged");
    }

    #[test]
    fn the_bytes_are_those_of_the_standard() {
        let none: &[Ipv4Addr] = &[];
        let named = &[Ipv4Addr::new(192, 0, 2, 9)][..];
        // notice, sources, destination, message without checksum
        for (notice, sources, to, message) in [
            (Notice::Report(Version::First), none, "239.1.2.3", &[0x12, 0, 239, 1, 2, 3][..]),
            (Notice::Report(Version::Second), none, "239.1.2.3", &[0x16, 0, 239, 1, 2, 3]),
            (Notice::Leave, none, "224.0.0.2", &[0x17, 0, 239, 1, 2, 3]),
            (
                Notice::Record(RecordType::ToExclude),
                none,
                "224.0.0.22",
                &[0x22, 0, 0, 0, 0, 1, 4, 0, 0, 0, 239, 1, 2, 3],
            ),
            (
                Notice::Record(RecordType::IsInclude),
                named,
                "224.0.0.22",
                &[0x22, 0, 0, 0, 0, 1, 1, 0, 0, 1, 239, 1, 2, 3, 192, 0, 2, 9],
            ),
        ] {
            let mut room = [0xEE; 64];
            let length = emit(&mut room, OWN, GROUP, notice, sources.iter().copied()).unwrap();
            assert_eq!(room[..2], [0x46, 0xC0], "{notice:?}");
            assert_eq!(room[20..24], ROUTER_ALERT, "{notice:?}");
            let header = parse_packet(&room[..length]).unwrap();
            assert_eq!((header.hop_limit, header.protocol), (1, IGMP), "{notice:?}");
            assert_eq!(header.destination, to.parse::<IpAddr>().unwrap(), "{notice:?}");
            let payload = &room[header.payload];
            assert_eq!(internet_checksum(&[payload]), 0, "{notice:?}");
            assert_eq!((&payload[..2], &payload[4..]), message.split_at(2), "{notice:?}");
        }
    }

    #[test]
    fn sources_without_room_are_not_named() {
        let sources = || [OWN; 10].into_iter();
        let notice = Notice::Record(RecordType::ToInclude);
        // room, length, type of the record, sources in it
        for (room, expected) in [(80, Some((80, 3, 10))), (79, Some((40, 4, 0))), (39, None)] {
            let mut bytes = [0; 80];
            let written = emit(&mut bytes[..room], OWN, GROUP, notice, sources());
            let found = written.map(|length| (length, bytes[32], bytes[35]));
            assert_eq!(found, expected, "{room}");
        }
    }
}
