//! Packets that no honest peer sends, made by hand and sent from raw sockets of the far side: damaged,
//! from addresses that nobody has, guessed.

use core::net::{IpAddr, Ipv4Addr};

use super::prelude::*;
use super::raw::{echo_protocol, far_raw, internet_checksum, payload};
use crate::case::Family;

cases! {
    "datagram-24" from_a_group, Vary::NOTHING, [],
        "RFC 1122 3.2.1.3: a source is one host",
        "A datagram that says to be from a group or from everybody is dropped.", NEEDS_ROOT;
    "datagram-25" checksums, Vary::FAMILY, [],
        "RFC 768, RFC 8200 8.1: checksum",
        "A damaged datagram is dropped, and over IPv6 also one that has no checksum.", NEEDS_ROOT;
    "inet6-14" unknown_headers, Vary::NOTHING, [],
        "RFC 8200 4, 4.2: next header, action on an unknown option",
        "What is not known in a packet's headers is skipped, dropped or refused as it says itself.",
        NEEDS_ROOT;
    "listen-24" flood, Vary::NOTHING, [],
        "RFC 4987",
        "Openings that nobody goes on with keep no client out.", NEEDS_ROOT;
    "wire-04" guessed, Vary::FAMILY, [],
        "RFC 5961 3, 4, 5",
        "A reset with a guessed number ends no connection, nor does an opening within it.",
        NEEDS_ROOT;
    "wire-09" errors_about_others, Vary::FAMILY, [],
        "RFC 5927 4.1: ICMP errors",
        "A connection believes an error only about what it has sent.", NEEDS_ROOT;
    "wire-10" from_itself, Vary::NOTHING, [],
        "RFC 1122 3.2.1.3: 127/8 outside of a host",
        "What comes over a link from a loopback address, or from the host's own, is dropped.",
        NEEDS_ROOT;
}

/// The port of whoever sends by hand.
const OWN_PORT: u16 = 9;

const TCP_HEADER: usize = 20;
const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

/// A datagram of four bytes, without a checksum. Source: RFC 768.
fn datagram(port: u16, data: &[u8; 4]) -> [u8; 12] {
    let mut datagram = [0; 12];
    datagram[0..2].copy_from_slice(&OWN_PORT.to_be_bytes());
    datagram[2..4].copy_from_slice(&port.to_be_bytes());
    datagram[5] = 12; // the length
    datagram[8..].copy_from_slice(data);
    datagram
}

/// A segment without data and without a checksum. Source: RFC 9293, section 3.1.
fn segment(ports: [u16; 2], numbers: [u32; 2], flags: u8) -> [u8; TCP_HEADER] {
    let mut segment = [0; TCP_HEADER];
    segment[0..2].copy_from_slice(&ports[0].to_be_bytes());
    segment[2..4].copy_from_slice(&ports[1].to_be_bytes());
    segment[4..8].copy_from_slice(&numbers[0].to_be_bytes());
    segment[8..12].copy_from_slice(&numbers[1].to_be_bytes());
    segment[12] = 0x50; // the header's length, five words
    segment[13] = flags;
    segment[14..16].copy_from_slice(&[0x10, 0]); // the window
    segment
}

/// The checksum of a datagram or segment between these. Sources: RFC 768, RFC 8200, section 8.1.
fn checksum(from: IpAddr, to: IpAddr, protocol: Protocol, payload: &[u8]) -> [u8; 2] {
    let mut words = [0; 64];
    let mut length = 0;
    let mut add = |bytes: &[u8]| {
        words[length..][..bytes.len()].copy_from_slice(bytes);
        length += bytes.len();
    };
    for ip in [from, to] {
        match ip {
            IpAddr::V4(ip) => add(&ip.octets()),
            IpAddr::V6(ip) => add(&ip.octets()),
        }
    }
    add(&[0, protocol.0 as u8, 0, payload.len() as u8]);
    add(payload);
    internet_checksum(&words)
}

/// Who sends packets of IPv4 to the near side with headers by hand.
struct Forger<L: Lab> {
    raw: Socket<L::Far>,
    own: Ipv4Addr,
    there: Ipv4Addr,
}

