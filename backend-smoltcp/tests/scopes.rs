//! A host on two links: link-local addresses, which mean another host on each of them, and sockets
//! for both families.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "tables of a test")]

mod support;

use core::net::{IpAddr, Ipv6Addr, SocketAddrV6};

use berkeley::options::*;
use berkeley::{Address, AddressFamily, Errno, Error, Net, OptionLevel};
use berkeley_smoltcp::simulation::{LinkOptions, Simulation};
use berkeley_smoltcp::{Capacity, InterfaceIndex};

use support::*;

const INET6: AddressFamily = AddressFamily::INET6;

/// The interfaces behind the loopback.
const FIRST: u32 = 2;
const SECOND: u32 = 3;

/// Every host here has this address on each of its links but the middle one, which has another.
const PEER: &str = "fe80::2";
const MIDDLE: &str = "fe80::1";

/// A host between two others, which have the same link-local address.
struct Middle {
    middle: Net<SimStack>,
    second: InterfaceIndex,
    peers: [Net<SimStack>; 2],
}

fn middle() -> Middle {
    let simulation = Simulation::new(1);
    let (one, first) = simulation.link(LinkOptions::default());
    let (two, second) = simulation.link(LinkOptions::default());
    let own = ["192.0.2.1", "2001:db8::1", MIDDLE];
    let (stack, _) = sim_stack(&simulation, one, &own, Capacity::default());
    let interface = stack.add_interface(Box::new(two)).unwrap();
    for address in ["198.51.100.1", "2001:db8:2::1", MIDDLE] {
        stack.add_address(interface, cidr(address)).unwrap();
    }
    let peer = |device, address| {
        let addresses = [PEER, address];
        Net::new(sim_stack(&simulation, device, &addresses, Capacity::default()).0)
    };
    let peers = [peer(first, "2001:db8::2"), peer(second, "2001:db8:2::2")];
    Middle { middle: Net::new(stack), second: interface, peers }
}

fn on_link(address: &str, port: u16, scope: u32) -> Address {
    let IpAddr::V6(address) = ip(address) else { panic!("{address}") };
    SocketAddrV6::new(address, port, 0, scope).into()
}

/// What Linux 6.18 answers on a host with two interfaces.
#[test]
fn a_scope_is_an_interface_and_the_only_one() {
    let Middle { middle, .. } = middle();
    let outcome = |errno: Option<Errno>| errno.map_or(Ok(()), |errno| Err(Error::from(errno)));
    // bound to, outcome of that; connected to, outcome of that
    for (bound, bind, to, connect) in [
        (None, None, (PEER, 0), Some(Errno::EINVAL)),
        (None, None, (PEER, FIRST), None),
        (None, None, (PEER, 99), Some(Errno::ENETUNREACH)),
        (Some((MIDDLE, 0)), Some(Errno::EINVAL), (PEER, SECOND), None),
        (Some((MIDDLE, 99)), Some(Errno::ENODEV), (PEER, SECOND), None),
        (Some((MIDDLE, 1)), Some(Errno::EADDRNOTAVAIL), (PEER, SECOND), None),
        (Some((PEER, SECOND)), Some(Errno::EADDRNOTAVAIL), (PEER, SECOND), None),
        (Some((MIDDLE, SECOND)), None, (PEER, SECOND), None),
        (Some((MIDDLE, SECOND)), None, (PEER, 0), None), // where else?
        (Some((MIDDLE, SECOND)), None, (PEER, FIRST), Some(Errno::EINVAL)),
        (Some(("::", FIRST)), None, (PEER, 0), Some(Errno::EINVAL)), // it means nothing there
    ] {
        let socket = middle.datagram(INET6).unwrap();
        if let Some((address, scope)) = bound {
            assert_eq!(socket.bind(on_link(address, 0, scope)), outcome(bind), "{bound:?}");
        }
        let (address, scope) = to;
        let connected = socket.connect(on_link(address, 9, scope));
        assert_eq!(connected, outcome(connect), "{bound:?} {to:?}");
        if connect.is_none() {
            let scope = if scope == 0 { SECOND } else { scope };
            assert_eq!(socket.getpeername(), Ok(on_link(PEER, 9, scope)));
            let name = socket.getsockname().unwrap();
            assert_eq!(name.with_port(0), on_link(MIDDLE, 0, scope), "{bound:?} {to:?}");
        }
    }
}

