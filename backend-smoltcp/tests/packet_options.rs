//! Options that are seen on the wire: traffic class, hop limit, segment size, windows, when segments
//! leave.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(clippy::needless_range_loop, reason = "tables of versions")]

mod support;

use berkeley::{Errno, OptionLevel, OptionName, PollEntry, Readiness, Timeout, options};
use berkeley_smoltcp::Capacity;
use smoltcp::wire::TcpControl;

use support::*;

const TCP: OptionLevel = OptionLevel::TCP;
const SOCKET: OptionLevel = OptionLevel::SOCKET;

/// A listener with options, and a connection that a client has opened to it: what was sent meanwhile.
fn accepted(
    bench: &Bench,
    version: usize,
    values: &[(OptionLevel, OptionName, i32)],
) -> (BenchSocket, Peer, Vec<Seen>) {
    let listener = bench.stream(family_of(NEAR[version]));
    for (level, name, value) in values {
        listener.setsockopt(*level, *name, *value).unwrap();
    }
    listener.bind((NEAR[version], 80)).unwrap();
    listener.listen(4).unwrap();
    let (here, there) = (end(FAR[version], 1000), end(NEAR[version], 80));
    let sent = bench.give(&Segment::syn(here, there, 99));
    let expects = sent[0].sequence.wrapping_add(1);
    let peer = Peer { here, there, sequence: 100, expects };
    bench.give(&peer.segment());
    let (mut socket, _) = listener.accept().unwrap();
    socket.setblocking(false).unwrap();
    (socket, peer, sent)
}

/// Traffic class and hop limit of a packet.
fn class_and_hops(seen: &Seen) -> (u8, u8) {
    let packet = &seen.packet;
    if packet[0] >> 4 == 4 {
        (packet[1], packet[8])
    } else {
        (packet[0] << 4 | packet[1] >> 4, packet[7])
    }
}

#[test]
fn every_packet_bears_the_class_and_the_hop_limit() {
    let of_inet = [(OptionLevel::IP, options::IP_TOS), (OptionLevel::IP, options::IP_TTL)];
    let of_inet6 = [
        (OptionLevel::IPV6, options::IPV6_TCLASS),
        (OptionLevel::IPV6, options::IPV6_UNICAST_HOPS),
    ];
    // the version's options; class asked for and seen; hop limit
    for (version, [class, hops], asked, seen, limit) in [
        (0, of_inet, 0xB8, 0xB8, 9),
        (0, of_inet, 0x13, 0x10, 255),
        (1, of_inet6, 0xB8, 0xB8, 9),
        (1, of_inet6, 0xFF, 0xFC, 0),
    ] {
        let bench = Bench::new(small());
        let values = [(class.0, class.1, asked), (hops.0, hops.1, limit)];
        let (socket, mut peer, mut sent) = accepted(&bench, version, &values);
        socket.send(b"data").unwrap();
        let data = bench.segments();
        peer.acknowledge(&bench, &data);
        sent.extend(data);
        sent.extend(peer.send(&bench, b"data"));
        sent.extend(bench.pass(millis(50)).into_iter().map(|(_, seen)| seen));
        let wild = Segment { control: TcpControl::Rst, ..peer.segment() };
        sent.extend(bench.give(&Segment { sequence: peer.sequence.wrapping_add(9), ..wild }));
        assert_eq!(socket.recv(&mut [0; 8]), Ok(4));
        socket.close().unwrap();
        let fin = bench.segments();
        peer.acknowledge(&bench, &fin);
        sent.extend(fin);
        sent.extend(peer.finish(&bench));
        assert_eq!(sent.len(), 6, "handshake, data, two acknowledgements, both ends: {sent:?}");
        for packet in &sent {
            assert_eq!(class_and_hops(packet), (seen, limit as u8), "{packet:?}");
        }
    }
}

