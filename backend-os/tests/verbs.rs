//! The verbs themselves: closed handles, flags, counts, what every descriptor has.

#![allow(clippy::unwrap_used)] // helpers of tests, beside the tests themselves

mod common;

use std::fs;
use std::os::fd::AsRawFd;
use std::time::Instant as HostInstant;

use berkeley::options::{LINGER, SEND_BUFFER};
use berkeley::{
    Address, AddressFamily, Backend, Errno, Error, MessageFlags, OptionLevel, OptionName, Patience,
    PollEntry, Protocol, Readiness, Shutdown, Socket, SocketType,
};
use berkeley_os::{Os, OsHandle};
use common::{NET, PATIENTLY, datagrams, fill, listener, streams};

const FAMILIES: [AddressFamily; 2] = [AddressFamily::INET, AddressFamily::INET6];

#[test]
fn threads_may_share_everything() {
    fn shared<T: Send + Sync>() {}
    shared::<Os>();
    shared::<OsHandle>();
    shared::<Socket<Os>>();
    assert_eq!((size_of::<Os>(), size_of::<OsHandle>()), (0, 4));
}

#[test]
fn every_verb_answers_ebadf_for_a_closed_handle() {
    let closed = Os.closed();
    let address = Address::unspecified(AddressFamily::INET).unwrap();
    let (none, never, forever) = (MessageFlags::NONE, Patience::Never, Patience::Forever);
    let (level, name) = (OptionLevel::SOCKET, OptionName(2));
    let mut buffer = [0; 4];
    // verb, its outcome
    for (verb, outcome) in [
        ("retain", Os.retain(&closed).map(drop)),
        ("close", Os.close(Os.closed(), never)),
        ("close, patiently", Os.close(Os.closed(), forever)),
        ("set_nonblocking", Os.set_nonblocking(&closed, true)),
        ("bind", Os.bind(&closed, &address)),
        ("listen", Os.listen(&closed, 1)),
        ("accept", Os.accept(&closed, never, false).map(drop)),
        ("connect", Os.connect(&closed, &address, forever)),
        ("connect_outcome", Os.connect_outcome(&closed)),
        ("recv", Os.recv(&closed, &mut buffer, none, forever).map(drop)),
        (
            "recv, unknown flag",
            Os.recv(&closed, &mut buffer, MessageFlags(1 << 28), never).map(drop),
        ),
        ("recvfrom", Os.recvfrom(&closed, &mut buffer, none, forever).map(drop)),
        ("send", Os.send(&closed, b"", none, never).map(drop)),
        ("sendto", Os.sendto(&closed, b"", none, &address, never).map(drop)),
        ("shutdown", Os.shutdown(&closed, Shutdown::RDWR)),
        ("getsockname", Os.getsockname(&closed).map(drop)),
        ("getpeername", Os.getpeername(&closed).map(drop)),
        ("getsockopt", Os.getsockopt(&closed, level, name, &mut buffer).map(drop)),
        ("setsockopt", Os.setsockopt(&closed, level, name, &buffer)),
    ] {
        assert_eq!(outcome, Err(Error::from(Errno::EBADF)), "{verb}");
    }
    assert!(closed.as_fd().is_none());
    assert!(closed.into_owned_fd().is_none());
}

#[test]
fn a_closed_handle_is_ready_at_once_among_others() {
    let (closed, idle) = (Os.closed(), listener(AddressFamily::INET, 1));
    // One more than what is waited for without the heap, and just two.
    for count in [17, 2] {
        let mut entries = Vec::new();
        for _ in 1..count {
            entries.push(PollEntry::new(idle.handle(), Readiness::READABLE));
        }
        entries.push(PollEntry::new(&closed, Readiness::READABLE));
        assert_eq!(Os.wait(&mut entries, None), Ok(1));
        assert_eq!(entries[count - 1].ready, Readiness::INVALID);
        assert!(entries[..count - 1].iter().all(|entry| entry.ready.is_empty()));
    }
}

#[test]
fn a_count_never_exceeds_the_buffer() {
    for family in FAMILIES {
        let (sender, receiver) = datagrams(family);
        let peer = sender.getsockname().unwrap();
        // flags, what is received into two bytes
        for flags in
            [MessageFlags::NONE, MessageFlags::TRUNC, MessageFlags::TRUNC | MessageFlags::PEEK]
        {
            sender.send(b"four").unwrap();
            let mut buffer = [0; 2];
            assert_eq!(receiver.recv_into(&mut buffer, 0, flags), Ok(2), "{flags:?}");
            assert_eq!(&buffer, b"fo");
            sender.send(b"four").unwrap();
            assert_eq!(receiver.recvfrom_into(&mut buffer, 0, flags), Ok((2, Some(peer))));
        }
    }
}

#[test]
fn a_stream_has_no_sender() {
    for family in FAMILIES {
        let (client, server) = streams(family);
        client.sendall(b"x").unwrap();
        assert_eq!(server.recvfrom(&mut [0; 4]), Ok((1, None)));
    }
}

