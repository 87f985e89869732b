//! What is left of a connection that the stack has closed: TIME-WAIT, FIN-WAIT-2, and who makes room.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(clippy::needless_range_loop, reason = "tables of versions")]

mod support;

use berkeley::{AddressFamily, Errno, Shutdown, options};
use berkeley_smoltcp::Capacity;
use smoltcp::wire::TcpControl;

use support::*;

const CLIENT: u16 = 1000;

/// A listener at port 80, and a connection from the client that the stack has begun to close and the
/// client has not: FIN-WAIT-2.
fn half_closed(bench: &Bench, version: usize) -> (BenchSocket, Peer) {
    let listener = bench.listener(NEAR[version], 80, 4);
    let mut peer = Peer::connect(bench, end(FAR[version], CLIENT), end(NEAR[version], 80));
    let (mut socket, _) = listener.accept().unwrap();
    socket.setblocking(false).unwrap();
    socket.close().unwrap();
    let fin = bench.segments();
    assert_eq!(fin.last().map(|fin| fin.control), Some(TcpControl::Fin));
    peer.acknowledge(bench, &fin);
    (listener, peer)
}

/// The same in TIME-WAIT.
fn closed(bench: &Bench, version: usize) -> (BenchSocket, Peer) {
    let (listener, mut peer) = half_closed(bench, version);
    let answer = peer.finish(bench);
    assert_eq!(answer.len(), 1, "{answer:?}");
    assert_eq!(answer[0].acknowledgement, Some(peer.sequence));
    (listener, peer)
}

/// The end of the peer once more.
fn again(peer: &Peer) -> Segment<'static> {
    let segment = peer.segment();
    Segment { control: TcpControl::Fin, sequence: peer.sequence.wrapping_sub(1), ..segment }
}

fn controls(seen: &[Seen]) -> Vec<TcpControl> {
    seen.iter().map(|seen| seen.control).collect()
}

#[test]
fn a_closed_connection_takes_no_slot() {
    for version in 0..2 {
        let bench = Bench::new(Capacity { connections: 1, ..small() });
        for (close, name) in [(half_closed as fn(&_, _) -> _, "FIN-WAIT-2"), (closed, "TIME-WAIT")]
        {
            let (listener, peer) = close(&bench, version);
            let mut other = Peer::connect(&bench, end(FAR[version], 2000), end(NEAR[version], 80));
            other.send(&bench, b"hello");
            let (socket, _) = listener.accept().unwrap();
            assert_eq!(socket.recv(&mut [0; 8]), Ok(5), "{name}");
            // The old one is known still.
            let keepalive = Segment { sequence: peer.sequence.wrapping_sub(2), ..peer.segment() };
            let answer = bench.give(&Segment { data: b"x", ..keepalive });
            assert_eq!(controls(&answer), [TcpControl::None], "{name}");
            bench.give(&Segment { control: TcpControl::Rst, ..other.segment() });
            bench.give(&Segment { control: TcpControl::Rst, ..peer.segment() });
        }
    }
}

#[test]
fn the_end_is_acknowledged_for_a_minute_after_the_last_time() {
    for version in 0..2 {
        let bench = Bench::new(small());
        let (_listener, peer) = closed(&bench, version);
        for _ in 0..3 {
            assert_eq!(bench.pass(seconds(59)), []);
            let answer = bench.give(&again(&peer));
            assert_eq!(controls(&answer), [TcpControl::None]);
            assert_eq!(answer[0].acknowledgement, Some(peer.sequence));
            assert_eq!(answer[0].sequence, peer.expects);
        }
        assert_eq!(bench.pass(seconds(61)), []);
        assert_eq!(controls(&bench.give(&again(&peer))), [TcpControl::Rst]);
    }
}

