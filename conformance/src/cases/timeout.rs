//! Timeouts: which operations have one, when it begins, and what it leaves behind.

use super::prelude::*;

const BOTH_WAYS: Vary = Vary::FAMILY.and(Vary::ROLE);

cases! {
    "timeout-01" three_modes, Vary::FAMILY, ["G08", "S21", "S42", "S43", "S44", "S45", "T01", "F53"],
        "Python manual: settimeout, setblocking, gettimeout",
        "The timeout is the mode: none, zero, or a limit.";
    "timeout-06" every_operation, BOTH_WAYS, ["S43", "T05", "X06", "N32"],
        "Python manual: settimeout",
        "Every operation that may wait times out, no earlier and not much later.";
    "timeout-07" would_block, BOTH_WAYS, ["S44", "T04", "X02", "X06", "X07"],
        "Python manual: settimeout(0)",
        "In non-blocking mode the same operations would block, which is another error.";
    "timeout-08" whole_sendall, BOTH_WAYS, ["S39", "S40", "N16"],
        "Python manual: sendall, since 3.5",
        "The timeout of sendall is for the whole call, however often it makes progress.";
    "timeout-09" each_receive, BOTH_WAYS, ["S43"],
        "measured, python-socket.md 3.2",
        "Each receive has the whole timeout.";
    "timeout-10" in_time, BOTH_WAYS, ["S43", "T05"],
        "Python manual: settimeout",
        "What comes before the deadline ends the wait at once.";
    "timeout-11" afterwards, BOTH_WAYS, ["S43"],
        "measured, python-socket.md 3.1",
        "After a timeout the socket works and nothing is lost.";
    "timeout-13" never_early, Vary::FAMILY, ["S43", "T05"],
        "measured, python-socket.md 3.1",
        "However short the timeout, it is never shorter, and a nanosecond still waits.";
    "timeout-16" default_timeout, Vary::FAMILY, ["F52", "F53", "T02", "T12"],
        "Python manual: setdefaulttimeout",
        "New and accepted sockets take the default timeout; setting it changes no other.";
}

fn three_modes<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let mut socket = lab.near().stream(variant.family.number())?;
    let second = Duration::from_secs(1);
    // what is set, the timeout, Python's gettimeout(), getblocking()
    for (set, timeout, duration, blocking) in [
        (Timeout::Blocking, Timeout::Blocking, None, true),
        (Timeout::NonBlocking, Timeout::NonBlocking, Some(Duration::ZERO), false),
        (Timeout::After(Duration::ZERO), Timeout::NonBlocking, Some(Duration::ZERO), false),
        (Timeout::After(second), Timeout::After(second), Some(second), true),
    ] {
        socket.settimeout(set)?;
        expect_eq!(socket.gettimeout(), timeout);
        expect_eq!(socket.gettimeout().duration(), duration);
        expect_eq!(socket.getblocking(), blocking);
    }
    socket.setblocking(false)?;
    expect_eq!(socket.gettimeout(), Timeout::NonBlocking);
    socket.setblocking(true)?;
    expect_eq!(socket.gettimeout(), Timeout::Blocking);
    Ok(())
}

/// Expects that the operation times out after [`SHORT`].
macro_rules! takes_short {
    ($lab:expr, $operation:expr) => {
        let watch = Stopwatch::start($lab.near());
        expect_timed_out!($operation);
        watch.expect($lab.near(), SHORT)?;
    };
}

fn every_operation<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let silent = silent(lab, variant)?;
    let mut listener = near_listener(lab, variant, 1)?;
    listener.settimeout(SHORT)?;
    takes_short!(lab, listener.accept());
    let mut fresh = near_stream(lab, variant)?;
    fresh.settimeout(SHORT)?;
    takes_short!(lab, fresh.connect(silent.address));

    let Connection { mut near, far } = connection(lab, variant)?;
    near.settimeout(SHORT)?;
    takes_short!(lab, near.recv(&mut [0; 8]));
    takes_short!(lab, near.recv_into(&mut [0; 8], 4, MessageFlags::PEEK));
    takes_short!(lab, near.recvfrom(&mut [0; 8]));
    takes_short!(lab, near.recvfrom_into(&mut [0; 8], 4, MessageFlags::NONE));

    fill(lab.near(), &mut near)?;
    near.settimeout(SHORT)?;
    takes_short!(lab, near.send(b"x"));
    fill(lab.near(), &mut near)?;
    near.settimeout(SHORT)?;
    takes_short!(lab, near.sendall(b"x"));
    fill(lab.near(), &mut near)?;
    near.settimeout(SHORT)?;
    takes_short!(lab, near.sendto(b"x", far.getsockname()?));

    let mut datagram = near_datagram(lab, variant)?;
    datagram.settimeout(SHORT)?;
    takes_short!(lab, datagram.recv(&mut [0; 8]));
    takes_short!(lab, datagram.recvfrom(&mut [0; 8]));
    Ok(())
}

