//! Raw sockets and ping sockets: the header or not, echoes, and who may have them.
//!
//! Who may have ping sockets is a setting of the network: a range of groups, in which nobody is at
//! first.

use std::fs;

use berkeley::ToAddress;
use rustix::thread::{Uid, set_thread_res_uid};

use super::prelude::*;
use crate::case::Family;

kernel_cases! {
    "create-06" without_privilege, Vary::FAMILY, ["F31", "K03"],
        "Linux raw(7), packet(7): EPERM",
        "Raw sockets need a privilege; other types do not.", NEEDS_ROOT;
    "create-07" ping_group_range, Vary::FAMILY, ["F31", "K03"],
        "Linux icmp(7): ping_group_range, EACCES",
        "A ping socket is for groups in a range, which is empty at first.", NEEDS_ROOT;
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
        "Raw IPv4 is received with its header, raw IPv6 without; ICMPv6's checksum is filled in.",
        NEEDS_ROOT;
    "raw-05" no_connections, Vary::FAMILY, ["K03"],
        "POSIX listen, accept: EOPNOTSUPP, send: EDESTADDRREQ",
        "A raw socket has no connections, and a peer once it is connected.", NEEDS_ROOT;
    "raw-06" copies, Vary::FAMILY, ["K03"],
        "Linux raw(7)",
        "Every raw socket of the protocol gets a packet, unless it is connected to somebody else.",
        NEEDS_ROOT;
    "raw-10" own_header, Vary::NOTHING, ["E05", "K03"],
        "Linux raw(7): IP_HDRINCL",
        "With IP_HDRINCL the program brings the header; the kernel completes it.", NEEDS_ROOT;
}

/// A protocol for experiments, which nobody else has. Source: RFC 3692.
const EXPERIMENTAL: Protocol = Protocol(253);

/// A near socket that waits up to [`LONG`].
fn socket(
    lab: &Kernel,
    family: AddressFamily,
    socket_type: SocketType,
    protocol: Protocol,
) -> Result<Socket<Os>, Error> {
    let mut socket = lab.near().socket(family, socket_type, protocol)?;
    socket.settimeout(LONG)?;
    Ok(socket)
}

/// A raw socket of the experimental protocol.
fn raw(lab: &Kernel, variant: &Variant) -> Result<Socket<Os>, Error> {
    socket(lab, variant.family.number(), SocketType::RAW, EXPERIMENTAL)
}

/// The family's protocol of echoes.
fn icmp(variant: &Variant) -> Protocol {
    match variant.family {
        Family::Inet => Protocol::ICMP,
        Family::Inet6 => Protocol::ICMPV6,
    }
}

/// The types of an echo request and of its answer. Sources: RFC 792, RFC 4443.
fn echoes(variant: &Variant) -> (u8, u8) {
    match variant.family {
        Family::Inet => (8, 0),
        Family::Inet6 => (128, 129),
    }
}

/// An echo request with this identifier, the number 1, this data, and room for a checksum.
fn request(variant: &Variant, identifier: u16) -> [u8; 12] {
    let [high, low] = identifier.to_be_bytes();
    [echoes(variant).0, 0, 0, 0, high, low, 0, 1, b'e', b'c', b'h', b'o']
}

/// The host itself, with a port that means nothing.
fn own(variant: &Variant) -> Result<Address, Error> {
    (variant.family.loopback(), 0).to_address(variant.family.number())
}

/// The range of groups that may have ping sockets, of both families.
const PING_GROUP_RANGE: &str = "/proc/sys/net/ipv4/ping_group_range";

/// Lets everybody have ping sockets until it is dropped.
struct PingForAll;

impl PingForAll {
    fn new() -> Result<PingForAll, Failure> {
        fs::write(PING_GROUP_RANGE, "0 2147483647")
            .map_err(|error| Failure::new(PING_GROUP_RANGE, format_args!("{error}")))?;
        Ok(PingForAll)
    }
}

impl Drop for PingForAll {
    fn drop(&mut self) {
        // As a new network has it: nobody.
        let _ = fs::write(PING_GROUP_RANGE, "1 0");
    }
}

/// A ping socket, and what permits it.
fn ping(lab: &Kernel, variant: &Variant) -> Result<(Socket<Os>, PingForAll), Failure> {
    let permitted = PingForAll::new()?;
    Ok((socket(lab, variant.family.number(), SocketType::DGRAM, icmp(variant))?, permitted))
}

