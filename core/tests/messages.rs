//! What the core adds to `sendmsg`, `recvmsg` and `socketpair`, over a backend that follows a
//! script.

#![allow(clippy::unwrap_used, clippy::type_complexity, reason = "tables of a test")]

#[allow(dead_code, unreachable_pub, reason = "shared by several tests")]
mod support;

use berkeley::{
    Address, AddressFamily, Errno, Error, ErrorKind, MessageFlags, Net, Protocol, Readiness,
    Socket, SocketType, Timeout,
};
use support::{Event, HALF_SECOND, Scripted};

const READABLE: Readiness = Readiness::READABLE;
const WRITABLE: Readiness = Readiness::WRITABLE;

fn socket(backend: &Scripted, socket_type: SocketType, timeout: Timeout) -> Socket<&Scripted> {
    let mut socket =
        Net::new(backend).socket(AddressFamily::INET, socket_type, Protocol::DEFAULT).unwrap();
    socket.settimeout(timeout).unwrap();
    backend.calls();
    socket
}

#[test]
fn a_message_is_sent_as_far_as_its_socket_promises() {
    use Event::{Fails, Ready, Takes};
    let (stream, datagram) = (SocketType::STREAM, SocketType::DGRAM);
    let blocking = Timeout::Blocking;
    // type, timeout, what happens, outcome, calls; the parts have 3, 0 and 4 bytes
    for (socket_type, timeout, events, outcome, calls) in [
        (stream, blocking, &[Takes(7)][..], Ok(7), "sendmsg [3, 0, 4]+5 forever"),
        // the rest of the first part, then the last one in two pieces
        (
            stream,
            blocking,
            &[
                Takes(1),
                Ready(0, WRITABLE),
                Takes(2),
                Ready(0, WRITABLE),
                Takes(3),
                Ready(0, WRITABLE),
                Takes(1),
            ],
            Ok(7),
            "sendmsg [3, 0, 4]+5 forever, wait POLLOUT ever, send 2 forever, \
             wait POLLOUT ever, send 4 forever, wait POLLOUT ever, send 1 forever",
        ),
        // cut inside the last part
        (
            stream,
            blocking,
            &[Takes(5), Ready(0, WRITABLE), Takes(2)],
            Ok(7),
            "sendmsg [3, 0, 4]+5 forever, wait POLLOUT ever, send 2 forever",
        ),
        // an error on the way is left for the next call
        (
            stream,
            blocking,
            &[Takes(1), Ready(0, WRITABLE | Readiness::ERROR)],
            Ok(1),
            "sendmsg [3, 0, 4]+5 forever, wait POLLOUT ever",
        ),
        (
            stream,
            blocking,
            &[Takes(1), Ready(0, WRITABLE), Fails(Errno::EPIPE)],
            Ok(1),
            "sendmsg [3, 0, 4]+5 forever, wait POLLOUT ever, send 2 forever",
        ),
        // what is taken at once is enough in the other modes, and of what is no stream
        (stream, HALF_SECOND, &[Takes(1)], Ok(1), "sendmsg [3, 0, 4]+5 never"),
        (stream, Timeout::NonBlocking, &[Takes(1)], Ok(1), "sendmsg [3, 0, 4]+5 never"),
        (datagram, blocking, &[Takes(1)], Ok(1), "sendmsg [3, 0, 4]+5 forever"),
        // it waits as every operation does
        (
            datagram,
            HALF_SECOND,
            &[Fails(Errno::EAGAIN), Ready(7, WRITABLE), Takes(7)],
            Ok(7),
            "sendmsg [3, 0, 4]+5 never, wait POLLOUT 1500, sendmsg [3, 0, 4]+5 never",
        ),
        (
            datagram,
            HALF_SECOND,
            &[Fails(Errno::EAGAIN), Event::Expires(500)],
            Err(Error::TIMED_OUT),
            "sendmsg [3, 0, 4]+5 never, wait POLLOUT 1500",
        ),
        (
            datagram,
            blocking,
            &[Fails(Errno::EMSGSIZE)],
            Err(Errno::EMSGSIZE.into()),
            "sendmsg [3, 0, 4]+5 forever",
        ),
    ] {
        let backend = Scripted::new(events);
        let socket = socket(&backend, socket_type, timeout);
        let parts: [&[u8]; 3] = [b"abc", b"", b"defg"];
        let sent = socket.sendmsg(&parts, &[0; 5], MessageFlags::NONE);
        assert_eq!((sent, backend.calls().as_str()), (outcome, calls));
        assert_eq!(backend.left(), 0, "{calls}");
    }
}

