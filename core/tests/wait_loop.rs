//! The truth table of the wait loop: mode x what the attempts say x what the waits say, without an
//! operating system.

#![allow(clippy::unwrap_used, clippy::type_complexity, reason = "tables of a test")]

#[allow(dead_code, unreachable_pub, reason = "shared by several tests")]
mod support;

use berkeley::{AddressFamily, Errno, Error, MessageFlags, Net, Readiness, Timeout};
use support::Event::{self, Expires, Fails, Interrupts, Ready, Takes};
use support::{HALF_SECOND, Scripted};

const READABLE: Readiness = Readiness::READABLE;

/// What a receive comes to, and what it calls on the way, when this happens.
fn receive(
    timeout: Timeout,
    flags: MessageFlags,
    events: &[Event],
) -> (Result<usize, Error>, String) {
    let backend = Scripted::new(events);
    let net = Net::new(&backend);
    let mut socket = net.datagram(AddressFamily::INET).unwrap();
    socket.settimeout(timeout).unwrap();
    backend.calls();
    let outcome = socket.recv_into(&mut [0; 4], 0, flags);
    assert_eq!(backend.left(), 0, "not all that was foreseen happened");
    let calls = backend.calls();
    (outcome, calls)
}

#[test]
fn the_whole_truth_table() {
    let again = Fails(Errno::EAGAIN);
    let interrupted = Fails(Errno::EINTR);
    let reset = Fails(Errno::ECONNRESET);
    let (would_block, timed_out) = (Err(Errno::EAGAIN.into()), Err(Error::TIMED_OUT));
    let was_reset = Err(Errno::ECONNRESET.into());
    let (blocking, nonblocking) = (Timeout::Blocking, Timeout::NonBlocking);
    // mode, what happens, outcome, calls ("r": receive, never or forever; "w": wait, until when)
    let table: &[(Timeout, &[Event], Result<usize, Error>, &str)] = &[
        // Data is there: one call in every mode.
        (blocking, &[Takes(3)], Ok(3), "rf"),
        (nonblocking, &[Takes(3)], Ok(3), "rn"),
        (HALF_SECOND, &[Takes(3)], Ok(3), "rn"),
        // An error is the answer in every mode.
        (blocking, &[reset], was_reset, "rf"),
        (nonblocking, &[reset], was_reset, "rn"),
        (HALF_SECOND, &[reset], was_reset, "rn"),
        // An interrupted attempt is repeated, without a wait, in every mode.
        (blocking, &[interrupted, Takes(3)], Ok(3), "rf rf"),
        (nonblocking, &[interrupted, Takes(3)], Ok(3), "rn rn"),
        (HALF_SECOND, &[interrupted, Takes(3)], Ok(3), "rn rn"),
        (nonblocking, &[interrupted, again], would_block, "rn rn"),
        // It would block.
        (nonblocking, &[again], would_block, "rn"),
        (blocking, &[again, Ready(9, READABLE), Takes(3)], Ok(3), "rf w rf"),
        (HALF_SECOND, &[again, Ready(9, READABLE), Takes(3)], Ok(3), "rn w1500 rn"),
        (HALF_SECOND, &[again, Ready(9, READABLE), reset], was_reset, "rn w1500 rn"),
        // A false alarm: wait on, with the same deadline.
        (
            blocking,
            &[again, Ready(9, READABLE), again, Ready(9, READABLE), Takes(3)],
            Ok(3),
            "rf w rf w rf",
        ),
        (
            HALF_SECOND,
            &[again, Ready(9, READABLE), again, Ready(9, READABLE), Takes(3)],
            Ok(3),
            "rn w1500 rn w1500 rn",
        ),
        (
            HALF_SECOND,
            &[again, Ready(499, READABLE), again, Expires(1)],
            timed_out,
            "rn w1500 rn w1500",
        ),
        // Interrupted while waiting: wait on for what remains, and not at all when nothing does.
        (blocking, &[again, Interrupts(9), Ready(9, READABLE), Takes(3)], Ok(3), "rf w w rf"),
        (
            HALF_SECOND,
            &[again, Interrupts(9), Ready(9, READABLE), Takes(3)],
            Ok(3),
            "rn w1500 w1500 rn",
        ),
        (HALF_SECOND, &[again, Interrupts(500)], timed_out, "rn w1500"),
        (HALF_SECOND, &[again, Interrupts(499), Expires(1)], timed_out, "rn w1500 w1500"),
        // After a wait an attempt can be interrupted as well.
        (HALF_SECOND, &[again, Ready(9, READABLE), interrupted, Takes(3)], Ok(3), "rn w1500 rn rn"),
        // The deadline passes; one that comes early is not believed.
        (HALF_SECOND, &[again, Expires(500)], timed_out, "rn w1500"),
        (HALF_SECOND, &[again, Expires(600)], timed_out, "rn w1500"),
        (
            HALF_SECOND,
            &[again, Expires(499), Ready(0, READABLE), Takes(3)],
            Ok(3),
            "rn w1500 w1500 rn",
        ),
        (blocking, &[again, Expires(9), Ready(9, READABLE), Takes(3)], Ok(3), "rf w w rf"),
        // Something ready, and nothing there, but the deadline has passed meanwhile: the wait says so.
        (
            HALF_SECOND,
            &[again, Ready(700, READABLE), again, Expires(0)],
            timed_out,
            "rn w1500 rn w1500",
        ),
    ];
    for (timeout, events, outcome, short) in table {
        let calls: Vec<String> = short
            .split(' ')
            .map(|call| match (&call[..1], &call[1..]) {
                ("r", "f") => "recv 4 forever".into(),
                ("r", _) => "recv 4 never".into(),
                (_, "") => "wait POLLIN ever".into(),
                (_, until) => format!("wait POLLIN {until}"),
            })
            .collect();
        let found = receive(*timeout, MessageFlags::NONE, events);
        assert_eq!(found, (*outcome, calls.join(", ")), "{timeout:?} {events:?}");
    }
}

