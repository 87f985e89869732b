//! Raw sockets and ping sockets as only the other end of a wire sees them.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "tables of a test")]

mod support;

use core::net::SocketAddr;

use berkeley::options::{IP_HDRINCL, SO_BINDTOIFINDEX};
use berkeley::{OptionLevel, Protocol, SocketType};
use smoltcp::wire::TcpControl;

use support::*;

/// For experiments (RFC 3692).
const EXPERIMENTAL: Protocol = Protocol(253);

/// A non-blocking raw socket.
fn raw(bench: &Bench, family: AddressFamily, protocol: Protocol) -> BenchSocket {
    let mut socket = bench.net.socket(family, SocketType::RAW, protocol).unwrap();
    socket.setblocking(false).unwrap();
    socket
}

/// A packet of this protocol from the peer.
fn packet(version: usize, protocol: Protocol, payload: &[u8]) -> Vec<u8> {
    use smoltcp::wire::IpRepr;
    let (from, to) = (ip(FAR[version]), ip(NEAR[version]));
    let protocol = (protocol.0 as u8).into();
    let header = IpRepr::new(from.into(), to.into(), protocol, payload.len(), 64);
    let mut bytes = vec![0; header.buffer_len()];
    header.emit(&mut bytes[..], &Default::default());
    bytes[header.header_len()..].copy_from_slice(payload);
    bytes
}

/// An ICMP error of the peer about a packet: type 3 or 1, with this code.
fn unreachable(version: usize, code: u8, about: &[u8]) -> Vec<u8> {
    let (kind, protocol) = if version == 0 { (3, Protocol::ICMP) } else { (1, Protocol::ICMPV6) };
    let mut message = vec![kind, code, 0, 0, 0, 0, 0, 0];
    message.extend_from_slice(&about[..about.len().min(48)]);
    let packet = packet(version, protocol, &message);
    let header = packet.len() - message.len();
    let sum = if version == 0 {
        checksum(&[&message])
    } else {
        let length = (message.len() as u32).to_be_bytes();
        checksum(&[&packet[8..40], &length, &[0, 0, 0, 58], &message])
    };
    let mut packet = packet;
    packet[header + 2..header + 4].copy_from_slice(&sum);
    packet
}

/// RFC 1071, of parts of even lengths.
fn checksum(parts: &[&[u8]]) -> [u8; 2] {
    let words = parts.iter().flat_map(|part| part.chunks(2));
    let mut sum: u32 =
        words.map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0))).sum();
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}

#[test]
fn a_program_can_speak_tcp_by_itself() {
    for version in [0, 1] {
        let bench = Bench::new(small());
        let (here, there) = (end(NEAR[version], 4321), end(FAR[version], 80));
        let socket = raw(&bench, family_of(NEAR[version]), Protocol::TCP);
        // Its opening segment, without the header of IP.
        let syn = Segment::syn(here, there, 100).packet();
        let header = if version == 0 { 20 } else { 40 };
        socket.sendto(&syn[header..], (FAR[version], 0)).unwrap();
        let sent = bench.segments();
        assert_eq!((sent[0].from, sent[0].to, sent[0].control), (here, there, TcpControl::Syn));
        // The answer comes to the program, and the stack does not reset the connection.
        let answer = Segment { acknowledgement: Some(101), ..Segment::syn(there, here, 7000) };
        assert_eq!(bench.give(&answer), []);
        let mut buffer = [0; 100];
        let (length, from) = socket.recvfrom(&mut buffer).unwrap();
        let received = if version == 0 { &buffer[..length] } else { &answer.packet()[..] };
        assert_eq!(Seen::in_frame(received).unwrap().acknowledgement, Some(101));
        assert_eq!(from, Some((ip(FAR[version]), 0).into()));
        // Without it nobody is there.
        drop(socket);
        assert_eq!(bench.give(&answer)[0].control, TcpControl::Rst);
    }
}

#[test]
fn what_a_raw_socket_has_is_not_called_unreachable() {
    for version in [0, 1] {
        let datagram: &[u8] = &[0, 9, 0, 9, 0, 8, 0, 0]; // port 9 to port 9, no checksum
        let mut bytes = packet(version, Protocol::UDP, datagram);
        if version == 1 {
            let sum = checksum(&[&bytes[8..40], &[0, 0, 0, 8, 0, 0, 0, 17], datagram]);
            let length = bytes.len();
            bytes[length - 2..].copy_from_slice(&sum);
        }
        let bench = Bench::new(small());
        assert_eq!(bench.inject(&bytes).len(), 1); // port unreachable
        let tap = raw(&bench, family_of(NEAR[version]), Protocol::UDP);
        assert_eq!(bench.inject(&bytes), Vec::<Vec<u8>>::new());
        assert!(tap.recv(&mut [0; 64]).is_ok());
        // One that is connected to somebody else does not have it.
        tap.connect((if version == 0 { "192.0.2.9" } else { "2001:db8::9" }, 0)).unwrap();
        assert_eq!(bench.inject(&bytes).len(), 1);
        let other = raw(&bench, family_of(NEAR[1 - version]), Protocol::UDP);
        assert_eq!(bench.inject(&bytes).len(), 1); // of the other version of IP
        drop(other);
        // A packet of a protocol that nobody has is not counted as one when somebody looks at it.
        let unknown = packet(version, EXPERIMENTAL, b"what");
        let count = || bench.stack().drops().unwrap().unknown_protocol;
        bench.inject(&unknown);
        let before = count();
        let _tap = raw(&bench, family_of(NEAR[version]), EXPERIMENTAL);
        bench.inject(&unknown);
        assert_eq!(count(), before);
    }
}

