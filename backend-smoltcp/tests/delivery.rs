//! Which sockets get a datagram.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use berkeley::options;

use support::*;

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
