//! UNIX sockets as far as every backend can have them: pairs, abstract names, and no name at all.
//! Paths are in a file system, and lab `kernel`'s alone.
//!
//! Who needs a name that nobody else has lets the backend choose one and adds to it.

use berkeley::{Net, Refusal, UnixAddress};

use super::prelude::*;

cases! {
    "unix-01" pairs, Vary::NOTHING, ["A03", "F33"],
        "Python manual: socketpair",
        "The ends of a pair are connected and have no names, and one notices that the other went.";
    "unix-02" senders, Vary::NOTHING, ["A03"],
        "Linux unix(7): unnamed",
        "Who has a name is known by it, on streams too; who has none is nobody, or an empty name.";
    "unix-03" abstract_names, Vary::NOTHING, ["A02", "N11"],
        "Linux unix(7): abstract",
        "An abstract name is all of its bytes, NUL among them, and free again with its socket.";
    "unix-04" limits, Vary::NOTHING, ["A02"],
        "Linux unix(7): sun_path; Python: AF_UNIX path too long",
        "An abstract name has at most 108 bytes with the NUL before it.";
    "unix-05" chosen, Vary::NOTHING, ["A04"],
        "Linux unix(7): the autobind feature",
        "Binding to no name chooses an abstract one of five hexadecimal digits.";
    "unix-06" nobody, Vary::NOTHING, ["A02"],
        "POSIX bind, connect; Linux unix(7)",
        "A name that is taken, that nobody has, or whose owner does not listen.";
    "unix-07" states, Vary::NOTHING, ["A03"],
        "measured on Linux",
        "What is refused before there is a connection, and what during one.";
    "unix-08" boundaries, Vary::NOTHING, ["K03"],
        "POSIX socket: SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET",
        "Messages keep their boundaries, also empty ones; a stream has none.";
    "unix-09" friends, Vary::NOTHING, ["A02"],
        "Linux unix(7); POSIX send: ECONNREFUSED",
        "A connected datagram socket takes messages from its peer alone.";
    "unix-10" nul_in_a_path, Vary::NOTHING, ["A01"],
        "decided: a path that a host would silently cut is refused",
        "A path with a NUL in it is refused by every call, before anything is done.";
}

pub(super) const UNIX: AddressFamily = AddressFamily::UNIX;
pub(super) const TYPES: [SocketType; 3] =
    [SocketType::STREAM, SocketType::DGRAM, SocketType::SEQPACKET];
const UNNAMED: Address = Address::Unix(UnixAddress::UNNAMED);
const TOO_LONG: Error = Error::refused(Refusal::PathTooLong);

/// A socket that waits up to [`LONG`].
pub(super) fn unix<B: Backend + Clone>(
    net: &Net<B>,
    socket_type: SocketType,
) -> Result<Socket<B>, Error> {
    let mut socket = net.socket(UNIX, socket_type, Protocol::DEFAULT)?;
    socket.settimeout(LONG)?;
    Ok(socket)
}

/// Abstract names that nobody else has, as long as this is kept.
pub(super) struct Names<B: Backend + Clone> {
    _holder: Socket<B>,
    chosen: UnixAddress,
}

impl<B: Backend + Clone> Names<B> {
    pub(super) fn new(net: &Net<B>) -> Result<Names<B>, Failure> {
        let holder = unix(net, SocketType::DGRAM)?;
        holder.bind(UNNAMED)?;
        let Address::Unix(chosen) = holder.getsockname()? else {
            return Err(Failure::new("getsockname", format_args!("is of another family")));
        };
        Ok(Names { _holder: holder, chosen })
    }

    /// The name with these bytes at its end.
    pub(super) fn name(&self, end: &[u8]) -> Result<UnixAddress, Error> {
        let mut bytes = [0; UnixAddress::ROOM];
        let start = self.chosen.as_abstract_name().unwrap_or_default();
        let length = start.len() + end.len();
        bytes[..start.len()].copy_from_slice(start);
        bytes[start.len()..length].copy_from_slice(end);
        UnixAddress::abstract_name(&bytes[..length])
    }
}