#[test]
fn segments_are_as_long_as_both_ends_want() {
    for version in 0..2 {
        let headers = if version == 0 { 40 } else { 60 };
        // TCP_MAXSEG, what the peer announces, what we do, the length of our segments
        for (ours, theirs, announced, length) in [
            (0, Some(1460), 1500 - headers, (1500 - headers).min(1460)),
            (1000, Some(1460), 1000, 1000),
            (88, Some(1460), 88, 88),
            (1000, Some(600), 1000, 600),
            (400, None, 400, 400),
            (32767, Some(9000), 1500 - headers, 1500 - headers),
        ] {
            let bench = Bench::new(small());
            let listener = bench.listener(NEAR[version], 80, 4);
            let client = bench.stream(family_of(FAR[version]));
            for socket in [&listener, &client] {
                socket.setsockopt(TCP, options::TCP_MAXSEG, ours).unwrap();
            }
            let check = |mut socket: BenchSocket, first: &Seen, peer: &Peer| {
                assert_eq!(first.mss, Some(announced), "{ours} {theirs:?}");
                socket.setblocking(false).unwrap();
                let told = socket.getsockopt(TCP, options::TCP_MAXSEG).unwrap();
                assert_eq!(told, i32::from(length), "{ours} {theirs:?}");
                assert_eq!(socket.send(&[1; 3000]), Ok(3000));
                let mut sent = bench.segments();
                let most = sent.iter().map(|seen| seen.data.len()).max();
                assert_eq!(most, Some(usize::from(length)), "{ours} {theirs:?}");
                let mut peer = *peer;
                let mut total = 0;
                while !sent.is_empty() && total < 3000 {
                    total += sent.iter().map(|seen| seen.data.len()).sum::<usize>();
                    sent = peer.acknowledge(&bench, &sent);
                }
                assert_eq!(total, 3000);
            };
            let (here, there) = (end(FAR[version], 1000), end(NEAR[version], 80));
            let syn = Segment { mss: theirs, ..Segment::syn(here, there, 99) };
            let answer = bench.give(&syn).pop().unwrap();
            let expects = answer.sequence.wrapping_add(1);
            let peer = Peer { here, there, sequence: 100, expects };
            bench.give(&peer.segment());
            check(listener.accept().unwrap().0, &answer, &peer);

            assert!(failed(&client.connect((FAR[version], 9)), Errno::EINPROGRESS));
            let syn = bench.segments().pop().unwrap();
            let expects = syn.sequence.wrapping_add(1);
            let peer = Peer { here: syn.to, there: syn.from, sequence: 100, expects };
            let answer = Segment {
                acknowledgement: Some(expects),
                mss: theirs,
                ..Segment::syn(peer.here, peer.there, 99)
            };
            bench.give(&answer);
            check(client, &syn, &peer);
        }
    }
}

#[test]
fn the_receive_buffer_limits_the_window() {
    // which option, its value, the limit in bytes
    for (level, name, value, limit) in [
        (SOCKET, options::SO_RCVBUF, 2000, 2000),
        (SOCKET, options::SO_RCVBUF, 0, 1152),
        (SOCKET, options::SO_RCVBUF, 100_000, 4096), // all there is
        (TCP, options::TCP_WINDOW_CLAMP, 3000, 3000),
    ] {
        let bench = Bench::new(small());
        let (socket, mut peer, sent) = accepted(&bench, 0, &[(level, name, value)]);
        assert_eq!(sent[0].window, limit, "{name:?} {value}");
        let data = vec![7; usize::from(limit)];
        for part in data.chunks(1000) {
            peer.send(&bench, part);
        }
        let last = bench.pass(millis(50)).pop().map(|(_, seen)| seen.window);
        assert!(last.is_none_or(|window| window == 0), "{last:?}");
        // Reading opens it again, and the peer is told.
        let mut read = 0;
        let mut buffer = [0; 500];
        let mut told = 0;
        while read < data.len() {
            read += socket.recv(&mut buffer).unwrap();
            told = bench.segments().pop().map_or(told, |seen| seen.window);
        }
        assert!(told > limit / 3 && told <= limit, "{name:?} {value}: {told}");
    }
}