#[test]
fn dontwait_makes_only_a_blocking_socket_impatient() {
    let again = Fails(Errno::EAGAIN);
    // mode, what happens, outcome (CPython: MSG_DONTWAIT waits on a socket with a timeout)
    for (timeout, events, outcome) in [
        (Timeout::Blocking, &[again][..], Err(Errno::EAGAIN.into())),
        (Timeout::NonBlocking, &[again], Err(Errno::EAGAIN.into())),
        (HALF_SECOND, &[again, Expires(500)], Err(Error::TIMED_OUT)),
    ] {
        let found = receive(timeout, MessageFlags::DONTWAIT, events);
        assert_eq!(found.0, outcome, "{timeout:?}");
        assert!(!found.1.contains("forever"), "{timeout:?}");
    }
}

#[test]
fn an_operation_that_need_not_wait_reads_no_clock() {
    let backend = Scripted::new(&[Takes(3), Fails(Errno::EINTR), Takes(1)]);
    let mut socket = Net::new(&backend).datagram(AddressFamily::INET).unwrap();
    socket.settimeout(HALF_SECOND).unwrap();
    assert_eq!(socket.recv(&mut [0; 4]), Ok(3));
    assert_eq!(socket.recv(&mut [0; 4]), Ok(1));
    assert_eq!(backend.clock_reads(), 0);
}

#[test]
fn a_timeout_that_the_clock_cannot_reach_never_passes() {
    let events = [Fails(Errno::EAGAIN), Ready(9, READABLE), Takes(1)];
    let (outcome, calls) =
        receive(Timeout::After(std::time::Duration::MAX), MessageFlags::NONE, &events);
    assert_eq!(outcome, Ok(1));
    assert_eq!(calls, "recv 4 never, wait POLLIN ever, recv 4 never");
}
