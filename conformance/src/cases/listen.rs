//! Listen and accept: who waits where, in which order, and what an accepted socket is like.

use super::prelude::*;

cases! {
    "listen-01" unbound, Vary::FAMILY, ["S24"],
        "measured, python-socket.md S24",
        "Listening without an address chooses a port at the wildcard.";
    "listen-02" datagram, Vary::FAMILY, ["S01", "S24"],
        "POSIX listen, accept: EOPNOTSUPP",
        "A datagram socket can neither listen nor accept.";
    "listen-03" connected, Vary::FAMILY, ["S24"],
        "POSIX listen: EINVAL",
        "A connected or connecting socket cannot listen.";
    "listen-04" again, Vary::FAMILY, ["S24"],
        "POSIX listen",
        "Listening again changes the backlog and keeps what waits.";
    "listen-05" negative_backlog, Vary::FAMILY, ["S24"],
        "POSIX listen: a backlog below 0 is 0",
        "A negative backlog is allowed.";
    "listen-06" accept_without_listening, Vary::FAMILY, ["S01"],
        "POSIX accept: EINVAL",
        "Only a listening socket accepts.";
    "listen-07" nobody_comes, Vary::FAMILY.and(Vary::LIMITED), ["S01", "S43", "S44", "T05", "X06"],
        "Python manual: settimeout",
        "Accepting when nobody comes would block, or times out.";
    "listen-08" backlog, Vary::FAMILY, ["S25"],
        "measured, python-socket.md 3.7",
        "backlog + 1 connections are kept; one more is neither refused nor lost.";
    "listen-09" order, Vary::FAMILY.and(Vary::MODE), ["S01"],
        "POSIX accept: the first connection of the queue",
        "Connections are accepted in the order in which they came.";
    "listen-10" peer_name, Vary::FAMILY.and(Vary::MODE), ["S01", "S17", "S18"],
        "POSIX accept",
        "The accepted peer is the client's own name.";
    "listen-11" local_name, Vary::FAMILY, ["S18"],
        "POSIX accept",
        "An accepted socket has the address that was dialled, not the wildcard.";
    "listen-12" mode_of_the_accepted, Vary::FAMILY.and(Vary::MODE), ["T12", "T13", "T14", "F53"],
        "Python manual: timeouts and the accept method",
        "An accepted socket has the default timeout, whatever the listener's is.";
    "listen-13" inherited_options, Vary::FAMILY, ["S24"],
        "measured, python-socket.md 3.6",
        "An accepted socket inherits the listener's options.";
    "listen-14" reset_before_accept, Vary::FAMILY, ["S02", "S17"],
        "measured, python-socket.md S02",
        "A connection that was reset in the queue is accepted and then fails.";
    "listen-15" end_before_accept, Vary::FAMILY, ["S02"],
        "measured, python-socket.md S02",
        "What a client sent before it closed is read after accepting.";
    "listen-16" data_before_accept, Vary::FAMILY.and(Vary::MODE), ["S01", "S02"],
        "measured, python-socket.md S02",
        "Data sent before accepting is readable after it.";
    "listen-17" closed_with_pending, Vary::FAMILY, ["S05"],
        "measured, python-socket.md 3.7",
        "Closing a listener resets the connections in its queue.";
    "listen-19" shut_down, Vary::FAMILY.and(Vary::WAITING), ["S51"],
        "measured, python-socket.md S51",
        "Shutting down a listener wakes an accept and refuses whoever comes then.";
    "listen-20" transfer, Vary::FAMILY, ["E08"],
        "measured, python-socket.md E08",
        "A listener neither receives nor sends.";
    "listen-21" connect_of_a_listener, Vary::FAMILY, ["S10"],
        "measured, python-socket.md S10",
        "A listener cannot connect.";
    "listen-26" reset_of_one, Vary::FAMILY, ["S02"],
        "measured on Linux",
        "A reset ends the connection that it belongs to, not its neighbours in the queue.";
}

fn unbound<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = near_stream(lab, variant)?;
    listener.listen(1)?;
    let name = listener.getsockname()?;
    expect_eq!(name.with_port(0), Address::unspecified(variant.family.number())?);
    expect_true!(name.port() != Some(0));
    expect_true!(listener.option(LISTENING)?);
    Ok(())
}

fn datagram<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let socket = near_datagram(lab, variant)?;
    expect_error!(socket.listen(1), EOPNOTSUPP);
    expect_error!(socket.accept(), EOPNOTSUPP);
    Ok(())
}

