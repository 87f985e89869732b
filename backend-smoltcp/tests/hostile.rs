//! Frames of any content: never a panic, never a stall, never more than one frame out for one in, and
//! a good connection goes on as if nothing had come.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(
    clippy::needless_range_loop,
    clippy::type_complexity,
    reason = "tables of versions and acts"
)]

mod support;

use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use berkeley::Errno;
use berkeley_smoltcp::HardwareAddress;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestCaseError};
use smoltcp::wire::{IpProtocol, TcpControl};

use support::target::*;
use support::*;

/// What happens to a valid frame.
#[derive(Clone, Debug)]
enum Mutation {
    Flip(prop::sample::Index, u8),
    Set(prop::sample::Index, u8),
    Word(prop::sample::Index, u16),
    Cut(prop::sample::Index),
    Grow(u8),
    /// The checksums are made good again, so that what is behind them is reached.
    Mend,
}

fn mutation() -> impl Strategy<Value = Mutation> {
    // Headers are where it matters.
    let place = || any::<prop::sample::Index>();
    prop_oneof![
        4 => (place(), 0..8u8).prop_map(|(place, bit)| Mutation::Flip(place, 1 << bit)),
        2 => (place(), any::<u8>()).prop_map(|(place, byte)| Mutation::Set(place, byte)),
        2 => (place(), prop_oneof![Just(0), Just(1), Just(0xffff), any::<u16>()])
            .prop_map(|(place, word)| Mutation::Word(place, word)),
        1 => place().prop_map(Mutation::Cut),
        1 => any::<u8>().prop_map(Mutation::Grow),
        4 => Just(Mutation::Mend),
    ]
}

fn mutate(frame: &mut Vec<u8>, mutation: &Mutation) {
    if frame.is_empty() {
        return;
    }
    // Not the addresses of the link: such frames are for others.
    let reach = frame.len().min(100);
    let at = |place: &prop::sample::Index| 12 + place.index(reach.saturating_sub(12).max(1));
    match mutation {
        Mutation::Flip(place, bits) => {
            if let Some(byte) = frame.get_mut(at(place)) {
                *byte ^= bits;
            }
        }
        Mutation::Set(place, value) => {
            if let Some(byte) = frame.get_mut(at(place)) {
                *byte = *value;
            }
        }
        Mutation::Word(place, word) => {
            let at = at(place) & !1;
            if let Some(bytes) = frame.get_mut(at..at + 2) {
                bytes.copy_from_slice(&word.to_be_bytes());
            }
        }
        Mutation::Cut(place) => frame.truncate(place.index(frame.len() + 1)),
        Mutation::Grow(count) => frame.extend(core::iter::repeat_n(0xa5, usize::from(*count))),
        Mutation::Mend => mend(frame),
    }
}

/// Makes the checksums right, as far as there are any to be found.
fn mend(frame: &mut [u8]) {
    let Some(packet) = frame.get_mut(14..) else { return };
    let (from, to, protocol, start, end): (IpAddr, IpAddr, u8, usize, usize) =
        match packet.first().map(|byte| byte >> 4) {
            Some(4) if packet.len() >= 20 => {
                let header = usize::from(packet[0] & 15) * 4;
                let end = usize::from(u16::from_be_bytes([packet[2], packet[3]]));
                if header < 20 || packet.len() < header {
                    return;
                }
                packet[10..12].fill(0);
                let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
                let sum = checksum(nowhere, nowhere, 1, &packet[..header]);
                packet[10..12].copy_from_slice(&sum.to_be_bytes());
                let address = |at: usize| {
                    let bytes: [u8; 4] = packet[at..at + 4].try_into().unwrap();
                    IpAddr::from(bytes)
                };
                (address(12), address(16), packet[9], header, end)
            }
            Some(6) if packet.len() >= 40 => {
                let address = |at: usize| {
                    let bytes: [u8; 16] = packet[at..at + 16].try_into().unwrap();
                    IpAddr::from(bytes)
                };
                let end = 40 + usize::from(u16::from_be_bytes([packet[4], packet[5]]));
                (address(8), address(24), packet[6], 40, end)
            }
            _ => return,
        };
    let Some(payload) = packet.get_mut(start..end) else { return };
    let field = match protocol {
        6 => 16,
        17 => 6,
        1 | 58 => 2,
        _ => return,
    };
    if payload.len() < field + 2 {
        return;
    }
    payload[field..field + 2].fill(0);
    let sum = checksum(from, to, protocol, payload);
    payload[field..field + 2].copy_from_slice(&sum.to_be_bytes());
}

