//! Peers that fall silent: keepalive, the user timeout, attempts to connect, FIN-WAIT-2.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(clippy::needless_range_loop, reason = "tables of versions")]

mod support;

use berkeley::{Errno, OptionLevel, OptionName, Shutdown, options};
use smoltcp::wire::TcpControl;

use support::*;

const TCP: OptionLevel = OptionLevel::TCP;

/// A connection that a client has opened.
fn accepted(bench: &Bench, version: usize) -> (BenchSocket, Peer) {
    let listener = bench.listener(NEAR[version], 80, 4);
    let peer = Peer::connect(bench, end(FAR[version], 1000), end(NEAR[version], 80));
    let (mut socket, _) = listener.accept().unwrap();
    socket.setblocking(false).unwrap();
    bench.take();
    (socket, peer)
}

fn set(socket: &BenchSocket, values: &[(OptionName, i32)]) {
    for (name, value) in values {
        socket.setsockopt(TCP, *name, *value).unwrap();
    }
}

/// When and what the stack has sent, in seconds from now.
fn sent(bench: &Bench, seconds_to_pass: u64) -> Vec<(u64, TcpControl)> {
    let start = bench.now();
    let sent = bench.pass(seconds(seconds_to_pass)).into_iter();
    sent.map(|(at, seen)| (at.saturating_duration_since(start).as_secs(), seen.control)).collect()
}

#[test]
fn a_silent_peer_is_probed_and_given_up() {
    use TcpControl::{None, Rst};
    for version in 0..2 {
        let bench = Bench::new(small());
        let (socket, peer) = accepted(&bench, version);
        set(
            &socket,
            &[(options::TCP_KEEPIDLE, 10), (options::TCP_KEEPINTVL, 3), (options::TCP_KEEPCNT, 2)],
        );
        assert_eq!(sent(&bench, 100), [], "not asked for");
        socket.set_option(options::KEEPALIVE, true).unwrap();
        let start = bench.now();
        let probes = bench.pass(seconds(11));
        let [(at, probe)] = &probes[..] else { panic!("{probes:?}") };
        assert_eq!(at.saturating_duration_since(start), seconds(10));
        assert_eq!(probe.sequence, peer.expects.wrapping_sub(1), "before what is expected");
        assert_eq!(probe.acknowledgement, Some(peer.sequence));
        assert_eq!((probe.control, probe.data.len()), (None, 0));
        // An answer begins anew.
        assert_eq!(bench.give(&peer.segment()), []);
        assert_eq!(sent(&bench, 15), [(10, None), (13, None)]);
        assert_eq!(sent(&bench, 5), [(1, Rst)]);
        assert!(failed(&socket.recv(&mut [0; 8]), Errno::ETIMEDOUT));
        assert_eq!(socket.recv(&mut [0; 8]), Ok(0));
        assert_eq!(sent(&bench, 100), []);
    }
}

#[test]
fn data_that_waits_for_an_answer_is_not_probed() {
    let bench = Bench::new(small());
    let (socket, mut peer) = accepted(&bench, 0);
    set(&socket, &[(options::TCP_KEEPIDLE, 10)]);
    socket.set_option(options::KEEPALIVE, true).unwrap();
    bench.pass(seconds(5));
    socket.send(b"lost").unwrap();
    let first = bench.segments();
    let repeated = bench.pass(seconds(20));
    assert!(repeated.iter().all(|(_, seen)| seen.data == b"lost"), "{repeated:?}");
    peer.acknowledge(&bench, &first);
    let probes = sent(&bench, 25);
    assert_eq!(probes.len(), 1, "{probes:?}");
}

