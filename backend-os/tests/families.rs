//! Every address family against the kernel: what it takes, and what it answers.

#![allow(clippy::unwrap_used)] // helpers of tests, beside the tests themselves

mod common;

use std::ops::Deref;
use std::os::unix::net::{SocketAddr as StdUnixAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

use berkeley::constants::{
    ETH_P_ALL, ETHERTYPE_IP, PACKET_HOST, PACKET_OUTGOING, VMADDR_CID_ANY, VMADDR_PORT_ANY,
};
use berkeley::options::IP_HDRINCL;
use berkeley::{
    Address, AddressFamily, Errno, Error, Interface, NetlinkAddress, OptionLevel, OtherAddress,
    PacketAddress, Protocol, Refusal, Socket, SocketType, ToAddress, UnixAddress, VsockAddress,
};
use berkeley_os::device::interface;
use berkeley_os::{Os, OsHandle};
use common::{NET, PATIENTLY};

const UNIX: AddressFamily = AddressFamily::UNIX;
const TYPES: [SocketType; 3] = [SocketType::STREAM, SocketType::DGRAM, SocketType::SEQPACKET];
const TOO_LONG: Error = Error::refused(Refusal::PathTooLong);

/// A socket that gives up after a while.
fn socket(family: AddressFamily, socket_type: SocketType, protocol: i32) -> Socket<Os> {
    let mut socket = NET.socket(family, socket_type, Protocol(protocol)).unwrap();
    socket.settimeout(PATIENTLY).unwrap();
    socket
}

/// The same, or `None`, said aloud, when the machine does not permit it or lacks the family.
fn socket_if_permitted(
    family: AddressFamily,
    socket_type: SocketType,
    protocol: i32,
) -> Option<Socket<Os>> {
    match NET.socket(family, socket_type, Protocol(protocol)) {
        Err(error) if [Errno::EPERM, Errno::EACCES].map(Some).contains(&error.errno()) => {
            println!("NOT TESTED: a socket of {family:?} needs a privilege: {error}");
            None
        }
        Err(error) if error.is(Errno::EAFNOSUPPORT) => {
            println!("NOT TESTED: this kernel has no {family:?}");
            None
        }
        outcome => {
            drop(outcome.unwrap());
            Some(socket(family, socket_type, protocol))
        }
    }
}

fn unix(socket_type: SocketType) -> Socket<Os> {
    socket(UNIX, socket_type, 0)
}

/// A directory that vanishes at the end of the test.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Directory {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("berkeley-{}-{number}", process::id()));
        fs::create_dir(&path).unwrap();
        Directory(path)
    }

    /// A path in it with just so many bytes.
    fn path_of(&self, length: usize) -> String {
        let start = format!("{}/", self.0.display());
        assert!(start.len() < length, "the machine's directory for temporary files is too long");
        format!("{start:x<length$}")
    }
}

impl Deref for Directory {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// An abstract name with just so many bytes, the NUL before it among them, that is not in use.
fn abstract_of(length: usize) -> Vec<u8> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut name = format!("\0berkeley\0{}\0{number}\0", process::id()).into_bytes();
    assert!(name.len() <= length);
    name.resize(length, b'y');
    name
}

#[test]
fn unix_names_have_the_kernels_limits() {
    let directory = Directory::new();
    let existing = directory.join("existing");
    fs::write(&existing, "").unwrap();
    let path = |length| directory.path_of(length).into_bytes();
    // Python's string, outcome (rows A01-A04)
    for (name, outcome) in [
        (path(106), Ok(())),
        (path(107), Ok(())),
        (path(108), Err(TOO_LONG)),
        (path(200), Err(TOO_LONG)),
        (abstract_of(40), Ok(())),
        (abstract_of(107), Ok(())),
        (abstract_of(108), Ok(())),
        (abstract_of(109), Err(TOO_LONG)),
        ([&path(60)[..], b"\0cut"].concat(), Err(Error::INVALID_VALUE)), // Python cuts it
        ([&path(60)[..], b"\0"].concat(), Err(Error::INVALID_VALUE)),
        (directory.join("no/such").display().to_string().into(), Err(Errno::ENOENT.into())),
        (existing.display().to_string().into(), Err(Errno::EADDRINUSE.into())),
    ] {
        for socket_type in TYPES {
            let _ = fs::remove_file(directory.path_of(106));
            let _ = fs::remove_file(directory.path_of(107));
            let socket = unix(socket_type);
            assert_eq!(socket.bind(&name[..]), outcome, "{socket_type:?} {}", name.len());
            let expected = if outcome.is_ok() { &name[..] } else { b"" };
            let own = Address::Unix(UnixAddress::from_python(expected).unwrap());
            assert_eq!(socket.getsockname(), Ok(own), "a failure leaves it unnamed");
        }
    }
    let left = fs::read_dir(&*directory).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(left.collect::<Vec<_>>(), [existing], "no path was cut");
}

