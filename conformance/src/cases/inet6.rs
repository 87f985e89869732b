//! IPv6 of its own: both families on one socket, scopes, and flow information.

use core::net::{IpAddr, Ipv6Addr};
use core::ops::ControlFlow;

use berkeley::names::AddressInfoQuery;
use berkeley::{AddressInfoCode, ToAddress};

use super::prelude::*;
use crate::case::Family;

cases! {
    "inet6-01" v6only, Vary::NOTHING, ["A09"],
        "RFC 3493 5.3; Linux ipv6(7): bindv6only",
        "A new IPv6 socket is for both families, until IPV6_V6ONLY says otherwise.";
    "inet6-02" v6only_when_bound, Vary::NOTHING, ["A09"],
        "measured on Linux: EINVAL",
        "Which families a socket is for is settled when it has an address.";
    "inet6-03" dual_listener, Vary::NOTHING, ["A09"],
        "RFC 3493 3.7: IPv4-mapped addresses",
        "A listener for both families shows IPv4 clients and its own address as mapped ones.";
    "inet6-04" ports_of_both, Vary::NOTHING, ["A09"],
        "measured on Linux: EADDRINUSE",
        "A wildcard for both families holds its port in both; one for IPv6 alone in IPv6 only.";
    "inet6-05" mapped, Vary::NOTHING, ["A09"],
        "RFC 3493 5.3; measured on Linux: EINVAL, ENETUNREACH",
        "A mapped address is IPv4's, and not for a socket that is for IPv6 alone.";
    "inet6-06" no_scope, Vary::NOTHING, ["A11"],
        "RFC 4007 11; Linux ipv6(7): EINVAL",
        "A link-local address needs its interface.";
    "inet6-08" to_nowhere, Vary::NOTHING, ["A24"],
        "RFC 4291 2.5.2; measured on Linux",
        "The unspecified address as a destination is the host itself.";
    "inet6-09" nowhere, Vary::NOTHING, ["A09"],
        "POSIX connect: ENETUNREACH; RFC 4291 2.7; measured on Linux",
        "No route, no own address, or a group where one host must be, is each an error of its own.",
        NEEDS_ROOT;
    "inet6-11" tuples, Vary::NOTHING, ["A09", "A10", "A11"],
        "Python manual: AF_INET6; RFC 8200 6",
        "Names are tuples of four; flow information has 20 bits, and is not told back.";
    "inet6-15" zone, Vary::NOTHING, ["A11", "N26"],
        "Python manual: getaddrinfo, changed in 3.7",
        "The zone of an address is the fourth item of its tuple, and no part of its text.";
    "inet6-16" ipv4_literals, Vary::NOTHING, ["A09", "A24"],
        "Python manual: Socket families",
        "IPv4's texts and its broadcast are no addresses of IPv6; an empty host is.";
    "inet6-17" dual_datagrams, Vary::NOTHING, ["A09"],
        "RFC 3493 3.7: IPv4-mapped addresses",
        "A datagram socket for both families shows IPv4 senders as mapped ones, and answers them.";
    "inet6-18" no_interface, Vary::NOTHING, ["A11"],
        "Linux ipv6(7): ENODEV",
        "A link-local address is on an interface that there is.";
}

const INET: AddressFamily = AddressFamily::INET;
const INET6: AddressFamily = AddressFamily::INET6;
const LINK_LOCAL: &str = "fe80::1";
/// An interface that no host has.
const NO_INTERFACE: u32 = 424_242;

/// The address of one of the lab's sides.
#[track_caller]
fn host(address: Option<IpAddr>) -> Result<IpAddr, Failure> {
    address.ok_or_else(|| Failure::new("the lab", format_args!("has no such address")))
}

/// The address as IPv6 writes IPv4's.
fn as_mapped(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => IpAddr::V6(address.to_ipv6_mapped()),
        IpAddr::V6(_) => address,
    }
}

/// A near stream socket of IPv6, for both families or for one, that waits up to [`LONG`].
fn stream<L: Lab>(lab: &L, only: bool) -> Result<Socket<L::Near>, Error> {
    let mut socket = lab.near().stream(INET6)?;
    socket.settimeout(LONG)?;
    socket.set_option(V6ONLY, only)?;
    Ok(socket)
}

