//! Packets that are right but for one thing, on their whole way from the wire to the program: which
//! ones arrive, and that nobody is answered about the others.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use core::net::SocketAddr;

use smoltcp::wire::IpProtocol;

use support::target::{checksum, ip_packet, udp};
use support::*;

/// A stack with a datagram socket on port 7 of everything.
fn receiver(version: usize) -> (Bench, BenchSocket) {
    let bench = Bench::new(small());
    let socket = bench.datagram(family_of(NEAR[version]));
    socket.bind(("", 7)).unwrap();
    (bench, socket)
}

/// Gives the stack a packet: what its program receives. Nothing may be sent.
fn received(bench: &Bench, socket: &BenchSocket, packet: &[u8]) -> Option<Vec<u8>> {
    assert_eq!(bench.inject(packet), Vec::<Vec<u8>>::new());
    let mut buffer = [0; 64];
    let length = socket.recv(&mut buffer).ok()?;
    Some(buffer[..length].to_vec())
}

/// A host speaks for itself: never as a group, as all, as nobody, or as the host that it speaks to
/// (RFC 1122, section 3.2.1.3; RFC 4291, section 2.7).
#[test]
fn nobody_speaks_for_several() {
    // the source, whether the datagram arrives
    for (source, arrives) in [
        (FAR[0], true),
        ("198.51.100.7", true), // from elsewhere
        ("224.0.0.1", false),
        ("239.255.255.250", false),
        ("255.255.255.255", false),
        ("192.0.2.255", false), // all hosts of this network
        ("192.0.2.0", true),    // once the same, now a host's (Linux since 5.14)
        ("0.0.0.0", false),
        ("0.0.0.9", false),
        ("127.0.0.1", false),
        (NEAR[0], false),
        (FAR[1], true),
        ("2001:db8:ffff::7", true),
        ("ff02::1", false),
        ("ff0e::7", false),
        ("::", false),
        ("::1", false),
        ("::ffff:192.0.2.2", false),
        (NEAR[1], false),
    ] {
        let version = usize::from(source.contains(':'));
        let (bench, socket) = receiver(version);
        for to in [NEAR[version], ["192.0.2.255", "ff02::1"][version]] {
            let packet = udp(end(source, 9), end(to, 7), b"x");
            let expected = arrives.then(|| b"x".to_vec());
            assert_eq!(received(&bench, &socket, &packet), expected, "{source} to {to}");
        }
        if !arrives {
            // Nor is it told that a port is not in use.
            let to_nobody = udp(end(source, 9), end(NEAR[version], 8), b"x");
            assert_eq!(received(&bench, &socket, &to_nobody), None, "{source}");
        }
    }
}

/// A datagram with this in the place of its checksum.
fn summed(from: SocketAddr, to: SocketAddr, data: &[u8], sum: [u8; 2]) -> Vec<u8> {
    let mut packet = udp(from, to, data);
    let at = packet.len() - data.len() - 2;
    packet[at..at + 2].copy_from_slice(&sum);
    packet
}

/// Two bytes of data that make the sum of a datagram with them zero.
fn balancing(from: SocketAddr, to: SocketAddr) -> [u8; 2] {
    let [f, t, length] = [from.port(), to.port(), 10].map(u16::to_be_bytes);
    let datagram = [f, t, length, [0, 0], [0, 0]].concat();
    checksum(from.ip(), to.ip(), 17, &datagram).to_be_bytes()
}

/// IPv4 allows datagrams without a checksum, which is written as 0 (RFC 768); IPv6 does not (RFC 8200,
/// section 8.1).
#[test]
fn a_checksum_of_zero_is_none() {
    for version in 0..2 {
        let (from, to) = (end(FAR[version], 9), end(NEAR[version], 7));
        let (bench, socket) = receiver(version);
        let right = udp(from, to, b"data");
        let mut damaged = right.clone();
        *damaged.last_mut().unwrap() ^= 1;
        let zero_sum = balancing(from, to);
        let is_v4 = version == 0;
        // what it is, the packet, what arrives
        for (name, packet, arrives) in [
            ("right", right, Some(&b"data"[..])),
            ("damaged", damaged, None),
            ("without", summed(from, to, b"data", [0, 0]), is_v4.then_some(b"data")),
            ("all ones for zero", summed(from, to, &zero_sum, [0xFF; 2]), Some(&zero_sum)),
            ("zero for zero", summed(from, to, &zero_sum, [0; 2]), is_v4.then_some(&zero_sum)),
            ("all ones for another", summed(from, to, b"data", [0xFF; 2]), None),
        ] {
            let found = received(&bench, &socket, &packet);
            assert_eq!(found.as_deref(), arrives, "{name} to {to}");
        }

        // Nor does the stack send what would be taken for none.
        socket.sendto(&balancing(to, from), from).unwrap();
        let [sent] = &bench.take()[..] else { panic!("one packet") };
        assert_eq!(sent[sent.len() - 4..sent.len() - 2], [0xFF; 2], "from {to}");
    }
}

