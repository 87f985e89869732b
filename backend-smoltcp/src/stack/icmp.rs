//! Control messages: echoes are answered, errors reach the socket whose packet they quote.
//!
//! An error names the packet that caused it. It counts only when that packet can have been ours:
//! the right ends, and for TCP the right sequence number (RFC 5927, section 4.1).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use berkeley::Errno;
use smoltcp::socket::tcp;

use super::arrival::{Arrival, Packet};
use super::reply::ReplyTo;
use super::state::State;
use crate::descriptor::{Datagram, Kind};
use crate::network::checksum::internet_checksum;
use crate::network::packet::{self, IpEmit};
use crate::tcp::{Endpoint, Tuple};

/// Bytes in front of what a message carries.
const HEADER_LENGTH: usize = 8;

/// How much of a packet an error quotes: its header and the first bytes behind it (RFC 792).
const QUOTED_PAYLOAD: usize = 8;

/// Which error a message reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Unreachable {
    errno: Errno,
    /// Sent again the packet would meet the same fate: then a datagram socket hears of it (Linux's
    /// table `icmp_err_convert`).
    lasting: bool,
}

/// The packet that an error quotes, as far as it is needed.
struct Quoted {
    protocol: u8,
    tuple: Tuple,
    sequence_number: u32,
}

impl State<'_> {
    pub(super) fn icmp_arrived(&mut self, arrival: &mut Arrival<'_>, packet: &Packet<'_>) {
        let [kind, code, ..] = *packet.payload else { return };
        let ipv4 = packet.header.source.is_ipv4();
        match (ipv4, kind) {
            (true, 8) | (false, 128) if !packet.to_group => echo(arrival, packet),
            (true, 3) | (false, 1) => {
                let unreachable = if ipv4 { unreachable_v4(code) } else { unreachable_v6(code) };
                let quoted = packet.payload.get(HEADER_LENGTH..).and_then(read_quoted);
                if let (Some(unreachable), Some(quoted)) = (unreachable, quoted) {
                    self.unreachable(arrival, unreachable, &quoted);
                }
            }
            _ => {}
        }
    }

    fn unreachable(&mut self, arrival: &Arrival<'_>, unreachable: Unreachable, quoted: &Quoted) {
        match quoted.protocol {
            packet::UDP if unreachable.lasting => {
                if let Some(descriptor) = self.connected_datagram(&quoted.tuple) {
                    self.descriptors[descriptor].error = Some(unreachable.errno);
                    self.wake(descriptor);
                }
            }
            packet::TCP => {
                let Some(slot) = self.find_connection(&quoted.tuple) else { return };
                let connecting = self.slot(slot).state() == tcp::State::SynSent;
                if connecting && self.slot(slot).our_first == quoted.sequence_number {
                    self.give_up(slot, unreachable.errno, arrival.now);
                }
            }
            _ => {}
        }
    }

    /// The datagram socket that is connected like this.
    fn connected_datagram(&self, tuple: &Tuple) -> Option<u16> {
        let is_it = |kind: &Kind| {
            matches!(kind, Kind::Datagram(Datagram { peer: Some(peer), .. })
                if (peer.ip, peer.port) == (tuple.remote.ip, tuple.remote.port))
        };
        let found = self.descriptors.at_port(tuple.local.port).find(|(_, entry)| {
            is_it(&entry.kind)
                && entry.takes(tuple.local.ip)
                && entry.bound.is_some_and(|bound| bound.port == tuple.local.port)
        });
        found.map(|(index, _)| index)
    }
}

/// Answers that a datagram's port is not in use, quoting the datagram.
pub(super) fn port_unreachable(arrival: &mut Arrival<'_>, packet: &Packet<'_>) {
    let header = packet.header;
    let Some(whole) = packet.whole.filter(|_| !packet.to_group) else { return };
    if header.source.is_unspecified() {
        return;
    }
    let quoted = whole.len().min(header.payload.start + QUOTED_PAYLOAD);
    let (protocol, kind) = protocol_and_kind(header.source, (3, 3), (1, 4));
    answer(arrival, packet, protocol, kind, [0; 4], &whole[..quoted]);
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

fn unreachable_v4(code: u8) -> Option<Unreachable> {
    let (errno, lasting) = match code {
        0 | 6 | 11 => (Errno::ENETUNREACH, false),
        1 | 7 | 12 => (Errno::EHOSTUNREACH, false),
        2 => (Errno::ENOPROTOOPT, true),
        3 => (Errno::ECONNREFUSED, true),
        9 | 10 | 13 => (Errno::EHOSTUNREACH, true),
        _ => return None,
    };
    Some(Unreachable { errno, lasting })
}

fn unreachable_v6(code: u8) -> Option<Unreachable> {
    let (errno, lasting) = match code {
        0 => (Errno::ENETUNREACH, false),
        1 | 5 | 6 => (Errno::EACCES, true),
        2 | 3 => (Errno::EHOSTUNREACH, false),
        4 => (Errno::ECONNREFUSED, true),
        _ => return None,
    };
    Some(Unreachable { errno, lasting })
}

/// Reads a quoted packet, which may be cut short: our end of it is its source.
fn read_quoted(bytes: &[u8]) -> Option<Quoted> {
    let (protocol, source, destination, payload) = match bytes.first()? >> 4 {
        4 => {
            let header_length = usize::from(bytes[0] & 0xf) * 4;
            let address = |at| Some(IpAddr::V4(Ipv4Addr::from(*bytes.get(at..)?.first_chunk()?)));
            (*bytes.get(9)?, address(12)?, address(16)?, bytes.get(header_length.max(20)..)?)
        }
        6 => {
            let address =
                |at| Some(IpAddr::V6(Ipv6Addr::from(*bytes.get(at..)?.first_chunk::<16>()?)));
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