fn pairs<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    for socket_type in TYPES {
        let (mut one, mut other) = lab.near().socketpair(UNIX, socket_type, Protocol::DEFAULT)?;
        one.settimeout(LONG)?;
        other.settimeout(LONG)?;
        for (from, to) in [(&one, &other), (&other, &one)] {
            expect_eq!(from.family(), UNIX);
            expect_eq!(from.type_(), socket_type);
            expect_eq!(from.getsockname()?, UNNAMED);
            expect_eq!(from.getpeername()?, UNNAMED);
            expect_eq!(from.send(b"both ways")?, 9);
            let mut buffer = [0; 16];
            expect_eq!(to.recvfrom(&mut buffer)?, (9, None));
            expect_eq!(&buffer[..9], b"both ways");
        }
        one.close()?;
        if socket_type == SocketType::DGRAM {
            expect_error!(other.send(b"nobody"), ECONNREFUSED);
            expect_error!(other.send(b"nobody"), ENOTCONN); // it has let go
        } else {
            expect_eq!(other.recv(&mut [0; 16])?, 0);
            expect_error!(other.send(b"nobody"), EPIPE);
        }
    }
    Ok(())
}

fn senders<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let (net, names) = (lab.near(), Names::new(lab.near())?);
    let (server_name, client_name) = (names.name(b"server")?, names.name(b"client")?);
    for socket_type in TYPES {
        let (server, named, unnamed) =
            (unix(net, socket_type)?, unix(net, socket_type)?, unix(net, socket_type)?);
        server.bind(server_name)?;
        named.bind(client_name)?;
        let mut buffer = [0; 16];
        if socket_type == SocketType::DGRAM {
            expect_eq!(unnamed.sendto(b"one", server_name)?, 3);
            expect_eq!(server.recvfrom(&mut buffer)?, (3, None));
            expect_eq!(named.sendto(b"two", server_name)?, 3);
            let (count, sender) = server.recvfrom(&mut buffer)?;
            expect_true!((count, sender) == (3, Some(client_name.into())));
            continue;
        }
        server.listen(2)?;
        for (client, name) in [(&named, client_name), (&unnamed, UnixAddress::UNNAMED)] {
            client.connect(server_name)?;
            let (mut connection, peer) = server.accept()?;
            connection.settimeout(LONG)?;
            expect_true!(peer == name.into());
            expect_true!(connection.getpeername()? == name.into());
            expect_true!(connection.getsockname()? == server_name.into());
            expect_true!(client.getsockname()? == name.into());
            expect_true!(client.getpeername()? == server_name.into());
            // Unlike TCP's, a stream says who has sent.
            connection.sendall(b"back")?;
            let (count, sender) = client.recvfrom(&mut buffer)?;
            expect_true!((count, sender) == (4, Some(server_name.into())));
            client.sendall(b"there")?;
            let (count, sender) = connection.recvfrom(&mut buffer)?;
            let known = Some(Address::from(name)).filter(|name| *name != UNNAMED);
            expect_true!((count, sender) == (5, known));
        }
    }
    Ok(())
}

fn abstract_names<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let (net, names) = (lab.near(), Names::new(lab.near())?);
    let sender = unix(net, SocketType::DGRAM)?;
    // Each is another name than those before it.
    let ends: [&[u8]; 6] = [b"x", b"x\0", b"x\0y", b"x\0\0", b"x\xFF", b"X"];
    let mut sockets = heapless::Vec::<_, 6>::new();
    for end in ends {
        let (socket, name) = (unix(net, SocketType::DGRAM)?, names.name(end)?);
        socket.bind(name)?;
        expect_true!(socket.getsockname()? == name.into());
        let _ = sockets.push((socket, name, end));
    }
    for (_, name, end) in &sockets {
        expect_eq!(sender.sendto(end, *name)?, end.len());
    }
    for (socket, _, end) in &sockets {
        let mut buffer = [0; 16];
        expect_eq!(socket.recv(&mut buffer)?, end.len());
        expect_eq!(&buffer[..end.len()], *end);
    }
    // Another type has names of its own, and a closed socket's is free.
    let first = names.name(b"x")?;
    expect_error!(unix(net, SocketType::DGRAM)?.bind(first), EADDRINUSE);
    unix(net, SocketType::STREAM)?.bind(first)?;
    drop(sockets);
    expect_error!(sender.sendto(b"gone", first), ECONNREFUSED);
    unix(net, SocketType::DGRAM)?.bind(first)?;
    Ok(())
}

