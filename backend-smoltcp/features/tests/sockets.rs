//! Two stacks with the features that are on: every kind of socket echoes, or is refused as by a kernel
//! that has it not.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use berkeley::options::{ADD_MEMBERSHIP, Ipv4Membership, Ipv6Membership, JOIN_GROUP};
use berkeley::{AddressFamily, Errno, Error, Net, Protocol, Socket, SocketType};
use berkeley_smoltcp::{Cidr, Stack};

#[path = "../../tests/support/heapless.rs"]
#[allow(dead_code, reason = "its echo needs every feature")]
mod heapless;

use heapless::{BoardMemory, End, Machine, Queue};

type Near<'s, 'a> = Stack<'a, &'s Machine>;

/// A family, whether it is there, and the address of either stack.
const FAMILIES: [(AddressFamily, bool, [&str; 2]); 2] = [
    (AddressFamily::INET, cfg!(feature = "ipv4"), ["192.0.2.1", "192.0.2.2"]),
    (AddressFamily::INET6, cfg!(feature = "ipv6"), ["2001:db8::1", "2001:db8::2"]),
];

/// A type, a protocol, and whether it is there.
const TYPES: [(SocketType, Protocol, bool); 3] = [
    (SocketType::STREAM, Protocol::DEFAULT, cfg!(feature = "tcp")),
    (SocketType::DGRAM, Protocol::DEFAULT, cfg!(feature = "udp")),
    (SocketType::RAW, Protocol(253), cfg!(feature = "raw")), // for experiments (RFC 3692)
];

/// Gives an interface its addresses, as far as there are such.
fn set_up<'a>(stack: &Near<'_, 'a>, end: &'a mut End<'a>, number: usize) {
    let interface = stack.add_interface(end).unwrap();
    for ((_, has_version, names), prefix) in FAMILIES.into_iter().zip([24, 64]) {
        let address: IpAddr = names[number].parse().unwrap();
        let network = Cidr::new(address, prefix);
        let added = network.and_then(|network| stack.add_address(interface, network));
        let refused = Err(Error::from(Errno::EAFNOSUPPORT));
        assert_eq!(added, if has_version { Ok(()) } else { refused }, "{address}");
    }
}

#[test]
fn what_is_there_echoes_and_what_is_not_is_refused() {
    let machine = Machine::default();
    let (there, back) = (Queue::new(), Queue::new());
    let (mut one, mut two) = (BoardMemory::new(), BoardMemory::new());
    let (mut left, mut right) = (End::new(&back, &there, 0), End::new(&there, &back, 1));
    let (near, far) = (Stack::new(&mut one, &machine), Stack::new(&mut two, &machine));
    set_up(&near, &mut left, 0);
    set_up(&far, &mut right, 1);
    let mut ports = 7..;
    for (family, has_version, names) in FAMILIES {
        for ((kind, protocol, has_protocol), port) in TYPES.into_iter().zip(&mut ports) {
            let made = Net::new(&near).socket(family, kind, protocol);
            if !has_version {
                assert!(made.err().unwrap().is(Errno::EAFNOSUPPORT), "{family:?} {kind:?}");
            } else if !has_protocol {
                assert!(made.err().unwrap().is(Errno::ESOCKTNOSUPPORT), "{family:?} {kind:?}");
            } else {
                echo((&near, &far), made.unwrap(), (names[1], port));
            }
        }
    }
}

