//! Segments that somebody else may have forged: what they are answered, how often, and that nobody
//! learns anything from it (RFC 5961, CVE-2016-5696).
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use smoltcp::wire::TcpControl;

use support::*;

/// What a segment comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Outcome {
    Silence,
    /// An acknowledgement that says where the connection is.
    Challenge,
    /// The connection is over.
    End,
}

use Outcome::{Challenge, End, Silence};

/// A connection that was accepted, and its peer.
fn accepted(bench: &Bench, version: usize, port: u16) -> (BenchSocket, Peer) {
    let listener = bench.listener(NEAR[version], port, 1);
    let peer = Peer::connect(bench, end(FAR[version], port), end(NEAR[version], port));
    let (mut socket, _) = listener.accept().unwrap();
    socket.setblocking(false).unwrap();
    bench.take();
    (socket, peer)
}

/// The challenge of a connection with this peer.
fn is_challenge(seen: &Seen, peer: &Peer) -> bool {
    (seen.control, seen.data.len()) == (TcpControl::None, 0)
        && (seen.sequence, seen.acknowledgement) == (peer.expects, Some(peer.sequence))
}

fn reset<'a>(peer: &Peer, distance: i32) -> Segment<'a> {
    let sequence = peer.sequence.wrapping_add_signed(distance);
    Segment { control: TcpControl::Rst, acknowledgement: None, sequence, ..peer.segment() }
}

#[test]
fn only_the_exact_number_resets() {
    const WINDOW: i32 = 4096;
    let syn = TcpControl::Syn;
    // what comes, how far from the number that is next, an acknowledgement in it, what it comes to
    for (control, distance, acknowledges, outcome) in [
        (TcpControl::Rst, 0, false, End),
        (TcpControl::Rst, 0, true, End),
        (TcpControl::Rst, 1, false, Challenge),
        (TcpControl::Rst, 1, true, Challenge),
        (TcpControl::Rst, WINDOW - 1, false, Challenge),
        (TcpControl::Rst, WINDOW, false, Silence), // section 3.2: outside it is dropped
        (TcpControl::Rst, -1, false, Silence),
        (TcpControl::Rst, 1 << 30, false, Silence),
        (TcpControl::Rst, i32::MIN, false, Silence),
        (syn, 0, false, Challenge), // section 4.2: whatever its number is
        (syn, 1, false, Challenge),
        (syn, -1, false, Challenge),
        (syn, 1 << 30, false, Challenge),
        (syn, 0, true, Challenge),
        (syn, -1, true, Challenge), // the peer has missed our acknowledgement of its SYN|ACK
        (TcpControl::None, -1, true, Challenge), // a keepalive
        (TcpControl::None, WINDOW + 9, true, Challenge), // RFC 9293, section 3.10.7.4
        (TcpControl::None, 1 << 30, true, Challenge),
    ] {
        for version in 0..2 {
            let bench = Bench::new(small());
            let (socket, mut peer) = accepted(&bench, version, 80);
            let segment = Segment {
                control,
                sequence: peer.sequence.wrapping_add_signed(distance),
                acknowledgement: acknowledges.then_some(peer.expects),
                ..peer.segment()
            };
            let answer = bench.give(&segment);
            let row = format!("{control:?} {distance} {acknowledges} {answer:?}");
            assert_eq!(answer.len(), usize::from(outcome == Challenge), "{row}");
            assert!(answer.iter().all(|seen| is_challenge(seen, &peer)), "{row}");
            let mut buffer = [0; 8];
            if outcome == End {
                assert!(failed(&socket.recv(&mut buffer), Errno::ECONNRESET), "{row}");
                continue;
            }
            peer.send(&bench, b"goes on");
            assert_eq!(socket.recv(&mut buffer), Ok(7), "{row}");
            // Who meant it knows the number now.
            bench.give(&reset(&peer, 0));
            assert!(failed(&socket.recv(&mut buffer), Errno::ECONNRESET), "{row}");
        }
    }
}

/// How often each of these segments, one in each of 20,000 milliseconds, is answered, and the pauses in
/// between.
fn pauses(bench: &Bench, segment: &Segment<'_>) -> Vec<u64> {
    let mut times = Vec::new();
    for _ in 0..20_000 {
        bench.advance(millis(1));
        if !bench.give(segment).is_empty() {
            times.push(bench.now());
        }
    }
    let since = |pair: &[Instant]| pair[1].saturating_duration_since(pair[0]).as_millis() as u64;
    times.windows(2).map(since).collect()
}

