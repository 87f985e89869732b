//! Multicast: who hears what is sent to a group, what sending to one means, and broadcasts.
//!
//! What routers are told is in `group_reports.rs`.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "tables of a test")]

mod support;

use core::net::{Ipv4Addr, Ipv6Addr, SocketAddrV6};

use berkeley::options::*;
use berkeley::{Address, AddressFamily, ErrorKind, OptionLevel, OptionName, Pool, Timeout};

use support::*;

const GROUP: [&str; 2] = ["239.1.2.3", "ff05::7"];
const OTHER: [&str; 2] = ["239.1.2.4", "ff05::8"];

/// The interface behind the loopback.
const LINK: u32 = 2;
const LOOPBACK: u32 = 1;

const PORT: u16 = 5000;

/// Joins or leaves a group on an interface, by its number.
fn change(
    socket: &Socket<impl Backend + Clone>,
    joins: bool,
    group: &str,
    interface: u32,
) -> Result<(), Error> {
    match ip(group) {
        core::net::IpAddr::V4(group) => {
            let membership = Ipv4Membership { group, address: Ipv4Addr::UNSPECIFIED, interface };
            socket.set_option(if joins { ADD_MEMBERSHIP } else { DROP_MEMBERSHIP }, membership)
        }
        core::net::IpAddr::V6(group) => {
            let membership = Ipv6Membership { group, interface };
            socket.set_option(if joins { JOIN_GROUP } else { LEAVE_GROUP }, membership)
        }
    }
}

/// An option of multicast that both versions of IP have.
fn option(version: usize, ipv4: OptionName, ipv6: OptionName) -> (OptionLevel, OptionName) {
    if version == 0 { (OptionLevel::IP, ipv4) } else { (OptionLevel::IPV6, ipv6) }
}

fn hears_all(version: usize) -> (OptionLevel, OptionName) {
    option(version, IP_MULTICAST_ALL, IPV6_MULTICAST_ALL)
}

/// A socket at the port, beside others.
fn at_port(net: &Net<SimStack>, address: &str, port: u16) -> SimSocket {
    let mut socket = net.datagram(family_of(address)).unwrap();
    socket.set_option(REUSE_ADDRESS, true).unwrap();
    socket.bind((address, port)).unwrap();
    socket.settimeout(seconds(1)).unwrap();
    socket
}

fn any(version: usize) -> &'static str {
    ["0.0.0.0", "::"][version]
}

/// How many datagrams come.
fn heard(socket: &SimSocket) -> usize {
    (0..).take_while(|_| socket.recv(&mut [0; 64]).is_ok()).count()
}

#[test]
fn all_members_hear_and_nobody_else() {
    for version in [0, 1] {
        let pair = Pair::new(1);
        let near = |joined: Option<&str>, address: &str, port, all: i32| {
            let socket = at_port(&pair.near, address, port);
            let (level, name) = hears_all(version);
            socket.setsockopt(level, name, all).unwrap();
            if let Some(group) = joined {
                change(&socket, true, group, LINK).unwrap();
            }
            socket
        };
        let (group, other) = (GROUP[version], OTHER[version]);
        // A socket, and how many of the three datagrams below it hears. Who has joined a group hears
        // all others that the host has joined as well, unless it has said otherwise.
        let sockets = [
            (near(Some(group), any(version), PORT, 1), 2),
            (near(Some(group), any(version), PORT, 0), 1),
            (near(Some(group), group, PORT, 1), 1),
            (near(None, group, PORT, 1), 1),
            (near(None, group, PORT, 0), 0),
            (near(None, any(version), PORT, 1), 2),
            (near(None, any(version), PORT, 0), 0),
            (near(Some(other), any(version), PORT, 0), 1),
            (near(None, NEAR[version], PORT, 1), 0),
            (near(Some(group), any(version), PORT + 1, 1), 0),
        ];
        let far = pair.far.datagram(family_of(group)).unwrap();
        for to in [group, other, ["239.1.2.5", "ff05::9"][version]] {
            far.sendto(b"to all", (to, PORT)).unwrap();
        }
        for (number, (socket, expected)) in sockets.iter().enumerate() {
            assert_eq!(heard(socket), *expected, "{group} {number}");
        }
    }
}

/// A member on each of two links, as `Middle` of `scopes.rs`: a host between two others.
struct Middle {
    middle: Net<SimStack>,
    peers: [Net<SimStack>; 2],
}

