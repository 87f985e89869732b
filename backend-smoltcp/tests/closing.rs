//! Closing in every state, and listeners that close while clients knock: what is on the wire then.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(clippy::needless_range_loop, reason = "tables of versions")]

mod support;

use berkeley::{Errno, Shutdown, options};
use smoltcp::wire::TcpControl;

use support::*;

/// How a socket is closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum How {
    Plainly,
    /// Lingering for 0 seconds.
    AtOnce,
    /// With data that was not read.
    Unread,
}

/// A connection that has been brought into a state, and what it still has to receive.
struct Reached {
    socket: BenchSocket,
    peer: Peer,
}

fn established(bench: &Bench) -> Reached {
    let listener = bench.listener(NEAR[0], 80, 4);
    let peer = Peer::connect(bench, end(FAR[0], 1000), end(NEAR[0], 80));
    let (mut socket, _) = listener.accept().unwrap();
    socket.setblocking(false).unwrap();
    Reached { socket, peer }
}

fn shut_down(bench: &Bench, reached: &mut Reached, acknowledged: bool) {
    reached.socket.shutdown(Shutdown::WR).unwrap();
    let fin = bench.segments();
    if acknowledged {
        reached.peer.acknowledge(bench, &fin);
    }
}

/// Brings a connection into a state, by name.
fn reach(bench: &Bench, state: &str) -> Reached {
    if let "SYN-SENT" | "SYN-RECEIVED" = state {
        let (socket, syn) = bench.connecting(end(FAR[0], 80));
        let (here, there) = (syn.to, syn.from);
        let peer = Peer { here, there, sequence: 501, expects: syn.sequence.wrapping_add(1) };
        if state == "SYN-RECEIVED" {
            bench.give(&Segment::syn(here, there, 500));
        }
        return Reached { socket, peer };
    }
    let mut reached = established(bench);
    match state {
        "ESTABLISHED" => {}
        "FIN-WAIT-1" => shut_down(bench, &mut reached, false),
        "FIN-WAIT-2" => shut_down(bench, &mut reached, true),
        "CLOSE-WAIT" => drop(reached.peer.finish(bench)),
        "CLOSING" => {
            shut_down(bench, &mut reached, false);
            reached.peer.finish(bench);
        }
        "LAST-ACK" => {
            reached.peer.finish(bench);
            shut_down(bench, &mut reached, false);
        }
        "TIME-WAIT" => {
            shut_down(bench, &mut reached, true);
            reached.peer.finish(bench);
        }
        _ => panic!("{state}"),
    }
    reached
}

/// Linux's `tcp_close` and `tcp_disconnect`.
#[test]
fn closing_says_what_the_state_wants() {
    use How::{AtOnce, Plainly, Unread};
    let (fin, rst) = (Some(TcpControl::Fin), Some(TcpControl::Rst));
    // state, how, what is sent
    for (state, how, said) in [
        ("SYN-SENT", Plainly, None),
        ("SYN-SENT", AtOnce, None),
        ("SYN-RECEIVED", AtOnce, rst),
        ("ESTABLISHED", Plainly, fin),
        ("ESTABLISHED", AtOnce, rst),
        ("ESTABLISHED", Unread, rst),
        ("FIN-WAIT-1", Plainly, None),
        ("FIN-WAIT-1", AtOnce, rst),
        ("FIN-WAIT-1", Unread, rst),
        ("FIN-WAIT-2", Plainly, None),
        ("FIN-WAIT-2", AtOnce, rst),
        ("FIN-WAIT-2", Unread, rst),
        ("CLOSE-WAIT", Plainly, fin),
        ("CLOSE-WAIT", AtOnce, rst),
        ("CLOSE-WAIT", Unread, rst),
        ("CLOSING", Plainly, None),
        ("CLOSING", AtOnce, None), // both ends are said
        ("CLOSING", Unread, rst),
        ("LAST-ACK", Plainly, None),
        ("LAST-ACK", AtOnce, None),
        ("LAST-ACK", Unread, rst),
        ("TIME-WAIT", Plainly, None),
        ("TIME-WAIT", AtOnce, None),
        ("TIME-WAIT", Unread, None), // the connection is over
    ] {
        let bench = Bench::new(small());
        let socket = if how == Unread {
            // The data comes before the state.
            let mut reached = established(&bench);
            reached.peer.send(&bench, b"never read");
            bring(&bench, &mut reached, state);
            reached.socket
        } else {
            reach(&bench, state).socket
        };
        if how == AtOnce {
            socket.set_option(options::LINGER, Some(core::time::Duration::ZERO)).unwrap();
        }
        bench.take();
        socket.close().unwrap();
        let sent = bench.segments();
        let said_now = sent.first().map(|seen| seen.control);
        assert_eq!(said_now, said, "{state} {how:?}: {sent:?}");
        assert!(sent.len() <= 1, "{state} {how:?}: {sent:?}");
    }
}