#[test]
fn the_send_buffer_limits_what_is_taken() {
    let bench = Bench::new(small());
    let (socket, mut peer, _) = accepted(&bench, 0, &[(SOCKET, options::SO_SNDBUF, 2500)]);
    let writable = || {
        let mut entries = [PollEntry::new(socket.handle(), Readiness::WRITABLE)];
        bench.net.poll(&mut entries, Timeout::NonBlocking).unwrap() == 1
    };
    assert!(writable());
    assert_eq!(socket.send(&[1; 2000]), Ok(2000));
    assert!(writable());
    assert_eq!(socket.send(&[1; 2000]), Ok(500));
    assert!(!writable());
    assert!(failed(&socket.send(&[1; 2000]), Errno::EAGAIN));
    let sent = bench.segments();
    peer.acknowledge(&bench, &sent);
    assert!(writable());
}

#[test]
fn a_transfer_goes_through_small_buffers() {
    for version in 0..2 {
        let pair = Pair::new(9);
        let listener = pair.listener(FAR[version], 80, 1);
        listener.setsockopt(SOCKET, options::SO_RCVBUF, 3000).unwrap();
        listener.setsockopt(TCP, options::TCP_MAXSEG, 700).unwrap();
        let near = pair.near.create_connection((FAR[version], 80), None, None).unwrap();
        near.setsockopt(SOCKET, options::SO_SNDBUF, 5000).unwrap();
        let (far, _) = listener.accept().unwrap();
        let data = pattern(100_000, 3);
        let (mut sent, mut received, mut buffer) = (0, Vec::new(), vec![0; 1500]);
        let mut near = near;
        near.setblocking(false).unwrap();
        while received.len() < data.len() {
            while let Ok(count) = near.send(&data[sent..]) {
                sent += count;
                if sent == data.len() {
                    break;
                }
            }
            let count = far.recv(&mut buffer).unwrap();
            received.extend_from_slice(&buffer[..count]);
        }
        assert!(received == data);
        let longest = pair.log.segments().into_iter().map(|(_, seen)| seen.data.len()).max();
        assert_eq!(longest, Some(700));
    }
}

/// Nagle's algorithm (RFC 9293, section 3.7.4): what is small waits for what is under way.
#[test]
fn small_writes_wait_for_an_answer_or_not() {
    for version in 0..2 {
        // TCP_NODELAY, lengths of what leaves at each of three writes, and with the acknowledgement
        for (no_delay, at_once, answered) in
            [(0, [&[5][..], &[], &[]], &[10][..]), (1, [&[5], &[5], &[5]], &[])]
        {
            let bench = Bench::new(small());
            let (socket, mut peer, _) =
                accepted(&bench, version, &[(TCP, options::TCP_NODELAY, no_delay)]);
            let lengths =
                |seen: &[Seen]| seen.iter().map(|seen| seen.data.len()).collect::<Vec<_>>();
            let mut first = Vec::new();
            for expected in at_once {
                socket.send(b"small").unwrap();
                let sent = bench.segments();
                assert_eq!(lengths(&sent), expected, "{no_delay}");
                first.extend(sent);
            }
            let rest = peer.acknowledge(&bench, &first);
            assert_eq!(lengths(&rest), answered, "{no_delay}");
            // A full segment never waits: 1440 bytes with IPv6.
            socket.send(&[1; 2000]).unwrap();
            assert!(lengths(&bench.segments())[0] >= 1440, "{no_delay}");
        }
    }
}

#[test]
fn a_corked_segment_waits_until_it_is_full() {
    let cork = |socket: &BenchSocket, on| socket.setsockopt(TCP, options::TCP_CORK, on).unwrap();
    let lengths = |seen: &[Seen]| seen.iter().map(|seen| seen.data.len()).collect::<Vec<_>>();
    let bench = Bench::new(small());
    let (socket, mut peer, _) = accepted(&bench, 0, &[(TCP, options::TCP_NODELAY, 1)]);
    cork(&socket, 1);
    for _ in 0..3 {
        socket.send(&[1; 100]).unwrap();
        assert_eq!(bench.segments(), []);
    }
    cork(&socket, 0);
    let sent = bench.segments();
    assert_eq!(lengths(&sent), [300]);
    peer.acknowledge(&bench, &sent);
    // A full one leaves, the rest waits, and not for ever.
    cork(&socket, 1);
    socket.send(&[1; 2000]).unwrap();
    let sent = bench.segments();
    assert_eq!(lengths(&sent), [1460]);
    assert_eq!(peer.acknowledge(&bench, &sent), []);
    assert_eq!(bench.pass(millis(199)), []);
    let sent: Vec<_> = bench.pass(millis(2)).into_iter().map(|(_, seen)| seen).collect();
    assert_eq!(lengths(&sent), [540]);
    peer.acknowledge(&bench, &sent);
    // The end takes it along.
    socket.send(&[1; 10]).unwrap();
    socket.close().unwrap();
    let sent = bench.segments();
    assert_eq!((lengths(&sent), sent[0].control), (vec![10], TcpControl::Fin));
}

