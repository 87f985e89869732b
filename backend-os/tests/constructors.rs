//! Where socket objects come from: descriptors of others, the default timeout, servers in one call.

#![allow(clippy::unwrap_used)] // helpers of tests, beside the tests themselves

mod common;

use std::fs::File;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixStream};

use berkeley::{
    AddressFamily, DEFAULT_BACKLOG, Errno, Error, Protocol, ServerOptions, SocketType, Timeout,
};
use berkeley_os::{NetExt, OsHandle, SocketExt};
use common::{NET, PATIENTLY, alone, is_nonblocking};

#[test]
fn a_copy_of_a_foreign_descriptor_leaves_it_as_it_is() {
    let _alone = alone();
    let theirs = UdpSocket::bind("127.0.0.1:0").unwrap();
    theirs.set_nonblocking(true).unwrap();
    let ours =
        NET.fromfd(&theirs, AddressFamily::INET, SocketType::DGRAM, Protocol::DEFAULT).unwrap();
    assert_eq!(ours.gettimeout(), Timeout::Blocking, "the default, whatever the flag (row F37)");
    assert!(is_nonblocking(&ours), "and the flag is left alone");
    assert!(!ours.get_inheritable().unwrap());
    assert_eq!(ours.proto(), Protocol::DEFAULT, "as it was given");
    let name = ours.getsockname().unwrap();
    drop(theirs);
    ours.sendto(b"to myself", name).unwrap();
    assert_eq!(ours.recv(&mut [0; 16]), Ok(9), "the copy goes on (row F35)");

    // What is no socket, or nothing (row F36); what it is asked for does not matter.
    let file = File::open("/dev/null").unwrap();
    let error =
        NET.fromfd(&file, AddressFamily::INET, SocketType::STREAM, Protocol::DEFAULT).unwrap_err();
    assert_eq!(error, Errno::ENOTSOCK.into());
    assert_eq!(NET.adopt_fd(file).unwrap_err(), Errno::ENOTSOCK.into());
    assert_eq!(NET.adopt(OsHandle::default()).unwrap_err(), Errno::EBADF.into());
    // A wrong family shows when it is used.
    let wrong = NET
        .fromfd(ours.as_fd().unwrap(), AddressFamily::INET6, SocketType::DGRAM, Protocol::UDP)
        .unwrap();
    assert_eq!(wrong.family(), AddressFamily::INET6);
    assert_eq!(wrong.getsockname().unwrap().family(), AddressFamily::INET, "row G06");
}

#[test]
fn the_default_timeout_is_for_objects_made_from_now_on() {
    let _alone = alone();
    assert_eq!(NET.getdefaulttimeout(), Timeout::Blocking);
    let before = NET.stream(AddressFamily::INET).unwrap();
    let listener = NET.create_server(("127.0.0.1", 0), ServerOptions::default()).unwrap();
    NET.setdefaulttimeout(PATIENTLY);
    let client = NET.stream(AddressFamily::INET).unwrap();
    client.connect(listener.getsockname().unwrap()).unwrap();
    let (accepted, _) = listener.accept().unwrap();
    let adopted = NET.adopt_fd(UdpSocket::bind("127.0.0.1:0").unwrap()).unwrap();
    let nonblocking = NET
        .socket(
            AddressFamily::INET,
            SocketType::STREAM | SocketType::NONBLOCK | SocketType::CLOEXEC,
            Protocol::DEFAULT,
        )
        .unwrap();
    let copy = before.dup().unwrap();
    NET.setdefaulttimeout(None);
    // socket, its timeout (rows F52, F53, K05, T12)
    for (name, socket, timeout) in [
        ("before", &before, Timeout::Blocking),
        ("listener", &listener, Timeout::Blocking),
        ("new", &client, Timeout::After(PATIENTLY)),
        ("accepted", &accepted, Timeout::After(PATIENTLY)),
        ("adopted", &adopted, Timeout::After(PATIENTLY)),
        ("non-blocking", &nonblocking, Timeout::NonBlocking),
        ("copy", &copy, Timeout::Blocking),
    ] {
        assert_eq!(socket.gettimeout(), timeout, "{name}");
        assert_eq!(is_nonblocking(socket), timeout != Timeout::Blocking, "{name}");
    }
    assert_eq!(nonblocking.type_(), SocketType::STREAM);
}

