//! Raw sockets and ping sockets: the header or not, echoes, and copies.
//!
//! A kernel wants a privilege for them.

use core::net::IpAddr;

use super::prelude::*;
use crate::case::Family;

cases! {
    "raw-01" no_echo, Vary::FAMILY, ["K03"],
        "Linux icmp(7): EINVAL",
        "A ping socket sends echo requests and nothing else.", NEEDS_ROOT;
    "raw-02" echo, Vary::FAMILY, ["K03"],
        "RFC 792, RFC 4443: echo; Linux icmp(7)",
        "The answer to an echo request comes to the socket that asked, with its data.", NEEDS_ROOT;
    "raw-03" identifier, Vary::FAMILY, ["K03"],
        "Linux icmp(7)",
        "The port of a ping socket's name is the identifier of its requests.", NEEDS_ROOT;
    "raw-04" headers, Vary::FAMILY, ["K03"],
        "Linux raw(7), RFC 3542 3: the header",
        "Raw IPv4 is received with its header, raw IPv6 without.", NEEDS_ROOT;
    "raw-05" no_connections, Vary::FAMILY, ["K03"],
        "POSIX listen, accept: EOPNOTSUPP, send: EDESTADDRREQ",
        "A raw socket has no connections, and a peer once it is connected.", NEEDS_ROOT;
    "raw-06" copies, Vary::FAMILY, ["K03"],
        "Linux raw(7)",
        "Every raw socket of the protocol gets a packet, unless it is connected to somebody else.",
        NEEDS_ROOT;
    "raw-07" checksum, Vary::NOTHING, ["K03"],
        "RFC 3542 3.1: IPV6_CHECKSUM",
        "The checksum of ICMPv6 is filled in, and of other protocols where the program says.",
        NEEDS_ROOT;
    "raw-08" no_answer_to_groups, Vary::NOTHING, ["K03"],
        "RFC 1122 3.2.2.1, 3.2.2.6: broadcast",
        "What was sent to everybody is answered with no error, and an echo with none at all.",
        NEEDS_ROOT;
    "raw-09" sizes_of_echoes, Vary::FAMILY, ["K03"],
        "RFC 792, RFC 4443: echo of any size",
        "Echo requests of no data and of the most that a packet carries do no harm.", NEEDS_ROOT;
    "raw-10" own_header, Vary::NOTHING, ["E05", "K03"],
        "Linux raw(7): IP_HDRINCL",
        "With IP_HDRINCL the program brings the header; the host completes it.", NEEDS_ROOT;
    "raw-11" most_at_a_time, Vary::FAMILY, ["K03"],
        "Linux raw(7): EMSGSIZE",
        "A raw socket sends as much as one packet can carry, in fragments if need be.", NEEDS_ROOT;
    "raw-12" own_options, Vary::FAMILY, ["K03"],
        "Linux raw(7), socket(7)",
        "A raw socket says its type and its protocol, and shares addresses from the start.",
        NEEDS_ROOT;
}

/// A protocol for experiments, which nobody else has. Source: RFC 3692.
const EXPERIMENTAL: Protocol = Protocol(253);

/// The longest packet of IPv4, and the longest payload of IPv6.
const LARGEST: usize = 65_535;

/// A socket of the near side that waits up to [`LONG`].
fn near<L: Lab>(
    lab: &L,
    family: Family,
    socket_type: SocketType,
    protocol: Protocol,
) -> Result<Socket<L::Near>, Error> {
    let mut socket = lab.near().socket(family.number(), socket_type, protocol)?;
    socket.settimeout(LONG)?;
    Ok(socket)
}

/// A raw socket of the near side, of the experimental protocol.
fn near_raw<L: Lab>(lab: &L, variant: &Variant) -> Result<Socket<L::Near>, Error> {
    near(lab, variant.family, SocketType::RAW, EXPERIMENTAL)
}

/// A raw socket of the far side that waits up to [`LONG`].
pub(super) fn far_raw<L: Lab>(
    lab: &L,
    family: Family,
    protocol: Protocol,
) -> Result<Socket<L::Far>, Error> {
    let mut socket = lab.far().socket(family.number(), SocketType::RAW, protocol)?;
    socket.settimeout(LONG)?;
    Ok(socket)
}

/// A ping socket of the near side, once they are permitted.
fn ping<L: Lab>(lab: &L, variant: &Variant) -> Result<Socket<L::Near>, Failure> {
    lab.permit_ping()?;
    Ok(near(lab, variant.family, SocketType::DGRAM, echo_protocol(variant.family))?)
}

