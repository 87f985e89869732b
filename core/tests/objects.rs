//! What the socket object does around its verbs, over a scripted backend: signals, copies, servers,
//! files, the view for `embedded_io`.

#![allow(clippy::unwrap_used, reason = "tables of a test")]

#[allow(dead_code, unreachable_pub, reason = "shared by several tests")]
mod support;

use berkeley::files::{Access, SocketIo};
use berkeley::{
    AddressFamily, Errno, Error, MessageFlags, Net, PollEntry, Protocol, Readiness, Refusal,
    SendAllError, ServerOptions, Socket, SocketType, Timeout,
};
use support::Event::{self, Breaks, Expires, Fails, Interrupts, Ready, Takes};
use support::{HALF_SECOND, Scripted};

const AGAIN: Event = Fails(Errno::EAGAIN);
const INTERRUPTED: Event = Fails(Errno::EINTR);
const READABLE: Event = Ready(9, Readiness::READABLE);
const INET: AddressFamily = AddressFamily::INET;
const STOP: Error = Error::from_errno(Errno::ECANCELED);

fn socket(backend: &Scripted, timeout: Timeout) -> Socket<&Scripted> {
    let mut socket = Net::new(backend).stream(INET).unwrap();
    socket.settimeout(timeout).unwrap();
    backend.calls();
    socket
}

#[test]
fn the_program_is_asked_after_each_interruption() {
    let (blocking, timed) = (Timeout::Blocking, HALF_SECOND);
    // timeout, what happens while it says "go on", the outcome, how often it is asked
    for (timeout, events, outcome, asked) in [
        (blocking, &[Takes(3)][..], Ok(3), 0),
        (blocking, &[INTERRUPTED, Takes(3)], Ok(3), 1),
        (blocking, &[INTERRUPTED, INTERRUPTED, Takes(3)], Ok(3), 2),
        (timed, &[AGAIN, Interrupts(100), READABLE, Takes(3)], Ok(3), 1),
        (timed, &[AGAIN, Breaks(Errno::EINTR), Expires(500)], Err(Error::TIMED_OUT), 1),
        (Timeout::NonBlocking, &[AGAIN], Err(Error::from_errno(Errno::EAGAIN)), 0),
    ] {
        let backend = Scripted::new(events);
        let socket = socket(&backend, timeout);
        assert_eq!(socket.recv(&mut [0; 8]), outcome, "{events:?}");
        assert_eq!((backend.signal_checks(), backend.left()), (asked, 0), "{events:?}");
    }
    // timeout, what happens before it says "stop"
    for (timeout, events) in [
        (blocking, &[INTERRUPTED][..]),
        (timed, &[INTERRUPTED]),
        (timed, &[AGAIN, Interrupts(100)]),
        (blocking, &[AGAIN, Interrupts(100)]),
    ] {
        let backend = Scripted::new(events);
        backend.answer_signals(Some(Errno::ECANCELED));
        let socket = socket(&backend, timeout);
        assert_eq!(socket.recv(&mut [0; 8]), Err(STOP), "{events:?}");
        assert_eq!((backend.signal_checks(), backend.left()), (1, 0), "{events:?}");
    }
}

#[test]
fn what_was_moved_before_the_stop_is_reported() {
    // A part was taken; the program says "stop" before the rest.
    let backend = Scripted::new(&[Takes(3)]);
    backend.answer_signals(Some(Errno::ECANCELED));
    let sender = socket(&backend, Timeout::Blocking);
    assert_eq!(sender.sendall(b"abcdef"), Err(SendAllError { sent: 3, error: STOP }));

    let backend = Scripted::new(&[Takes(3)]);
    backend.answer_signals(Some(Errno::ECANCELED));
    assert_eq!(socket(&backend, Timeout::Blocking).send(b"abcdef"), Ok(3));

    let backend = Scripted::new(&[Takes(3)]);
    backend.answer_signals(Some(Errno::ECANCELED));
    let received =
        socket(&backend, Timeout::Blocking).recv_into(&mut [0; 6], 0, MessageFlags::WAITALL);
    assert_eq!(received, Ok(3));

    // A connect that was interrupted goes on by itself; nobody waits for it.
    let backend = Scripted::new(&[INTERRUPTED]);
    backend.answer_signals(Some(Errno::ECANCELED));
    assert_eq!(socket(&backend, Timeout::Blocking).connect(("127.0.0.1", 7)), Err(STOP));
    assert_eq!(backend.left(), 0);

    let backend = Scripted::new(&[Interrupts(10)]);
    backend.answer_signals(Some(Errno::ECANCELED));
    let handle = support::Handle(1);
    let mut entries = [PollEntry::new(&handle, Readiness::READABLE)];
    assert_eq!(Net::new(&backend).poll(&mut entries, HALF_SECOND), Err(STOP));
}

