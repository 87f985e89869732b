//! UNIX sockets in every state: a full backlog, readiness, options, full queues, shutting down, a
//! change of the peer, broken pairs.

use berkeley::{OptionLevel, OptionName, UnixAddress};

use super::prelude::*;
use super::unix::{Names, TYPES, UNIX, unix};

cases! {
    "unix-11" backlog, Vary::NOTHING, ["S24"],
        "Linux unix(7), connect(2): EAGAIN",
        "A full backlog refuses whoever does not wait as long as it takes, and holds up whoever does.";
    "unix-12" readiness_masks, Vary::NOTHING, ["S15"],
        "measured on Linux: unix_poll, unix_dgram_poll",
        "What `poll` says in every state.";
    "unix-13" options, Vary::NOTHING, ["S19"],
        "measured on Linux",
        "What a UNIX socket says about itself, and levels that it does not have.";
    "unix-14" full, Vary::NOTHING, ["K03"],
        "Linux unix(7), net.unix.max_dgram_qlen; POSIX send: EMSGSIZE",
        "Who sends to a full queue has to wait until there is room, and too long a message never goes.";
    "unix-15" shut_down, Vary::NOTHING, ["S49", "S50"],
        "measured on Linux: unix_shutdown",
        "Shutting down one end shuts down the other the other way round, but not of datagrams.";
    "unix-16" reconnected, Vary::NOTHING, ["A03"],
        "measured on Linux: unix_dgram_connect",
        "A datagram socket that changes its peer loses what waits, and the old one is told.";
    "pair-08" broken, Vary::NOTHING, ["F32"],
        "POSIX send: EPIPE; measured, python-socket.md F32",
        "A pair of UNIX sockets is broken at once when one end is closed.";
    "pair-09" default_timeout, Vary::NOTHING, ["F33", "F34"],
        "Python manual: socketpair, setdefaulttimeout",
        "Both ends have the default timeout.";
}

fn backlog<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let (net, names) = (lab.near(), Names::new(lab.near())?);
    let name = names.name(b"server")?;
    for socket_type in [SocketType::STREAM, SocketType::SEQPACKET] {
        let server = unix(net, socket_type)?;
        server.bind(name)?;
        server.listen(1)?;
        let (first, second, mut third) =
            (unix(net, socket_type)?, unix(net, socket_type)?, unix(net, socket_type)?);
        first.connect(name)?;
        second.connect(name)?;
        expect_error!(third.connect(name), EAGAIN); // although it has a timeout
        expect_error!(first.connect(name), EAGAIN); // before it is asked whether it is connected
        third.setblocking(false)?;
        expect_error!(third.connect(name), EAGAIN);
        expect_eq!(readiness(net, &third)?, Readiness::WRITABLE | Readiness::HANGUP);
        // What was sent before anybody accepts waits with the connection, also when the end came.
        first.sendall(b"early")?;
        first.close()?;
        let (connection, _) = server.accept()?;
        expect_bytes(net, &connection, b"early")?;
        expect_end(net, &connection)?;
        third.connect(name)?;
        // Whoever waits hears that the listener has gone, as do those that nobody has accepted.
        let mut fourth = unix(net, socket_type)?;
        fourth.setblocking(true)?;
        let closes = second_handle(&server)?;
        server.close()?;
        lab.later(SHORT, Step::near(closes, Action::Close));
        expect_error!(fourth.connect(name), ECONNREFUSED);
        expect_error!(second.recv(&mut [0; 4]), ECONNRESET);
        expect_error!(second.send(b"x"), EPIPE);
        expect_true!(second.getpeername()? == name.into());
    }
    Ok(())
}