#[test]
fn connections_go_on_while_somebody_looks() {
    let bench = Bench::new(small());
    let tap = raw(&bench, AddressFamily::INET, Protocol::TCP);
    let (here, there) = (end(FAR[0], 5000), end(NEAR[0], 80));
    let listener = bench.listener(NEAR[0], 80, 1);
    let mut peer = Peer::connect(&bench, here, there);
    let (mut server, _) = listener.accept().unwrap();
    server.setblocking(false).unwrap();
    peer.send(&bench, b"both see this");
    let mut buffer = [0; 100];
    assert_eq!(server.recv(&mut buffer), Ok(13));
    let mut seen = Vec::new();
    while let Ok(length) = tap.recv(&mut buffer) {
        seen.push(buffer[..length].to_vec());
    }
    assert_eq!(seen.len(), 3); // the opening, its acknowledgement, the data
    assert!(seen[2].ends_with(b"both see this"));
}

#[test]
fn headers_of_ones_own_are_completed() {
    let bench = Bench::new(small());
    let socket = raw(&bench, AddressFamily::INET, EXPERIMENTAL);
    socket.setsockopt(OptionLevel::IP, IP_HDRINCL, 1).unwrap();
    let mut header = [0_u8; 24];
    header[..10].copy_from_slice(&[0x45, 0, 9, 9, 0, 0, 0, 0, 5, 253]);
    header[10..12].fill(0xEE); // a checksum
    header[16..20].copy_from_slice(&[203, 0, 113, 5]); // not where it is sent to
    socket.sendto(&header, (FAR[0], 0)).unwrap();
    let sent = bench.take().pop().unwrap();
    assert_eq!(sent[..4], [0x45, 0, 0, 24]); // the right length
    assert_eq!((sent[8], sent[9]), (5, 253));
    assert_eq!(sent[12..20], [192, 0, 2, 1, 203, 0, 113, 5]); // the source is filled in
    assert_eq!(checksum(&[&sent[..20]]), [0, 0]);
    // With a source and a number they are kept; options belong to the header.
    let mut long = [0_u8; 32];
    long[..24].copy_from_slice(&header);
    long[0] = 0x47;
    long[4..6].copy_from_slice(&[1, 2]);
    long[12..16].copy_from_slice(&[198, 51, 100, 7]);
    long[20..24].copy_from_slice(&[1, 1, 1, 1]); // no operation
    socket.sendto(&long, (FAR[0], 0)).unwrap();
    let sent = bench.take().pop().unwrap();
    assert_eq!((&sent[4..6], &sent[12..16]), (&[1, 2][..], &[198, 51, 100, 7][..]));
    assert_eq!(checksum(&[&sent[..28]]), [0, 0]);
    // length, words of the header, error
    for (length, words, errno) in [
        (19, 5, Errno::EINVAL),
        (20, 6, Errno::EINVAL),     // longer than what there is
        (1501, 5, Errno::EMSGSIZE), // it is never cut
    ] {
        let mut packet = vec![0; length];
        packet[0] = 0x40 | words;
        assert!(failed(&socket.sendto(&packet, (FAR[0], 0)), errno), "{length} {words}");
    }
    assert!(bench.take().is_empty());
    // Of IPv6 it is sent as it is.
    let socket = raw(&bench, AddressFamily::INET6, Protocol::RAW);
    let mine = packet(1, EXPERIMENTAL, b"as it is");
    socket.sendto(&mine, (FAR[1], 0)).unwrap();
    assert_eq!(bench.take(), [mine]);
    assert!(failed(&socket.sendto(&[0x60; 39], (FAR[1], 0)), Errno::EINVAL));
}

#[test]
fn errors_of_the_network_reach_who_is_connected() {
    for version in [0, 1] {
        let family = family_of(NEAR[version]);
        let (echo, kind) = if version == 0 { (Protocol::ICMP, 8) } else { (Protocol::ICMPV6, 128) };
        let request = [kind, 0, 0, 0, 0, 0, 0, 1];
        // type, protocol, what is sent, connected
        for (socket_type, protocol, data, connected) in [
            (SocketType::DGRAM, echo, &request[..], true),
            (SocketType::DGRAM, echo, &request, false),
            (SocketType::RAW, EXPERIMENTAL, b"anything", true),
            (SocketType::RAW, EXPERIMENTAL, b"anything", false),
        ] {
            let bench = Bench::new(small());
            let mut socket = bench.net.socket(family, socket_type, protocol).unwrap();
            socket.setblocking(false).unwrap();
            if connected {
                socket.connect((FAR[version], 0)).unwrap();
            }
            socket.sendto(data, (FAR[version], 0)).unwrap();
            let sent = bench.take().pop().unwrap();
            // "Host unreachable" may pass, "prohibited" and "port unreachable" do not.
            let (passing, lasting) = if version == 0 { (1, 3) } else { (3, 4) };
            bench.inject(&unreachable(version, passing, &sent));
            assert!(failed(&socket.recv(&mut [0; 9]), Errno::EAGAIN));
            bench.inject(&unreachable(version, lasting, &sent));
            let expected = if connected { Errno::ECONNREFUSED } else { Errno::EAGAIN };
            let outcome = socket.recv(&mut [0; 9]);
            assert!(failed(&outcome, expected), "{protocol:?} {connected}: {outcome:?}");
        }
    }
}