#[test]
fn a_path_may_fill_the_kernels_room() {
    // Python refuses to give such a path, but can meet one.
    let directory = Directory::new();
    let path = directory.path_of(108);
    let full = OtherAddress::new(UNIX, path.as_bytes()).unwrap();
    let server = unix(SocketType::DGRAM);
    server.bind(full).unwrap();
    let name = server.getsockname().unwrap();
    let Address::Unix(name) = name else { panic!("{name}") };
    assert_eq!(name.as_pathname(), Some(path.as_bytes()));
    let client = unix(SocketType::DGRAM);
    client.connect(name).unwrap();
    assert_eq!(client.getpeername(), Ok(name.into()));
    client.send(b"x").unwrap();
    assert_eq!(server.recvfrom(&mut [0; 4]), Ok((1, None)));
}

#[test]
fn unix_sockets_meet_under_both_kinds_of_name() {
    let directory = Directory::new();
    for socket_type in TYPES {
        for (number, is_abstract) in [(0, false), (1, true)] {
            let name = |who: &str| {
                let path = directory.join(format!("{who}-{}-{number}", socket_type.0));
                if is_abstract {
                    UnixAddress::abstract_name(path.as_os_str().as_encoded_bytes()).unwrap()
                } else {
                    UnixAddress::pathname(path.as_os_str().as_encoded_bytes()).unwrap()
                }
            };
            let (server_name, client_name) = (name("server"), name("client"));
            let (named, unnamed) = (unix(socket_type), unix(socket_type));
            let server = unix(socket_type);
            let refused = Err(Errno::ECONNREFUSED.into());
            let missing = if is_abstract { refused } else { Err(Errno::ENOENT.into()) };
            assert_eq!(named.connect(server_name), missing, "{socket_type:?} {server_name}");
            server.bind(server_name).unwrap();
            let bound_twice = unix(socket_type).bind(server_name);
            assert_eq!(bound_twice, Err(Errno::EADDRINUSE.into()));
            named.bind(client_name).unwrap();
            let mut buffer = [0; 8];
            if socket_type == SocketType::DGRAM {
                unnamed.sendto(b"one", server_name).unwrap();
                assert_eq!(server.recvfrom(&mut buffer), Ok((3, None)), "nobody's name");
                named.connect(server_name).unwrap();
                named.send(b"two").unwrap();
                let (count, sender) = server.recvfrom(&mut buffer).unwrap();
                assert_eq!((count, sender), (3, Some(client_name.into())));
                server.sendto(b"back", sender.unwrap()).unwrap();
                assert_eq!(named.recvfrom(&mut buffer), Ok((4, Some(server_name.into()))));
                continue;
            }
            assert_eq!(named.connect(server_name), refused, "it does not listen");
            server.listen(4).unwrap();
            for (client, own) in [(&named, client_name), (&unnamed, UnixAddress::UNNAMED)] {
                client.connect(server_name).unwrap();
                let (connection, peer) = server.accept().unwrap();
                assert_eq!(peer, own.into());
                assert_eq!(connection.getpeername(), Ok(own.into()));
                assert_eq!(connection.getsockname(), Ok(server_name.into()));
                assert_eq!(client.getsockname(), Ok(own.into()));
                assert_eq!(client.getpeername(), Ok(server_name.into()));
                client.sendall(b"there").unwrap();
                assert_eq!(connection.recv(&mut buffer), Ok(5));
                connection.sendall(b"back").unwrap();
                let (count, sender) = client.recvfrom(&mut buffer).unwrap();
                assert_eq!((count, &buffer[..count]), (4, &b"back"[..]));
                assert_eq!(sender, Some(server_name.into()), "unlike TCP's");
            }
        }
    }
}