#[test]
fn a_peer_that_does_not_finish_is_waited_for_a_minute() {
    for version in 0..2 {
        for (waited, known) in [(59, true), (61, false)] {
            let bench = Bench::new(small());
            let (_listener, mut peer) = half_closed(&bench, version);
            assert_eq!(bench.pass(seconds(waited)), [], "nothing is said about it");
            let expected = if known { TcpControl::None } else { TcpControl::Rst };
            assert_eq!(controls(&peer.finish(&bench)), [expected], "after {waited} s");
            // The end has begun TIME-WAIT.
            bench.pass(seconds(59));
            assert_eq!(controls(&bench.give(&again(&peer))), [expected], "after {waited} s");
        }
    }
}

#[test]
fn data_after_closing_resets() {
    let bench = Bench::new(small());
    let (_listener, mut peer) = half_closed(&bench, 0);
    assert_eq!(controls(&peer.send(&bench, b"who reads this?")), [TcpControl::Rst]);
    // And the connection is forgotten.
    assert_eq!(controls(&peer.finish(&bench)), [TcpControl::Rst]);
}

#[test]
fn a_guessed_reset_ends_nothing() {
    for (close, name) in [(half_closed as fn(&_, _) -> _, "FIN-WAIT-2"), (closed, "TIME-WAIT")] {
        // distance from the right number, whether the connection is forgotten
        for (distance, forgotten) in [(1, false), (0, true)] {
            let bench = Bench::new(small());
            let (_listener, peer) = close(&bench, 0);
            let sequence = peer.sequence.wrapping_add(distance);
            let reset = Segment { control: TcpControl::Rst, sequence, ..peer.segment() };
            assert_eq!(bench.give(&reset), [], "{name}");
            let old = Segment { sequence: peer.sequence.wrapping_sub(1), ..peer.segment() };
            let expected = if forgotten { TcpControl::Rst } else { TcpControl::None };
            let answer = bench.give(&Segment { data: b"x", ..old });
            assert_eq!(controls(&answer), [expected], "{name}, {distance}");
        }
    }
}

#[test]
fn a_new_connection_takes_the_place_of_an_old_one() {
    for version in 0..2 {
        // how far its first number lies from what came next, whether somebody listens, whether it does
        for (ahead, listens, opens) in
            [(1, true, true), (0, true, false), (-5, true, false), (1, false, false)]
        {
            let bench = Bench::new(small());
            let (listener, peer) = closed(&bench, version);
            if !listens {
                listener.shutdown(Shutdown::RD).unwrap();
            }
            let first = peer.sequence.wrapping_add_signed(ahead);
            let answer = bench.give(&Segment::syn(peer.here, peer.there, first));
            let context = format!("{ahead}, {listens}");
            if opens {
                assert_eq!(controls(&answer), [TcpControl::Syn], "{context}");
                assert_eq!(answer[0].acknowledgement, Some(first.wrapping_add(1)));
                let distance = answer[0].sequence.wrapping_sub(peer.expects) as i32;
                assert!(distance > 65_535, "beyond all that may be on its way: {distance}");
                let (sequence, expects) =
                    (first.wrapping_add(1), answer[0].sequence.wrapping_add(1));
                let mut new = Peer { sequence, expects, ..peer };
                new.send(&bench, b"new");
                let (socket, _) = listener.accept().unwrap();
                assert_eq!(socket.recv(&mut [0; 8]), Ok(3));
            } else {
                assert_eq!(controls(&answer), [TcpControl::None], "{context}");
                assert_eq!(answer[0].acknowledgement, Some(peer.sequence), "{context}");
            }
        }
    }
}