fn v6only<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    for socket_type in [SocketType::STREAM, SocketType::DGRAM] {
        let socket = lab.near().socket(INET6, socket_type, Protocol::DEFAULT)?;
        expect_true!(!socket.option(V6ONLY)?);
        socket.set_option(V6ONLY, true)?;
        expect_true!(socket.option(V6ONLY)?);
        socket.set_option(V6ONLY, false)?;
        expect_true!(!socket.option(V6ONLY)?);
    }
    Ok(())
}

fn v6only_when_bound<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    for socket_type in [SocketType::STREAM, SocketType::DGRAM] {
        for only in [false, true] {
            let socket = lab.near().socket(INET6, socket_type, Protocol::DEFAULT)?;
            socket.set_option(V6ONLY, only)?;
            socket.bind((Ipv6Addr::UNSPECIFIED, 0))?;
            expect_error!(socket.set_option(V6ONLY, !only), EINVAL);
            expect_eq!(socket.option(V6ONLY)?, only);
        }
    }
    Ok(())
}

fn dual_listener<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let listener = stream(lab, false)?;
    listener.bind((Ipv6Addr::UNSPECIFIED, 0))?;
    listener.listen(2)?;
    let Some(port) = listener.getsockname()?.port() else {
        return Err(Failure::new("getsockname", format_args!("has no port")));
    };
    for family in [Family::Inet, Family::Inet6] {
        let (near, far) = (host(lab.near_address(family))?, host(lab.far_address(family))?);
        let mut client = lab.far().stream(family.number())?;
        client.settimeout(LONG)?;
        client.connect((near, port))?;
        let (accepted, peer) = accept(lab.near(), &listener)?;
        expect_eq!(accepted.family(), INET6);
        expect_eq!(peer.ip(), Some(as_mapped(far)));
        expect_true!(accepted.getpeername()? == peer);
        expect_eq!(accepted.getsockname()?.ip(), Some(as_mapped(near)));
        expect_eq!(client.getpeername()?.ip(), Some(near));
        client.sendall(b"either")?;
        expect_bytes(lab.near(), &accepted, b"either")?;
    }
    Ok(())
}

fn ports_of_both<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let any = |family, port| match family {
        INET => ("0.0.0.0", port),
        _ => ("::", port),
    };
    let near = host(lab.near_address(Family::Inet))?;
    for only in [false, true] {
        // IPv6 was first.
        let first = stream(lab, only)?;
        first.bind(any(INET6, 0))?;
        first.listen(1)?;
        let port = first.getsockname()?.port().unwrap_or_default();
        for datagram in [false, true] {
            // Datagrams have ports of their own.
            let socket =
                if datagram { lab.near().datagram(INET)? } else { lab.near().stream(INET)? };
            let outcome = socket.bind(any(INET, port));
            if only || datagram {
                expect_eq!(outcome, Ok(()));
                continue;
            }
            expect_error!(outcome, EADDRINUSE);
            expect_error!(socket.bind((near, port)), EADDRINUSE);
        }
        drop(first);
        // IPv4 was first.
        let first = lab.near().stream(INET)?;
        first.bind(any(INET, 0))?;
        first.listen(1)?;
        let port = first.getsockname()?.port().unwrap_or_default();
        let second = stream(lab, only)?;
        let outcome = second.bind(any(INET6, port));
        if only {
            expect_eq!(outcome, Ok(()));
            expect_eq!(second.listen(1), Ok(()));
        } else {
            expect_error!(outcome, EADDRINUSE);
        }
    }
    Ok(())
}

fn mapped<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let (near, far) = (host(lab.near_address(Family::Inet))?, host(lab.far_address(Family::Inet))?);
    let mut listener = lab.far().stream(INET)?;
    listener.settimeout(LONG)?;
    listener.bind((far, 0))?;
    listener.listen(1)?;
    let port = listener.getsockname()?.port().unwrap_or_default();
    let (near_mapped, target) = (as_mapped(near), (as_mapped(far), port));

    let only = stream(lab, true)?;
    expect_error!(only.bind((near_mapped, 0)), EINVAL);
    expect_error!(only.connect(target), ENETUNREACH);
    let only = lab.near().datagram(INET6)?;
    only.set_option(V6ONLY, true)?;
    expect_error!(only.sendto(b"x", target), ENETUNREACH);
    expect_error!(only.connect(target), ENETUNREACH);

    let client = stream(lab, false)?;
    client.bind((near_mapped, 0))?;
    client.connect(target)?;
    expect_eq!(client.getsockname()?.ip(), Some(near_mapped));
    expect_eq!(client.getpeername()?.ip(), Some(as_mapped(far)));
    let (accepted, peer) = accept(lab.far(), &listener)?;
    expect_eq!(peer.ip(), Some(near));
    accepted.sendall(b"mapped")?;
    expect_bytes(lab.near(), &client, b"mapped")?;

    // As text a mapped address is one of IPv4 too.
    expect_eq!(lab.near().stream(INET)?.bind(("::ffff:127.0.0.1", 0)), Ok(()));
    Ok(())
}

