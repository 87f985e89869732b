//! Datagrams under pressure: fragments of many at a time, devices without room, neighbours that are
//! still being asked for, and errors that come back.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "tables of a test")]

mod support;

use core::time::Duration;

use berkeley::options::*;
use berkeley::{AddressFamily, Errno, Error, OptionLevel, PollEntry, Readiness};
use berkeley_smoltcp::Capacity;
use berkeley_smoltcp::simulation::LinkOptions;

use support::target::{icmp, udp};
use support::*;

/// A link whose device takes so many frames at a time.
fn narrow(queue: usize) -> LinkOptions {
    LinkOptions { queue, latency: Duration::from_micros(700), ..LinkOptions::default() }
}

/// In both families, whether the neighbour is known or still being asked for: the fragments of all
/// of them wait in the same places.
#[test]
fn long_datagrams_in_a_row_all_arrive() {
    // frames that the device takes at a time, lengths
    for (queue, lengths) in [
        (1024, &[6000, 6000, 6000][..]),
        (1024, &[9000, 9000, 1, 9000]),
        (1024, &[65_507]),
        (4, &[6000, 6000, 6000]), // less than the fragments of one
        (1, &[6000, 9000, 100]),
    ] {
        for (near, far) in [(NEAR[0], FAR[0]), (NEAR[1], FAR[1])] {
            for known in [false, true] {
                let capacity = Capacity::default;
                let pair = Pair::over(narrow(queue), 1, capacity(), capacity());
                let mut receiver = pair.far.datagram(family_of(far)).unwrap();
                receiver.bind((far, 7)).unwrap();
                receiver.settimeout(seconds(5)).unwrap();
                let sender = pair.near.datagram(family_of(near)).unwrap();
                if known {
                    sender.sendto(b"hello", (far, 7)).unwrap();
                    assert_eq!(receiver.recv(&mut [0; 8]), Ok(5));
                }
                let all: Vec<_> =
                    lengths.iter().zip(1..).map(|(length, salt)| pattern(*length, salt)).collect();
                for data in &all {
                    assert_eq!(sender.sendto(data, (far, 7)), Ok(data.len()));
                }
                let mut buffer = vec![0; 70_000];
                for data in &all {
                    let about = format!("{queue} {lengths:?} {far} {known}");
                    assert_eq!(receiver.recv(&mut buffer), Ok(data.len()), "{about}");
                    assert!(buffer[..data.len()] == **data, "{about}");
                }
            }
        }
    }
}

#[test]
fn a_device_without_room_is_waited_for() {
    let pair = Pair::over(narrow(2), 1, Capacity::default(), Capacity::default());
    let mut receiver = pair.far.datagram(AddressFamily::INET).unwrap();
    receiver.bind((FAR[0], 7)).unwrap();
    let mut sender = pair.near.datagram(AddressFamily::INET).unwrap();
    sender.connect((FAR[0], 7)).unwrap();
    sender.send(b"the way is known then").unwrap();
    receiver.recv(&mut [0; 64]).unwrap();

    sender.setblocking(false).unwrap();
    let sent = (0..10).take_while(|_| sender.send(b"x") == Ok(1)).count();
    assert_eq!(sent, 2);
    assert_eq!(sender.send(b"x"), Err(Errno::EAGAIN.into()));
    let writable = |timeout: Duration| {
        let mut entries = [PollEntry::new(sender.handle(), Readiness::WRITABLE)];
        pair.near.poll(&mut entries, timeout).unwrap()
    };
    assert_eq!(writable(Duration::ZERO), 0);
    assert_eq!(writable(seconds(1)), 1);
    assert_eq!(sender.send(b"x"), Ok(1));
    // Whoever may wait does.
    sender.setblocking(true).unwrap();
    for _ in 0..10 {
        assert_eq!(sender.send(b"x"), Ok(1));
    }
    receiver.settimeout(seconds(1)).unwrap();
    for _ in 0..13 {
        assert_eq!(receiver.recv(&mut [0; 8]), Ok(1));
    }
    assert_eq!(receiver.recv(&mut [0; 8]), Err(Error::TIMED_OUT));
}

