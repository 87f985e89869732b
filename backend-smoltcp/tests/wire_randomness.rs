//! Initial sequence numbers, local ports and identifications of fragments, 100,000 of each, read off
//! the wire: they look random (RFC 6528, RFC 6056, RFC 7739), and those of one destination say nothing
//! about another.
//!
//! The identifiers of DNS are looked at where names are asked for (`resolver.rs`).
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::collections::HashSet;

use smoltcp::wire::TcpControl;
use support::randomness::{LIMIT, worst};
use support::*;

const COUNT: u32 = 100_000;

/// The bits of a local port that the stack chooses.
const PORT_BITS: u32 = 14;

/// A stack with a way to everywhere.
fn bench(seed: u64, mtu: usize, half_open: usize) -> Bench {
    let bench = Bench::with(Medium::Ip, mtu, seed, Capacity { half_open, ..small() });
    for (network, gateway) in [("0.0.0.0", FAR[0]), ("::", FAR[1])] {
        bench
            .stack()
            .add_route(Cidr::new(ip(network), 0).unwrap(), ip(gateway), bench.interface)
            .unwrap();
    }
    bench
}

/// One of many addresses elsewhere.
fn elsewhere(version: usize, number: u32) -> IpAddr {
    match version {
        0 => IpAddr::V4(Ipv4Addr::from_bits(0x0A00_0000 + number)),
        _ => IpAddr::V6(Ipv6Addr::from_bits(0x2001_0DB8_000E_u128 << 80 | u128::from(number))),
    }
}

fn check(name: &str, numbers: &[u32], bits: u32) {
    let (deviation, test) = worst(numbers, bits);
    assert!(deviation < LIMIT, "{name}: {deviation} by {test}");
}

#[test]
fn the_tests_find_what_is_not_random() {
    let random = |bits: u32| {
        let mut random = Random(bits.into());
        (0..COUNT / 5).map(|_| random.next() as u32 >> (32 - bits)).collect::<Vec<_>>()
    };
    for bits in [14, 16, 32] {
        check("random numbers", &random(bits), bits);
        let mask = u32::MAX >> (32 - bits);
        type Spoil = fn(u32, u32) -> u32;
        // what is wrong with the numbers, made from their place and a random one
        let rows: [(&str, Spoil); 7] = [
            ("all the same", |_, _| 5),
            ("a counter", |place, _| place),
            ("steps of 64,000 (BSD 4.4)", |place, _| place.wrapping_mul(64_000)),
            ("a bit that is always 1", |_, number| number | 4),
            ("a bit that is 1 more often", |_, number| number | (number >> 3 & number >> 5 & 4)),
            ("bits that alternate", |place, number| number & !1 | place & 1 ^ 0xF0),
            ("near each other", |place, number| (place / 50).wrapping_mul(99_991) + number % 256),
        ];
        for (name, spoil) in rows {
            let spoiled: Vec<_> = (0..)
                .zip(random(bits))
                .map(|(place, number)| spoil(place, number) & mask)
                .collect();
            let (deviation, test) = worst(&spoiled, bits);
            assert!(deviation > 3.0 * LIMIT, "{name}, {bits} bits: {deviation} by {test}");
        }
    }
}

/// The first numbers of the answers to SYNs, each forgotten at once, if it was remembered.
fn initial_numbers(
    half_open: usize,
    ends: impl Iterator<Item = (SocketAddr, SocketAddr)>,
) -> Vec<u32> {
    let bench = bench(1, 1500, half_open);
    let _listeners = [80, 81].map(|port| bench.listener("::", port, 1));
    let number = |(from, to)| {
        let answer = bench.give(&Segment::syn(from, to, 1)).remove(0);
        if half_open > 0 {
            bench.give(&Segment { control: TcpControl::Rst, ..Segment::new(from, to, 2) });
        }
        answer.sequence
    };
    ends.map(number).collect()
}

#[test]
fn initial_sequence_numbers() {
    let of_one_peer =
        (0..COUNT / 2).map(|number| (end(FAR[0], 10_000 + number as u16), end(NEAR[0], 80)));
    let of_many = (0..COUNT / 2)
        .map(|number| (SocketAddr::new(elsewhere(1, number), 1000), end(NEAR[1], 81)));
    check("remembered", &initial_numbers(4, of_one_peer.clone().chain(of_many.clone())), 32);
    check("in cookies", &initial_numbers(0, of_one_peer.chain(of_many)), 32);
}

/// The local ports of connections to these addresses, each forgotten at once.
fn ports(seed: u64, destinations: impl Iterator<Item = IpAddr>) -> Vec<u32> {
    let bench = bench(seed, 1500, 4);
    let port = |ip| u32::from(bench.connecting(SocketAddr::new(ip, 80)).1.from.port());
    destinations.map(port).inspect(|port| assert!(*port >> PORT_BITS == 3)).collect()
}