fn without_privilege(lab: &Kernel, variant: &Variant) -> Outcome {
    // The kernel keeps users per thread, and this thread ends with the case.
    let nobody = Uid::from_raw(65_534);
    set_thread_res_uid(nobody, nobody, nobody)
        .map_err(|error| Failure::new("another user", format_args!("{error}")))?;
    let family = variant.family.number();
    let raw = |family, protocol| lab.near().socket(family, SocketType::RAW, protocol);
    expect_error!(raw(family, icmp(variant)), EPERM);
    expect_error!(raw(family, Protocol::RAW), EPERM);
    expect_error!(raw(AddressFamily::PACKET, Protocol::DEFAULT), EPERM);
    let frames = lab.near().socket(AddressFamily::PACKET, SocketType::DGRAM, Protocol::DEFAULT);
    expect_error!(frames, EPERM);
    // What is wrong with the arguments is told first.
    expect_error!(raw(family, Protocol::DEFAULT), EPROTONOSUPPORT);
    expect_eq!(raw(AddressFamily::NETLINK, Protocol::DEFAULT).map(|_| ()), Ok(()));
    expect_eq!(lab.near().datagram(family).map(|_| ()), Ok(()));
    Ok(())
}

fn ping_group_range(lab: &Kernel, variant: &Variant) -> Outcome {
    let family = variant.family.number();
    expect_error!(socket(lab, family, SocketType::DGRAM, icmp(variant)), EACCES);
    let _permitted = PingForAll::new()?;
    expect_eq!(socket(lab, family, SocketType::DGRAM, icmp(variant)).map(|_| ()), Ok(()));
    // The other family's protocol is none of this one.
    let other = if icmp(variant) == Protocol::ICMP { Protocol::ICMPV6 } else { Protocol::ICMP };
    expect_error!(socket(lab, family, SocketType::DGRAM, other), EPROTONOSUPPORT);
    Ok(())
}

fn no_echo(lab: &Kernel, variant: &Variant) -> Outcome {
    let (ping, _permitted) = ping(lab, variant)?;
    let (right, own) = (request(variant, 0), own(variant)?);
    let (mut answer, mut code) = (right, right);
    answer[0] = echoes(variant).1;
    code[1] = 1;
    expect_error!(ping.sendto(&answer, own), EINVAL);
    expect_error!(ping.sendto(&code, own), EINVAL);
    expect_error!(ping.sendto(&right[..7], own), EINVAL);
    expect_error!(ping.sendto(&[], own), EINVAL);
    expect_error!(ping.send(&right), EDESTADDRREQ);
    expect_eq!(ping.sendto(&right[..8], own)?, 8); // without data
    expect_eq!(ping.recv(&mut [0; 64])?, 8);
    Ok(())
}

fn echo(lab: &Kernel, variant: &Variant) -> Outcome {
    let (ping, _permitted) = ping(lab, variant)?;
    let (sent, own) = (request(variant, 0x1234), own(variant)?);
    ping.connect(own)?;
    expect_eq!(ping.send(&sent)?, 12);
    let mut buffer = [0; 64];
    let (count, sender) = ping.recvfrom(&mut buffer)?;
    expect_eq!(count, 12);
    expect_eq!(sender, Some(own));
    expect_eq!(buffer[0], echoes(variant).1);
    expect_eq!(&buffer[6..12], &sent[6..12]);
    // The identifier is the socket's, not the one that was sent.
    let name = ping.getsockname()?.port().unwrap_or_default();
    expect_true!(buffer[4..6] == name.to_be_bytes());
    Ok(())
}

fn identifier(lab: &Kernel, variant: &Variant) -> Outcome {
    let (first, _permitted) = ping(lab, variant)?;
    let (second, _permitted) = ping(lab, variant)?;
    let port = |socket: &Socket<Os>| Ok::<_, Error>(socket.getsockname()?.port());
    expect_eq!(port(&first)?, Some(0));
    let own = own(variant)?;
    first.bind(own)?;
    second.bind(own)?;
    expect_true!(port(&first)?.is_some_and(|port| port > 0));
    expect_true!(port(&first)? != port(&second)?);
    // A chosen one is kept. Ping sockets share theirs, until one of them objects.
    let (third, _permitted) = ping(lab, variant)?;
    expect_true!(third.option(REUSE_ADDRESS)?);
    third.set_option(REUSE_ADDRESS, false)?;
    expect_error!(third.bind(first.getsockname()?), EADDRINUSE);
    expect_eq!(third.bind(own.with_port(77)), Ok(()));
    expect_eq!(third.getsockname()?.port(), Some(77));
    // Each gets its own answers.
    for (socket, number) in [(&first, 1), (&second, 2), (&third, 3)] {
        let mut message = request(variant, 0);
        message[7] = number;
        expect_eq!(socket.sendto(&message, own)?, 12);
    }
    for (socket, number) in [(&first, 1), (&second, 2), (&third, 3)] {
        let mut buffer = [0; 64];
        expect_eq!(socket.recv(&mut buffer)?, 12);
        expect_eq!(buffer[7], number);
    }
    Ok(())
}

