//! Connect: how it starts, how it ends, and what holds in between.

use core::net::IpAddr;

use berkeley::OtherAddress;

use super::prelude::*;
use crate::case::Family;

cases! {
    "connect-01" refused, Vary::FAMILY.and(Vary::WAITING), ["S10", "X02", "X07"],
        "POSIX connect: ECONNREFUSED",
        "A connect to a port where nobody listens is refused.";
    "connect-02" refused_later, Vary::FAMILY, ["S10", "S13", "S15", "X07"],
        "POSIX connect: O_NONBLOCK; getsockopt: SO_ERROR",
        "Without waiting the refusal shows in readiness and, once, in SO_ERROR.";
    "connect-03" refused_then_received, Vary::FAMILY, ["S13"],
        "measured, python-socket.md 3.8",
        "A pending refusal is told once by recv, then comes the end.";
    "connect-04" again_after_refusal, Vary::FAMILY, ["S10", "S13"],
        "measured on Linux; unspecified by POSIX",
        "A refusal that came later and was fetched is told once more, then the socket connects.";
    "connect-05" elsewhere_after_refusal, Vary::FAMILY, ["S10"],
        "measured on Linux; unspecified by POSIX",
        "After a refusal in blocking mode the same socket can connect elsewhere.";
    "connect-06" twice, Vary::FAMILY.and(Vary::WAITING), ["S10"],
        "POSIX connect: EISCONN",
        "A connected socket cannot connect again.";
    "connect-07" in_progress, Vary::FAMILY, ["S10", "S13"],
        "POSIX connect: EINPROGRESS, EALREADY, EISCONN",
        "Without waiting: in progress, then already, done once, then connected.";
    "connect-08" no_answer, Vary::FAMILY, ["T11", "T03", "X06"],
        "POSIX connect: ETIMEDOUT; RFC 9293 3.8.3",
        "When nobody answers for minutes the network gives up, with a number of its own.";
    "connect-09" own_timeout, Vary::FAMILY, ["T05", "T09", "X06", "S43"],
        "Python manual: timeouts and the connect method",
        "The socket's own timeout ends the wait, and the attempt goes on.";
    "connect-14" port_zero, Vary::FAMILY.and(Vary::WAITING), ["S10"],
        "measured, python-socket.md S10",
        "Nobody listens at port 0.";
    "connect-15" wildcard, Vary::FAMILY.and(Vary::MODE), ["A22", "A24"],
        "measured, python-socket.md A22",
        "The wildcard as a destination is this host.";
    "connect-16" everybody, Vary::FAMILY, ["S10"],
        "POSIX connect: ENETUNREACH; measured on Linux",
        "A stream has one peer: a broadcast or multicast address is no destination.";
    "connect-17" itself, Vary::FAMILY.and(Vary::WAITING), ["S10"],
        "RFC 9293 3.5: simultaneous open",
        "A socket may connect to itself and reads what it writes.";
    "connect-18" meanwhile, Vary::FAMILY, ["S13", "S17", "S18"],
        "measured, python-socket.md 3.3",
        "A connecting socket would block, has its own name and no peer.";
    "connect-19" shut_down_meanwhile, Vary::FAMILY, ["S51"],
        "measured on Linux",
        "Shutting down a connecting socket drops the attempt.";
    "connect-20" disconnected, Vary::FAMILY, ["S10"],
        "connect(2): AF_UNSPEC; measured on Linux",
        "Connecting to no address resets the connection, and the socket can connect again.";
    "connect-21" other_family, Vary::FAMILY, ["G06", "A06"],
        "POSIX connect: EAFNOSUPPORT",
        "An address of the other family is refused.";
    "connect-22" local_name, Vary::FAMILY.and(Vary::MODE), ["S18"],
        "POSIX connect",
        "Connecting chooses the local address of the route and a free port.";
    "connect-25" closed, Vary::FAMILY, ["S06"],
        "POSIX connect: EBADF",
        "A handle that refers to nothing cannot connect.";
    "connect-26" numbers, Vary::FAMILY, ["S11", "S12", "S13", "X05"],
        "Python manual: connect_ex; measured, python-socket.md 3.4",
        "connect_ex says the number, and fails only for what is no address.";
}

fn refused<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let deaf = far_deaf(lab, variant)?;
    let near = near_stream(lab, variant)?;
    let outcome = near.connect(deaf.getsockname()?);
    expect_eq!(outcome.map_err(|error| error.kind().python_class()), Err("ConnectionRefusedError"));
    expect_error!(near_stream(lab, variant)?.connect(deaf.getsockname()?), ECONNREFUSED);
    expect_error!(near.getpeername(), ENOTCONN);
    Ok(())
}

/// A socket whose connect was refused while nobody waited.
fn refused_socket<L: Lab>(lab: &L, variant: &Variant) -> Result<Socket<L::Near>, Failure> {
    let deaf = far_deaf(lab, variant)?;
    let mut near = near_stream(lab, variant)?;
    near.setblocking(false)?;
    expect_error!(near.connect(deaf.getsockname()?), EINPROGRESS);
    wait_for(lab.near(), &near, Readiness::WRITABLE)?;
    Ok(near)
}