fn no_scope<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    for datagram in [false, true] {
        let socket = || -> Result<Socket<L::Near>, Error> {
            if datagram { lab.near().datagram(INET6) } else { stream(lab, false) }
        };
        expect_error!(socket()?.bind((LINK_LOCAL, 0)), EINVAL);
        expect_error!(socket()?.connect((LINK_LOCAL, 9)), EINVAL);
    }
    // A failure changes nothing.
    let socket = lab.near().datagram(INET6)?;
    expect_error!(socket.bind((LINK_LOCAL, 0)), EINVAL);
    expect_eq!(socket.getsockname()?, Address::unspecified(INET6)?);
    expect_eq!(socket.bind(("::1", 0)), Ok(()));
    Ok(())
}

fn no_interface<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    for socket_type in [SocketType::STREAM, SocketType::DGRAM] {
        let socket = lab.near().socket(INET6, socket_type, Protocol::DEFAULT)?;
        expect_error!(socket.bind((LINK_LOCAL, 0, 0, NO_INTERFACE)), ENODEV);
        expect_eq!(socket.getsockname()?, Address::unspecified(INET6)?);
    }
    Ok(())
}

fn to_nowhere<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let receiver = lab.near().datagram(INET6)?;
    receiver.bind(("::1", 0))?;
    let port = receiver.getsockname()?.port().unwrap_or_default();
    let mut sender = lab.near().datagram(INET6)?;
    sender.settimeout(LONG)?;
    sender.connect(("::", port))?;
    expect_eq!(sender.getpeername()?.ip(), Some(Ipv6Addr::LOCALHOST.into()));
    expect_eq!(sender.getsockname()?.ip(), Some(Ipv6Addr::LOCALHOST.into()));
    expect_eq!(sender.send(b"self")?, 4);
    expect_bytes(lab.near(), &receiver, b"self")?;

    let listener = stream(lab, false)?;
    listener.bind(("", 0))?;
    listener.listen(1)?;
    let name = listener.getsockname()?;
    expect_eq!(name.ip(), Some(Ipv6Addr::UNSPECIFIED.into()));
    let client = stream(lab, false)?;
    client.connect(("", name.port().unwrap_or_default()))?;
    expect_eq!(client.getpeername()?.ip(), Some(Ipv6Addr::LOCALHOST.into()));
    Ok(())
}

fn tuples<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    const MOST: u32 = 0xF_FFFF;
    // flow information, scope, outcome
    for (flowinfo, scope_id, outcome) in [
        (0, 0, Ok(())),
        (1, 0, Ok(())),
        (MOST, 0, Ok(())),
        (MOST + 1, 0, Err(Error::OVERFLOW)),
        (u32::MAX, 0, Err(Error::OVERFLOW)),
        (0, NO_INTERFACE, Ok(())), // which means nothing there
    ] {
        let mut socket = lab.near().datagram(INET6)?;
        socket.settimeout(LONG)?;
        let address = ("::1", 0, flowinfo, scope_id);
        expect_eq!(socket.bind(address), outcome);
        let Address::Inet6(name) = socket.getsockname()? else {
            return Err(Failure::new("getsockname", format_args!("is of another family")));
        };
        expect_eq!((name.flowinfo(), name.scope_id()), (0, 0));
        expect_eq!(name.port() != 0, outcome.is_ok());

        let own = (Ipv6Addr::LOCALHOST, if name.port() == 0 { 9 } else { name.port() });
        let peer = ("::1", own.1, flowinfo, scope_id);
        expect_eq!(socket.connect(peer), outcome);
        if outcome.is_ok() {
            expect_true!(socket.getpeername()? == Address::from((IpAddr::V6(own.0), own.1)));
            expect_eq!(socket.send(b"self")?, 4);
            let (count, sender) = socket.recvfrom(&mut [0; 8])?;
            expect_eq!(count, 4);
            expect_true!(sender == Some(socket.getsockname()?));
        } else {
            expect_error!(socket.getpeername(), ENOTCONN);
            expect_eq!(socket.sendto(b"x", peer), Err(Error::OVERFLOW));
        }
    }
    Ok(())
}