#[test]
fn unread_data_outlives_its_connection() {
    for version in 0..2 {
        let bench = Bench::new(Capacity { connections: 2, ..small() });
        let listener = bench.listener(NEAR[version], 80, 4);
        let mut peer = Peer::connect(&bench, end(FAR[version], CLIENT), end(NEAR[version], 80));
        let (mut socket, _) = listener.accept().unwrap();
        socket.setblocking(false).unwrap();
        peer.send(&bench, b"unread");
        socket.shutdown(Shutdown::WR).unwrap();
        let fin = bench.segments();
        peer.acknowledge(&bench, &fin);
        peer.finish(&bench);
        assert!(failed(&socket.getpeername(), Errno::ENOTCONN));
        // A new connection between the same ends does not mind.
        let first = peer.sequence.wrapping_add(1);
        let answer = bench.give(&Segment::syn(peer.here, peer.there, first));
        assert_eq!(controls(&answer), [TcpControl::Syn]);
        bench.pass(seconds(3600));
        let mut buffer = [0; 8];
        assert_eq!(socket.recv(&mut buffer), Ok(6));
        assert_eq!(&buffer[..6], b"unread");
        assert_eq!(socket.recv(&mut buffer), Ok(0));
        assert_eq!(bench.pass(seconds(60)), [], "the old one has nothing to say");
    }
}

#[test]
fn the_address_is_taken_unless_both_reuse_it() {
    for version in 0..2 {
        // whether the old socket allowed it, whether the new one does
        for (old, new) in [(false, false), (true, false), (false, true), (true, true)] {
            let bench = Bench::new(small());
            let family = family_of(NEAR[version]);
            let listener = bench.stream(family);
            listener.set_option(options::REUSE_ADDRESS, old).unwrap();
            listener.bind((NEAR[version], 80)).unwrap();
            listener.listen(4).unwrap();
            let mut peer = Peer::connect(&bench, end(FAR[version], CLIENT), end(NEAR[version], 80));
            listener.accept().unwrap().0.close().unwrap();
            listener.close().unwrap();
            let fin = bench.segments();
            peer.acknowledge(&bench, &fin);
            let successor = bench.stream(family);
            successor.set_option(options::REUSE_ADDRESS, new).unwrap();
            for phase in ["FIN-WAIT-2", "TIME-WAIT"] {
                let probe = bench.stream(family);
                probe.set_option(options::REUSE_ADDRESS, new).unwrap();
                let outcome = probe.bind((NEAR[version], 80));
                assert_eq!(outcome.is_ok(), old && new, "{old} {new} {phase}");
                assert!(outcome.is_ok() || failed(&outcome, Errno::EADDRINUSE));
                drop(probe);
                peer.finish(&bench);
            }
            // Other addresses and ports are free, and this one is after a minute.
            assert_eq!(bench.stream(family).bind((NEAR[version], 81)), Ok(()));
            bench.pass(seconds(61));
            assert_eq!(successor.bind((NEAR[version], 80)), Ok(()));
        }
    }
}

#[test]
fn a_connection_to_the_same_end_comes_after_the_old_one() {
    for version in 0..2 {
        let bench = Bench::new(small());
        let there = end(FAR[version], 80);
        let (socket, syn) = bench.connecting(there);
        let mut peer = Peer::accept(&bench, &syn);
        let local = socket.getsockname().unwrap();
        socket.close().unwrap();
        let fin = bench.segments();
        peer.acknowledge(&bench, &fin);
        peer.finish(&bench);
        // A port of the stack's choice is another one.
        let (other, _) = bench.connecting(there);
        assert_ne!(other.getsockname().unwrap(), local);
        // Who wants this one must have been allowed to have it.
        let strict = bench.stream(family_of(FAR[version]));
        assert!(failed(&strict.bind(local), Errno::EADDRINUSE));
    }
    for version in 0..2 {
        let bench = Bench::new(small());
        let (family, there) = (family_of(FAR[version]), end(FAR[version], 80));
        let reusing = || {
            let socket = bench.stream(family);
            socket.set_option(options::REUSE_ADDRESS, true).unwrap();
            socket.bind((NEAR[version], 4000)).unwrap();
            assert!(failed(&socket.connect(there), Errno::EINPROGRESS));
            socket
        };
        let socket = reusing();
        let syn = bench.segments().pop().unwrap();
        let mut peer = Peer::accept(&bench, &syn);
        socket.close().unwrap();
        let fin = bench.segments();
        peer.acknowledge(&bench, &fin);
        peer.finish(&bench);
        let _socket = reusing();
        let syn = bench.segments().pop().unwrap();
        assert_eq!(syn.control, TcpControl::Syn);
        let distance = syn.sequence.wrapping_sub(peer.expects) as i32;
        assert!(distance > 65_535, "{distance}");
    }
}

