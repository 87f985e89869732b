//! Connections that are begun: by one end or by both, at once or again, and attempts that come to nothing.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(clippy::needless_range_loop, reason = "tables of versions")]

mod support;

use berkeley::{Timeout, options};
use smoltcp::wire::TcpControl;

use support::*;

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
fn a_refused_socket_can_connect_elsewhere() {
    let pair = Pair::new(1);
    let socket = pair.near.stream(AddressFamily::INET).unwrap();
    assert!(failed(&socket.connect((FAR[0], 1)), Errno::ECONNREFUSED));
    let _listener = pair.listener(FAR[0], 2, 1);
    assert_eq!(socket.connect((FAR[0], 2)), Ok(()));
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
