//! What the fuzz targets `stack_frames` and `stack_pair` have found, one test for each finding.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use berkeley::options::{TCP_SYNCNT, TCP_USER_TIMEOUT, TCP_WINDOW_CLAMP};
use berkeley::{
    Address, AddressFamily, Backend, Errno, Error, MessageFlags, OptionLevel, Patience, PollEntry,
    Readiness, Shutdown,
};
use smoltcp::wire::TcpControl;
use support::*;

/// The peer's end, with this data in front of it.
fn end_with<'a>(peer: &Peer, data: &'a [u8]) -> Segment<'a> {
    Segment { control: TcpControl::Fin, data, ..peer.segment() }
}

/// A connection that the bench's stack has accepted on IPv4.
fn accepted(bench: &Bench) -> (BenchSocket, Peer) {
    let listener = bench.listener(NEAR[0], 80, 1);
    let peer = Peer::connect(bench, end(FAR[0], 1000), end(NEAR[0], 80));
    let (mut socket, _) = listener.accept().unwrap();
    socket.setblocking(false).unwrap();
    (socket, peer)
}

/// A socket that is bound in one family sent packets without a header to the other one.
#[test]
fn a_bound_socket_does_not_send_to_the_other_family() {
    let bench = Bench::new(small());
    // own address, destination, answer as on Linux
    for (own, to, errno) in [
        (NEAR[1], "::ffff:192.0.2.2", Errno::ENETUNREACH),
        (NEAR[1], "::ffff:224.0.0.251", Errno::ENETUNREACH),
        (NEAR[1], "::ffff:127.0.0.1", Errno::ENETUNREACH),
        ("::ffff:192.0.2.1", FAR[1], Errno::EAFNOSUPPORT),
        ("::ffff:192.0.2.1", "::1", Errno::EAFNOSUPPORT),
    ] {
        let datagrams = bench.datagram(AddressFamily::INET6);
        let stream = bench.stream(AddressFamily::INET6);
        for socket in [&datagrams, &stream] {
            socket.bind((own, 0)).unwrap();
        }
        let address = Address::from(end(to, 9));
        let answers = [
            datagrams.sendto(b"x", address).map(drop),
            datagrams.connect(address),
            stream.connect(address),
        ];
        assert_eq!(answers, [Err(Error::from(errno)); 3], "{own} to {to}");
        assert_eq!(bench.take(), Vec::<Vec<u8>>::new(), "{own} to {to}");
    }
}

/// Behind the peer's end the second of two buffers made an error of all.
#[test]
fn the_last_data_fills_the_first_of_two_buffers() {
    let bench = Bench::new(small());
    let (socket, peer) = accepted(&bench);
    bench.give(&end_with(&peer, b"last"));
    let (mut first, mut second) = ([0; 4], [0; 4]);
    let (flags, never) = (MessageFlags::NONE, Patience::Never);
    let receive = |buffers: &mut [&mut [u8]]| {
        bench.stack().recvmsg(socket.handle(), buffers, &mut [], flags, never).map(|m| m.length)
    };
    assert_eq!(receive(&mut [&mut first, &mut second]), Ok(4));
    assert_eq!(&first, b"last");
    assert_eq!(receive(&mut [&mut first, &mut second]), Ok(0));
}

/// The engine took data behind the end for more of the stream.
#[test]
fn nothing_follows_the_peers_end() {
    let bench = Bench::new(small());
    let (socket, mut peer) = accepted(&bench);
    bench.give(&end_with(&peer, b"all"));
    peer.sequence = peer.sequence.wrapping_add(4);
    bench.give(&Segment { data: b"more", ..peer.segment() });
    let mut buffer = [0; 16];
    assert_eq!((socket.recv(&mut buffer), &buffer[..3]), (Ok(3), &b"all"[..]));
    assert_eq!(socket.recv(&mut buffer), Ok(0));
}

/// Of a segment beyond the window the engine took the end, and a part of the data before it.
#[test]
fn an_end_beyond_the_window_is_not_taken() {
    let bench = Bench::new(small());
    let (socket, mut peer) = accepted(&bench);
    let data = pattern(5000, 1);
    peer.send(&bench, &data[..1000]);
    peer.send(&bench, &data[1000..2000]); // is acknowledged: the peer knows of 2096 bytes of room
    let window = 4096 - 2000;
    let beyond = end_with(&peer, &data[2000..2000 + window + 1]);
    // A packet that is longer than any on this link stands for one after several.
    let answer = bench.give(&beyond);
    assert_eq!(answer.last().unwrap().acknowledgement, Some(peer.sequence));
    let within = end_with(&peer, &data[2000..2000 + window]);
    bench.give(&within);
    let mut buffer = vec![0; 5000];
    assert_eq!(socket.recv(&mut buffer), Ok(4096));
    assert_eq!(buffer[..4096], data[..4096]);
    assert_eq!(socket.recv(&mut buffer), Ok(0));
}