/// Whether a mutated frame is what only somebody in the middle can send: it tells a new hardware
/// address for the good peer, or has its connection's very numbers.
fn forged(target: &Target, frame: &[u8]) -> bool {
    let peer = match target.peer.here.ip() {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let lookup = frame.get(12..14) == Some(&[8, 6])
        || (frame.get(20) == Some(&58) && matches!(frame.get(54), Some(133..=137)));
    lookup && frame.windows(peer.len()).any(|window| window == peer)
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(20_240_617),
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn arbitrary_bytes_change_nothing(
        version in 0..2usize,
        frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..40),
    ) {
        let mut target = Target::new(version);
        for frame in &frames {
            // As they are; then addressed to the stack; then as packets of either version.
            target.hostile(frame).map_err(TestCaseError::fail)?;
            for ether_type in [[0x08, 0x00], [0x86, 0xdd], [0x08, 0x06]] {
                let addressed = [&OWN.0[..], &STRANGER, &ether_type, frame].concat();
                if !forged(&target, &addressed) {
                    target.hostile(&addressed).map_err(TestCaseError::fail)?;
                }
            }
        }
        target.transfer().map_err(TestCaseError::fail)?;
    }

    #[test]
    fn mutated_frames_change_nothing(
        version in 0..2usize,
        frames in prop::collection::vec(
            (any::<prop::sample::Index>(), prop::collection::vec(mutation(), 0..5)),
            1..60,
        ),
    ) {
        let mut target = Target::new(version);
        for (number, (which, mutations)) in frames.iter().enumerate() {
            let templates = target.templates();
            let mut frame = which.get(&templates).clone();
            for mutation in mutations {
                mutate(&mut frame, mutation);
            }
            if forged(&target, &frame) {
                continue;
            }
            target.hostile(&frame).map_err(TestCaseError::fail)?;
            if number % 8 == 0 {
                target.transfer().map_err(TestCaseError::fail)?;
            }
        }
        target.transfer().map_err(TestCaseError::fail)?;
        target.bench.advance(seconds(200));
        target.transfer().map_err(TestCaseError::fail)?;
    }
}

#[test]
fn truncations_of_every_length_change_nothing() {
    for version in 0..2 {
        let mut target = Target::new(version);
        for frame in target.templates() {
            for length in 0..frame.len() {
                target.hostile(&frame[..length]).unwrap();
                let mut mended = frame[..length].to_vec();
                mend(&mut mended);
                target.hostile(&mended).unwrap();
            }
        }
        target.transfer().unwrap();
    }
}

/// A segment with options, or a header length, that no honest stack writes.
fn raw_segment(from: SocketAddr, to: SocketAddr, flags: u8, offset: u8, options: &[u8]) -> Vec<u8> {
    let [f, t] = [from.port(), to.port()].map(u16::to_be_bytes);
    let mut payload = [&f[..], &t, &7u32.to_be_bytes(), &1u32.to_be_bytes()].concat();
    payload.extend([offset << 4, flags, 0xff, 0xff, 0, 0, 0, 0]);
    payload.extend(options);
    let sum = checksum(from.ip(), to.ip(), 6, &payload).to_be_bytes();
    payload[16..18].copy_from_slice(&sum);
    ip_packet(from.ip(), to.ip(), IpProtocol::Tcp, &payload)
}

