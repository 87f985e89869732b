//! Sequence numbers that pass 2^32: comparing them is arithmetic modulo 2^32 (RFC 9293, section 3.4).
//!
//! The peer's numbers are the test's choice. The stack's follow the clock (RFC 6528, section 3), so
//! they are chosen by the moment of the SYN.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use berkeley::{Errno, options};
use smoltcp::wire::TcpControl;

use support::*;

const CLIENT: u16 = 1000;
const PORT: u16 = 80;

/// Lets time pass until a SYN from the client is answered with this number.
fn wait_for_number(bench: &Bench, version: usize, number: u32) {
    let (here, there) = (end(FAR[version], CLIENT), end(NEAR[version], PORT));
    let answer = bench.give(&Segment::syn(here, there, 1)).remove(0);
    bench.give(&Segment { control: TcpControl::Rst, ..Segment::new(here, there, 2) });
    let ticks = number.wrapping_sub(answer.sequence);
    bench.advance(Duration::from_micros(4 * u64::from(ticks)));
}

/// The far end as a receiver: what of these segments is new, in order.
fn receive(peer: &mut Peer, seen: &[Seen], into: &mut Vec<u8>) {
    for segment in seen {
        let known = peer.expects.wrapping_sub(segment.sequence) as usize;
        if let Some(new) = segment.data.get(known..) {
            into.extend(new);
            peer.expects = peer.expects.wrapping_add(new.len() as u32);
        }
    }
}

#[test]
fn half_open_connections_wrap() {
    for version in 0..2 {
        // the stack's initial number, the peer's
        for (ours, theirs) in [
            (0xffff_fffe, 0xffff_fffe),
            (0xffff_ffff, 0xffff_ffff), // the SYN is the last before the wrap
            (0, 0),
            (0xffff_ffff, 7),
            (7, 0xffff_ffff),
        ] {
            let context = format!("{}: {ours:#x}, {theirs:#x}", NEAR[version]);
            let bench = Bench::new(small());
            let listener = bench.listener(NEAR[version], PORT, 4);
            wait_for_number(&bench, version, ours);
            let (here, there) = (end(FAR[version], CLIENT), end(NEAR[version], PORT));
            let syn = Segment::syn(here, there, theirs);
            let (sequence, expects) = (theirs.wrapping_add(1), ours.wrapping_add(1));
            let answers = |answer: &Seen| {
                assert_eq!((answer.control, answer.sequence), (TcpControl::Syn, ours), "{context}");
                assert_eq!(answer.acknowledgement, Some(sequence), "{context}");
            };
            answers(&bench.give(&syn)[0]);
            answers(&bench.give(&syn)[0]); // the SYN again
            answers(&bench.pass(seconds(2))[0].1); // repeated
            let mut peer = Peer { here, there, sequence, expects };
            // Acknowledges what was not sent, on both sides of the right number.
            for wrong in [expects.wrapping_add(1), ours] {
                let guess = Segment { acknowledgement: Some(wrong), ..peer.segment() };
                let answer = bench.give(&guess);
                assert_eq!(answer[0].control, TcpControl::Rst, "{context}");
                assert_eq!(answer[0].sequence, wrong, "{context}");
            }
            // A reset beside the one number that counts.
            let reset = Segment { control: TcpControl::Rst, ..peer.segment() };
            bench.give(&Segment { sequence: sequence.wrapping_add(1), ..reset });
            assert!(failed(&listener.accept().map(drop), Errno::EAGAIN), "{context}");
            peer.send(&bench, b"hello");
            let (socket, _) =
                listener.accept().unwrap_or_else(|error| panic!("{context}: {error:?}"));
            let mut buffer = [0; 8];
            assert_eq!(socket.recv(&mut buffer), Ok(5), "{context}");
        }
    }
}