#[test]
fn the_kernel_says_what_a_descriptor_is() {
    let _alone = alone();
    let (stream, datagram) = (SocketType::STREAM, SocketType::DGRAM);
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let connected = TcpStream::connect(tcp.local_addr().unwrap()).unwrap();
    let (left, right) = UnixStream::pair().unwrap();
    let (unix_left, _unix_right) = UnixDatagram::pair().unwrap();
    // descriptor, family, type, protocol (rows N24, S55)
    for (descriptor, family, socket_type, protocol) in [
        (OwnedFd::from(tcp), AddressFamily::INET, stream, Protocol::TCP),
        (OwnedFd::from(connected), AddressFamily::INET, stream, Protocol::TCP),
        (
            OwnedFd::from(UdpSocket::bind("[::1]:0").unwrap()),
            AddressFamily::INET6,
            datagram,
            Protocol::UDP,
        ),
        (OwnedFd::from(left), AddressFamily::UNIX, stream, Protocol::DEFAULT),
        (OwnedFd::from(right), AddressFamily::UNIX, stream, Protocol::DEFAULT),
        (OwnedFd::from(unix_left), AddressFamily::UNIX, datagram, Protocol::DEFAULT),
    ] {
        let number = descriptor.as_raw_fd();
        let socket = NET.adopt_fd(descriptor).unwrap();
        let found = (socket.family(), socket.type_(), socket.proto());
        assert_eq!(found, (family, socket_type, protocol));
        assert_eq!((socket.fileno(), socket.as_raw_fd()), (number, number));
    }
}

#[test]
fn servers_are_made_in_one_call() {
    let _alone = alone();
    assert!(NET.has_dualstack_ipv6());
    // family, reuse_port, dualstack, whether an IPv4 client gets through (row N29)
    let (v4, v6) = (AddressFamily::INET, AddressFamily::INET6);
    for (family, reuse_port, dualstack_ipv6, takes_ipv4) in [
        (v4, false, false, true),
        (v4, true, false, true),
        (v6, false, false, false),
        (v6, true, false, false),
        (v6, false, true, true),
        (v6, true, true, true),
    ] {
        let wanted = ServerOptions { family, backlog: Some(2), reuse_port, dualstack_ipv6 };
        let server = NET.create_server(("", 0), wanted).unwrap();
        assert_eq!(server.is_listener(), Ok(true));
        assert_eq!(server.reuse_address(), Ok(true));
        assert_eq!(server.reuse_port(), Ok(reuse_port));
        let port = server.getsockname().unwrap().port().unwrap();
        if family == v6 {
            assert_eq!(server.only_v6(), Ok(!dualstack_ipv6));
        }
        let mut client = NET.stream(v4).unwrap();
        client.settimeout(PATIENTLY).unwrap();
        assert_eq!(client.connect(("127.0.0.1", port)).is_ok(), takes_ipv4, "{wanted:?}");
        // A second one on the same port only when both share it.
        let second = NET.create_server(("", port), wanted).map(drop).map_err(Error::errno);
        let expected = if reuse_port { Ok(()) } else { Err(Some(Errno::EADDRINUSE)) };
        assert_eq!(second, expected, "{wanted:?}");
    }
    let both = ServerOptions { dualstack_ipv6: true, ..ServerOptions::default() };
    assert_eq!(NET.create_server(("", 0), both).unwrap_err(), Error::INVALID_VALUE);
    let error = NET.create_server(("192.0.2.1", 0), ServerOptions::default()).unwrap_err();
    assert_eq!(error, Errno::EADDRNOTAVAIL.into());
    let error = NET
        .create_server(
            ("", 0),
            ServerOptions { family: AddressFamily(9999), ..ServerOptions::default() },
        )
        .unwrap_err();
    assert_eq!(error, Errno::EAFNOSUPPORT.into());
}

#[test]
fn a_server_can_be_started_again_at_once() {
    let _alone = alone();
    let server = NET.create_server(("127.0.0.1", 0), ServerOptions::default()).unwrap();
    let address = server.getsockname().unwrap();
    let client = NET.stream(AddressFamily::INET).unwrap();
    client.connect(address).unwrap();
    let (accepted, _) = server.accept().unwrap();
    // The server's end closes first, so that TIME-WAIT is its.
    accepted.close().unwrap();
    assert_eq!(client.recv(&mut [0; 4]), Ok(0));
    client.close().unwrap();
    server.close().unwrap();
    assert!(NET.create_server(address, ServerOptions::default()).is_ok());
    let plain = NET.stream(AddressFamily::INET).unwrap();
    assert_eq!(plain.bind(address), Err(Errno::EADDRINUSE.into()), "without the option");
}

#[test]
fn listening_has_a_default() {
    let _alone = alone();
    assert_eq!(DEFAULT_BACKLOG, berkeley::SOMAXCONN.min(128));
    let server = NET.stream(AddressFamily::INET).unwrap();
    server.bind(("127.0.0.1", 0)).unwrap();
    for backlog in [None, Some(0), Some(-1), Some(i32::MAX)] {
        server.listen(backlog).unwrap();
    }
    server.listen(5).unwrap();
}