#[test]
fn an_unnamed_address_lets_linux_choose_a_name() {
    for socket_type in TYPES {
        let socket = unix(socket_type);
        assert_eq!(socket.getsockname(), Ok(UnixAddress::UNNAMED.into()));
        socket.bind("").unwrap();
        let Ok(Address::Unix(name)) = socket.getsockname() else { panic!() };
        let digits = name.as_abstract_name().unwrap();
        assert_eq!(digits.len(), 5, "{name}");
        assert!(digits.iter().all(u8::is_ascii_hexdigit), "{name}");
        // To connect to nothing is no way to choose.
        assert_eq!(unix(socket_type).connect(""), Err(Errno::EINVAL.into()));
    }
}

#[test]
fn the_standard_librarys_unix_sockets_are_reached() {
    let directory = Directory::new();
    let path = directory.join("listener");
    let listener = UnixListener::bind(&path).unwrap();
    let address = UnixAddress::from(&listener.local_addr().unwrap());
    assert_eq!(address.as_path(), Some(&*path));
    // path, the standard library's address, ours
    let theirs = listener.local_addr().unwrap();
    for given in [&path as &dyn ToAddress, &path.as_path(), &theirs, &address] {
        let client = unix(SocketType::STREAM);
        client.bind(&abstract_of(40)[..]).unwrap();
        client.connect(given.to_address(UNIX).unwrap()).unwrap();
        let (_stream, peer) = listener.accept().unwrap();
        assert_eq!(Ok(Address::from(&peer)), client.getsockname());
        let ours = UnixAddress::from(&peer);
        assert!(ours.as_abstract_name().is_some());
        let again = StdUnixAddr::try_from(&ours).unwrap();
        assert_eq!(UnixAddress::from(&again), ours);
    }
}

#[test]
fn a_family_encodes_as_declared_and_decodes_as_it_is() {
    // Row G06: a descriptor of INET, declared as another family.
    let inet = socket(AddressFamily::INET, SocketType::DGRAM, 0);
    let own = ("127.0.0.1", 0).to_address(AddressFamily::INET).unwrap();
    inet.bind(own).unwrap();
    let bound = inet.getsockname().unwrap();
    let handle = OsHandle::from(inet.handle().as_fd().unwrap().try_clone_to_owned().unwrap());
    let (dgram, default) = (SocketType::DGRAM, Protocol::DEFAULT);
    let declared = Socket::from_handle(Os, handle, AddressFamily::TIPC, dgram, default).unwrap();
    assert_eq!(declared.getsockname(), Ok(bound));
    let other_family = Err(Errno::EAFNOSUPPORT.into());
    assert_eq!(declared.connect(bound), other_family);
    assert_eq!(inet.connect("/path"), other_family);
    assert_eq!(inet.connect(UnixAddress::pathname("/path").unwrap()), other_family);
    // Row A27: a family that nobody knows.
    let unknown = OtherAddress::new(AddressFamily(250), &[0; 14]).unwrap();
    assert_eq!(inet.connect(unknown), other_family);
    assert_eq!(inet.getsockname(), Ok(bound));
}