/// A socket whose receiving is shut down before the connection stands has the end to read.
#[test]
fn receiving_that_is_shut_down_in_syn_received_is_readable() {
    let bench = Bench::new(small());
    let there = end(FAR[0], 80);
    let (socket, syn) = bench.connecting(there);
    bench.give(&Segment::syn(there, syn.from, 7)); // both open at once
    socket.shutdown(Shutdown::RD).unwrap();
    let mut entries = [PollEntry::new(socket.handle(), Readiness::READABLE)];
    assert_eq!(bench.stack().wait(&mut entries, Some(bench.now())), Ok(1));
    assert_eq!(socket.recv(&mut [0; 4]), Ok(0));
}

/// Data with the peer's SYN|ACK, which the engine does not take, counted as received.
#[test]
fn data_with_the_opening_is_not_acknowledged() {
    let bench = Bench::new(small());
    let there = end(FAR[0], 80);
    let (socket, syn) = bench.connecting(there);
    let expects = syn.sequence.wrapping_add(1);
    let opening = Segment { acknowledgement: Some(expects), ..Segment::syn(there, syn.from, 6) };
    bench.give(&Segment { data: b"early", ..opening });
    bench.outcome(&socket).unwrap();
    let mut peer = Peer { here: there, there: syn.from, sequence: 7, expects };
    drop(socket);
    let sent = bench.segments();
    peer.acknowledge(&bench, &sent);
    let last = peer.finish(&bench);
    assert_eq!(last[0].acknowledgement, Some(8), "the end, and nothing before it");
}

/// After a probe of an empty window acknowledgements bore the number behind it: a peer without room
/// does not look at those, and sent its data again until its patience was over.
#[test]
fn acknowledgements_bear_the_number_before_a_probe() {
    let bench = Bench::new(small());
    let (socket, mut peer) = accepted(&bench);
    bench.give(&Segment { window: 0, ..peer.segment() });
    assert_eq!(socket.send(b"hello"), Ok(5));
    let probes = bench.pass(seconds(3));
    assert!(probes.iter().all(|(_, probe)| probe.data == b"h"), "{probes:?}");
    assert!(!probes.is_empty());
    let full = Segment { window: 0, data: b"data", ..peer.segment() };
    let mut answers = bench.give(&full);
    answers.extend(bench.pass(millis(300)).into_iter().map(|(_, answer)| answer));
    let bare = answers.iter().find(|answer| answer.data.is_empty()).expect("an acknowledgement");
    assert_eq!(bare.sequence, peer.expects);
    // A probe that was taken counts.
    peer.sequence = peer.sequence.wrapping_add(4);
    peer.expects = peer.expects.wrapping_add(1);
    let rest = bench.give(&peer.segment());
    assert_eq!((rest[0].sequence, &rest[0].data[..]), (peer.expects, &b"ello"[..]));
}

/// So two programs that both sent before they read lost their connection.
#[test]
fn two_closed_windows_open_again() {
    let pair = Pair::over(LinkOptions::default(), 1, small(), small());
    let (mut near, mut far) = pair.connected(0, 7);
    let data = pattern(8192, 1);
    for socket in [&mut near, &mut far] {
        socket.setblocking(false).unwrap();
        while socket.send(&data[..1000]).is_ok() {
            pair.pass(seconds(1));
        }
    }
    pair.pass(seconds(3600));
    for (from, to) in [(&near, &far), (&far, &near)] {
        let mut buffer = vec![0; 8192];
        assert_eq!(to.recv(&mut buffer), Ok(4096), "{from:?}");
    }
}

