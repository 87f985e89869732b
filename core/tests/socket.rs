//! The methods of the socket object over a scripted backend: which verbs they call, with what, and
//! what they make of the answers.

#![allow(clippy::unwrap_used, clippy::type_complexity, reason = "tables of a test")]

#[allow(dead_code, unreachable_pub, reason = "shared by several tests")]
mod support;

use berkeley::{
    AddressFamily, Errno, Error, MessageFlags, Net, PollEntry, Protocol, Readiness, SendAllError,
    Socket, SocketType, Timeout,
};
use support::Event::{self, Breaks, Expires, Fails, Ready, Takes};
use support::{HALF_SECOND, Scripted};

const AGAIN: Event = Fails(Errno::EAGAIN);
const WRITABLE: Event = Ready(9, Readiness::WRITABLE);
const INET: AddressFamily = AddressFamily::INET;

fn with<R>(
    events: &[Event],
    timeout: Timeout,
    act: impl FnOnce(&Socket<&Scripted>) -> R,
) -> (R, String) {
    let backend = Scripted::new(events);
    let mut socket = Net::new(&backend).stream(INET).unwrap();
    socket.settimeout(timeout).unwrap();
    backend.calls();
    let result = act(&socket);
    assert_eq!(backend.left(), 0, "not all that was foreseen happened");
    let calls = backend.calls();
    (result, calls)
}

#[test]
fn a_connect_is_started_awaited_and_asked_for() {
    let (started, refused) = (Fails(Errno::EINPROGRESS), Fails(Errno::ECONNREFUSED));
    let refusal = Err(Errno::ECONNREFUSED.into());
    let in_progress = Err(Errno::EINPROGRESS.into());
    let (blocking, nonblocking) = (Timeout::Blocking, Timeout::NonBlocking);
    // mode, what happens, outcome, how many waits (section 3.3 of the rows)
    let table: &[(Timeout, &[Event], Result<(), Error>, usize)] = &[
        (blocking, &[Takes(0)], Ok(()), 0),
        (blocking, &[refused], refusal, 0),
        (blocking, &[started, WRITABLE, Takes(0)], Ok(()), 1),
        (blocking, &[started, WRITABLE, refused], refusal, 1),
        // Interrupted, it goes on by itself; it is never called again.
        (blocking, &[Fails(Errno::EINTR), WRITABLE, Takes(0)], Ok(()), 1),
        (HALF_SECOND, &[Fails(Errno::EINTR), WRITABLE, refused], refusal, 1),
        (nonblocking, &[started], in_progress, 0),
        (nonblocking, &[Fails(Errno::EINTR)], Err(Errno::EINTR.into()), 0),
        (HALF_SECOND, &[started, WRITABLE, Takes(0)], Ok(()), 1),
        (HALF_SECOND, &[started, Expires(500)], Err(Error::TIMED_OUT), 1),
        // A false alarm: it still goes on.
        (HALF_SECOND, &[started, WRITABLE, Fails(Errno::EALREADY), WRITABLE, Takes(0)], Ok(()), 2),
        // A second connect is told, not awaited.
        (HALF_SECOND, &[Fails(Errno::EALREADY)], Err(Errno::EALREADY.into()), 0),
        (blocking, &[Fails(Errno::EISCONN)], Err(Errno::EISCONN.into()), 0),
    ];
    for (timeout, events, outcome, waits) in table {
        let (found, calls) = with(events, *timeout, |socket| socket.connect(("127.0.0.1", 7)));
        assert_eq!(found, *outcome, "{timeout:?} {events:?}");
        assert_eq!(calls.matches("wait POLLOUT").count(), *waits, "{calls}");
        assert_eq!(calls.matches("connect (").count(), 1, "{calls}");
    }
}

