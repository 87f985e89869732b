//! The socket object itself: what it says of itself, copies, handles that come and go, servers.

use core::fmt::Write;

use berkeley::{Patience, ServerOptions};

use super::prelude::*;
use crate::case::Family;

const BOTH_WAYS: Vary = Vary::FAMILY.and(Vary::ROLE);

cases! {
    "object-01" attributes, BOTH_WAYS, ["S53", "S54", "S55", "S01"],
        "Python manual: family, type, proto; accept",
        "Family, type and protocol are as given, and those of an accepted socket its listener's.";
    "object-02" shown, BOTH_WAYS, ["N40"],
        "measured, python-socket.md N40",
        "The debugging text has number, family, type, protocol and both addresses.";
    "object-03" copied, BOTH_WAYS, ["S09", "T07"],
        "Python manual: dup; Notes on socket timeouts",
        "A copy has the same attributes and timeout, and from then on a timeout of its own.";
    "object-04" copy_closed, BOTH_WAYS, ["S05", "S09"],
        "Python manual: close, note",
        "Closing a copy sends nothing; shutting one down is for all of them, at once.";
    "object-05" adopted, BOTH_WAYS, ["S14", "S55", "N24"],
        "Python manual: detach, socket(fileno=)",
        "A detached handle is asked what it is, and its connection goes on.";
    "object-06" adopted_datagram, Vary::FAMILY, ["S55", "N24"],
        "Python manual: socket(fileno=)",
        "A datagram handle is one too, and has the default timeout.";
    "object-07" adopted_nothing, Vary::FAMILY, ["F36", "N24", "S06", "S15"],
        "POSIX: EBADF",
        "A handle that refers to nothing makes no socket, and the rest of the verbs say so too.";
    "object-08" handle_closed, BOTH_WAYS, ["N23", "S14"],
        "Python manual: detach, close(fd)",
        "A detached handle is closed by itself, once.";
    "object-09" file_of_a_detached, BOTH_WAYS, ["S14", "S28"],
        "ours: a file has a handle of its own",
        "A file goes on when the handle of its socket object is given away.";
    "object-10" server, Vary::FAMILY, ["N29"],
        "Python manual: create_server",
        "A server is bound, listens, can be started again at once, and is for its own family.";
    "object-11" server_shared, Vary::FAMILY, ["N29"],
        "Python manual: create_server, reuse_port",
        "Servers share a port when all of them want to, and only then.";
    "object-12" server_dual, Vary::NOTHING, ["N29", "N30"],
        "Python manual: create_server, dualstack_ipv6; has_dualstack_ipv6",
        "An IPv6 server for both families takes a client of each.";
    "object-13" server_refused, Vary::NOTHING, ["N29"],
        "Python manual: create_server",
        "A dual IPv4 server, a foreign address and an unknown family are errors.";
    "object-14" blocking_or_not, BOTH_WAYS, ["N23"],
        "Python manual: getblocking, since 3.7",
        "Only a timeout of zero is not blocking.";
    "object-15" incoming, Vary::FAMILY, ["S01"],
        "Rust: std::net::TcpListener::incoming",
        "A loop over a listener accepts in the order of arrival, and an error does not end it.";
}

fn attributes<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far: _far } = connection(lab, variant)?;
    // Connected or accepted, it was made without a protocol: 0 stays 0.
    expect_eq!(near.family(), variant.family.number());
    expect_eq!(near.type_(), SocketType::STREAM);
    expect_eq!(near.proto(), Protocol::DEFAULT);
    let named = lab.near().socket(variant.family.number(), SocketType::STREAM, Protocol::TCP)?;
    expect_eq!(named.proto(), Protocol::TCP);
    named.bind(near_any(lab, variant)?)?;
    named.listen(1)?;
    let client = far_stream(lab, variant)?;
    client.connect(named.getsockname()?)?;
    let (accepted, _) = accept(lab.near(), &named)?;
    expect_eq!(accepted.proto(), Protocol::TCP);
    expect_eq!(accepted.type_(), SocketType::STREAM);
    let flagged = SocketType::DGRAM | SocketType::NONBLOCK | SocketType::CLOEXEC;
    let datagram = lab.near().socket(variant.family.number(), flagged, Protocol::UDP)?;
    expect_eq!(datagram.type_(), SocketType::DGRAM);
    expect_eq!(datagram.proto(), Protocol::UDP);
    Ok(())
}