#[test]
fn families_that_the_kernel_lacks_are_not_supported() {
    let raw = SocketType::RAW;
    let packets = SocketType::SEQPACKET;
    // family, type, protocol
    for (family, socket_type, protocol) in [
        (AddressFamily::CAN, raw, Protocol::CAN_RAW),
        (AddressFamily::CAN, SocketType::DGRAM, Protocol::CAN_BCM),
        (AddressFamily::CAN, SocketType::DGRAM, Protocol::CAN_ISOTP),
        (AddressFamily::TIPC, packets, Protocol::DEFAULT),
        (AddressFamily::BLUETOOTH, packets, Protocol::BTPROTO_L2CAP),
        (AddressFamily::BLUETOOTH, raw, Protocol::BTPROTO_HCI),
        (AddressFamily::BLUETOOTH, packets, Protocol::BTPROTO_SCO),
        (AddressFamily::BLUETOOTH, SocketType::STREAM, Protocol::BTPROTO_RFCOMM),
        (AddressFamily::ALG, packets, Protocol::DEFAULT),
        (AddressFamily::QIPCRTR, SocketType::DGRAM, Protocol::DEFAULT),
        (AddressFamily(250), SocketType::STREAM, Protocol::DEFAULT),
    ] {
        match NET.socket(family, socket_type, protocol) {
            Err(error) => {
                // A kernel that has the family may lack the protocol.
                let has_family = NET
                    .socket(family, SocketType(10), protocol)
                    .is_err_and(|error| !error.is(Errno::EAFNOSUPPORT));
                let expected =
                    if has_family { Errno::EPROTONOSUPPORT } else { Errno::EAFNOSUPPORT };
                assert!(error.is(expected), "{family:?} {socket_type:?}: {error}");
            }
            Ok(socket) => {
                assert_ne!(family, AddressFamily(250));
                println!("this kernel has {family:?}");
                // An address, or an error: the decoder is asked for this family.
                if let Ok(name) = socket.getsockname() {
                    assert_eq!(name.family(), family, "{name}");
                    assert!(!matches!(name, Address::Other(_)), "{name}");
                }
            }
        }
    }
}

#[test]
fn the_kernel_chooses_a_netlink_port_and_answers() {
    let route = socket(AddressFamily::NETLINK, SocketType::RAW, Protocol::NETLINK_ROUTE.0);
    assert_eq!(route.getsockname(), Ok(NetlinkAddress::new(0, 0).into()));
    route.bind((0, 1)).unwrap(); // the group of links
    let Ok(Address::Netlink(own)) = route.getsockname() else { panic!() };
    assert_ne!(own.pid, 0, "row A13");
    assert_eq!(own.groups, 1);
    // struct nlmsghdr and struct rtgenmsg: RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, sequence 7
    let mut request = Vec::new();
    request.extend_from_slice(&20_u32.to_ne_bytes());
    request.extend_from_slice(&18_u16.to_ne_bytes());
    request.extend_from_slice(&0x301_u16.to_ne_bytes());
    request.extend_from_slice(&7_u32.to_ne_bytes());
    request.extend_from_slice(&[0; 8]);
    assert_eq!(route.sendto(&request, (0, 0)), Ok(request.len()));
    let mut buffer = vec![0; 65536];
    loop {
        let (count, sender) = route.recvfrom(&mut buffer).unwrap();
        let Some(Address::Netlink(sender)) = sender else { panic!("{sender:?}") };
        assert_eq!(sender.pid, 0, "the kernel");
        // Changes of links come in between, as that group's.
        if sender.groups == 0 {
            assert!(count >= 16);
            assert_eq!(buffer[8..12], 7_u32.to_ne_bytes(), "the answer to this question");
            break;
        }
    }
}