/// The same for a connection that stands already.
fn bring(bench: &Bench, reached: &mut Reached, state: &str) {
    let ours_first = matches!(state, "FIN-WAIT-1" | "FIN-WAIT-2" | "CLOSING" | "TIME-WAIT");
    let theirs = matches!(state, "CLOSE-WAIT" | "CLOSING" | "LAST-ACK" | "TIME-WAIT");
    let acknowledged = matches!(state, "FIN-WAIT-2" | "TIME-WAIT");
    if ours_first {
        shut_down(bench, reached, acknowledged);
    }
    if theirs {
        reached.peer.finish(bench);
    }
    if state == "LAST-ACK" {
        shut_down(bench, reached, false);
    }
}

/// A program may close what it is still opening: the end follows the handshake.
#[test]
fn an_end_in_syn_received_is_said_later() {
    let bench = Bench::new(small());
    let Reached { socket, peer } = reach(&bench, "SYN-RECEIVED");
    bench.take();
    socket.close().unwrap();
    assert_eq!(bench.segments(), []);
    let sent = bench.give(&peer.segment());
    assert_eq!(sent.iter().map(|seen| seen.control).collect::<Vec<_>>(), [TcpControl::Fin]);
    // One that is never answered is given up.
    let bench = Bench::new(small());
    let Reached { socket, peer } = reach(&bench, "SYN-RECEIVED");
    socket.close().unwrap();
    bench.pass(seconds(200));
    bench.take();
    let answer = bench.give(&peer.segment());
    assert_eq!(answer.iter().map(|seen| seen.control).collect::<Vec<_>>(), [TcpControl::Rst]);
}

#[test]
fn a_listener_that_ends_takes_its_clients_along() {
    // whether the listener is closed or shut down
    for version in 0..2 {
        for closed in [true, false] {
            let bench = Bench::new(small());
            let listener = bench.listener(NEAR[version], 80, 4);
            let there = end(NEAR[version], 80);
            let waiting = Peer::connect(&bench, end(FAR[version], 1), there);
            let mut with_data = Peer::connect(&bench, end(FAR[version], 2), there);
            with_data.send(&bench, b"hello");
            let mut ended = Peer::connect(&bench, end(FAR[version], 3), there);
            ended.finish(&bench);
            let half_open =
                bench.give(&Segment::syn(end(FAR[version], 4), there, 99)).pop().unwrap();
            bench.take();
            let kept = if closed {
                listener.close().unwrap();
                None
            } else {
                listener.shutdown(Shutdown::RD).unwrap();
                Some(listener)
            };
            let sent = bench.segments();
            for peer in [waiting, with_data, ended] {
                let to_it: Vec<_> = sent.iter().filter(|seen| seen.to == peer.here).collect();
                let [reset] = to_it[..] else { panic!("{to_it:?}") };
                assert_eq!(reset.control, TcpControl::Rst, "{closed}");
                assert_eq!(reset.sequence, peer.expects, "{closed}");
            }
            // Who was half way finds nobody.
            let peer = Peer {
                here: half_open.to,
                there,
                sequence: 100,
                expects: half_open.sequence.wrapping_add(1),
            };
            let answer = bench.give(&peer.segment());
            assert_eq!(answer.first().map(|seen| seen.control), Some(TcpControl::Rst), "{closed}");
            assert_eq!(bench.pass(seconds(200)), [], "and nothing is repeated");
            drop(kept);
        }
    }
}

/// Whoever connects to a listener that ends meanwhile is told, whenever that happens.
#[test]
fn a_client_of_a_listener_that_ends_is_told() {
    // milliseconds after the client's SYN, which takes 20 each way; what the client is told
    for (after, errno) in [
        (10, Errno::ECONNREFUSED), // before the SYN arrives
        (30, Errno::ECONNRESET),   // half open: the acknowledgement is refused
        (50, Errno::ECONNRESET),   // the acknowledgement is on its way
        (70, Errno::ECONNRESET),   // waiting to be accepted
    ] {
        for version in 0..2 {
            // Without Ethernet nobody has to be looked up first.
            let latency = millis(20);
            let link = LinkOptions { ethernet: false, latency, ..LinkOptions::default() };
            let pair = Pair::over(link, 1, small(), small());
            let listener = pair.listener(FAR[version], 80, 5);
            let mut client = pair.near.stream(family_of(FAR[version])).unwrap();
            client.setblocking(false).unwrap();
            assert!(failed(&client.connect((FAR[version], 80)), Errno::EINPROGRESS));
            pair.pass(millis(after));
            listener.close().unwrap();
            pair.pass(seconds(1));
            let outcome = client.backend().connect_outcome(client.handle());
            assert!(failed(&outcome, errno), "{after} ms: {outcome:?}");
        }
    }
}