#[test]
fn the_oldest_makes_room() {
    // places, which of three connections are known afterwards
    for (time_wait, known) in [(0, 0), (1, 1), (2, 2), (3, 3), (100, 3)] {
        let bench = Bench::new(Capacity { time_wait, ..small() });
        let listener = bench.listener(NEAR[0], 80, 4);
        let mut peers = Vec::new();
        for port in 0..3 {
            let mut peer = Peer::connect(&bench, end(FAR[0], CLIENT + port), end(NEAR[0], 80));
            listener.accept().unwrap().0.close().unwrap();
            let fin = bench.segments();
            peer.acknowledge(&bench, &fin);
            peer.finish(&bench);
            peers.push(peer);
            bench.pass(seconds(1));
        }
        for (age, peer) in peers.iter().rev().enumerate() {
            let expected = if age < known { TcpControl::None } else { TcpControl::Rst };
            let answer = bench.give(&again(peer));
            assert_eq!(controls(&answer), [expected], "{time_wait} places, {age} closed later");
        }
    }
}

/// Connections that the stack has closed with data on its way, the oldest first.
fn orphans(bench: &Bench, listener: &BenchSocket, count: u16) -> Vec<Peer> {
    let mut peers = Vec::new();
    for port in 0..count {
        let mut peer = Peer::connect(bench, end(FAR[0], CLIENT + port), end(NEAR[0], 80));
        let (socket, _) = listener.accept().unwrap();
        socket.send(b"unheard").unwrap();
        socket.close().unwrap();
        for segment in bench.segments() {
            let ends = u32::from(segment.control == TcpControl::Fin);
            peer.expects = peer.expects.wrapping_add(segment.data.len() as u32 + ends);
        }
        peers.push(peer);
        bench.pass(millis(10));
    }
    peers
}

#[test]
fn the_oldest_orphan_makes_room_and_is_told() {
    // whether the new connection is the stack's own
    for connects in [false, true] {
        let bench = Bench::new(Capacity { connections: 3, ..small() });
        let listener = bench.listener(NEAR[0], 80, 8);
        let live = Peer::connect(&bench, end(FAR[0], 1), end(NEAR[0], 80));
        let mut held = vec![listener.accept().unwrap().0];
        for (number, orphan) in orphans(&bench, &listener, 2).iter().enumerate() {
            let sent = if connects {
                let socket = bench.stream(AddressFamily::INET);
                assert!(failed(&socket.connect((FAR[0], 9)), Errno::EINPROGRESS));
                held.push(socket);
                bench.segments()
            } else {
                let (here, there) = (end(FAR[0], 9000 + number as u16), end(NEAR[0], 80));
                let answer = bench.give(&Segment::syn(here, there, 7)).pop().unwrap();
                let peer = Peer { here, there, sequence: 8, expects: answer.sequence + 1 };
                let sent = bench.give(&peer.segment());
                held.push(listener.accept().unwrap().0);
                sent
            };
            let reset = sent.iter().find(|seen| seen.control == TcpControl::Rst);
            let reset = reset.unwrap_or_else(|| panic!("{connects} {number}: {sent:?}"));
            assert_eq!((reset.to, reset.from), (orphan.here, orphan.there), "{number}");
            assert_eq!(reset.sequence, orphan.expects, "which the peer takes");
            assert_eq!(reset.acknowledgement, Some(orphan.sequence));
        }
        // Who is held is never taken.
        let socket = bench.stream(AddressFamily::INET);
        assert!(failed(&socket.connect((FAR[0], 9)), Errno::ENOBUFS));
        bench.give(&Segment { data: b"alive", ..live.segment() });
        assert_eq!(held[0].recv(&mut [0; 8]), Ok(5));
    }
}
