//! The socket object beyond its verbs: copies, descriptors, the standard library's types, servers,
//! options by name, threads, signals.

#![allow(clippy::unwrap_used)] // helpers of tests, beside the tests themselves

mod common;

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use berkeley::{
    AddressFamily, Backend, DEFAULT_BACKLOG, Errno, Error, ErrorKind, Protocol, ServerOptions,
    Shutdown, Socket, SocketType, Timeout,
};
use berkeley_os::{NetExt, Os, OsHandle, SocketExt, set_signal_check};
use common::{NET, PATIENTLY, datagrams, fill, listener, loopback, streams};

const FAMILIES: [AddressFamily; 2] = [AddressFamily::INET, AddressFamily::INET6];

/// Held by tests that set what belongs to the process (the default timeout, the signal check), and
/// by those that it would disturb.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the kernel's mode flag is on. Source: `proc(5)`.
fn is_nonblocking(socket: &Socket<Os>) -> bool {
    let text = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", socket.fileno())).unwrap();
    let flags = text.lines().find_map(|line| line.strip_prefix("flags:")).unwrap();
    u32::from_str_radix(flags.trim(), 8).unwrap() & 0o4000 != 0
}

#[test]
fn the_mode_flag_follows_the_timeout() {
    let _alone = alone();
    let mut socket = NET.stream(AddressFamily::INET).unwrap();
    // timeout, getblocking, flag (rows T06, S42-S45, N23)
    for (timeout, blocking, flag) in [
        (Timeout::NonBlocking, false, true),
        (Timeout::After(PATIENTLY), true, true),
        (Timeout::Blocking, true, false),
        (Timeout::After(Duration::ZERO), false, true),
    ] {
        socket.settimeout(timeout).unwrap();
        assert_eq!(socket.gettimeout(), timeout.normalized());
        assert_eq!(
            (socket.getblocking(), is_nonblocking(&socket)),
            (blocking, flag),
            "{timeout:?}"
        );
    }
}

#[test]
fn a_copy_has_its_own_timeout_and_shares_the_flag() {
    let _alone = alone();
    let mut a = NET.stream(AddressFamily::INET).unwrap();
    a.settimeout(PATIENTLY).unwrap();
    let mut b = a.dup().unwrap();
    assert_eq!(b.gettimeout(), Timeout::After(PATIENTLY));
    assert_ne!(a.fileno(), b.fileno());
    assert_eq!((b.family(), b.type_(), b.proto()), (a.family(), a.type_(), a.proto()));
    b.settimeout(Timeout::Blocking).unwrap();
    assert_eq!(a.gettimeout(), Timeout::After(PATIENTLY), "row T07");
    assert!(!is_nonblocking(&a), "the flag is that of both");
}

#[test]
fn a_timeout_holds_whatever_a_copy_does_to_the_flag() {
    let _alone = alone();
    let timeout = Duration::from_millis(20);
    let (mut client, _server) = streams(AddressFamily::INET);
    client.settimeout(timeout).unwrap();
    let mut copy = client.try_clone().unwrap();
    copy.settimeout(Timeout::Blocking).unwrap();
    assert_eq!(client.recv(&mut [0; 4]), Err(Error::TIMED_OUT));

    let mut server = listener(AddressFamily::INET, 1);
    server.settimeout(timeout).unwrap();
    let mut copy = server.dup().unwrap();
    copy.settimeout(Timeout::Blocking).unwrap();
    assert_eq!(server.accept().unwrap_err(), Error::TIMED_OUT);
    server.settimeout(Timeout::NonBlocking).unwrap();
    copy.settimeout(Timeout::Blocking).unwrap();
    assert_eq!(server.accept().unwrap_err(), Errno::EAGAIN.into());
    // The other way round: a blocking object waits, also when the flag says not to.
    copy.settimeout(Timeout::Blocking).unwrap();
    server.settimeout(Timeout::NonBlocking).unwrap();
    let client = NET.stream(AddressFamily::INET).unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| copy.accept().map(drop));
        client.connect(server.getsockname().unwrap()).unwrap();
        assert_eq!(waiting.join().unwrap(), Ok(()));
    });
    // Accepting on what does not listen is that error, not a wait.
    for (socket, errno) in [
        (NET.stream(AddressFamily::INET).unwrap(), Errno::EINVAL),
        (NET.datagram(AddressFamily::INET).unwrap(), Errno::EOPNOTSUPP),
    ] {
        let mut socket = socket;
        socket.settimeout(timeout).unwrap();
        assert_eq!(socket.accept().unwrap_err(), errno.into());
    }
}

