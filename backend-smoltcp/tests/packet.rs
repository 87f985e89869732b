//! Sockets of frames: what they see is what goes over the wire, and what they send goes as it is.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "tables of a test")]

mod support;

use berkeley::constants::{
    ETH_P_ALL, ETHERTYPE_ARP, ETHERTYPE_IP, PACKET_BROADCAST, PACKET_HOST, PACKET_MULTICAST,
    PACKET_OTHERHOST, PACKET_OUTGOING,
};
use berkeley::options::PACKET_STATISTICS;
use berkeley::{Address, Interface, OptionLevel, PacketAddress, Protocol, SocketType};
use berkeley_conformance::sniffer::sniffer;

use support::*;

/// The number of the interface behind the loopback.
const INTERFACE: u32 = 2;

/// A non-blocking socket of frames of this protocol, bound to this interface.
fn watch<B: Backend + Clone>(
    net: &Net<B>,
    socket_type: SocketType,
    interface: u32,
    protocol: u16,
) -> Socket<B> {
    let mut socket = net.socket(AddressFamily::PACKET, socket_type, Protocol::DEFAULT).unwrap();
    socket.setblocking(false).unwrap();
    socket.bind(Address::from(PacketAddress::new(Interface::Index(interface), protocol))).unwrap();
    socket
}

/// Everything that a socket has seen.
fn seen<B: Backend + Clone>(socket: &Socket<B>) -> Vec<(PacketAddress, Vec<u8>)> {
    let (mut frame, mut all) = (vec![0; 70_000], Vec::new());
    while let Ok((length, from)) = socket.recvfrom(&mut frame) {
        let Some(Address::Packet(from)) = from else { panic!("from {from:?}") };
        all.push((from, frame[..length].to_vec()));
    }
    all
}

/// Two stacks that have told their routers which groups they are in, and are quiet.
fn quiet_pair(seed: u64) -> Pair {
    let pair = Pair::new(seed);
    pair.pass(seconds(60));
    pair.log.take();
    pair
}

/// An Ethernet frame with this header and some payload.
fn frame(destination: [u8; 6], ether_type: u16, payload: &[u8]) -> Vec<u8> {
    let source = [2, 0, 0, 0, 0, 9];
    [&destination[..], &source, &ether_type.to_be_bytes(), payload].concat()
}

#[test]
fn a_socket_sees_exactly_what_the_device_carries() {
    for version in [0, 1] {
        let pair = quiet_pair(7);
        let watcher = watch(&pair.near, SocketType::RAW, INTERFACE, ETH_P_ALL);
        let payloads = watch(&pair.near, SocketType::DGRAM, INTERFACE, ETH_P_ALL);
        // A connection with data both ways, and its end.
        let (near, far) = pair.connected(version, 80);
        let data = pattern(20_000, 3);
        near.sendall(&data[..5000]).unwrap();
        far.sendall(b"and back").unwrap();
        let mut buffer = vec![0; 5000];
        let mut received = 0;
        while received < 5000 {
            received += far.recv(&mut buffer[received..]).unwrap();
        }
        near.recv(&mut buffer).unwrap();
        drop((near, far));
        pair.pass(seconds(2));
        let wire = pair.log.take();
        assert!(wire.len() > 10);
        let expected: Vec<(bool, Vec<u8>)> =
            wire.into_iter().map(|(way, frame)| (way == Way::Out, frame)).collect();
        let is_out = |from: &PacketAddress| from.packet_type == PACKET_OUTGOING;
        let found: Vec<_> =
            seen(&watcher).into_iter().map(|(from, frame)| (is_out(&from), frame)).collect();
        assert!(found == expected, "{} frames, {} seen", expected.len(), found.len());
        let found: Vec<_> =
            seen(&payloads).into_iter().map(|(from, frame)| (is_out(&from), frame)).collect();
        let without: Vec<_> =
            expected.iter().map(|(out, frame)| (*out, frame[14..].to_vec())).collect();
        assert!(found == without);
        assert_eq!(pair.near.backend().drops().unwrap().queue_full, 0);
    }
}

