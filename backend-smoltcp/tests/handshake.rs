//! Handshakes, byte for byte: the table of half-open connections answers as the engine would, and the
//! numbers on the wire are the ones that were chosen.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(
    clippy::needless_range_loop,
    clippy::type_complexity,
    reason = "tables of versions and acts"
)]

mod support;

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::HashSet;

use berkeley::{Errno, options};
use berkeley_smoltcp::device::Medium;
use berkeley_smoltcp::simulation::LinkOptions;
use berkeley_smoltcp::{Capacity, Memory};
use smoltcp::wire::{TcpControl, TcpPacket, TcpRepr, TcpSeqNumber};

use support::engine::Engine;
use support::*;

/// The packet with another sequence number, checksum made good.
fn renumbered(packet: &[u8], seen: &Seen, sequence: u32) -> Vec<u8> {
    let mut packet = packet.to_vec();
    let headers = if seen.from.is_ipv4() { 20 } else { 40 };
    let mut segment = TcpPacket::new_unchecked(&mut packet[headers..]);
    segment.set_seq_number(TcpSeqNumber(sequence as i32));
    segment.fill_checksum(&seen.from.ip().into(), &seen.to.ip().into());
    packet
}

#[test]
fn the_answer_to_a_syn_is_the_engines() {
    let sizes = [1, 100, 4096, 65_535, 65_536, 65_537, 131_072, 1 << 20];
    // What the SYN says: MSS, window scale, SACK permitted.
    let openings = [
        (Some(1460), Some(7), true),
        (Some(1460), Some(0), false),
        (Some(536), None, true),
        (None, Some(14), false),
        (None, None, false),
        (Some(0), Some(3), true), // counts as absent
        (Some(1), None, false),
        (Some(65_535), Some(255), true), // a shift above 14
    ];
    for (version, mtu, receive) in (0..2)
        .flat_map(|version| [576, 1500, 9000].map(|mtu| (version, mtu)))
        .flat_map(|(version, mtu)| sizes.map(|size| (version, mtu, size)))
    {
        let bench = Bench::with(Medium::Ip, mtu, 1, Capacity { receive, ..small() });
        let _listener = bench.listener(NEAR[version], 80, 100);
        for (number, (mss, scale, sack_permitted)) in (0..).zip(openings) {
            let from = end(FAR[version], 1000 + number);
            let syn = Segment {
                mss,
                scale,
                sack_permitted,
                ..Segment::syn(from, end(NEAR[version], 80), 77)
            };
            let row = format!("receive {receive}, MTU {mtu}, {syn:?}");
            let answers = bench.give(&syn);
            assert_eq!(answers.len(), 1, "{row}");
            let ours = &answers[0];
            let theirs = Engine::new(mtu, 5).answer(receive, 80, &syn.packet());
            let theirs = renumbered(&theirs, ours, ours.sequence);
            assert_eq!(ours.packet, theirs, "{row}");
        }
    }
}

/// The numbers of the answers to SYNs from these ports.
fn answered(bench: &Bench, ports: core::ops::Range<u16>) -> Vec<u32> {
    let _listener = bench.listener(NEAR[0], 80, 4096);
    let number = |port| {
        let (from, to) = (end(FAR[0], port), end(NEAR[0], 80));
        let answers = bench.give(&Segment::syn(from, to, 1));
        assert_eq!(answers.len(), 1, "port {port}");
        answers[0].sequence
    };
    ports.map(number).collect()
}