#[test]
fn the_user_timeout_ends_what_is_unacknowledged() {
    // what keeps the peer from acknowledging: nothing is heard, or its window is closed
    for (version, closed_window) in [(0, false), (0, true), (1, false), (1, true)] {
        let bench = Bench::new(small());
        let (socket, peer) = accepted(&bench, version);
        set(&socket, &[(options::TCP_USER_TIMEOUT, 7500)]);
        assert!(bench.pass(seconds(1000)).is_empty(), "an idle connection goes on");
        if closed_window {
            bench.give(&Segment { window: 0, ..peer.segment() });
        }
        socket.send(b"first").unwrap();
        let mut elapsed = 0;
        for second in 1..20 {
            for (_, seen) in bench.pass(seconds(1)) {
                if closed_window && seen.control != TcpControl::Rst {
                    bench.give(&Segment { window: 0, ..peer.segment() });
                }
            }
            let answer = socket.recv(&mut [0; 8]);
            if !failed(&answer, Errno::EAGAIN) {
                assert!(failed(&answer, Errno::ETIMEDOUT), "{closed_window}: {answer:?}");
                elapsed = second;
                break;
            }
        }
        assert_eq!(elapsed, 8, "{closed_window}");
    }
    let bench = Bench::new(small());
    let (socket, mut peer) = accepted(&bench, 0);
    set(&socket, &[(options::TCP_USER_TIMEOUT, 7500)]);
    for _ in 0..5 {
        socket.send(b"more").unwrap();
        let first = bench.segments();
        bench.pass(seconds(5));
        peer.acknowledge(&bench, &first);
        assert!(failed(&socket.recv(&mut [0; 8]), Errno::EAGAIN), "there is progress");
    }
    socket.send(b"last").unwrap();
    bench.pass(millis(7400));
    assert!(failed(&socket.recv(&mut [0; 8]), Errno::EAGAIN));
    bench.pass(millis(200));
    assert!(failed(&socket.send(b"x"), Errno::ETIMEDOUT));
}

#[test]
fn an_attempt_is_repeated_as_often_as_it_may() {
    // repetitions, when they are sent, when it is given up
    for (count, repeated, end_of_it) in [(1, &[1][..], 3), (2, &[1, 3], 7), (4, &[1, 3, 7, 15], 31)]
    {
        let bench = Bench::new(small());
        let socket = bench.stream(family_of(FAR[0]));
        set(&socket, &[(options::TCP_SYNCNT, count)]);
        assert!(failed(&socket.connect((FAR[0], 9)), Errno::EINPROGRESS));
        assert_eq!(bench.segments().len(), 1);
        let times: Vec<_> = sent(&bench, end_of_it - 1).iter().map(|(at, _)| *at).collect();
        assert_eq!(times, repeated, "{count}");
        assert!(failed(&bench.outcome(&socket), Errno::EALREADY));
        assert_eq!(sent(&bench, 2), []);
        assert!(failed(&bench.outcome(&socket), Errno::ETIMEDOUT));
    }
}

#[test]
fn the_wait_for_the_peers_end_can_be_chosen() {
    // TCP_LINGER2, seconds after which the connection is known and not known any more
    for (value, known, forgotten) in [(5, 4, 6), (100, 99, 101), (0, 59, 61)] {
        for waited in [known, forgotten] {
            let bench = Bench::new(small());
            let (socket, mut peer) = accepted(&bench, 0);
            set(&socket, &[(options::TCP_LINGER2, value)]);
            socket.close().unwrap();
            let fin = bench.segments();
            peer.acknowledge(&bench, &fin);
            assert_eq!(sent(&bench, waited), []);
            let expected = if waited == known { TcpControl::None } else { TcpControl::Rst };
            let answer = peer.finish(&bench).pop().map(|seen| seen.control);
            assert_eq!(answer, Some(expected), "{value}, after {waited} s");
        }
    }
    // Below 0 there is no wait. Whether the end was acknowledged before the socket was closed.
    for before in [false, true] {
        let bench = Bench::new(small());
        let (socket, mut peer) = accepted(&bench, 0);
        set(&socket, &[(options::TCP_LINGER2, -1)]);
        socket.shutdown(Shutdown::WR).unwrap();
        let fin = bench.segments();
        let resets = if before {
            peer.acknowledge(&bench, &fin);
            socket.close().unwrap();
            bench.segments()
        } else {
            socket.close().unwrap();
            peer.acknowledge(&bench, &fin)
        };
        let controls: Vec<_> = resets.iter().map(|seen| seen.control).collect();
        assert_eq!(controls, [TcpControl::Rst], "{before}");
    }
}

#[test]
fn data_of_an_orphan_is_repeated_for_less_long() {
    // whether the socket is closed, seconds until the peer is given up
    for (closed, patience) in [(false, 924), (true, 102)] {
        let bench = Bench::new(small());
        let (socket, peer) = accepted(&bench, 0);
        socket.send(b"unheard").unwrap();
        let socket = if closed {
            socket.close().unwrap();
            None
        } else {
            Some(socket)
        };
        bench.pass(seconds(patience - 1));
        let probe = Segment { sequence: peer.sequence.wrapping_add(1), ..peer.segment() };
        let reset = Segment { control: TcpControl::Rst, ..probe };
        assert_eq!(bench.give(&reset).len(), 1, "challenged: it is known still");
        bench.pass(seconds(patience + 1));
        assert_eq!(bench.give(&probe).pop().map(|seen| seen.control), Some(TcpControl::Rst));
        drop(socket);
    }
}