#[test]
fn the_peers_numbers_wrap() {
    const LENGTH: u32 = 3000;
    const PIECE: usize = 100;
    for version in 0..2 {
        // The data of the peer ends so far behind the wrap.
        for behind in [-1i32, 0, 1, 2, 50, 100, 1234, 2999, 3000, 3001] {
            let context = format!("{}: {behind}", NEAR[version]);
            let bench = Bench::new(small());
            let listener = bench.listener(NEAR[version], PORT, 4);
            let (here, there) = (end(FAR[version], CLIENT), end(NEAR[version], PORT));
            let first = (behind as u32).wrapping_sub(LENGTH + 1);
            let mut peer = Peer::connect_from(&bench, here, there, first);
            let (mut socket, _) = listener.accept().unwrap();
            socket.setblocking(false).unwrap();

            let data = pattern(LENGTH as usize, 1);
            let pieces: Vec<_> = data.chunks(PIECE).collect();
            for pair in pieces.chunks(2) {
                let one = Segment { data: pair[0], ..peer.segment() };
                let sequence = peer.sequence.wrapping_add(PIECE as u32);
                let other = Segment { data: pair[1], sequence, ..peer.segment() };
                // The second overtakes the first, which arrives twice.
                for segment in [&other, &one, &one] {
                    bench.give(segment);
                }
                peer.sequence = peer.sequence.wrapping_add(2 * PIECE as u32);
                // From before the window, and from behind it, where half of all numbers are.
                for distance in [-1, i32::MIN / 2, i32::MAX / 2, 5000] {
                    let sequence = peer.sequence.wrapping_add_signed(distance);
                    let stray = Segment { data: b"stray", sequence, ..peer.segment() };
                    if distance > 0 {
                        bench.give(&stray);
                        bench.give(&Segment { control: TcpControl::Fin, ..stray });
                        bench.give(&Segment { control: TcpControl::Rst, data: b"", ..stray });
                    } else {
                        bench.give(&Segment { data: &data[..1], ..stray });
                        bench.give(&Segment { control: TcpControl::Rst, data: b"", ..stray });
                    }
                }
            }
            let mut buffer = vec![0; 4096];
            assert_eq!(socket.recv(&mut buffer), Ok(LENGTH as usize), "{context}");
            assert!(buffer[..LENGTH as usize] == data, "{context}");
            // A reset that is only near the right number is challenged (RFC 5961).
            let sequence = peer.sequence.wrapping_add(10);
            let reset = Segment { control: TcpControl::Rst, sequence, ..peer.segment() };
            let challenge = bench.give(&reset);
            assert!(challenge.iter().all(|seen| seen.control == TcpControl::None), "{challenge:?}");
            assert!(failed(&socket.recv(&mut buffer), Errno::EAGAIN), "{context}");

            // The stack closes first: TIME-WAIT, with the peer's end at the wrap.
            socket.close().unwrap();
            let fin = bench.segments();
            peer.acknowledge(&bench, &fin);
            let answer = peer.finish(&bench);
            assert_eq!(answer[0].acknowledgement, Some(peer.sequence), "{context}");
            let sequence = peer.sequence.wrapping_sub(1);
            let again = Segment { control: TcpControl::Fin, sequence, ..peer.segment() };
            let answer = bench.give(&again);
            assert_eq!(answer[0].acknowledgement, Some(peer.sequence), "{context}: again");
            assert_eq!(answer[0].sequence, peer.expects, "{context}: again");
            // An old SYN opens nothing; one that is newer does, on either side of the wrap.
            for (ahead, opens) in [(-5, false), (0, false), (1, true)] {
                bench.pass(seconds(1)); // answers to old ones are few
                let first = peer.sequence.wrapping_add_signed(ahead);
                let answer = bench.give(&Segment::syn(here, there, first)).remove(0);
                assert_eq!(answer.control == TcpControl::Syn, opens, "{context}: {ahead}");
            }
        }
    }
}