/// The middle host's interfaces and addresses on both links.
const LINKS: [u32; 2] = [2, 3];
const MIDDLE: [[&str; 2]; 2] = [["192.0.2.1", "198.51.100.1"], ["2001:db8::1", "2001:db8:2::1"]];

fn middle() -> Middle {
    let simulation = Simulation::new(1);
    let (one, first) = simulation.link(LinkOptions::default());
    let (two, second) = simulation.link(LinkOptions::default());
    let own = ["192.0.2.1", "2001:db8::1", "fe80::1"];
    let (stack, _) = sim_stack(&simulation, one, &own, Capacity::default());
    let interface = stack.add_interface(Box::new(two)).unwrap();
    for address in ["198.51.100.1", "2001:db8:2::1", "fe80::1"] {
        stack.add_address(interface, cidr(address)).unwrap();
    }
    let peer = |device, addresses: [&str; 2]| {
        Net::new(sim_stack(&simulation, device, &addresses, Capacity::default()).0)
    };
    let peers = [
        peer(first, ["192.0.2.2", "2001:db8::2"]),
        peer(second, ["198.51.100.2", "2001:db8:2::2"]),
    ];
    Middle { middle: Net::new(stack), peers }
}

#[test]
fn a_group_is_joined_on_one_interface() {
    for version in [0, 1] {
        let Middle { middle, peers } = middle();
        let group = GROUP[version];
        let socket = at_port(&middle, any(version), PORT);
        change(&socket, true, group, LINKS[1]).unwrap();
        for (number, peer) in peers.iter().enumerate() {
            let sender = peer.datagram(family_of(group)).unwrap();
            sender.sendto(&[number as u8], (group, PORT)).unwrap();
        }
        let mut buffer = [0; 8];
        assert_eq!(socket.recv(&mut buffer), Ok(1), "{group}");
        assert_eq!(buffer[0], 1, "{group}");
        assert_eq!(socket.recv(&mut buffer), Err(Error::TIMED_OUT), "{group}");
    }
}

#[test]
fn groups_are_left_with_the_last_handle() {
    for version in [0, 1] {
        let pair = Pair::new(1);
        let group = GROUP[version];
        let listener = at_port(&pair.near, any(version), PORT);
        let member = pair.near.datagram(family_of(group)).unwrap();
        change(&member, true, group, LINK).unwrap();
        let copy = member.dup().unwrap();
        let far = pair.far.datagram(family_of(group)).unwrap();
        for (closed, expected) in [(Some(member), 1), (Some(copy), 0)] {
            drop(closed);
            far.sendto(b"still there?", (group, PORT)).unwrap();
            assert_eq!(heard(&listener), expected, "{group}");
        }
    }
}