/// The debugging text behind the number of the handle, which is another one in each run.
fn text<B: Backend + Clone>(socket: &Socket<B>) -> Result<heapless::String<240>, Failure> {
    let mut text = heapless::String::<240>::new();
    let mut rest = heapless::String::new();
    let mut number = heapless::String::<32>::new();
    let written = write!(text, "{socket:?}")
        .and_then(|()| write!(number, "<socket.socket fd={}, ", socket.fileno()))
        .and_then(|()| rest.write_str(text.strip_prefix(number.as_str()).ok_or(core::fmt::Error)?));
    match written {
        Ok(()) => Ok(rest),
        Err(_) => Err(Failure::new("text", format_args!("{text}"))),
    }
}

fn shown<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let fresh = lab.near().datagram(variant.family.number())?;
    let (own, peer) = (near.getsockname()?, near.getpeername()?);
    let family = near.family();
    let mut expected = heapless::String::<240>::new();
    let fits = write!(
        expected,
        "family={family:?}, type=SOCK_STREAM, proto=0, laddr={own}, raddr={peer}>",
    );
    expect_true!(fits.is_ok());
    expect_eq!(text(&near)?.as_str(), expected.as_str());
    expected.clear();
    let fits = write!(
        expected,
        "family={family:?}, type=SOCK_DGRAM, proto=0, laddr={}>",
        fresh.getsockname()?,
    );
    expect_true!(fits.is_ok());
    expect_eq!(text(&fresh)?.as_str(), expected.as_str());
    // Without a peer there is none in the text.
    reset(far)?;
    wait_for(lab.near(), &near, Readiness::NONE)?;
    expect_true!(!text(&near)?.contains("raddr"));
    Ok(())
}

fn copied<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    near.settimeout(SHORT)?;
    let mut copy = near.dup()?;
    expect_eq!(copy.gettimeout(), Timeout::After(SHORT));
    expect_eq!(copy.family(), near.family());
    expect_eq!(copy.type_(), near.type_());
    expect_eq!(copy.proto(), near.proto());
    expect_true!(copy.getsockname()? == near.getsockname()?);
    copy.settimeout(Timeout::Blocking)?;
    expect_eq!(near.gettimeout(), Timeout::After(SHORT));
    let watch = Stopwatch::start(lab.near());
    expect_timed_out!(near.recv(&mut [0; 8]));
    watch.expect(lab.near(), SHORT)?;
    copy.settimeout(Timeout::NonBlocking)?;
    expect_timed_out!(near.recv(&mut [0; 8]));
    expect_error!(copy.recv(&mut [0; 8]), EAGAIN);
    far.sendall(b"for one")?;
    wait_for(lab.near(), &copy, Readiness::READABLE)?;
    expect_eq!(copy.recv(&mut [0; 3])?, 3);
    expect_eq!(near.recv(&mut [0; 8])?, 4);
    Ok(())
}

fn copy_closed<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let (copy, third) = (near.dup()?, near.try_clone()?);
    near.close()?;
    stays_quiet(lab.far(), &far, Readiness::READABLE)?;
    copy.sendall(b"by the copy")?;
    expect_bytes(lab.far(), &far, b"by the copy")?;
    copy.shutdown(Shutdown::WR)?;
    expect_end(lab.far(), &far)?;
    expect_error!(third.send(b"x"), EPIPE);
    far.sendall(b"the other way")?;
    expect_bytes(lab.near(), &third, b"the other way")
}