#[test]
fn the_same_address_is_another_host_on_every_link() {
    let Middle { middle, peers, .. } = middle();
    let everywhere = middle.datagram(INET6).unwrap();
    everywhere.bind(("::", 7)).unwrap();
    for (peer, scope) in peers.iter().zip([FIRST, SECOND]) {
        // The peers know one link only, behind their loopback.
        let client = peer.datagram(INET6).unwrap();
        client.bind(on_link(PEER, 9, 2)).unwrap();
        client.sendto(b"who?", on_link(MIDDLE, 7, 2)).unwrap();
        let (_, sender) = everywhere.recvfrom(&mut [0; 8]).unwrap();
        assert_eq!(sender, Some(on_link(PEER, 9, scope)));
        everywhere.sendto(b"me", sender.unwrap()).unwrap();
        let (_, sender) = client.recvfrom(&mut [0; 8]).unwrap();
        assert_eq!(sender, Some(on_link(MIDDLE, 7, 2)));
    }
    // Bound on one link, a socket hears that one.
    let mut second = middle.datagram(INET6).unwrap();
    second.bind(on_link(MIDDLE, 8, SECOND)).unwrap();
    for peer in &peers {
        let client = peer.datagram(INET6).unwrap();
        client.bind(on_link(PEER, 10, 2)).unwrap();
        client.sendto(b"who?", on_link(MIDDLE, 8, 2)).unwrap();
    }
    let (_, sender) = second.recvfrom(&mut [0; 8]).unwrap();
    assert_eq!(sender, Some(on_link(PEER, 10, SECOND)));
    second.settimeout(seconds(1)).unwrap();
    assert_eq!(second.recv(&mut [0; 8]), Err(Error::TIMED_OUT));
}

/// What is sent to an own address comes in at the interface that has it.
#[test]
fn the_own_address_has_its_scope() {
    let Middle { middle, .. } = middle();
    let (one, other) = (middle.datagram(INET6).unwrap(), middle.datagram(INET6).unwrap());
    one.bind(on_link(MIDDLE, 7, FIRST)).unwrap();
    other.bind(on_link(MIDDLE, 8, FIRST)).unwrap();
    assert_eq!(one.sendto(b"x", on_link(MIDDLE, 8, FIRST)), Ok(1));
    assert_eq!(other.recvfrom(&mut [0; 8]), Ok((1, Some(on_link(MIDDLE, 7, FIRST)))));
    let (listener, client) = (middle.stream(INET6).unwrap(), middle.stream(INET6).unwrap());
    listener.bind(on_link(MIDDLE, 80, FIRST)).unwrap();
    listener.listen(1).unwrap();
    client.connect(on_link(MIDDLE, 80, FIRST)).unwrap();
    let (accepted, peer) = listener.accept().unwrap();
    assert_eq!(client.getsockname(), Ok(peer));
    assert_eq!(accepted.getsockname(), client.getpeername());
}

