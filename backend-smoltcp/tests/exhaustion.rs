//! Tables of fixed size: what happens when they are full, and that they empty again.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(
    clippy::needless_range_loop,
    clippy::type_complexity,
    reason = "tables of versions and acts"
)]

mod support;

use core::task::{Context, Waker};

use berkeley::{
    AddressFamily, Backend, Errno, Error, ErrorKind, MessageFlags, OptionLevel, Patience,
    PollEntry, Pool, Protocol, Readiness, Shutdown, SocketType, options,
};
use berkeley_smoltcp::Capacity;
use smoltcp::wire::TcpControl;

use support::*;

fn exhausted<T>(outcome: Result<T, Error>, pool: Pool, errno: Errno) -> bool {
    outcome.is_err_and(|error| error == Error::exhausted(pool, errno))
}

#[test]
fn descriptors_run_out_and_come_back() {
    let bench = Bench::new(Capacity { descriptors: 4, datagrams: 8, ..small() });
    for round in 0..10 {
        let mut held = Vec::new();
        while let Ok(socket) = bench.net.stream(AddressFamily::INET) {
            held.push(socket);
        }
        assert_eq!(held.len(), 4, "round {round}");
        for family in [AddressFamily::INET, AddressFamily::INET6] {
            assert!(exhausted(bench.net.stream(family), Pool::Descriptors, Errno::EMFILE));
            assert!(exhausted(bench.net.datagram(family), Pool::Descriptors, Errno::EMFILE));
        }
        held.pop().unwrap().close().unwrap();
        assert!(bench.net.datagram(AddressFamily::INET).is_ok(), "round {round}");
    }
}

#[test]
fn a_connection_without_descriptor_waits_to_be_accepted() {
    let bench = Bench::new(Capacity { descriptors: 2, ..small() });
    let listener = bench.listener(NEAR[0], 80, 4);
    let mut peer = Peer::connect(&bench, end(FAR[0], 1000), end(NEAR[0], 80));
    peer.send(&bench, b"early");
    let held = bench.stream(AddressFamily::INET);
    for _ in 0..3 {
        let outcome = listener.accept().map(drop);
        assert!(exhausted(outcome, Pool::Descriptors, Errno::EMFILE));
    }
    drop(held);
    let (socket, _) = listener.accept().unwrap();
    let mut buffer = [0; 8];
    assert_eq!(socket.recv(&mut buffer), Ok(5), "nothing was lost");
}

#[test]
fn connections_run_out_and_name_the_pool() {
    let bench = Bench::new(Capacity { connections: 2, ..small() });
    let mut held = Vec::new();
    for port in 1..3 {
        held.push(bench.connecting(end(FAR[0], port)));
    }
    let third = bench.stream(AddressFamily::INET);
    for _ in 0..3 {
        let outcome = third.connect((FAR[0], 3));
        assert!(exhausted(outcome, Pool::Connections, Errno::ENOBUFS), "{outcome:?}");
    }
    assert!(matches!(
        third.connect((FAR[0], 3)).unwrap_err().kind(),
        ErrorKind::Exhausted(Pool::Connections)
    ));
    // The failure left nothing behind: with a slot free it goes on.
    held.pop();
    assert!(failed(&third.connect((FAR[0], 3)), Errno::EINPROGRESS));
}