impl<L: Lab> Forger<L> {
    /// None without IPv4.
    fn new(lab: &L) -> Result<Option<Forger<L>>, Failure> {
        let raw = far_raw(lab, Family::Inet, Protocol::RAW)?;
        Ok(match (lab.near_address(Family::Inet), lab.far_address(Family::Inet)) {
            (Some(IpAddr::V4(own)), Some(IpAddr::V4(there))) => Some(Forger { raw, own, there }),
            _ => None,
        })
    }

    /// Sends a packet; the host fills in its length and checksum. Source: RFC 791.
    fn send(&self, from: Ipv4Addr, protocol: Protocol, payload: &[u8]) -> Outcome {
        let mut packet = [0; 40];
        packet[0] = 0x45; // version 4, five words
        packet[8..10].copy_from_slice(&[64, protocol.0 as u8]);
        packet[12..16].copy_from_slice(&from.octets());
        packet[16..20].copy_from_slice(&self.own.octets());
        let packet = &mut packet[..20 + payload.len()];
        packet[20..].copy_from_slice(payload);
        self.raw.sendto(packet, (self.own, 0))?;
        Ok(())
    }
}

/// Expects that a datagram from none of these addresses arrives, and the next one does.
fn expect_none_from<L: Lab>(
    lab: &L,
    variant: &Variant,
    sources: impl Fn(Ipv4Addr) -> [Ipv4Addr; 2],
) -> Outcome {
    let Some(forger) = Forger::new(lab)? else { return Ok(()) };
    let mut near = near_datagram(lab, variant)?;
    near.settimeout(LONG)?;
    let port = near.getsockname()?.port().unwrap_or_default();
    for source in sources(forger.own) {
        forger.send(source, Protocol::UDP, &datagram(port, b"fake"))?;
    }
    forger.send(forger.there, Protocol::UDP, &datagram(port, b"good"))?;
    let mut buffer = [0; 16];
    let (count, sender) = near.recvfrom(&mut buffer)?;
    expect_eq!(&buffer[..count], b"good");
    expect_eq!(sender.and_then(|sender| sender.ip()), Some(IpAddr::V4(forger.there)));
    Ok(())
}

fn from_a_group<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    expect_none_from(lab, variant, |_| [Ipv4Addr::new(224, 0, 0, 1), Ipv4Addr::BROADCAST])
}

fn from_itself<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    expect_none_from(lab, variant, |own| [Ipv4Addr::LOCALHOST, own])
}

fn checksums<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let mut near = near_datagram(lab, variant)?;
    near.settimeout(LONG)?;
    let (own, there) = (near.getsockname()?, far_any(lab, variant)?);
    let (Some(to), Some(from), Some(port)) = (own.ip(), there.ip(), own.port()) else {
        return Ok(());
    };
    let raw = far_raw(lab, variant.family, Protocol::UDP)?;
    raw.bind(there)?;
    for data in [b"none", b"fake", b"good"] {
        let mut datagram = datagram(port, data);
        let mut sum = checksum(from, to, Protocol::UDP, &datagram);
        match data {
            b"none" => sum = [0, 0],
            b"fake" => sum[0] ^= 1,
            _ => {}
        }
        datagram[6..8].copy_from_slice(&sum);
        expect_eq!(raw.sendto(&datagram, own.with_port(0))?, 12);
    }
    let mut buffer = [0; 16];
    if variant.family == Family::Inet {
        let count = near.recv(&mut buffer)?;
        expect_eq!(&buffer[..count], b"none");
    }
    let count = near.recv(&mut buffer)?;
    expect_eq!(&buffer[..count], b"good");
    Ok(())
}

/// The variant over IPv6.
fn inet6(variant: &Variant) -> Variant {
    let mut variant = *variant;
    variant.family = Family::Inet6;
    variant
}

/// Header of options for the destination, with one option. Source: RFC 8200, sections 4.2 and 4.6.
const DESTINATION_OPTIONS: Protocol = Protocol(60);