fn refused_later<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = refused_socket(lab, variant)?;
    expect_eq!(readiness(lab.near(), &near)?, BOTH | Readiness::ERROR | Readiness::HANGUP);
    expect_eq!(near.option(ERROR)?, Some(Error::from(Errno::ECONNREFUSED)));
    expect_eq!(near.option(ERROR)?, None);
    expect_eq!(near.getsockopt(berkeley::OptionLevel::SOCKET, SO_ERROR)?, 0);
    expect_eq!(readiness(lab.near(), &near)?, BOTH | Readiness::HANGUP);
    Ok(())
}

fn refused_then_received<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = refused_socket(lab, variant)?;
    expect_error!(near.recv(&mut [0; 8]), ECONNREFUSED);
    expect_eq!(near.recv(&mut [0; 8])?, 0);
    expect_error!(near.send(b"x"), EPIPE);
    Ok(())
}

fn again_after_refusal<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = refused_socket(lab, variant)?;
    let listener = far_listener(lab, variant, 1)?;
    expect_eq!(near.option(ERROR)?, Some(Error::from(Errno::ECONNREFUSED)));
    expect_error!(near.connect(listener.getsockname()?), ECONNABORTED);
    connect(lab.near(), &near, listener.getsockname()?)?;
    let (_, peer) = listener.accept()?;
    expect_eq!(peer, near.getsockname()?);
    Ok(())
}

fn elsewhere_after_refusal<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let deaf = far_deaf(lab, variant)?;
    let listener = far_listener(lab, variant, 1)?;
    let near = near_stream(lab, variant)?;
    expect_error!(near.connect(deaf.getsockname()?), ECONNREFUSED);
    near.connect(listener.getsockname()?)?;
    let (far, _) = listener.accept()?;
    near.sendall(b"after all")?;
    expect_bytes(lab.far(), &far, b"after all")
}

fn twice<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = far_listener(lab, variant, 2)?;
    let near = near_stream(lab, variant)?;
    near.connect(listener.getsockname()?)?;
    let peer = near.getpeername()?;
    if variant.mode == Mode::Timeout {
        // Linux says once more that it is done, where the caller and not the kernel waited.
        let _ = near.connect(listener.getsockname()?);
    }
    expect_error!(near.connect(listener.getsockname()?), EISCONN);
    expect_eq!(near.getpeername()?, peer);
    Ok(())
}

fn in_progress<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, silent) = connecting(lab, variant)?;
    expect_error!(near.connect(silent.address), EALREADY);
    expect_error!(near.connect(silent.address), EALREADY);
    silent.listener.accept()?;
    wait_for(lab.near(), &near, Readiness::WRITABLE)?;
    near.connect(silent.address)?;
    expect_error!(near.connect(silent.address), EISCONN);
    Ok(())
}

fn no_answer<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let silent = silent(lab, variant)?;
    let near = near_stream(lab, variant)?;
    let outcome = near.connect(silent.address);
    expect_eq!(outcome, Err(Error::from(Errno::ETIMEDOUT))); // not the socket's own timeout
    expect_error!(near.getpeername(), ENOTCONN);
    Ok(())
}

fn own_timeout<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let silent = silent(lab, variant)?;
    let mut near = near_stream(lab, variant)?;
    near.settimeout(SHORT)?;
    let watch = Stopwatch::start(lab.near());
    expect_timed_out!(near.connect(silent.address));
    watch.expect(lab.near(), SHORT)?;
    expect_error!(near.connect(silent.address), EALREADY);
    expect_timed_out!(near.send(b"x"));
    // The attempt still goes on.
    silent.listener.accept()?;
    wait_for(lab.near(), &near, Readiness::WRITABLE)?;
    expect_eq!(near.getpeername()?, silent.address);
    Ok(())
}

fn port_zero<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = near_stream(lab, variant)?;
    expect_error!(near.connect(far_any(lab, variant)?), ECONNREFUSED);
    Ok(())
}

fn wildcard<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = near_stream(lab, variant)?;
    listener.bind(("", 0))?;
    listener.listen(2)?;
    let port = listener.getsockname()?.port().unwrap_or(0);
    let expected = loopback_any(lab, variant)?.with_port(port);
    let numeric = match variant.family {
        Family::Inet => "0.0.0.0",
        Family::Inet6 => "::",
    };
    for host in ["", numeric] {
        let client = near_stream(lab, variant)?;
        let address = berkeley::ToAddress::to_address(&(host, port), variant.family.number())?;
        connect(lab.near(), &client, address)?;
        expect_eq!(client.getpeername()?, expected);
        let (_, peer) = accept(lab.near(), &listener)?;
        expect_eq!(peer, client.getsockname()?);
        expect_eq!(peer.ip(), expected.ip());
    }
    Ok(())
}

fn everybody<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let hosts = match variant.family {
        Family::Inet => ["<broadcast>", "224.0.0.251"],
        Family::Inet6 => ["ff02::fb", "ff05::fb"],
    };
    for host in hosts {
        expect_error!(near_stream(lab, variant)?.connect((host, 9)), ENETUNREACH);
    }
    Ok(())
}

