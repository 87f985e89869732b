//! The socket object beyond its verbs: its timeout and the kernel's flag, copies, descriptors.

#![allow(clippy::unwrap_used)] // helpers of tests, beside the tests themselves

mod common;

use std::io::Write;
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::thread;
use std::time::Duration;

use berkeley::{AddressFamily, Backend, Errno, Error, Shutdown, Timeout};
use berkeley_os::{Os, SocketExt};
use common::{NET, PATIENTLY, is_nonblocking, listener, streams};

#[test]
fn the_mode_flag_follows_the_timeout() {
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
fn what_a_detached_handle_leaves_goes_on() {
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
fn a_socket_is_shown_as_python_shows_it() {
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
