//! Control messages: echoes are answered, errors reach the socket whose packet they quote.
//!
//! An error names the packet that caused it. It counts only when that packet can have been ours:
//! the right ends, and for TCP a sequence number that is under way (RFC 5927, section 4.1). It ends an
//! attempt to connect; a connection that stands remembers it, in case it has to give up.

use berkeley::Errno;

use super::arrival::{Addressee, Arrival, Packet};
use super::reply::ReplyTo;
use super::state::State;
use super::statistics::count;
use crate::ip::{self, IpAddr};
use crate::network::checksum::internet_checksum;
use crate::network::packet::{self, IPV6_HEADER_LENGTH, IpEmit, IpHeader};
use crate::tuple::{Endpoint, Tuple};

/// Bytes in front of what a message carries.
const HEADER_LENGTH: usize = 8;

/// How much of a packet an error quotes: its header and the first bytes behind it (RFC 792).
const QUOTED_PAYLOAD: usize = 8;

/// The shortest packets that a path may ask for: Linux's `ip_rt_min_pmtu`, and RFC 8200, section 5.
const SHORTEST_IPV4: u32 = 552;
const SHORTEST_IPV6: u32 = 1280;

/// What a message reports about a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Report {
    /// It did not arrive.
    Lost {
        errno: Errno,
        /// Sent again the packet would meet the same fate: then a datagram socket hears of it (Linux's
        /// table `icmp_err_convert`).
        lasting: bool,
    },
    /// It is longer than this, which is what the path carries.
    TooLong(u32),
}

/// The packet that an error quotes, as far as it is needed.
pub(super) struct Quoted {
    pub(super) protocol: u8,
    pub(super) tuple: Tuple,
    #[cfg_attr(not(any(tcp, raw)), allow(dead_code, reason = "of no interest to UDP"))]
    pub(super) sequence_number: u32,
}

impl Quoted {
    /// The number of an echo request, which stands where TCP has its own.
    #[cfg(raw)]
    pub(super) const fn echo_number(&self) -> u16 {
        (self.sequence_number >> 16) as u16
    }
}

impl State<'_> {
    pub(super) fn icmp_arrived(&mut self, arrival: &mut Arrival<'_>, packet: &Packet<'_>) {
        count(&mut self.protocols.icmp_in);
        let Some(head) = packet.payload.first_chunk::<HEADER_LENGTH>() else { return };
        let [kind, code, _, _, rest @ ..] = *head;
        let ipv4 = packet.header.source.is_ipv4();
        if (ipv4, kind) == (true, 8) || (ipv4, kind) == (false, 128) {
            if !packet.to_group {
                echo(arrival, packet);
            }
            return;
        }
        if (ipv4, kind) == (true, 0) || (ipv4, kind) == (false, 129) {
            return self.echo_answered(arrival, packet);
        }
        let rest = u32::from_be_bytes(rest);
        let report = if ipv4 { report_v4(kind, code, rest) } else { report_v6(kind, code, rest) };
        let quoted = read_quoted(&packet.payload[HEADER_LENGTH..]);
        if let (Some(report), Some(quoted)) = (report, quoted) {
            self.reported(arrival, report, &quoted);
        }
    }

    /// Tells the sender of a packet whose headers say that it is to be dropped, where it wants to know
    /// (RFC 8200, section 4.2).
    #[cold]
    pub(super) fn headers_refused(
        &mut self,
        arrival: &mut Arrival<'_>,
        bytes: &[u8],
        group_frame: bool,
    ) {
        let Some((header, code, place)) = packet::problem(bytes, true) else { return };
        let addressee = self.addressee(arrival, &header, group_frame);
        if addressee == Some(Addressee::Host) && self.may_refuse(arrival, header.source) {
            let Some(payload) = bytes.get(header.payload.clone()) else { return };
            let (header, whole) = (&header, bytes.get(..header.payload.end));
            let packet = Packet { header, payload, whole, to_group: false, tapped: false };
            refuse(arrival, &packet, (0, 0), (4, code), place as u32);
        }
    }

    fn reported(&mut self, arrival: &Arrival<'_>, report: Report, quoted: &Quoted) {
        if let Report::Lost { errno, lasting: true } = report {
            self.reported_to_raw(quoted, errno);
        }
        match (quoted.protocol, report) {
            (packet::UDP, Report::Lost { errno, lasting: true }) => {
                self.reported_to_datagram(quoted, errno);
            }
            (packet::ICMP | packet::ICMPV6, Report::Lost { errno, lasting: true }) => {
                self.reported_to_ping(quoted, errno);
            }
            (packet::TCP, _) => self.reported_to_connection(quoted, report, arrival.now),
            _ => {}
        }
    }
}

