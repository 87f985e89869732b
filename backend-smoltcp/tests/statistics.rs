//! How full the pools have been, and why packets went no further.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use core::task::{Context, Waker};

use berkeley::{PollEntry, Readiness};
use berkeley_smoltcp::{PoolUsage, Usage};

use support::target::{ethernet, icmp, udp};
use support::*;

/// Few of everything that is counted.
fn few() -> Capacity {
    Capacity {
        descriptors: 5,
        connections: 3,
        half_open: 2,
        time_wait: 2,
        datagrams: 3,
        packets: 2,
        waiters: 2,
        addresses: 6, // the loopback's and the bench's are four
        routes: 1,
        ..small()
    }
}

/// A pool's part of the usage.
type Part = fn(&Usage) -> PoolUsage;

/// Takes as many as there are, is refused twice, and gives all back.
type Exhaust = fn(&Bench);

#[test]
fn every_pool_tells_how_full_it_has_been() {
    // pool, its part of the usage, how it is exhausted
    let rows: [(&str, Part, Exhaust); 8] = [
        (
            "descriptors",
            |usage| usage.descriptors,
            |bench| {
                let held = [(); 5].map(|()| bench.stream(AddressFamily::INET));
                assert!(bench.net.stream(AddressFamily::INET).is_err());
                assert!(bench.net.datagram(AddressFamily::INET).is_err());
                drop(held);
            },
        ),
        (
            "connections",
            |usage| usage.connections,
            |bench| {
                let held = [1, 2, 3].map(|port| bench.connecting(end(FAR[0], port)));
                let more = bench.stream(AddressFamily::INET);
                assert!(more.connect((FAR[0], 4)).is_err());
                assert!(more.connect((FAR[0], 5)).is_err());
                drop(held);
            },
        ),
        (
            "half open",
            |usage| usage.half_open,
            |bench| {
                let listener = bench.listener(NEAR[0], 80, 8);
                for port in 1..5 {
                    bench.give(&Segment::syn(end(FAR[0], port), end(NEAR[0], 80), 1000));
                }
                drop(listener);
            },
        ),
        (
            "datagram queues",
            |usage| usage.datagram_queues,
            |bench| {
                let held = [(); 3].map(|()| bench.datagram(AddressFamily::INET));
                assert!(bench.net.datagram(AddressFamily::INET).is_err());
                assert!(bench.net.datagram(AddressFamily::INET6).is_err());
                drop(held);
            },
        ),
        (
            "packets",
            |usage| usage.packets,
            |bench| {
                let socket = bench.datagram(AddressFamily::INET);
                // One place for each of two neighbours, none for the others.
                for host in 10..14 {
                    let _ = socket.sendto(b"x", (&*format!("192.0.2.{host}"), 9));
                }
                bench.advance(seconds(5)); // nobody answers
            },
        ),
        (
            "waiters",
            |usage| usage.waiters,
            |bench| {
                let sockets = [(); 2].map(|()| bench.datagram(AddressFamily::INET));
                let mut context = Context::from_waker(Waker::noop());
                let mut wait = |socket: &BenchSocket| {
                    let mut entries = [PollEntry::new(socket.handle(), Readiness::READABLE)];
                    bench.stack().poll_wait(&mut context, &mut entries, None)
                };
                assert!(sockets.iter().all(|socket| wait(socket).is_pending()));
                let more = bench.datagram(AddressFamily::INET);
                assert!(wait(&more).is_ready() && wait(&more).is_ready());
                drop(sockets); // which wakes
            },
        ),
        (
            "time-wait",
            |usage| usage.time_wait,
            |bench| {
                let listener = bench.listener(NEAR[0], 80, 8);
                for port in 1..5 {
                    let mut peer = Peer::connect(bench, end(FAR[0], port), end(NEAR[0], 80));
                    drop(listener.accept().unwrap());
                    let end = bench.segments();
                    peer.acknowledge(bench, &end);
                    peer.finish(bench);
                }
                bench.advance(seconds(60));
            },
        ),
        (
            "reassemblies",
            |usage| usage.reassemblies,
            |bench| {
                for identification in 1..4 {
                    bench.inject(&first_fragment(identification));
                }
                bench.advance(seconds(30));
            },
        ),
    ];
    for (name, part, exhaust) in rows {
        let medium = if name == "packets" { Medium::Ethernet(OWN) } else { Medium::Ip };
        let bench = Bench::with(medium, 1500, 1, few());
        let usage = || part(&bench.stack().usage().unwrap());
        let capacity = usage().capacity;
        assert_eq!(usage(), PoolUsage { capacity, ..PoolUsage::default() }, "{name} at first");
        for round in 1..=3 {
            exhaust(&bench);
            bench.advance(seconds(5));
            let expected =
                PoolUsage { in_use: 0, high_water: capacity, capacity, refused: 2 * round };
            assert_eq!(usage(), expected, "{name}, round {round}\n{}", bench.stack());
        }
        let (begin, end) = (
            format!("pool {name}: "),
            format!(" in use, {capacity} at most, of {capacity}, 6 refused"),
        );
        let table = bench.stack().to_string();
        let is_told = table.lines().any(|line| line.starts_with(&begin) && line.ends_with(&end));
        assert!(is_told, "{name} is not in\n{table}");
    }
}

/// The first part of a datagram, whose other parts never come.
fn first_fragment(identification: u8) -> Vec<u8> {
    let mut packet = udp(end(FAR[0], 9), end(NEAR[0], 7), &[7; 64]);
    (packet[5], packet[6], packet[10], packet[11]) = (identification, 0x20, 0, 0);
    let sum = support::target::checksum(ip(FAR[0]), ip(NEAR[0]), 1, &packet[..20]);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    packet
}

