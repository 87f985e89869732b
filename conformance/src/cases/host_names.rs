//! Hosts in address tuples, `gethostbyname` and `getnameinfo`, where nobody has to be asked.

use core::fmt::Write;

use berkeley::{NameInfoFlags, Net, Refusal, ToAddress};

use super::names::{ANY, INET6, NO_NAME, NONE, OTHER_FAMILY, Text, service_of, streams, text};
use super::prelude::*;

cases! {
    "names-15" localhost, Vary::FAMILY, ["A06"],
        "RFC 6761 section 6.3",
        "localhost is the loopback, in any case, without asking anybody.";
    "names-23" one_ipv4_address, Vary::NOTHING, ["F21", "A22", "A23"],
        "Python manual: gethostbyname",
        "gethostbyname reads addresses and the two special hosts, and IPv4 only.";
    "names-24" names_of_addresses, Vary::NOTHING, ["F27"],
        "Python manual: getnameinfo",
        "getnameinfo prints numbers, of addresses that are numbers.";
    "names-25" tuples_are_checked, Vary::NOTHING, ["F27", "A24"],
        "Python manual: getnameinfo; getsockaddrarg in CPython",
        "A tuple's family and flow information are checked, and what no name may be.";
    "names-26" a_nul, Vary::FAMILY, ["F10", "F21", "F27"],
        "decided: never cut at the NUL, as glibc does",
        "A NUL in a host or in a service is an error.";
}

fn localhost<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let family = variant.family.number();
    let loopback = loopback_any(lab, variant)?;
    for host in ["localhost", "LocalHost"] {
        let socket = lab.near().datagram(family)?;
        socket.bind((host, 0))?;
        expect_eq!(socket.getsockname()?.ip(), loopback.ip());
        socket.connect((host, 9))?;
        expect_eq!(socket.getpeername()?, loopback.with_port(9));
    }
    Ok(())
}

fn one_ipv4_address<L: Lab>(lab: &L, _: &Variant) -> Outcome {
    // host, address
    for (host, expected) in [
        ("1.2.3.4", Ok([1, 2, 3, 4])),
        ("127.1", Ok([127, 0, 0, 1])),
        ("::ffff:1.2.3.4", Ok([1, 2, 3, 4])),
        ("", Ok([0, 0, 0, 0])),
        ("<broadcast>", Ok([255, 255, 255, 255])),
        ("localhost", Ok([127, 0, 0, 1])),
        ("::1", Err(OTHER_FAMILY)),
        ("no such host", Err(NO_NAME)),
    ] {
        let expected = expected.map(core::net::Ipv4Addr::from);
        expect_eq!(lab.near().gethostbyname(host), expected);
    }
    Ok(())
}

/// The names of an address, with a blank between.
pub(crate) fn names_of<B: Backend + Clone>(
    net: &Net<B>,
    address: impl ToAddress,
    flags: NameInfoFlags,
) -> Result<Text, Error> {
    let mut text = Text::new();
    net.getnameinfo_with(address, flags, &mut |info| {
        let _ = write!(text, "{} {}", info.host, info.service);
    })?;
    Ok(text)
}

fn names_of_addresses<L: Lab>(lab: &L, _: &Variant) -> Outcome {
    let number = NameInfoFlags::NUMERICHOST | NameInfoFlags::NUMERICSERV;
    // host, port, flags, names
    for (host, port, flags, expected) in [
        ("127.0.0.1", 80, number, Ok("127.0.0.1 80")),
        ("127.1", 65535, number, Ok("127.0.0.1 65535")),
        ("0.0.0.0", 0, number, Ok("0.0.0.0 0")),
        ("::1", 80, number, Ok("::1 80")),
        ("::ffff:1.2.3.4", 80, number, Ok("::ffff:1.2.3.4 80")),
        ("localhost", 80, number, Err(NO_NAME)), // a name is not looked up
        ("", 80, number, Err(NO_NAME)),
        ("127.0.0.1", 80, number | NameInfoFlags::NAMEREQD, Err(NO_NAME)),
    ] {
        expect_eq!(text(&names_of(lab.near(), (host, port), flags)), expected);
    }
    // host, scope, names
    for (host, scope, expected) in [
        ("::1", 0, Ok("::1 80")),
        ("::1", 1, Ok("::1%1 80")),
        ("fe80::1", 99_999, Ok("fe80::1%99999 80")), // nobody's
        ("2001:db8::1", 7, Ok("2001:db8::1%7 80")),
    ] {
        expect_eq!(text(&names_of(lab.near(), (host, 80, 0, scope), number)), expected);
    }
    Ok(())
}

fn tuples_are_checked<L: Lab>(lab: &L, _: &Variant) -> Outcome {
    let (net, number) = (lab.near(), NameInfoFlags::NUMERICHOST | NameInfoFlags::NUMERICSERV);
    expect_eq!(text(&names_of(net, ("::1", 80, 0xF_FFFF, 0), number)), Ok("::1 80"));
    let overflow = names_of(net, ("::1", 80, 0x10_0000, 0), number);
    expect_eq!(text(&overflow), Err(Error::OVERFLOW));
    let of_four = names_of(net, ("127.0.0.1", 80, 0, 0), number);
    expect_eq!(text(&of_four), Err(Error::refused(Refusal::FamilyMismatch)));

    let socket = net.datagram(INET6)?;
    expect_eq!(socket.bind(("::1", 0, 0x10_0000, 0)), Err(Error::OVERFLOW));
    // The host comes first.
    expect_eq!(socket.bind(("no such host", 0, 0x10_0000, 0)), Err(NO_NAME));
    expect_eq!(socket.bind(("127.0.0.1", 0, 0x10_0000, 0)), Err(OTHER_FAMILY));
    // These two are addresses of the other family by name.
    expect_eq!(socket.bind(("<broadcast>", 0)), Err(Error::INVALID_ADDRESS));
    expect_eq!(socket.bind(("255.255.255.255", 0)), Err(Error::INVALID_ADDRESS));
    expect_eq!(socket.getsockname()?, Address::unspecified(INET6)?);
    Ok(())
}

fn a_nul<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (net, nul) = (lab.near(), Err(Error::INVALID_VALUE));
    let own = "127.0.0.1\0x";
    let socket = net.datagram(variant.family.number())?;
    for host in [own, "::1\0", "\0", "localhost\0"] {
        expect_eq!(text(&streams(net, Some(host), ANY, NONE)), nul);
        expect_eq!(text(&names_of(net, (host, 80), NameInfoFlags::NONE)), nul);
        expect_eq!(net.gethostbyname(host).map(drop), nul.map(drop));
        expect_eq!(socket.bind((host, 0)), nul.map(drop));
        expect_eq!(socket.connect((host, 9)), nul.map(drop));
        expect_eq!(socket.connect_ex((host, 9)).map(drop), nul.map(drop));
        expect_eq!(socket.sendto(b"x", (host, 9)).map(drop), nul.map(drop));
    }
    expect_eq!(text(&service_of(net, "80\0x", NONE)), nul);
    expect_eq!(socket.getsockname()?, Address::unspecified(variant.family.number())?);
    Ok(())
}