/// The time for which a connection had been idle counted as silence: its end was followed by a reset.
#[test]
fn an_end_after_a_long_pause_is_no_reset() {
    // whether the socket is closed, whether the peer ends as well without having heard of our end,
    // the least and the most seconds for which our end is repeated
    for (closes, crosses, least, most) in [
        (true, false, 60, 103),
        (true, true, 60, 103),
        (false, false, 500, 925),
        (false, true, 500, 925),
    ] {
        let bench = Bench::new(small());
        let (socket, mut peer) = accepted(&bench);
        assert_eq!(socket.send(b"answered"), Ok(8));
        assert_eq!(bench.segments().len(), 1);
        peer.expects = peer.expects.wrapping_add(8);
        peer.send(&bench, b"an answer that takes the acknowledgement along");
        assert!(socket.recv(&mut [0; 64]).is_ok());
        bench.pass(seconds(3600));
        let begin = bench.now();
        socket.shutdown(Shutdown::WR).unwrap();
        let held = (!closes).then_some(socket);
        assert_eq!(bench.segments().len(), 1);
        if crosses {
            peer.finish(&bench);
        }
        let sent = bench.pass(seconds(2000));
        let is_end = |(_, seen): &&(Instant, Seen)| seen.control == TcpControl::Fin;
        let last = sent.iter().rfind(is_end).expect("an end").0;
        let took = last.saturating_duration_since(begin);
        assert!((seconds(least)..seconds(most)).contains(&took), "{closes} {crosses}: {took:?}");
        drop(held);
        bench.pass(seconds(100));
        assert_eq!(bench.stack().usage().unwrap().connections.in_use, 0);
    }
}

/// So did what a program did after a pause: the connection was given up.
#[test]
fn a_long_pause_ends_no_connection() {
    let bench = Bench::new(small());
    let (socket, mut peer) = accepted(&bench);
    for round in 0..3 {
        assert_eq!(socket.send(b"answered"), Ok(8));
        assert_eq!(bench.segments().len(), 1);
        peer.expects = peer.expects.wrapping_add(8);
        peer.send(&bench, &pattern(300, round)); // takes the acknowledgement along
        bench.pass(seconds(3600));
        assert_eq!(socket.recv(&mut [0; 4096]), Ok(300));
        let told = bench.segments();
        assert!(told.iter().all(|seen| seen.control == TcpControl::None), "{told:?}");
    }
}

/// A connection that was over, with data to be read, still got the segments for its ends: it answered
/// them, for ever where it was connected to itself.
#[test]
fn what_is_over_answers_nobody() {
    let bench = Bench::new(small());
    let (socket, mut peer) = accepted(&bench);
    bench.give(&end_with(&peer, b"last"));
    peer.sequence = peer.sequence.wrapping_add(5);
    socket.shutdown(Shutdown::WR).unwrap();
    let sent = bench.segments();
    peer.acknowledge(&bench, &sent);
    let late = bench.give(&Segment { data: b"late", ..peer.segment() });
    assert_eq!(late[0].control, TcpControl::Rst);
    let mut buffer = [0; 8];
    assert_eq!((socket.recv(&mut buffer), &buffer[..4]), (Ok(4), &b"last"[..]));

    let own = end("127.0.0.1", 80);
    let socket = bench.stream(AddressFamily::INET);
    socket.bind(own).unwrap();
    assert!(failed(&socket.connect(own), Errno::EINPROGRESS));
    bench.settle();
    socket.setsockopt(OptionLevel::TCP, TCP_USER_TIMEOUT, 2).unwrap();
    assert_eq!(socket.send(&[7; 2000]), Ok(2000));
    bench.pass(seconds(1));
    assert_eq!(socket.recv(&mut [0; 8]), Ok(8));
}

/// The same with what is sent again: the engine fills a segment without a look at the window.
#[test]
fn acknowledgements_bear_the_number_at_the_windows_end() {
    let bench = Bench::new(small());
    let (socket, peer) = accepted(&bench);
    let narrow = Segment { window: 500, ..peer.segment() };
    bench.give(&narrow);
    assert_eq!(socket.send(&[7; 2000]), Ok(2000));
    assert_eq!(bench.segments().iter().map(|seen| seen.data.len()).sum::<usize>(), 500);
    let again: Vec<Seen> = (0..4).flat_map(|_| bench.give(&narrow)).collect();
    let mut answers = bench.give(&Segment { data: b"data", ..narrow });
    answers.extend(bench.pass(millis(300)).into_iter().map(|(_, answer)| answer));
    let bare = answers.iter().find(|seen| seen.data.is_empty()).expect("an answer");
    assert_eq!(bare.sequence, peer.expects.wrapping_add(500));
    assert!(again.iter().any(|seen| seen.data.len() > 500), "or this tests nothing: {again:?}");
}