/// As Linux 6.18 answers.
#[test]
fn memberships_that_cannot_be_are_refused() {
    let Middle { middle, .. } = middle();
    let outcome = |errno: Option<Errno>| errno.map_or(Ok(()), |errno| Err(Error::from(errno)));
    let invalid = Some(Errno::EINVAL);
    let (twice, nothing) = (Some(Errno::EADDRINUSE), Some(Errno::EADDRNOTAVAIL));
    let absent = Some(Errno::ENODEV);
    let socket = middle.datagram(AddressFamily::INET6).unwrap();
    // joins, group, interface, outcome: one after the other
    for (joins, group, interface, errno) in [
        (true, "239.1.2.3", 2, None),
        (true, "239.1.2.3", 3, None),
        (true, "239.1.2.3", 2, twice),
        (true, "239.1.2.3", 99, absent),
        (true, "192.0.2.9", 2, invalid),
        (true, "255.255.255.255", 2, invalid),
        (true, "224.0.0.1", 2, None), // all hosts, where everybody is anyway
        (true, "239.1.2.3", LOOPBACK, None),
        (false, "192.0.2.9", 2, nothing),
        (false, "239.1.2.3", 99, nothing),
        (false, "239.1.2.3", 2, None),
        (false, "239.1.2.3", 2, nothing),
        (false, "239.1.2.3", 3, None),
        (true, "ff05::7", 2, None),
        (true, "ff05::7", 3, None),
        (true, "ff05::7", 2, twice),
        (true, "ff05::7", 0, twice), // on whichever interface
        (true, "ff05::8", 99, absent),
        (true, "2001:db8::1", 2, invalid),
        (true, "::ffff:239.1.2.3", 2, invalid),
        (true, "ff02::77", 0, None),
        (true, "ff01::77", 2, None),
        (false, "ff05::7", 99, nothing),
        (false, "2001:db8::1", 2, invalid),
        (false, "ff05::7", 0, None), // one after the other
        (false, "ff05::7", 0, None),
        (false, "ff05::7", 0, nothing),
    ] {
        let result = change(&socket, joins, group, interface);
        assert_eq!(result, outcome(errno), "{joins} {group} {interface}");
    }
    // By an address of the interface, and in a shorter form.
    let by_address = |address: &str| {
        let (Ok(group), Ok(address)) = ("239.9.9.9".parse(), address.parse::<Ipv4Addr>()) else {
            panic!("{address}")
        };
        Ipv4Membership { group, address, interface: 0 }.encode().unwrap()
    };
    for (address, length, errno) in [
        ("198.51.100.1", 8, None),
        ("198.51.100.1", 12, twice),
        ("127.0.0.1", 8, None),
        ("203.0.113.1", 8, absent),
        ("192.0.2.1", 7, invalid),
        ("192.0.2.1", 9, None),
    ] {
        let bytes = by_address(address);
        let joined = socket.setsockopt_bytes(
            OptionLevel::IP,
            IP_ADD_MEMBERSHIP,
            &bytes.as_slice()[..length],
        );
        assert_eq!(joined, outcome(errno), "{address} {length}");
    }
    // Streams have no groups, and IPv4 has none of IPv6.
    let stream = middle.stream(AddressFamily::INET6).unwrap();
    for group in GROUP {
        assert!(failed(&change(&stream, true, group, 2), Errno::EPROTO), "{group}");
        assert!(failed(&change(&stream, false, group, 2), Errno::EPROTO), "{group}");
    }
    let ipv4 = middle.datagram(AddressFamily::INET).unwrap();
    assert!(failed(&change(&ipv4, true, GROUP[1], 2), Errno::ENOPROTOOPT));
}

#[test]
fn a_full_table_names_itself() {
    let capacity = Capacity { memberships: 2, ..small() };
    let bench = Bench::new(capacity);
    let socket = bench.datagram(AddressFamily::INET6);
    for group in ["ff05::7", "239.1.2.3"] {
        change(&socket, true, group, LINK).unwrap();
    }
    let refused = change(&socket, true, "ff05::8", LINK).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Exhausted(Pool::Memberships));
    assert!(refused.is(Errno::ENOBUFS));
    let usage = bench.stack().usage().unwrap().memberships;
    assert_eq!((usage.in_use, usage.capacity, usage.refused), (2, 2, 1));
    change(&socket, false, "239.1.2.3", LINK).unwrap();
    change(&socket, true, "ff05::8", LINK).unwrap();
}

