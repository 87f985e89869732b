//! Each method is one verb of the backend, and the wait loop around those that may wait.
//!
//! Source: Python manual, "Socket Objects": the methods correspond to system calls, except `makefile`.

#![allow(clippy::unwrap_used, reason = "tables of a test")]

#[allow(dead_code, unreachable_pub, reason = "shared by several tests")]
mod support;

use berkeley::options::NODELAY;
use berkeley::{
    AddressFamily, Errno, Error, MessageFlags, Net, OptionLevel, OptionName, Readiness, Shutdown,
    Socket, SocketType, Timeout,
};
use support::Event::{self, Expires, Fails, Ready, Takes};
use support::{HALF_SECOND, Scripted};

type Act = fn(&mut Socket<&Scripted>) -> Result<(), Error>;

const NONE: MessageFlags = MessageFlags::NONE;
const NAME: (&str, u16) = ("127.0.0.1", 7);

/// What a method of a socket in this mode calls: what changes something, then what only asks.
fn calls(timeout: Timeout, events: &[Event], act: Act) -> (Result<(), Error>, String, String) {
    let backend = Scripted::new(events);
    let mut socket = Net::new(&backend).stream(AddressFamily::INET).unwrap();
    socket.settimeout(timeout).unwrap();
    backend.calls();
    backend.questions();
    let outcome = act(&mut socket);
    let found = (outcome, backend.calls(), backend.questions());
    assert_eq!(backend.left(), 0, "not all that was foreseen happened");
    found
}

/// What the object knows by itself.
fn known<T>(_value: T) -> Result<(), Error> {
    Ok(())
}

#[test]
fn a_method_is_one_verb() {
    // method, what happens, what it calls and asks
    let table: &[(&str, &[Event], Act, &str, &str)] = &[
        (
            "accept",
            &[Takes(0)],
            |s| s.accept().map(drop),
            "accept false forever, close 2 Never",
            "",
        ),
        ("bind", &[], |s| s.bind(NAME), "bind ('127.0.0.1', 7)", ""),
        ("connect", &[Takes(0)], |s| s.connect(NAME), "connect ('127.0.0.1', 7) forever", ""),
        (
            "connect_ex",
            &[Takes(0)],
            |s| s.connect_ex(NAME).map(drop),
            "connect ('127.0.0.1', 7) forever",
            "",
        ),
        ("dup", &[], |s| s.dup().map(drop), "set_nonblocking false, close 1 Never", "retain"),
        ("getpeername", &[], |s| s.getpeername().map(drop).or(Ok(())), "", "getpeername"),
        ("getsockname", &[], |s| s.getsockname().map(drop), "", "getsockname"),
        (
            "getsockopt",
            &[],
            |s| s.getsockopt(OptionLevel::SOCKET, OptionName(3)).map(drop),
            "getsockopt SOL_SOCKET 3 4",
            "",
        ),
        (
            "getsockopt_bytes",
            &[],
            |s| s.getsockopt_bytes(OptionLevel::SOCKET, OptionName(3), &mut [0; 8]).map(drop),
            "getsockopt SOL_SOCKET 3 8",
            "",
        ),
        ("option", &[], |s| s.option(NODELAY).map(drop), "getsockopt SOL_TCP 1 8", ""),
        ("gettimeout", &[], |s| known(s.gettimeout()), "", ""),
        ("getblocking", &[], |s| known(s.getblocking()), "", ""),
        ("fileno", &[], |s| known(s.fileno()), "", ""),
        ("listen", &[], |s| s.listen(5), "listen 5", ""),
        ("listen, as usual", &[], |s| s.listen(None), "listen 128", ""),
        ("recv", &[Takes(2)], |s| s.recv(&mut [0; 4]).map(drop), "recv 4 forever", ""),
        ("recv of nothing", &[], |s| s.recv(&mut []).map(drop), "", ""),
        (
            "recv_into",
            &[Takes(2)],
            |s| s.recv_into(&mut [0; 4], 3, NONE).map(drop),
            "recv 3 forever",
            "",
        ),
        ("recvfrom", &[Takes(2)], |s| s.recvfrom(&mut [0; 4]).map(drop), "recvfrom 4 forever", ""),
        (
            "recvfrom_into",
            &[Takes(2)],
            |s| s.recvfrom_into(&mut [0; 4], 3, NONE).map(drop),
            "recvfrom 3 forever",
            "",
        ),
        (
            "recvmsg",
            &[Takes(2)],
            |s| s.recvmsg(&mut [0; 4], &mut [0; 8], NONE).map(drop),
            "recvmsg [4]+8 forever",
            "",
        ),
        (
            "recvmsg_into",
            &[Takes(2)],
            |s| s.recvmsg_into(&mut [&mut [0; 4], &mut [0; 5]], &mut [], NONE).map(drop),
            "recvmsg [4, 5]+0 forever",
            "",
        ),
        ("send", &[Takes(2)], |s| s.send(b"ab").map(drop), "send 2 forever", ""),
        ("sendall", &[Takes(2)], |s| Ok(s.sendall(b"ab")?), "send 2 forever", ""),
        ("sendall of nothing", &[Takes(0)], |s| Ok(s.sendall(b"")?), "send 0 forever", ""),
        (
            "sendto",
            &[Takes(2)],
            |s| s.sendto(b"ab", NAME).map(drop),
            "sendto 2 ('127.0.0.1', 7) forever",
            "",
        ),
        (
            "sendmsg",
            &[Takes(3)],
            |s| s.sendmsg(&[b"ab", b"c"], &[0; 8], NONE).map(drop),
            "sendmsg [2, 1]+8 forever",
            "",
        ),
        ("setblocking", &[], |s| s.setblocking(false), "set_nonblocking true", ""),
        ("settimeout", &[], |s| s.settimeout(HALF_SECOND), "set_nonblocking true", ""),
        (
            "setsockopt",
            &[],
            |s| s.setsockopt(OptionLevel::SOCKET, OptionName(9), 1),
            "setsockopt SOL_SOCKET 9 [1, 0, 0, 0]",
            "",
        ),
        (
            "setsockopt_bytes",
            &[],
            |s| s.setsockopt_bytes(OptionLevel::SOCKET, OptionName(9), b"ab"),
            "setsockopt SOL_SOCKET 9 [97, 98]",
            "",
        ),
        ("shutdown", &[], |s| s.shutdown(Shutdown::WR), "shutdown SHUT_WR", ""),
        ("family, type, proto", &[], |s| known((s.family(), s.type_(), s.proto())), "", ""),
    ];
    for (method, events, act, called, asked) in table {
        let (outcome, calls, questions) = calls(Timeout::Blocking, events, *act);
        assert_eq!((outcome, &*calls, &*questions), (Ok(()), *called, *asked), "{method}");
    }
}