fn adopted<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let name = near.getsockname()?;
    let handle = near.detach();
    let near = lab.near().adopt(handle)?;
    expect_eq!(near.family(), variant.family.number());
    expect_eq!(near.type_(), SocketType::STREAM);
    expect_eq!(near.proto(), Protocol::TCP); // the real one
    expect_eq!(near.gettimeout(), Timeout::Blocking);
    expect_true!(near.getsockname()? == name);
    near.sendall(b"again")?;
    expect_bytes(lab.far(), &far, b"again")?;
    far.sendall(b"and again")?;
    expect_bytes(lab.near(), &near, b"and again")?;
    near.close()?;
    expect_end(lab.far(), &far)
}

fn adopted_datagram<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    let handle = near.detach();
    lab.near().setdefaulttimeout(SHORT);
    let near = lab.near().adopt(handle);
    lab.near().setdefaulttimeout(Timeout::Blocking);
    let near = near?;
    expect_eq!(near.family(), variant.family.number());
    expect_eq!(near.type_(), SocketType::DGRAM);
    expect_eq!(near.proto(), Protocol::UDP);
    expect_eq!(near.gettimeout(), Timeout::After(SHORT));
    expect_timed_out!(near.recv(&mut [0; 8]));
    far.sendto(b"found", near.getsockname()?)?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    expect_eq!(near.recv(&mut [0; 8])?, 5);
    Ok(())
}

fn adopted_nothing<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (net, none) = (lab.near(), MessageFlags::NONE);
    let backend = net.backend();
    expect_error!(net.adopt(backend.closed()), EBADF);
    let made = Socket::from_handle(
        backend.clone(),
        backend.closed(),
        variant.family.number(),
        SocketType::STREAM,
        Protocol::DEFAULT,
    );
    expect_error!(made, EBADF);
    let closed = backend.closed();
    expect_eq!(backend.fileno(&closed), -1);
    let message = berkeley::OutgoingMessage { parts: &[b"x"], control: &[], address: None };
    expect_error!(backend.sendmsg(&closed, &message, none, Patience::Forever), EBADF);
    let mut buffer = [0; 8];
    let received =
        backend.recvmsg(&closed, &mut [&mut buffer[..]], &mut [], none, Patience::Forever);
    expect_error!(received, EBADF);
    expect_true!(near_stream(lab, variant)?.fileno() >= 0);
    Ok(())
}

fn handle_closed<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    near.sendall(b"last")?;
    let (backend, handle) = (near.backend().clone(), near.detach());
    expect_bytes(lab.far(), &far, b"last")?;
    backend.close(handle, Patience::Forever)?;
    expect_end(lab.far(), &far)?;
    expect_error!(backend.close(backend.closed(), Patience::Forever), EBADF);
    Ok(())
}

fn file_of_a_detached<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    use berkeley::files::{Access, SocketIo};

    let Connection { near, far } = connection(lab, variant)?;
    let mut file = SocketIo::new(&near, Access::ReadWrite)?;
    let near = lab.near().adopt(near.detach())?;
    expect_eq!(file.write(b"both")?, Some(4));
    expect_bytes(lab.far(), &far, b"both")?;
    far.sendall(b"for the file")?;
    expect_eq!(file.readinto(&mut [0; 16])?, Some(12));
    near.sendall(b"and the socket")?;
    expect_bytes(lab.far(), &far, b"and the socket")
}

/// The options of a server of the variant's family.
fn options(variant: &Variant) -> ServerOptions {
    ServerOptions { family: variant.family.number(), ..ServerOptions::default() }
}

fn server<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let wanted = ServerOptions { backlog: Some(2), ..options(variant) };
    let server = lab.near().create_server(near_any(lab, variant)?, wanted)?;
    let name = server.getsockname()?;
    expect_eq!(server.gettimeout(), Timeout::Blocking);
    expect_eq!(server.family(), variant.family.number());
    expect_eq!(server.option(REUSE_ADDRESS)?, true);
    let again = lab.near().create_server(name, options(variant));
    expect_error!(again, EADDRINUSE);
    let client = far_stream(lab, variant)?;
    client.connect(name)?;
    let (accepted, peer) = server.accept()?;
    expect_true!(peer == client.getsockname()?);
    // The server ends first, so that what is left of the connection is on its side.
    accepted.close()?;
    expect_end(lab.far(), &client)?;
    client.close()?;
    server.close()?;
    let again = lab.near().create_server(name, options(variant))?;
    let client = far_stream(lab, variant)?;
    client.connect(name)?;
    again.accept()?;
    Ok(())
}

