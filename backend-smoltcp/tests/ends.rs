//! How connections end, and what can still be read then.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(clippy::needless_range_loop, reason = "tables of versions")]

mod support;

use berkeley::{MessageFlags, Shutdown};
use smoltcp::wire::TcpControl;

use support::*;

#[test]
fn closing_tells_the_peer() {
    for version in 0..2 {
        let pair = Pair::new(1);
        let (near, far) = pair.connected(version, 7);
        near.sendall(b"last words").unwrap();
        near.close().unwrap();
        let mut buffer = [0; 16];
        assert_eq!(far.recv(&mut buffer), Ok(10));
        assert_eq!(far.recv(&mut buffer), Ok(0));
        let ends = pair.log.segments();
        assert!(ends.iter().any(|(way, seen)| *way == Way::Out && seen.control == TcpControl::Fin));

        // What was not read makes it a reset (RFC 2525, section 2.17).
        let (near, far) = pair.connected(version, 8);
        far.sendall(b"unread").unwrap();
        pair.pass(millis(10));
        near.close().unwrap();
        pair.pass(millis(10));
        assert!(failed(&far.recv(&mut buffer), Errno::ECONNRESET), "{}", FAR[version]);
    }
}

#[test]
fn closing_while_both_ends_open_tells_the_peer() {
    // Both SYNs cross; the socket is closed before the peer acknowledges ours.
    let bench = Bench::new(small());
    let (socket, syn) = bench.connecting(end(FAR[0], 80));
    let crossed = bench.give(&Segment::syn(syn.to, syn.from, 5));
    assert!(crossed.iter().any(|seen| seen.control == TcpControl::Syn), "{crossed:?}");
    socket.close().unwrap();
    let peer = Peer { here: syn.to, there: syn.from, sequence: 6, expects: syn.sequence + 1 };
    let told = bench.give(&peer.segment());
    assert!(told.iter().any(|seen| seen.control == TcpControl::Fin), "{told:?}");
}

#[test]
fn an_end_that_overtakes_data_is_not_lost() {
    for version in 0..2 {
        let bench = Bench::new(small());
        let listener = bench.listener(NEAR[version], 80, 1);
        let mut peer = Peer::connect(&bench, end(FAR[version], 1000), end(NEAR[version], 80));
        let (mut socket, _) = listener.accept().unwrap();
        socket.setblocking(false).unwrap();
        // The data is lost, the end arrives; then both are repeated, as they are until acknowledged.
        let behind = Peer { sequence: peer.sequence + 5, ..peer };
        bench.give(&Segment { control: TcpControl::Fin, ..behind.segment() });
        let mut buffer = [0; 8];
        assert!(failed(&socket.recv(&mut buffer), Errno::EAGAIN));
        peer.send(&bench, b"hello");
        assert_eq!(socket.recv(&mut buffer), Ok(5));
        let mut acknowledged = bench.pass(seconds(1));
        if acknowledged
            .last()
            .is_none_or(|(_, seen)| seen.acknowledgement != Some(peer.sequence + 1))
        {
            peer.finish(&bench);
            acknowledged = bench.pass(seconds(1));
        }
        assert_eq!(socket.recv(&mut buffer), Ok(0), "{acknowledged:?}");
    }
}

/// BSD's peers say their end again with each acknowledgement while both ends close: what it acknowledges
/// counts, although its number is old (Linux's `tcp_sequence`).
#[test]
fn what_is_said_again_acknowledges() {
    let (fin, psh) = (TcpControl::Fin, TcpControl::Psh);
    // What the peer says, and then again behind so many bytes that came before it; whether we end before
    // or after it.
    for (control, data, before, ends_first) in [
        (fin, &b""[..], 0, Some(true)), // CLOSING
        (fin, b"", 0, Some(false)),     // LAST-ACK
        (fin, b"", 0, None),            // CLOSE-WAIT
        (fin, b"data", 0, Some(true)),
        (fin, b"data", 3, Some(false)),
        (psh, b"data", 0, Some(true)), // FIN-WAIT-1
        (psh, b"data", 0, None),       // ESTABLISHED
        (psh, b"data", 3, None),
    ] {
        for version in 0..2 {
            let bench = Bench::new(small());
            let listener = bench.listener(NEAR[version], 80, 1);
            let mut peer = Peer::connect(&bench, end(FAR[version], 1000), end(NEAR[version], 80));
            let (socket, _) = listener.accept().unwrap();
            peer.send(&bench, b"before");
            bench.pass(seconds(1));
            let said = Segment { control, data, ..peer.segment() };
            socket.sendall(b"ours").unwrap();
            if ends_first == Some(true) {
                socket.shutdown(Shutdown::WR).unwrap();
            }
            bench.take();
            bench.give(&said);
            if ends_first == Some(false) {
                socket.shutdown(Shutdown::WR).unwrap();
            }
            bench.pass(millis(100)); // until it was acknowledged
            let data = [&b"before"[6 - before..], data].concat();
            let again = Segment {
                sequence: said.sequence.wrapping_sub(before as u32),
                acknowledgement: Some(peer.expects + 4 + u32::from(ends_first.is_some())),
                data: &data,
                ..said
            };
            bench.give(&again);
            // Nothing is unanswered: what we said is not repeated.
            let repeated = bench.pass(seconds(5));
            assert_eq!(repeated, [], "{control:?} {data:?} {ends_first:?}, version {version}");
        }
    }
}