#[test]
fn a_full_queue_loses_the_newest() {
    let bench = Bench::new(small()); // queues of 8192 bytes
    let socket = raw(&bench, AddressFamily::INET, EXPERIMENTAL);
    let mut sent = 0;
    while bench.stack().drops().unwrap().queue_full == 0 {
        bench.inject(&packet(0, EXPERIMENTAL, &[sent; 1000]));
        sent += 1;
    }
    let mut buffer = [0; 1500];
    for number in 0..sent - 1 {
        assert_eq!(socket.recv(&mut buffer), Ok(1020));
        assert_eq!(buffer[20], number);
    }
    assert!(failed(&socket.recv(&mut buffer), Errno::EAGAIN));
}

#[test]
fn an_interface_that_was_chosen_is_the_only_one() {
    let bench = Bench::new(small());
    let socket = raw(&bench, AddressFamily::INET, EXPERIMENTAL);
    let loopback = 1;
    assert_eq!(bench.interface.get(), 2);
    for (interface, heard) in [(loopback, false), (2, true), (0, true)] {
        socket.setsockopt(OptionLevel::SOCKET, SO_BINDTOIFINDEX, interface).unwrap();
        bench.inject(&packet(0, EXPERIMENTAL, b"hear"));
        assert_eq!(socket.recv(&mut [0; 64]).is_ok(), heard, "{interface}");
    }
}

#[test]
fn a_socket_takes_a_queue_while_it_is_open() {
    let bench = Bench::new(small()); // four queues
    let usage = || bench.stack().usage().unwrap().datagram_queues.in_use;
    for round in 0..3 {
        let family = AddressFamily::INET;
        let sockets: Vec<_> = (0..4).map(|_| raw(&bench, family, EXPERIMENTAL)).collect();
        assert_eq!(usage(), 4);
        let refused = bench.net.socket(family, SocketType::RAW, EXPERIMENTAL);
        assert!(failed(&refused.map(|_| ()), Errno::ENOBUFS), "{round}");
        bench.inject(&packet(0, EXPERIMENTAL, b"four copies"));
        for socket in &sockets {
            assert_eq!(socket.recv(&mut [0; 64]), Ok(31));
        }
        drop(sockets);
        assert_eq!(usage(), 0);
    }
}

#[test]
fn numbers_of_protocols_and_addresses_are_checked() {
    let bench = Bench::new(small());
    let net = &bench.net;
    let (inet, inet6) = (AddressFamily::INET, AddressFamily::INET6);
    let (dgram, kind) = (SocketType::DGRAM, SocketType::RAW);
    // family, type, protocol, error; measured on Linux 6.18
    for (family, socket_type, protocol, errno) in [
        (inet, kind, 0, Some(Errno::EPROTONOSUPPORT)),
        (inet, kind, 1, None),
        (inet, kind, 255, None),
        (inet, kind, 263, Some(Errno::EINVAL)),
        (inet, kind, -2, Some(Errno::EINVAL)),
        (inet6, kind, 58, None),
        (inet, dgram, 1, None),
        (inet, dgram, 58, Some(Errno::EPROTONOSUPPORT)),
        (inet6, dgram, 58, None),
        (inet6, dgram, 1, Some(Errno::EPROTONOSUPPORT)),
        (inet, dgram, 6, Some(Errno::EPROTONOSUPPORT)),
    ] {
        let outcome = net.socket(family, socket_type, Protocol(protocol)).map(|_| ());
        let found = outcome.err().map(|error| error.errno().unwrap());
        assert_eq!(found, errno, "{family:?} {socket_type:?} {protocol}");
    }
    // Of IPv6 the port of an address is the protocol, if it is not 0.
    let socket = raw(&bench, inet6, EXPERIMENTAL);
    let to = |port| SocketAddr::new(ip(FAR[1]), port);
    for (port, taken) in [(0, true), (253, true), (252, false), (256, false)] {
        assert_eq!(socket.sendto(b"x", to(port)).is_ok(), taken, "{port}");
    }
    // No raw socket of IPv6 speaks IPv4.
    let mapped = ("::ffff:192.0.2.2", 0);
    assert!(failed(&socket.sendto(b"x", mapped), Errno::ENETUNREACH));
    assert!(failed(&socket.bind(mapped), Errno::EADDRNOTAVAIL));
}