fn headers(lab: &Kernel, variant: &Variant) -> Outcome {
    let own = own(variant)?;
    let (from, to) = (raw(lab, variant)?, raw(lab, variant)?);
    to.bind(own)?;
    expect_eq!(to.getsockname()?, own.with_port(253)); // the protocol
    expect_eq!(from.sendto(b"data", own)?, 4);
    let mut buffer = [0; 64];
    let (count, sender) = to.recvfrom(&mut buffer)?;
    expect_eq!(sender, Some(own));
    match variant.family {
        Family::Inet => {
            expect_eq!(count, 24);
            expect_eq!(buffer[0], 0x45); // version 4, five words
            expect_eq!(buffer[9], 253);
            expect_eq!(&buffer[12..20], [127, 0, 0, 1, 127, 0, 0, 1]);
            expect_eq!(&buffer[20..24], b"data");
        }
        Family::Inet6 => {
            expect_eq!(count, 4);
            expect_eq!(&buffer[..4], b"data");
            // The kernel fills the checksum of ICMPv6 in, or nobody would answer.
            let icmp = socket(lab, AddressFamily::INET6, SocketType::RAW, Protocol::ICMPV6)?;
            expect_eq!(icmp.sendto(&request(variant, 0x1234), own)?, 12);
            let mut types = [0; 2];
            for kind in &mut types {
                expect_eq!(icmp.recv(&mut buffer)?, 12);
                expect_true!(buffer[2..4] != [0, 0]);
                *kind = buffer[0];
            }
            expect_eq!(types, [128, 129]);
        }
    }
    Ok(())
}

fn no_connections(lab: &Kernel, variant: &Variant) -> Outcome {
    let (mut raw, own) = (raw(lab, variant)?, own(variant)?);
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
    Ok(())
}

fn copies(lab: &Kernel, variant: &Variant) -> Outcome {
    let (first, second, own) = (raw(lab, variant)?, raw(lab, variant)?, own(variant)?);
    let stranger = raw(lab, variant)?;
    if variant.family == Family::Inet {
        stranger.connect(("127.0.0.2", 0))?;
    }
    let sender = raw(lab, variant)?;
    expect_eq!(sender.sendto(b"copied", own)?, 6);
    for socket in [&first, &second, &sender] {
        let mut buffer = [0; 64];
        let count = socket.recv(&mut buffer)?;
        expect_true!(buffer[..count].ends_with(b"copied"));
    }
    let is_stranger = variant.family == Family::Inet;
    expect_eq!(readiness(lab.near(), &stranger)?.contains(Readiness::READABLE), !is_stranger);
    Ok(())
}

fn own_header(lab: &Kernel, variant: &Variant) -> Outcome {
    let (sender, receiver) = (raw(lab, variant)?, raw(lab, variant)?);
    expect_eq!(sender.getsockopt(berkeley::OptionLevel::IP, IP_HDRINCL)?, 0);
    sender.setsockopt(berkeley::OptionLevel::IP, IP_HDRINCL, 1)?;
    expect_eq!(sender.getsockopt(berkeley::OptionLevel::IP, IP_HDRINCL)?, 1);
    // Version and length, service, total length, identification, fragment, time to live, protocol,
    // checksum, source and destination. Length and checksum are the kernel's.
    let mut packet = [0; 24];
    packet[..10].copy_from_slice(&[0x45, 0, 0, 0, 0x12, 0x34, 0, 0, 77, 253]);
    packet[12..].copy_from_slice(&[127, 0, 0, 9, 127, 0, 0, 1, b'd', b'a', b't', b'a']);
    expect_eq!(sender.sendto(&packet, ("127.0.0.1", 0))?, 24);
    let mut buffer = [0; 64];
    let (count, from) = receiver.recvfrom(&mut buffer)?;
    expect_eq!(count, 24);
    expect_eq!(from, Some(("127.0.0.9", 0).to_address(AddressFamily::INET)?));
    expect_eq!(&buffer[2..10], [0, 24, 0x12, 0x34, 0, 0, 77, 253]);
    expect_true!(buffer[10..12] != [0, 0]);
    expect_eq!(&buffer[20..24], b"data");
    // Its own socket is a receiver too; of a header that is too short nothing is sent.
    expect_eq!(sender.recv(&mut buffer)?, 24);
    expect_error!(sender.sendto(&packet[..19], ("127.0.0.1", 0)), EINVAL);
    Ok(())
}