/// The family's protocol of echoes.
pub(crate) fn echo_protocol(family: Family) -> Protocol {
    match family {
        Family::Inet => Protocol::ICMP,
        Family::Inet6 => Protocol::ICMPV6,
    }
}

/// The types of an echo request and of its answer. Sources: RFC 792, RFC 4443.
fn echoes(family: Family) -> (u8, u8) {
    match family {
        Family::Inet => (8, 0),
        Family::Inet6 => (128, 129),
    }
}

/// An echo request with this identifier, the number 1, this data, and room for a checksum.
fn request(family: Family, identifier: u16) -> [u8; 12] {
    let [high, low] = identifier.to_be_bytes();
    [echoes(family).0, 0, 0, 0, high, low, 0, 1, b'e', b'c', b'h', b'o']
}

/// What a raw socket has received, without the header that those of IPv4 have.
pub(super) fn payload(family: Family, packet: &[u8]) -> &[u8] {
    let header = if family == Family::Inet { 20 } else { 0 };
    packet.get(header..).unwrap_or_default()
}

fn no_echo<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (ping, there) = (ping(lab, variant)?, far_any(lab, variant)?);
    let (family, right) = (variant.family, request(variant.family, 0));
    let (mut answer, mut code) = (right, right);
    answer[0] = echoes(family).1;
    code[1] = 1;
    expect_error!(ping.sendto(&answer, there), EINVAL);
    expect_error!(ping.sendto(&code, there), EINVAL);
    expect_error!(ping.sendto(&right[..7], there), EINVAL);
    expect_error!(ping.sendto(&[], there), EINVAL);
    expect_error!(ping.send(&right), EDESTADDRREQ);
    expect_eq!(ping.sendto(&right[..8], there)?, 8); // without data
    expect_eq!(ping.recv(&mut [0; 64])?, 8);
    // The other family's protocol is none of this one.
    let other = near(lab, family, SocketType::DGRAM, echo_protocol(family.other()));
    expect_error!(other, EPROTONOSUPPORT);
    Ok(())
}

fn echo<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (ping, there) = (ping(lab, variant)?, far_any(lab, variant)?);
    let sent = request(variant.family, 0x1234);
    ping.connect(there)?;
    expect_eq!(ping.send(&sent)?, 12);
    let mut buffer = [0; 64];
    let (count, sender) = ping.recvfrom(&mut buffer)?;
    expect_eq!(count, 12);
    expect_eq!(sender, Some(there));
    expect_eq!(buffer[0], echoes(variant.family).1);
    expect_eq!(&buffer[6..12], &sent[6..12]);
    // The identifier is the socket's, not the one that was sent.
    let name = ping.getsockname()?.port().unwrap_or_default();
    expect_true!(buffer[4..6] == name.to_be_bytes());
    Ok(())
}

fn identifier<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (first, second) = (ping(lab, variant)?, ping(lab, variant)?);
    let (own, there) = (near_any(lab, variant)?, far_any(lab, variant)?);
    let port = |socket: &Socket<L::Near>| Ok::<_, Error>(socket.getsockname()?.port());
    expect_eq!(port(&first)?, Some(0));
    first.bind(own)?;
    second.bind(own)?;
    expect_true!(port(&first)?.is_some_and(|port| port > 0));
    expect_true!(port(&first)? != port(&second)?);
    // A chosen one is kept. Ping sockets share theirs, until one of them objects.
    let third = ping(lab, variant)?;
    expect_true!(third.option(REUSE_ADDRESS)?);
    third.set_option(REUSE_ADDRESS, false)?;
    expect_error!(third.bind(first.getsockname()?), EADDRINUSE);
    expect_eq!(third.bind(own.with_port(77)), Ok(()));
    expect_eq!(third.getsockname()?.port(), Some(77));
    // Each gets its own answers.
    for (socket, number) in [(&first, 1), (&second, 2), (&third, 3)] {
        let mut message = request(variant.family, 0);
        message[7] = number;
        expect_eq!(socket.sendto(&message, there)?, 12);
    }
    for (socket, number) in [(&first, 1), (&second, 2), (&third, 3)] {
        let mut buffer = [0; 64];
        expect_eq!(socket.recv(&mut buffer)?, 12);
        expect_eq!(buffer[7], number);
    }
    Ok(())
}