#[test]
fn ends_and_losses_go_together() {
    for seed in 0..20 {
        // Without Ethernet: three lost requests in a row would be a dead neighbour.
        let options =
            LinkOptions { ethernet: false, loss: 300, reordering: 300, ..LinkOptions::default() };
        let pair = Pair::over(options, seed, Capacity::default(), Capacity::default());
        let (near, far) = pair.connected((seed % 2) as usize, 7);
        near.sendall(&pattern(5000, seed)).unwrap();
        near.shutdown(Shutdown::WR).unwrap();
        far.sendall(&pattern(3000, seed + 1)).unwrap();
        far.shutdown(Shutdown::WR).unwrap();
        for (socket, length, salt) in [(&far, 5000, seed), (&near, 3000, seed + 1)] {
            let mut received = Vec::new();
            let mut buffer = [0; 1000];
            loop {
                match socket.recv(&mut buffer) {
                    Ok(0) => break,
                    Ok(count) => received.extend_from_slice(&buffer[..count]),
                    Err(error) => panic!("seed {seed}: {error:?} after {} bytes", received.len()),
                }
            }
            assert!(received == pattern(length, salt), "seed {seed}: {} bytes", received.len());
        }
    }
}

#[test]
fn a_look_at_what_is_over_tells_the_error() {
    let peek = MessageFlags::PEEK;
    let bench = Bench::new(small());
    let listener = bench.listener(NEAR[0], 80, 1);
    let mut peer = Peer::connect(&bench, end(FAR[0], 1000), end(NEAR[0], 80));
    let (mut socket, _) = listener.accept().unwrap();
    socket.setblocking(false).unwrap();
    peer.send(&bench, b"data");
    bench.give(&Segment { control: TcpControl::Rst, ..peer.segment() });
    let mut buffer = [0; 8];
    assert_eq!(socket.recv_into(&mut buffer, 0, peek), Ok(4));
    assert_eq!(socket.recv(&mut buffer), Ok(4));
    assert!(failed(&socket.recv_into(&mut buffer, 0, peek), Errno::ECONNRESET));
    assert_eq!(socket.recv_into(&mut buffer, 0, peek), Ok(0));
    let fresh = bench.stream(AddressFamily::INET);
    assert!(failed(&fresh.recv_into(&mut buffer, 0, peek), Errno::ENOTCONN));
}

#[test]
fn unread_bytes_survive_time_wait() {
    for (version, passed) in [(0, 0), (0, 9), (0, 20), (0, 3600), (1, 20)] {
        let bench = Bench::new(small());
        let (socket, syn) = bench.connecting(end(FAR[version], 80));
        let mut peer = Peer::accept(&bench, &syn);
        assert_eq!(bench.outcome(&socket), Ok(()));
        socket.shutdown(Shutdown::WR).unwrap();
        let fin = bench.segments();
        assert!(fin.iter().any(|seen| seen.control == TcpControl::Fin), "{fin:?}");
        peer.acknowledge(&bench, &fin);
        peer.send(&bench, b"8 unread");
        peer.finish(&bench);
        bench.pass(seconds(passed));
        let mut buffer = [0; 16];
        assert_eq!(socket.recv(&mut buffer), Ok(8), "after {passed} s");
        assert_eq!(&buffer[..8], b"8 unread");
        for _ in 0..3 {
            assert_eq!(socket.recv(&mut buffer), Ok(0), "after {passed} s");
        }
    }
}

#[test]
fn a_reset_leaves_what_was_received() {
    for version in 0..2 {
        let bench = Bench::new(small());
        let listener = bench.listener(NEAR[version], 80, 1);
        let mut peer = Peer::connect(&bench, end(FAR[version], 1000), end(NEAR[version], 80));
        let (mut socket, _) = listener.accept().unwrap();
        socket.setblocking(false).unwrap();
        peer.send(&bench, b"8 unread");
        bench.give(&Segment { control: TcpControl::Rst, ..peer.segment() });
        let mut buffer = [0; 16];
        // As Linux's `tcp_recvmsg`: data, the error once, the end.
        assert_eq!(socket.recv(&mut buffer), Ok(8));
        assert_eq!(socket.recv(&mut buffer), Err(Errno::ECONNRESET.into()));
        assert_eq!(socket.recv(&mut buffer), Ok(0));
        assert!(failed(&socket.send(b"x"), Errno::EPIPE));
    }
}