#[test]
fn connect_ex_says_numbers() {
    let started = Fails(Errno::EINPROGRESS);
    // mode, what happens, number (section 3.4 of the rows)
    let table: &[(Timeout, &[Event], i32)] = &[
        (Timeout::Blocking, &[Takes(0)], 0),
        (Timeout::NonBlocking, &[started], 115),
        (Timeout::NonBlocking, &[Fails(Errno::EALREADY)], 114),
        (HALF_SECOND, &[started, Expires(500)], 11), // not ETIMEDOUT
        (HALF_SECOND, &[Fails(Errno::ETIMEDOUT)], 110),
        (Timeout::Blocking, &[Fails(Errno::ECONNREFUSED)], 111),
        (Timeout::Blocking, &[Fails(Errno::EBADF)], 9),
    ];
    for (timeout, events, number) in table {
        let (found, _) = with(events, *timeout, |socket| socket.connect_ex(("127.0.0.1", 7)));
        assert_eq!(found, Ok(*number), "{timeout:?} {events:?}");
    }
    let (found, calls) = with(&[], Timeout::Blocking, |socket| socket.connect_ex(("::1", 7)));
    assert!(found.is_err() && calls.is_empty(), "a bad address is an error, before any call");
}

#[test]
fn sendall_has_one_deadline_and_says_how_much_went() {
    let error = |sent, error| Err(SendAllError { sent, error });
    // mode, what happens when 10 bytes are sent, outcome
    let table: &[(Timeout, &[Event], Result<(), SendAllError>)] = &[
        (Timeout::Blocking, &[Takes(10)], Ok(())),
        (Timeout::Blocking, &[Takes(4), Takes(6)], Ok(())),
        (Timeout::Blocking, &[Takes(4), AGAIN, WRITABLE, Takes(6)], Ok(())),
        (Timeout::NonBlocking, &[Takes(4), AGAIN], error(4, Errno::EAGAIN.into())),
        (Timeout::Blocking, &[Takes(4), Fails(Errno::EPIPE)], error(4, Errno::EPIPE.into())),
        // The peer drips: each wait is short, and yet the deadline of all passes.
        (
            HALF_SECOND,
            &[
                Takes(1),
                AGAIN,
                Ready(300, Readiness::WRITABLE),
                Takes(1),
                AGAIN,
                Ready(150, Readiness::WRITABLE),
                Takes(1),
                AGAIN,
                Expires(50),
            ],
            error(3, Error::TIMED_OUT),
        ),
        // Past the deadline nothing more is sent, even if there were room.
        (
            HALF_SECOND,
            &[Takes(1), AGAIN, Ready(600, Readiness::WRITABLE), Takes(1)],
            error(2, Error::TIMED_OUT),
        ),
    ];
    for (timeout, events, outcome) in table {
        let (found, _) = with(events, *timeout, |socket| socket.sendall(&[0; 10]));
        assert_eq!(found, *outcome, "{timeout:?} {events:?}");
    }
    let (found, calls) = with(&[Takes(0)], Timeout::Blocking, |socket| socket.sendall(b""));
    assert_eq!((found, &*calls), (Ok(()), "send 0 forever"), "one attempt even for nothing");
}

#[test]
fn a_blocking_stream_sends_all_unless_it_fails_on_the_way() {
    let broken = Ready(0, Readiness::WRITABLE | Readiness::ERROR);
    // mode, what happens when 10 bytes are sent, outcome
    let table: &[(Timeout, &[Event], Result<usize, Error>)] = &[
        (Timeout::Blocking, &[Takes(10)], Ok(10)),
        (Timeout::Blocking, &[Takes(4), WRITABLE, Takes(6)], Ok(10)),
        (Timeout::Blocking, &[Takes(4), WRITABLE, AGAIN, WRITABLE, Takes(6)], Ok(10)),
        (Timeout::Blocking, &[Takes(4), broken], Ok(4)), // the error is left for the next call
        (Timeout::Blocking, &[Takes(4), Breaks(Errno::ENOMEM)], Ok(4)), // nothing is lost
        (HALF_SECOND, &[Takes(4)], Ok(4)),
        (Timeout::NonBlocking, &[Takes(4)], Ok(4)),
    ];
    for (timeout, events, outcome) in table {
        let (found, _) = with(events, *timeout, |socket| socket.send(&[0; 10]));
        assert_eq!(found, *outcome, "{timeout:?} {events:?}");
    }
}

