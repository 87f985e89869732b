//! Whom a listener takes, and which of several.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use berkeley::options;

use support::*;

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