/// What Linux 6.18 answers.
#[test]
fn a_bound_address_decides_about_the_family() {
    let Middle { middle, .. } = middle();
    let mapped_loopback = IpAddr::V6(Ipv6Addr::new(0, 0, 0, 0, 0, 0xFFFF, 0x7F00, 1));
    // bound to, connected to, outcome, the peer
    for (bound, to, outcome, peer) in [
        ("::ffff:127.0.0.1", "::1", Some(Errno::EAFNOSUPPORT), None),
        ("::1", "::ffff:127.0.0.1", Some(Errno::ENETUNREACH), None),
        ("::ffff:127.0.0.1", "::", None, Some(mapped_loopback)),
        ("::1", "::", None, Some(ip("::1"))),
    ] {
        let socket = middle.datagram(INET6).unwrap();
        socket.bind((bound, 0)).unwrap();
        let expected = outcome.map_or(Ok(()), |errno| Err(Error::from(errno)));
        let sent = socket.sendto(b"x", (to, 9)).map(|_| ());
        assert_eq!(sent, expected, "{bound} {to}");
        assert_eq!(socket.connect((to, 9)), expected, "{bound} {to}");
        let found = socket.getpeername().ok().and_then(|address| address.ip());
        assert_eq!(found, peer, "{bound} {to}");

        let stream = middle.stream(INET6).unwrap();
        stream.bind((bound, 0)).unwrap();
        let connected = stream.connect((to, 9));
        assert_eq!(connected.is_err_and(|error| error.is(Errno::ECONNREFUSED)), outcome.is_none());
        if outcome.is_some() {
            assert_eq!(connected, expected, "{bound} {to}");
        }
    }
}

#[test]
fn a_stream_that_was_disconnected_begins_anew() {
    use berkeley::OtherAddress;
    let pair = Pair::new(3);
    let nothing = OtherAddress::new(AddressFamily::UNSPEC, &[0; 14]).unwrap();
    let (near, far) = pair.connected(0, 7);
    let port = near.getsockname().unwrap().port();
    far.sendall(b"unread").unwrap();
    pair.pass(seconds(1));
    near.connect(nothing).unwrap();
    assert!(failed(&far.recv(&mut [0; 8]), Errno::ECONNRESET));
    // Whoever uses it is told once, and then it is as new.
    assert!(failed(&near.send(b"x"), Errno::ECONNRESET));
    assert!(failed(&near.recv(&mut [0; 8]), Errno::ENOTCONN));
    assert!(failed(&near.send(b"x"), Errno::EPIPE));
    near.listen(1).unwrap();
    assert_ne!(near.getsockname().unwrap().port(), port);
    // A listener that is disconnected does not listen; its clients are reset.
    let client = pair
        .far
        .create_connection((NEAR[0], near.getsockname().unwrap().port().unwrap()), None, None)
        .unwrap();
    near.connect(nothing).unwrap();
    assert!(failed(&client.recv(&mut [0; 8]), Errno::ECONNRESET));
    assert!(failed(&near.accept(), Errno::EINVAL));
    assert_eq!(near.option(ERROR), Ok(None));
    // A chosen port stays, for a new connection from the same place.
    let bound = pair.near.stream(AddressFamily::INET).unwrap();
    bound.bind(("", 4000)).unwrap();
    let listener = pair.listener(FAR[0], 8, 4);
    for _ in 0..2 {
        bound.connect((FAR[0], 8)).unwrap();
        let (_, peer) = listener.accept().unwrap();
        assert_eq!(peer.port(), Some(4000));
        bound.connect(nothing).unwrap();
        assert_eq!(bound.getsockname(), Ok(Address::from(end("0.0.0.0", 4000))));
    }
}

#[test]
fn an_interface_that_was_removed_is_none() {
    let Middle { middle, second, .. } = middle();
    let socket = middle.datagram(INET6).unwrap();
    let (gone, taken) = (on_link(MIDDLE, 0, SECOND), on_link(MIDDLE, 0, FIRST));
    socket.bind(gone).unwrap();
    middle.backend().remove_interface(second).unwrap();
    assert!(failed(&middle.datagram(INET6).unwrap().bind(gone), Errno::ENODEV));
    assert_eq!(middle.datagram(INET6).unwrap().bind(taken), Ok(()));
}

