//! What Rust's standard library has for its sockets: they become its types and back, options have
//! methods, a look leaves the data, a listener is an iterator.

#![allow(clippy::unwrap_used)] // helpers of tests, beside the tests themselves

mod common;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::time::Duration;

use berkeley::{
    AddressFamily, Errno, Error, Protocol, ServerOptions, Shutdown, Socket, SocketType, Timeout,
};
use berkeley_os::{NetExt, Os, SocketExt};
use common::{NET, datagrams, listener, loopback, streams};

const FAMILIES: [AddressFamily; 2] = [AddressFamily::INET, AddressFamily::INET6];

#[test]
fn sockets_become_those_of_the_standard_library_and_back() {
    for family in FAMILIES {
        let server = NET
            .create_server(
                (loopback(family), 0),
                ServerOptions { family, ..ServerOptions::default() },
            )
            .unwrap();
        let number = server.fileno();
        let server: TcpListener = server.into_std().unwrap();
        assert_eq!(server.as_raw_fd(), number, "the same descriptor");
        let mut client = NET.stream(family).unwrap();
        client.connect(server.local_addr().unwrap()).unwrap();
        client.settimeout(Duration::from_secs(2)).unwrap();
        let mut client: TcpStream = client.into_std().unwrap();
        assert_eq!(client.read_timeout().unwrap(), Some(Duration::from_secs(2)));
        assert_eq!(client.write_timeout().unwrap(), Some(Duration::from_secs(2)));
        let (accepted, _) = server.accept().unwrap();
        let accepted = NET.adopt_fd(accepted).unwrap();
        client.write_all(b"across").unwrap();
        assert_eq!(accepted.recv(&mut [0; 16]), Ok(6));
        accepted.sendall(b"back").unwrap();
        client.read_exact(&mut [0; 4]).unwrap();
        // The kernel's timeout, which came along, does not cut a blocking receive short.
        let client = NET.adopt_fd(client).unwrap();
        assert_eq!(client.gettimeout(), Timeout::Blocking);
        accepted.shutdown(Shutdown::WR).unwrap();
        assert_eq!(client.recv(&mut [0; 4]), Ok(0));

        let mut datagram = NET.datagram(family).unwrap();
        datagram.setblocking(false).unwrap();
        let datagram: UdpSocket = datagram.into_std().unwrap();
        assert_eq!(datagram.recv(&mut [0; 4]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    }
    let unix =
        |socket_type| NET.socket(AddressFamily::UNIX, socket_type, Protocol::DEFAULT).unwrap();
    unix(SocketType::STREAM).into_std::<UnixStream>().unwrap();
    unix(SocketType::DGRAM).into_std::<UnixDatagram>().unwrap();

    // What does not fit comes back as it was.
    let socket = NET.stream(AddressFamily::INET).unwrap();
    let number = socket.fileno();
    let socket = socket.into_std::<UdpSocket>().unwrap_err().socket;
    let socket = socket.into_std::<TcpListener>().unwrap_err().socket;
    let error = socket.into_std::<UnixListener>().unwrap_err();
    assert_eq!((error.socket.fileno(), error.error), (number, Error::INVALID_VALUE));
    let mut server = listener(AddressFamily::INET, 1);
    server = server.into_std::<TcpStream>().unwrap_err().socket;
    assert!(server.into_std::<TcpListener>().is_err(), "no timeouts for listeners there");
    assert!(unix(SocketType::SEQPACKET).into_std::<UnixStream>().is_err());
}

#[test]
fn options_have_methods() {
    type Switch = (
        fn(&Socket<Os>) -> Result<bool, Error>,
        fn(&Socket<Os>, bool) -> Result<(), Error>,
        &'static str,
    );
    let switches: [Switch; 6] = [
        (Socket::nodelay, Socket::set_nodelay, "nodelay"),
        (Socket::reuse_address, Socket::set_reuse_address, "reuse_address"),
        (Socket::reuse_port, Socket::set_reuse_port, "reuse_port"),
        (Socket::keepalive, Socket::set_keepalive, "keepalive"),
        (Socket::broadcast, Socket::set_broadcast, "broadcast"),
        (Socket::only_v6, Socket::set_only_v6, "only_v6"),
    ];
    let socket = NET.stream(AddressFamily::INET6).unwrap();
    for (get, set, name) in switches {
        for on in [true, false] {
            set(&socket, on).unwrap();
            assert_eq!(get(&socket), Ok(on), "{name}");
        }
    }
    let plain = NET.stream(AddressFamily::INET).unwrap();
    assert_eq!(plain.only_v6(), Err(Errno::EOPNOTSUPP.into()), "not IPv6");
    let udp = NET.datagram(AddressFamily::INET).unwrap();
    assert_eq!(udp.set_nodelay(true), Err(Errno::ENOPROTOOPT.into()), "row K19");

    for family in FAMILIES {
        let socket = NET.stream(family).unwrap();
        assert_eq!(socket.ttl(), Ok(64));
        socket.set_ttl(7).unwrap();
        assert_eq!(socket.ttl(), Ok(7));
        for wrong in [256, u32::MAX] {
            assert_eq!(socket.set_ttl(wrong), Err(Errno::EINVAL.into()), "{family:?} {wrong}");
        }
        assert_eq!(socket.ttl(), Ok(7), "a failure changes nothing");
    }
    // lingering, what comes back
    for (linger, back) in [
        (Some(Duration::from_secs(3)), Some(Duration::from_secs(3))),
        (Some(Duration::from_millis(1500)), Some(Duration::from_secs(2))),
        (Some(Duration::ZERO), Some(Duration::ZERO)),
        (None, None),
    ] {
        socket.set_linger(linger).unwrap();
        assert_eq!(socket.linger(), Ok(back));
    }
    assert_eq!(socket.set_linger(Some(Duration::MAX)), Err(Error::OVERFLOW));
    socket.set_recv_buffer_size(10_000).unwrap();
    assert_eq!(socket.recv_buffer_size(), Ok(20_000), "row K07");
    socket.set_send_buffer_size(10_000).unwrap();
    assert_eq!(socket.send_buffer_size(), Ok(20_000));
    assert_eq!(socket.set_recv_buffer_size(1 << 31), Err(Error::OVERFLOW));
    assert_eq!(socket.set_send_buffer_size(usize::MAX), Err(Error::OVERFLOW));
}

#[test]
fn a_look_leaves_the_data() {
    let (client, server) = streams(AddressFamily::INET);
    client.sendall(b"abc").unwrap();
    let mut two = [0; 2];
    for _ in 0..2 {
        assert_eq!(server.peek(&mut two), Ok(2));
        assert_eq!(&two, b"ab");
    }
    assert_eq!(server.recv(&mut [0; 8]), Ok(3));
    let (sender, receiver) = datagrams(AddressFamily::INET);
    sender.send(b"datagram").unwrap();
    let name = sender.getsockname().unwrap();
    assert_eq!(receiver.peek_from(&mut two), Ok((2, Some(name))));
    assert_eq!(receiver.recv(&mut [0; 16]), Ok(8));
    // The pending error, once.
    client.set_linger(Some(Duration::ZERO)).unwrap();
    drop(client);
    assert_eq!(server.recv(&mut [0; 4]), Err(Errno::ECONNRESET.into()));
    assert_eq!(server.take_error(), Ok(None), "consumed");
}

#[test]
fn a_listener_is_an_iterator() {
    let mut server = listener(AddressFamily::INET, 8);
    let clients: Vec<_> = (0..3u8)
        .map(|index| {
            let client = NET.stream(AddressFamily::INET).unwrap();
            client.connect(server.getsockname().unwrap()).unwrap();
            client.sendall(&[index]).unwrap();
            client
        })
        .collect();
    let mut order = Vec::new();
    for accepted in server.incoming().take(clients.len()) {
        let mut byte = [0];
        assert_eq!(accepted.unwrap().recv(&mut byte), Ok(1));
        order.push(byte[0]);
    }
    assert_eq!(order, [0, 1, 2]);
    server.setblocking(false).unwrap();
    let mut incoming = server.incoming();
    assert_eq!(incoming.next().unwrap().unwrap_err(), Errno::EAGAIN.into());
    assert!(incoming.next().is_some(), "an error is not the end");
}