/// Answers that a datagram's port is not in use.
#[cfg(udp)]
pub(super) fn port_unreachable(arrival: &mut Arrival<'_>, packet: &Packet<'_>) {
    refuse(arrival, packet, (3, 3), (1, 4), 0);
}

/// Answers that nobody here speaks a packet's protocol (RFC 1122, section 3.2.2.1; RFC 4443, section
/// 3.4).
pub(super) fn protocol_unreachable(arrival: &mut Arrival<'_>, packet: &Packet<'_>) {
    let Some(whole) = packet.whole else { return };
    match packet.header.source {
        IpAddr::V4(_) => refuse(arrival, packet, (3, 2), (0, 0), 0),
        IpAddr::V6(_) => {
            if let Some((_, code, place)) = packet::problem(whole, false) {
                refuse(arrival, packet, (0, 0), (4, code), place as u32);
            }
        }
    }
}

/// Answers a packet with an error that quotes it: what it is for IPv4 and for IPv6, and what stands
/// behind its checksum.
fn refuse(arrival: &mut Arrival<'_>, packet: &Packet<'_>, v4: (u8, u8), v6: (u8, u8), rest: u32) {
    let header = packet.header;
    if packet.to_group || header.source.is_unspecified() {
        return;
    }
    let mut again = [0; IPV6_HEADER_LENGTH + QUOTED_PAYLOAD];
    let quoted = match packet.whole {
        Some(whole) => &whole[..whole.len().min(header.payload.start + QUOTED_PAYLOAD)],
        None => match begin(packet, &mut again) {
            Some(quoted) => quoted,
            None => return,
        },
    };
    let (protocol, kind) = protocol_and_kind(header.source, v4, v6);
    answer(arrival, packet, protocol, kind, rest.to_be_bytes(), quoted);
}

/// The first bytes of a datagram that came in fragments, as if it had come in one packet.
fn begin<'r>(packet: &Packet<'_>, room: &'r mut [u8]) -> Option<&'r [u8]> {
    let &IpHeader { source, destination, protocol, hop_limit, traffic_class, .. } = packet.header;
    let ip = IpEmit { source, destination, protocol, hop_limit, traffic_class };
    let header = ip.emit(room, packet.payload.len())?;
    let end = header + QUOTED_PAYLOAD;
    let payload = packet.payload.first_chunk::<QUOTED_PAYLOAD>()?;
    room.get_mut(header..end)?.copy_from_slice(payload);
    room.get(..end)
}

fn echo(arrival: &mut Arrival<'_>, packet: &Packet<'_>) {
    let Some(rest) = packet.payload.get(4..HEADER_LENGTH) else { return };
    let rest = [rest[0], rest[1], rest[2], rest[3]];
    let (protocol, kind) = protocol_and_kind(packet.header.source, (0, 0), (129, 0));
    answer(arrival, packet, protocol, kind, rest, &packet.payload[HEADER_LENGTH..]);
}

fn protocol_and_kind(like: IpAddr, v4: (u8, u8), v6: (u8, u8)) -> (u8, (u8, u8)) {
    if like.is_ipv4() { (packet::ICMP, v4) } else { (packet::ICMPV6, v6) }
}