fn readiness_masks<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let (net, names) = (lab.near(), Names::new(lab.near())?);
    let over = BOTH | Readiness::HANGUP;
    for socket_type in TYPES {
        let is_datagram = socket_type == SocketType::DGRAM;
        let pair = || net.socketpair(UNIX, socket_type, Protocol::DEFAULT);
        let fresh = unix(net, socket_type)?;
        let hangup = if is_datagram { Readiness::NONE } else { Readiness::HANGUP };
        expect_eq!(readiness(net, &fresh)?, Readiness::WRITABLE | hangup);

        let (one, other) = pair()?;
        expect_eq!(readiness(net, &one)?, Readiness::WRITABLE);
        other.send(b"data")?;
        expect_eq!(readiness(net, &one)?, BOTH);
        expect_eq!(one.recv(&mut [0; 8])?, 4);
        expect_eq!(readiness(net, &one)?, Readiness::WRITABLE);
        other.shutdown(Shutdown::RD)?;
        expect_eq!(readiness(net, &other)?, BOTH);
        expect_eq!(readiness(net, &one)?, Readiness::WRITABLE);
        other.shutdown(Shutdown::WR)?;
        expect_eq!(readiness(net, &other)?, over);
        expect_eq!(readiness(net, &one)?, if is_datagram { Readiness::WRITABLE } else { over });

        let (one, other) = pair()?;
        one.send(b"unread")?;
        other.close()?;
        let told = if is_datagram { Readiness::WRITABLE } else { over | Readiness::ERROR };
        expect_eq!(readiness(net, &one)?, told);
        expect_eq!(one.take_error()?.is_some(), !is_datagram);
        expect_eq!(readiness(net, &one)?, if is_datagram { told } else { over });
        if is_datagram {
            continue;
        }

        let (server, client) = (unix(net, socket_type)?, unix(net, socket_type)?);
        server.bind(names.name(b"server")?)?;
        server.listen(1)?;
        expect_eq!(readiness(net, &server)?, Readiness::NONE);
        client.connect(names.name(b"server")?)?;
        expect_eq!(readiness(net, &client)?, Readiness::WRITABLE);
        expect_eq!(readiness(net, &server)?, Readiness::READABLE);
        server.accept()?;
        expect_eq!(readiness(net, &server)?, Readiness::NONE);
    }
    Ok(())
}

fn options<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let (net, names) = (lab.near(), Names::new(lab.near())?);
    for (socket_type, number) in TYPES.into_iter().zip([1, 2, 5]) {
        let socket = unix(net, socket_type)?;
        let get = |name| socket.getsockopt(OptionLevel::SOCKET, name);
        expect_eq!(get(SO_TYPE)?, number);
        expect_eq!(get(SO_DOMAIN)?, 1);
        expect_eq!(get(SO_PROTOCOL)?, 0);
        expect_eq!(get(SO_ACCEPTCONN)?, 0);
        expect_eq!(get(SO_ERROR)?, 0);
        expect_eq!(get(SO_REUSEADDR)?, 0);
        socket.setsockopt(OptionLevel::SOCKET, SO_REUSEADDR, 1)?;
        expect_eq!(get(SO_REUSEADDR)?, 1);
        socket.setsockopt(OptionLevel::SOCKET, SO_SNDBUF, 10_000)?;
        expect_eq!(get(SO_SNDBUF)?, 20_000);
        expect_error!(get(OptionName(9999)), ENOPROTOOPT);
        for level in [OptionLevel::IP, OptionLevel::TCP, OptionLevel(9999)] {
            expect_error!(socket.getsockopt(level, OptionName(1)), EOPNOTSUPP);
            expect_error!(socket.setsockopt(level, OptionName(1), 1), EOPNOTSUPP);
        }
        if socket_type != SocketType::DGRAM {
            socket.bind(names.name(b"server")?)?;
            socket.listen(1)?;
            expect_eq!(get(SO_ACCEPTCONN)?, 1);
        }
    }
    Ok(())
}

/// More bytes than go into a message, on any backend.
static TOO_MUCH: [u8; 300_000] = [b'm'; 300_000];