/// Sends some bytes to a socket of the same kind at the other end, and gets them back.
fn echo<'a, 's>(
    (near, far): (&Near<'s, 'a>, &Near<'s, 'a>),
    mut client: Socket<&Near<'s, 'a>>,
    (name, port): (&str, u16),
) {
    let (family, kind) = (client.family(), client.type_());
    let mut server = Net::new(far).socket(family, kind, client.proto()).unwrap();
    // Of IPv4 the header is there as well.
    let raw_header = kind == SocketType::RAW && family == AddressFamily::INET;
    let header = if raw_header { 20 } else { 0 };
    server.setblocking(false).unwrap();
    client.setblocking(false).unwrap();
    server.bind(("", port)).unwrap();
    if kind == SocketType::STREAM {
        server.listen(1).unwrap();
        assert!(client.connect((name, port)).unwrap_err().is(Errno::EINPROGRESS));
        server = eventually(near, far, || server.accept()).0;
        server.setblocking(false).unwrap();
    } else {
        client.connect((name, if kind == SocketType::RAW { 0 } else { port })).unwrap();
    }
    let mut buffer = [0; 64];
    assert_eq!(eventually(near, far, || client.send(b"to and fro")), 10);
    let (length, from) = eventually(near, far, || server.recvfrom(&mut buffer));
    match from.filter(|_| kind != SocketType::STREAM) {
        Some(from) => server.sendto(&buffer[header..length], from).unwrap(),
        None => server.send(&buffer[..length]).unwrap(),
    };
    assert_eq!(eventually(near, far, || client.recv(&mut buffer)), header + 10);
    assert_eq!(&buffer[header..header + 10], b"to and fro");
    if kind == SocketType::DGRAM {
        hear_oneself(&server, port);
    }
}

/// Joins a group and sends to it, or is refused.
fn hear_oneself(socket: &Socket<&Near<'_, '_>>, port: u16) {
    const INTERFACE: u32 = 1; // there is one
    let (joined, name) = if socket.family() == AddressFamily::INET {
        let group = Ipv4Addr::new(239, 1, 2, 3);
        let address = Ipv4Addr::UNSPECIFIED;
        let membership = Ipv4Membership { group, address, interface: INTERFACE };
        (socket.set_option(ADD_MEMBERSHIP, membership), "239.1.2.3")
    } else {
        let group = Ipv6Addr::new(0xFF05, 0, 0, 0, 0, 0, 0, 7);
        let membership = Ipv6Membership { group, interface: INTERFACE };
        (socket.set_option(JOIN_GROUP, membership), "ff05::7")
    };
    let refused = Err(Error::from(Errno::ENOPROTOOPT));
    assert_eq!(joined, if cfg!(feature = "multicast") { Ok(()) } else { refused });
    socket.sendto(b"to all", (name, port)).unwrap();
    let heard = socket.recv(&mut [0; 16]);
    let nothing = Err(Error::from(Errno::EAGAIN));
    assert_eq!(heard, if cfg!(feature = "multicast") { Ok(6) } else { nothing });
}

/// What a call says when it does not have to wait any more.
fn eventually<T>(
    near: &Near<'_, '_>,
    far: &Near<'_, '_>,
    mut call: impl FnMut() -> Result<T, Error>,
) -> T {
    for _ in 0..1000 {
        near.drive(16).unwrap();
        far.drive(16).unwrap();
        match call() {
            Err(error) if error.is(Errno::EAGAIN) => near.platform().tick(),
            outcome => return outcome.unwrap(),
        }
    }
    panic!("nothing comes");
}

#[test]
fn unix_sockets_are_there_or_refused() {
    let (machine, mut memory) = (Machine::default(), BoardMemory::new());
    let stack = Stack::<_>::new(&mut memory, &machine);
    let net = Net::new(&stack);
    for kind in [SocketType::STREAM, SocketType::DGRAM, SocketType::SEQPACKET] {
        let pair = net.socketpair(AddressFamily::UNIX, kind, Protocol::DEFAULT);
        let made = net.socket(AddressFamily::UNIX, kind, Protocol::DEFAULT);
        if cfg!(feature = "unix") {
            let ((one, other), mut buffer) = (pair.unwrap(), [0; 8]);
            assert_eq!(one.send(b"across"), Ok(6));
            assert_eq!(other.recv(&mut buffer), Ok(6));
            assert_eq!(&buffer[..6], b"across");
            assert!(made.is_ok());
        } else {
            assert!(pair.err().unwrap().is(Errno::EAFNOSUPPORT), "{kind:?}");
            assert!(made.err().unwrap().is(Errno::EAFNOSUPPORT), "{kind:?}");
        }
    }
}
