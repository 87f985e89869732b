//! Windows that close while data is under way, that are filled with what is lost, or stay full for hours.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use support::*;

#[test]
fn what_was_overtaken_does_not_close_the_window() {
    // the windows that come when five bytes are under way, with nothing acknowledged
    for windows in [
        &[0][..],        // the last acknowledgement again, from before there was room
        &[0, 0, 0],      // often
        &[8192, 0, 100], // after others that were told in between
    ] {
        let bench = Bench::new(small());
        let listener = bench.listener(NEAR[0], 80, 1);
        let mut peer = Peer::connect(&bench, end(FAR[0], 1000), end(NEAR[0], 80));
        let (mut socket, _) = listener.accept().unwrap();
        socket.setblocking(false).unwrap();
        assert_eq!(socket.send(b"hello"), Ok(5));
        assert_eq!(bench.segments().len(), 1);
        for window in windows {
            assert_eq!(bench.give(&Segment { window: *window, ..peer.segment() }).len(), 0);
        }
        let again = bench.pass(seconds(10));
        assert!(again.iter().all(|(_, segment)| segment.data == b"hello"), "{again:?}");
        assert!(!again.is_empty(), "{windows:?}: it is sent again");

        // A window that is empty because the data has come is believed.
        peer.expects = peer.expects.wrapping_add(5);
        bench.give(&Segment { window: 0, ..peer.segment() });
        assert_eq!(socket.send(b"more"), Ok(4));
        let probes = bench.pass(seconds(10));
        assert!(
            !probes.is_empty() && probes.iter().all(|(_, probe)| probe.data.len() <= 1),
            "{probes:?}"
        );
        bench.give(&peer.segment());
        assert!(bench.pass(seconds(10)).iter().any(|(_, segment)| segment.data.ends_with(b"ore")));
    }
}

/// A peer that has filled our window with data that was lost has no other number to say.
#[test]
fn an_acknowledgement_at_the_end_of_the_window_counts() {
    // how far behind the end of our window its number lies, whether it counts
    for (behind, counts) in [(0, true), (-1, true), (1, false)] {
        let bench = Bench::new(small());
        let listener = bench.listener(NEAR[0], 80, 1);
        let peer = Peer::connect(&bench, end(FAR[0], 1000), end(NEAR[0], 80));
        let (mut socket, _) = listener.accept().unwrap();
        socket.setblocking(false).unwrap();
        assert_eq!(socket.send(b"hello"), Ok(5));
        let window = u32::from(bench.segments()[0].window);
        bench.give(&Segment {
            sequence: peer.sequence.wrapping_add(window).wrapping_add_signed(behind),
            acknowledgement: Some(peer.expects.wrapping_add(5)),
            ..peer.segment()
        });
        let again = bench.pass(seconds(10));
        assert_eq!(again.is_empty(), counts, "{behind}: {again:?}");
    }
}

#[test]
fn nobody_gives_up_a_peer_that_has_no_room() {
    // whether both ends are full, or one
    for both in [false, true] {
        let capacity = Capacity { receive: 3000, send: 5000, ..small() };
        let pair = Pair::over(LinkOptions::default(), 1, capacity, capacity);
        let (near, far) = (&pair.near, &pair.far);
        let listener = far.stream(AddressFamily::INET).unwrap();
        listener.bind(("", 7)).unwrap();
        listener.listen(1).unwrap();
        let mut client = near.create_connection((FAR[0], 7), None, None).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        client.setblocking(false).unwrap();
        server.setblocking(false).unwrap();
        let mut sent = 0;
        for _ in 0..20 {
            sent += client.send(&[1; 1000]).unwrap_or(0);
            if both {
                let _ = server.send(&[2; 1000]);
            }
            pair.pass(seconds(1));
        }
        pair.pass(seconds(4000));
        let (mut received, mut buffer) = (0, [0; 1000]);
        server.settimeout(seconds(300)).unwrap();
        while received < sent {
            received += server.recv(&mut buffer).unwrap();
        }
        assert_eq!(received, sent, "{both}");
    }
}

/// The segment that opens a window may be lost: whoever waits for it asks (RFC 9293, section 3.8.6.1).
#[test]
fn a_lost_update_is_asked_for() {
    // whether the peer takes the byte of the probe, after how many seconds it has room
    for (takes, after) in [(false, 0), (true, 0), (false, 10_000), (true, 10_000)] {
        for version in 0..2 {
            let bench = Bench::new(small());
            let listener = bench.listener(NEAR[version], 80, 1);
            let mut peer = Peer::connect(&bench, end(FAR[version], 1000), end(NEAR[version], 80));
            let (mut socket, _) = listener.accept().unwrap();
            socket.setblocking(false).unwrap();
            bench.give(&Segment { window: 0, ..peer.segment() });
            let data = pattern(3000, 1);
            assert_eq!(socket.send(&data), Ok(3000));
            assert!(bench.segments().iter().all(|probe| probe.data.len() <= 1), "there is no room");
            // Probes are answered, and say how full the peer is.
            for _ in 0..after / 60 {
                for (_, probe) in bench.pass(seconds(60)) {
                    assert_eq!((probe.sequence, &probe.data[..]), (peer.expects, &data[..1]));
                    bench.give(&Segment { window: 0, ..peer.segment() });
                }
            }
            // The peer has room, and what it says is lost. Then it answers the next probe.
            let probes = bench.pass(seconds(130));
            let (_, probe) = probes.first().expect("a probe");
            assert_eq!((probe.sequence, &probe.data[..]), (peer.expects, &data[..1]));
            let mut received = if takes { probe.data.clone() } else { Vec::new() };
            peer.expects = peer.expects.wrapping_add(received.len() as u32);
            let mut sent = bench.give(&peer.segment());
            for _ in 0..10 {
                for seen in sent.iter().filter(|seen| !seen.data.is_empty()) {
                    if seen.sequence == peer.expects {
                        received.extend(&seen.data);
                        peer.expects = peer.expects.wrapping_add(seen.data.len() as u32);
                    }
                }
                sent = bench.give(&peer.segment());
                sent.extend(bench.pass(seconds(2)).into_iter().map(|(_, seen)| seen));
            }
            assert!(received == data, "{takes} {after}: {} bytes", received.len());
        }
    }
}