#[test]
fn a_listener_serves_on_when_connections_have_run_out() {
    /// How the one connection of the table ends, or does not.
    type Ending = fn(&Bench, &mut Peer, BenchSocket) -> Option<BenchSocket>;
    // what has the only slot, whether a new client gets it
    let rows: [(&str, Ending, bool); 6] = [
        ("a live connection", |_, _, socket| Some(socket), false),
        (
            "one in TIME-WAIT",
            |bench, peer, socket| {
                socket.close().unwrap();
                let fin = bench.segments();
                peer.acknowledge(bench, &fin);
                peer.finish(bench);
                None
            },
            true,
        ),
        (
            "an orphan in FIN-WAIT-2",
            |bench, peer, socket| {
                socket.close().unwrap();
                let fin = bench.segments();
                peer.acknowledge(bench, &fin);
                None
            },
            true,
        ),
        (
            "an orphan whose data is not acknowledged",
            |_, _, socket| {
                socket.send(b"unheard").unwrap();
                socket.close().unwrap();
                None
            },
            true,
        ),
        (
            "one that was reset by its peer",
            |bench, peer, socket| {
                bench.give(&Segment { control: TcpControl::Rst, ..peer.segment() });
                Some(socket)
            },
            true,
        ),
        (
            "one that was closed with data unread",
            |bench, peer, socket| {
                peer.send(bench, b"unread");
                socket.close().unwrap();
                None
            },
            true,
        ),
    ];
    for (name, ending, served) in rows {
        let bench = Bench::new(Capacity { connections: 1, ..small() });
        let listener = bench.listener(NEAR[0], 80, 4);
        let mut peer = Peer::connect(&bench, end(FAR[0], 1000), end(NEAR[0], 80));
        let (mut socket, _) = listener.accept().unwrap();
        socket.setblocking(false).unwrap();
        let held = ending(&bench, &mut peer, socket);
        bench.take();
        // Another client, which repeats its acknowledgement as data.
        let mut other = Peer::connect(&bench, end(FAR[0], 2000), end(NEAR[0], 80));
        other.send(&bench, b"hello");
        let accepted = listener.accept();
        assert_eq!(accepted.is_ok(), served, "{name}\n{}", bench.stack());
        if let Ok((socket, from)) = accepted {
            assert_eq!(from, end(FAR[0], 2000).into(), "{name}");
            assert_eq!(socket.recv(&mut [0; 8]), Ok(5), "{name}");
        } else {
            // When there is room again the repeated data gets it in.
            drop(held);
            bench.take();
            let again = Segment { sequence: other.sequence - 5, data: b"hello", ..other.segment() };
            bench.give(&again);
            assert!(listener.accept().is_ok(), "{name}: afterwards");
        }
    }
}

#[test]
fn a_thousand_clients_of_two_slots() {
    let bench = Bench::new(Capacity { connections: 2, ..small() });
    let listener = bench.listener(NEAR[0], 80, 2);
    for number in 0..1000 {
        let mut peer = Peer::connect(&bench, end(FAR[0], 1000 + number), end(NEAR[0], 80));
        peer.send(&bench, b"hello");
        let (socket, from) = listener
            .accept()
            .unwrap_or_else(|error| panic!("client {number}: {error:?}\n{}", bench.stack()));
        assert_eq!(from.port(), Some(1000 + number));
        let mut buffer = [0; 8];
        assert_eq!(socket.recv(&mut buffer), Ok(5));
        socket.send(b"world").unwrap();
        socket.close().unwrap();
        let sent = bench.segments();
        // Some clients answer, some only acknowledge, some are never heard of again.
        match number % 3 {
            0 => {
                peer.acknowledge(&bench, &sent);
                peer.finish(&bench);
            }
            1 => drop(peer.acknowledge(&bench, &sent)),
            _ => {}
        }
    }
}

#[test]
fn datagram_queues_run_out_and_come_back() {
    let bench = Bench::new(Capacity { datagrams: 2, queue: 200, ..small() });
    for _ in 0..5 {
        let first = bench.datagram(AddressFamily::INET);
        let _second = bench.datagram(AddressFamily::INET6);
        let third = bench.net.datagram(AddressFamily::INET).map(drop);
        assert!(exhausted(third, Pool::DatagramQueues, Errno::ENOBUFS));
        // The descriptor of the failed attempt is not lost.
        assert!(bench.net.stream(AddressFamily::INET).is_ok());

        // A full queue loses what comes last, and nothing else.
        first.bind(("127.0.0.1", 7)).unwrap();
        for byte in 0..100 {
            assert_eq!(first.sendto(&[byte; 40], ("127.0.0.1", 7)), Ok(40));
        }
        bench.settle();
        let mut buffer = [0; 64];
        let mut received = Vec::new();
        while let Ok(length) = first.recv(&mut buffer) {
            assert_eq!(length, 40);
            received.push(buffer[0]);
        }
        assert!(!received.is_empty() && received.len() < 100);
        assert!((0..).zip(&received).all(|(expected, got)| expected == *got), "{received:?}");
        // And works again.
        first.sendto(b"again", ("127.0.0.1", 7)).unwrap();
        assert_eq!(first.recv(&mut buffer), Ok(5));
    }
}

