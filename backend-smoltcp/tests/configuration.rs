//! Interfaces as a program configures them and lists them: addresses, routes, neighbours, MTU, counts.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use berkeley_smoltcp::{NeighbourState, Traffic};
use support::target::{arp, ethernet, udp};
use support::*;

const THEIRS: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 2]);
const OTHER: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 3]);

fn on_ethernet() -> Bench {
    Bench::with(Medium::Ethernet(OWN), 1500, 1, small())
}

/// What is known of the far host.
fn known(bench: &Bench, address: &str) -> Option<(Option<HardwareAddress>, NeighbourState)> {
    let mut neighbours = bench.stack().neighbours();
    let found = neighbours.find(|neighbour| neighbour.address == ip(address))?;
    Some((found.hardware, found.state))
}

#[test]
fn what_was_configured_is_listed() {
    let bench = on_ethernet();
    let (stack, interface) = (bench.stack(), bench.interface);
    let everywhere = Cidr::new(ip("0.0.0.0"), 0).unwrap();
    stack.add_route(everywhere, ip(FAR[0]), interface).unwrap();

    let interfaces: Vec<_> = stack.interfaces().collect();
    let media: Vec<_> = interfaces.iter().map(|found| (found.medium, found.mtu)).collect();
    assert_eq!(media, [(Medium::Loopback, 65_535), (Medium::Ethernet(OWN), 1500)]);
    assert_eq!(interfaces[1].index, interface);
    let addresses: Vec<_> = stack.addresses().map(|own| own.address.to_string()).collect();
    assert_eq!(addresses, ["127.0.0.1/8", "::1/128", "192.0.2.1/24", "2001:db8::1/64"]);
    let routes: Vec<_> = stack.routes().map(|route| (route.destination, route.gateway)).collect();
    assert_eq!(routes, [(everywhere, ip(FAR[0]))]);
    assert_eq!(stack.neighbours().count(), 0);

    stack.remove_address(interface, ip(NEAR[0])).unwrap();
    stack.remove_route(everywhere, ip(FAR[0]), interface).unwrap();
    assert_eq!((stack.addresses().count(), stack.routes().count()), (3, 0));
    stack.remove_interface(interface).unwrap();
    assert_eq!((stack.addresses().count(), stack.interfaces().count()), (2, 1));
}

#[test]
fn a_neighbour_of_the_programs_is_believed_for_good() {
    for (version, far) in FAR.into_iter().enumerate() {
        let bench = on_ethernet();
        let stack = bench.stack();
        let socket = bench.datagram(family_of(far));
        socket.sendto(b"waits", (far, 9)).unwrap();
        assert_eq!(known(&bench, far), Some((None, NeighbourState::Incomplete)));
        bench.take(); // the question
        stack.add_neighbour(bench.interface, ip(far), THEIRS).unwrap();
        let sent = bench.take();
        assert_eq!((sent.len(), &sent[0][..6]), (1, &THEIRS.0[..]), "what waited leaves");

        // Nobody else is believed, and a link that was down changes nothing.
        let said = udp(end(far, 9), end(NEAR[version], 9), b"x");
        bench.inject(&ethernet(OTHER.0, OWN.0, &said));
        if version == 0 {
            let (them, us) = (FAR[0].parse().unwrap(), NEAR[0].parse().unwrap());
            bench.inject(&arp(2, them, us)); // from a stranger
        }
        bench.take();
        bench.advance(seconds(3600));
        socket.sendto(b"still", (far, 9)).unwrap();
        let sent = bench.take();
        assert_eq!((sent.len(), &sent[0][..6]), (1, &THEIRS.0[..]));
        assert_eq!(known(&bench, far), Some((Some(THEIRS), NeighbourState::Permanent)));

        // Another one in its place, then none.
        stack.add_neighbour(bench.interface, ip(far), OTHER).unwrap();
        socket.sendto(b"there", (far, 9)).unwrap();
        assert_eq!(bench.take()[0][..6], OTHER.0);
        stack.remove_neighbour(bench.interface, ip(far)).unwrap();
        assert!(failed(&stack.remove_neighbour(bench.interface, ip(far)), Errno::ENOENT));
        assert_eq!(known(&bench, far), None);
        socket.sendto(b"where", (far, 9)).unwrap();
        assert_ne!(bench.take()[0][..6], OTHER.0, "it is asked for again");
    }
}