#[test]
fn the_connection_lives_as_long_as_a_copy_and_shutdown_ends_it_for_all() {
    let _alone = alone();
    let (client, mut server) = streams(AddressFamily::INET);
    let copy = client.dup().unwrap();
    client.close().unwrap();
    server.settimeout(Timeout::NonBlocking).unwrap();
    assert_eq!(server.recv(&mut [0; 4]), Err(Errno::EAGAIN.into()), "no end yet (row S09)");
    server.settimeout(PATIENTLY).unwrap();
    let other = copy.dup().unwrap();
    copy.shutdown(Shutdown::WR).unwrap();
    assert_eq!(server.recv(&mut [0; 4]), Ok(0));
    assert_eq!(other.send(b"x"), Err(Errno::EPIPE.into()));
}

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
fn sockets_become_those_of_the_standard_library_and_back() {
    let _alone = alone();
    for family in FAMILIES {
        let server = NET.create_server((loopback(family), 0), options(family)).unwrap();
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

fn options(family: AddressFamily) -> ServerOptions {
    ServerOptions { family, ..ServerOptions::default() }
}

#[test]
fn what_a_detached_handle_leaves_goes_on() {
    let _alone = alone();
    let (client, server) = streams(AddressFamily::INET);
    let number = client.fileno();
    let mut file = client.makefile("rb", Default::default()).unwrap().into_reader().unwrap();
    let descriptor = client.into_owned_fd().unwrap();
    assert_eq!(descriptor.as_raw_fd(), number);
    // Python's file would be cut off here; this one has a handle of its own.
    server.sendall(b"line\n").unwrap();
    assert_eq!(file.readline(None).unwrap(), b"line\n");
    drop(file);
    TcpStream::from(descriptor).write_all(b"still there").unwrap();
    assert_eq!(server.recv(&mut [0; 16]), Ok(11));
    assert_eq!(server.recv(&mut [0; 16]), Ok(0));
}

#[test]
fn nothing_is_inherited_unless_wanted() {
    let _alone = alone();
    let (client, server) = streams(AddressFamily::INET);
    let copy = client.dup().unwrap();
    for socket in [&client, &server, &copy] {
        assert_eq!(socket.get_inheritable(), Ok(false));
        socket.set_inheritable(true).unwrap();
        assert_eq!(socket.get_inheritable(), Ok(true));
        socket.set_inheritable(false).unwrap();
        assert_eq!(socket.get_inheritable(), Ok(false));
    }
    client.set_inheritable(true).unwrap();
    assert_eq!(copy.get_inheritable(), Ok(false), "it belongs to the descriptor");
    assert_eq!(client.dup().unwrap().get_inheritable(), Ok(false));
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
    let error = NET.create_server(("", 0), options(AddressFamily(9999))).unwrap_err();
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

#[test]
fn a_listener_is_an_iterator() {
    let _alone = alone();
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

#[test]
fn options_have_methods() {
    let _alone = alone();
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
    let _alone = alone();
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
fn a_socket_is_shown_as_python_shows_it() {
    let _alone = alone();
    let (client, server) = streams(AddressFamily::INET);
    let (near, far) = (client.getsockname().unwrap(), client.getpeername().unwrap());
    assert_eq!(
        format!("{client:?}"),
        format!(
            "<socket.socket fd={}, family=AF_INET, type=SOCK_STREAM, proto=0, laddr={near}, \
             raddr={far}>",
            client.fileno(),
        )
    );
    drop(server);
    let fresh = NET.datagram(AddressFamily::INET6).unwrap();
    assert_eq!(
        format!("{fresh:?}"),
        format!(
            "<socket.socket fd={}, family=AF_INET6, type=SOCK_DGRAM, proto=0, laddr=('::', 0, 0, 0)>",
            fresh.fileno(),
        )
    );
    assert_eq!(Os.fileno(&Os.closed()), -1);
}

#[test]
fn threads_share_one_socket() {
    let _alone = alone();
    const EACH: usize = 200;
    let (client, server) = streams(AddressFamily::INET);
    let received = AtomicUsize::new(0);
    thread::scope(|scope| {
        // Three send, two receive, over the same two objects.
        let senders: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| (0..EACH).for_each(|_| client.sendall(&[1; 1000]).unwrap())))
            .collect();
        for _ in 0..2 {
            scope.spawn(|| {
                let mut buffer = [0; 4096];
                loop {
                    match server.recv(&mut buffer).unwrap() {
                        0 => break,
                        count => received.fetch_add(count, Ordering::Relaxed),
                    };
                }
            });
        }
        for sender in senders {
            sender.join().unwrap();
        }
        client.shutdown(Shutdown::WR).unwrap();
    });
    assert_eq!(received.into_inner(), 3 * EACH * 1000);
}

/// Whether the thread with this number sleeps inside the kernel. Source: `proc(5)`.
fn sleeps(thread: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/self/task/{thread}/stat")).unwrap();
    stat.rsplit(')').next().unwrap().trim_start().starts_with('S')
}

/// Runs `blocked` on a thread, and `wake` whenever that thread sleeps in it.
fn while_blocked<T: Send>(
    blocked: impl FnOnce() -> T + Send,
    mut wake: impl FnMut(libc::pthread_t),
) -> T {
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        let running = scope.spawn(move || {
            // SAFETY: the call takes nothing and answers a number.
            let number = unsafe { libc::gettid() };
            // SAFETY: as above.
            let thread = unsafe { libc::pthread_self() };
            tell.send((number, thread)).unwrap();
            blocked()
        });
        let (number, thread) = told.recv().unwrap();
        while !running.is_finished() {
            if sleeps(number) {
                wake(thread);
            }
            thread::yield_now();
        }
        running.join().unwrap()
    })
}

/// A listener that answers nobody any more, and who fills it up.
fn full_listener() -> (Socket<Os>, Socket<Os>) {
    let listener = listener(AddressFamily::INET, 0);
    let first = NET.stream(AddressFamily::INET).unwrap();
    first.connect(listener.getsockname().unwrap()).unwrap();
    (listener, first)
}

const MODES: [Timeout; 2] = [Timeout::Blocking, Timeout::After(PATIENTLY)];

#[test]
fn shutdown_from_another_thread_wakes_every_call() {
    let _alone = alone();
    for mode in MODES {
        let woken = |socket: &mut Socket<Os>, call: fn(&Socket<Os>) -> Result<usize, Error>| {
            socket.settimeout(mode).unwrap();
            let socket = &*socket;
            while_blocked(|| call(socket), |_| socket.shutdown(Shutdown::RDWR).unwrap_or(()))
        };
        let mut server = listener(AddressFamily::INET, 1);
        let outcome = woken(&mut server, |socket| socket.accept().map(|_| 0));
        assert_eq!(outcome, Err(Errno::EINVAL.into()), "accept, {mode:?}");

        let (mut client, _server) = streams(AddressFamily::INET);
        let outcome = woken(&mut client, |socket| socket.recv(&mut [0; 4]));
        assert_eq!(outcome, Ok(0), "recv, {mode:?}");

        let (mut client, _server) = streams(AddressFamily::INET);
        client.setblocking(false).unwrap();
        fill(&client);
        let outcome = woken(&mut client, |socket| {
            socket.sendall(&vec![0; 1 << 20]).map(|()| 0).map_err(Error::from)
        });
        assert_eq!(outcome, Err(Errno::EPIPE.into()), "send, {mode:?}");

        let (full, _first) = full_listener();
        let mut client = NET.stream(AddressFamily::INET).unwrap();
        client.settimeout(mode).unwrap();
        let address = full.getsockname().unwrap();
        let outcome = while_blocked(
            || client.connect(address),
            |_| client.shutdown(Shutdown::RDWR).unwrap_or(()),
        );
        assert_eq!(outcome, Err(Errno::ECONNRESET.into()), "connect, {mode:?}");
    }
}

static SIGNALS: AtomicUsize = AtomicUsize::new(0);
static CHECKS: AtomicUsize = AtomicUsize::new(0);
static STOP: AtomicBool = AtomicBool::new(false);

extern "C" fn count_signal(_: libc::c_int) {
    SIGNALS.fetch_add(1, Ordering::Relaxed);
}

/// Counts SIGUSR1, which interrupts system calls from now on.
fn install_handler() {
    let handler: extern "C" fn(libc::c_int) = count_signal;
    // SAFETY: zeros are a valid `sigaction`: no flags, an empty mask.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler as libc::sighandler_t;
    // SAFETY: `action` is initialised and may be read; the old one is not asked for. The handler does
    // nothing but count.
    let answer = unsafe { libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut()) };
    assert_eq!(answer, 0);
}

