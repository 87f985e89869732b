//! Shutdown: ending one half, both halves, and what is left.

use super::prelude::*;

const BOTH_WAYS: Vary = Vary::FAMILY.and(Vary::ROLE);
const EVERY_WAY: Vary = Vary::FAMILY.and(Vary::MODE).and(Vary::ROLE);

cases! {
    "shutdown-01" sending, EVERY_WAY, ["S50", "X07", "K25"],
        "POSIX shutdown: SHUT_WR",
        "After SHUT_WR own sends break, the peer reads everything and the end, and may answer.";
    "shutdown-02" sending_twice, BOTH_WAYS, ["S50"],
        "measured, python-socket.md S50",
        "SHUT_WR may be repeated while the other half is open.";
    "shutdown-03" receiving, EVERY_WAY, ["S49"],
        "measured, python-socket.md S49; POSIX shutdown: SHUT_RD",
        "After SHUT_RD what had come can be read, then comes the end.";
    "shutdown-05" receiving_is_local, BOTH_WAYS, ["S49", "S52"],
        "measured on Linux",
        "SHUT_RD tells the peer nothing, and own sends go on.";
    "shutdown-06" both, EVERY_WAY, ["S51"],
        "POSIX shutdown: SHUT_RDWR",
        "After SHUT_RDWR receiving ends, sending breaks and the peer reads the end.";
    "shutdown-07" when_all_is_over, BOTH_WAYS, ["S50", "S17"],
        "measured, python-socket.md S50",
        "When both sides have ended there is no connection to shut down.";
    "shutdown-08" unconnected, Vary::FAMILY, ["S51"],
        "POSIX shutdown: ENOTCONN",
        "A socket without connection cannot be shut down.";
    "shutdown-09" unknown_half, BOTH_WAYS, ["S51", "K25"],
        "POSIX shutdown: EINVAL",
        "There are three ways to shut down and no others.";
    "shutdown-10" datagram, Vary::FAMILY, ["S51"],
        "measured, python-socket.md S51",
        "A connected UDP socket's halves end by themselves.";
    "shutdown-11" unconnected_datagram, Vary::FAMILY, ["S51"],
        "POSIX shutdown: ENOTCONN",
        "A UDP socket without a peer cannot be shut down.";
    "shutdown-12" after_reset, BOTH_WAYS, ["S51", "S17"],
        "measured on Linux",
        "After a reset there is no connection to shut down.";
    "shutdown-13" unsent_data, BOTH_WAYS, ["S50"],
        "POSIX shutdown; RFC 9293 3.6",
        "What was sent before SHUT_WR arrives before the end, however much it is.";
    "shutdown-14" wakes, Vary::FAMILY.and(Vary::WAITING).and(Vary::ROLE), ["S51", "S09"],
        "measured, python-socket.md S51",
        "Shutting down another handle of the socket wakes a receive that waits.";
}

fn sending<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    near.sendall(b"all of it")?;
    near.shutdown(Shutdown::WR)?;
    expect_error!(near.send(b"more"), EPIPE);
    expect_bytes(lab.far(), &far, b"all of it")?;
    expect_end(lab.far(), &far)?;
    far.sendall(b"answer")?;
    expect_bytes(lab.near(), &near, b"answer")
}

fn sending_twice<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    near.shutdown(Shutdown::WR)?;
    near.shutdown(Shutdown::WR)?;
    far.sendall(b"still here")?;
    expect_bytes(lab.near(), &near, b"still here")
}

fn receiving<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    far.sendall(b"queued")?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    near.shutdown(Shutdown::RD)?;
    expect_bytes(lab.near(), &near, b"queued")?;
    expect_end(lab.near(), &near)?;
    expect_end(lab.near(), &near)
}

fn receiving_is_local<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    near.shutdown(Shutdown::RD)?;
    stays_quiet(lab.far(), &far, Readiness::READABLE)?;
    near.sendall(b"one way")?;
    expect_bytes(lab.far(), &far, b"one way")?;
    expect_eq!(near.getpeername()?, far.getsockname()?);
    Ok(())
}

fn both<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    near.sendall(b"last words")?;
    near.shutdown(Shutdown::RDWR)?;
    expect_end(lab.near(), &near)?;
    expect_error!(near.send(b"x"), EPIPE);
    expect_bytes(lab.far(), &far, b"last words")?;
    expect_end(lab.far(), &far)
}

fn when_all_is_over<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    near.shutdown(Shutdown::WR)?;
    expect_end(lab.far(), &far)?;
    far.shutdown(Shutdown::WR)?;
    expect_end(lab.near(), &near)?;
    expect_error!(near.shutdown(Shutdown::WR), ENOTCONN);
    expect_error!(near.shutdown(Shutdown::RD), ENOTCONN);
    expect_error!(near.getpeername(), ENOTCONN);
    expect_end(lab.near(), &near)
}

fn unconnected<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let fresh = near_stream(lab, variant)?;
    for how in [Shutdown::RD, Shutdown::WR, Shutdown::RDWR] {
        expect_error!(fresh.shutdown(how), ENOTCONN);
    }
    Ok(())
}

fn unknown_half<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    for how in [Shutdown(3), Shutdown(-1), Shutdown(99)] {
        expect_error!(near.shutdown(how), EINVAL);
    }
    near.sendall(b"unharmed")?;
    expect_bytes(lab.far(), &far, b"unharmed")
}

fn datagram<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    near.connect(far.getsockname()?)?;
    near.shutdown(Shutdown::WR)?;
    expect_error!(near.send(b"x"), EPIPE);
    far.sendto(b"in", near.getsockname()?)?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    expect_eq!(near.recv(&mut [0; 8])?, 2);
    near.shutdown(Shutdown::RD)?;
    expect_eq!(near.recv(&mut [0; 8])?, 0);
    Ok(())
}

fn unconnected_datagram<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    for socket in [lab.near().datagram(variant.family.number())?, near_datagram(lab, variant)?] {
        for how in [Shutdown::RD, Shutdown::WR, Shutdown::RDWR] {
            expect_error!(socket.shutdown(how), ENOTCONN);
        }
    }
    Ok(())
}

fn after_reset<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    reset(far)?;
    wait_for(lab.near(), &near, Readiness::NONE)?;
    expect_error!(near.shutdown(Shutdown::RDWR), ENOTCONN);
    expect_error!(near.recv(&mut [0; 8]), ECONNRESET); // the failure consumed nothing
    Ok(())
}

fn unsent_data<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    let sent = fill(lab.near(), &mut near)?;
    near.shutdown(Shutdown::WR)?;
    let (mut received, mut buffer) = (0, [0; 2048]);
    loop {
        match far.recv(&mut buffer)? {
            0 => break,
            count => received += count as u64,
        }
    }
    expect_true!(received == sent); // how much that is depends on the host
    Ok(())
}

fn wakes<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let watch = Stopwatch::start(lab.near());
    lab.later(SHORT, Step::near(second_handle(&near)?, Action::Shutdown(Shutdown::RDWR)));
    expect_eq!(near.recv(&mut [0; 8])?, 0);
    watch.expect(lab.near(), SHORT)?;
    expect_end(lab.far(), &far)
}