/// Frames that have brought smoltcp, or others, down.
#[test]
fn frames_of_ill_fame_change_nothing() {
    const SYN: u8 = 2;
    const ACK: u8 = 16;
    for version in 0..2 {
        let (other, own) = (end(ELSE[version], 2000), end(NEAR[version], 80));
        let nowhere = end(["0.0.0.0", "::"][version], 2000);
        let group = end(["224.0.0.1", "ff02::1"][version], 80);
        let broadcast = end(["192.0.2.255", "ff02::1"][version], 80);
        let loopback = end(["127.0.0.1", "::1"][version], 2000);
        let syn = |from, to| raw_segment(from, to, SYN, 5, &[]);
        let with = |flags, options: &[u8]| {
            raw_segment(other, own, flags, 5 + options.len() as u8 / 4, options)
        };
        let mut short_header = raw_segment(other, own, SYN, 5, &[]);
        if version == 0 {
            short_header[0] = 0x44;
        }
        let sack = [&[5, 34][..], &[0xff; 32], &[1, 1]].concat();
        // What it is, the packet, whether it may be answered.
        let rows: Vec<(&str, Vec<u8>, bool)> = vec![
            ("SYN from nowhere (smoltcp 0.13.1)", syn(nowhere, own), false),
            ("SYN to a group", syn(other, group), false),
            ("SYN to all", syn(other, broadcast), false),
            ("SYN from all", syn(broadcast, own), false),
            ("SYN from a group", syn(group, own), false),
            ("SYN from the loopback", syn(loopback, own), false),
            ("SYN from ourselves (land)", syn(end(NEAR[version], 80), own), false),
            ("SYN from port 0", syn(end(ELSE[version], 0), own), false),
            ("SYN to port 0", syn(other, end(NEAR[version], 0)), false),
            ("IPv4 header length below 20 (smoltcp 0.13.1)", short_header, version == 1),
            ("data offset 0", raw_segment(other, own, SYN, 0, &[]), false),
            ("data offset 4", raw_segment(other, own, SYN, 4, &[]), false),
            ("data offset beyond the end", raw_segment(other, own, SYN, 15, &[]), false),
            ("MSS 0 (smoltcp 0.8)", with(SYN, &[2, 4, 0, 0]), true),
            ("MSS 1", with(SYN, &[2, 4, 0, 1]), true),
            ("an option of length 0", with(SYN, &[8, 0, 0, 0]), true),
            ("an option of length 1", with(SYN, &[2, 1, 5, 180]), true),
            ("an option beyond the end", with(SYN, &[2, 40, 5, 180]), true),
            ("a window scale of 255", with(SYN, &[3, 3, 255, 0]), true),
            ("SACK with four blocks (smoltcp 0.13.1)", with(ACK, &sack), true),
            ("SACK of no length", with(ACK, &[5, 2, 1, 1]), true),
            ("SACK of odd length", with(ACK, &[5, 7, 1, 1, 1, 1, 1, 1]), true),
            ("SYN|FIN", raw_segment(other, own, 3, 5, &[]), false),
            ("SYN|RST", raw_segment(other, own, 6, 5, &[]), false),
            ("all flags", raw_segment(other, own, 0xff, 5, &[]), false),
            ("no flags", raw_segment(other, own, 0, 5, &[]), false),
            ("FIN", raw_segment(other, own, 1, 5, &[]), false),
            ("FIN|PSH|URG", raw_segment(other, own, 0x29, 5, &[]), false),
        ];
        for (name, packet, answered) in rows {
            // On its own, and over and over again.
            let mut target = Target::new(version);
            let frame = ethernet(STRANGER, OWN.0, &packet);
            for _ in 0..20 {
                let sent = target.hostile(&frame).unwrap_or_else(|error| panic!("{name}: {error}"));
                assert!(answered || sent.is_empty(), "{name}, {}: {sent:02x?}", NEAR[version]);
            }
            target.transfer().unwrap_or_else(|error| panic!("{name}: {error}"));
            target.bench.advance(seconds(100));
            target.transfer().unwrap_or_else(|error| panic!("{name}, later: {error}"));
        }
    }
}