#[test]
fn frames_are_told_apart() {
    let bench = Bench::with(Medium::Ethernet(OWN), 1500, 1, small());
    let all = watch(&bench.net, SocketType::RAW, 0, ETH_P_ALL);
    let arp = watch(&bench.net, SocketType::RAW, INTERFACE, ETHERTYPE_ARP);
    let loopback = watch(&bench.net, SocketType::RAW, 1, ETH_P_ALL);
    // destination, type, type of the packet as told, protocol as told
    let rows = [
        (OWN.0, ETHERTYPE_IP, PACKET_HOST, ETHERTYPE_IP),
        ([0xFF; 6], ETHERTYPE_ARP, PACKET_BROADCAST, ETHERTYPE_ARP),
        ([0x33, 0x33, 0, 0, 0, 1], 0x86DD, PACKET_MULTICAST, 0x86DD),
        ([2, 0, 0, 0, 0, 7], 0x88B5, PACKET_OTHERHOST, 0x88B5), // for somebody else
        (OWN.0, 100, PACKET_HOST, 4),                           // a length: IEEE 802.3
    ];
    for (destination, ether_type, packet_type, protocol) in rows {
        let bytes = frame(destination, ether_type, b"whatever it is");
        assert!(bench.inject(&bytes).is_empty());
        let found = seen(&all);
        assert_eq!(found.len(), 1);
        let (from, copy) = &found[0];
        assert_eq!(copy, &bytes);
        assert_eq!((from.packet_type, from.protocol), (packet_type, protocol));
        assert_eq!(from.interface, Interface::Index(INTERFACE));
        assert_eq!((from.hardware_type, from.hardware_address()), (1, &[2, 0, 0, 0, 0, 9][..]));
        assert_eq!(seen(&arp).len(), usize::from(ether_type == ETHERTYPE_ARP));
    }
    // Too short for a header: of no use to anybody.
    bench.inject(&[0; 13]);
    assert!(seen(&all).is_empty() && seen(&loopback).is_empty());
    // Of one protocol alone nothing is seen that leaves (Linux's `dev_queue_xmit_nit`).
    let sender = bench.datagram(AddressFamily::INET);
    sender.sendto(b"who has it?", (FAR[0], 9)).unwrap();
    assert_eq!(bench.take().len(), 1); // a question for the neighbour
    assert_eq!((seen(&all).len(), seen(&arp).len()), (1, 0));
}

#[test]
fn links_without_frames_are_shown_as_by_linux() {
    let bench = Bench::new(small()); // plain packets
    let raw = watch(&bench.net, SocketType::RAW, INTERFACE, ETH_P_ALL);
    let loopback = watch(&bench.net, SocketType::RAW, 1, ETH_P_ALL);
    let (here, there) = (bench.datagram(AddressFamily::INET), bench.datagram(AddressFamily::INET));
    here.sendto(b"out", (FAR[0], 9)).unwrap();
    let sent = bench.take();
    let found = seen(&raw);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].1, sent[0]);
    let tunnel = found[0].0;
    assert_eq!((tunnel.hardware_type, tunnel.hardware_address().len()), (0xFFFE, 0));
    assert_eq!(tunnel.protocol, ETHERTYPE_IP);
    // The loopback shows each packet twice, behind a header of zeros.
    there.bind((NEAR[0], 7)).unwrap();
    here.sendto(b"to myself", (NEAR[0], 7)).unwrap();
    bench.settle();
    let found = seen(&loopback);
    let types: Vec<_> = found.iter().map(|(from, _)| from.packet_type).collect();
    assert_eq!(types, [PACKET_OUTGOING, PACKET_HOST]);
    for (from, copy) in found {
        assert_eq!((from.hardware_type, from.hardware_address()), (772, &[0; 6][..]));
        assert_eq!(copy[..14], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0]);
        assert!(copy.ends_with(b"to myself"));
    }
}