fn server_shared<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let net = lab.near();
    let shared = ServerOptions { reuse_port: true, ..options(variant) };
    let server = net.create_server(near_any(lab, variant)?, shared)?;
    expect_eq!(server.option(REUSE_PORT)?, true);
    let name = server.getsockname()?;
    net.create_server(name, shared)?.close()?;
    expect_error!(net.create_server(name, options(variant)), EADDRINUSE);
    let alone = net.create_server(near_any(lab, variant)?, options(variant))?;
    expect_eq!(alone.option(REUSE_PORT)?, false);
    expect_error!(net.create_server(alone.getsockname()?, shared), EADDRINUSE);
    Ok(())
}

fn server_dual<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let net = lab.near();
    expect_true!(net.has_dualstack_ipv6());
    // both families, whether a client of IPv4 and of IPv6 gets through
    for (dualstack_ipv6, takes_ipv4) in [(true, true), (false, false)] {
        let wanted = ServerOptions {
            family: AddressFamily::INET6,
            dualstack_ipv6,
            ..ServerOptions::default()
        };
        let server = net.create_server(("::", 0), wanted)?;
        expect_eq!(server.option(V6ONLY)?, !dualstack_ipv6);
        let port = server.getsockname()?.port().unwrap_or(0);
        for (family, takes) in [(Family::Inet, takes_ipv4), (Family::Inet6, true)] {
            let name = lab.near_address(family).map(|address| Address::from((address, port)));
            let name = name.ok_or(Error::from(Errno::EADDRNOTAVAIL))?;
            let mut client = lab.far().stream(family.number())?;
            client.settimeout(LONG)?;
            if takes {
                client.connect(name)?;
                let (accepted, _) = server.accept()?;
                accepted.sendall(b"welcome")?;
                expect_bytes(lab.far(), &client, b"welcome")?;
            } else {
                expect_error!(client.connect(name), ECONNREFUSED);
            }
        }
    }
    Ok(())
}

fn server_refused<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let net = lab.near();
    let dual = ServerOptions { dualstack_ipv6: true, ..options(variant) };
    expect_eq!(net.create_server(("", 0), dual).map(drop), Err(Error::INVALID_VALUE));
    expect_error!(net.create_server(("198.51.100.7", 0), options(variant)), EADDRNOTAVAIL);
    let unknown = ServerOptions { family: AddressFamily(9999), ..options(variant) };
    expect_error!(net.create_server(("", 0), unknown), EAFNOSUPPORT);
    Ok(())
}

fn blocking_or_not<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far: _far } = connection(lab, variant)?;
    // timeout, whether it is blocking
    for (timeout, blocking) in [
        (Timeout::Blocking, true),
        (Timeout::NonBlocking, false),
        (Timeout::After(Duration::from_nanos(1)), true),
        (Timeout::After(Duration::ZERO), false),
        (Timeout::After(LONG), true),
    ] {
        near.settimeout(timeout)?;
        expect_eq!(near.getblocking(), blocking);
    }
    Ok(())
}

fn incoming<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let mut server = near_listener(lab, variant, 8)?;
    let name = server.getsockname()?;
    let mut clients = heapless::Vec::<_, 3>::new();
    for index in 0..3 {
        let client = far_stream(lab, variant)?;
        client.connect(name)?;
        client.sendall(&[index])?;
        let _ = clients.push(client); // there is room for three
    }
    for (index, accepted) in (0..3).zip(server.incoming()) {
        let mut byte = [9];
        expect_eq!(accepted?.recv(&mut byte)?, 1);
        expect_eq!(byte[0], index);
    }
    server.setblocking(false)?;
    for accepted in server.incoming().take(2) {
        expect_error!(accepted, EAGAIN);
    }
    Ok(())
}