#[test]
fn neighbours_of_the_programs_are_not_displaced() {
    let bench = Bench::with(Medium::Ethernet(OWN), 1500, 1, Capacity { neighbours: 2, ..small() });
    let (stack, interface) = (bench.stack(), bench.interface);
    let group = HardwareAddress([3, 0, 0, 0, 0, 1]);
    assert!(failed(&stack.add_neighbour(interface, ip(FAR[0]), group), Errno::EINVAL));
    for host in ["192.0.2.2", "192.0.2.3"] {
        stack.add_neighbour(interface, ip(host), THEIRS).unwrap();
    }
    assert!(failed(&stack.add_neighbour(interface, ip("192.0.2.4"), THEIRS), Errno::ENOBUFS));
    let socket = bench.datagram(AddressFamily::INET);
    let outcome = socket.sendto(b"x", ("192.0.2.5", 9));
    assert!(failed(&outcome, Errno::EHOSTUNREACH), "{outcome:?}");
    assert_eq!(stack.neighbours().count(), 2);
    stack.remove_interface(interface).unwrap();
    assert_eq!(stack.neighbours().count(), 0);
}

#[test]
fn a_smaller_mtu_cuts_datagrams_and_segments() {
    let bench = Bench::new(small());
    let longest = |frames: Vec<Vec<u8>>| frames.iter().map(Vec::len).max();
    let datagrams = bench.datagram(AddressFamily::INET);
    let (stream, syn) = bench.connecting(end(FAR[0], 80));
    let _peer = Peer::accept(&bench, &syn);
    bench.take();
    for (mtu, outcome) in [
        (1501, Err(Errno::EINVAL.into())), // more than the device carries
        (127, Err(Errno::EINVAL.into())),
        (600, Ok(())),
    ] {
        assert_eq!(bench.stack().set_mtu(bench.interface, mtu), outcome, "{mtu}");
    }
    datagrams.sendto(&[1; 2000], (FAR[0], 9)).unwrap();
    assert_eq!(longest(bench.take()), Some(596)); // fragments end at multiples of 8
    assert_eq!(stream.send(&[2; 2000]), Ok(2000));
    assert_eq!(longest(bench.take()), Some(600));
    let (_, syn) = bench.connecting(end(FAR[0], 81));
    assert_eq!(syn.mss, Some(560));
    assert_eq!(bench.stack().interfaces().last().unwrap().mtu, 600);
}

#[test]
fn interfaces_and_protocols_count() {
    let bench = Bench::new(small());
    let socket = bench.datagram(AddressFamily::INET);
    socket.bind(("", 7)).unwrap();
    let packet = udp(end(FAR[0], 9), end(NEAR[0], 7), b"1234");
    bench.inject(&packet);
    bench.inject(&udp(end(FAR[0], 9), end(NEAR[0], 8), b"1234")); // which is answered
    bench.inject(&[0; 30]);
    socket.sendto(b"12345678", (FAR[0], 9)).unwrap();
    bench.settle();
    let last = bench.stack().interfaces().last().unwrap();
    assert_eq!(last.received, Traffic { packets: 3, bytes: 32 + 32 + 30, dropped: 2 });
    // Routers were told where the address of IPv6 is solicited; a port unreachable quotes the header
    // and 8 bytes.
    assert_eq!(last.sent, Traffic { packets: 3, bytes: 76 + 56 + 36, dropped: 0 });

    let _listener = bench.listener(NEAR[0], 80, 4);
    let peer = Peer::connect(&bench, end(FAR[0], 1), end(NEAR[0], 80));
    bench.give(&Segment { control: smoltcp::wire::TcpControl::Rst, ..peer.segment() });
    let (_, syn) = bench.connecting(end(FAR[0], 80));
    let reset = Segment {
        control: smoltcp::wire::TcpControl::Rst,
        acknowledgement: Some(syn.sequence.wrapping_add(1)),
        ..Segment::new(syn.to, syn.from, 0)
    };
    bench.give(&reset);
    let counts = bench.stack().protocol_counts().unwrap();
    let seen: Vec<_> = counts.iter().filter(|(_, count)| *count > 0).collect();
    let expected = [
        ("active opens", 1),
        ("passive opens", 1),
        ("attempt failures", 1),
        ("established resets", 1),
        ("datagrams in", 1),
        ("datagrams out", 1),
    ];
    assert_eq!(seen, expected);
    let table = bench.stack().to_string();
    for line in [
        "interface 2: Ip, mtu 1500, up, in 7 packets",
        "address 192.0.2.1/24",
        "counted, passive opens: 1",
    ] {
        assert!(table.contains(line), "{line:?} is not in\n{table}");
    }
}