fn full<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let (net, names) = (lab.near(), Names::new(lab.near())?);
    for socket_type in TYPES {
        let (mut from, to) = net.socketpair(UNIX, socket_type, Protocol::DEFAULT)?;
        from.setblocking(false)?;
        let mut sent = 0;
        if socket_type == SocketType::STREAM {
            sent = from.send(&TOO_MUCH)?;
            expect_true!(sent < TOO_MUCH.len());
        } else {
            expect_error!(from.send(&TOO_MUCH), EMSGSIZE);
            while sent < 1 << 20 {
                match from.send(&[b'm'; 1000]) {
                    Ok(count) => sent += count,
                    Err(error) if error.is(Errno::EAGAIN) => break,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        expect_error!(from.send(&[b'm'; 1000]), EAGAIN);
        expect_eq!(readiness(net, &from)?, Readiness::NONE);
        from.settimeout(SHORT)?;
        expect_timed_out!(from.send(&[b'm'; 1000]));
        let mut received = 0;
        while received < sent {
            received += to.recv(&mut [0; 2048])?;
        }
        expect_eq!(received - sent, 0);
        expect_eq!(readiness(net, &from)?, Readiness::WRITABLE);
        expect_eq!(from.send(&[b'm'; 1000])?, 1000);
    }
    // Of whoever is not its peer a datagram socket keeps eleven.
    let (server, mut client) = (unix(net, SocketType::DGRAM)?, unix(net, SocketType::DGRAM)?);
    let name = names.name(b"server")?;
    server.bind(name)?;
    client.setblocking(false)?;
    for _ in 0..11 {
        expect_eq!(client.sendto(b"m", name)?, 1);
    }
    expect_error!(client.sendto(b"m", name), EAGAIN);
    client.connect(name)?;
    expect_eq!(readiness(net, &client)?, Readiness::NONE);
    expect_eq!(server.recv(&mut [0; 8])?, 1);
    expect_eq!(readiness(net, &client)?, Readiness::WRITABLE);
    expect_eq!(client.send(b"m")?, 1);
    expect_error!(client.send(b"m"), EAGAIN);
    server.close()?;
    expect_error!(client.send(b"m"), ECONNREFUSED);
    Ok(())
}

fn shut_down<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    for socket_type in TYPES {
        let is_datagram = socket_type == SocketType::DGRAM;
        let (mut one, mut other) = lab.near().socketpair(UNIX, socket_type, Protocol::DEFAULT)?;
        one.settimeout(LONG)?;
        other.settimeout(LONG)?;
        one.send(b"before")?;
        other.shutdown(Shutdown::RD)?;
        expect_error!(one.send(b"x"), EPIPE);
        expect_bytes(lab.near(), &other, b"before")?; // it came before
        // The end of datagrams is for who waits without a timeout.
        other.settimeout(if is_datagram { Timeout::Blocking } else { LONG.into() })?;
        expect_eq!(other.recv(&mut [0; 8])?, 0);
        expect_eq!(other.send(b"back")?, 4);
        expect_eq!(one.recv(&mut [0; 8])?, 4);
        other.shutdown(Shutdown::WR)?;
        expect_error!(other.send(b"x"), EPIPE);
        if is_datagram {
            one.setblocking(false)?;
            expect_error!(one.recv(&mut [0; 8]), EAGAIN); // datagrams have no end
        } else {
            expect_eq!(one.recv(&mut [0; 8])?, 0);
        }
    }
    Ok(())
}

fn reconnected<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let (net, names) = (lab.near(), Names::new(lab.near())?);
    let (own, old, new) = (names.name(b"own")?, names.name(b"old")?, names.name(b"new")?);
    let datagram = |name: UnixAddress| {
        let mut socket = unix(net, SocketType::DGRAM)?;
        socket.bind(name)?;
        socket.setblocking(false)?;
        Ok::<_, Error>(socket)
    };
    let (socket, before, after) = (datagram(own)?, datagram(old)?, datagram(new)?);
    before.connect(own)?;
    before.send(b"early")?;
    socket.connect(old)?;
    before.send(b"late")?;
    expect_eq!(socket.recv(&mut [0; 8])?, 5); // the first peer loses nothing
    socket.connect(new)?;
    expect_error!(socket.recv(&mut [0; 8]), EAGAIN);
    expect_true!(socket.getpeername()? == new.into());
    expect_error!(before.send(b"x"), ECONNRESET);
    expect_error!(before.send(b"x"), EPERM);
    expect_eq!(socket.send(b"hello")?, 5);
    expect_eq!(after.recv(&mut [0; 8])?, 5);
    // A datagram socket may be its own peer.
    after.connect(new)?;
    expect_eq!(after.send(b"self")?, 4);
    expect_eq!(after.recv(&mut [0; 8])?, 4);
    expect_error!(socket.send(b"x"), EPERM);
    Ok(())
}

fn broken<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let pair = || lab.near().socketpair(UNIX, SocketType::STREAM, Protocol::DEFAULT);
    let (one, other) = pair()?;
    one.sendall(b"last")?;
    one.close()?;
    expect_error!(other.send(b"hello?"), EPIPE);
    expect_bytes(lab.near(), &other, b"last")?;
    expect_end(lab.near(), &other)?;
    // What nobody has read is a reset for who sent it.
    let (one, other) = pair()?;
    one.sendall(b"unread")?;
    other.close()?;
    expect_error!(one.recv(&mut [0; 8]), ECONNRESET);
    expect_end(lab.near(), &one)
}

fn default_timeout<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let (net, four) = (lab.near(), Duration::from_secs(4));
    net.setdefaulttimeout(four);
    let outcome = net.socketpair(UNIX, SocketType::STREAM, Protocol::DEFAULT);
    net.setdefaulttimeout(Timeout::Blocking);
    let (one, other) = outcome?;
    for end in [one, other] {
        expect_eq!(end.gettimeout(), Timeout::After(four));
    }
    Ok(())
}