#[test]
fn initial_numbers_differ_and_are_not_the_engines() {
    let roomy = Capacity { half_open: 1000, ..small() };
    let numbers = answered(&Bench::new(roomy), 1000..2000);
    let distinct: HashSet<_> = numbers.iter().copied().collect();
    assert!(distinct.len() >= 999, "{} of 1000", distinct.len()); // chance of a pair: 1 in 9000
    // Neither in order nor near each other.
    let close = numbers.windows(2).filter(|pair| pair[1].wrapping_sub(pair[0]) < 1 << 20).count();
    assert!(close < 10, "{close} small steps");

    // The engine's generator from the seeds that it is made with most often.
    for seed in (0..64).chain([u64::MAX, 1234, 42_424_242]) {
        let mut engine = Engine::new(1500, seed);
        let syn = Segment::syn(end(FAR[0], 1000), end(NEAR[0], 80), 1).packet();
        let drawn: Vec<_> = (0..16)
            .map(|_| Seen::in_frame(&engine.answer(4096, 80, &syn)).unwrap().sequence)
            .collect();
        let common = drawn.iter().filter(|number| distinct.contains(number)).count();
        assert!(common <= 1, "seed {seed}: {common} numbers in common");
    }

    // Another entropy, other numbers; the same entropy, the same.
    let with_seed = |seed| answered(&Bench::with(Medium::Ip, 1500, seed, roomy), 1000..1100);
    assert_eq!(with_seed(1), with_seed(1));
    let common = with_seed(1).iter().zip(with_seed(2)).filter(|(one, two)| *one == two).count();
    assert_eq!(common, 0);
}

#[test]
fn numbers_of_the_same_ends_follow_the_clock() {
    let (here, there) = (end(FAR[0], 1000), end(NEAR[0], 80));
    let bench = Bench::new(small());
    let _listener = bench.listener(NEAR[0], 80, 1);
    let accepted = |bench: &Bench| {
        let answer = bench.give(&Segment::syn(here, there, 1)).remove(0);
        // Gone again.
        bench.give(&Segment { control: TcpControl::Rst, ..Segment::new(here, there, 2) });
        answer.sequence
    };
    let connected = |bench: &Bench| {
        let socket = bench.stream(berkeley::AddressFamily::INET);
        socket.bind((NEAR[0], 3000)).unwrap();
        assert!(failed(&socket.connect(here), Errno::EINPROGRESS));
        bench.segments().pop().expect("a SYN").sequence
    };
    let (mut last_accepted, mut last_connected) = (accepted(&bench), connected(&bench));
    for passed in [
        Duration::from_micros(4),
        Duration::from_micros(8),
        millis(1),
        seconds(1),
        seconds(3600),
        seconds(5 * 3600), // the clock wraps after 4.77 hours
        seconds(30 * 24 * 3600),
    ] {
        bench.advance(passed);
        let ticks = (passed.as_micros() / 4) as u32;
        let (now_accepted, now_connected) = (accepted(&bench), connected(&bench));
        assert_eq!(now_accepted.wrapping_sub(last_accepted), ticks, "accept, {passed:?}");
        assert_eq!(now_connected.wrapping_sub(last_connected), ticks, "connect, {passed:?}");
        (last_accepted, last_connected) = (now_accepted, now_connected);
    }
}

#[test]
fn the_last_acknowledgement_establishes_with_the_numbers_on_the_wire() {
    for (version, data) in [(0, &b""[..]), (0, b"hello"), (1, b""), (1, b"hello")] {
        let (here, there) = (end(FAR[version], 1000), end(NEAR[version], 80));
        let bench = Bench::new(small());
        let listener = bench.listener(NEAR[version], 80, 1);
        for first in [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_fffe] {
            let syn = Segment { scale: Some(2), ..Segment::syn(here, there, first) };
            let answer = bench.give(&syn).remove(0);
            assert_eq!(answer.acknowledgement, Some(first.wrapping_add(1)));
            let (sequence, expects) = (first.wrapping_add(1), answer.sequence.wrapping_add(1));
            let mut peer = Peer { here, there, sequence, expects };
            peer.send(&bench, data);
            let (mut socket, from) = listener.accept().unwrap();
            socket.setblocking(false).unwrap();
            assert_eq!(from, here.into());
            let mut buffer = [0; 16];
            if data.is_empty() {
                assert!(failed(&socket.recv(&mut buffer), Errno::EAGAIN));
            } else {
                assert_eq!(socket.recv(&mut buffer), Ok(data.len()), "first number {first:#x}");
                assert_eq!(&buffer[..data.len()], data);
            }
            assert_eq!(socket.send(b"world"), Ok(5));
            let sent = bench.segments();
            let sent = sent.iter().find(|segment| !segment.data.is_empty()).expect("data");
            assert_eq!((sent.sequence, &sent.data[..]), (expects, &b"world"[..]));
            assert_eq!(sent.acknowledgement, Some(peer.sequence), "first number {first:#x}");
            bench.give(&Segment { control: TcpControl::Rst, ..peer.segment() });
        }
    }
}