#[test]
fn waitall_fills_the_buffer_of_a_blocking_stream() {
    let readable = Ready(9, Readiness::READABLE);
    let broken = Ready(0, Readiness::READABLE | Readiness::ERROR);
    let peek = MessageFlags::WAITALL | MessageFlags::PEEK;
    // mode, flags, what happens when 4 bytes are wanted, outcome
    let table: &[(Timeout, MessageFlags, &[Event], usize)] = &[
        (Timeout::Blocking, MessageFlags::WAITALL, &[Takes(4)], 4),
        (Timeout::Blocking, MessageFlags::WAITALL, &[Takes(3), readable, Takes(1)], 4),
        (Timeout::Blocking, MessageFlags::WAITALL, &[Takes(3), readable, Takes(0)], 3), // the end
        (Timeout::Blocking, MessageFlags::WAITALL, &[Takes(3), broken], 3),
        (Timeout::Blocking, MessageFlags::WAITALL, &[Takes(3), Breaks(Errno::ENOMEM)], 3),
        (Timeout::Blocking, MessageFlags::WAITALL, &[Takes(0)], 0),
        (Timeout::Blocking, peek, &[Takes(3)], 3),
        (HALF_SECOND, MessageFlags::WAITALL, &[Takes(3)], 3), // as CPython
    ];
    for (timeout, flags, events, count) in table {
        let (found, _) = with(events, *timeout, |socket| socket.recv_into(&mut [0; 4], 0, *flags));
        assert_eq!(found, Ok(*count), "{timeout:?} {flags:?} {events:?}");
    }
}

#[test]
fn lengths_are_looked_at_before_anything_is_called() {
    let mut buffer = [0; 4];
    let none = MessageFlags::NONE;
    // what is called, outcome (section 3.9 of the rows)
    let (found, calls) = with(&[], Timeout::Blocking, |socket| {
        [
            socket.recv(&mut []),
            socket.recv_into(&mut buffer, 5, none),
            socket.recvfrom_into(&mut buffer, 5, none).map(|(count, _)| count),
        ]
    });
    assert_eq!(found, [Ok(0), Err(Error::INVALID_VALUE), Err(Error::INVALID_VALUE)]);
    assert_eq!(calls, "");
    // An empty buffer takes a datagram all the same.
    let (found, calls) = with(&[Takes(0)], Timeout::Blocking, |socket| socket.recvfrom(&mut []));
    assert_eq!((found, &*calls), (Ok((0, None)), "recvfrom 0 forever"));
}

#[test]
fn the_mode_of_new_sockets_is_set_with_them() {
    let nonblock = SocketType::DGRAM | SocketType::NONBLOCK | SocketType::CLOEXEC;
    // default timeout, type, timeout of the socket, what the backend is told
    for (default, socket_type, timeout, call) in [
        (Timeout::Blocking, SocketType::DGRAM, Timeout::Blocking, "socket SOCK_DGRAM false"),
        (HALF_SECOND, SocketType::DGRAM, HALF_SECOND, "socket SOCK_DGRAM true"),
        (Timeout::NonBlocking, SocketType::DGRAM, Timeout::NonBlocking, "socket SOCK_DGRAM true"),
        (HALF_SECOND, nonblock, Timeout::NonBlocking, "socket SOCK_DGRAM true"),
    ] {
        let backend = Scripted::new(&[Takes(0)]);
        let net = Net::new(&backend);
        net.setdefaulttimeout(default);
        let socket = net.socket(INET, socket_type, Protocol::DEFAULT).unwrap();
        assert_eq!(socket.gettimeout(), timeout, "{default:?}");
        assert_eq!(socket.type_(), SocketType::DGRAM);
        assert_eq!(backend.calls(), call);
        // An accepted socket has the default timeout, whatever the listener's is (row T12).
        let (accepted, _) = socket.accept().unwrap();
        assert_eq!(accepted.gettimeout(), default);
        let nonblocking = default != Timeout::Blocking;
        assert!(backend.calls().contains(&format!("accept {nonblocking} ")));
    }
}