/// What Linux 6.18 answers to `SO_BINDTOIFINDEX`.
#[test]
fn a_socket_uses_the_interface_that_it_is_told() {
    let Middle { middle, peers, .. } = middle();
    let on = |family, interface: u32| {
        let socket = middle.datagram(family).unwrap();
        let value = i32::try_from(interface).unwrap();
        socket.setsockopt(OptionLevel::SOCKET, SO_BINDTOIFINDEX, value).unwrap();
        assert_eq!(socket.getsockopt(OptionLevel::SOCKET, SO_BINDTOIFINDEX), Ok(value));
        socket
    };
    fn refused<T>(errno: Errno) -> Result<T, Error> {
        Err(Error::from(errno))
    }
    let socket = on(INET6, 0);
    let negative = socket.setsockopt(OptionLevel::SOCKET, SO_BINDTOIFINDEX, -1);
    assert_eq!(negative, refused(Errno::EINVAL));
    // interface, destination, outcome
    for (interface, to, outcome) in [
        (FIRST, PEER, Ok(1)), // no other scope is needed
        (FIRST, "2001:db8::2", Ok(1)),
        (SECOND, "2001:db8::2", refused(Errno::ENETUNREACH)),
        (SECOND, "::1", refused(Errno::ENETUNREACH)),
        (SECOND, "2001:db8:2::1", Ok(1)), // its own address
        (SECOND, "192.0.2.2", Ok(1)),     // taken to be on the link
        (SECOND, "127.0.0.1", refused(Errno::ENETUNREACH)), // Linux sends it to nobody
        (99, "2001:db8::2", refused(Errno::ENETUNREACH)),
        (99, "192.0.2.2", refused(Errno::ENODEV)),
    ] {
        let socket = on(family_of(to), interface);
        assert_eq!(socket.sendto(b"x", (to, 9)), outcome, "{interface} {to}");
    }
    // The scope of an address is its interface.
    let bound = on(INET6, SECOND);
    bound.bind(on_link(MIDDLE, 0, FIRST)).unwrap();
    let connected = on(INET6, 0);
    connected.connect(on_link(PEER, 9, FIRST)).unwrap();
    for socket in [bound, connected] {
        let interface = socket.getsockopt(OptionLevel::SOCKET, SO_BINDTOIFINDEX);
        assert_eq!(interface.map(i32::unsigned_abs), Ok(FIRST));
    }
    // Each interface has its own sockets at a port; one of any is in the way of both.
    let (mut first, mut second) = (on(INET6, FIRST), on(INET6, SECOND));
    first.bind(("::", 7)).unwrap();
    second.bind(("::", 7)).unwrap();
    assert_eq!(on(INET6, 0).bind(("::", 7)), refused(Errno::EADDRINUSE));
    assert_eq!(on(INET6, FIRST).bind(("::", 7)), refused(Errno::EADDRINUSE));
    for (peer, (there, here)) in
        peers.iter().zip([("2001:db8::1", &mut first), ("2001:db8:2::1", &mut second)])
    {
        peer.datagram(INET6).unwrap().sendto(b"here", (there, 7)).unwrap();
        here.settimeout(seconds(1)).unwrap();
        assert_eq!(here.recv(&mut [0; 8]), Ok(4));
        assert_eq!(here.recv(&mut [0; 8]), Err(Error::TIMED_OUT));
    }
    // And its own listeners.
    let listeners = [FIRST, SECOND].map(|interface| {
        let listener = middle.stream(INET6).unwrap();
        let value = i32::try_from(interface).unwrap();
        listener.setsockopt(OptionLevel::SOCKET, SO_BINDTOIFINDEX, value).unwrap();
        listener.bind(("::", 80)).unwrap();
        listener.listen(1).unwrap();
        listener
    });
    for (peer, (there, listener)) in
        peers.iter().zip(["2001:db8::1", "2001:db8:2::1"].into_iter().zip(&listeners))
    {
        let client = peer.create_connection((there, 80), None, None).unwrap();
        assert_eq!(listener.accept().unwrap().1, client.getsockname().unwrap());
    }
}