#[test]
fn a_whole_conversation_with_a_tiny_segment_size() {
    // MSS 0 is absent, MSS 1 is at least 48: neither may loop or starve.
    for mss in [0, 1, 48, 65_535] {
        let bench = Bench::new(small());
        let listener = bench.listener(NEAR[0], 80, 1);
        let (here, there) = (end(FAR[0], 1000), end(NEAR[0], 80));
        let answer = bench.give(&Segment { mss: Some(mss), ..Segment::syn(here, there, 9) });
        let expects = answer[0].sequence.wrapping_add(1);
        let mut peer = Peer { here, there, sequence: 10, expects };
        bench.give(&peer.segment());
        let (socket, _) = listener.accept().unwrap();
        let data = pattern(3000, 1);
        assert_eq!(socket.send(&data), Ok(3000));
        let mut got: Vec<u8> = Vec::new();
        let mut answers = Vec::new();
        for _ in 0..2000 {
            let sent: Vec<_> = bench.pass(millis(50)).into_iter().map(|(_, seen)| seen).collect();
            for seen in sent.into_iter().chain(answers.drain(..)) {
                if seen.sequence == peer.expects {
                    got.extend(&seen.data);
                    peer.expects = peer.expects.wrapping_add(seen.data.len() as u32);
                }
            }
            answers = bench.give(&peer.segment());
            if got.len() >= data.len() {
                break;
            }
        }
        assert!(got == data, "MSS {mss}: {} bytes", got.len());
    }
}

