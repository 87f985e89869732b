//! UNIX sockets, as far as the suite does not try them: names without a file system, exhaustion,
//! tasks and threads that wait, and what there cannot be.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use core::task::{Context, Poll};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};
use std::thread;

use berkeley::options::{SO_PASSCRED, SO_PEERCRED, SO_REUSEPORT, SO_SNDBUF};
use berkeley::{
    ControlBuffer, ErrorKind, MessageFlags, OptionLevel, PollEntry, Pool, Protocol, Readiness,
    SocketType, Timeout, UnixAddress,
};
use berkeley_smoltcp::Memory;
use berkeley_smoltcp::host::Host;
use berkeley_smoltcp::lock::Threads;

use support::*;

const UNIX: AddressFamily = AddressFamily::UNIX;
const TYPES: [SocketType; 3] = [SocketType::STREAM, SocketType::DGRAM, SocketType::SEQPACKET];

type Lone = Rc<Stack<'static, Simulation>>;

/// A stack without interfaces, in virtual time.
fn lone(resources: impl Into<Resources<'static>>) -> Net<Lone> {
    let simulation = Simulation::new(1);
    let stack = Rc::new(Stack::new(resources, simulation.clone()));
    simulation.join(&stack);
    Net::new(stack)
}

fn unix<B: Backend + Clone>(net: &Net<B>, socket_type: SocketType) -> Socket<B> {
    net.socket(UNIX, socket_type, Protocol::DEFAULT).unwrap()
}

fn pair<B: Backend + Clone>(net: &Net<B>, socket_type: SocketType) -> (Socket<B>, Socket<B>) {
    net.socketpair(UNIX, socket_type, Protocol::DEFAULT).unwrap()
}

fn errno<T: core::fmt::Debug>(outcome: Result<T, Error>) -> Errno {
    outcome.unwrap_err().errno().unwrap()
}

#[test]
fn a_path_goes_with_its_socket() {
    let net = lone(small());
    for socket_type in TYPES {
        let (server, client) = (unix(&net, socket_type), unix(&net, socket_type));
        assert_eq!(errno(client.connect("/run/server")), Errno::ENOENT);
        server.bind("/run/server").unwrap();
        assert_eq!(server.getsockname(), Ok(UnixAddress::pathname("/run/server").unwrap().into()));
        assert_eq!(errno(server.bind("/run/server")), Errno::EADDRINUSE);
        assert_eq!(errno(server.bind("/run/second")), Errno::EINVAL);
        // One path for all types, whereas each has abstract names of its own.
        for other in TYPES.into_iter().filter(|other| *other != socket_type) {
            let other = unix(&net, other);
            assert_eq!(errno(other.bind("/run/server")), Errno::EADDRINUSE);
            assert_eq!(errno(other.connect("/run/server")), Errno::EPROTOTYPE);
        }
        if socket_type != SocketType::DGRAM {
            assert_eq!(errno(client.connect("/run/server")), Errno::ECONNREFUSED);
            server.listen(1).unwrap();
        }
        client.connect("/run/server").unwrap();
        drop(server);
        assert_eq!(errno(unix(&net, socket_type).connect("/run/server")), Errno::ENOENT);
        assert_eq!(client.getpeername(), Ok(UnixAddress::pathname("/run/server").unwrap().into()));
    }
}

#[test]
fn an_accepted_socket_does_not_keep_the_name() {
    let net = lone(small());
    let (server, client) = (unix(&net, SocketType::STREAM), unix(&net, SocketType::STREAM));
    server.bind("/x").unwrap();
    server.listen(1).unwrap();
    client.connect("/x").unwrap();
    let (accepted, _) = server.accept().unwrap();
    drop(server);
    assert_eq!(accepted.getsockname(), Ok(UnixAddress::pathname("/x").unwrap().into()));
    let again = unix(&net, SocketType::STREAM);
    again.bind("/x").unwrap();
    again.listen(1).unwrap();
    client.bind("/later").unwrap();
    let name = UnixAddress::pathname("/later").unwrap();
    assert_eq!(accepted.getpeername(), Ok(name.into()), "the other end learns it");
    client.sendall(b"from whom").unwrap();
    assert_eq!(accepted.recvfrom(&mut [0; 16]), Ok((9, Some(name.into()))));
}

/// The other end of a pair gets the memory of a socket that is gone, and not its data, its peer or
/// its error.
#[test]
fn a_place_is_used_again_as_new() {
    let net = lone(Capacity { unix_sockets: 3, ..small() });
    for socket_type in TYPES {
        let (one, other) = pair(&net, socket_type);
        one.send(b"old").unwrap();
        other.send(b"old").unwrap();
        drop(one);
        let fresh = unix(&net, socket_type);
        fresh.bind("/fresh").unwrap();
        assert_eq!(errno(fresh.getpeername()), Errno::ENOTCONN);
        let lost =
            if socket_type == SocketType::DGRAM { Errno::ECONNREFUSED } else { Errno::EPIPE };
        let _ = other.take_error();
        assert_eq!(errno(other.send(b"for whom?")), lost, "{socket_type:?}");
        assert_eq!(fresh.take_error(), Ok(None));
    }
}