/// As Linux 6.18 answers; its `getsockopt` tells the address that was set, be it or not that of the
/// interface.
#[test]
fn the_interface_to_send_over_can_be_chosen() {
    let Middle { middle, .. } = middle();
    let outcome = |errno: Option<Errno>| errno.map_or(Ok(()), |errno| Err(Error::from(errno)));
    let socket = middle.datagram(AddressFamily::INET6).unwrap();
    let nowhere = Some(Errno::EADDRNOTAVAIL);
    let long = |address: [u8; 4], interface: u32| {
        let mut bytes = [0; 12];
        bytes[4..8].copy_from_slice(&address);
        bytes[8..].copy_from_slice(&interface.to_ne_bytes());
        bytes
    };
    // value, outcome, read back: one after the other
    for (value, errno, read) in [
        (&[192, 0, 2, 1][..], None, [192, 0, 2, 1]),
        (&[203, 0, 113, 9], nowhere, [192, 0, 2, 1]),
        (&[192, 0, 2], Some(Errno::EINVAL), [192, 0, 2, 1]),
        (&[], Some(Errno::EINVAL), [192, 0, 2, 1]),
        (&[239, 1, 1, 1, 198, 51, 100, 1], None, [198, 51, 100, 1]),
        (&long([0; 4], 3), None, [0; 4]),
        (&long([203, 0, 113, 1], 3), None, [203, 0, 113, 1]),
        (&long([0; 4], 99), nowhere, [203, 0, 113, 1]),
        (&[0; 4], None, [0; 4]),
    ] {
        let set = socket.setsockopt_bytes(OptionLevel::IP, IP_MULTICAST_IF, value);
        assert_eq!(set, outcome(errno), "{value:?}");
        let mut told = [0; 16];
        let length = socket.getsockopt_bytes(OptionLevel::IP, IP_MULTICAST_IF, &mut told).unwrap();
        assert_eq!(told[..length], read, "{value:?}");
    }
    let ipv6 = (OptionLevel::IPV6, IPV6_MULTICAST_IF);
    let absent = Some(Errno::ENODEV);
    for (value, errno, read) in [(3, None, 3), (99, absent, 3), (-1, absent, 3), (0, None, 0)] {
        assert_eq!(socket.setsockopt(ipv6.0, ipv6.1, value), outcome(errno), "{value}");
        assert_eq!(socket.getsockopt(ipv6.0, ipv6.1), Ok(read), "{value}");
    }
    // Who uses one interface sends over no other.
    socket.setsockopt(OptionLevel::SOCKET, SO_BINDTOIFINDEX, 2).unwrap();
    for (value, errno) in [(3, Some(Errno::EINVAL)), (2, None), (0, None)] {
        assert_eq!(socket.setsockopt(ipv6.0, ipv6.1, value), outcome(errno), "{value}");
    }
    let ipv4 =
        |address: [u8; 4]| socket.setsockopt_bytes(OptionLevel::IP, IP_MULTICAST_IF, &address);
    assert_eq!(ipv4([198, 51, 100, 1]), outcome(Some(Errno::EINVAL)));
    assert_eq!(ipv4([192, 0, 2, 1]), Ok(()));
    let stream = middle.stream(AddressFamily::INET6).unwrap();
    assert!(failed(&stream.setsockopt(ipv6.0, ipv6.1, 2), Errno::ENOPROTOOPT));
    let of_stream = stream.setsockopt_bytes(OptionLevel::IP, IP_MULTICAST_IF, &[192, 0, 2, 1]);
    assert!(failed(&of_stream, Errno::EINVAL));
}

#[test]
fn the_chosen_interface_is_sent_over_and_from() {
    for version in [0, 1] {
        let Middle { middle, peers } = middle();
        let group = GROUP[version];
        let members = peers.each_ref().map(|peer| {
            let member = at_port(peer, any(version), PORT);
            change(&member, true, group, LINK).unwrap();
            member
        });
        let (level, name) = option(version, IP_MULTICAST_IF, IPV6_MULTICAST_IF);
        // the chosen link, how: by its address, or by its number; the address that is bound to
        for (chosen, by_address, bound) in [
            (0, true, None),
            (1, true, None),
            (0, false, None),
            (1, false, None),
            (1, false, Some(0)), // weak hosts: the address is one, the way another
        ] {
            let socket = middle.datagram(family_of(group)).unwrap();
            if let Some(bound) = bound {
                socket.bind((MIDDLE[version][bound], 0)).unwrap();
            }
            let mut value = [0; 12];
            match (ip(MIDDLE[version][chosen]), by_address) {
                (core::net::IpAddr::V4(own), true) => {
                    socket.setsockopt_bytes(level, name, &own.octets()).unwrap();
                }
                (core::net::IpAddr::V4(_), false) => {
                    value[8..].copy_from_slice(&LINKS[chosen].to_ne_bytes());
                    socket.setsockopt_bytes(level, name, &value).unwrap();
                }
                _ => socket.setsockopt(level, name, LINKS[chosen] as i32).unwrap(),
            }
            socket.sendto(b"x", (group, PORT)).unwrap();
            let (_, from) = members[chosen].recvfrom(&mut [0; 8]).unwrap();
            let expected = MIDDLE[version][bound.unwrap_or(chosen)];
            assert_eq!(from.unwrap().ip(), Some(ip(expected)), "{group} {chosen} {by_address}");
            assert_eq!(heard(&members[1 - chosen]), 0, "{group} {chosen} {by_address}");
            // Connecting tells the same, and sending follows what is chosen later.
            socket.connect((group, PORT)).unwrap();
            assert_eq!(socket.getsockname().unwrap().ip(), Some(ip(expected)), "{group}");
            assert_eq!(socket.getpeername(), Ok(Address::from(end(group, PORT))), "{group}");
        }
    }
}