#[test]
fn interfaces_addresses_and_routes_run_out() {
    let capacity = Capacity { interfaces: 2, addresses: 5, routes: 1, ..small() };
    let bench = Bench::new(capacity); // a loopback and a link, with two addresses each
    let stack = bench.stack();
    let full = |outcome| exhausted(outcome, Pool::Routes, Errno::ENOBUFS);
    let network = |host| Cidr::new(ip(host), 32).unwrap();
    let route = |host| stack.add_route(network(host), ip(FAR[0]), bench.interface);
    for _ in 0..3 {
        let (device, _) = Simulation::new(1).link(LinkOptions::default());
        assert!(full(stack.add_interface(Box::new(device)).map(drop)));
        assert_eq!(stack.add_address(bench.interface, cidr("192.0.2.5")), Ok(()));
        assert!(full(stack.add_address(bench.interface, cidr("192.0.2.6"))));
        assert_eq!(route("198.51.100.1"), Ok(()));
        assert!(full(route("198.51.100.2")));
        stack.remove_address(bench.interface, ip("192.0.2.5")).unwrap();
        stack.remove_route(network("198.51.100.1"), ip(FAR[0]), bench.interface).unwrap();
    }
}

#[test]
fn more_neighbours_than_the_table_holds_are_all_reached() {
    for version in 0..2 {
        // places for neighbours, for packets that wait
        for (neighbours, packets) in [(1, 1), (2, 2), (8, 2)] {
            let capacity = Capacity { neighbours, packets, ..small() };
            let simulation = Simulation::new(1);
            let (one, two) = simulation.link(LinkOptions::default());
            let (near, _) = sim_stack(&simulation, one, &NEAR, capacity);
            let roomy = Capacity { addresses: 64, ..Capacity::default() };
            let (far, interface) = sim_stack(&simulation, two, &FAR, roomy);
            let (near, far) = (Net::new(near), Net::new(far));
            let mut receiver = far.datagram(family_of(FAR[version])).unwrap();
            receiver.bind((["0.0.0.0", "::"][version], 7)).unwrap();
            receiver.settimeout(seconds(1)).unwrap();
            let sender = near.datagram(family_of(FAR[version])).unwrap();
            let hosts: Vec<_> = (20..40)
                .map(|last| ["192.0.2.", "2001:db8::"][version].to_owned() + &last.to_string())
                .collect();
            for host in &hosts {
                far.backend().add_address(interface, cidr(host)).unwrap();
            }
            for round in 0..3 {
                for host in &hosts {
                    let context = format!("{neighbours}, {packets}: {host}, round {round}");
                    assert_eq!(sender.sendto(b"x", (&host[..], 7)), Ok(1), "{context}");
                    assert_eq!(receiver.recv(&mut [0; 8]), Ok(1), "{context}");
                }
            }
        }
    }
}

#[test]
fn more_gaps_than_the_engine_remembers_are_filled_in_the_end() {
    for version in 0..2 {
        // how many pieces, every how many-th of which comes first
        for (count, step) in [(6, 2), (20, 2), (30, 3), (40, 2)] {
            let bench = Bench::new(small());
            let listener = bench.listener(NEAR[version], 80, 1);
            let mut peer = Peer::connect(&bench, end(FAR[version], 1000), end(NEAR[version], 80));
            let (mut socket, _) = listener.accept().unwrap();
            socket.setblocking(false).unwrap();
            let data = pattern(100 * count, 1);
            let pieces: Vec<_> = data.chunks(100).zip((0..).step_by(100)).collect();
            let first = peer.sequence;
            for (data, offset) in pieces.iter().skip(1).step_by(step) {
                bench.give(&Segment { data, sequence: first + offset, ..peer.segment() });
            }
            assert!(failed(&socket.recv(&mut [0; 8]), Errno::EAGAIN));
            // As a sender does that is told of nothing: it repeats what is not acknowledged.
            let mut rounds = 0;
            while peer.sequence != first + data.len() as u32 {
                let unacknowledged = (peer.sequence - first) as usize;
                let next = unacknowledged..data.len().min(unacknowledged + 100);
                let mut answers = bench.give(&Segment { data: &data[next], ..peer.segment() });
                answers.extend(bench.pass(seconds(1)).into_iter().map(|(_, seen)| seen));
                let acknowledged = answers.iter().filter_map(|seen| seen.acknowledgement).max();
                peer.sequence = acknowledged.expect("an acknowledgement");
                rounds += 1;
            }
            assert!(rounds <= count, "{count}, {step}: {rounds} rounds");
            let mut buffer = vec![0; 4096];
            assert_eq!(socket.recv(&mut buffer), Ok(data.len()), "{count}, {step}");
            assert!(buffer[..data.len()] == data, "{count}, {step}");
        }
    }
}

