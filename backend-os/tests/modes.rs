//! The three modes over the kernel: blocking, non-blocking, with a timeout.

#![allow(clippy::unwrap_used)] // helpers of tests, beside the tests themselves

mod common;

use std::thread;
use std::time::Duration;

use berkeley::{
    Address, AddressFamily, Backend, Errno, Error, Instant, Patience, PollEntry, Readiness,
    Shutdown, Socket, Timeout,
};
use berkeley_os::Os;
use common::{NET, PATIENTLY, datagrams, listener, streams};

#[test]
fn a_wait_is_never_early() {
    let (_sender, receiver) = datagrams(AddressFamily::INET);
    for nanoseconds in [0, 1, 999, 50_000, 1_000_000, 1_000_001, 20_000_000] {
        for _ in 0..10 {
            let mut entries = [PollEntry::new(receiver.handle(), Readiness::READABLE)];
            let deadline = Os.now() + Duration::from_nanos(nanoseconds);
            assert_eq!(Os.wait(&mut entries, Some(deadline)), Ok(0));
            assert!(Os.now() >= deadline, "early for {nanoseconds} ns");
        }
    }
}

#[test]
fn each_mode_waits_as_long_as_it_says() {
    for family in [AddressFamily::INET, AddressFamily::INET6] {
        let (client, mut server) = streams(family);
        let mut buffer = [0; 16];

        server.settimeout(Timeout::NonBlocking).unwrap();
        assert_eq!(server.recv(&mut buffer), Err(Error::from(Errno::EAGAIN)));

        let timeout = Duration::from_millis(30);
        server.settimeout(timeout).unwrap();
        let before = Os.now();
        assert_eq!(server.recv(&mut buffer), Err(Error::TIMED_OUT));
        assert!(Os.now() >= before + timeout);

        // Nothing is there when these start to wait; what they wait for comes from the other side.
        for mode in [Timeout::Blocking, Timeout::After(PATIENTLY)] {
            server.settimeout(mode).unwrap();
            thread::scope(|scope| {
                let waiting = scope.spawn(|| server.recv(&mut [0; 16]));
                client.sendall(b"late").unwrap();
                assert_eq!(waiting.join().unwrap(), Ok(4), "{mode:?}");
            });
        }
    }
}

#[test]
fn shutdown_wakes_a_call_that_waits() {
    for mode in [Timeout::Blocking, Timeout::After(PATIENTLY)] {
        let (_client, mut server) = streams(AddressFamily::INET);
        server.settimeout(mode).unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| server.recv(&mut [0; 16]));
            server.shutdown(Shutdown::RDWR).unwrap();
            assert_eq!(waiting.join().unwrap(), Ok(0), "{mode:?}");
        });
    }
}

#[test]
fn a_refused_connection_is_refused_in_every_mode() {
    // Bound, so that nobody else listens there, and not listening.
    let deaf = NET.stream(AddressFamily::INET).unwrap();
    deaf.bind(("127.0.0.1", 0)).unwrap();
    let address = deaf.getsockname().unwrap();
    let refused = Err(Error::from(Errno::ECONNREFUSED));
    for mode in [Timeout::Blocking, Timeout::After(PATIENTLY)] {
        let mut client = NET.stream(AddressFamily::INET).unwrap();
        client.settimeout(mode).unwrap();
        assert_eq!(client.connect(address), refused, "{mode:?}");
    }
    let mut client = NET.stream(AddressFamily::INET).unwrap();
    client.settimeout(Timeout::NonBlocking).unwrap();
    assert_eq!(client.connect(address), Err(Error::from(Errno::EINPROGRESS)));
    wait_for(&client, Readiness::WRITABLE);
    assert_eq!(Os.connect_outcome(client.handle()), refused);
    // The cause was consumed; the socket is not connected all the same.
    assert_eq!(Os.connect_outcome(client.handle()), Err(Error::from(Errno::ECONNABORTED)));
}