/// The error that a packet is answered with: its type, its code, what stands behind its checksum, and
/// what it quotes.
fn error(bench: &Bench, packet: &[u8]) -> Option<(u8, u8, u32, Vec<u8>)> {
    let answers = bench.inject(packet);
    let [answer] = &answers[..] else {
        assert!(answers.is_empty());
        return None;
    };
    let (header, from, to) = match answer[0] >> 4 {
        4 => (20, 12..16, 16..20),
        _ => (40, 8..24, 24..40),
    };
    assert_eq!(answer[from.clone()], packet[to.clone()]);
    assert_eq!(answer[to], packet[from]);
    let message = &answer[header..];
    let rest = u32::from_be_bytes(message[4..8].try_into().unwrap());
    assert!(packet.starts_with(&message[8..]));
    Some((message[0], message[1], rest, message[8..].to_vec()))
}

/// What is behind an IPv6 header may be unknown: a protocol ends the packet, an option says by its
/// first two bits what is to be done, and the sender is told (RFC 8200, sections 4 and 4.2; RFC 4443,
/// section 3.4).
#[test]
fn unknown_headers_and_options() {
    const HOP_BY_HOP: u8 = 0;
    const DESTINATION: u8 = 60;
    // the first header, what is between it and the datagram, whether the datagram arrives, the code of
    // the answer and the byte that it is about
    type Row<'a> = (u8, &'a [u8], bool, Option<(u8, u32)>);
    let rows: &[Row<'_>] = &[
        (17, &[], true, None),
        (59, &[], false, None),          // nothing follows
        (200, &[], false, Some((1, 6))), // a protocol that nobody has
        (HOP_BY_HOP, &[200, 0, 1, 4, 0, 0, 0, 0], false, Some((1, 40))),
        (HOP_BY_HOP, &[17, 0, 1, 4, 0, 0, 0, 0], true, None), // padding
        (HOP_BY_HOP, &[17, 0, 0x1E, 4, 0, 0, 0, 0], true, None), // 00: is stepped over
        (HOP_BY_HOP, &[17, 0, 0x5E, 4, 0, 0, 0, 0], false, None), // 01: drops the packet
        (HOP_BY_HOP, &[17, 0, 0x9E, 4, 0, 0, 0, 0], false, Some((2, 42))), // 10: and tells
        (HOP_BY_HOP, &[17, 0, 0xDE, 4, 0, 0, 0, 0], false, Some((2, 42))), // 11
        (DESTINATION, &[17, 0, 0x1E, 4, 0, 0, 0, 0], true, None),
        (DESTINATION, &[17, 0, 0x5E, 4, 0, 0, 0, 0], false, None),
        (DESTINATION, &[17, 0, 0x9E, 4, 0, 0, 0, 0], false, Some((2, 42))),
        (DESTINATION, &[17, 0, 0xDE, 4, 0, 0, 0, 0], false, Some((2, 42))),
        (DESTINATION, &[HOP_BY_HOP, 0, 1, 4, 0, 0, 0, 0], false, Some((1, 40))),
        (43, &[17, 0, 0, 1, 0, 0, 0, 0], false, Some((0, 42))), // a routing that is not over
    ];
    for (first, between, arrives, told) in rows {
        let packet = |from, to| {
            let datagram = udp(end(from, 9), end(to, 7), b"x").split_off(40);
            let payload = [between, &datagram[..]].concat();
            ip_packet(ip(from), ip(to), IpProtocol::from(*first), &payload)
        };
        for (to, told) in [(NEAR[1], *told), ("ff02::1", None)] {
            let (bench, socket) = receiver(1);
            let found = error(&bench, &packet(FAR[1], to)).map(|(kind, code, place, _)| {
                assert_eq!(kind, 4);
                (code, place)
            });
            assert_eq!(found, told, "{first} {between:x?} to {to}");
            let received = socket.recv(&mut [0; 8]).is_ok();
            assert_eq!(received, *arrives, "{first} {between:x?} to {to}");
        }
        // Nobody honest sends these, or they are somebody else's.
        let (bench, socket) = receiver(1);
        for (from, to) in [
            ("ff02::1", NEAR[1]),
            ("::", NEAR[1]),
            (NEAR[1], NEAR[1]),
            ("::1", NEAR[1]),
            (FAR[1], "2001:db8::99"),
        ] {
            assert_eq!(error(&bench, &packet(from, to)), None, "{first} {from} {to}");
            assert!(socket.recv(&mut [0; 8]).is_err());
        }
    }
}

/// Whoever speaks a protocol that nobody has is told (RFC 1122, section 3.2.2.1).
#[test]
fn unknown_protocols() {
    let (bench, _socket) = receiver(0);
    let packet = |to| ip_packet(ip(FAR[0]), ip(to), IpProtocol::from(200), b"what is this?");
    let quoted = packet(NEAR[0])[..28].to_vec();
    assert_eq!(error(&bench, &packet(NEAR[0])), Some((3, 2, 0, quoted)));
    assert_eq!(error(&bench, &packet("255.255.255.255")), None);
}