#[test]
fn waiters_run_out_and_come_back() {
    struct Task;
    impl std::task::Wake for Task {
        fn wake(self: std::sync::Arc<Self>) {}
    }
    let bench = Bench::new(Capacity { waiters: 2, ..small() });
    // Not `Waker::noop()`, whose copies need not know each other again.
    let waker = Waker::from(std::sync::Arc::new(Task));
    let mut context = Context::from_waker(&waker);
    let sockets: Vec<_> = (0..3)
        .map(|port| {
            let socket = bench.datagram(AddressFamily::INET);
            socket.bind(("127.0.0.1", 100 + port)).unwrap();
            socket
        })
        .collect();
    let wait = |index: usize, context: &mut Context<'_>| {
        let mut entries = [PollEntry::new(sockets[index].handle(), Readiness::READABLE)];
        bench.stack().poll_wait(context, &mut entries, None)
    };
    for round in 0..5 {
        assert!(wait(0, &mut context).is_pending(), "round {round}");
        assert!(wait(1, &mut context).is_pending(), "round {round}");
        let third = wait(2, &mut context);
        let full = Error::exhausted(Pool::Waiters, Errno::ENOBUFS);
        assert_eq!(third, core::task::Poll::Ready(Err(full)), "round {round}");
        // The same task again takes no second place.
        assert!(wait(0, &mut context).is_pending(), "round {round}");
        // An event frees the place.
        for port in 100..102 {
            sockets[2].sendto(b"x", ("127.0.0.1", port)).unwrap();
        }
        bench.settle();
        for socket in &sockets[..2] {
            assert_eq!(socket.recv(&mut [0]), Ok(1));
        }
    }
}

/// Every verb with a handle that refers to nothing.
fn verbs_fail(stack: &BenchStack, stale: &<BenchStack as Backend>::Handle, context: &str) {
    let address = end(FAR[0], 1).into();
    let mut buffer = [0; 4];
    let (flags, never) = (MessageFlags::NONE, Patience::Never);
    let outcomes: [(&str, Result<(), Error>); 17] = [
        ("retain", stack.retain(stale).map(drop)),
        ("set_nonblocking", stack.set_nonblocking(stale, true)),
        ("bind", stack.bind(stale, &address)),
        ("listen", stack.listen(stale, 1)),
        ("accept", stack.accept(stale, never, true).map(drop)),
        ("connect", stack.connect(stale, &address, never)),
        ("connect_outcome", stack.connect_outcome(stale)),
        ("recv", stack.recv(stale, &mut buffer, flags, never).map(drop)),
        ("recvfrom", stack.recvfrom(stale, &mut buffer, flags, never).map(drop)),
        ("recv, bad flags", stack.recv(stale, &mut [], MessageFlags::OOB, never).map(drop)),
        ("send", stack.send(stale, b"x", flags, never).map(drop)),
        ("sendto", stack.sendto(stale, b"x", flags, &address, never).map(drop)),
        ("shutdown", stack.shutdown(stale, Shutdown(9))),
        ("getsockname", stack.getsockname(stale).map(drop)),
        ("getpeername", stack.getpeername(stale).map(drop)),
        (
            "getsockopt",
            stack.getsockopt(stale, OptionLevel::SOCKET, options::SO_TYPE, &mut buffer).map(drop),
        ),
        (
            "setsockopt",
            stack.setsockopt(stale, OptionLevel::SOCKET, options::SO_REUSEADDR, &[1; 4]),
        ),
    ];
    for (verb, outcome) in outcomes {
        assert_eq!(outcome, Err(Errno::EBADF.into()), "{context}: {verb}");
    }
    let mut entries = [PollEntry::new(stale, Readiness::READABLE)];
    assert_eq!(stack.wait(&mut entries, None), Ok(1), "{context}: wait");
    assert_eq!(entries[0].ready, Readiness::INVALID, "{context}: wait");
    let mut entries = [PollEntry::new(stale, Readiness::READABLE)];
    let mut task = Context::from_waker(Waker::noop());
    let polled = stack.poll_wait(&mut task, &mut entries, None);
    assert_eq!(polled, core::task::Poll::Ready(Ok(1)), "{context}: poll_wait");
    assert_eq!(entries[0].ready, Readiness::INVALID, "{context}: poll_wait");
}