#[test]
fn frames_leave_as_they_are() {
    let bench = Bench::with(Medium::Ethernet(OWN), 1500, 1, small());
    let sender = watch(&bench.net, SocketType::RAW, INTERFACE, ETH_P_ALL);
    let other = watch(&bench.net, SocketType::RAW, INTERFACE, ETH_P_ALL);
    let mine = frame([2, 0, 0, 0, 0, 5], 0x1234, b"whatever I like");
    assert_eq!(sender.send(&mine), Ok(29));
    assert_eq!(bench.take(), core::slice::from_ref(&mine));
    // Others see it leave, the sender does not.
    let found = seen(&other);
    assert_eq!((found.len(), &found[0].1), (1, &mine));
    assert!(seen(&sender).is_empty());
    // length, error
    for (length, errno) in [(13, Errno::EINVAL), (1515, Errno::EMSGSIZE)] {
        assert!(failed(&sender.send(&vec![0; length]), errno), "{length}");
    }
    assert_eq!(sender.send(&vec![0; 1514]), Ok(1514));
    bench.take();
    let cooked = watch(&bench.net, SocketType::DGRAM, INTERFACE, 0x88B5);
    assert!(failed(&cooked.send(b"to whom?"), Errno::EINVAL));
    let to = PacketAddress::new(Interface::Index(INTERFACE), 0x1234);
    let to = to.with_hardware_address(&[2, 0, 0, 0, 0, 5]).unwrap();
    assert_eq!(cooked.sendto(b"a payload", Address::from(to)), Ok(9));
    let expected = [&[2, 0, 0, 0, 0, 5][..], &OWN.0, &[0x12, 0x34], b"a payload"].concat();
    assert_eq!(bench.take(), [expected]);
    let elsewhere = PacketAddress::new(Interface::Index(9), 0x1234);
    assert!(failed(&sender.sendto(&mine, Address::from(elsewhere)), Errno::ENODEV));
}

#[test]
fn what_does_not_fit_is_counted() {
    let bench = Bench::with(Medium::Ethernet(OWN), 1500, 1, small()); // queues of 8192 bytes
    let socket = watch(&bench.net, SocketType::RAW, INTERFACE, ETH_P_ALL);
    for _ in 0..10 {
        bench.inject(&frame(OWN.0, 0x88B5, &[0; 986]));
    }
    let counts = || {
        let mut bytes = [0; 8];
        let length = socket
            .backend()
            .getsockopt(socket.handle(), OptionLevel::PACKET, PACKET_STATISTICS, &mut bytes)
            .unwrap();
        assert_eq!(length, 8);
        let number = |at: usize| u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap());
        (number(0), number(4))
    };
    assert_eq!(counts(), (10, 2)); // 8 of 1016 bytes fit
    assert_eq!(counts(), (0, 0));
    assert_eq!(seen(&socket).len(), 8);
    // Afterwards there is room again, and nothing of what others are sent is lost.
    bench.inject(&frame(OWN.0, 0x88B5, &[0; 986]));
    assert_eq!((seen(&socket).len(), counts()), (1, (1, 0)));
}

#[test]
fn who_waits_for_a_frame_is_woken_by_one_that_leaves() {
    let pair = quiet_pair(5);
    let mut watcher = watch(&pair.near, SocketType::RAW, INTERFACE, ETH_P_ALL);
    watcher.settimeout(seconds(5)).unwrap();
    let sender = pair.near.datagram(AddressFamily::INET).unwrap();
    let at = pair.now() + seconds(1);
    pair.simulation.at(at, move || {
        sender.sendto(b"now", (FAR[0], 9)).unwrap();
    });
    watcher.recv(&mut [0; 2000]).unwrap();
    assert_eq!(pair.now(), at);
}

#[test]
fn the_sniffer_prints_real_traffic() {
    let pair = quiet_pair(3);
    let sender = pair.far.datagram(AddressFamily::INET).unwrap();
    let at = pair.now() + millis(10);
    pair.simulation.at(at, move || {
        sender.sendto(b"Hello, sniffer", (NEAR[0], 9)).unwrap();
    });
    let mut said = String::new();
    let named =
        |index: u32| if index == INTERFACE { "net0".try_into().unwrap() } else { index.into() };
    sniffer(&pair.near, INTERFACE, 4, &mut vec![0; 2000], named, &mut said).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    // A question for the neighbour's address and its answer, the datagram, and that nobody wants it.
    assert_eq!(lines.len(), 4, "{said}");
    for (line, (protocol, packet_type)) in lines.iter().zip([
        (0x0806, PACKET_BROADCAST),
        (0x0806, PACKET_OUTGOING),
        (0x0800, PACKET_HOST),
        (0x0800, PACKET_OUTGOING),
    ]) {
        let seen_where = format!("', ('net0', {protocol}, {packet_type}, 1, b'\\x02\\x00");
        assert!(line.starts_with("(b'") && line.contains(&seen_where), "{line}");
    }
    assert!(lines[2].contains("Hello, sniffer"), "{said}");
}