#[test]
fn acknowledgements_are_hurried_or_delayed() {
    // TCP_QUICKACK, milliseconds until data is acknowledged
    for (value, delay) in [(None, 10), (Some(1), 0), (Some(0), 40)] {
        let bench = Bench::new(small());
        let (socket, mut peer, _) = accepted(&bench, 0, &[]);
        if let Some(value) = value {
            socket.setsockopt(TCP, options::TCP_QUICKACK, value).unwrap();
        }
        let at_once = peer.send(&bench, b"x").len();
        let start = bench.now();
        let later = bench.pass(millis(100));
        let when = later.first().map(|(at, _)| at.saturating_duration_since(start));
        assert_eq!(at_once, usize::from(delay == 0), "{value:?}");
        assert_eq!(when.unwrap_or_default(), millis(delay), "{value:?}");
    }
}

#[test]
fn a_listener_waits_for_data() {
    let bench = Bench::new(small());
    let listener = bench.stream(family_of(NEAR[0]));
    listener.setsockopt(TCP, options::TCP_DEFER_ACCEPT, 7).unwrap();
    listener.bind((NEAR[0], 80)).unwrap();
    listener.listen(4).unwrap();
    let waiting = || listener.accept().map(|(socket, _)| socket);
    // With data it counts at once.
    let mut peer = Peer::connect(&bench, end(FAR[0], 1), end(NEAR[0], 80));
    assert!(failed(&waiting().map(drop), Errno::EAGAIN));
    peer.send(&bench, b"request");
    let socket = waiting().unwrap();
    assert_eq!(socket.recv(&mut [0; 8]), Ok(7));
    drop(socket);
    bench.take();
    // Without, once it has waited; the answer is repeated at the end alone.
    let peer = Peer::connect(&bench, end(FAR[0], 2), end(NEAR[0], 80));
    let start = bench.now();
    let repeated: Vec<_> =
        bench.pass(seconds(8)).into_iter().filter(|(_, seen)| seen.to == peer.here).collect();
    let [(at, answer)] = &repeated[..] else { panic!("{repeated:?}") };
    assert_eq!(answer.control, TcpControl::Syn);
    assert_eq!(at.saturating_duration_since(start), seconds(7));
    assert!(failed(&waiting().map(drop), Errno::EAGAIN));
    bench.give(&peer.segment());
    let _socket = waiting().unwrap();
    // One that never acknowledges is as with any listener.
    let answer = bench.give(&Segment::syn(end(FAR[0], 3), end(NEAR[0], 80), 5));
    assert_eq!(answer.len(), 1);
    let repeated = bench.pass(seconds(100)).into_iter().filter(|(_, seen)| seen.to.port() == 3);
    assert_eq!(repeated.count(), 5);
}

#[test]
fn a_slot_begins_without_the_options_of_its_last_connection() {
    let bench = Bench::new(Capacity { connections: 1, ..small() });
    let values = [
        (OptionLevel::IP, options::IP_TOS, 0x10),
        (SOCKET, options::SO_RCVBUF, 0),
        (TCP, options::TCP_MAXSEG, 100),
        (TCP, options::TCP_QUICKACK, 1),
    ];
    let (socket, peer, _) = accepted(&bench, 0, &values);
    drop(socket);
    bench.give(&Segment { control: TcpControl::Rst, ..peer.segment() });
    let (_socket, syn) = bench.connecting(end(FAR[0], 9));
    assert_eq!((class_and_hops(&syn), syn.mss, syn.window), ((0, 64), Some(1460), 4096));
}