/// The sizes that Linux 6.18 tells, as far as there is memory.
#[test]
fn buffers_are_told_as_they_were_set() {
    let pair = Pair::over(LinkOptions::default(), 1, Capacity::default(), small());
    let socket = pair.near.datagram(AddressFamily::INET).unwrap();
    let level = OptionLevel::SOCKET;
    // set, read of what is received, of what is sent
    for (value, receive, send) in [
        (0, 2304, 4608),
        (1152, 2304, 4608),
        (1153, 2306, 4608),
        (2305, 4610, 4610),
        (8192, 16384, 16384),
        (i32::MAX, 212_992, 425_984),
        (-1, 212_992, 425_984),
    ] {
        socket.setsockopt(level, SO_RCVBUF, value).unwrap();
        socket.setsockopt(level, SO_SNDBUF, value).unwrap();
        assert_eq!(socket.getsockopt(level, SO_RCVBUF), Ok(receive), "{value}");
        assert_eq!(socket.getsockopt(level, SO_SNDBUF), Ok(send), "{value}");
    }
}

/// Errors that come back count when they are about what this very socket sends (datagram-28), and
/// when sending it again would meet the same fate (Linux's `icmp_err_convert`).
#[test]
fn errors_are_for_the_socket_that_they_quote() {
    let refused = Some(Errno::ECONNREFUSED);
    for version in 0..2 {
        let (near, far) = (end(NEAR[version], 4000), end(FAR[version], 9));
        let kinds = if version == 0 { [(3, 3), (3, 1), (11, 0)] } else { [(1, 4), (1, 3), (3, 0)] };
        let (mut other_port, mut other_peer, mut other_end) = (far, near, far);
        other_port.set_port(10);
        other_peer.set_port(4001);
        other_end.set_ip(ip(if version == 0 { "192.0.2.77" } else { "2001:db8::77" }));
        // what it is about, type and code, source and destination that are quoted, the error
        for (about, (kind, code), from, to, error) in [
            ("the port", kinds[0], near, far, refused),
            ("a host that may come back", kinds[1], near, far, None),
            ("a loop in the way", kinds[2], near, far, None),
            ("another port of the peer", kinds[0], near, other_port, None),
            ("another port of ours", kinds[0], other_peer, far, None),
            ("another host", kinds[0], near, other_end, None),
        ] {
            let bench = Bench::new(small());
            let socket = bench.datagram(family_of(NEAR[version]));
            socket.bind(near).unwrap();
            let unconnected = bench.datagram(family_of(NEAR[version]));
            unconnected.bind((NEAR[version], 4002)).unwrap();
            socket.connect(far).unwrap();
            let quoting = |from, to| [&[0; 4][..], &udp(from, to, b"anybody?")].concat();
            bench.inject(&icmp(version, kind, code, &quoting(from, to)));
            let expected = error.unwrap_or(Errno::EAGAIN);
            assert!(failed(&socket.recv(&mut [0; 8]), expected), "{about} {version}");
            // Once.
            assert!(failed(&socket.recv(&mut [0; 8]), Errno::EAGAIN), "{about} {version}");
            assert_eq!(socket.send(b"x"), Ok(1), "{about} {version}");
            let (kind, code) = kinds[0];
            let mut from = near;
            from.set_port(4002);
            bench.inject(&icmp(version, kind, code, &quoting(from, far)));
            assert_eq!(unconnected.option(ERROR), Ok(None), "{about} {version}");
        }
    }
}

#[test]
fn datagrams_in_fragments_all_arrive() {
    // version, sockets, datagrams of each, bytes
    for (version, sockets, count, length) in [
        (0, 1, 3, 6144),
        (0, 2, 1, 6144),
        (0, 2, 3, 6144),
        (0, 1, 1, 9000),
        (0, 1, 1, 65_507), // the longest
        (1, 1, 3, 6144),
        (1, 2, 1, 6144),
        (1, 1, 1, 3000),
        (1, 1, 1, 65_487), // the longest that one reassembly of 64 KiB holds
    ] {
        let context = format!("{}: {sockets} x {count} x {length}", FAR[version]);
        let pair = Pair::new(1);
        let receiver = bound(&pair.far, version, FAR[version], 7);
        let mut expected = Vec::new();
        let senders: Vec<_> =
            (0..sockets).map(|_| pair.near.datagram(family_of(FAR[version])).unwrap()).collect();
        for number in 0..count {
            for (which, sender) in (0..).zip(&senders) {
                let data = pattern(length, 10 * number + which);
                assert_eq!(sender.sendto(&data, (FAR[version], 7)), Ok(length), "{context}");
                expected.push(data);
            }
        }
        for (number, expected) in expected.iter().enumerate() {
            let received = datagram(&receiver);
            assert!(received.as_ref() == Ok(expected), "{context}: datagram {number}");
        }
    }
}