#[test]
fn the_timeout_is_normalised_and_told() {
    let backend = Scripted::new(&[]);
    let mut socket = Net::new(&backend).stream(INET).unwrap();
    backend.calls();
    // set, got, blocking, told (section 3.5 of the rows)
    for (set, got, blocking, call) in [
        (Timeout::Blocking, Timeout::Blocking, true, "set_nonblocking false"),
        (Timeout::NonBlocking, Timeout::NonBlocking, false, "set_nonblocking true"),
        (
            Timeout::After(std::time::Duration::ZERO),
            Timeout::NonBlocking,
            false,
            "set_nonblocking true",
        ),
        (HALF_SECOND, HALF_SECOND, true, "set_nonblocking true"),
    ] {
        socket.settimeout(set).unwrap();
        assert_eq!((socket.gettimeout(), socket.getblocking()), (got, blocking));
        assert_eq!(backend.calls(), call);
    }
}

fn close(how: impl FnOnce(Socket<&Scripted>)) -> String {
    let backend = Scripted::new(&[]);
    let socket = Net::new(&backend).stream(INET).unwrap();
    backend.calls();
    how(socket);
    backend.calls()
}

#[test]
fn a_socket_is_closed_once() {
    assert_eq!(close(|socket| drop(socket)), "close 1 Never", "a drop does not wait");
    assert_eq!(close(|socket| socket.close().unwrap()), "close 1 Forever");
    assert_eq!(close(|socket| assert_eq!(socket.detach().0, 1)), "", "detached, it stays open");
}

#[test]
fn poll_repeats_what_was_interrupted_and_is_never_early() {
    let poll = |events: &[Event], timeout: Timeout| {
        let backend = Scripted::new(events);
        let net = Net::new(&backend);
        let socket = net.stream(INET).unwrap();
        let mut entries = [PollEntry::new(socket.handle(), Readiness::READABLE)];
        let outcome = net.poll(&mut entries, timeout);
        assert_eq!(backend.left(), 0, "{events:?}");
        outcome
    };
    let readable = Ready(9, Readiness::READABLE);
    // what happens, timeout, how many are ready
    for (events, timeout, count) in [
        (&[readable][..], Timeout::Blocking, 1),
        (&[Expires(0)], Timeout::NonBlocking, 0),
        (&[Expires(500)], HALF_SECOND, 0),
        (&[Expires(499), readable], HALF_SECOND, 1),
        (&[Event::Interrupts(9), readable], Timeout::Blocking, 1),
        (&[Event::Interrupts(9), Expires(491)], HALF_SECOND, 0),
    ] {
        assert_eq!(poll(events, timeout), Ok(count), "{events:?} {timeout:?}");
    }
}

#[test]
fn create_connection_tries_each_address_and_reports_the_last_error() {
    let refused = Fails(Errno::ECONNREFUSED);
    // host, what happens, outcome, the addresses that were tried
    let table: &[(&str, &[Event], Result<(), Error>, &[&str])] = &[
        ("127.0.0.1", &[Takes(0)], Ok(()), &["('127.0.0.1', 7)"]),
        ("localhost", &[Takes(0)], Ok(()), &["('::1', 7, 0, 0)"]),
        ("localhost", &[refused, Takes(0)], Ok(()), &["('::1', 7, 0, 0)", "('127.0.0.1', 7)"]),
        (
            "localhost",
            &[refused, Fails(Errno::ENETUNREACH)],
            Err(Errno::ENETUNREACH.into()),
            &["('::1', 7, 0, 0)", "('127.0.0.1', 7)"],
        ),
    ];
    for (host, events, outcome, tried) in table {
        let backend = Scripted::new(events);
        let found = Net::new(&backend).create_connection((host, 7), None, None);
        let found = found.map(drop);
        let calls = backend.calls();
        assert_eq!(found, *outcome, "{host}");
        for address in *tried {
            assert!(calls.contains(&format!("connect {address}")), "{calls}");
        }
        let opened = calls.matches("socket ").count();
        assert_eq!(calls.matches("close ").count(), opened, "every socket is closed: {calls}");
    }
}