fn unknown_headers<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    /// Nobody's (RFC 3692), and what nothing follows (RFC 8200, section 4.7).
    const EXPERIMENTAL: u8 = 253;
    const PROBLEM: u8 = 4; // RFC 4443, section 3.4
    let variant = &inet6(variant);
    let mut near = near_datagram(lab, variant)?;
    near.settimeout(LONG)?;
    let (own, there) = (near.getsockname()?, far_any(lab, variant)?);
    let (Some(to), Some(from), Some(port)) = (own.ip(), there.ip(), own.port()) else {
        return Ok(());
    };
    let raw = far_raw(lab, Family::Inet6, DESTINATION_OPTIONS)?;
    raw.bind(there)?;
    let errors = far_raw(lab, Family::Inet6, Protocol::ICMPV6)?;
    let udp = Protocol::UDP.0 as u8;
    // what follows, type of an option for experiments (RFC 4727), data
    for (next, option, data) in [
        (udp, 0x1e, b"skip"),
        (udp, 0x5e, b"drop"),
        (udp, 0x9e, b"tell"),
        (udp, 0xde, b"host"),       // it is told, if it did not send to a group
        (EXPERIMENTAL, 1, b"...."), // padding: it is known
        (udp, 1, b"good"),
    ] {
        let mut packet = [0; 20];
        packet[..8].copy_from_slice(&[next, 0, option, 4, 0, 0, 0, 0]);
        let mut datagram = datagram(port, data);
        let sum = checksum(from, to, Protocol::UDP, &datagram);
        datagram[6..8].copy_from_slice(&sum);
        packet[8..].copy_from_slice(&datagram);
        expect_eq!(raw.sendto(&packet, own.with_port(0))?, 20);
    }
    let mut buffer = [0; 512];
    for data in [b"skip", b"good"] {
        let count = near.recv(&mut buffer)?;
        expect_eq!(&buffer[..count], data);
    }
    // code of the error, and where in the packet it is: behind its header of 40 bytes
    for problem in [(2, 42), (2, 42), (1, 40)] {
        while errors.recv(&mut buffer)? < 8 || buffer[0] != PROBLEM {}
        expect_eq!((buffer[1], buffer[7]), problem);
    }
    Ok(())
}

fn flood<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    const BACKLOG: i32 = 2;
    let Some(forger) = Forger::new(lab)? else { return Ok(()) };
    let listener = near_listener(lab, variant, BACKLOG)?;
    let name = listener.getsockname()?;
    let ports = |number| [1024 + number, name.port().unwrap_or_default()];
    for number in 0..10 * BACKLOG as u16 {
        let [a, b, c, _] = forger.there.octets();
        let from = Ipv4Addr::new(a, b, c, 100 + number as u8);
        let mut opening = segment(ports(number), [7, 0], SYN);
        let sum = checksum(from.into(), forger.own.into(), Protocol::TCP, &opening);
        opening[16..18].copy_from_slice(&sum);
        forger.send(from, Protocol::TCP, &opening)?;
    }
    let client = far_stream(lab, variant)?;
    client.connect(name)?;
    let (near, peer) = accept(lab.near(), &listener)?;
    expect_true!(peer == client.getsockname()?);
    stays_quiet(lab.near(), &listener, Readiness::READABLE)?;
    near.sendall(b"served")?;
    expect_bytes(lab.far(), &client, b"served")
}

/// What a raw socket of the far side sees of a segment from the near one.
struct Sniffed {
    /// The number of its first byte, and the one that it expects next.
    numbers: [u32; 2],
    has_data: bool,
}

/// The next segment between these ports that a raw socket sees.
fn sniff<L: Lab>(
    raw: &Socket<L::Far>,
    family: Family,
    ports: [u16; 2],
) -> Result<Sniffed, Failure> {
    let mut buffer = [0; 128];
    loop {
        let count = raw.recv(&mut buffer)?;
        let segment = payload(family, &buffer[..count]);
        let number = |at| Some(u32::from_be_bytes(*segment.get(at..)?.first_chunk()?));
        let (Some(both), Some(first), Some(next)) = (number(0), number(4), number(8)) else {
            continue;
        };
        if both == u32::from(ports[0]) << 16 | u32::from(ports[1]) {
            let header = usize::from(segment[12] >> 4) * 4;
            return Ok(Sniffed { numbers: [first, next], has_data: segment.len() > header });
        }
    }
}