fn zone<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    // text, the address that it is (the first interface is the loopback everywhere)
    for (text, ip, scope_id) in [
        ("fe80::1%1", LINK_LOCAL, 1),
        ("fe80::1", LINK_LOCAL, 0),
        ("ff02::1%1", "ff02::1", 1),
        ("::1", "::1", 0),
    ] {
        let query = AddressInfoQuery {
            family: INET6,
            socket_type: SocketType::DGRAM,
            ..AddressInfoQuery::new(text, 80)
        };
        let mut found = None;
        lab.near().getaddrinfo_each(&query, &mut |info| {
            found = Some(info.address);
            ControlFlow::Continue(())
        })?;
        let Some(address) = found else {
            return Err(Failure::new("getaddrinfo", format_args!("answered nothing")));
        };
        expect_eq!(address, (ip, 80, 0, scope_id).to_address(INET6)?);
    }
    Ok(())
}

fn ipv4_literals<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let socket = lab.near().datagram(INET6)?;
    let mismatch = Error::INVALID_ADDRESS;
    let other_family = Error::address_info(AddressInfoCode::EAI_ADDRFAMILY);
    // host, error
    for (host, error) in [
        ("<broadcast>", mismatch),
        ("255.255.255.255", mismatch),
        ("127.0.0.1", other_family),
        ("0.0.0.0", other_family),
    ] {
        expect_eq!(socket.bind((host, 0)), Err(error));
        expect_eq!(socket.connect((host, 9)), Err(error));
        expect_eq!(socket.sendto(b"x", (host, 9)), Err(error));
        expect_eq!(socket.bind((host, 0, 0, 0)), Err(error));
    }
    expect_eq!(socket.getsockname()?, Address::unspecified(INET6)?);
    // An IPv4 socket takes tuples of two only; the form comes before the host.
    let inet = lab.near().datagram(INET)?;
    expect_eq!(inet.bind(("127.0.0.1", 0, 0, 0)), Err(Error::INVALID_VALUE));
    expect_eq!(socket.bind(("", 0)), Ok(()));
    expect_eq!(socket.getsockname()?.ip(), Some(Ipv6Addr::UNSPECIFIED.into()));
    Ok(())
}

fn dual_datagrams<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let mut near = lab.near().datagram(INET6)?;
    near.settimeout(LONG)?;
    near.bind(("::", 0))?;
    let port = near.getsockname()?.port().unwrap_or_default();
    for family in [Family::Inet, Family::Inet6] {
        let (near_ip, far_ip) = (host(lab.near_address(family))?, host(lab.far_address(family))?);
        let mut far = lab.far().datagram(family.number())?;
        far.settimeout(LONG)?;
        far.bind((far_ip, 0))?;
        expect_eq!(far.sendto(b"there", (near_ip, port))?, 5);
        let mut buffer = [0; 16];
        let (count, sender) = near.recvfrom(&mut buffer)?;
        let Some(sender) = sender else {
            return Err(Failure::new("recvfrom", format_args!("knows no sender")));
        };
        expect_eq!(count, 5);
        expect_eq!(sender.ip(), Some(as_mapped(far_ip)));
        expect_eq!(near.sendto(b"back", sender)?, 4);
        let (count, sender) = far.recvfrom(&mut buffer)?;
        expect_eq!(count, 4);
        expect_true!(sender == Some(Address::from((near_ip, port))));
    }
    Ok(())
}

fn nowhere<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    // For documentation, on no network of a lab; and the group of all hosts anywhere.
    const FOREIGN: &str = "3fff::9";
    const GROUP: &str = "ff0e::1";
    expect_error!(stream(lab, false)?.connect((FOREIGN, 9)), ENETUNREACH);
    expect_error!(lab.near().datagram(INET6)?.connect((FOREIGN, 9)), ENETUNREACH);
    expect_error!(stream(lab, false)?.bind((FOREIGN, 0)), EADDRNOTAVAIL);
    expect_error!(lab.near().datagram(INET6)?.bind((FOREIGN, 0)), EADDRNOTAVAIL);
    expect_error!(stream(lab, false)?.bind((GROUP, 0)), EINVAL);
    expect_error!(stream(lab, false)?.connect((GROUP, 9)), ENETUNREACH);
    expect_eq!(lab.near().datagram(INET6)?.bind((GROUP, 0)), Ok(()));
    Ok(())
}