fn wait_for(socket: &Socket<Os>, interest: Readiness) -> Readiness {
    let mut entries = [PollEntry::new(socket.handle(), interest)];
    assert_eq!(Os.wait(&mut entries, Os.now().checked_add(PATIENTLY)), Ok(1));
    entries[0].ready
}

/// A listener that answers nobody any more, and who fills it up.
fn full_listener() -> (Socket<Os>, Vec<Socket<Os>>) {
    let listener = listener(AddressFamily::INET, 0);
    let address = listener.getsockname().unwrap();
    let first = connecting(address);
    wait_for(&first, Readiness::WRITABLE);
    (listener, vec![first])
}

fn connecting(address: Address) -> Socket<Os> {
    let mut client = NET.stream(AddressFamily::INET).unwrap();
    client.settimeout(Timeout::NonBlocking).unwrap();
    assert_eq!(client.connect(address), Err(Error::from(Errno::EINPROGRESS)));
    client
}

#[test]
fn the_outcome_of_a_connection_survives_false_readiness() {
    let (listener, _full) = full_listener();
    let client = connecting(listener.getsockname().unwrap());
    // Nothing has happened; asking is no success.
    for _ in 0..3 {
        assert_eq!(Os.connect_outcome(client.handle()), Err(Error::from(Errno::EINPROGRESS)));
    }
    assert_eq!(client.connect(listener.getsockname().unwrap()), Err(Error::from(Errno::EALREADY)));
    client.shutdown(Shutdown::RDWR).unwrap();
    wait_for(&client, Readiness::WRITABLE);
    assert_eq!(Os.connect_outcome(client.handle()), Err(Error::from(Errno::ECONNRESET)));
}

#[test]
fn a_connection_that_is_answered_by_nobody_times_out_and_can_be_shut_down() {
    let (listener, _full) = full_listener();
    let address = listener.getsockname().unwrap();
    let mut client = NET.stream(AddressFamily::INET).unwrap();
    let timeout = Duration::from_millis(30);
    client.settimeout(timeout).unwrap();
    let before = Os.now();
    assert_eq!(client.connect(address), Err(Error::TIMED_OUT));
    assert!(Os.now() >= before + timeout);
    assert_eq!(client.connect_ex(address), Ok(Errno::EALREADY.raw()));

    let mut client = NET.stream(AddressFamily::INET).unwrap();
    client.settimeout(PATIENTLY).unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| client.connect(address));
        // It has a local port from the moment on in which it connects.
        while client.getsockname().unwrap().port() == Some(0) {
            thread::yield_now();
        }
        while client.shutdown(Shutdown::RDWR).is_err() {
            thread::yield_now();
        }
        assert_eq!(waiting.join().unwrap(), Err(Error::from(Errno::ECONNRESET)));
    });
}

#[test]
fn an_accept_with_nobody_there_follows_the_mode() {
    let mut listener = listener(AddressFamily::INET, 1);
    listener.settimeout(Timeout::NonBlocking).unwrap();
    assert_eq!(listener.accept().unwrap_err(), Error::from(Errno::EAGAIN));
    listener.settimeout(Duration::from_millis(20)).unwrap();
    assert_eq!(listener.accept().unwrap_err(), Error::TIMED_OUT);
    assert_eq!(
        Os.accept(listener.handle(), Patience::Never, false).unwrap_err(),
        Error::from(Errno::EAGAIN)
    );
}

#[test]
fn a_deadline_in_the_past_looks_once() {
    let (client, server) = streams(AddressFamily::INET);
    client.sendall(b"x").unwrap();
    wait_for(&server, Readiness::READABLE);
    let mut entries = [PollEntry::new(server.handle(), Readiness::READABLE)];
    assert_eq!(Os.wait(&mut entries, Some(Instant::ZERO)), Ok(1));
    assert_eq!(entries[0].ready, Readiness::READABLE);
}