/// An attempt that is shut down is over, and the socket as new (row 3.3).
#[test]
fn an_attempt_that_is_shut_down_makes_room_for_the_next() {
    let bench = Bench::new(small());
    let (socket, first) = bench.connecting(end(FAR[0], 80));
    socket.shutdown(Shutdown::WR).unwrap();
    assert!(failed(&socket.connect((FAR[0], 81)), Errno::EINPROGRESS));
    let syn = bench.segments().pop().unwrap();
    assert_eq!((syn.control, syn.to.port()), (TcpControl::Syn, 81));
    // The answer to the first attempt is for nobody.
    let late = Segment::syn(first.to, first.from, 9);
    let late = Segment { acknowledgement: Some(first.sequence.wrapping_add(1)), ..late };
    assert_eq!(bench.give(&late).first().map(|seen| seen.control), Some(TcpControl::Rst));
}

/// A connection that is over before the program knew of it is told of once, and the socket is as new
/// (Linux's `__inet_stream_connect`).
#[test]
fn the_next_connect_says_that_an_attempt_is_over() {
    // what is done with a connection that stands before it is reset, what connect says to it twice
    for (before, outcomes) in [
        ("nothing", [Errno::ECONNRESET, Errno::EINPROGRESS]),
        ("data, unread", [Errno::ECONNRESET, Errno::EINPROGRESS]),
        ("the error is fetched", [Errno::ECONNABORTED, Errno::EINPROGRESS]),
        ("connect", [Errno::EISCONN; 2]),
        ("shutdown", [Errno::EISCONN; 2]), // says that it stands, as connect does (`inet_shutdown`)
    ] {
        let bench = Bench::new(small());
        let (socket, syn) = bench.connecting(end(FAR[0], 80));
        let mut peer = Peer::accept(&bench, &syn);
        match before {
            "data, unread" => drop(peer.send(&bench, b"never read")),
            "connect" => socket.connect((FAR[0], 80)).unwrap(),
            "shutdown" => socket.shutdown(Shutdown::RD).unwrap(),
            _ => {}
        }
        bench.give(&Segment { control: TcpControl::Rst, ..peer.segment() });
        if before == "the error is fetched" {
            assert!(failed(&socket.send(b"x"), Errno::ECONNRESET));
        }
        let again = socket.connect((FAR[0], 81));
        assert!(failed(&again, outcomes[0]), "{before}: {again:?}");
        let forgotten = socket.getsockname().unwrap().ip() == Some(ip("0.0.0.0"));
        assert_eq!(forgotten, outcomes[1] == Errno::EINPROGRESS, "{before}");
        let again = socket.connect((FAR[0], 81));
        assert!(failed(&again, outcomes[1]), "{before}: {again:?}");
    }
}

/// Who has shut down both halves takes no more data: a peer that sends some is reset, and the program
/// is told (Linux's `tcp_rcv_state_process`).
#[test]
fn data_for_a_connection_that_is_shut_down_resets_it() {
    let (reset, ordinary) = (Some(Errno::ECONNRESET.into()), None);
    // what is shut down, what comes of data
    for (how, sent, error) in [
        (Shutdown::RDWR, TcpControl::Rst, reset),
        (Shutdown::RD, TcpControl::None, ordinary), // thrown away
    ] {
        let bench = Bench::new(small());
        let Reached { socket, mut peer } = established(&bench);
        socket.shutdown(how).unwrap();
        let ended = bench.segments();
        peer.acknowledge(&bench, &ended);
        let mut answer = peer.send(&bench, b"too late");
        answer.extend(bench.pass(seconds(1)).into_iter().map(|(_, seen)| seen));
        let controls: Vec<_> = answer.iter().map(|seen| seen.control).collect();
        assert_eq!(controls.last(), Some(&sent), "{how:?}: {answer:?}");
        assert_eq!(socket.option(options::ERROR), Ok(error), "{how:?}");
        assert_eq!(socket.recv(&mut [0; 8]), Ok(0), "{how:?}");
    }
}