fn guessed<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    near.settimeout(LONG)?;
    let (own, there) = (near.getsockname()?, far.getsockname()?);
    let (Some(to), Some(from), Some(port), Some(far_port)) =
        (own.ip(), there.ip(), own.port(), there.port())
    else {
        return Ok(());
    };
    let raw = far_raw(lab, variant.family, Protocol::TCP)?;
    raw.bind(there.with_port(0))?;
    near.sendall(b"x")?;
    expect_bytes(lab.far(), &far, b"x")?;
    let sniffed = loop {
        let sniffed = sniff::<L>(&raw, variant.family, [port, far_port])?;
        if sniffed.has_data {
            break sniffed;
        }
    };
    let [next, expected] = [sniffed.numbers[0].wrapping_add(1), sniffed.numbers[1]];
    let send = |ahead: u32, acknowledgement, flags| {
        let number = expected.wrapping_add(ahead);
        let mut forged = segment([far_port, port], [number, acknowledgement], flags);
        let sum = checksum(from, to, Protocol::TCP, &forged);
        forged[16..18].copy_from_slice(&sum);
        raw.sendto(&forged, own.with_port(0)).map_err(Failure::from)
    };
    // The first guess within the window is answered with the right numbers.
    expect_eq!(send(1, next, RST)?, TCP_HEADER);
    let challenge = sniff::<L>(&raw, variant.family, [port, far_port])?;
    expect_true!(challenge.numbers == [next, expected] && !challenge.has_data);
    // how far ahead of what is expected, acknowledgement, flags
    for (ahead, acknowledgement, flags) in [
        (100, next, RST | ACK),
        (0x4000_0000, next, RST), // beyond the window
        (0xFFFF_FFFF, next, RST), // before it
        (0, next, SYN),
        (100, next, SYN),
        (0, next.wrapping_add(0x4000_0000), ACK), // of what was never sent
        (0, next.wrapping_add(0x4000_0000), FIN | ACK),
    ] {
        expect_eq!(send(ahead, acknowledgement, flags)?, TCP_HEADER);
        near.sendall(b"still there")?;
        expect_bytes(lab.far(), &far, b"still there")?;
    }
    expect_eq!(readiness(lab.near(), &near)?, Readiness::WRITABLE);
    expect_eq!(send(0, 0, RST)?, TCP_HEADER); // who knows the number may
    expect_error!(near.recv(&mut [0; 8]), ECONNRESET);
    Ok(())
}

fn errors_about_others<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let family = variant.family;
    let raw = far_raw(lab, family, Protocol::TCP)?;
    let (near, silent) = connecting(lab, variant)?;
    let (own, there) = (near.getsockname()?, silent.address);
    let (Some(port), Some(far_port)) = (own.port(), there.port()) else { return Ok(()) };
    let first = sniff::<L>(&raw, family, [port, far_port])?.numbers[0];
    let icmp = far_raw(lab, family, echo_protocol(family))?;
    let refuse = |ports, number| {
        let mut error = [0; 8 + 40 + TCP_HEADER];
        let quoted = segment(ports, [number, 0], SYN);
        // "Port unreachable" (RFC 792; RFC 4443, section 3.1), and the header of what was sent.
        let length = match (own.ip(), there.ip()) {
            (Some(IpAddr::V4(own)), Some(IpAddr::V4(there))) => {
                error[..2].copy_from_slice(&[3, 3]);
                error[8..18].copy_from_slice(&[0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6]);
                error[20..24].copy_from_slice(&own.octets());
                error[24..28].copy_from_slice(&there.octets());
                28
            }
            (Some(IpAddr::V6(own)), Some(IpAddr::V6(there))) => {
                error[..2].copy_from_slice(&[1, 4]);
                error[8..16].copy_from_slice(&[0x60, 0, 0, 0, 0, 20, 6, 64]);
                error[16..32].copy_from_slice(&own.octets());
                error[32..48].copy_from_slice(&there.octets());
                48
            }
            _ => 0,
        };
        error[length..][..TCP_HEADER].copy_from_slice(&quoted);
        let error = &mut error[..length + TCP_HEADER];
        if family == Family::Inet {
            let sum = internet_checksum(error);
            error[2..4].copy_from_slice(&sum);
        }
        icmp.sendto(error, own.with_port(0)).map(drop).map_err(Failure::from)
    };
    refuse([port, far_port], first.wrapping_add(1000))?; // not on its way
    refuse([port, far_port], first.wrapping_sub(1))?;
    refuse([port ^ 1, far_port], first)?; // another connection
    refuse([port, far_port ^ 1], first)?;
    stays_quiet(lab.near(), &near, BOTH)?;
    refuse([port, far_port], first)?;
    wait_for(lab.near(), &near, Readiness::WRITABLE)?;
    expect_eq!(near.take_error()?, Some(Error::from(Errno::ECONNREFUSED)));
    Ok(())
}