#[test]
fn the_stacks_numbers_wrap() {
    const LENGTH: usize = 3000;
    for version in 0..2 {
        // The data of the stack ends so far behind the wrap.
        for behind in [-1i32, 0, 1, 2, 100, 1234, 2999, 3000, 3001] {
            let context = format!("{}: {behind}", NEAR[version]);
            let bench = Bench::new(small());
            let listener = bench.listener(NEAR[version], PORT, 4);
            listener.set_option(options::REUSE_ADDRESS, true).unwrap();
            let first = (behind as u32).wrapping_sub(LENGTH as u32 + 1);
            wait_for_number(&bench, version, first);
            let (here, there) = (end(FAR[version], CLIENT), end(NEAR[version], PORT));
            let mut peer = Peer::connect(&bench, here, there);
            assert_eq!(peer.expects, first.wrapping_add(1), "{context}");
            let (mut socket, _) = listener.accept().unwrap();
            socket.setblocking(false).unwrap();

            // A window of 700 bytes; every third round of segments is lost.
            let data = pattern(LENGTH, 2);
            assert_eq!(socket.send(&data), Ok(LENGTH), "{context}");
            let (mut received, mut sent) = (Vec::new(), bench.segments());
            for round in 1..100 {
                if round % 3 == 0 {
                    sent = bench.pass(seconds(3)).into_iter().map(|(_, seen)| seen).collect();
                }
                receive(&mut peer, &sent, &mut received);
                // What was not sent yet, and what was acknowledged long ago.
                for distance in [i32::MAX / 2, i32::MIN / 2] {
                    let number = peer.expects.wrapping_add_signed(distance);
                    bench.give(&Segment { acknowledgement: Some(number), ..peer.segment() });
                }
                sent = bench.give(&Segment { window: 700, ..peer.segment() });
            }
            assert!(received == data, "{context}: {} bytes", received.len());

            // The end of the stack, TIME-WAIT, and a connection that comes after it.
            socket.close().unwrap();
            let fin = bench.segments();
            assert_eq!(fin[0].sequence, behind as u32, "{context}: the end");
            peer.acknowledge(&bench, &fin);
            let answer = peer.finish(&bench);
            assert_eq!(answer[0].sequence, (behind as u32).wrapping_add(1), "{context}");
            let syn = Segment::syn(here, there, peer.sequence.wrapping_add(1));
            let answer = bench.give(&syn).remove(0);
            assert_eq!(answer.control, TcpControl::Syn, "{context}");
            let distance = answer.sequence.wrapping_sub(peer.expects) as i32;
            assert!(distance > 65_535, "{context}: beyond all that may be on its way: {distance}");
        }
    }
}

#[test]
fn the_numbers_of_an_own_attempt_wrap() {
    for version in 0..2 {
        for number in [0xffff_fffe, 0xffff_ffff, 0u32] {
            let bench = Bench::new(small());
            let there = end(FAR[version], PORT);
            let connecting = || {
                let socket = bench.stream(family_of(FAR[version]));
                socket.bind((NEAR[version], 4000)).unwrap();
                assert!(failed(&socket.connect(there), Errno::EINPROGRESS));
                (socket, bench.segments().pop().expect("a SYN"))
            };
            let (_, syn) = connecting();
            let ticks = number.wrapping_sub(syn.sequence);
            bench.advance(Duration::from_micros(4 * u64::from(ticks)));
            let (socket, syn) = connecting();
            assert_eq!(syn.sequence, number);
            // What acknowledges too little or too much is answered with a reset, and ends nothing.
            for wrong in [number, number.wrapping_add(2)] {
                let answer = Segment::syn(syn.to, syn.from, 5);
                let answer = bench.give(&Segment { acknowledgement: Some(wrong), ..answer });
                assert_eq!(answer[0].control, TcpControl::Rst, "{number:#x}: {wrong:#x}");
            }
            let peer = Peer::accept(&bench, &syn);
            assert_eq!(bench.outcome(&socket), Ok(()), "{number:#x}");
            assert_eq!(peer.expects, number.wrapping_add(1));
            assert_eq!(socket.send(b"hello"), Ok(5));
            assert_eq!(bench.segments()[0].sequence, peer.expects, "{number:#x}");
        }
    }
}