#[test]
fn stale_handles_are_errors_for_every_verb() {
    // A handle of another stack with more descriptors, of which this one has no such number; and
    // handles that have been closed, one of them with its number in use again. A copy of a handle
    // is made by letting one stack's handle meet a twin of the stack.
    let bench = Bench::new(Capacity { descriptors: 2, ..small() });
    let stack = bench.stack();
    verbs_fail(stack, &stack.closed(), "closed");
    assert!(failed(&stack.close(stack.closed(), Patience::Never), Errno::EBADF));

    // Two stacks made alike give out the same handles.
    let open = |bench: &Bench| {
        bench
            .stack()
            .socket(AddressFamily::INET, SocketType::STREAM, Protocol::DEFAULT, true)
            .unwrap()
    };
    let twin = Bench::new(Capacity { descriptors: 2, ..small() });
    let mut old = Vec::new();
    for round in 0..10 {
        let (handle, copy) = (open(&bench), open(&twin));
        assert_eq!(stack.set_nonblocking(&copy, true), Ok(()), "twins give out the same handles");
        stack.close(handle, Patience::Never).unwrap();
        verbs_fail(stack, &copy, &format!("closed once, round {round}"));
        let twice = twin.stack().retain(&copy).unwrap();
        twin.stack().close(copy, Patience::Never).unwrap();
        twin.stack().close(twice, Patience::Never).unwrap();
        // Keep another copy of a stale handle.
        let third = Bench::new(Capacity { descriptors: 2, ..small() });
        for _ in 0..round {
            let handle = open(&third);
            third.stack().close(handle, Patience::Never).unwrap();
        }
        old.push(open(&third));
    }
    // The number is in use again.
    let live = open(&bench);
    for (round, stale) in old.iter().enumerate() {
        verbs_fail(stack, stale, &format!("number in use again, round {round}"));
    }
    assert_eq!(stack.set_nonblocking(&live, true), Ok(()), "the live one is untouched");

    // A number that this stack does not have.
    let large = Bench::new(Capacity { descriptors: 100, ..small() });
    let handles: Vec<_> = (0..100).map(|_| open(&large)).collect();
    verbs_fail(stack, &handles[99], "of another stack");
}

#[test]
fn a_socket_lives_until_its_last_handle() {
    let bench = Bench::new(small());
    let stack = bench.stack();
    let handle =
        stack.socket(AddressFamily::INET, SocketType::DGRAM, Protocol::DEFAULT, true).unwrap();
    let copies: Vec<_> = (0..5).map(|_| stack.retain(&handle).unwrap()).collect();
    stack.close(handle, Patience::Never).unwrap();
    let mut last = None;
    for copy in copies {
        assert_eq!(stack.set_nonblocking(&copy, true), Ok(()));
        if let Some(last) = last.replace(copy) {
            stack.close(last, Patience::Never).unwrap();
        }
    }
    let last = last.unwrap();
    assert_eq!(stack.set_nonblocking(&last, true), Ok(()));
    stack.close(last, Patience::Never).unwrap();
}
