//! Names by state: what `getsockname` and `getpeername` say from creation to the end.

use super::prelude::*;

const BOTH_WAYS: Vary = Vary::FAMILY.and(Vary::ROLE);

cases! {
    "state-01" fresh, Vary::FAMILY, ["S17", "S18"],
        "measured, python-socket.md S18",
        "A new socket is called the wildcard and has no peer.";
    "state-02" bound, Vary::FAMILY, ["S17", "S18"],
        "POSIX getsockname; getpeername: ENOTCONN",
        "A bound or listening socket has its address and no peer.";
    "state-03" connecting_socket, Vary::FAMILY, ["S17", "S18"],
        "measured, python-socket.md 3.3",
        "A connecting socket has its address and no peer yet.";
    "state-04" connected, BOTH_WAYS, ["S17", "S18", "S50"],
        "POSIX getsockname, getpeername",
        "Both ends agree on their names, also after SHUT_WR.";
    "state-05" after_the_end, BOTH_WAYS, ["S17", "S18"],
        "measured, python-socket.md S02",
        "When the peer has ended, the names stay.";
    "state-06" when_all_is_over, BOTH_WAYS, ["S17", "S18"],
        "measured, python-socket.md S17",
        "After a reset, or when both sides have ended, the own name stays and the peer is gone.";
    "state-07" datagram_to_the_wildcard, Vary::FAMILY, ["A22", "S17"],
        "measured on Linux",
        "A datagram socket connected to the wildcard has this host as its peer.";
    "state-08" closed, Vary::FAMILY, ["S06", "S17", "S18"],
        "POSIX: EBADF",
        "A handle that refers to nothing has no names.";
}

fn fresh<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (net, family) = (lab.near(), variant.family.number());
    for socket in [net.stream(family)?, net.datagram(family)?] {
        expect_eq!(socket.getsockname()?, Address::unspecified(family)?);
        expect_error!(socket.getpeername(), ENOTCONN);
    }
    Ok(())
}

fn bound<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let socket = near_stream(lab, variant)?;
    socket.bind(near_any(lab, variant)?)?;
    let name = socket.getsockname()?;
    expect_eq!(name.with_port(0), near_any(lab, variant)?);
    expect_error!(socket.getpeername(), ENOTCONN);
    socket.listen(1)?;
    expect_eq!(socket.getsockname()?, name);
    expect_error!(socket.getpeername(), ENOTCONN);
    Ok(())
}

fn connecting_socket<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, _silent) = connecting(lab, variant)?;
    let name = near.getsockname()?;
    expect_eq!(name.with_port(0), near_any(lab, variant)?);
    expect_true!(name.port() != Some(0));
    expect_error!(near.getpeername(), ENOTCONN);
    Ok(())
}

fn connected<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let agree = || -> Outcome {
        expect_eq!(near.getsockname()?, far.getpeername()?);
        expect_eq!(near.getpeername()?, far.getsockname()?);
        Ok(())
    };
    agree()?;
    near.shutdown(Shutdown::WR)?;
    expect_end(lab.far(), &far)?;
    agree()
}

fn after_the_end<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let names = (near.getsockname()?, near.getpeername()?);
    far.close()?;
    expect_end(lab.near(), &near)?;
    expect_eq!((near.getsockname()?, near.getpeername()?), names);
    Ok(())
}

fn when_all_is_over<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let name = near.getsockname()?;
    reset(far)?;
    wait_for(lab.near(), &near, Readiness::NONE)?;
    expect_eq!(near.getsockname()?, name);
    expect_error!(near.getpeername(), ENOTCONN);

    let Connection { near, far } = connection(lab, variant)?;
    let name = near.getsockname()?;
    near.shutdown(Shutdown::WR)?;
    expect_end(lab.far(), &far)?;
    far.shutdown(Shutdown::WR)?;
    expect_end(lab.near(), &near)?;
    expect_eq!(near.getsockname()?, name);
    expect_error!(near.getpeername(), ENOTCONN);
    Ok(())
}

fn datagram_to_the_wildcard<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = lab.near().datagram(variant.family.number())?;
    near.connect(("", 9))?;
    expect_eq!(near.getpeername()?, loopback_any(lab, variant)?.with_port(9));
    expect_eq!(near.getsockname()?.ip(), lab.loopback(variant.family));
    Ok(())
}

fn closed<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let backend = lab.near().backend();
    expect_error!(backend.getsockname(&backend.closed()), EBADF);
    expect_error!(backend.getpeername(&backend.closed()), EBADF);
    Ok(())
}