fn itself<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = near_stream(lab, variant)?;
    near.bind(loopback_any(lab, variant)?)?;
    near.connect(near.getsockname()?)?;
    expect_eq!(near.getpeername()?, near.getsockname()?);
    near.sendall(b"to myself")?;
    expect_bytes(lab.near(), &near, b"to myself")?;
    near.shutdown(Shutdown::WR)?;
    expect_end(lab.near(), &near)
}

fn meanwhile<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, silent) = connecting(lab, variant)?;
    expect_error!(near.send(b"x"), EAGAIN);
    expect_error!(near.recv(&mut [0; 8]), EAGAIN);
    expect_error!(near.getpeername(), ENOTCONN);
    expect_eq!(near.option(ERROR)?, None);
    let name = near.getsockname()?;
    expect_true!(name.ip() != Address::unspecified(variant.family.number())?.ip());
    expect_true!(name.port() != Some(0));
    // All of it left the attempt alone.
    expect_error!(near.connect(silent.address), EALREADY);
    Ok(())
}

fn shut_down_meanwhile<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, _silent) = connecting(lab, variant)?;
    near.shutdown(Shutdown::RDWR)?;
    expect_eq!(near.option(ERROR)?, Some(Error::from(Errno::ECONNRESET)));
    expect_error!(near.getpeername(), ENOTCONN);
    Ok(())
}

fn disconnected<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    near.connect(OtherAddress::new(AddressFamily::UNSPEC, &[0; 14])?)?;
    expect_error!(near.getpeername(), ENOTCONN);
    wait_for(lab.far(), &far, Readiness::NONE)?;
    expect_error!(far.recv(&mut [0; 8]), ECONNRESET);
    let listener = far_listener(lab, variant, 1)?;
    connect(lab.near(), &near, listener.getsockname()?)?;
    let (_, peer) = listener.accept()?;
    expect_eq!(peer, near.getsockname()?);
    Ok(())
}

fn other_family<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = near_stream(lab, variant)?;
    let other: IpAddr = match variant.family {
        Family::Inet => IpAddr::V6(core::net::Ipv6Addr::LOCALHOST),
        Family::Inet6 => IpAddr::V4(core::net::Ipv4Addr::LOCALHOST),
    };
    expect_error!(near.connect((other, 9)), EAFNOSUPPORT);
    // A text is read for the socket's family, and says so when it is of the other.
    let text = match variant.family {
        Family::Inet => "::1",
        Family::Inet6 => "127.0.0.1",
    };
    let expected = Error::address_info(berkeley::AddressInfoCode::EAI_ADDRFAMILY);
    expect_eq!(near.connect((text, 9)), Err(expected));
    Ok(())
}

fn local_name<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = far_listener(lab, variant, 1)?;
    let near = near_stream(lab, variant)?;
    expect_eq!(near.getsockname()?, Address::unspecified(variant.family.number())?);
    connect(lab.near(), &near, listener.getsockname()?)?;
    let name = near.getsockname()?;
    expect_eq!(name.with_port(0), near_any(lab, variant)?);
    expect_true!(name.port() >= Some(1024));
    expect_eq!(near.getpeername()?, listener.getsockname()?);
    let (far, peer) = listener.accept()?;
    expect_eq!(peer, name);
    expect_eq!(far.getpeername()?, name);
    Ok(())
}

fn closed<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (backend, address) = (lab.near().backend(), far_any(lab, variant)?.with_port(9));
    for patience in [berkeley::Patience::Never, berkeley::Patience::Forever] {
        expect_error!(backend.connect(&backend.closed(), &address, patience), EBADF);
    }
    expect_error!(backend.connect_outcome(&backend.closed()), EBADF);
    Ok(())
}

fn numbers<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let deaf = far_deaf(lab, variant)?;
    let listener = far_listener(lab, variant, 2)?;
    let fresh = || near_stream(lab, variant);

    expect_eq!(fresh()?.connect_ex(deaf.getsockname()?), Ok(Errno::ECONNREFUSED.raw()));
    let connected = fresh()?;
    expect_eq!(connected.connect_ex(listener.getsockname()?), Ok(0));
    expect_eq!(connected.connect_ex(listener.getsockname()?), Ok(Errno::EISCONN.raw()));

    let silent = silent(lab, variant)?;
    let mut limited = fresh()?;
    limited.settimeout(SHORT)?;
    expect_eq!(limited.connect_ex(silent.address), Ok(Errno::EAGAIN.raw())); // not ETIMEDOUT
    expect_eq!(limited.connect_ex(silent.address), Ok(Errno::EALREADY.raw()));
    let mut without = fresh()?;
    without.setblocking(false)?;
    expect_eq!(without.connect_ex(silent.address), Ok(Errno::EINPROGRESS.raw()));

    let unknown = Error::address_info(berkeley::AddressInfoCode::EAI_NONAME);
    expect_eq!(fresh()?.connect_ex(("no such host", 9)), Err(unknown));
    Ok(())
}
