//! Readiness: what `poll` says in every state, and that it keeps saying so.

use super::prelude::*;

const BOTH_WAYS: Vary = Vary::FAMILY.and(Vary::ROLE);
const OVER: Readiness = Readiness(BOTH.0 | Readiness::HANGUP.0);
const FAILED: Readiness = Readiness(OVER.0 | Readiness::ERROR.0);

cases! {
    "ready-01" nothing_to_do, BOTH_WAYS, ["S44", "T04", "X07"],
        "POSIX: EAGAIN",
        "What cannot be done now would block, and changes nothing.";
    "ready-02" received, BOTH_WAYS, ["S15"],
        "measured, python-socket.md 3.16",
        "Data, the end and a reset make readable, each in its own way.";
    "ready-03" connects, Vary::FAMILY, ["S13", "S15"],
        "measured, python-socket.md 3.16; POSIX poll",
        "A socket is not ready while it connects, writable when it is done, and all when it failed.";
    "ready-04" listens, Vary::FAMILY, ["S15"],
        "POSIX poll",
        "A listener is readable when accepting would not wait.";
    "ready-05" empty_datagram, Vary::FAMILY, ["S15"],
        "POSIX recv; measured, python-socket.md 3.9",
        "An empty datagram makes readable.";
    "ready-06" no_room, BOTH_WAYS, ["S15", "S38"],
        "POSIX poll",
        "Without data and without room a socket is ready for nothing.";
    "ready-07" until_drained, BOTH_WAYS, ["S15"],
        "POSIX poll: level-triggered",
        "A socket stays readable until everything is read.";
    "ready-08" poll_timeouts, Vary::FAMILY, ["S15"],
        "POSIX poll: timeout",
        "Polling waits not at all, up to its timeout, or until something comes.";
}

fn nothing_to_do<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let mut listener = near_listener(lab, variant, 1)?;
    listener.setblocking(false)?;
    expect_error!(listener.accept(), EAGAIN);
    let Connection { mut near, far } = connection(lab, variant)?;
    near.setblocking(false)?;
    let mut buffer = [b'-'; 8];
    expect_error!(near.recv(&mut buffer), EAGAIN);
    expect_error!(near.recv_into(&mut buffer, 0, MessageFlags::PEEK), EAGAIN);
    expect_error!(near.recvfrom(&mut buffer), EAGAIN);
    expect_eq!(buffer, [b'-'; 8]);
    let sent = fill(lab.near(), &mut near)?;
    expect_error!(near.send(b"x"), EAGAIN);
    // Nothing of the last one was sent.
    near.shutdown(Shutdown::WR)?;
    let (mut received, mut block) = (0, [0; 2048]);
    loop {
        match far.recv(&mut block)? {
            0 => break,
            count => received += count as u64,
        }
    }
    expect_true!(received == sent); // how much that is depends on the host
    far.sendall(b"back")?;
    expect_bytes(lab.near(), &near, b"back")
}

fn received<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    becomes(lab.near(), &near, Readiness::WRITABLE)?;
    far.sendall(b"data")?;
    becomes(lab.near(), &near, BOTH)?;
    far.shutdown(Shutdown::WR)?;
    expect_bytes(lab.near(), &near, b"data")?;
    expect_end(lab.near(), &near)?;
    expect_eq!(readiness(lab.near(), &near)?, BOTH);

    let Connection { near, far } = connection(lab, variant)?;
    reset(far)?;
    wait_for(lab.near(), &near, Readiness::NONE)?;
    expect_eq!(readiness(lab.near(), &near)?, FAILED);
    expect_error!(near.recv(&mut [0; 8]), ECONNRESET);
    expect_eq!(readiness(lab.near(), &near)?, OVER);
    Ok(())
}

fn connects<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let fresh = near_stream(lab, variant)?;
    expect_eq!(readiness(lab.near(), &fresh)?, Readiness::WRITABLE | Readiness::HANGUP);

    let (near, silent) = connecting(lab, variant)?;
    expect_eq!(readiness(lab.near(), &near)?, Readiness::NONE);
    silent.listener.accept()?;
    becomes(lab.near(), &near, Readiness::WRITABLE)?;

    let deaf = far_deaf(lab, variant)?;
    let mut refused = near_stream(lab, variant)?;
    refused.setblocking(false)?;
    expect_error!(refused.connect(deaf.getsockname()?), EINPROGRESS);
    wait_for(lab.near(), &refused, Readiness::NONE)?;
    expect_eq!(readiness(lab.near(), &refused)?, FAILED);
    Ok(())
}

fn listens<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let mut listener = near_listener(lab, variant, 2)?;
    listener.setblocking(false)?;
    expect_eq!(readiness(lab.near(), &listener)?, Readiness::NONE);
    let clients = [far_stream(lab, variant)?, far_stream(lab, variant)?];
    for client in &clients {
        client.connect(listener.getsockname()?)?;
    }
    for _ in &clients {
        becomes(lab.near(), &listener, Readiness::READABLE)?;
        listener.accept()?;
    }
    expect_eq!(readiness(lab.near(), &listener)?, Readiness::NONE);
    expect_error!(listener.accept(), EAGAIN);
    Ok(())
}

fn empty_datagram<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    expect_eq!(readiness(lab.near(), &near)?, Readiness::WRITABLE);
    far.sendto(b"", near.getsockname()?)?;
    becomes(lab.near(), &near, BOTH)?;
    expect_eq!(near.recv(&mut [0; 8])?, 0);
    expect_eq!(readiness(lab.near(), &near)?, Readiness::WRITABLE);
    Ok(())
}

fn no_room<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    let sent = fill(lab.near(), &mut near)?;
    expect_eq!(readiness(lab.near(), &near)?, Readiness::NONE);
    far.sendall(b"x")?;
    becomes(lab.near(), &near, Readiness::READABLE)?; // still no room
    let (mut received, mut block) = (0, [0; 2048]);
    while received < sent {
        received += far.recv(&mut block)? as u64;
    }
    becomes(lab.near(), &near, BOTH)
}

fn until_drained<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    far.sendall(b"123")?;
    for _ in 0..3 {
        for _ in 0..2 {
            becomes(lab.near(), &near, BOTH)?;
        }
        expect_eq!(near.recv(&mut [0])?, 1);
    }
    expect_eq!(readiness(lab.near(), &near)?, Readiness::WRITABLE);
    Ok(())
}

fn poll_timeouts<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let net = lab.near();
    let (quiet, busy) = (near_datagram(lab, variant)?, near_datagram(lab, variant)?);
    let mut entries = [
        PollEntry::new(quiet.handle(), Readiness::READABLE),
        PollEntry::new(busy.handle(), Readiness::READABLE),
    ];
    let watch = Stopwatch::start(net);
    expect_eq!(net.poll(&mut entries, Timeout::NonBlocking)?, 0);
    watch.expect_less(net, SHORT)?;
    let watch = Stopwatch::start(net);
    expect_eq!(net.poll(&mut entries, SHORT)?, 0);
    watch.expect(net, SHORT)?;
    expect_eq!(entries[0].ready | entries[1].ready, Readiness::NONE);

    let sender = far_datagram(lab, variant)?;
    lab.later(SHORT, Step::far(sender, Action::SendTo(b"hello", busy.getsockname()?)));
    expect_eq!(net.poll(&mut entries, Timeout::Blocking)?, 1);
    expect_eq!(entries[0].ready, Readiness::NONE);
    expect_eq!(entries[1].ready, Readiness::READABLE);
    Ok(())
}