fn headers<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (own, there) = (near_any(lab, variant)?, far_any(lab, variant)?);
    let (from, to) = (far_raw(lab, variant.family, EXPERIMENTAL)?, near_raw(lab, variant)?);
    to.bind(own)?;
    expect_eq!(to.getsockname()?, own.with_port(253)); // the protocol
    from.bind(there)?;
    expect_eq!(from.sendto(b"data", own)?, 4);
    let mut buffer = [0; 64];
    let (count, sender) = to.recvfrom(&mut buffer)?;
    expect_eq!(sender, Some(there));
    match (there.ip(), own.ip()) {
        (Some(IpAddr::V4(there)), Some(IpAddr::V4(own))) => {
            expect_eq!(count, 24);
            expect_eq!(buffer[0], 0x45); // version 4, five words
            expect_eq!(buffer[9], 253);
            expect_eq!(&buffer[12..16], there.octets());
            expect_eq!(&buffer[16..20], own.octets());
            expect_eq!(&buffer[20..24], b"data");
        }
        _ => {
            expect_eq!(count, 4);
            expect_eq!(&buffer[..4], b"data");
        }
    }
    Ok(())
}

fn no_connections<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (mut raw, own) = (near_raw(lab, variant)?, near_any(lab, variant)?);
    raw.setblocking(true)?;
    expect_error!(raw.listen(1), EOPNOTSUPP);
    expect_error!(raw.accept(), EOPNOTSUPP);
    expect_error!(raw.send(b"x"), EDESTADDRREQ);
    expect_error!(raw.getpeername(), ENOTCONN);
    raw.settimeout(LONG)?;
    raw.connect(own)?;
    expect_error!(raw.getpeername(), ENOTCONN); // as long as its port is 0
    expect_eq!(raw.send(b"x")?, 1);
    raw.connect(own.with_port(9))?;
    expect_eq!(raw.getpeername()?, own.with_port(9));
    expect_eq!(raw.send(b"x")?, 1);
    expect_true!(raw.recv(&mut [0; 64])? > 0);
    // It may be bound more than once, until it is connected.
    expect_error!(raw.bind(own), EINVAL);
    let other = near_raw(lab, variant)?;
    expect_eq!(other.bind(own), Ok(()));
    expect_eq!(other.bind(own), Ok(()));
    Ok(())
}

fn copies<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (first, second) = (near_raw(lab, variant)?, near_raw(lab, variant)?);
    let own = near_any(lab, variant)?;
    let strangers = [near_raw(lab, variant)?, near_raw(lab, variant)?];
    let elsewhere = lab.second_near_address(variant.family);
    if let Some(elsewhere) = elsewhere {
        strangers[0].connect((elsewhere, 0))?;
        strangers[1].bind((elsewhere, 0))?;
    }
    let sender = near_raw(lab, variant)?;
    expect_eq!(sender.sendto(b"copied", own)?, 6);
    for socket in [&first, &second, &sender] {
        let mut buffer = [0; 64];
        let count = socket.recv(&mut buffer)?;
        expect_true!(buffer[..count].ends_with(b"copied"));
    }
    for stranger in &strangers {
        let has_copy = readiness(lab.near(), stranger)?.contains(Readiness::READABLE);
        expect_true!(has_copy == elsewhere.is_none());
    }
    Ok(())
}

fn checksum<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (family, level) = (Family::Inet6, berkeley::OptionLevel::IPV6);
    let (near_ip, far_ip) = (lab.near_address(family), lab.far_address(family));
    let (Some(near_ip), Some(far_ip)) = (near_ip, far_ip) else { return Ok(()) };
    // Nobody would answer a wrong one.
    let icmp = near(lab, family, SocketType::RAW, Protocol::ICMPV6)?;
    expect_eq!(icmp.sendto(&request(family, 0x1234), (far_ip, 0))?, 12);
    let mut buffer = [0; 512];
    while buffer[0] != echoes(family).1 {
        icmp.recv(&mut buffer)?;
    }
    expect_true!(buffer[2..4] != [0, 0]);
    expect_eq!(&buffer[4..12], &request(family, 0x1234)[4..]);
    expect_eq!(icmp.getsockopt(level, IPV6_CHECKSUM)?, 2);
    expect_error!(icmp.setsockopt(level, IPV6_CHECKSUM, -1), EINVAL);

    let raw = near(lab, family, SocketType::RAW, EXPERIMENTAL)?;
    expect_eq!(raw.getsockopt(level, IPV6_CHECKSUM)?, -1);
    expect_error!(raw.setsockopt(level, IPV6_CHECKSUM, 3), EINVAL);
    raw.setsockopt(level, IPV6_CHECKSUM, 4)?;
    expect_eq!(raw.getsockopt(level, IPV6_CHECKSUM)?, 4);
    expect_error!(raw.sendto(b"short", (far_ip, 0)), EINVAL);
    let to = far_raw(lab, family, EXPERIMENTAL)?;
    to.setsockopt(level, IPV6_CHECKSUM, 4)?;
    expect_eq!(raw.sendto(b"some..data", (far_ip, 0))?, 10);
    expect_eq!(to.recv(&mut buffer)?, 10);
    expect_true!(&buffer[..4] == b"some" && &buffer[6..10] == b"data");
    expect_true!(&buffer[4..6] != b"..");
    // What has a wrong one does not come.
    let careless = far_raw(lab, family, EXPERIMENTAL)?;
    expect_eq!(careless.sendto(b"some..data", (near_ip, 0))?, 10);
    expect_eq!(raw.sendto(b"right.data", (near_ip, 0))?, 10);
    loop {
        expect_eq!(raw.recv(&mut buffer)?, 10);
        expect_true!(&buffer[4..6] != b"..");
        if &buffer[..4] == b"righ" {
            break;
        }
    }
    let _ = variant;
    Ok(())
}

