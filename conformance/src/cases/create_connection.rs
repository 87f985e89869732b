//! `create_connection`: connecting by host, with a timeout and a source.

use core::fmt::Write;

use super::prelude::*;
use crate::case::Family;

cases! {
    "connect-27" created, Vary::FAMILY, ["F01", "F04", "F05", "A07"],
        "Python manual: create_connection",
        "create_connection connects, and the socket keeps the timeout it was given.";
    "connect-28" every_address, Vary::NOTHING, ["F02", "F03"],
        "Python manual: create_connection",
        "create_connection tries one address after the other; the last error counts.";
    "connect-29" source_address, Vary::FAMILY, ["F06", "F07"],
        "Python manual: create_connection, source_address",
        "create_connection binds the source address first.";
}

/// The host of an address, as text.
fn host_of(address: &Address) -> Result<heapless::String<40>, Failure> {
    let mut text = heapless::String::new();
    match address.ip() {
        Some(ip) if write!(text, "{ip}").is_ok() => Ok(text),
        _ => Err(Failure::new("the lab", format_args!("has no such address"))),
    }
}

fn created<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (net, listener) = (lab.near(), far_listener(lab, variant, 4)?);
    let name = listener.getsockname()?;
    let host = host_of(&name)?;
    let target = (host.as_str(), name.port().unwrap_or(0));

    let socket = net.create_connection(target, Some(Timeout::After(LONG)), None)?;
    expect_eq!(socket.gettimeout(), Timeout::After(LONG));
    expect_eq!(socket.family(), variant.family.number());
    expect_eq!(socket.type_(), SocketType::STREAM);
    let (far, peer) = listener.accept()?;
    expect_eq!(peer, socket.getsockname()?);
    socket.sendall(b"created")?;
    expect_bytes(lab.far(), &far, b"created")?;

    // Without a timeout it is the default; as long as it takes is something else.
    net.setdefaulttimeout(LONG);
    let default = net.create_connection(target, None, None);
    let blocking = net.create_connection(target, Some(Timeout::Blocking), None);
    net.setdefaulttimeout(Timeout::Blocking);
    expect_eq!(default?.gettimeout(), Timeout::After(LONG));
    expect_eq!(blocking?.gettimeout(), Timeout::Blocking);

    let silent = silent(lab, variant)?;
    let silent = (host.as_str(), silent.address.port().unwrap_or(0));
    let watch = Stopwatch::start(net);
    expect_timed_out!(net.create_connection(silent, Some(Timeout::After(SHORT)), None));
    watch.expect(net, SHORT)?;
    expect_error!(net.create_connection(silent, Some(Timeout::NonBlocking), None), EINPROGRESS);
    Ok(())
}

fn every_address<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    // `localhost` is ::1 and then 127.0.0.1. Somebody listens at the second.
    let (net, timeout) = (lab.near(), Some(Timeout::After(LONG)));
    let listener = near_stream(lab, variant)?;
    listener.bind(loopback_any(lab, variant)?)?;
    let name = listener.getsockname()?;
    let target = ("localhost", name.port().unwrap_or(0));
    let deaf = lab.loopback(Family::Inet6).map(|ip| -> Result<_, Error> {
        let deaf = net.stream(AddressFamily::INET6)?;
        deaf.bind((ip, target.1))?;
        Ok(deaf)
    });
    let deaf = deaf.transpose()?;
    expect_error!(net.create_connection(target, timeout, None), ECONNREFUSED);
    listener.listen(1)?;
    expect_eq!(net.create_connection(target, timeout, None)?.getpeername()?, name);

    // Somebody at the first.
    if let Some(first) = deaf {
        first.listen(1)?;
        let peer = net.create_connection(target, timeout, None)?.getpeername()?;
        expect_eq!(peer, first.getsockname()?);
    }
    // Nobody is asked about other names.
    let unknown = Error::address_info(berkeley::AddressInfoCode::EAI_NONAME);
    let outcome = net.create_connection(("no such host", 9), timeout, None);
    expect_eq!(outcome.map(|_| ()), Err(unknown));
    Ok(())
}

fn source_address<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (net, listener) = (lab.near(), far_listener(lab, variant, 4)?);
    let (timeout, name) = (Some(Timeout::After(LONG)), listener.getsockname()?);
    let host = host_of(&name)?;
    let target = (host.as_str(), name.port().unwrap_or(0));
    let own = host_of(&near_any(lab, variant)?)?;

    let socket = net.create_connection(target, timeout, Some((own.as_str(), 0)))?;
    expect_eq!(listener.accept()?.1, socket.getsockname()?);
    expect_eq!(socket.getsockname()?.with_port(0), near_any(lab, variant)?);

    // A port of one's own choice, at any address.
    let reserved = near_stream(lab, variant)?;
    reserved.bind(("", 0))?;
    let port = reserved.getsockname()?.port().unwrap_or(0);
    drop(reserved);
    let socket = net.create_connection(target, timeout, Some(("", port)))?;
    expect_eq!(socket.getsockname()?, near_any(lab, variant)?.with_port(port));

    let foreign = match variant.family {
        Family::Inet => "192.0.2.77",
        Family::Inet6 => "2001:db8::77",
    };
    let outcome = net.create_connection(target, timeout, Some((foreign, 0)));
    expect_error!(outcome, EADDRNOTAVAIL);
    Ok(())
}