fn would_block<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let mut listener = near_listener(lab, variant, 1)?;
    listener.setblocking(false)?;
    let outcome = listener.accept().map_err(|error| (error.errno(), error.kind().python_class()));
    expect_eq!(outcome.map(|_| ()), Err((Some(Errno::EAGAIN), "BlockingIOError")));

    let Connection { mut near, far } = connection(lab, variant)?;
    fill(lab.near(), &mut near)?;
    let watch = Stopwatch::start(lab.near());
    expect_error!(near.recv(&mut [0; 8]), EAGAIN);
    expect_error!(near.recvfrom(&mut [0; 8]), EAGAIN);
    expect_error!(near.send(b"x"), EAGAIN);
    expect_error!(near.sendall(b"x"), EAGAIN);
    expect_error!(near.sendto(b"x", far.getsockname()?), EAGAIN);
    watch.expect_less(lab.near(), SHORT)
}

fn whole_sendall<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection_with(
        lab,
        variant,
        |near| near.set_option(SEND_BUFFER, 4096),
        |far| far.set_option(RECEIVE_BUFFER, 4096),
    )?;
    fill(lab.near(), &mut near)?;
    let limit = Duration::from_millis(100);
    near.settimeout(limit)?;
    for drip in 1..=12 {
        let step = Step::far(second_handle(&far)?, Action::Receive(2048));
        lab.later(Duration::from_millis(25) * drip, step);
    }
    let watch = Stopwatch::start(lab.near());
    let Err(failed) = near.sendall(&CHUNK) else {
        return Err(Failure::new("sendall", format_args!("sent more than was received")));
    };
    watch.expect(lab.near(), limit)?;
    expect_eq!(failed.error, Error::TIMED_OUT);
    expect_true!(failed.sent < CHUNK.len());
    watch.expect_less(lab.near(), Duration::from_millis(25 * 12))
}

fn each_receive<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    let (pause, limit) = (Duration::from_millis(80), Duration::from_millis(200));
    near.settimeout(limit)?;
    let watch = Stopwatch::start(lab.near());
    for byte in 1..=3 {
        lab.later(pause * byte, Step::far(second_handle(&far)?, Action::Send(b".")));
    }
    for _ in 0..3 {
        expect_eq!(near.recv(&mut [0; 8])?, 1);
    }
    watch.expect(lab.near(), pause * 3) // longer than one timeout
}

fn in_time<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    near.settimeout(LONG)?;
    let watch = Stopwatch::start(lab.near());
    lab.later(SHORT, Step::far(far, Action::Send(b"in time")));
    expect_bytes(lab.near(), &near, b"in time")?;
    watch.expect(lab.near(), SHORT)
}

fn afterwards<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    near.settimeout(SHORT)?;
    expect_timed_out!(near.recv(&mut [0; 8]));
    expect_timed_out!(near.recv(&mut [0; 8]));
    far.sendall(b"later")?;
    near.settimeout(LONG)?;
    expect_bytes(lab.near(), &near, b"later")?;
    near.sendall(b"thanks")?;
    expect_bytes(lab.far(), &far, b"thanks")
}

fn never_early<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let mut near = near_datagram(lab, variant)?;
    for limit in [
        Duration::from_nanos(1),
        Duration::from_micros(1100),
        Duration::from_millis(20),
        Duration::from_millis(50),
    ] {
        near.settimeout(limit)?;
        let watch = Stopwatch::start(lab.near());
        expect_timed_out!(near.recv(&mut [0; 8]));
        watch.expect(lab.near(), limit)?;
    }
    // The shortest timeout with something there succeeds.
    near.sendto(b"there", near.getsockname()?)?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    near.settimeout(Duration::from_nanos(1))?;
    expect_eq!(near.recv(&mut [0; 8])?, 5);
    Ok(())
}

fn default_timeout<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let net = lab.near();
    let listener = near_listener(lab, variant, 1)?;
    let client = far_stream(lab, variant)?;
    client.connect(listener.getsockname()?)?;
    net.setdefaulttimeout(SHORT);
    let (during, accepted) = (net.getdefaulttimeout(), listener.accept());
    let new = net.datagram(variant.family.number());
    net.setdefaulttimeout(Timeout::Blocking);
    expect_eq!(during, Timeout::After(SHORT));
    expect_eq!(net.getdefaulttimeout(), Timeout::Blocking);
    let ((accepted, _), new) = (accepted?, new?);
    expect_eq!(accepted.gettimeout(), Timeout::After(SHORT));
    expect_eq!(new.gettimeout(), Timeout::After(SHORT));
    expect_eq!(listener.gettimeout(), variant.mode.patient());
    takes_short!(lab, accepted.recv(&mut [0; 8]));
    takes_short!(lab, new.recv(&mut [0; 8]));
    Ok(())
}