#[test]
fn exhaustion_names_its_pool_and_passes() {
    let memory =
        Box::leak(Box::new(Memory::<'static, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 3, 300>::new()));
    let nets = [lone(memory), lone(Capacity { unix_sockets: 3, unix_queue: 300, ..small() })];
    for net in nets {
        let usage = || net.backend().usage().unwrap().unix_sockets;
        let full = Error::exhausted(Pool::UnixSockets, Errno::ENOBUFS);
        let (one, other) = pair(&net, SocketType::STREAM);
        let pair_again = net.socketpair(UNIX, SocketType::STREAM, Protocol::DEFAULT);
        assert_eq!(pair_again.map(|_| ()), Err(full), "one is free, and stays free");
        assert_eq!((usage().in_use, usage().capacity, usage().refused), (2, 3, 1));
        drop(other);
        // A connection takes its place when it is made, not when it is accepted.
        let (server, client) = (unix(&net, SocketType::STREAM), unix(&net, SocketType::STREAM));
        server.bind("\0server").unwrap();
        server.listen(5).unwrap();
        assert_eq!(client.connect("\0server"), Err(full));
        drop(one);
        client.connect("\0server").unwrap();
        assert_eq!(client.send_with(&[1; 500], MessageFlags::DONTWAIT), Ok(300));
        drop((client, server));
        assert_eq!((usage().in_use, usage().high_water), (0, 3));
    }
    // Without a descriptor a connection waits on.
    let net = lone(Capacity { descriptors: 2, ..small() });
    let (server, client) = (unix(&net, SocketType::STREAM), unix(&net, SocketType::STREAM));
    server.bind("\0server").unwrap();
    server.listen(5).unwrap();
    client.connect("\0server").unwrap();
    let refused = server.accept().map(|_| ()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Exhausted(Pool::Descriptors));
    drop(client);
    assert!(server.accept().is_ok());
}

#[test]
fn what_needs_a_process_is_refused() {
    let net = lone(small());
    for socket_type in TYPES {
        let (one, other) = pair(&net, socket_type);
        // SCM_RIGHTS, SCM_CREDENTIALS, and one that nobody knows.
        for (level, kind, expected) in
            [(1, 1, Errno::EOPNOTSUPP), (1, 2, Errno::EOPNOTSUPP), (1, 77, Errno::EINVAL)]
        {
            let mut bytes = [0; 64];
            let mut control = ControlBuffer::new(&mut bytes);
            assert!(control.push(OptionLevel(level), kind, &[0; 4]).is_ok());
            let sent = one.sendmsg(&[b"x"], control.as_slice(), MessageFlags::NONE);
            assert_eq!(errno(sent), expected, "{socket_type:?} {kind}");
        }
        assert_eq!(errno(other.recv_into(&mut [0; 8], 8, MessageFlags::DONTWAIT)), Errno::EAGAIN);
        for name in [SO_PEERCRED, SO_PASSCRED] {
            assert_eq!(errno(one.getsockopt(OptionLevel::SOCKET, name)), Errno::ENOPROTOOPT);
        }
        let shares = one.setsockopt(OptionLevel::SOCKET, SO_REUSEPORT, 1);
        assert_eq!(errno(shares), Errno::EOPNOTSUPP);
        assert_eq!(errno(one.send_with(b"x", MessageFlags::OOB)), Errno::EOPNOTSUPP);
    }
    for (socket_type, protocol, expected) in [
        (SocketType::RDM, Protocol::DEFAULT, Errno::ESOCKTNOSUPPORT),
        (SocketType(11), Protocol::DEFAULT, Errno::EINVAL),
        (SocketType::STREAM, Protocol::TCP, Errno::EPROTONOSUPPORT),
    ] {
        assert_eq!(errno(net.socket(UNIX, socket_type, protocol)), expected);
    }
    assert_eq!(
        unix(&net, SocketType::RAW).getsockopt(OptionLevel::SOCKET, berkeley::options::SO_TYPE),
        Ok(2)
    );
}

#[test]
fn the_send_buffer_limits_what_is_under_way() {
    let net = lone(small());
    let (mut one, other) = pair(&net, SocketType::STREAM);
    one.setblocking(false).unwrap();
    one.setsockopt(OptionLevel::SOCKET, SO_SNDBUF, 2500).unwrap();
    assert_eq!(one.send(&[1; 10_000]), Ok(5000));
    assert_eq!(errno(one.send(b"x")), Errno::EAGAIN);
    let mut entries = [PollEntry::new(one.handle(), Readiness::WRITABLE)];
    assert_eq!(net.poll(&mut entries, Timeout::NonBlocking), Ok(0));
    assert_eq!(other.recv(&mut [0; 100]), Ok(100));
    assert_eq!(net.poll(&mut entries, Timeout::NonBlocking), Ok(1));
    assert_eq!(one.send(&[1; 10_000]), Ok(100));
    let (one, _other) = pair(&net, SocketType::SEQPACKET);
    one.setsockopt(OptionLevel::SOCKET, SO_SNDBUF, 2500).unwrap();
    assert_eq!(errno(one.send(&[1; 5001])), Errno::EMSGSIZE);
    assert_eq!(one.send(&[1; 5000]), Ok(5000));
}

/// Counts how often it is woken.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn tasks_are_woken() {
    let net = lone(Capacity { unix_queue: 1000, ..small() });
    let counter = Arc::<Counter>::default();
    let waker = Waker::from(Arc::clone(&counter));
    let woken = || counter.0.swap(0, Ordering::SeqCst) > 0;
    let waits = |socket: &Socket<Lone>, interest| {
        let mut entries = [PollEntry::new(socket.handle(), interest)];
        let poll = net.backend().poll_wait(&mut Context::from_waker(&waker), &mut entries, None);
        poll == Poll::Pending
    };
    let (readable, writable) = (Readiness::READABLE, Readiness::WRITABLE);
    for socket_type in TYPES {
        let (one, other) = pair(&net, socket_type);
        assert!(waits(&one, readable));
        other.send(b"data").unwrap();
        assert!(woken() && !waits(&one, readable), "data, {socket_type:?}");
        assert_eq!(one.recv(&mut [0; 8]), Ok(4));

        while one.send_with(&[7; 100], MessageFlags::DONTWAIT).is_ok() {}
        assert!(waits(&one, writable));
        assert_eq!(other.recv(&mut [0; 100]), Ok(100));
        assert!(woken() && !waits(&one, writable), "room, {socket_type:?}");

        assert!(waits(&one, readable));
        if socket_type != SocketType::DGRAM {
            drop(other);
            assert!(woken() && !waits(&one, readable), "the end, {socket_type:?}");
        }
    }
    // Room at whoever has refused a datagram without being connected.
    let (server, client) = (unix(&net, SocketType::DGRAM), unix(&net, SocketType::DGRAM));
    server.bind("\0server").unwrap();
    let sends = || client.sendto_with(b"x", MessageFlags::DONTWAIT, "\0server");
    while sends().is_ok() {}
    assert!(waits(&client, writable));
    assert_eq!(server.recv(&mut [0; 8]), Ok(1));
    assert!(woken() && !waits(&client, writable));
    while sends().is_ok() {}
    assert!(waits(&client, writable));
    let other = unix(&net, SocketType::DGRAM);
    other.bind("\0other").unwrap();
    client.sendto(b"x", "\0other").unwrap();
    assert!(woken() && !waits(&client, writable), "somebody else had room");
    assert!(sends().is_err() && waits(&client, writable));
    client.bind("\0client").unwrap();
    server.connect("\0client").unwrap();
    assert!(woken() && !waits(&client, writable), "a peer may send more");
    while sends().is_ok() {}
    assert!(waits(&client, writable));
    drop(server);
    assert!(woken() && !waits(&client, writable), "nobody is there to wait for");
    // A connection.
    let (server, client) = (unix(&net, SocketType::STREAM), unix(&net, SocketType::STREAM));
    server.bind("\0server").unwrap();
    server.listen(0).unwrap();
    assert!(waits(&server, readable));
    client.connect("\0server").unwrap();
    assert!(woken() && !waits(&server, readable));
}

#[test]
fn threads_wait_for_each_other() {
    let host = Host::new([]).unwrap();
    let capacity = Capacity { unix_queue: 1000, ..Capacity::default() };
    let net = Net::new(Arc::new(Stack::<_, Threads>::new(capacity, host)));
    let server = unix(&net, SocketType::STREAM);
    server.bind("\0server").unwrap();
    server.listen(0).unwrap();
    // More clients than the backlog holds: they connect as the server accepts.
    let clients: Vec<_> = (0..8u8)
        .map(|number| {
            let client = unix(&net, SocketType::STREAM);
            thread::spawn(move || {
                client.connect("\0server").unwrap();
                client.sendall(&[number; 20_000]).unwrap();
            })
        })
        .collect();
    let mut seen = [false; 8];
    for _ in 0..8 {
        let (connection, _) = server.accept().unwrap();
        let mut data = vec![0; 20_001];
        let count = connection.recv_into(&mut data, 20_001, MessageFlags::WAITALL).unwrap();
        assert_eq!(count, 20_000);
        let number = data[0];
        assert!(data[..count].iter().all(|byte| *byte == number));
        assert!(!core::mem::replace(&mut seen[usize::from(number)], true));
    }
    for client in clients {
        client.join().unwrap();
    }
}