fn no_answer_to_groups<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (own, there) = (near_any(lab, variant)?, far_any(lab, variant)?);
    let Some(IpAddr::V4(near_ip)) = own.ip() else { return Ok(()) };
    let everybody = match near_ip.octets() {
        [127, ..] => [127, 255, 255, 255],
        [a, b, c, _] => [a, b, c, 255],
    };
    let everybody = IpAddr::from(everybody);
    let icmp = far_raw(lab, Family::Inet, Protocol::ICMP)?;
    icmp.set_option(BROADCAST, true)?;
    icmp.bind(there)?;
    let mut message = request(Family::Inet, 0x1234);
    let sum = internet_checksum(&message);
    message[2..4].copy_from_slice(&sum);
    let nobody = far_datagram(lab, variant)?;
    nobody.set_option(BROADCAST, true)?;
    expect_eq!(icmp.sendto(&message, (everybody, 0))?, 12);
    expect_eq!(nobody.sendto(b"anybody?", (everybody, 9))?, 8);
    // What was sent to one host is answered, by an error and by an echo, and nothing was before.
    expect_eq!(nobody.sendto(b"anybody?", own.with_port(9))?, 8);
    message[7] = 2;
    message[2..4].fill(0);
    let sum = internet_checksum(&message);
    message[2..4].copy_from_slice(&sum);
    expect_eq!(icmp.sendto(&message, own)?, 12);
    let mut found = [0_u8; 2];
    for kind in &mut found {
        let mut buffer = [0; 512];
        loop {
            let count = icmp.recv(&mut buffer)?;
            let payload = payload(Family::Inet, &buffer[..count]);
            *kind = payload.first().copied().unwrap_or_default();
            // On a loopback the requests are heard as well.
            if *kind != echoes(Family::Inet).0 {
                let is_ours = *kind == 3 || payload[7] == 2;
                expect_true!(is_ours);
                break;
            }
        }
    }
    expect_eq!(found, [3, 0]); // a port that is not in use, an echo
    expect_eq!(icmp.getsockname()?.ip(), there.ip());
    Ok(())
}

fn sizes_of_echoes<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let family = variant.family;
    let (own, icmp) = (near_any(lab, variant)?, far_raw(lab, family, echo_protocol(family))?);
    let header = if family == Family::Inet { 20 } else { 0 };
    let mut long = [0_u8; LARGEST];
    for length in [8, LARGEST - header, 12] {
        let message = &mut long[..length];
        message[..8].copy_from_slice(&request(family, 0x1234)[..8]);
        if family == Family::Inet {
            let sum = internet_checksum(message);
            message[2..4].copy_from_slice(&sum);
        }
        expect_eq!(icmp.sendto(message, own)?, length);
    }
    // The longest need not be answered; the last one is.
    let mut buffer = [0; 64];
    loop {
        let count = icmp.recv(&mut buffer)?;
        let payload = payload(family, &buffer[..count]);
        if payload.len() == 12 && payload[0] == echoes(family).1 {
            return Ok(());
        }
    }
}