fn limits<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let (net, names) = (lab.near(), Names::new(lab.near())?);
    let start = names.chosen.as_bytes();
    let mut python = [b'y'; 110];
    python[..start.len()].copy_from_slice(start);
    for length in [106, 107, 108] {
        let socket = unix(net, SocketType::DGRAM)?;
        socket.bind(&python[..length])?;
        let name = socket.getsockname()?;
        let Address::Unix(name) = name else {
            return Err(Failure::new("getsockname", format_args!("is of another family")));
        };
        expect_eq!(name.as_bytes().len(), length);
        expect_true!(name.as_bytes() == &python[..length]);
        unix(net, SocketType::DGRAM)?.connect(&python[..length])?;
    }
    let socket = unix(net, SocketType::DGRAM)?;
    for length in [109, 110] {
        expect_eq!(socket.bind(&python[..length]), Err(TOO_LONG));
        expect_eq!(socket.connect(&python[..length]), Err(TOO_LONG));
        expect_eq!(socket.sendto(b"x", &python[..length]), Err(TOO_LONG));
    }
    expect_eq!(socket.getsockname()?, UNNAMED);
    Ok(())
}

fn chosen<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let net = lab.near();
    for socket_type in TYPES {
        let (socket, other) = (unix(net, socket_type)?, unix(net, socket_type)?);
        expect_error!(socket.connect(""), EINVAL); // to connect to nothing is no way to choose
        for socket in [&socket, &other] {
            expect_eq!(socket.bind(""), Ok(()));
            let Address::Unix(name) = socket.getsockname()? else {
                return Err(Failure::new("getsockname", format_args!("is of another family")));
            };
            let digits = name.as_abstract_name().unwrap_or_default();
            expect_eq!(digits.len(), 5);
            expect_true!(digits.iter().all(|digit| b"0123456789abcdef".contains(digit)));
        }
        let name = socket.getsockname()?;
        expect_true!(name != other.getsockname()?);
        // It has one: nothing to choose, and no other to take.
        expect_eq!(socket.bind(""), Ok(()));
        expect_true!(socket.getsockname()? == name);
        expect_error!(socket.bind("\0another"), EINVAL);
    }
    Ok(())
}

fn nobody<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let (net, names) = (lab.near(), Names::new(lab.near())?);
    let name = names.name(b"server")?;
    for socket_type in TYPES {
        let (server, client) = (unix(net, socket_type)?, unix(net, socket_type)?);
        expect_error!(client.connect(name), ECONNREFUSED);
        if socket_type == SocketType::DGRAM {
            expect_error!(server.listen(1), EOPNOTSUPP);
        } else {
            expect_error!(server.listen(1), EINVAL); // it has no name to be found by
        }
        server.bind(name)?;
        expect_error!(unix(net, socket_type)?.bind(name), EADDRINUSE);
        if socket_type != SocketType::DGRAM {
            expect_error!(client.connect(name), ECONNREFUSED); // it does not listen
            server.listen(0)?;
        }
        client.connect(name)?;
    }
    Ok(())
}

