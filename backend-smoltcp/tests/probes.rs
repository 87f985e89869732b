//! What was measured to go wrong with the engine alone (its facts, section 4.12) goes right here.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(
    clippy::needless_range_loop,
    clippy::type_complexity,
    reason = "tables of versions and acts"
)]

mod support;

use core::net::SocketAddr;

use berkeley::{AddressFamily, Errno, Error, MessageFlags, Net, Shutdown, Timeout, options};
use berkeley_smoltcp::simulation::LinkOptions;
use berkeley_smoltcp::{Capacity, Cidr};
use smoltcp::wire::TcpControl;

use support::*;

/// A datagram socket of the far side, bound to this port.
fn bound(net: &Net<SimStack>, version: usize, address: &str, port: u16) -> SimSocket {
    let mut socket = net.datagram(family_of(FAR[version])).unwrap();
    socket.bind((address, port)).unwrap();
    socket.settimeout(seconds(10)).unwrap();
    socket
}

/// Receives one datagram of up to 64 KiB.
fn datagram(socket: &SimSocket) -> Result<Vec<u8>, Error> {
    let mut buffer = vec![0; 65_536];
    let length = socket.recv(&mut buffer)?;
    buffer.truncate(length);
    Ok(buffer)
}

#[test]
fn an_idle_connection_lives() {
    for (version, idle) in [(0, seconds(6)), (0, seconds(3600)), (1, seconds(30 * 24 * 3600))] {
        let pair = Pair::new(1);
        let (near, far) = pair.connected(version, 7);
        pair.pass(idle);
        for (from, to) in [(&near, &far), (&far, &near)] {
            from.sendall(b"still there").unwrap();
            let mut buffer = [0; 16];
            assert_eq!(to.recv(&mut buffer), Ok(11), "idle for {idle:?}");
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

#[test]
fn a_dead_neighbour_holds_nobody_up() {
    // datagrams to each of so many dead neighbours before the one to the live one
    for (version, dead, each) in
        [(0, 1, 1), (0, 4, 1), (0, 20, 1), (0, 4, 20), (1, 1, 1), (1, 4, 4)]
    {
        let context = format!("{}: {dead} dead, {each} datagrams each", FAR[version]);
        let pair = Pair::new(1);
        let mut receiver = bound(&pair.far, version, FAR[version], 7);
        receiver.settimeout(seconds(2)).unwrap();
        let sender = pair.near.datagram(family_of(FAR[version])).unwrap();
        for _ in 0..each {
            for number in 0..dead {
                let host = match version {
                    0 => format!("192.0.2.{}", 100 + number),
                    _ => format!("2001:db8::{:x}", 100 + number),
                };
                // Its own error may come back later.
                let _ = sender.sendto(b"dead", (&host[..], 7));
            }
        }
        assert_eq!(sender.sendto(b"live", (FAR[version], 7)), Ok(4), "{context}");
        assert_eq!(datagram(&receiver), Ok(b"live".to_vec()), "{context}");
        assert!(pair.now().as_millis() < 100, "{context}: after {:?}", pair.now());
    }
}

#[test]
fn dead_neighbours_that_are_asked_for_again_and_again_starve_nobody() {
    let pair = Pair::new(1);
    let receiver = bound(&pair.far, 0, FAR[0], 7);
    let sender = pair.near.datagram(AddressFamily::INET).unwrap();
    for round in 0..60u8 {
        for dead in 100..104 {
            let _ = sender.sendto(b"dead", (&format!("192.0.2.{dead}")[..], 7));
        }
        // The pending error of another datagram may be in the way once.
        let sent = sender.sendto(&[round], (FAR[0], 7));
        sent.or_else(|_| sender.sendto(&[round], (FAR[0], 7))).unwrap();
        assert_eq!(datagram(&receiver), Ok(vec![round]));
        pair.pass(seconds(1));
    }
}

#[test]
fn a_listener_takes_the_families_that_it_says() {
    // where it listens, IPV6_V6ONLY, who gets in: IPv4, IPv6
    for (address, only, v4, v6) in [
        ("0.0.0.0", None, true, false),
        (FAR[0], None, true, false),
        ("::", Some(true), false, true),
        ("::", Some(false), true, true),
        (FAR[1], None, false, true),
    ] {
        let pair = Pair::new(1);
        let listener = pair.far.stream(family_of(address)).unwrap();
        if let Some(only) = only {
            listener.set_option(options::V6ONLY, only).unwrap();
        }
        listener.bind((address, 80)).unwrap();
        listener.listen(5).unwrap();
        for (version, gets_in) in [(0, v4), (1, v6)] {
            let outcome = pair.near.create_connection((FAR[version], 80), None, None).map(drop);
            let expected = if gets_in { Ok(()) } else { Err(Errno::ECONNREFUSED.into()) };
            assert_eq!(outcome, expected, "{address}, only {only:?}: from {}", NEAR[version]);
        }
    }
}

#[test]
fn a_datagram_port_belongs_to_one() {
    let pair = Pair::new(1);
    // first, second, whether both share, outcome
    for (first, second, reuse, errno) in [
        ("0.0.0.0", "0.0.0.0", false, Some(Errno::EADDRINUSE)),
        ("0.0.0.0", FAR[0], false, Some(Errno::EADDRINUSE)),
        (FAR[0], FAR[0], false, Some(Errno::EADDRINUSE)),
        (FAR[0], "127.0.0.1", false, None),
        ("::", "0.0.0.0", false, Some(Errno::EADDRINUSE)), // dual stack
        ("0.0.0.0", "0.0.0.0", true, None),
    ] {
        let sockets = [first, second].map(|address| {
            let socket = pair.far.datagram(family_of(address)).unwrap();
            socket.set_option(options::REUSE_ADDRESS, reuse).unwrap();
            socket
        });
        sockets[0].bind((first, 99)).unwrap();
        let outcome = sockets[1].bind((second, 99));
        let expected = errno.map_or(Ok(()), |errno| Err(errno.into()));
        assert_eq!(outcome, expected, "{first}, then {second}, reuse {reuse}");
    }
}

#[test]
fn a_broadcast_reaches_all_who_share_the_port() {
    let pair = Pair::new(1);
    let receivers = [(); 2].map(|()| {
        let mut socket = pair.far.datagram(AddressFamily::INET).unwrap();
        socket.set_option(options::REUSE_ADDRESS, true).unwrap();
        socket.bind(("", 99)).unwrap();
        socket.settimeout(seconds(1)).unwrap();
        socket
    });
    let sender = pair.near.datagram(AddressFamily::INET).unwrap();
    assert!(failed(&sender.sendto(b"all", ("192.0.2.255", 99)), Errno::EACCES));
    sender.set_option(options::BROADCAST, true).unwrap();
    for to in ["192.0.2.255", "<broadcast>"] {
        assert_eq!(sender.sendto(b"all", (to, 99)), Ok(3), "{to}");
        for receiver in &receivers {
            assert_eq!(datagram(receiver), Ok(b"all".to_vec()), "{to}");
        }
    }
}

#[test]
fn a_datagram_to_all_is_for_who_is_bound_to_all() {
    let pair = Pair::new(1);
    // where the receiver is bound, which of the two broadcasts it gets (udp(7): the address counts)
    for (address, directed, limited) in [
        (FAR[0], false, false),
        ("192.0.2.255", true, false),
        ("255.255.255.255", false, true),
        ("0.0.0.0", true, true),
    ] {
        let mut receiver = bound(&pair.far, 0, address, 99);
        receiver.settimeout(millis(100)).unwrap();
        let sender = pair.near.datagram(AddressFamily::INET).unwrap();
        sender.set_option(options::BROADCAST, true).unwrap();
        for (to, gets) in [("192.0.2.255", directed), ("255.255.255.255", limited)] {
            assert_eq!(sender.sendto(b"all", (to, 99)), Ok(3));
            assert_eq!(datagram(&receiver).is_ok(), gets, "{address}: {to}");
        }
    }
}

#[test]
fn the_listener_that_says_most_is_chosen() {
    for (first, second) in [("0.0.0.0", NEAR[0]), (NEAR[0], "0.0.0.0")] {
        let bench = Bench::new(small());
        let listeners = [first, second].map(|address| {
            let listener = bench.stream(AddressFamily::INET);
            listener.set_option(options::REUSE_PORT, true).unwrap();
            listener.bind((address, 80)).unwrap();
            listener.listen(4).unwrap();
            listener
        });
        Peer::connect(&bench, end(FAR[0], 1000), end(NEAR[0], 80));
        let chosen = listeners.map(|listener| listener.accept().is_ok());
        assert_eq!(chosen, [first, second].map(|address| address == NEAR[0]), "{first}, {second}");
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
fn both_ends_open_one_connection() {
    // RFC 9293, section 3.5, figure 8.
    for version in 0..2 {
        let pair = Pair::new(1);
        let ends = [(&pair.near, NEAR[version], 4000), (&pair.far, FAR[version], 5000)];
        let sockets = ends.map(|(net, address, port)| {
            let mut socket = net.stream(family_of(address)).unwrap();
            socket.bind((address, port)).unwrap();
            socket.setblocking(false).unwrap();
            socket
        });
        for (socket, (_, address, port)) in sockets.iter().zip(ends.iter().rev()) {
            assert!(failed(&socket.connect((*address, *port)), Errno::EINPROGRESS));
        }
        pair.pass(millis(100));
        let [near, far] = &sockets;
        for (socket, peer) in [(near, far), (far, near)] {
            assert_eq!(
                socket.backend().connect_outcome(socket.handle()),
                Ok(()),
                "{address}",
                address = NEAR[version]
            );
            assert_eq!(socket.getpeername(), peer.getsockname());
            assert_eq!(socket.send(b"both"), Ok(4));
        }
        pair.pass(millis(100));
        for socket in &sockets {
            assert_eq!(socket.recv(&mut [0; 8]), Ok(4));
        }
        let syns =
            pair.log.segments().into_iter().filter(|(_, seen)| seen.control == TcpControl::Syn);
        let ways: Vec<_> = syns.map(|(way, _)| way).collect();
        assert!(ways.contains(&Way::In) && ways.contains(&Way::Out), "{ways:?}");
    }
}

#[test]
fn refusals_say_why_and_at_once() {
    // to whom, the error, within how many milliseconds
    for (host, errno, within) in [
        (FAR[0], Errno::ECONNREFUSED, 10),
        (FAR[1], Errno::ECONNREFUSED, 10),
        ("127.0.0.1", Errno::ECONNREFUSED, 0),
        ("127.9.9.9", Errno::ECONNREFUSED, 0),
        ("::1", Errno::ECONNREFUSED, 0),
        (NEAR[0], Errno::ECONNREFUSED, 0),
        (NEAR[1], Errno::ECONNREFUSED, 0),
        ("0.0.0.0", Errno::ECONNREFUSED, 0), // the host itself
        ("203.0.113.1", Errno::ENETUNREACH, 0),
        ("2001:db8:ffff::1", Errno::ENETUNREACH, 0),
        ("192.0.2.99", Errno::EHOSTUNREACH, 5000), // nobody has the address
        ("2001:db8::99", Errno::EHOSTUNREACH, 5000),
    ] {
        let pair = Pair::new(1);
        let outcome = pair.near.create_connection((host, 1), None, None).map(drop);
        assert_eq!(outcome, Err(errno.into()), "{host}");
        assert!(pair.now().as_millis() <= within, "{host}: after {:?}", pair.now());

        let socket = pair.near.datagram(family_of(host)).unwrap();
        let sent = socket.sendto(b"x", (host, 1));
        if errno == Errno::ENETUNREACH {
            assert_eq!(sent, Err(errno.into()), "{host}: datagram");
        }
    }
}

#[test]
fn a_refusal_on_loopback_is_seen_without_waiting() {
    for host in ["127.0.0.1", "::1", NEAR[0], NEAR[1]] {
        let bench = Bench::new(small());
        let socket = bench.stream(family_of(host));
        let outcome = socket.connect((host, 1));
        let refused = failed(&outcome, Errno::EINPROGRESS)
            && failed(&bench.outcome(&socket), Errno::ECONNREFUSED);
        assert!(refused || failed(&outcome, Errno::ECONNREFUSED), "{host}: {outcome:?}");
    }
}

#[test]
fn a_refused_socket_can_connect_elsewhere() {
    let pair = Pair::new(1);
    let socket = pair.near.stream(AddressFamily::INET).unwrap();
    assert!(failed(&socket.connect((FAR[0], 1)), Errno::ECONNREFUSED));
    let _listener = pair.listener(FAR[0], 2, 1);
    assert_eq!(socket.connect((FAR[0], 2)), Ok(()));
}

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
fn attempts_to_connect_end() {
    for version in 0..2 {
        let bench = Bench::new(small());
        let start = bench.now();
        let (socket, syn) = bench.connecting(end(FAR[version], 80));
        let repeated = bench.pass(seconds(300));
        assert!((4..=8).contains(&repeated.len()), "{} SYNs", repeated.len());
        let is_repetition =
            |seen: &Seen| (seen.control, seen.sequence) == (TcpControl::Syn, syn.sequence);
        assert!(repeated.iter().all(|(_, seen)| is_repetition(seen)), "{repeated:?}");
        let last = repeated.last().unwrap().0.saturating_duration_since(start);
        assert!(last < seconds(130), "the last SYN after {last:?}");
        assert_eq!(bench.outcome(&socket), Err(Errno::ETIMEDOUT.into()));
        // And is over.
        assert_eq!(bench.pass(seconds(600)).len(), 0);
    }
}

#[test]
fn an_attempt_to_connect_times_out_by_itself() {
    let pair = Pair::over(
        LinkOptions { ethernet: false, loss: 1000, ..LinkOptions::default() },
        1,
        Capacity::default(),
        Capacity::default(),
    );
    let blocking = pair.near.stream(AddressFamily::INET).unwrap();
    assert!(failed(&blocking.connect((FAR[0], 1)), Errno::ETIMEDOUT));
    let after = pair.now().as_millis();
    assert!((60_000..=200_000).contains(&after), "after {after} ms");

    let timeout = Some(Timeout::After(seconds(5)));
    let timed = pair.near.create_connection((FAR[0], 1), timeout, None).map(drop);
    assert_eq!(timed, Err(Error::TIMED_OUT));
    assert!(pair.now().as_millis() >= after + 5000, "never early");
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

#[test]
fn the_same_two_ends_connect_again_at_once() {
    for (near_first, version) in [(true, 0), (false, 0), (true, 1), (false, 1)] {
        let pair = Pair::new(1);
        let listener = pair.listener(FAR[version], 80, 1);
        for round in 0..5 {
            let context = format!("near first {near_first}, round {round}");
            let near = pair.near.stream(family_of(FAR[version])).unwrap();
            near.set_option(options::REUSE_ADDRESS, true).unwrap();
            near.bind((NEAR[version], 4000)).unwrap_or_else(|error| panic!("{context}: {error:?}"));
            let outcome = near.connect((FAR[version], 80));
            assert_eq!(outcome, Ok(()), "{context}");
            let (far, from) = listener.accept().unwrap();
            assert_eq!(from.port(), Some(4000));
            near.sendall(&[round]).unwrap();
            let mut buffer = [0; 4];
            assert_eq!(far.recv(&mut buffer), Ok(1), "{context}");
            assert_eq!(buffer[0], round);
            let (first, second) = if near_first { (near, far) } else { (far, near) };
            first.close().unwrap();
            assert_eq!(second.recv(&mut buffer), Ok(0), "{context}");
            second.close().unwrap();
            pair.pass(millis(10));
        }
        assert!(pair.now().as_millis() < 2000, "after {:?}", pair.now());
    }
}

#[test]
fn two_connections_never_have_the_same_ends() {
    let pair = Pair::new(1);
    let _listener = pair.listener(FAR[0], 80, 5);
    let sockets = [(); 2].map(|()| {
        let socket = pair.near.stream(AddressFamily::INET).unwrap();
        socket.set_option(options::REUSE_ADDRESS, true).unwrap();
        socket.bind((NEAR[0], 4000)).unwrap();
        socket
    });
    assert_eq!(sockets[0].connect((FAR[0], 80)), Ok(()));
    assert!(failed(&sockets[1].connect((FAR[0], 80)), Errno::EADDRNOTAVAIL));
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
fn a_syn_to_a_group_is_for_nobody() {
    let bench = Bench::new(small());
    let listener = bench.listener("0.0.0.0", 80, 5);
    let listener6 = bench.listener("::", 81, 5);
    for (from, to, port) in [
        (FAR[0], "192.0.2.255", 80),
        (FAR[0], "255.255.255.255", 80),
        (FAR[0], "192.0.2.0", 80),
        (FAR[0], "224.0.0.1", 80),
        (FAR[1], "ff02::1", 81),
        (FAR[0], "192.0.2.255", 9), // nobody listens there: no reset either
    ] {
        let syn = Segment::syn(end(from, 1000), end(to, port), 1);
        assert_eq!(bench.inject(&syn.packet()), Vec::<Vec<u8>>::new(), "{to}");
    }
    // The listeners are as before.
    for (version, port, listener) in [(0, 80, &listener), (1, 81, &listener6)] {
        Peer::connect(&bench, end(FAR[version], 1001), end(NEAR[version], port));
        assert!(listener.accept().is_ok(), "{}", FAR[version]);
    }
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
fn the_host_talks_to_itself() {
    for host in ["127.0.0.1", "127.1.2.3", "::1", NEAR[0], NEAR[1]] {
        let pair = Pair::new(1);
        let family = family_of(host);
        let wildcard = if family == AddressFamily::INET { "0.0.0.0" } else { "::" };
        let mut receiver = pair.near.datagram(family).unwrap();
        receiver.bind((host, 7)).unwrap();
        receiver.settimeout(seconds(1)).unwrap();
        let sender = pair.near.datagram(family).unwrap();
        for length in [0, 1, 1500, 20_000] {
            let data = pattern(length, 1);
            assert_eq!(sender.sendto(&data, (host, 7)), Ok(length), "{host}");
            assert!(datagram(&receiver) == Ok(data), "{host}: {length} bytes");
        }
        // A socket to itself.
        assert_eq!(receiver.sendto(b"me", (host, 7)), Ok(2));
        assert_eq!(datagram(&receiver), Ok(b"me".to_vec()), "{host}");

        let listener = pair.near.stream(family).unwrap();
        listener.bind((wildcard, 7)).unwrap();
        listener.listen(1).unwrap();
        let client = pair.near.create_connection((host, 7), None, None).unwrap();
        let (server, from) = listener.accept().unwrap();
        assert_eq!(Ok(from), client.getsockname(), "{host}");
        client.sendall(b"hello").unwrap();
        let mut buffer = [0; 8];
        assert_eq!(server.recv(&mut buffer), Ok(5), "{host}");
        client.close().unwrap();
        assert_eq!(server.recv(&mut buffer), Ok(0), "{host}");
        assert_eq!(pair.now().as_millis(), 0, "{host}");
        assert!(pair.log.take().is_empty(), "{host}: nothing leaves the host");
    }
}

#[test]
fn a_gateway_is_used_and_a_dead_one_is_told() {
    for (gateway, outcome) in [(FAR[0], Errno::ETIMEDOUT), ("192.0.2.99", Errno::EHOSTUNREACH)] {
        let simulation = berkeley_smoltcp::simulation::Simulation::new(1);
        let (one, two) = simulation.link(LinkOptions::default());
        let (near, interface) = sim_stack(&simulation, one, &NEAR, Capacity::default());
        let (_far, _) = sim_stack(&simulation, two, &FAR, Capacity::default());
        near.add_route(Cidr::new(ip("0.0.0.0"), 0).unwrap(), ip(gateway), interface).unwrap();
        let net = Net::new(near);
        let connected = net.create_connection(("203.0.113.1", 80), None, None).map(drop);
        assert_eq!(connected, Err(outcome.into()), "by {gateway}");
    }
}

#[test]
fn a_neighbour_that_comes_to_life_is_found() {
    // The far side gets its address after the first packets were lost.
    let simulation = berkeley_smoltcp::simulation::Simulation::new(1);
    let (one, two) = simulation.link(LinkOptions::default());
    let (near, _) = sim_stack(&simulation, one, &NEAR, Capacity::default());
    let (far, interface) = sim_stack(&simulation, two, &[], Capacity::default());
    let (near, far) = (Net::new(near), Net::new(far));
    let connect = || near.create_connection((FAR[0], 80), None, None).map(drop);
    assert_eq!(connect(), Err(Errno::EHOSTUNREACH.into()));
    far.backend().add_address(interface, cidr(FAR[0])).unwrap();
    let listener = far.stream(AddressFamily::INET).unwrap();
    listener.bind(("", 80)).unwrap();
    listener.listen(1).unwrap();
    // A failure may be remembered for a moment.
    let again: Vec<_> = (0..3)
        .map(|_| {
            let mut sleeper = near.datagram(AddressFamily::INET).unwrap();
            sleeper.settimeout(seconds(1)).unwrap();
            let _ = sleeper.recv(&mut [0]);
            connect()
        })
        .collect();
    assert!(again.contains(&Ok(())), "{again:?}");
    let at: SocketAddr = end(FAR[0], 80);
    assert_eq!(listener.getsockname().map(|name| name.port()), Ok(Some(at.port())));
}

#[test]
fn an_acknowledgement_bears_the_highest_number_sent() {
    // RFC 9293, section 3.10.7.4: an acknowledgement is <SEQ=SND.NXT>. The engine goes back to the
    // first unacknowledged byte when it repeats; two stacks that do so drop each other's
    // acknowledgements as old, and stay so for ever.
    for version in 0..2 {
        let bench = Bench::new(Capacity { send: 65_536, ..small() });
        let listener = bench.listener(NEAR[version], 80, 1);
        let peer = Peer::connect(&bench, end(FAR[version], 1000), end(NEAR[version], 80));
        let (socket, _) = listener.accept().unwrap();
        socket.set_option(berkeley::options::NODELAY, true).unwrap();
        assert_eq!(socket.send(&pattern(2000, 1)), Ok(2000));
        let sent = bench.segments();
        assert_eq!(sent.iter().map(|seen| seen.data.len()).sum::<usize>(), 2000);
        let next = peer.expects.wrapping_add(2000);
        // Nothing is acknowledged: the first segment is repeated, and only that.
        let repeated = bench.pass(seconds(2));
        assert!(repeated.iter().any(|(_, seen)| seen.sequence == peer.expects), "{repeated:?}");
        // A repetition of the peer's last byte asks for an acknowledgement.
        let old = Segment { sequence: peer.sequence.wrapping_sub(1), ..peer.segment() };
        let answers = bench.give(&old);
        let answer = answers.iter().find(|seen| seen.data.is_empty()).expect("an acknowledgement");
        assert_eq!(answer.sequence, next, "{}", FAR[version]);
    }
}