fn own_header<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (sender, receiver) = (near_raw(lab, variant)?, near_raw(lab, variant)?);
    let own = loopback_any(lab, variant)?;
    expect_eq!(sender.getsockopt(berkeley::OptionLevel::IP, IP_HDRINCL)?, 0);
    sender.setsockopt(berkeley::OptionLevel::IP, IP_HDRINCL, 1)?;
    expect_eq!(sender.getsockopt(berkeley::OptionLevel::IP, IP_HDRINCL)?, 1);
    // Version and length, service, total length, identification, fragment, time to live, protocol,
    // checksum, source and destination. Length and checksum are the host's.
    let mut packet = [0; 24];
    packet[..10].copy_from_slice(&[0x45, 0, 0, 0, 0x12, 0x34, 0, 0, 77, 253]);
    packet[12..].copy_from_slice(&[127, 0, 0, 9, 127, 0, 0, 1, b'd', b'a', b't', b'a']);
    expect_eq!(sender.sendto(&packet, own)?, 24);
    let mut buffer = [0; 64];
    let (count, from) = receiver.recvfrom(&mut buffer)?;
    expect_eq!(count, 24);
    expect_eq!(from.and_then(|from| from.ip()), Some(IpAddr::from([127, 0, 0, 9])));
    expect_eq!(&buffer[2..10], [0, 24, 0x12, 0x34, 0, 0, 77, 253]);
    expect_true!(buffer[10..12] != [0, 0]);
    expect_eq!(&buffer[20..24], b"data");
    // Its own socket is a receiver too; of a header that is too short nothing is sent.
    expect_eq!(sender.recv(&mut buffer)?, 24);
    expect_error!(sender.sendto(&packet[..19], own), EINVAL);
    // A source that is missing is filled in.
    packet[12..16].fill(0);
    expect_eq!(sender.sendto(&packet, own)?, 24);
    let (_, from) = receiver.recvfrom(&mut buffer)?;
    expect_eq!(from, Some(own));
    // Who speaks no protocol in particular always brings the header, and hears nothing.
    let any = near(lab, variant.family, SocketType::RAW, Protocol::RAW)?;
    expect_eq!(any.getsockopt(berkeley::OptionLevel::IP, IP_HDRINCL)?, 1);
    expect_eq!(any.sendto(&packet, own)?, 24);
    expect_eq!(receiver.recv(&mut buffer)?, 24);
    expect_true!(!readiness(lab.near(), &any)?.contains(Readiness::READABLE));
    Ok(())
}

fn most_at_a_time<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    static LONG_DATA: [u8; LARGEST + 1] = [7; LARGEST + 1];
    let header = if variant.family == Family::Inet { 20 } else { 0 };
    let (raw, own) = (near_raw(lab, variant)?, near_any(lab, variant)?);
    let most = LARGEST - header;
    expect_error!(raw.sendto(&LONG_DATA, own), EMSGSIZE);
    expect_error!(raw.sendto(&LONG_DATA[..most + 1], own), EMSGSIZE);
    let receiver = far_raw(lab, variant.family, EXPERIMENTAL)?;
    let length = 4000;
    expect_eq!(raw.sendto(&LONG_DATA[..length], far_any(lab, variant)?)?, length);
    let mut buffer = [0; 5000];
    let count = receiver.recv(&mut buffer)?;
    expect_eq!(payload(variant.family, &buffer[..count]).len(), length);
    // What comes in pieces is put together, and has one header.
    let raw = near_raw(lab, variant)?;
    expect_eq!(receiver.sendto(&LONG_DATA[..length], own)?, length);
    let count = raw.recv(&mut buffer)?;
    expect_eq!(count, header + length);
    if variant.family == Family::Inet {
        expect_eq!(&buffer[2..4], (count as u16).to_be_bytes());
        expect_true!(buffer[6] & 0x3F == 0 && buffer[7] == 0); // no fragment
    }
    expect_true!(buffer[header..count].iter().all(|byte| *byte == 7));
    Ok(())
}

fn own_options<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (socket, raw) = (berkeley::OptionLevel::SOCKET, near_raw(lab, variant)?);
    expect_eq!(raw.getsockopt(socket, SO_TYPE)?, 3);
    expect_eq!(raw.getsockopt(socket, SO_PROTOCOL)?, 253);
    expect_true!(raw.option(REUSE_ADDRESS)?);
    expect_eq!(raw.getsockname()?.port(), Some(253));
    let ip = berkeley::OptionLevel::IP;
    match variant.family {
        Family::Inet => expect_eq!(raw.getsockopt(ip, IP_TTL)?, 64),
        Family::Inet6 => expect_error!(raw.getsockopt(ip, IP_TTL), ENOPROTOOPT),
    }
    let plain = near_datagram(lab, variant)?;
    expect_error!(plain.setsockopt(ip, IP_HDRINCL, 1), ENOPROTOOPT);
    Ok(())
}

/// The checksum of a message whose field for it is zero. Source: RFC 1071.
pub(crate) fn internet_checksum(message: &[u8]) -> [u8; 2] {
    let words = message
        .chunks(2)
        .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)])));
    let sum: u32 = words.sum();
    let sum = (sum & 0xFFFF) + (sum >> 16);
    let sum = (sum & 0xFFFF) + (sum >> 16);
    (!(sum as u16)).to_be_bytes()
}
