//! IPv6 addresses of a link, which mean something together with their interface: on the loopback
//! interface, which gets one.

use std::io::ErrorKind;
use std::net::Ipv6Addr;

use berkeley::ToAddress;
use berkeley_os::device::interface;

use super::prelude::*;

kernel_cases! {
    "inet6-12" scopes, Vary::NOTHING, ["A09", "A11"],
        "RFC 4007 6; Linux ipv6(7)",
        "The scope is in every name of a link-local address, and a name is an address again.",
        NEEDS_ROOT;
    "inet6-19" zones, Vary::NOTHING, ["A11", "A12"],
        "decided: a zone in the text counts where the tuple names no scope",
        "A zone in the text of a host is its scope; the tuple's own comes first.", NEEDS_ROOT;
}

const INET6: AddressFamily = AddressFamily::INET6;
const OWN: &str = "fe80::b";
/// The number of the loopback interface in every network.
const LOOPBACK: u32 = 1;

/// NETLINK's group that hears of IPv6 routes. Source: `RTMGRP_IPV6_ROUTE` in `linux/rtnetlink.h`.
const ROUTES: u32 = 0x400;

/// Gives the loopback interface its link-local address, for as long as the network lasts, and waits
/// until packets find it.
fn prepare(lab: &Kernel) -> Outcome {
    let mut routes =
        lab.near().socket(AddressFamily::NETLINK, SocketType::RAW, Protocol::DEFAULT)?;
    routes.settimeout(LONG)?;
    routes.bind((0, ROUTES))?;
    let address = Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, 0xB);
    match interface::add_address("lo", address.into(), 64) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        Err(error) => return Err(Failure::new("the address", format_args!("{error}"))),
    }
    let mut message = [0; 4096];
    loop {
        let count = routes.recv(&mut message)?;
        if message[..count].windows(16).any(|bytes| bytes == address.octets()) {
            return Ok(());
        }
    }
}

fn scopes(lab: &Kernel, _variant: &Variant) -> Outcome {
    prepare(lab)?;
    let own = (OWN, 0, 0, LOOPBACK);
    // Datagrams.
    let (mut first, mut second) = (lab.near().datagram(INET6)?, lab.near().datagram(INET6)?);
    for socket in [&mut first, &mut second] {
        socket.settimeout(LONG)?;
        socket.bind(own)?;
        let name = socket.getsockname()?;
        expect_eq!(name.with_port(0), own.to_address(INET6)?);
    }
    expect_eq!(first.sendto(b"x", second.getsockname()?)?, 1);
    let (_, sender) = second.recvfrom(&mut [0; 4])?;
    expect_true!(sender == Some(first.getsockname()?));
    // Streams: each name that is told can be connected to.
    let listener = lab.near().stream(INET6)?;
    listener.bind(own)?;
    listener.listen(1)?;
    let mut client = lab.near().stream(INET6)?;
    client.settimeout(LONG)?;
    client.connect(listener.getsockname()?)?;
    let (accepted, peer) = accept(lab.near(), &listener)?;
    expect_eq!(peer.with_port(0), own.to_address(INET6)?);
    expect_true!(peer == client.getsockname()?);
    expect_true!(accepted.getpeername()? == peer);
    expect_true!(client.getpeername()? == listener.getsockname()?);
    expect_true!(accepted.getsockname()? == listener.getsockname()?);
    // Without the interface nobody is meant.
    expect_error!(lab.near().datagram(INET6)?.bind((OWN, 0)), EINVAL);
    expect_error!(lab.near().stream(INET6)?.connect((OWN, 9)), EINVAL);
    // A socket that is bound to it knows which.
    let third = lab.near().datagram(INET6)?;
    third.bind(own)?;
    let port = second.getsockname()?.port().unwrap_or_default();
    expect_eq!(third.sendto(b"x", (OWN, port, 0, LOOPBACK))?, 1);
    expect_eq!(second.recv(&mut [0; 4])?, 1);
    Ok(())
}

fn zones(lab: &Kernel, _variant: &Variant) -> Outcome {
    prepare(lab)?;
    let bind = |address: &dyn ToAddress| -> Result<Address, Error> {
        let socket = lab.near().datagram(INET6)?;
        socket.bind(address)?;
        Ok(socket.getsockname()?.with_port(0))
    };
    let own = (OWN, 0, 0, LOOPBACK).to_address(INET6)?;
    expect_eq!(bind(&("fe80::b%1", 0)), Ok(own));
    expect_eq!(bind(&("fe80::b%lo", 0)), Ok(own));
    expect_eq!(bind(&("fe80::b%lo", 0, 0, 0)), Ok(own));
    expect_eq!(bind(&("fe80::b%77", 0, 0, LOOPBACK)), Ok(own));
    Ok(())
}