fn connected<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let connection = connection(lab, variant)?;
    expect_error!(connection.near.listen(1), EINVAL);
    let (near, _silent) = connecting(lab, variant)?;
    expect_error!(near.listen(1), EINVAL);
    Ok(())
}

fn again<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 3)?;
    let client = far_stream(lab, variant)?;
    client.connect(listener.getsockname()?)?;
    wait_for(lab.near(), &listener, Readiness::READABLE)?;
    listener.listen(1)?;
    let (_, peer) = listener.accept()?;
    expect_eq!(peer, client.getsockname()?);
    Ok(())
}

fn negative_backlog<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, -1)?;
    let client = far_stream(lab, variant)?;
    client.connect(listener.getsockname()?)?;
    listener.accept()?;
    Ok(())
}

fn accept_without_listening<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let fresh = near_stream(lab, variant)?;
    expect_error!(fresh.accept(), EINVAL);
    fresh.bind(near_any(lab, variant)?)?;
    expect_error!(fresh.accept(), EINVAL);
    let connection = connection(lab, variant)?;
    expect_error!(connection.near.accept(), EINVAL);
    Ok(())
}

fn nobody_comes<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let mut listener = near_listener(lab, variant, 1)?;
    listener.settimeout(variant.mode.limited(SHORT))?;
    let watch = Stopwatch::start(lab.near());
    expect_gives_up(variant.mode, listener.accept())?;
    match variant.mode {
        Mode::NonBlocking => watch.expect_less(lab.near(), SHORT),
        _ => watch.expect(lab.near(), SHORT),
    }
}

fn backlog<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    for backlog in [0, 2] {
        let listener = near_listener(lab, variant, backlog)?;
        let address = listener.getsockname()?;
        let mut clients = heapless::Vec::<_, 3>::new();
        for _ in 0..=backlog {
            let client = far_stream(lab, variant)?;
            client.connect(address)?;
            let _ = clients.push(client); // there is room for all
        }
        let mut extra = far_stream(lab, variant)?;
        extra.setblocking(false)?;
        expect_error!(extra.connect(address), EINPROGRESS);
        stays_quiet(lab.far(), &extra, Readiness::WRITABLE)?;
        listener.accept()?;
        becomes(lab.far(), &extra, Readiness::WRITABLE)?;
    }
    Ok(())
}

fn order<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 4)?;
    let client = || -> Result<Socket<L::Far>, Failure> {
        let client = far_stream(lab, variant)?;
        client.connect(listener.getsockname()?)?;
        Ok(client)
    };
    let clients = [client()?, client()?, client()?, client()?];
    for client in &clients {
        let (_, peer) = accept(lab.near(), &listener)?;
        expect_eq!(peer, client.getsockname()?);
    }
    Ok(())
}

fn peer_name<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 1)?;
    let client = far_stream(lab, variant)?;
    client.connect(listener.getsockname()?)?;
    let (accepted, peer) = accept(lab.near(), &listener)?;
    expect_eq!(peer, client.getsockname()?);
    expect_eq!(accepted.getpeername()?, client.getsockname()?);
    expect_eq!(accepted.getsockname()?, client.getpeername()?);
    expect_eq!(accepted.family(), listener.family());
    expect_eq!(accepted.type_(), listener.type_());
    Ok(())
}

fn local_name<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = near_stream(lab, variant)?;
    listener.bind(("", 0))?;
    listener.listen(1)?;
    let port = listener.getsockname()?.port().unwrap_or(0);
    let dialled = near_any(lab, variant)?.with_port(port);
    let client = far_stream(lab, variant)?;
    client.connect(dialled)?;
    let (accepted, _) = listener.accept()?;
    expect_eq!(accepted.getsockname()?, dialled);
    Ok(())
}

fn mode_of_the_accepted<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 1)?;
    let default = lab.near().getdefaulttimeout();
    for wanted in [Timeout::Blocking, Timeout::NonBlocking, Timeout::After(SHORT)] {
        let client = far_stream(lab, variant)?;
        client.connect(listener.getsockname()?)?;
        lab.near().setdefaulttimeout(wanted);
        let accepted = accept(lab.near(), &listener);
        lab.near().setdefaulttimeout(default);
        let (accepted, _) = accepted?;
        expect_eq!(accepted.gettimeout(), wanted);
        // It is what it says.
        match wanted {
            Timeout::Blocking => {
                lab.later(SHORT, Step::far(client, Action::Send(b"late")));
                expect_eq!(accepted.recv(&mut [0; 8])?, 4);
            }
            Timeout::NonBlocking => expect_error!(accepted.recv(&mut [0; 8]), EAGAIN),
            Timeout::After(_) => expect_timed_out!(accepted.recv(&mut [0; 8])),
        }
    }
    Ok(())
}