fn without_range(ports: &[u32]) -> Vec<u32> {
    ports.iter().map(|port| port & ((1 << PORT_BITS) - 1)).collect()
}

#[test]
fn local_ports() {
    let everywhere = |count| (0..count).map(|number| elsewhere(number as usize % 2, number));
    check("to many", &without_range(&ports(1, everywhere(COUNT))), PORT_BITS);
    // To one destination: none twice before all were used, and in no order.
    let all = 1 << PORT_BITS;
    let to_one = ports(1, (0..all).map(|_| ip(FAR[0])));
    assert_eq!(to_one.iter().collect::<HashSet<_>>().len(), all as usize);
    let steps: Vec<_> = to_one.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    let near = steps.iter().filter(|step| step.wrapping_add(64) < 128).count();
    assert!(near < steps.len() / 64, "{near} small steps"); // chance brings one in 128
    // Connections to others in between do not show.
    let alone = ports(1, (0..2000).map(|_| ip(FAR[0])));
    let with_others = ports(
        1,
        (0..4000).map(|number| match number % 2 {
            0 => ip(FAR[0]),
            _ => elsewhere(0, number),
        }),
    );
    let of_one: Vec<_> = with_others.iter().step_by(2).copied().collect();
    let rank = |ports: &[u32]| ports.windows(2).filter(|pair| pair[1] > pair[0]).count();
    for ports in [&alone, &of_one] {
        assert!(rank(ports).abs_diff(1000) < 60, "{}", rank(ports));
    }
}

/// The numbers that the fragments of datagrams to these addresses share.
fn identifications(destinations: impl Iterator<Item = IpAddr>) -> Vec<u32> {
    let bench = bench(1, 128, 4);
    let sockets = [AddressFamily::INET, AddressFamily::INET6].map(|family| bench.datagram(family));
    let number = |destination: IpAddr| {
        let version = usize::from(destination.is_ipv6());
        sockets[version].sendto(&[7; 120], SocketAddr::new(destination, 9)).unwrap();
        let numbers: Vec<u32> = bench.take().iter().map(|packet| identification(packet)).collect();
        assert_eq!(numbers.len(), 2);
        assert_eq!(numbers[0], numbers[1]);
        numbers[0]
    };
    destinations.map(number).collect()
}

fn identification(packet: &[u8]) -> u32 {
    match packet[0] >> 4 {
        4 => u32::from(u16::from_be_bytes([packet[4], packet[5]])),
        _ => u32::from_be_bytes(packet[44..48].try_into().unwrap()),
    }
}

#[test]
fn identifications_of_fragments() {
    for (version, bits) in [(0, 16), (1, 32)] {
        let many = identifications((0..COUNT).map(|number| elsewhere(version, number)));
        check("to many", &many, bits);
        // To one: none twice, where chance would bring some; in no order; other ones than to another.
        let to_one = |host| identifications((0..3000).map(move |_| elsewhere(version, host)));
        let (one, other) = (to_one(1), to_one(2));
        assert_eq!(one.iter().collect::<HashSet<_>>().len(), one.len());
        let same = one.iter().zip(&other).filter(|(one, other)| one == other).count();
        assert!(same < 3, "{same}");
        let rising = one.windows(2).filter(|pair| pair[1] > pair[0]).count();
        assert!(rising.abs_diff(1500) < 75, "{rising}"); // a counter behind any constant rises
    }
}

/// Whatever is not in fragments has no identification, and may not be cut (RFC 6864, section 4.1): there
/// is nothing to count.
#[test]
fn whole_packets_have_no_identification() {
    let bench = bench(1, 1500, 4);
    let listener = bench.listener(NEAR[0], 80, 1);
    let mut peer = Peer::connect(&bench, end(FAR[0], 1000), end(NEAR[0], 80));
    let (socket, _) = listener.accept().unwrap();
    socket.send(&[1; 3000]).unwrap();
    let mut packets = bench.take();
    packets.extend(peer.send(&bench, b"data").into_iter().map(|seen| seen.packet));
    packets.extend(peer.finish(&bench).into_iter().map(|seen| seen.packet));
    packets.extend(bench.inject(&target::icmp(0, 8, 0, b"\0\x01\0\x01ping")));
    packets.extend(bench.inject(&target::udp(end(FAR[0], 9), end(NEAR[0], 9), b"nobody")));
    packets.extend(bench.inject(&Segment::syn(end(FAR[0], 9), end(NEAR[0], 9), 1).packet()));
    let datagrams = bench.datagram(AddressFamily::INET);
    datagrams.sendto(b"whole", (FAR[0], 9)).unwrap();
    packets.extend(bench.take());
    assert!(packets.len() >= 5, "{}", packets.len());
    for packet in packets {
        let dont_fragment = packet[6..8] == [0x40, 0];
        assert_eq!((identification(&packet), dont_fragment), (0, true), "{:02x?}", &packet[..20]);
    }
}