#[test]
fn the_tables_of_the_network_tell_how_full_they_have_been() {
    let capacity = Capacity { neighbours: 2, ..few() };
    let bench = Bench::with(Medium::Ethernet(OWN), 1500, 1, capacity);
    let (stack, interface) = (bench.stack(), bench.interface);
    let usage = || {
        let Usage { addresses, routes, neighbours, .. } = stack.usage().unwrap();
        [addresses, routes, neighbours].map(|pool| {
            let PoolUsage { in_use, high_water, capacity, refused } = pool;
            (in_use, high_water, capacity, refused)
        })
    };
    assert_eq!(usage(), [(4, 4, 6, 0), (0, 0, 1, 0), (0, 0, 2, 0)]);
    let gateway = |to: &str| stack.add_route(cidr(to), ip(FAR[0]), interface);
    let neighbour = |last: u8| {
        let address = ip(&format!("192.0.2.{last}"));
        stack.add_neighbour(interface, address, HardwareAddress([2, 0, 0, 0, 0, last]))
    };
    for last in ["192.0.2.5", "192.0.2.6"] {
        stack.add_address(interface, cidr(last)).unwrap();
    }
    assert!(stack.add_address(interface, cidr("192.0.2.7")).is_err());
    gateway("198.51.100.0").unwrap();
    assert!(gateway("203.0.113.0").is_err());
    assert_eq!([neighbour(10), neighbour(11)], [Ok(()); 2]);
    assert!(neighbour(12).is_err());
    // Nor is there a place for one that a datagram is for.
    let _ = bench.datagram(AddressFamily::INET).sendto(b"x", ("192.0.2.13", 9));
    assert_eq!(usage(), [(6, 6, 6, 1), (1, 1, 1, 1), (2, 2, 2, 2)]);
    stack.remove_address(interface, ip("192.0.2.5")).unwrap();
    stack.remove_route(cidr("198.51.100.0"), ip(FAR[0]), interface).unwrap();
    stack.remove_neighbour(interface, ip("192.0.2.10")).unwrap();
    assert_eq!(usage(), [(5, 6, 6, 1), (0, 1, 1, 1), (1, 2, 2, 2)]);
    let table = stack.to_string();
    assert!(table.contains("pool neighbours: 1 in use, 2 at most, of 2, 2 refused"), "{table}");
}

#[test]
fn every_drop_has_its_reason() {
    let (from, to) = (end(FAR[0], 9), end(NEAR[0], 7));
    let damaged = |mut packet: Vec<u8>| {
        *packet.last_mut().unwrap() ^= 1;
        packet
    };
    let cut = |mut packet: Vec<u8>| {
        packet.truncate(24);
        packet
    };
    let mut strange = icmp(0, 8, 0, &[0; 4]);
    (strange[9], strange[10], strange[11]) = (99, 0, 0);
    let sum = support::target::checksum(ip("0.0.0.0"), ip("0.0.0.0"), 1, &strange[..20]);
    strange[10..12].copy_from_slice(&sum.to_be_bytes());
    let full = udp(from, end(NEAR[0], 70), &[0; 3000]);
    // reason, a packet
    for (reason, packet) in [
        ("malformed", cut(udp(from, to, b"x"))),
        ("malformed", vec![0; 60]),
        ("misaddressed", udp(from, end("192.0.2.99", 7), b"x")),
        ("misaddressed", udp(end("127.0.0.1", 9), to, b"x")),
        ("checksum", damaged(udp(from, to, b"x"))),
        ("checksum", damaged(Segment { data: b"x", ..Segment::new(from, to, 1) }.packet())),
        ("unknown protocol", strange),
        ("no socket", udp(from, end(NEAR[0], 71), b"x")),
        ("no socket", Segment::syn(from, end(NEAR[0], 71), 1).packet()),
        ("queue full", full),
        ("backlog full", Segment::syn(from, end(NEAR[0], 80), 1).packet()),
    ] {
        let capacity = Capacity { queue: 1000, ..small() };
        let bench = Bench::with(Medium::Ip, 9000, 1, capacity);
        let socket = bench.datagram(AddressFamily::INET);
        socket.bind(("", 70)).unwrap();
        let _full = bench.listener(NEAR[0], 80, 0);
        Peer::connect(&bench, end(FAR[0], 1), end(NEAR[0], 80));
        let before = bench.stack().drops().unwrap();
        for _ in 0..3 {
            bench.inject(&packet);
        }
        let after = bench.stack().drops().unwrap();
        for ((name, before), (_, after)) in before.iter().zip(after.iter()) {
            let expected = if name == reason { 3 } else { 0 };
            assert_eq!(after - before, expected, "{name}, {reason} was to be counted");
        }
        let table = bench.stack().to_string();
        assert!(table.contains(&format!("dropped, {reason}: 3")), "{table}");
    }

    // Without buffers for another connection.
    let bench = Bench::new(Capacity { connections: 1, ..small() });
    let _listener = bench.listener(NEAR[0], 80, 4);
    for port in 1..3 {
        Peer::connect(&bench, end(FAR[0], port), end(NEAR[0], 80));
    }
    assert_eq!(bench.stack().drops().unwrap().no_connection, 1);
    // To nobody.
    let bench = Bench::with(Medium::Ethernet(OWN), 1500, 1, small());
    let socket = bench.datagram(AddressFamily::INET);
    socket.sendto(b"x", (FAR[0], 9)).unwrap();
    bench.advance(seconds(4));
    assert_eq!(bench.stack().drops().unwrap().no_neighbour, 1);
    // In a frame for another station.
    let elsewhere = ethernet([2; 6], [4; 6], &udp(from, to, b"x"));
    bench.inject(&elsewhere);
    assert_eq!(bench.stack().drops().unwrap().misaddressed, 1);
}