#[test]
fn flags_without_a_name_are_refused_and_nothing_is_moved() {
    let (sender, mut receiver) = datagrams(AddressFamily::INET);
    let address = receiver.getsockname().unwrap();
    for bit in 0..32 {
        let flag = MessageFlags(1 << bit);
        if !format!("{flag:?}").starts_with("0x") {
            continue; // it has a name
        }
        let refused = Err(Error::from(Errno::EOPNOTSUPP));
        assert_eq!(sender.send_with(b"x", flag), refused, "{flag:?}");
        assert_eq!(sender.sendto_with(b"x", flag, address), refused, "{flag:?}");
        assert_eq!(receiver.recv_into(&mut [0; 4], 0, flag), refused, "{flag:?}");
        let received = receiver.recvfrom_into(&mut [0; 4], 0, flag).map(|(count, _)| count);
        assert_eq!(received, refused, "{flag:?}");
    }
    receiver.setblocking(false).unwrap();
    assert_eq!(receiver.recv(&mut [0; 4]), Err(Error::from(Errno::EAGAIN)), "nothing was sent");
}

#[test]
fn a_broken_connection_is_an_error_and_no_signal() {
    // Rust's runtime ignores the signal, so that this shows the error; that the flag is set shows
    // in `system_calls.rs`.
    let (client, _server) = streams(AddressFamily::INET);
    client.shutdown(Shutdown::WR).unwrap();
    assert_eq!(client.send(b"x"), Err(Error::from(Errno::EPIPE)));
}

#[test]
fn numbers_go_to_the_kernel_as_they_are() {
    let (stream, default) = (SocketType::STREAM, Protocol::DEFAULT);
    // family, type, protocol, error
    for (family, socket_type, protocol, errno) in [
        (AddressFamily(46), stream, default, Errno::EAFNOSUPPORT), // beyond the last family
        (AddressFamily(9999), stream, default, Errno::EAFNOSUPPORT),
        (AddressFamily::INET, SocketType(11), default, Errno::EINVAL),
        (AddressFamily::INET, SocketType(0xFFFF_FFFF), default, Errno::EINVAL),
        (AddressFamily::INET, SocketType::RDM, default, Errno::ESOCKTNOSUPPORT),
        (AddressFamily::INET, stream, Protocol::UDP, Errno::EPROTONOSUPPORT),
    ] {
        let error = NET.socket(family, socket_type, protocol).unwrap_err();
        assert!(error.is(errno), "{family:?} {socket_type:?} {protocol:?}: {error}");
    }
    assert!(NET.stream(AddressFamily::UNIX).is_ok(), "not forbidden");
}

/// The open flags of the descriptor, as the kernel shows them. Source: `proc(5)`.
fn open_flags(handle: &OsHandle) -> u32 {
    let number = handle.as_fd().unwrap().as_raw_fd();
    let text = fs::read_to_string(format!("/proc/self/fdinfo/{number}")).unwrap();
    let flags = text.lines().find_map(|line| line.strip_prefix("flags:")).unwrap();
    u32::from_str_radix(flags.trim(), 8).unwrap()
}

#[test]
fn descriptors_are_closed_on_exec_and_non_blocking_as_told() {
    const NONBLOCK: u32 = 0o4000;
    const CLOEXEC: u32 = 0o2_000_000;
    let listener = listener(AddressFamily::INET, 4);
    for nonblocking in [false, true] {
        let mode = if nonblocking { NONBLOCK } else { 0 };
        let client =
            Os.socket(AddressFamily::INET, SocketType::STREAM, Protocol::TCP, nonblocking).unwrap();
        Os.set_nonblocking(&client, false).unwrap();
        Os.connect(&client, &listener.getsockname().unwrap(), Patience::Forever).unwrap();
        Os.set_nonblocking(&client, nonblocking).unwrap();
        let mut entries = [PollEntry::new(listener.handle(), Readiness::READABLE)];
        let deadline = Os.now().checked_add(PATIENTLY);
        assert_eq!(Os.wait(&mut entries, deadline), Ok(1));
        let (server, _) = Os.accept(listener.handle(), Patience::Never, nonblocking).unwrap();
        let copy = Os.retain(&client).unwrap();
        for handle in [&client, &server, &copy] {
            assert_eq!(open_flags(handle) & (CLOEXEC | NONBLOCK), CLOEXEC | mode);
        }
    }
}

#[test]
fn the_socket_lives_until_the_last_handle_is_closed() {
    let (client, server) = streams(AddressFamily::INET);
    let copy = Os.retain(client.handle()).unwrap();
    client.close().unwrap();
    assert_eq!(Os.send(&copy, b"x", MessageFlags::NONE, Patience::Forever), Ok(1));
    Os.close(copy, Patience::Forever).unwrap();
    let mut buffer = [0; 4];
    assert_eq!((server.recv(&mut buffer), server.recv(&mut buffer)), (Ok(1), Ok(0)));
}

#[test]
fn a_drop_does_not_linger_and_still_delivers() {
    let (mut client, server) = streams(AddressFamily::INET);
    client.set_option(SEND_BUFFER, 16 * 1024).unwrap();
    client.set_option(LINGER, Some(core::time::Duration::from_secs(30))).unwrap();
    client.setblocking(false).unwrap();
    let sent = fill(&client);
    let before = HostInstant::now();
    drop(client);
    let taken = before.elapsed();
    assert!(taken.as_secs() < 5, "a drop took {taken:?}");

    let (mut received, mut buffer) = (0, [0; 65536]);
    loop {
        match server.recv(&mut buffer).unwrap() {
            0 => break,
            count => received += count,
        }
    }
    assert_eq!(received, sent);
}

#[test]
fn a_linger_of_no_time_is_a_reset_also_in_a_drop() {
    let (client, server) = streams(AddressFamily::INET);
    client.set_option(LINGER, Some(core::time::Duration::ZERO)).unwrap();
    drop(client);
    assert_eq!(server.recv(&mut [0; 4]), Err(Error::from(Errno::ECONNRESET)));
}