fn states<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let (net, names) = (lab.near(), Names::new(lab.near())?);
    let name = names.name(b"server")?;
    for socket_type in [SocketType::STREAM, SocketType::SEQPACKET] {
        let (server, client) = (unix(net, socket_type)?, unix(net, socket_type)?);
        expect_error!(client.getpeername(), ENOTCONN);
        expect_error!(client.send(b"x"), ENOTCONN);
        expect_eq!(unix(net, socket_type)?.shutdown(Shutdown::WR), Ok(())); // unlike TCP's
        server.bind(name)?;
        expect_error!(server.accept(), EINVAL);
        server.listen(1)?;
        client.connect(name)?;
        expect_error!(client.connect(name), EISCONN);
        expect_error!(client.listen(1), EINVAL);
        let (connection, _) = server.accept()?;
        client.shutdown(Shutdown::WR)?;
        expect_error!(client.send(b"x"), EPIPE);
        expect_eq!(connection.recv(&mut [0; 4])?, 0);
        connection.sendall(b"still")?;
        expect_eq!(client.recv(&mut [0; 8])?, 5);
        // What was not read when the socket went is told, once.
        connection.sendall(b"unread")?;
        client.close()?;
        expect_error!(connection.recv(&mut [0; 4]), ECONNRESET);
        expect_eq!(connection.recv(&mut [0; 4])?, 0);
        expect_error!(connection.send(b"x"), EPIPE);
    }
    let mut datagram = unix(net, SocketType::DGRAM)?;
    datagram.setblocking(true)?;
    expect_error!(datagram.getpeername(), ENOTCONN);
    expect_error!(datagram.send(b"x"), ENOTCONN);
    expect_error!(datagram.accept(), EOPNOTSUPP);
    Ok(())
}

fn boundaries<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    for socket_type in TYPES {
        let (mut from, mut to) = lab.near().socketpair(UNIX, socket_type, Protocol::DEFAULT)?;
        from.settimeout(LONG)?;
        to.settimeout(LONG)?;
        for message in [&b"1234"[..], b"", b"5678"] {
            expect_eq!(from.send(message)?, message.len());
        }
        let mut buffer = [0; 16];
        if socket_type == SocketType::STREAM {
            let count = to.recv_into(&mut buffer, 8, MessageFlags::WAITALL)?;
            expect_eq!(&buffer[..count], b"12345678");
        } else {
            // The rest of a message that is too long is lost, and told.
            let message = to.recvmsg(&mut buffer[..2], &mut [], MessageFlags::NONE)?;
            expect_eq!(message.length, 2);
            expect_eq!(message.flags.without(MessageFlags::EOR), MessageFlags::TRUNC);
            expect_eq!(to.recv(&mut buffer)?, 0);
            expect_eq!(to.recv(&mut buffer)?, 4);
            expect_eq!(&buffer[..4], b"5678");
        }
    }
    Ok(())
}

fn friends<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let (net, names) = (lab.near(), Names::new(lab.near())?);
    let datagram = || unix(net, SocketType::DGRAM);
    let (mine, friend, stranger) = (datagram()?, datagram()?, datagram()?);
    let (own, other) = (names.name(b"mine")?, names.name(b"friend")?);
    mine.bind(own)?;
    friend.bind(other)?;
    mine.connect(other)?;
    expect_error!(stranger.sendto(b"x", own), EPERM);
    expect_error!(stranger.connect(own), EPERM);
    expect_eq!(friend.sendto(b"hello", own)?, 5);
    let mut buffer = [0; 16];
    let (count, sender) = mine.recvfrom(&mut buffer)?;
    expect_true!((count, sender) == (5, Some(other.into())));
    friend.close()?;
    expect_error!(mine.send(b"x"), ECONNREFUSED);
    expect_error!(mine.send(b"x"), ENOTCONN);
    expect_eq!(stranger.sendto(b"x", own)?, 1); // it is nobody's friend any more
    Ok(())
}

fn nul_in_a_path<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let socket = unix(lab.near(), SocketType::DGRAM)?;
    let path = &b"cut\0here"[..];
    expect_eq!(socket.bind(path), Err(Error::INVALID_VALUE));
    expect_eq!(socket.connect(path), Err(Error::INVALID_VALUE));
    expect_eq!(socket.sendto(b"x", path), Err(Error::INVALID_VALUE));
    expect_eq!(socket.getsockname()?, UNNAMED);
    Ok(())
}
