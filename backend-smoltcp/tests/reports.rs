//! What routers and hosts report about the segments of connections.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(clippy::needless_range_loop, reason = "tables of versions")]

mod support;

use berkeley::{Errno, OptionLevel, options};
use support::target::{Target, icmp};
use support::*;

/// A message that quotes this segment.
fn report(version: usize, (kind, code): (u8, u8), rest: u32, segment: &Segment<'_>) -> Vec<u8> {
    let packet = segment.packet();
    let header = if version == 0 { 20 } else { 40 };
    icmp(version, kind, code, &[&rest.to_be_bytes()[..], &packet[..header + 8]].concat())
}

/// A connection whose user is less patient than most, and its peer.
fn connected(bench: &Bench, version: usize) -> (BenchSocket, Peer) {
    let (socket, syn) = bench.connecting(end(FAR[version], 80));
    let peer = Peer::accept(bench, &syn);
    bench.take();
    socket.setsockopt(OptionLevel::TCP, options::TCP_USER_TIMEOUT, 5000).unwrap();
    (socket, peer)
}

#[test]
fn a_report_ends_an_attempt_and_is_remembered_by_a_connection() {
    let of_inet: [((u8, u8), Option<Errno>); 8] = [
        ((3, 0), Some(Errno::ENETUNREACH)),
        ((3, 1), Some(Errno::EHOSTUNREACH)),
        ((3, 3), Some(Errno::ECONNREFUSED)),
        ((3, 13), Some(Errno::EHOSTUNREACH)),
        ((11, 0), Some(Errno::EHOSTUNREACH)),
        ((12, 0), Some(Errno::EPROTO)),
        ((3, 4), None), // too long
        ((4, 0), None), // source quench (RFC 6633)
    ];
    let of_inet6 = [
        ((1, 0), Some(Errno::ENETUNREACH)),
        ((1, 1), Some(Errno::EACCES)),
        ((1, 3), Some(Errno::EHOSTUNREACH)),
        ((1, 4), Some(Errno::ECONNREFUSED)),
        ((3, 0), Some(Errno::EHOSTUNREACH)),
        ((4, 1), Some(Errno::EPROTO)),
        ((2, 0), None),
        ((100, 0), None),
    ];
    for (version, rows) in [of_inet, of_inet6].into_iter().enumerate() {
        for (kind, error) in rows {
            let bench = Bench::new(small());
            let (socket, syn) = bench.connecting(end(FAR[version], 80));
            let quoted = Segment::syn(syn.from, syn.to, syn.sequence);
            bench.inject(&report(version, kind, 1400, &quoted));
            let outcome = bench.outcome(&socket);
            assert!(failed(&outcome, error.unwrap_or(Errno::EALREADY)), "{kind:?} {outcome:?}");

            let bench = Bench::new(small());
            let (socket, peer) = connected(&bench, version);
            socket.send(b"lost").unwrap();
            bench.take();
            let quoted = Segment::new(peer.there, peer.here, peer.expects);
            bench.inject(&report(version, kind, 1400, &quoted));
            assert!(failed(&socket.recv(&mut [0; 8]), Errno::EAGAIN), "{kind:?}: it goes on");
            bench.pass(seconds(6));
            let outcome = socket.recv(&mut [0; 8]);
            assert!(failed(&outcome, error.unwrap_or(Errno::ETIMEDOUT)), "{kind:?} {outcome:?}");
        }
    }
}

#[test]
fn only_what_is_under_way_can_be_reported() {
    for version in 0..2 {
        let kind = [(3, 1), (1, 3)][version];
        // distance from the oldest byte that is not acknowledged, of 100 that are sent; whether it counts
        for (distance, counts) in
            [(0, true), (99, true), (100, true), (101, false), (-1, false), (1 << 30, false)]
        {
            let bench = Bench::new(small());
            let (socket, mut peer) = connected(&bench, version);
            socket.send(&[1; 50]).unwrap();
            let first = bench.segments();
            peer.acknowledge(&bench, &first);
            socket.send(&[2; 100]).unwrap();
            bench.take();
            let number = peer.expects.wrapping_add_signed(distance);
            let quoted = Segment::new(peer.there, peer.here, number);
            bench.inject(&report(version, kind, 0, &quoted));
            bench.pass(seconds(6));
            let expected = if counts { Errno::EHOSTUNREACH } else { Errno::ETIMEDOUT };
            let outcome = socket.recv(&mut [0; 8]);
            assert!(failed(&outcome, expected), "{distance}: {outcome:?}");
        }
    }
}

#[test]
fn a_report_is_forgotten_when_the_peer_is_heard_again() {
    let bench = Bench::new(small());
    let (socket, mut peer) = connected(&bench, 0);
    socket.send(b"lost").unwrap();
    let sent = bench.segments();
    let quoted = Segment::new(peer.there, peer.here, peer.expects);
    bench.inject(&report(0, (3, 1), 0, &quoted));
    peer.acknowledge(&bench, &sent);
    socket.send(b"lost too").unwrap();
    bench.pass(seconds(6));
    assert!(failed(&socket.recv(&mut [0; 8]), Errno::ETIMEDOUT));
}

#[test]
fn segments_become_as_short_as_the_path_wants() {
    for version in 0..2 {
        let (kind, headers) = [((3, 4), 40), ((2, 0), 60)][version];
        let least = [552, 1280][version];
        // what the path carries, the packets that are sent then
        for (path, longest) in [(1400, 1400), (0, least), (9000, 1500), (1499, 1499)] {
            let bench = Bench::new(small());
            let (socket, mut peer) = connected(&bench, version);
            socket.send(&[1; 3000]).unwrap();
            bench.take(); // lost in the path
            let quoted = Segment::new(peer.there, peer.here, peer.expects);
            bench.inject(&report(version, kind, path, &quoted));
            let (first, mut most) = (peer.expects, 0);
            let mut sent = Vec::new();
            while peer.expects.wrapping_sub(first) < 3000 {
                if sent.is_empty() {
                    sent = bench.pass(seconds(2)).into_iter().map(|(_, seen)| seen).collect();
                }
                let longest = sent.iter().map(|seen| seen.data.len()).max();
                most = most.max(longest.expect("it goes on"));
                sent = peer.acknowledge(&bench, &sent);
            }
            assert_eq!(most as u32 + headers, longest, "{path}");
        }
    }
}

#[test]
fn a_connection_whose_neighbour_is_gone_says_so_in_the_end() {
    // whether somebody waits for an answer, or keepalive finds out
    for sends in [true, false] {
        let target = Target::new(0);
        let (bench, socket) = (&target.bench, &target.socket);
        let tcp = OptionLevel::TCP;
        if sends {
            socket.setsockopt(tcp, options::TCP_USER_TIMEOUT, 600_000).unwrap();
        } else {
            socket.setsockopt(tcp, options::TCP_KEEPIDLE, 600).unwrap();
            socket.setsockopt(tcp, options::TCP_KEEPCNT, 2).unwrap();
            socket.set_option(options::KEEPALIVE, true).unwrap();
        }
        bench.advance(seconds(100)); // the neighbour's address is not certain any more
        if sends {
            socket.send(b"lost").unwrap();
        }
        bench.advance(seconds(1000));
        let outcome = socket.recv(&mut [0; 8]);
        assert!(failed(&outcome, Errno::EHOSTUNREACH), "{sends}: {outcome:?}");
        assert_eq!(socket.recv(&mut [0; 8]), Ok(0));
    }
}