#[test]
fn a_message_is_received_as_far_as_its_flags_promise() {
    use Event::{Fails, Ready, Takes};
    let (none, all) = (MessageFlags::NONE, MessageFlags::WAITALL);
    let blocking = Timeout::Blocking;
    // timeout, flags, what happens, outcome, calls; the buffers have 3, 0 and 4 bytes
    for (timeout, flags, events, outcome, calls) in [
        (blocking, none, &[Takes(2)][..], Ok(2), "recvmsg [3, 0, 4]+9 forever"),
        (
            blocking,
            all,
            &[Takes(2), Ready(0, READABLE), Takes(1), Ready(0, READABLE), Takes(4)],
            Ok(7),
            "recvmsg [3, 0, 4]+9 forever, wait POLLIN ever, recvmsg [1]+9 forever, \
             wait POLLIN ever, recvmsg [4]+9 forever",
        ),
        // from the middle of the last one on
        (
            blocking,
            all,
            &[Takes(6), Ready(0, READABLE), Takes(1)],
            Ok(7),
            "recvmsg [3, 0, 4]+9 forever, wait POLLIN ever, recvmsg [1]+9 forever",
        ),
        // the end, and an error behind some data
        (blocking, all, &[Takes(0)], Ok(0), "recvmsg [3, 0, 4]+9 forever"),
        (
            blocking,
            all,
            &[Takes(2), Ready(0, READABLE), Takes(0)],
            Ok(2),
            "recvmsg [3, 0, 4]+9 forever, wait POLLIN ever, recvmsg [1]+9 forever",
        ),
        (
            blocking,
            all,
            &[Takes(2), Ready(0, READABLE | Readiness::ERROR)],
            Ok(2),
            "recvmsg [3, 0, 4]+9 forever, wait POLLIN ever",
        ),
        // what is there is enough in the other modes, and for a look
        (HALF_SECOND, all, &[Takes(2)], Ok(2), "recvmsg [3, 0, 4]+9 never"),
        (blocking, all | MessageFlags::PEEK, &[Takes(2)], Ok(2), "recvmsg [3, 0, 4]+9 forever"),
        // it waits as every operation does
        (
            HALF_SECOND,
            none,
            &[Fails(Errno::EAGAIN), Ready(7, READABLE), Takes(2)],
            Ok(2),
            "recvmsg [3, 0, 4]+9 never, wait POLLIN 1500, recvmsg [3, 0, 4]+9 never",
        ),
        // but not for the error queue: ready is what has data
        (
            blocking,
            MessageFlags::ERRQUEUE,
            &[Fails(Errno::EAGAIN)],
            Err(ErrorKind::WouldBlock),
            "recvmsg [3, 0, 4]+9 never",
        ),
    ] {
        let backend = Scripted::new(events);
        let socket = socket(&backend, SocketType::STREAM, timeout);
        let (mut first, mut last, mut control) = ([0; 3], [0; 4], [0; 9]);
        let received = socket
            .recvmsg_into(&mut [&mut first, &mut [], &mut last], &mut control, flags)
            .map(|message| message.length)
            .map_err(Error::kind);
        assert_eq!((received, backend.calls().as_str()), (outcome, calls));
        assert_eq!(backend.left(), 0, "{calls}");
    }
}

#[test]
fn a_pair_over_the_loopback_knows_both_of_its_ends() {
    let name = |port| Address::from((core::net::Ipv4Addr::LOCALHOST.into(), port));
    let (listener, client, stranger) = (name(1), name(2), name(3));
    let connection_aborted = Err(Errno::ECONNABORTED.into());
    // the server's name and what the client says it is, the client's and what the server says,
    // outcome
    for (server, seen_by_client, own, seen_by_server, outcome) in [
        (listener, listener, client, client, Ok(())),
        (listener, listener, client, stranger, connection_aborted), // a stranger was quicker
        (listener, stranger, client, client, connection_aborted),
    ] {
        let backend = Scripted::new(&[Event::Takes(0), Event::Takes(0)]);
        backend.answer_names(&[listener, server, seen_by_client, own, seen_by_server]);
        let pair = Net::new(&backend).socketpair(
            AddressFamily::INET,
            SocketType::STREAM | SocketType::NONBLOCK,
            Protocol::DEFAULT,
        );
        let pair = pair.map(|(one, other)| {
            assert_eq!(
                (one.gettimeout(), other.gettimeout()),
                (Timeout::NonBlocking, Timeout::NonBlocking)
            );
        });
        assert_eq!(pair, outcome);
        // Listener, client and server are closed, whatever came of them.
        let calls = backend.calls();
        for handle in 1..=3 {
            assert_eq!(calls.matches(&format!("close {handle} Never")).count(), 1, "{calls}");
        }
        assert!(calls.starts_with("socketpair AF_INET SOCK_STREAM true, socket "), "{calls}");
    }
}

#[test]
fn what_has_no_pairs_says_so() {
    let refused = Err(ErrorKind::Os);
    // family, type, protocol
    for (family, socket_type, protocol) in [
        (AddressFamily::UNIX, SocketType::STREAM, Protocol::DEFAULT),
        (AddressFamily::INET, SocketType::DGRAM, Protocol::DEFAULT),
        (AddressFamily::INET6, SocketType::STREAM, Protocol::UDP),
    ] {
        let backend = Scripted::new(&[]);
        let pair = Net::new(&backend).socketpair(family, socket_type, protocol);
        assert_eq!(pair.map(|_| ()).map_err(Error::kind), refused, "{family:?} {socket_type:?}");
        assert!(!backend.calls().contains("socket SOCK"), "nothing was created");
    }
}