#[test]
fn frames_are_bound_to_an_interface_by_name_or_number() {
    let family = AddressFamily::PACKET;
    let Some(sender) = socket_if_permitted(family, SocketType::DGRAM, 0) else { return };
    let index = interface::index("lo").unwrap();
    let unbound = PacketAddress::new(Interface::ANY, 0);
    assert_eq!(sender.getsockname(), Ok(unbound.into()));
    let no_device = Err(Errno::ENODEV.into());
    // Row A21. What is given, outcome
    assert_eq!(sender.bind(("no-such-device", 0)), no_device);
    assert_eq!(sender.bind(("", 0)), no_device);
    assert_eq!(sender.bind(("sixteen-bytes-00", 0)), no_device);
    assert_eq!(sender.bind(("l\0", 0)), Err(Error::INVALID_VALUE));
    assert_eq!(sender.getsockname(), Ok(unbound.into()), "nothing was changed");

    // An EtherType for experiments (IEEE 802, 88B5), so that nobody else's frames come.
    const EXPERIMENTAL: u16 = 0x88B5;
    let receiver = socket(family, SocketType::DGRAM, 0);
    receiver.bind(("lo", EXPERIMENTAL)).unwrap();
    let mut own = PacketAddress::new(Interface::Index(index), EXPERIMENTAL);
    own.hardware_type = 772; // ARPHRD_LOOPBACK
    let own = own.with_hardware_address(&[0; 6]).unwrap();
    assert_eq!(receiver.getsockname(), Ok(own.into()));
    assert_eq!(receiver.getsockname().unwrap().to_string(), {
        format!(r"({index}, {EXPERIMENTAL}, 0, 772, b'\x00\x00\x00\x00\x00\x00')")
    });

    let name = Interface::try_from("lo").unwrap();
    // The interface by name and by number.
    for interface in [name, Interface::Index(index)] {
        let to = PacketAddress::new(interface, EXPERIMENTAL).with_hardware_address(&[0; 6]);
        assert_eq!(sender.sendto(b"frame", to.unwrap()), Ok(5));
        let mut buffer = [0; 64];
        // What goes out is shown too, unless the socket is bound to one protocol.
        let (count, from) = receiver.recvfrom(&mut buffer).unwrap();
        assert_eq!(&buffer[..count], b"frame");
        let Some(Address::Packet(from)) = from else { panic!("{from:?}") };
        assert_eq!((from, from.packet_type), (own, PACKET_HOST));
    }
}

#[test]
fn a_sniffer_sees_whole_frames_in_both_directions() {
    let Some(sniffer) = socket_if_permitted(AddressFamily::PACKET, SocketType::RAW, 0) else {
        return;
    };
    sniffer.bind(("lo", ETH_P_ALL)).unwrap();
    let (sender, receiver) = common::datagrams(AddressFamily::INET);
    let secret = format!("sniffed from {} to {receiver:?}", process::id());
    sender.send(secret.as_bytes()).unwrap();
    let mut buffer = vec![0; 65536];
    let mut seen = Vec::new();
    while seen.len() < 2 {
        let (count, from) = sniffer.recvfrom(&mut buffer).unwrap();
        let Some(Address::Packet(from)) = from else { panic!("{from:?}") };
        // Other frames of this machine come too.
        if buffer[..count].ends_with(secret.as_bytes()) {
            assert_eq!(buffer[12..14], ETHERTYPE_IP.to_be_bytes(), "with its Ethernet header");
            assert_eq!((from.protocol, from.hardware_type), (ETHERTYPE_IP, 772));
            assert_eq!(from.hardware_address(), [0; 6]);
            seen.push(from.packet_type);
        }
    }
    assert_eq!(seen, [PACKET_OUTGOING, PACKET_HOST]);
}

/// The checksum of the internet protocols. Source: RFC 1071.
fn checksum(bytes: &[u8]) -> [u8; 2] {
    let mut sum: u32 = bytes
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0)))
        .sum();
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}

#[test]
fn raw_sockets_send_and_receive_echoes() {
    let identifier = (process::id() as u16).to_be_bytes();
    // family, protocol, types of request and reply (RFC 792, RFC 4443), the header's length
    for (family, protocol, request, reply, header) in [
        (AddressFamily::INET, Protocol::ICMP, 8, 0, 20),
        (AddressFamily::INET6, Protocol::ICMPV6, 128, 129, 0),
    ] {
        let Some(raw) = socket_if_permitted(family, SocketType::RAW, protocol.0) else { return };
        let mut message = [&[request, 0, 0, 0], &identifier[..], &[0, 1], b"echo"].concat();
        if family == AddressFamily::INET {
            let sum = checksum(&message);
            message[2..4].copy_from_slice(&sum); // the kernel writes that of ICMPv6
        }
        let peer = (common::loopback(family), 0).to_address(family).unwrap();
        assert_eq!(raw.sendto(&message, peer), Ok(message.len()));
        let mut buffer = [0; 1500];
        loop {
            // The request is seen too, and whatever else the machine does.
            let (count, from) = raw.recvfrom(&mut buffer).unwrap();
            let packet = &buffer[header..count];
            if packet[0] == reply && packet[4..] == message[4..] {
                assert_eq!(from, Some(peer));
                break;
            }
        }
    }
}