#[test]
fn the_flag_of_a_foreign_handle_is_set_only_when_it_must_be() {
    // default timeout, what is called
    for (default, expected) in [
        (Timeout::Blocking, ""),
        (Timeout::NonBlocking, "set_nonblocking true"),
        (HALF_SECOND, "set_nonblocking true"),
    ] {
        let backend = Scripted::new(&[]);
        Net::new(&backend).setdefaulttimeout(default);
        backend.calls();
        let handle = support::Handle(5);
        let socket =
            Socket::from_handle(&backend, handle, INET, SocketType::STREAM, Protocol::TCP).unwrap();
        assert_eq!(backend.calls(), expected, "{default:?}");
        assert_eq!((socket.gettimeout(), socket.fileno()), (default, 5));
    }
}

#[test]
fn a_copy_is_set_to_the_timeout_of_its_origin() {
    for (timeout, flag) in [(Timeout::Blocking, false), (Timeout::NonBlocking, true)] {
        let backend = Scripted::new(&[]);
        let origin = socket(&backend, timeout);
        let copy = origin.dup().unwrap();
        assert_eq!(backend.calls(), format!("set_nonblocking {flag}"));
        assert_eq!(copy.gettimeout(), timeout);
        drop(origin.try_clone().unwrap());
    }
}

#[test]
fn a_server_is_a_fixed_order_of_calls() {
    let backend = Scripted::new(&[]);
    let server = Net::new(&backend).create_server(("127.0.0.1", 80), ServerOptions::default());
    drop(server.unwrap());
    let calls = backend.calls();
    let expected = ["setsockopt", "bind", "listen"];
    let verbs: Vec<_> = calls.split(' ').filter(|word| expected.contains(word)).collect();
    assert_eq!(verbs, expected, "{calls}");
}

#[test]
fn a_raw_file_needs_no_heap_and_remembers_its_timeout() {
    let backend = Scripted::new(&[Takes(2), AGAIN, Expires(500), Takes(1)]);
    let socket = socket(&backend, HALF_SECOND);
    let mut file = SocketIo::new(&socket, Access::ReadWrite).unwrap();
    assert_eq!(file.readinto(&mut [0; 4]), Ok(Some(2)));
    assert_eq!(file.readinto(&mut [0; 4]), Err(Error::TIMED_OUT));
    let refused = Err(Error::refused(Refusal::TimedOutFile));
    assert_eq!(file.readinto(&mut [0; 4]), refused);
    assert_eq!(file.write(b"x"), Ok(Some(1)));
    assert_eq!(backend.left(), 0, "the refused read asked nobody");
}

#[cfg(feature = "embedded-io")]
mod embedded {
    use embedded_io::{ErrorKind, Read, ReadReady, Write, WriteReady};

    use super::*;

    #[test]
    fn the_view_is_of_a_stream_that_may_wait() {
        let backend = Scripted::new(&[Takes(3), Takes(2), Ready(0, Readiness::WRITABLE)]);
        let mut socket = socket(&backend, HALF_SECOND);
        let mut view = socket.embedded_stream().unwrap();
        assert_eq!(view.read(&mut [0; 8]), Ok(3));
        assert_eq!(view.read(&mut []), Ok(0));
        assert_eq!(view.write(b"xy"), Ok(2));
        assert_eq!(view.flush(), Ok(()));
        assert_eq!(view.write_ready(), Ok(true));
        socket.setblocking(false).unwrap();
        assert_eq!(socket.embedded_stream().unwrap_err(), Error::INVALID_VALUE);
        let datagram = Net::new(&backend).datagram(INET).unwrap();
        assert_eq!(datagram.embedded_stream().unwrap_err(), Error::INVALID_VALUE);
    }

    #[test]
    fn nothing_there_is_not_ready() {
        let backend = Scripted::new(&[Expires(0)]);
        let socket = socket(&backend, Timeout::Blocking);
        assert_eq!(socket.embedded_stream().unwrap().read_ready(), Ok(false));
    }

    #[test]
    fn errors_have_kinds() {
        // error, its kind there
        for (error, kind) in [
            (Error::TIMED_OUT, ErrorKind::TimedOut),
            (Errno::ETIMEDOUT.into(), ErrorKind::TimedOut),
            (Errno::ECONNRESET.into(), ErrorKind::ConnectionReset),
            (Errno::EPIPE.into(), ErrorKind::BrokenPipe),
            (Errno::ENOTCONN.into(), ErrorKind::NotConnected),
            (Errno::EINVAL.into(), ErrorKind::InvalidInput),
            (Error::INVALID_VALUE, ErrorKind::InvalidInput),
            (Errno::EOPNOTSUPP.into(), ErrorKind::Unsupported),
            (Errno::EAGAIN.into(), ErrorKind::Other),
        ] {
            let error: Error = error;
            assert_eq!(embedded_io::Error::kind(&error), kind, "{error}");
        }
    }
}