/// A limit beyond the buffer was told to the peer as room.
#[test]
fn no_window_is_wider_than_the_buffer() {
    let bench = Bench::new(small());
    let (socket, mut peer) = accepted(&bench);
    socket.setsockopt(OptionLevel::TCP, TCP_WINDOW_CLAMP, 20_000).unwrap();
    let mut seen = bench.segments();
    for round in 0..4 {
        seen.extend(peer.send(&bench, &pattern(1000, round)));
        seen.extend(bench.pass(seconds(1)).into_iter().map(|(_, segment)| segment));
    }
    assert_eq!(socket.recv(&mut [0; 4096]), Ok(4000));
    seen.extend(bench.segments());
    assert!(!seen.is_empty() && seen.iter().all(|segment| segment.window <= 4096), "{seen:?}");
}

/// What stands in the place of the SYN is no data, whoever has not heard of our acknowledgement.
#[test]
fn the_place_of_the_syn_holds_no_data() {
    let bench = Bench::new(small());
    let (socket, syn) = bench.connecting(end(FAR[0], 80));
    let peer = Peer::accept(&bench, &syn);
    let early = Peer { sequence: peer.sequence.wrapping_sub(1), ..peer };
    bench.give(&Segment { data: b"-data", ..early.segment() });
    let mut buffer = [0; 8];
    assert_eq!((socket.recv(&mut buffer), &buffer[..4]), (Ok(4), &b"data"[..]));
}

/// The end of a connection of which the program has not heard that it stands is told by the next
/// `connect`. The peer, which knows nothing of that, is reset when it says something.
#[test]
fn connect_tells_of_an_end_in_an_outage() {
    let (bench, there) = (Bench::new(small()), end(FAR[0], 80));
    let (socket, syn) = bench.connecting(there);
    let mut peer = Peer::accept(&bench, &syn);
    socket.setsockopt(OptionLevel::TCP, TCP_USER_TIMEOUT, 2000).unwrap();
    assert_eq!(socket.send(b"unheard"), Ok(7));
    bench.pass(seconds(10));
    assert!(failed(&socket.connect(there), Errno::ETIMEDOUT));
    let answer = peer.send(&bench, b"still there");
    assert_eq!(answer[0].control, TcpControl::Rst);
    // And the socket is as new.
    assert!(failed(&socket.connect(there), Errno::EINPROGRESS));
}

/// A socket that may try for hours, and was closed while both ends were opening, held its connection
/// for hours.
#[test]
fn an_attempt_that_was_closed_does_not_go_on() {
    for close_after in [0, 3, 50, 2000] {
        let bench = Bench::new(small());
        let (socket, syn) = bench.connecting(end(FAR[0], 80));
        socket.setsockopt(OptionLevel::TCP, TCP_SYNCNT, 63).unwrap();
        bench.give(&Segment::syn(syn.to, syn.from, 7));
        bench.pass(seconds(close_after));
        drop(socket);
        bench.pass(seconds(200));
        assert_eq!(bench.stack().usage().unwrap().connections.in_use, 0, "{close_after}");
    }
}

/// What acknowledges an opening segment that has not left, because the device had no room for it, made
/// the engine panic: its window was none yet.
#[test]
fn nobody_answers_what_was_not_sent() {
    let bench = Bench::new(small());
    let there = end(FAR[0], 80);
    let (socket, syn) = bench.connecting(there);
    // Connected anew at once, it begins with the same number (RFC 6528: the clock stands still).
    socket.shutdown(Shutdown::WR).unwrap();
    socket.bind(syn.from).unwrap();
    bench.refuse(usize::MAX);
    assert!(failed(&socket.connect(there), Errno::EINPROGRESS));
    let expects = Some(syn.sequence.wrapping_add(1));
    let answer = Segment { acknowledgement: expects, ..Segment::syn(there, syn.from, 6) };
    assert_eq!(bench.give(&answer), []);
    // Nor is an opening taken from there.
    assert_eq!(bench.give(&Segment::syn(there, syn.from, 6)), []);
    assert!(failed(&bench.outcome(&socket), Errno::EALREADY));
    bench.refuse(0);
    let again = bench.pass(seconds(2));
    assert_eq!(again[0].1.sequence, syn.sequence);
    bench.give(&answer);
    assert_eq!(bench.outcome(&socket), Ok(()));
}