#[test]
fn a_raw_socket_may_bring_its_own_header() {
    const EXPERIMENTAL: u8 = 253; // RFC 3692
    let family = AddressFamily::INET;
    let protocol = i32::from(EXPERIMENTAL);
    let Some(sender) = socket_if_permitted(family, SocketType::RAW, protocol) else { return };
    let receiver = socket(family, SocketType::RAW, protocol);
    sender.setsockopt(OptionLevel::IP, IP_HDRINCL, 1).unwrap();
    // Version and length, service, total length, identification, fragment, time to live, protocol;
    // the checksum is the kernel's.
    let data = process::id().to_be_bytes();
    let mut packet = vec![0x45, 0, 0, 24, 0x12, 0x34, 0, 0, 77, EXPERIMENTAL, 0, 0];
    packet.extend_from_slice(&[127, 0, 0, 9, 127, 0, 0, 1]); // not the sender's own address
    packet.extend_from_slice(&data);
    assert_eq!(sender.sendto(&packet, ("127.0.0.1", 0)), Ok(24));
    let mut buffer = [0; 64];
    loop {
        let (count, from) = receiver.recvfrom(&mut buffer).unwrap();
        if buffer[20..count] == data {
            assert_eq!(from, Some(("127.0.0.9", 0).to_address(family).unwrap()));
            assert_eq!((buffer[8], &buffer[4..6]), (77, &[0x12, 0x34][..]));
            break;
        }
    }
}

#[test]
fn the_kernel_chooses_a_vsock_port() {
    let Some(vsock) = socket_if_permitted(AddressFamily::VSOCK, SocketType::STREAM, 0) else {
        return;
    };
    let unbound = VsockAddress::new(VMADDR_CID_ANY, VMADDR_PORT_ANY);
    assert_eq!(vsock.getsockname(), Ok(unbound.into()));
    vsock.bind((VMADDR_CID_ANY, VMADDR_PORT_ANY)).unwrap();
    let Ok(Address::Vsock(own)) = vsock.getsockname() else { panic!() };
    assert_eq!(own.cid, VMADDR_CID_ANY);
    assert_ne!(own.port, VMADDR_PORT_ANY);
    let second = socket(AddressFamily::VSOCK, SocketType::STREAM, 0);
    assert_eq!(second.bind(own), Err(Errno::EADDRINUSE.into()));
}

#[test]
fn scopes_and_flow_information_are_the_kernels() {
    let family = AddressFamily::INET6;
    let bind = |host: &str, flowinfo, scope_id| {
        let socket = socket(family, SocketType::DGRAM, 0);
        socket.bind((host, 0, flowinfo, scope_id))?;
        let Ok(Address::Inet6(own)) = socket.getsockname() else { panic!() };
        Ok((own.ip().to_string(), own.flowinfo(), own.scope_id()))
    };
    let loopback = Ok(("::1".to_owned(), 0, 0));
    // Rows A10-A12. host, flow information, scope, what the socket is called
    for (host, flowinfo, scope_id, expected) in [
        ("::1", 0, 0, loopback.clone()),
        ("::1", 0xF_FFFF, 0, loopback.clone()), // not told back
        ("::1", 0x10_0000, 0, Err(Error::OVERFLOW)),
        ("::1", u32::MAX, 0, Err(Error::OVERFLOW)),
        ("::1", 0, 4242, loopback), // a scope that means nothing there
        ("fe80::1", 0, 0, Err(Errno::EINVAL.into())), // which of the links?
    ] {
        assert_eq!(bind(host, flowinfo, scope_id), expected, "{host} {flowinfo} {scope_id}");
    }
}