/// Writes a message back to the sender of a packet; one that is too long for an answer is not sent.
fn answer(
    arrival: &mut Arrival<'_>,
    packet: &Packet<'_>,
    protocol: u8,
    (kind, code): (u8, u8),
    rest: [u8; 4],
    data: &[u8],
) {
    let (source, destination) = (packet.header.destination, packet.header.source);
    let ip = IpEmit { source, destination, protocol, hop_limit: 64, traffic_class: 0 };
    let room = arrival.reply.room();
    let total = ip.header_len() + HEADER_LENGTH + data.len();
    if total > room.len() || ip.emit(room, HEADER_LENGTH + data.len()).is_none() {
        return;
    }
    let mut head = [kind, code, 0, 0, rest[0], rest[1], rest[2], rest[3]];
    let sum = if protocol == packet::ICMP {
        internet_checksum(&[&head, data])
    } else {
        packet::transport_checksum(source, destination, protocol, &[&head, data])
    };
    head[2..4].copy_from_slice(&sum.to_be_bytes());
    let message = &mut room[ip.header_len()..total];
    message[..HEADER_LENGTH].copy_from_slice(&head);
    message[HEADER_LENGTH..].copy_from_slice(data);
    arrival.reply.set(total, ReplyTo::Address { source, destination });
}

/// What a message says by its kind, its code and the four bytes behind its checksum.
fn report_v4(kind: u8, code: u8, rest: u32) -> Option<Report> {
    let (errno, lasting) = match (kind, code) {
        (3, 0 | 6 | 11) => (Errno::ENETUNREACH, false),
        (3, 1 | 7 | 12) | (11, _) => (Errno::EHOSTUNREACH, false),
        (3, 2) => (Errno::ENOPROTOOPT, true),
        (3, 3) => (Errno::ECONNREFUSED, true),
        (3, 4) => return Some(Report::TooLong((rest & 0xFFFF).max(SHORTEST_IPV4))),
        (3, 9 | 10 | 13) => (Errno::EHOSTUNREACH, true),
        (12, _) => (Errno::EPROTO, true),
        _ => return None,
    };
    Some(Report::Lost { errno, lasting })
}

/// The same for IPv6 (Linux's `icmpv6_err_convert`).
fn report_v6(kind: u8, code: u8, rest: u32) -> Option<Report> {
    let (errno, lasting) = match (kind, code) {
        (1, 0) => (Errno::ENETUNREACH, false),
        (1, 1 | 5 | 6) => (Errno::EACCES, true),
        (1, 2 | 3) | (3, _) => (Errno::EHOSTUNREACH, false),
        (1, 4) => (Errno::ECONNREFUSED, true),
        (2, _) => return Some(Report::TooLong(rest.max(SHORTEST_IPV6))),
        (4, _) => (Errno::EPROTO, true),
        _ => return None,
    };
    Some(Report::Lost { errno, lasting })
}

/// Reads a quoted packet, which may be cut short: our end of it is its source.
fn read_quoted(bytes: &[u8]) -> Option<Quoted> {
    let (protocol, source, destination, payload) = match bytes.first()? >> 4 {
        4 => {
            let header_length = usize::from(bytes[0] & 0xf) * 4;
            let address = |at| Some(IpAddr::V4((*bytes.get(at..)?.first_chunk::<4>()?).into()));
            (*bytes.get(9)?, address(12)?, address(16)?, bytes.get(header_length.max(20)..)?)
        }
        6 => {
            let address = |at| ip::from_ipv6((*bytes.get(at..)?.first_chunk::<16>()?).into());
            (*bytes.get(6)?, address(8)?, address(24)?, bytes.get(40..)?)
        }
        _ => return None,
    };
    let [a, b, c, d, s0, s1, s2, s3] = *payload.first_chunk()?;
    Some(Quoted {
        protocol,
        tuple: Tuple {
            local: Endpoint { ip: source, port: u16::from_be_bytes([a, b]) },
            remote: Endpoint { ip: destination, port: u16::from_be_bytes([c, d]) },
        },
        sequence_number: u32::from_be_bytes([s0, s1, s2, s3]),
    })
}