fn signal(thread: libc::pthread_t) {
    // SAFETY: the thread has not been joined, so that its number is valid.
    let answer = unsafe { libc::pthread_kill(thread, libc::SIGUSR1) };
    assert_eq!(answer, 0);
}

fn check() -> Result<(), Error> {
    CHECKS.fetch_add(1, Ordering::Relaxed);
    if STOP.load(Ordering::Relaxed) { Err(Errno::ECANCELED.into()) } else { Ok(()) }
}

#[test]
fn signals_do_not_change_a_deadline() {
    let _alone = alone();
    install_handler();
    let timeout = Duration::from_millis(100);
    // What the program says about signals: nothing, or to go on.
    for hook in [None, Some(check as berkeley_os::SignalCheck)] {
        assert!(set_signal_check(hook).is_none());
        let (mut client, _server) = streams(AddressFamily::INET);
        client.settimeout(timeout).unwrap();
        SIGNALS.store(0, Ordering::Relaxed);
        CHECKS.store(0, Ordering::Relaxed);
        let before = Os.now();
        let outcome = while_blocked(|| client.recv(&mut [0; 4]), signal);
        let after = Os.now();
        assert_eq!(outcome, Err(Error::TIMED_OUT));
        assert!(after >= before + timeout, "never early");
        assert!(after < before + PATIENTLY);
        assert!(SIGNALS.load(Ordering::Relaxed) > 0, "it was interrupted");
        assert_eq!(CHECKS.load(Ordering::Relaxed) > 0, hook.is_some());
        set_signal_check(None);
    }
    // Without a deadline it goes on until something comes.
    let (client, mut server) = streams(AddressFamily::INET);
    server.settimeout(Timeout::Blocking).unwrap();
    let mut left = 5;
    let outcome = while_blocked(
        || server.recv(&mut [0; 4]),
        |thread| {
            signal(thread);
            left -= 1;
            if left == 0 {
                client.sendall(b"x").unwrap();
            }
        },
    );
    assert_eq!(outcome, Ok(1));
}