#[test]
fn a_chosen_interface_is_the_scope_of_link_local_groups() {
    let Middle { middle, peers } = middle();
    let group = "ff02::7";
    let member = at_port(&peers[1], "::", PORT);
    change(&member, true, group, LINK).unwrap();
    let socket = middle.datagram(AddressFamily::INET6).unwrap();
    assert!(failed(&socket.connect((group, PORT)), Errno::EINVAL), "on which link?");
    assert_eq!(socket.sendto(b"x", (group, PORT)), Ok(1), "on the first one, as on Linux");
    socket.setsockopt(OptionLevel::IPV6, IPV6_MULTICAST_IF, LINKS[1] as i32).unwrap();
    socket.connect((group, PORT)).unwrap();
    let at = |address: &str, scope| {
        let address: Ipv6Addr = address.parse().unwrap();
        Address::from(SocketAddrV6::new(address, PORT, 0, scope))
    };
    assert_eq!(socket.getpeername(), Ok(at(group, LINKS[1])));
    assert_eq!(socket.getsockname().unwrap().with_port(PORT), at("fe80::1", LINKS[1]));
    assert_eq!(socket.getsockopt(OptionLevel::SOCKET, SO_BINDTOIFINDEX), Ok(LINKS[1] as i32));
    socket.send(b"x").unwrap();
    assert_eq!(heard(&member), 1);
}

#[test]
fn an_address_to_send_from_must_be_our_own() {
    let Middle { middle, .. } = middle();
    let socket = middle.datagram(AddressFamily::INET).unwrap();
    let mut value = [0, 0, 0, 0, 203, 0, 113, 1, 0, 0, 0, 0];
    value[8..].copy_from_slice(&2_u32.to_ne_bytes());
    socket.setsockopt_bytes(OptionLevel::IP, IP_MULTICAST_IF, &value).unwrap();
    assert!(failed(&socket.sendto(b"x", (GROUP[0], PORT)), Errno::ENETUNREACH));
    assert!(failed(&socket.connect((GROUP[0], PORT)), Errno::ENETUNREACH));
    // The host's own address does not leave it.
    let loopback = middle.datagram(AddressFamily::INET).unwrap();
    loopback.bind(("127.0.0.1", 0)).unwrap();
    assert_eq!(loopback.sendto(b"x", (GROUP[0], PORT)), Ok(1), "to the host itself");
    loopback.setsockopt_bytes(OptionLevel::IP, IP_MULTICAST_IF, &[192, 0, 2, 1]).unwrap();
    assert!(failed(&loopback.sendto(b"x", (GROUP[0], PORT)), Errno::EINVAL));
}

#[test]
fn what_is_sent_comes_back_to_members() {
    for version in [0, 1] {
        let pair = Pair::new(1);
        let group = GROUP[version];
        let members = [&pair.near, &pair.far].map(|net| {
            let member = at_port(net, any(version), PORT);
            change(&member, true, group, LINK).unwrap();
            member
        });
        let sender = pair.near.datagram(family_of(group)).unwrap();
        let comes_back = option(version, IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP);
        let hop_limit = option(version, IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS);
        // comes back, hop limit, how many the near and the far member hear
        for (back, hops, near, far) in [(1, 1, 1, 1), (0, 1, 0, 1), (1, 0, 1, 0), (0, 0, 0, 0)] {
            sender.setsockopt(comes_back.0, comes_back.1, back).unwrap();
            sender.setsockopt(hop_limit.0, hop_limit.1, hops).unwrap();
            sender.sendto(b"to all", (group, PORT)).unwrap();
            let found = members.each_ref().map(heard);
            assert_eq!(found, [near, far], "{group} {back} {hops}");
        }
        sender.setsockopt(comes_back.0, comes_back.1, 1).unwrap();
        // Who is not a member does not hear it either; and a member hears itself.
        change(&members[0], false, group, LINK).unwrap();
        sender.sendto(b"to all", (group, PORT)).unwrap();
        assert_eq!(heard(&members[0]), 0, "{group}");
        change(&members[0], true, group, LINK).unwrap();
        members[0].sendto(b"to all", (group, PORT)).unwrap();
        let (_, from) = members[0].recvfrom(&mut [0; 8]).unwrap();
        assert_eq!(from, Some(Address::from(end(NEAR[version], PORT))));
    }
}