#[test]
fn a_connection_being_opened_believes_only_the_right_answer() {
    for version in 0..2 {
        let there = end(FAR[version], 80);
        let rows: [(&str, fn(Segment<'static>, u32) -> Segment<'static>); 9] = [
            ("a reset without acknowledgement", |s, _| Segment { control: TcpControl::Rst, ..s }),
            ("a reset with a wrong one", |s, n| Segment {
                control: TcpControl::Rst,
                acknowledgement: Some(n.wrapping_add(5)),
                ..s
            }),
            ("a reset that acknowledges nothing", |s, n| Segment {
                control: TcpControl::Rst,
                acknowledgement: Some(n),
                ..s
            }),
            ("an end", |s, _| Segment { control: TcpControl::Fin, ..s }),
            ("an end that acknowledges (smoltcp 0.8)", |s, n| Segment {
                control: TcpControl::Fin,
                acknowledgement: Some(n.wrapping_add(1)),
                ..s
            }),
            ("data", |s, _| Segment { data: b"data", ..s }),
            ("SYN|ACK of nothing (smoltcp 0.7.4)", |s, n| Segment {
                control: TcpControl::Syn,
                acknowledgement: Some(n),
                ..s
            }),
            ("SYN|ACK of something else", |s, n| Segment {
                control: TcpControl::Syn,
                acknowledgement: Some(n.wrapping_add(2)),
                ..s
            }),
            ("an acknowledgement of something else", |s, n| Segment {
                acknowledgement: Some(n.wrapping_sub(7)),
                ..s
            }),
        ];
        for (name, make) in rows {
            let bench = Bench::new(small());
            let (socket, syn) = bench.connecting(there);
            let segment = make(Segment::new(there, syn.from, 77), syn.sequence);
            let answers = bench.give(&segment);
            assert!(answers.len() <= 1, "{name}: {answers:?}");
            let outcome = bench.outcome(&socket);
            assert!(failed(&outcome, Errno::EALREADY), "{name}: {outcome:?}");
            // The right answer still counts.
            Peer::accept(&bench, &syn);
            assert_eq!(bench.outcome(&socket), Ok(()), "{name}");
        }
        // The right refusal counts too.
        let bench = Bench::new(small());
        let (socket, syn) = bench.connecting(there);
        let refusal = Segment {
            control: TcpControl::Rst,
            acknowledgement: Some(syn.sequence.wrapping_add(1)),
            ..Segment::new(there, syn.from, 0)
        };
        assert_eq!(bench.give(&refusal).len(), 0);
        assert_eq!(bench.outcome(&socket), Err(Errno::ECONNREFUSED.into()));
    }
}

#[test]
fn windows_and_numbers_out_of_bounds() {
    for version in 0..2 {
        let mut target = Target::new(version);
        let peer = target.peer;
        let rows: [(&str, Segment<'_>); 10] = [
            (
                "a byte before the window",
                Segment { sequence: peer.sequence - 1, data: b"x", ..peer.segment() },
            ),
            (
                "long before",
                Segment {
                    sequence: peer.sequence.wrapping_sub(1 << 30),
                    data: b"x",
                    ..peer.segment()
                },
            ),
            (
                "just behind the window",
                Segment { sequence: peer.sequence + 4096, data: b"x", ..peer.segment() },
            ),
            (
                "far behind",
                Segment {
                    sequence: peer.sequence.wrapping_add(1 << 30),
                    data: b"x",
                    ..peer.segment()
                },
            ),
            (
                "an end behind the window",
                Segment {
                    sequence: peer.sequence + 4097,
                    control: TcpControl::Fin,
                    ..peer.segment()
                },
            ),
            (
                "a reset behind the window",
                Segment {
                    sequence: peer.sequence + 4097,
                    control: TcpControl::Rst,
                    ..peer.segment()
                },
            ),
            (
                "a reset before the window",
                Segment { sequence: peer.sequence - 1, control: TcpControl::Rst, ..peer.segment() },
            ),
            (
                "a SYN in the window (RFC 5961)",
                Segment { control: TcpControl::Syn, ..peer.segment() },
            ),
            (
                "acknowledges what was not sent",
                Segment { acknowledgement: Some(peer.expects.wrapping_add(9)), ..peer.segment() },
            ),
            (
                "acknowledges long ago",
                Segment {
                    acknowledgement: Some(peer.expects.wrapping_sub(1 << 30)),
                    ..peer.segment()
                },
            ),
        ];
        for (name, segment) in rows {
            let frame = ethernet(PEER, OWN.0, &segment.packet());
            for _ in 0..3 {
                target.hostile(&frame).unwrap_or_else(|error| panic!("{name}: {error}"));
            }
        }
        target.transfer().unwrap_or_else(|error| panic!("{}: {error}", NEAR[version]));
    }
    // A reset inside the window but not at its edge is challenged, not obeyed (RFC 5961).
    let target = Target::new(0);
    let reset = Segment {
        sequence: target.peer.sequence + 10,
        control: TcpControl::Rst,
        ..target.peer.segment()
    };
    target.good(&reset);
    let outcome = target.socket.recv(&mut [0]);
    assert!(failed(&outcome, Errno::EAGAIN), "{outcome:?}");
}

#[test]
fn a_window_that_shrinks_does_no_harm() {
    for windows in [[1000, 10, 2000], [1000, 0, 1000], [65_000, 1, 65_000], [1, 0, 1]] {
        let bench = Bench::new(small());
        let listener = bench.listener(NEAR[0], 80, 1);
        let mut peer = Peer::connect(&bench, end(FAR[0], 1000), end(NEAR[0], 80));
        let (socket, _) = listener.accept().unwrap();
        let data = pattern(3000, 9);
        bench.give(&Segment { window: windows[0], ..peer.segment() });
        assert_eq!(socket.send(&data), Ok(3000));
        let mut got: Vec<u8> = Vec::new();
        let mut answers = Vec::new();
        for round in 0..20_000 {
            let sent: Vec<_> = bench.pass(millis(100)).into_iter().map(|(_, seen)| seen).collect();
            for seen in answers.drain(..).chain(sent) {
                // What overlaps with what is there already counts once.
                let offset = peer.expects.wrapping_sub(seen.sequence) as usize;
                if offset < seen.data.len() {
                    got.extend(&seen.data[offset..]);
                    peer.expects = peer.expects.wrapping_add((seen.data.len() - offset) as u32);
                }
            }
            let window = windows[(1 + round) % 3];
            answers = bench.give(&Segment { window, ..peer.segment() });
            if got.len() >= data.len() {
                break;
            }
        }
        assert!(got == data, "{windows:?}: {} bytes", got.len());
    }
}

#[test]
fn a_station_cannot_take_our_address_or_fill_the_tables() {
    let mut target = Target::new(0);
    // Requests from two hundred strangers, each answered, none of them remembered for long.
    for number in 3..203 {
        let frame = arp(1, Ipv4Addr::new(192, 0, 2, number), Ipv4Addr::new(192, 0, 2, 1));
        let sent = target.hostile(&frame).unwrap();
        assert_eq!(sent.len(), 1, "request {number}");
    }
    target.transfer().unwrap();
    // Somebody says that our address is theirs.
    let own = Ipv4Addr::new(192, 0, 2, 1);
    for operation in [1, 2] {
        target.hostile(&arp(operation, own, own)).unwrap();
    }
    target.transfer().unwrap();
    assert_eq!(HardwareAddress(STRANGER), HardwareAddress(STRANGER));
}
