//! Packets that nobody honest sends, by their addresses and ports: dropped without an answer, on every
//! interface (RFC 1122, section 3.2.1.3; RFC 4291, section 2.5; smoltcp issue 1144).
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use core::net::IpAddr;

use smoltcp::wire::{IpProtocol, TcpControl};
use support::target::{PEER, checksum, ethernet, ip_packet, udp};
use support::*;

/// Addresses of another interface of the stack.
const OTHER: [&str; 2] = ["198.51.100.1", "2001:db8:5::1"];

/// A stack with two interfaces, a listener at port 80 and a datagram socket at port 53 of everything.
fn stack(medium: Medium) -> (Bench, [BenchSocket; 2]) {
    let bench = Bench::with(medium, 1500, 1, small());
    let other = bench.stack().add_interface(Box::new(Silent)).unwrap();
    for address in OTHER {
        bench.stack().add_address(other, cidr(address)).unwrap();
    }
    let listener = bench.listener("::", 80, 5);
    let datagrams = bench.datagram(AddressFamily::INET6);
    datagrams.bind(("::", 53)).unwrap();
    (bench, [listener, datagrams])
}

/// A device to which nobody ever says anything.
struct Silent;

impl Device for Silent {
    fn medium(&self) -> Medium {
        Medium::Ip
    }

    fn mtu(&self) -> usize {
        1500
    }

    fn receive(&mut self, _consume: &mut dyn FnMut(&mut [u8])) -> bool {
        false
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        fill(&mut [0; 1514]);
        true
    }
}

fn echo_request(from: IpAddr, to: IpAddr) -> Vec<u8> {
    let (kind, number, protocol) = match from {
        IpAddr::V4(_) => (8, 1, IpProtocol::Icmp),
        IpAddr::V6(_) => (128, 58, IpProtocol::Icmpv6),
    };
    let mut message = [kind, 0, 0, 0, 0, 1, 0, 1, b'p', b'i', b'n', b'g'];
    let sum = checksum(from, to, number, &message).to_be_bytes();
    message[2..4].copy_from_slice(&sum);
    ip_packet(from, to, protocol, &message)
}

/// What may come between these ends: openings, data, datagrams and echoes, for ports that somebody has
/// and for others.
fn packets(from: &str, to: &str) -> Vec<(&'static str, Vec<u8>)> {
    let tcp = |port, control, acknowledgement| {
        let segment = Segment::new(end(from, 1000), end(to, port), 5);
        Segment { control, acknowledgement, ..segment }.packet()
    };
    let datagram = |port| udp(end(from, 1000), end(to, port), b"a question");
    vec![
        ("an opening", tcp(80, TcpControl::Syn, None)),
        ("an opening for nobody", tcp(81, TcpControl::Syn, None)),
        ("an acknowledgement", tcp(80, TcpControl::None, Some(7))),
        ("a datagram", datagram(53)),
        ("a datagram for nobody", datagram(54)),
        ("an echo request", echo_request(ip(from), ip(to))),
    ]
}

#[test]
fn what_nobody_honest_sends_is_not_answered() {
    // source, destination, for TCP alone
    let rows = [
        // From where nobody is.
        ("0.0.0.0", NEAR[0], false),
        ("0.1.2.3", NEAR[0], false),
        ("255.255.255.255", NEAR[0], false),
        ("192.0.2.255", NEAR[0], false),
        ("224.0.0.1", NEAR[0], false),
        ("239.1.2.3", NEAR[0], false),
        ("::", NEAR[1], false),
        ("ff02::1", NEAR[1], false),
        ("ff0e::1:2", NEAR[1], false),
        ("::ffff:192.0.2.2", NEAR[1], false),
        // From the host itself, by any of its names.
        ("127.0.0.1", NEAR[0], false),
        ("127.255.255.254", NEAR[0], false),
        ("::1", NEAR[1], false),
        (NEAR[0], NEAR[0], false), // "land"
        (NEAR[1], NEAR[1], false),
        (OTHER[0], NEAR[0], false),
        (OTHER[1], NEAR[1], false),
        // To where nothing from outside goes.
        (FAR[0], "127.0.0.1", false),
        (FAR[1], "::1", false),
        (FAR[0], "0.0.0.0", false),
        (FAR[1], "::", false),
        (FAR[1], "::ffff:192.0.2.1", false),
        (FAR[0], "192.0.2.77", false), // somebody else's
        // To groups, which have no connections.
        (FAR[0], "255.255.255.255", true),
        (FAR[0], "192.0.2.255", true),
        (FAR[0], "224.0.0.1", true),
        (FAR[1], "ff02::1", true),
    ];
    for medium in [Medium::Ip, Medium::Ethernet(OWN)] {
        for (from, to, only_tcp) in rows {
            let (bench, [listener, datagrams]) = stack(medium);
            let packets = packets(from, to);
            for (what, packet) in &packets[..if only_tcp { 3 } else { packets.len() }] {
                let frame = match medium {
                    Medium::Ethernet(own) => ethernet(PEER, own.0, packet),
                    _ => packet.clone(),
                };
                let sent = bench.inject(&frame);
                assert!(sent.is_empty(), "{what} from {from} to {to}: {sent:02x?}");
            }
            assert!(failed(&listener.accept(), Errno::EAGAIN), "from {from} to {to}");
            assert!(failed(&datagrams.recv(&mut [0; 16]), Errno::EAGAIN), "from {from} to {to}");
            assert_eq!(bench.stack().usage().unwrap().half_open.high_water, 0);
        }
    }
}

/// The same stack answers what is right.
#[test]
fn what_is_right_is_answered() {
    for version in 0..2 {
        for to in [NEAR[version], OTHER[version]] {
            let (bench, [_listener, datagrams]) = stack(Medium::Ip);
            let answers: Vec<_> = packets(FAR[version], to)
                .into_iter()
                .map(|(_, packet)| bench.inject(&packet).len())
                .collect();
            // The datagram is for somebody to read.
            assert_eq!(answers, [1, 1, 1, 0, 1, 1], "{to}");
            assert_eq!(datagrams.recv(&mut [0; 16]), Ok(10));
        }
    }
}

#[test]
fn nobody_has_port_0() {
    let (bench, _held) = stack(Medium::Ip);
    for version in 0..2 {
        for (from, to) in [(0, 80), (1000, 0), (0, 0)] {
            let segment = Segment::syn(end(FAR[version], from), end(NEAR[version], to), 5);
            assert_eq!(bench.give(&segment).len(), 0, "port {from} to {to}");
        }
        let datagram = udp(end(FAR[version], 1000), end(NEAR[version], 0), b"");
        assert!(bench.inject(&datagram).len() <= 1);
    }
}

/// A packet for this host alone comes in a frame for this host alone (RFC 1122, section 3.3.6).
#[test]
fn a_frame_to_all_names_no_single_host() {
    for group in [[0xFF; 6], [0x01, 0, 0x5E, 0, 0, 1], [0x33, 0x33, 0, 0, 0, 1]] {
        let (bench, [listener, datagrams]) = stack(Medium::Ethernet(OWN));
        for version in 0..2 {
            for (what, packet) in packets(FAR[version], NEAR[version]) {
                let sent = bench.inject(&ethernet(PEER, group, &packet));
                assert!(sent.is_empty(), "{what} to {group:02x?}");
            }
        }
        assert!(failed(&listener.accept(), Errno::EAGAIN));
        assert!(failed(&datagrams.recv(&mut [0; 16]), Errno::EAGAIN));
    }
}
