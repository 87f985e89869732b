//! Neighbours that are silent, or not there yet, and who waits for them.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use core::net::SocketAddr;

use support::*;

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