#[test]
fn an_unanswered_syn_ack_is_repeated_and_then_forgotten() {
    let (here, there) = (end(FAR[0], 1000), end(NEAR[0], 80));
    let bench = Bench::new(small());
    let _listener = bench.listener(NEAR[0], 80, 1);
    let start = bench.now();
    let first = bench.give(&Segment::syn(here, there, 9)).remove(0);
    let repeated = bench.pass(seconds(600));
    let times: Vec<_> = repeated
        .iter()
        .map(|(time, _)| time.saturating_duration_since(start).as_secs_f64())
        .collect();
    assert_eq!(times, [1.0, 3.0, 7.0, 15.0, 31.0]);
    assert!(repeated.iter().all(|(_, segment)| *segment == first));
    // Forgotten: the acknowledgement is for nothing.
    let late = Segment {
        acknowledgement: Some(first.sequence.wrapping_add(1)),
        ..Segment::new(here, there, 10)
    };
    let answer = bench.give(&late);
    assert_eq!(answer.len(), 1);
    assert_eq!(answer[0].control, TcpControl::Rst);
    assert_eq!(answer[0].sequence, first.sequence.wrapping_add(1));
}

#[test]
fn what_can_happen_to_a_half_open_connection() {
    /// What the peer does after the SYN|ACK, and what comes of it.
    enum Then {
        Established,
        Reset,
        HalfOpen,
        Gone,
    }
    type Act = fn(&Bench, Peer);
    let rows: [(&str, Act, Then); 11] = [
        ("the acknowledgement", |b, p| drop(b.give(&p.segment())), Then::Established),
        (
            "the acknowledgement is lost, the answer repeated, and acknowledged again",
            |b, p| {
                assert_eq!(b.pass(seconds(1)).len(), 1);
                b.give(&p.segment());
            },
            Then::Established,
        ),
        (
            "the acknowledgement is lost, data comes first",
            |b, mut p| drop(p.send(b, b"x")),
            Then::Established,
        ),
        (
            "the SYN again: the same answer",
            |b, p| {
                let again = b.give(&Segment::syn(p.here, p.there, p.sequence.wrapping_sub(1)));
                assert_eq!(again.len(), 1);
                assert_eq!(again[0].sequence.wrapping_add(1), p.expects);
                b.give(&p.segment());
            },
            Then::Established,
        ),
        (
            "a reset with the next number",
            |b, p| {
                let reset = Segment {
                    control: TcpControl::Rst,
                    ..Segment::new(p.here, p.there, p.sequence)
                };
                assert_eq!(b.give(&reset).len(), 0);
            },
            Then::Gone,
        ),
        (
            "a reset with a number from nowhere (RFC 5961)",
            |b, p| {
                let number = p.sequence.wrapping_sub(5);
                let reset =
                    Segment { control: TcpControl::Rst, ..Segment::new(p.here, p.there, number) };
                b.give(&reset);
            },
            Then::HalfOpen,
        ),
        (
            "an acknowledgement of something else",
            |b, p| {
                let wrong = Segment { acknowledgement: Some(p.expects + 1), ..p.segment() };
                let answer = b.give(&wrong);
                assert_eq!(answer.len(), 1);
                assert_eq!(answer[0].control, TcpControl::Rst);
                assert_eq!(answer[0].sequence, p.expects + 1);
            },
            Then::HalfOpen,
        ),
        (
            "data far outside of the window",
            |b, p| {
                let number = p.sequence.wrapping_add(1 << 24);
                drop(b.give(&Segment { sequence: number, data: b"x", ..p.segment() }));
            },
            Then::HalfOpen,
        ),
        (
            "a segment without acknowledgement",
            |b, p| drop(b.give(&Segment { acknowledgement: None, data: b"x", ..p.segment() })),
            Then::HalfOpen,
        ),
        ("the end at once", |b, mut p| drop(p.finish(b)), Then::Established),
        ("nothing for ten minutes", |b, _| drop(b.pass(seconds(600))), Then::Reset),
    ];
    for (name, act, then) in rows {
        let bench = Bench::new(small());
        let listener = bench.listener(NEAR[0], 80, 1);
        let (here, there) = (end(FAR[0], 1000), end(NEAR[0], 80));
        let answer = bench.give(&Segment::syn(here, there, 9)).remove(0);
        let expects = answer.sequence.wrapping_add(1);
        let peer = Peer { here, there, sequence: 10, expects };
        act(&bench, peer);
        let established = listener.accept().is_ok();
        assert_eq!(established, matches!(then, Then::Established), "{name}");
        if established {
            // One connection, however often it was asked for, with room for another.
            assert!(failed(&listener.accept().map(drop), Errno::EAGAIN), "{name}");
            let usage = bench.stack().usage().unwrap();
            assert_eq!((usage.connections.high_water, usage.half_open.in_use), (1, 0), "{name}");
            continue;
        }
        let answer = bench.give(&peer.segment());
        match then {
            Then::HalfOpen => assert!(listener.accept().is_ok(), "{name}"),
            _ => {
                assert!(failed(&listener.accept().map(|_| ()), Errno::EAGAIN), "{name}");
                assert_eq!(
                    answer.first().map(|seen| seen.control),
                    Some(TcpControl::Rst),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn half_open_connections_take_no_slots() {
    // entries of the table, and whether it is full when the real client comes (RFC 4987, section 3.6)
    for (half_open, full) in [(128, false), (100, true), (16, true), (1, true), (0, true)] {
        let capacity = Capacity { connections: 4, half_open, ..small() };
        let bench = Bench::new(capacity);
        let listener = bench.listener(NEAR[0], 80, 8);
        let there = end(NEAR[0], 80);
        let answers: usize = (0..100)
            .map(|number| bench.give(&Segment::syn(end(FAR[0], 1000 + number), there, 1)).len())
            .sum();
        assert_eq!(answers, 100, "half_open {half_open}");
        let here = end(FAR[0], 5000);
        let syn = Segment { scale: Some(7), sack_permitted: true, ..Segment::syn(here, there, 1) };
        let answer = bench.give(&syn);
        assert_eq!(answer.len(), 1, "half_open {half_open}: no answer to a real client");
        // There is no room in a number for more than the size of segments.
        assert_eq!((answer[0].scale.is_some(), answer[0].sack_permitted), (!full, !full));
        let expects = answer[0].sequence.wrapping_add(1);
        let mut peer = Peer { here, there, sequence: 2, expects };
        peer.send(&bench, b"real");
        let (socket, from) = listener.accept().expect("the real client");
        assert_eq!(from, here.into());
        let mut buffer = [0; 8];
        assert_eq!(socket.recv(&mut buffer), Ok(4));
        let usage = bench.stack().usage().unwrap();
        assert_eq!(usage.connections.high_water, 1);
        assert!(usage.half_open.high_water <= half_open.min(101), "{half_open}");
        // All slots are free for real ones.
        for port in 6000..6003 {
            bench.pass(seconds(64));
            Peer::connect(&bench, end(FAR[0], port), there);
            assert!(listener.accept().is_ok(), "port {port}");
        }
    }
}

#[test]
fn fixed_memory_serves_again_and_again() {
    // who closes first, over two slots on both sides
    for (server_first, version) in [(true, 0), (false, 0), (true, 1), (false, 1)] {
        let near = Box::leak(Box::new(Memory::<2, 2048, 2048>::new()));
        let far = Box::leak(Box::new(Memory::<2, 2048, 2048>::new()));
        let pair = Pair::over(LinkOptions::default(), 1, near, far);
        let listener = pair.listener(FAR[version], 7, 1);
        for round in 0..50 {
            let context = format!("round {round}, server first {server_first}, {}", FAR[version]);
            let near = pair
                .near
                .create_connection((FAR[version], 7), None, None)
                .unwrap_or_else(|error| panic!("{context}: {error:?}\n{}", pair.near.backend()));
            let (far, _) = listener.accept().unwrap();
            let said = pattern(1500, round);
            near.sendall(&said).unwrap();
            let mut heard = vec![0; said.len()];
            receive_exactly(&far, &mut heard);
            far.sendall(&heard).unwrap();
            let mut back = vec![0; said.len()];
            receive_exactly(&near, &mut back);
            assert_eq!(said, back, "{context}");
            let (first, second) = if server_first { (far, near) } else { (near, far) };
            first.close().unwrap();
            assert_eq!(second.recv(&mut [0]), Ok(0), "{context}");
            second.close().unwrap();
        }
    }
}

fn receive_exactly(socket: &SimSocket, buffer: &mut [u8]) {
    let mut received = 0;
    while received < buffer.len() {
        let count = socket.recv(&mut buffer[received..]).unwrap();
        assert_ne!(count, 0, "the end after {received} of {} bytes", buffer.len());
        received += count;
    }
}

#[test]
fn options_do_not_outlive_a_connection_in_its_slot() {
    // A recycled slot behaves as a fresh one.
    let memory = Box::leak(Box::new(Memory::<1, 2048, 2048>::new()));
    let bench = Bench::new(memory);
    let listener = bench.listener(NEAR[0], 80, 1);
    listener.set_option(options::NODELAY, true).unwrap();
    listener.set_option(options::TIME_TO_LIVE, 9).unwrap();
    let there = end(NEAR[0], 80);
    let mut peer = Peer::connect(&bench, end(FAR[0], 1000), there);
    let (socket, _) = listener.accept().unwrap();
    socket.send(b"x").unwrap();
    let sent = bench.segments();
    assert_eq!(sent[0].packet[8], 9, "time to live");
    peer.acknowledge(&bench, &sent);
    bench.give(&Segment { control: TcpControl::Rst, ..peer.segment() });
    drop((socket, listener));

    let plain = bench.listener(NEAR[0], 81, 1);
    Peer::connect(&bench, end(FAR[0], 1001), end(NEAR[0], 81));
    let (socket, _) = plain.accept().unwrap();
    assert_eq!(socket.option(options::NODELAY), Ok(false));
    assert_eq!(socket.option(options::TIME_TO_LIVE), Ok(64));
    socket.send(b"y").unwrap();
    assert_eq!(bench.segments()[0].packet[8], 64, "time to live");
}

/// The helpers agree with smoltcp about what a segment is.
#[test]
fn segments_are_read_as_they_were_written() {
    let ends: [(SocketAddr, SocketAddr); 2] =
        [(end(FAR[0], 1), end(NEAR[0], 2)), (end(FAR[1], 1), end(NEAR[1], 2))];
    for (from, to) in ends {
        let written = Segment { data: b"abc", scale: Some(3), ..Segment::syn(from, to, 5) };
        let read = Seen::in_frame(&written.packet()).unwrap();
        assert_eq!((read.sequence, read.mss, read.scale), (5, Some(1460), Some(3)));
        assert_eq!(read.data, b"abc");
        let bytes = written.packet();
        let segment = TcpPacket::new_checked(&bytes[bytes.len() - 31..]);
        assert!(segment.is_ok());
        let repr: TcpRepr<'_> = written.repr();
        assert_eq!(repr.payload, b"abc");
    }
}
