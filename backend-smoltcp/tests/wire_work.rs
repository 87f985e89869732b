//! What a peer can make the stack do: bounded for each packet, whatever the packets are.
//!
//! Floods of openings (RFC 4987), segments that are tiny and out of order (CVE-2018-5390), and peers that
//! take only tiny segments (CVE-2019-11477 to 11479).
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;

use smoltcp::wire::TcpControl;
use support::*;

/// Good connections, and bytes that each transfers in both directions.
const CLIENTS: usize = 100;
const BYTES: usize = 20_000;

/// A second without a flood costs nothing in virtual time; a thousand openings come in one with it.
const BETWEEN_OPENINGS: Duration = Duration::from_millis(1);

/// A thousand openings a second, from everywhere, beside a hundred clients: each of these transfers all
/// its bytes, and no pool is ever larger than it was made.
#[test]
fn a_flood_of_openings_keeps_nobody_out() {
    // how many half-open connections are remembered
    for half_open in [128, 8, 0] {
        let simulation = Simulation::new(1);
        let capacity = Capacity { connections: 16, half_open, ..Capacity::default() };
        let (clients_end, servers_end) = simulation.link(LinkOptions::default());
        let options = LinkOptions { ethernet: false, ..LinkOptions::default() };
        let (outside, mut flood) = simulation.link(options);
        let (near, _) = sim_stack(&simulation, clients_end, &NEAR, Capacity::default());
        let (far, _) = sim_stack(&simulation, servers_end, &FAR, capacity);
        let uplink = far.add_interface(Box::new(outside)).unwrap();
        far.add_address(uplink, cidr("198.51.100.1")).unwrap();
        far.add_route(Cidr::new(ip("0.0.0.0"), 0).unwrap(), ip("198.51.100.2"), uplink).unwrap();

        let (near, far) = (Net::new(near), Net::new(far));
        let listener = far.stream(AddressFamily::INET).unwrap();
        listener.bind(("", 80)).unwrap();
        listener.listen(8).unwrap();
        let mut next = simulation.now();
        let (clock, mut random, answered) = (simulation.clone(), Random(7), Rc::new(Cell::new(0)));
        let answers = Rc::clone(&answered);
        flood_on(&simulation, move || {
            while flood.receive(&mut |_| answers.set(answers.get() + 1)) {}
            while next <= clock.now() {
                let from = Ipv4Addr::from_bits(0x0A00_0000 | random.next() as u32 >> 8);
                let from = SocketAddr::new(IpAddr::V4(from), 1024 + random.below(60_000) as u16);
                let syn = Segment::syn(from, end("198.51.100.1", 80), random.next() as u32);
                flood.send(&syn.packet());
                next = next + BETWEEN_OPENINGS;
            }
            next
        });

        let data = pattern(BYTES, 1);
        let mut buffer = vec![0; BYTES];
        for number in 0..CLIENTS {
            let client = near.create_connection((FAR[0], 80), None, None).unwrap();
            let (server, _) = listener.accept().unwrap();
            for (from, to) in [(&client, &server), (&server, &client)] {
                from.sendall(&data).unwrap();
                let mut got = 0;
                while got < BYTES {
                    got += to.recv(&mut buffer[got..]).unwrap();
                }
                assert!(buffer == data, "client {number}");
            }
            // Others come and go meanwhile.
            let deadline = simulation.now() + millis(50);
            simulation.at(deadline, || ());
            while simulation.now() < deadline {
                simulation.park(simulation.seq(), Some(deadline));
            }
        }
        assert!(answered.get() > 4000, "a flood of {}", answered.get());
        for (name, pool) in far.backend().usage().unwrap().iter() {
            assert!(pool.high_water <= pool.capacity, "{name}: {pool:?}");
        }
        let usage = far.backend().usage().unwrap();
        assert_eq!(usage.half_open.high_water, half_open, "{}", far.backend());
        assert_eq!(usage.connections.refused, 0, "{}", far.backend());
        simulation.dismiss();
    }
}

/// Runs something again and again, each time at the time that it has said.
fn flood_on(simulation: &Simulation, mut act: impl FnMut() -> Instant + 'static) {
    let next = act();
    let again = simulation.clone();
    simulation.at(next, move || flood_on(&again, act));
}

/// How many pieces of work the stack does, and how many packets it sends, for a packet.
fn work(bench: &Bench, packet: &[u8]) -> (usize, usize) {
    bench.stage(packet);
    let mut steps = 0;
    while bench.stack().drive(1).unwrap() {
        steps += 1;
    }
    (steps, bench.take().len())
}