#[test]
fn answers_are_half_a_second_apart_and_more() {
    type Make = fn(&Bench) -> (Option<BenchSocket>, Segment<'static>);
    // what is there, and what comes for it again and again
    let rows: [(&str, Make); 6] = [
        ("resets for a connection", |bench| {
            let (socket, peer) = accepted(bench, 0, 80);
            (Some(socket), reset(&peer, 9))
        }),
        ("openings for a connection", |bench| {
            let (socket, peer) = accepted(bench, 0, 80);
            (Some(socket), Segment::syn(peer.here, peer.there, 7))
        }),
        ("openings for one in TIME-WAIT", |bench| {
            let (socket, mut peer) = accepted(bench, 0, 80);
            drop(socket);
            let ended = bench.segments();
            peer.acknowledge(bench, &ended);
            peer.finish(bench);
            (None, Segment { sequence: peer.sequence.wrapping_sub(9), ..peer.segment() })
        }),
        ("openings for one in FIN-WAIT-2", |bench| {
            let (socket, mut peer) = accepted(bench, 0, 80);
            drop(socket);
            let ended = bench.segments();
            peer.acknowledge(bench, &ended);
            (None, Segment { sequence: peer.sequence.wrapping_sub(9), ..peer.segment() })
        }),
        ("openings for one that is half open", |bench| {
            let listener = bench.listener(NEAR[0], 80, 1);
            let syn = Segment::syn(end(FAR[0], 1000), end(NEAR[0], 80), 7);
            bench.give(&syn);
            (Some(listener), syn)
        }),
        ("openings with another number for one that is half open", |bench| {
            let listener = bench.listener(NEAR[0], 80, 1);
            let syn = Segment::syn(end(FAR[0], 1000), end(NEAR[0], 80), 7);
            bench.give(&syn);
            (Some(listener), Segment { sequence: 70_000, ..syn })
        }),
    ];
    for (name, make) in rows {
        let bench = Bench::new(small());
        let (_held, segment) = make(&bench);
        let pauses = pauses(&bench, &segment);
        assert!((19..40).contains(&pauses.len()), "{name}: {pauses:?}");
        assert!(pauses.iter().all(|pause| (500..1012).contains(pause)), "{name}: {pauses:?}");
        // How long one takes does not say how long the next one will.
        let mut different = pauses.clone();
        different.sort_unstable();
        different.dedup();
        assert!(different.len() > pauses.len() / 2, "{name}: {pauses:?}");
    }
}

/// The attack on a limit that all connections share: guess at somebody else's connection, then count
/// what is left of the limit on an own one. It learns which guesses are right when the counts differ.
#[test]
fn the_answers_of_one_connection_say_nothing_about_another() {
    let counts = [true, false].map(|right| {
        let bench = Bench::new(small());
        let (victim, at_victim) = accepted(&bench, 0, 80);
        let (_own, at_own) = accepted(&bench, 0, 81);
        let mut counted = 0;
        for _ in 0..50 {
            for guess in 0..200 {
                // With the right ends and a number in the window; or for ends that have no connection.
                let forged = Segment {
                    from: end(FAR[0], if right { 80 } else { 9000 }),
                    ..reset(&at_victim, 1 + guess)
                };
                bench.give(&forged);
            }
            counted += bench.give(&reset(&at_own, 9)).len();
            bench.advance(millis(100));
        }
        assert!(failed(&victim.recv(&mut [0; 8]), Errno::EAGAIN));
        counted
    });
    assert_eq!(counts[0], counts[1]);
    assert!(counts[0] >= 5, "{counts:?}");
}

#[test]
fn refusals_are_limited_for_each_who_asks() {
    for version in 0..2 {
        let bench = Bench::new(small());
        let everywhere = Cidr::new(ip(["0.0.0.0", "::"][version]), 0).unwrap();
        bench.stack().add_route(everywhere, ip(FAR[version]), bench.interface).unwrap();
        let refused = |from: &str, count: u16| {
            let number = |port| Segment::syn(end(from, port), end(NEAR[version], 9), 5);
            (1..=count).map(|port| bench.give(&number(port)).len()).sum::<usize>()
        };
        // A client that has made a mistake, or scans, is told at once.
        assert_eq!(refused(FAR[version], 100), 100);
        // Whoever asks more often, or another in his name, is not.
        let flood = refused(FAR[version], 5000);
        assert!((50..400).contains(&flood), "{flood}");
        // Few others share his limit, and nobody knows who.
        let others = (1..=100).map(|number| match version {
            0 => format!("198.51.100.{number}"),
            _ => format!("2001:db8:{number}::1"),
        });
        let told: usize = others.map(|other| refused(&other, 1)).sum();
        assert!(told > 80, "{told}");
        bench.advance(seconds(1));
        assert_eq!(refused(FAR[version], 100), 100);
    }
}

#[test]
fn refusals_say_what_they_refuse() {
    let (here, there) = (end(FAR[0], 1000), end(NEAR[0], 9));
    let segment = |control, acknowledgement, data| Segment {
        control,
        acknowledgement,
        data,
        ..Segment::new(here, there, 100)
    };
    // what comes, with which acknowledgement and data; number and acknowledgement of the answer
    for (control, acknowledgement, data, answer) in [
        (TcpControl::Syn, None, &b""[..], Some((0, Some(101)))),
        (TcpControl::None, Some(7), b"", Some((7, None))),
        (TcpControl::Psh, Some(7), b"data", Some((7, None))),
        (TcpControl::Fin, Some(7), b"", Some((7, None))),
        (TcpControl::None, None, b"data", Some((0, Some(104)))),
        (TcpControl::Rst, None, b"", None), // never answered
        (TcpControl::Rst, Some(7), b"", None),
    ] {
        let bench = Bench::new(small());
        let seen = bench.give(&segment(control, acknowledgement, data));
        let found = seen.first().map(|seen| (seen.sequence, seen.acknowledgement));
        assert_eq!(found, answer, "{control:?} {acknowledgement:?}");
        let is_bare = |seen: &Seen| seen.control == TcpControl::Rst && seen.packet.len() == 40;
        assert!(seen.len() < 2 && seen.iter().all(is_bare), "{seen:?}");
    }
}