fn inherited_options<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 1)?;
    listener.set_option(NODELAY, true)?;
    listener.set_option(KEEPALIVE, true)?;
    listener.set_option(LINGER, Some(Duration::from_secs(3)))?;
    let client = far_stream(lab, variant)?;
    client.connect(listener.getsockname()?)?;
    let (accepted, _) = listener.accept()?;
    expect_true!(accepted.option(NODELAY)?);
    expect_true!(accepted.option(KEEPALIVE)?);
    expect_eq!(accepted.option(LINGER)?, Some(Duration::from_secs(3)));
    expect_true!(!accepted.option(LISTENING)?);
    Ok(())
}

fn reset_before_accept<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 1)?;
    let client = far_stream(lab, variant)?;
    client.connect(listener.getsockname()?)?;
    wait_for(lab.near(), &listener, Readiness::READABLE)?;
    reset(client)?;
    let (accepted, _) = listener.accept()?;
    wait_for(lab.near(), &accepted, Readiness::NONE)?;
    expect_error!(accepted.recv(&mut [0; 8]), ECONNRESET);
    expect_error!(accepted.getpeername(), ENOTCONN);
    Ok(())
}

fn end_before_accept<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 1)?;
    let client = far_stream(lab, variant)?;
    client.connect(listener.getsockname()?)?;
    let name = client.getsockname()?;
    client.sendall(b"and gone")?;
    drop(client);
    let (accepted, peer) = listener.accept()?;
    expect_eq!(peer, name);
    expect_bytes(lab.near(), &accepted, b"and gone")?;
    expect_end(lab.near(), &accepted)?;
    expect_eq!(accepted.getpeername()?, name);
    Ok(())
}

fn data_before_accept<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 1)?;
    let client = far_stream(lab, variant)?;
    client.connect(listener.getsockname()?)?;
    client.sendall(b"early")?;
    let (mut accepted, _) = accept(lab.near(), &listener)?;
    accepted.settimeout(variant.mode.patient())?;
    expect_bytes(lab.near(), &accepted, b"early")?;
    accepted.sendall(b"reply")?;
    expect_bytes(lab.far(), &client, b"reply")
}

fn closed_with_pending<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 1)?;
    let client = far_stream(lab, variant)?;
    client.connect(listener.getsockname()?)?;
    wait_for(lab.near(), &listener, Readiness::READABLE)?;
    listener.close()?;
    expect_error!(client.recv(&mut [0; 8]), ECONNRESET);
    Ok(())
}

fn shut_down<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 1)?;
    let watch = Stopwatch::start(lab.near());
    lab.later(SHORT, Step::near(second_handle(&listener)?, Action::Shutdown(Shutdown::RD)));
    expect_error!(listener.accept(), EINVAL);
    watch.expect(lab.near(), SHORT)?;
    let client = far_stream(lab, variant)?;
    expect_error!(client.connect(listener.getsockname()?), ECONNREFUSED);
    Ok(())
}

fn transfer<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 1)?;
    expect_error!(listener.recv(&mut [0; 8]), ENOTCONN);
    expect_error!(listener.send(b"x"), EPIPE);
    Ok(())
}

fn connect_of_a_listener<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 1)?;
    let other = far_listener(lab, variant, 1)?;
    expect_error!(listener.connect(other.getsockname()?), EISCONN);
    Ok(())
}

fn reset_of_one<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 3)?;
    let client = || -> Result<Socket<L::Far>, Failure> {
        let client = far_stream(lab, variant)?;
        client.connect(listener.getsockname()?)?;
        Ok(client)
    };
    let (first, second, third) = (client()?, client()?, client()?);
    wait_for(lab.near(), &listener, Readiness::READABLE)?;
    reset(second)?;
    for client in [Some(first), None, Some(third)] {
        let (accepted, peer) = listener.accept()?;
        let Some(client) = client else {
            wait_for(lab.near(), &accepted, Readiness::NONE)?;
            expect_error!(accepted.recv(&mut [0; 8]), ECONNRESET);
            continue;
        };
        expect_eq!(peer, client.getsockname()?);
        client.sendall(b"unharmed")?;
        expect_bytes(lab.near(), &accepted, b"unharmed")?;
    }
    Ok(())
}