#[test]
fn what_must_wait_is_tried_awaited_and_tried_again() {
    const AGAIN: Event = Fails(Errno::EAGAIN);
    let readable = Ready(9, Readiness::READABLE);
    let writable = Ready(9, Readiness::WRITABLE);
    // method, what it waits for, the verb, what happens when it goes well
    let table: &[(&str, Event, &str, &str, Act)] = &[
        ("accept", readable, "POLLIN", "accept false", |s| s.accept().map(drop)),
        ("recv", readable, "POLLIN", "recv 4", |s| s.recv(&mut [0; 4]).map(drop)),
        ("recvfrom", readable, "POLLIN", "recvfrom 4", |s| s.recvfrom(&mut [0; 4]).map(drop)),
        ("recvmsg", readable, "POLLIN", "recvmsg [4]+0", |s| {
            s.recvmsg(&mut [0; 4], &mut [], NONE).map(drop)
        }),
        ("send", writable, "POLLOUT", "send 2", |s| s.send(b"ab").map(drop)),
        ("sendall", writable, "POLLOUT", "send 2", |s| Ok(s.sendall(b"ab")?)),
        ("sendto", writable, "POLLOUT", "sendto 2 ('127.0.0.1', 7)", |s| {
            s.sendto(b"ab", NAME).map(drop)
        }),
        ("sendmsg", writable, "POLLOUT", "sendmsg [2]+0", |s| {
            s.sendmsg(&[b"ab"], &[], NONE).map(drop)
        }),
    ];
    for (method, ready, interest, verb, act) in table {
        let tried = format!("{verb} never");
        let awaited = format!("{tried}, wait {interest} 1500");
        // what happens, outcome, what is called
        for (events, outcome, called) in [
            (&[Takes(2)][..], Ok(()), tried.clone()), // there already: one call
            (&[AGAIN, *ready, Takes(2)], Ok(()), format!("{awaited}, {tried}")),
            (&[AGAIN, Expires(500)], Err(Error::TIMED_OUT), awaited.clone()),
        ] {
            let (found, calls, _) = calls(HALF_SECOND, events, *act);
            assert_eq!(found, outcome, "{method}, {events:?}");
            let own = calls.split(", close").next().unwrap_or_default(); // an accepted one ends
            assert_eq!(own, called, "{method}, {events:?}");
        }
        let (found, calls, _) = calls(Timeout::NonBlocking, &[AGAIN], *act);
        assert_eq!((found, calls), (Err(Errno::EAGAIN.into()), tried), "{method}, non-blocking");
    }
}

#[test]
fn a_connect_with_a_timeout_is_started_awaited_and_asked_for() {
    let events = [Fails(Errno::EINPROGRESS), Ready(9, Readiness::WRITABLE), Takes(0)];
    let (outcome, calls, _) = calls(HALF_SECOND, &events, |s| s.connect(NAME));
    let expected = "connect ('127.0.0.1', 7) never, wait POLLOUT 1500, connect_outcome never";
    assert_eq!((outcome, &*calls), (Ok(()), expected));
}

#[test]
fn a_socket_begins_and_ends_with_one_verb() {
    let backend = Scripted::new(&[]);
    let net = Net::new(&backend);
    let new = || net.stream(AddressFamily::INET).unwrap();
    let socket = new();
    assert_eq!(backend.calls(), "socket SOCK_STREAM false");
    socket.close().unwrap();
    assert_eq!(backend.calls(), "close 1 Forever");
    drop(new());
    assert_eq!(backend.calls(), "socket SOCK_STREAM false, close 2 Never");
    let handle = new().detach();
    assert_eq!((backend.calls(), handle.0), ("socket SOCK_STREAM false".to_owned(), 3));
    assert_eq!(new().type_(), SocketType::STREAM);
}