#[test]
fn groups_of_the_interface_never_leave_it() {
    let pair = Pair::new(1);
    let members = [&pair.near, &pair.far].map(|net| {
        let member = at_port(net, "::", PORT);
        change(&member, true, "ff01::7", LINK).unwrap();
        member
    });
    let sender = pair.near.datagram(AddressFamily::INET6).unwrap();
    sender.setsockopt(OptionLevel::IPV6, IPV6_MULTICAST_HOPS, 9).unwrap();
    sender.sendto(b"x", ("ff01::7", PORT)).unwrap();
    assert_eq!(members.each_ref().map(heard), [1, 0]);
}

#[test]
fn the_loopback_interface_has_groups_of_its_own() {
    let pair = Pair::new(1);
    let member = at_port(&pair.near, "0.0.0.0", PORT);
    change(&member, true, GROUP[0], LOOPBACK).unwrap();
    let sender = pair.near.datagram(AddressFamily::INET).unwrap();
    sender.setsockopt_bytes(OptionLevel::IP, IP_MULTICAST_IF, &[127, 0, 0, 1]).unwrap();
    // It comes back whatever is chosen, and once: that is what the interface is.
    for back in [0, 1] {
        sender.setsockopt(OptionLevel::IP, IP_MULTICAST_LOOP, back).unwrap();
        sender.sendto(b"x", (GROUP[0], PORT)).unwrap();
        assert_eq!(heard(&member), 1, "{back}");
    }
    let elsewhere = pair.near.datagram(AddressFamily::INET).unwrap();
    elsewhere.sendto(b"x", (GROUP[0], PORT)).unwrap();
    assert_eq!(heard(&member), 0);
}

#[test]
fn hop_limits_are_one_unless_chosen() {
    for version in [0, 1] {
        let bench = Bench::new(small());
        let group = GROUP[version];
        let (level, name) = option(version, IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS);
        let unicast = option(version, IP_TTL, IPV6_UNICAST_HOPS);
        for (chosen, expected) in [(None, 1), (Some(255), 255), (Some(7), 7), (Some(-1), 1)] {
            let socket = bench.datagram(family_of(group));
            socket.setsockopt(unicast.0, unicast.1, 99).unwrap(); // which has nothing to do with it
            if let Some(chosen) = chosen {
                socket.setsockopt(level, name, chosen).unwrap();
            }
            socket.sendto(b"x", (group, PORT)).unwrap();
            let [packet] = &bench.take()[..] else { panic!("one packet") };
            assert_eq!(packet[[8, 7][version]], expected, "{group} {chosen:?}");
        }
    }
}

#[test]
fn sources_are_chosen_and_blocked() {
    let pair = Pair::new(1);
    let (Ok(group), Ok(far)) = (GROUP[0].parse(), FAR[0].parse()) else { panic!("addresses") };
    let of = |source| Ipv4SourceMembership { group, address: Ipv4Addr::new(192, 0, 2, 1), source };
    let elsewhere = Ipv4Addr::new(192, 0, 2, 77);
    let sender = pair.far.datagram(AddressFamily::INET).unwrap();
    let listener = || {
        let listener = at_port(&pair.near, "0.0.0.0", PORT);
        listener.setsockopt(OptionLevel::IP, IP_MULTICAST_ALL, 0).unwrap();
        listener
    };
    let (chosen, blocked, all) = (listener(), listener(), listener());
    let bystander = at_port(&pair.near, "0.0.0.0", PORT);
    let hear = |expected: [usize; 4]| {
        sender.sendto(b"x", (GROUP[0], PORT)).unwrap();
        assert_eq!([&chosen, &blocked, &all, &bystander].map(heard), expected);
    };
    chosen.set_option(ADD_SOURCE_MEMBERSHIP, of(elsewhere)).unwrap();
    hear([0, 0, 0, 0]); // the host does not want it at all
    change(&blocked, true, GROUP[0], LINK).unwrap();
    blocked.set_option(BLOCK_SOURCE, of(elsewhere)).unwrap();
    hear([0, 1, 0, 1]);
    blocked.set_option(BLOCK_SOURCE, of(far)).unwrap();
    hear([0, 0, 0, 0]);
    chosen.set_option(ADD_SOURCE_MEMBERSHIP, of(far)).unwrap();
    hear([1, 0, 0, 1]);
    change(&all, true, GROUP[0], LINK).unwrap();
    hear([1, 0, 1, 1]);
    blocked.set_option(UNBLOCK_SOURCE, of(far)).unwrap();
    chosen.set_option(DROP_SOURCE_MEMBERSHIP, of(far)).unwrap();
    hear([0, 1, 1, 1]);
    assert!(failed(&blocked.set_option(ADD_SOURCE_MEMBERSHIP, of(far)), Errno::EINVAL));
    let short = of(far).encode().unwrap();
    for (length, extra) in [(11, 0), (12, 1)] {
        let mut bytes = short.as_slice()[..length].to_vec();
        bytes.resize(length + extra, 0);
        let set = all.setsockopt_bytes(OptionLevel::IP, IP_BLOCK_SOURCE, &bytes);
        assert!(failed(&set, Errno::EINVAL), "{length}");
    }
}