#[test]
fn tiny_segments_out_of_order_cost_no_more_than_others() {
    let bench = Bench::new(Capacity { receive: 32_768, ..small() });
    let listener = bench.listener(NEAR[0], 80, 1);
    let mut peer = Peer::connect(&bench, end(FAR[0], 1000), end(NEAR[0], 80));
    let (mut socket, _) = listener.accept().unwrap();
    socket.setblocking(false).unwrap();
    bench.take();
    let data = pattern(30_000, 3);
    // One byte in two, from the end and from the beginning, and again.
    let backwards = (1..15_000).rev().map(|half| 2 * half);
    let forwards = (1..15_000).map(|half| 2 * half + 1).step_by(7);
    for place in backwards.clone().step_by(5).chain(forwards).chain(backwards.step_by(3)) {
        let segment = Segment {
            sequence: peer.sequence.wrapping_add(place as u32),
            data: &data[place..place + 1],
            ..peer.segment()
        };
        let (steps, sent) = work(&bench, &segment.packet());
        assert!(steps <= 4 && sent <= 1, "byte {place}: {steps} steps, {sent} packets");
    }
    // All of it in order: not a byte is another one.
    let mut got: Vec<u8> = Vec::new();
    let mut buffer = [0; 2000];
    for part in data.chunks(1000) {
        peer.send(&bench, part);
        while let Ok(count @ 1..) = socket.recv(&mut buffer) {
            got.extend(&buffer[..count]);
        }
    }
    assert!(got == data, "{} bytes", got.len());
}

#[test]
fn fragments_of_any_kind_cost_no_more_than_others() {
    let bench = Bench::new(Capacity { reassemblies: 2, ..small() });
    let socket = bench.datagram(AddressFamily::INET);
    socket.bind((NEAR[0], 53)).unwrap();
    let whole = target::udp(end(FAR[0], 9), end(NEAR[0], 53), &[7; 1000]);
    let mut random = Random(5);
    for number in 0..5000_u16 {
        // Eight bytes of a datagram, somewhere in it; each has many, or one.
        let offset = random.below(120);
        let mut fragment = whole[..20].to_vec();
        fragment.extend(&whole[20 + 8 * offset..28 + 8 * offset]);
        fragment[2..4].copy_from_slice(&28_u16.to_be_bytes());
        fragment[4..6].copy_from_slice(&(number / 50).to_be_bytes());
        fragment[6..8].copy_from_slice(&(0x2000 | offset as u16).to_be_bytes());
        fragment[10..12].fill(0);
        let sum = target::checksum(ip("0.0.0.0"), ip("0.0.0.0"), 1, &fragment[..20]);
        fragment[10..12].copy_from_slice(&sum.to_be_bytes());
        let (steps, sent) = work(&bench, &fragment);
        assert!(steps <= 2 && sent == 0, "{number}: {steps} steps, {sent} packets");
    }
    bench.inject(&whole);
    assert_eq!(socket.recv(&mut [0; 2000]), Ok(1000));
}

/// A peer that takes 1 byte in a segment is sent 48: the headers are never more than what they carry.
#[test]
fn tiny_segments_are_not_as_tiny_as_the_peer_likes() {
    for version in 0..2 {
        // what the peer takes, it says; the least that a segment carries then
        for (size, least) in [(1, 48), (8, 48), (48, 48), (100, 100), (0, 536)] {
            let bench = Bench::new(small());
            let listener = bench.listener(NEAR[version], 80, 1);
            let (here, there) = (end(FAR[version], 1000), end(NEAR[version], 80));
            let syn =
                Segment { mss: Some(size), sack_permitted: true, ..Segment::syn(here, there, 9) };
            let expects = bench.give(&syn)[0].sequence.wrapping_add(1);
            let mut peer = Peer { here, there, sequence: 10, expects };
            bench.give(&peer.segment());
            let (socket, _) = listener.accept().unwrap();
            socket.send(&pattern(4000, 1)).unwrap();
            let (mut got, mut segments, mut answers) = (0, 0, bench.segments());
            while got < 4000 {
                for seen in &answers {
                    got += seen.data.len();
                    segments += usize::from(!seen.data.is_empty());
                }
                // An acknowledgement with as many blocks as there is room for.
                for seen in &answers {
                    peer.expects = seen.sequence.wrapping_add(seen.data.len() as u32);
                }
                let beyond = peer.expects.wrapping_add(1000);
                let sack =
                    [0, 1, 2].map(|block| Some((beyond + 2 * block, beyond + 2 * block + 1)));
                answers = bench.give(&Segment { sack, ..peer.segment() });
                if answers.is_empty() {
                    answers = bench.pass(millis(100)).into_iter().map(|(_, seen)| seen).collect();
                }
            }
            assert_eq!(got, 4000, "MSS {size}");
            let most = 4000_usize.div_ceil(least) + 3;
            assert!(segments <= most, "MSS {size}: {segments} segments, at most {most}");
        }
    }
}

/// Each packet is answered with one at most, and a hundred with at most twice their bytes.
#[test]
fn nothing_is_amplified() {
    for version in 0..2 {
        let target = target::Target::new(version);
        for frame in target.templates() {
            let (mut received, mut sent) = (0, 0);
            for _ in 0..100 {
                received += frame.len();
                sent += target.hostile(&frame).unwrap().iter().map(Vec::len).sum::<usize>();
            }
            // An answer that quotes what it is about adds its own headers; a SYN|ACK repeats options.
            assert!(sent <= received * 2, "{sent} for {received}: {frame:02x?}");
        }
        let control = TcpControl::Rst;
        assert!(target.bench.give(&Segment { control, ..target.peer.segment() }).is_empty());
    }
}