#[test]
fn the_program_can_end_what_a_signal_has_interrupted() {
    let _alone = alone();
    install_handler();
    STOP.store(true, Ordering::Relaxed);
    set_signal_check(Some(check));
    let stopped = Error::from(Errno::ECANCELED);
    for mode in MODES {
        let (mut client, mut server) = streams(AddressFamily::INET);
        client.settimeout(mode).unwrap();
        server.settimeout(mode).unwrap();
        let received = while_blocked(|| client.recv(&mut [0; 4]), signal);
        assert_eq!(received, Err(stopped), "recv, {mode:?}");

        // More than fits: some was taken, and `sendall` says how much.
        let error = while_blocked(|| client.sendall(&vec![7; 64 << 20]), signal).unwrap_err();
        assert_eq!(error.error, stopped, "sendall, {mode:?}");
        let mut file = server.makefile("rb", Default::default()).unwrap().into_reader().unwrap();
        client.shutdown(Shutdown::WR).unwrap();
        let received = file.read(None).unwrap().unwrap();
        assert_eq!(received.len(), error.sent, "nothing is lost, {mode:?}");

        let mut server = listener(AddressFamily::INET, 0);
        server.settimeout(mode).unwrap();
        let accepted = while_blocked(|| server.accept().map(drop), signal);
        assert_eq!(accepted, Err(stopped), "accept, {mode:?}");

        let (full, _first) = full_listener();
        let address = full.getsockname().unwrap();
        let mut client = NET.stream(AddressFamily::INET).unwrap();
        client.settimeout(mode).unwrap();
        let connected = while_blocked(|| client.connect(address), signal);
        assert_eq!(connected, Err(stopped), "connect, {mode:?}");
        client.setblocking(false).unwrap();
        assert_eq!(
            client.connect_ex(address),
            Ok(Errno::EALREADY.raw()),
            "the attempt goes on, {mode:?}"
        );
    }
    set_signal_check(None);
    STOP.store(false, Ordering::Relaxed);
    assert_eq!(stopped.kind(), ErrorKind::Os);
}