#[test]
fn sockets_for_both_families_hear_groups_of_ipv4() {
    let pair = Pair::new(1);
    let member = at_port(&pair.near, "::", PORT);
    let only = pair.near.datagram(AddressFamily::INET6).unwrap();
    only.set_option(V6ONLY, true).unwrap();
    only.set_option(REUSE_ADDRESS, true).unwrap();
    only.bind(("::", PORT)).unwrap();
    change(&member, true, GROUP[0], LINK).unwrap();
    let sender = pair.far.datagram(AddressFamily::INET6).unwrap();
    sender.sendto(b"x", ("::ffff:239.1.2.3", PORT)).unwrap();
    let (_, from) = member.recvfrom(&mut [0; 8]).unwrap();
    assert_eq!(from.unwrap().ip(), Some(ip("::ffff:192.0.2.2")));
    let mut only = only;
    only.settimeout(Timeout::NonBlocking).unwrap();
    assert!(failed(&only.recv(&mut [0; 8]), Errno::EAGAIN));
}

#[test]
fn broadcasts_are_for_everybody_the_sender_too() {
    let pair = Pair::new(1);
    // address that is bound to, whether a limited and a directed broadcast is heard
    let bound = [
        ("0.0.0.0", [1, 1]),
        ("0.0.0.0", [1, 1]),
        ("::", [1, 1]),
        ("255.255.255.255", [1, 0]),
        ("192.0.2.255", [0, 1]),
        ("192.0.2.1", [0, 0]),
    ];
    let near = bound.map(|(address, _)| at_port(&pair.near, address, PORT));
    let far = at_port(&pair.far, "0.0.0.0", PORT);
    for (kind, to) in ["255.255.255.255", "192.0.2.255"].into_iter().enumerate() {
        for (sender, name) in [(&far, "far"), (&near[0], "near")] {
            assert!(failed(&sender.sendto(b"x", (to, PORT)), Errno::EACCES), "{to} {name}");
            sender.set_option(BROADCAST, true).unwrap();
            sender.sendto(b"x", (to, PORT)).unwrap();
            sender.set_option(BROADCAST, false).unwrap();
            for ((address, hears), socket) in bound.iter().zip(&near) {
                assert_eq!(heard(socket), hears[kind], "{to} from {name} to {address}");
            }
            assert_eq!(heard(&far), 1, "{to} from {name}");
        }
    }
}

#[test]
fn what_comes_back_says_where_from() {
    let bench = Bench::new(small());
    let socket = bench.datagram(AddressFamily::INET);
    socket.setsockopt(OptionLevel::IP, IP_PKTINFO, 1).unwrap();
    socket.bind(("", PORT)).unwrap();
    change(&socket, true, GROUP[0], LINK).unwrap();
    // In fragments on the wire, and whole here.
    let long = pattern(4000, 1);
    assert_eq!(socket.sendto(&long, (GROUP[0], PORT)), Ok(4000));
    assert_eq!(bench.take().len(), 3);
    let (mut buffer, mut control) = ([0; 8192], [0; 64]);
    let message = socket
        .recvmsg_into(&mut [&mut buffer[..]], &mut control, berkeley::MessageFlags::NONE)
        .unwrap();
    assert_eq!(buffer[..message.length], long);
    let mut messages = berkeley::ControlMessages::new(&control[..message.control_length]);
    let info = messages.next().and_then(|message| message.value());
    let Some(berkeley::ControlValue::Ipv4PacketInfo(info)) = info else { panic!("{info:?}") };
    assert_eq!(info.interface, LINK);
    assert_eq!(info.destination.to_string(), GROUP[0]);
}
