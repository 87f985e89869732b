//! `getaddrinfo` where nobody has to be asked: addresses as text, ports, and what is refused.
//!
//! The answers are glibc's, on every backend. What a resolver and the host's files know is in the
//! group `resolver`, of lab `kernel` alone.

use core::fmt::Write;
use core::ops::ControlFlow;

use berkeley::names::{AddressInfoQuery, Service};
use berkeley::{AddressInfoCode, AddressInfoFlags, Net};

use super::prelude::*;

cases! {
    "names-01" numbers, Vary::NOTHING, ["F10", "F11", "F14", "F16", "N26", "A26"],
        "Python manual: getaddrinfo; POSIX getaddrinfo",
        "An address as text is its own answer, for sockets of all types; a zone is the scope.";
    "names-02" older_forms, Vary::NOTHING, ["A07", "F13"],
        "getaddrinfo(3): the forms of inet_aton",
        "The older forms of IPv4 addresses are numbers, but for what stands behind them.";
    "names-03" no_address, Vary::NOTHING, ["F11", "X05"],
        "measured on glibc",
        "A host in brackets or with blanks is no name and no address.";
    "names-05" no_host, Vary::NOTHING, ["F11"],
        "POSIX getaddrinfo: AI_PASSIVE; the order is glibc's",
        "Without a host the answer is the loopback, or the wildcard to listen at.";
    "names-06" nothing_asked, Vary::NOTHING, ["F11"],
        "POSIX getaddrinfo: EAI_NONAME",
        "One of host and service has to be there.";
    "names-07" ports_out_of_range, Vary::NOTHING, ["F19"],
        "decided: never taken modulo 65536, as glibc does",
        "A port out of range, with a sign or behind a blank is an error.";
    "names-08" ports, Vary::NOTHING, ["F19"],
        "POSIX getaddrinfo: EAI_SERVICE",
        "A service is a port in decimal digits or a name; an empty one is port 0.";
    "names-12" filters, Vary::NOTHING, ["F12", "F13"],
        "POSIX getaddrinfo: EAI_FAMILY, EAI_SOCKTYPE, EAI_BADFLAGS; the combinations are glibc's",
        "Family, type and protocol go together or are an error; unknown flags are one.";
    "names-13" the_other_family, Vary::NOTHING, ["F12", "F13"],
        "getaddrinfo(3): EAI_ADDRFAMILY, AI_V4MAPPED",
        "An address of the other family is an error, unless IPv4 may be mapped.";
    "names-14" labels, Vary::NOTHING, ["X08", "F21"],
        "RFC 1035 section 2.3.4; Python's encoding idna",
        "An empty label, or one of more than 63 bytes, is refused before anybody is asked.";
    "names-22" canonical_name, Vary::NOTHING, ["F15"],
        "getaddrinfo(3): AI_CANONNAME",
        "The canonical name of an address is its text, and stands in the first answer.";
}

pub(crate) const ANY: AddressFamily = AddressFamily::UNSPEC;
pub(crate) const INET: AddressFamily = AddressFamily::INET;
pub(crate) const INET6: AddressFamily = AddressFamily::INET6;

pub(crate) const NONE: AddressInfoFlags = AddressInfoFlags::NONE;
const NUMERICHOST: AddressInfoFlags = AddressInfoFlags::NUMERICHOST;

const BAD_FLAGS: Error = Error::address_info(AddressInfoCode::EAI_BADFLAGS);
pub(crate) const NO_NAME: Error = Error::address_info(AddressInfoCode::EAI_NONAME);
const FAMILY: Error = Error::address_info(AddressInfoCode::EAI_FAMILY);
const SOCKET_TYPE: Error = Error::address_info(AddressInfoCode::EAI_SOCKTYPE);
const SERVICE: Error = Error::address_info(AddressInfoCode::EAI_SERVICE);
pub(crate) const OTHER_FAMILY: Error = Error::address_info(AddressInfoCode::EAI_ADDRFAMILY);

pub(crate) type Text = heapless::String<256>;

/// The answers, one after the other: type/protocol, the canonical name if any, the address.
pub(crate) fn listed<B: Backend + Clone>(
    net: &Net<B>,
    query: &AddressInfoQuery<'_>,
) -> Result<Text, Error> {
    let mut text = Text::new();
    net.getaddrinfo_each(query, &mut |info| {
        let separator = if text.is_empty() { "" } else { ", " };
        let blank = if info.canonical_name.is_empty() { "" } else { " " };
        let (kind, protocol) = (info.socket_type.0, info.protocol.0);
        // What does not fit is missed by the comparison.
        let _ = write!(
            text,
            "{separator}{kind}/{protocol}{blank}{} {}",
            info.canonical_name, info.address,
        );
        ControlFlow::Continue(())
    })?;
    Ok(text)
}

/// The answers for a stream socket.
pub(crate) fn streams<B: Backend + Clone>(
    net: &Net<B>,
    host: Option<&str>,
    family: AddressFamily,
    flags: AddressInfoFlags,
) -> Result<Text, Error> {
    listed(
        net,
        &AddressInfoQuery {
            host,
            service: Some(Service::Port(80)),
            family,
            socket_type: SocketType::STREAM,
            protocol: Protocol::DEFAULT,
            flags,
        },
    )
}

pub(crate) fn text(found: &Result<Text, Error>) -> Result<&str, Error> {
    found.as_ref().map(|text| text.as_str()).map_err(|error| *error)
}

fn numbers<L: Lab>(lab: &L, _: &Variant) -> Outcome {
    // host, answers for sockets of all types
    for (host, expected) in [
        ("1.2.3.4", "1/6 ('1.2.3.4', 80), 2/17 ('1.2.3.4', 80), 3/0 ('1.2.3.4', 80)"),
        ("::1", "1/6 ('::1', 80, 0, 0), 2/17 ('::1', 80, 0, 0), 3/0 ('::1', 80, 0, 0)"),
    ] {
        let query = AddressInfoQuery::new(host, 80);
        expect_eq!(text(&listed(lab.near(), &query)), Ok(expected));
    }
    // host, answer for a stream socket
    for (host, expected) in [
        ("255.255.255.255", Ok("1/6 ('255.255.255.255', 80)")),
        ("0.0.0.0", Ok("1/6 ('0.0.0.0', 80)")),
        ("::", Ok("1/6 ('::', 80, 0, 0)")),
        ("2001:DB8::0:1", Ok("1/6 ('2001:db8::1', 80, 0, 0)")),
        ("::ffff:1.2.3.4", Ok("1/6 ('::ffff:1.2.3.4', 80, 0, 0)")),
        ("::1.2.3.4", Ok("1/6 ('::1.2.3.4', 80, 0, 0)")),
        ("::1%1", Ok("1/6 ('::1', 80, 0, 1)")),
        ("fe80::1%9", Ok("1/6 ('fe80::1', 80, 0, 9)")),
        ("fe80::1%4294967295", Ok("1/6 ('fe80::1', 80, 0, 4294967295)")),
        ("fe80::1%4294967296", Err(NO_NAME)),
        ("fe80::1%", Err(NO_NAME)),
        ("1.2.3.4%1", Err(NO_NAME)),
    ] {
        expect_eq!(text(&streams(lab.near(), Some(host), ANY, NONE)), expected);
    }
    Ok(())
}

fn older_forms<L: Lab>(lab: &L, _: &Variant) -> Outcome {
    let local = Ok("1/6 ('127.0.0.1', 80)");
    // host, answer
    for (host, expected) in [
        ("127.1", local),
        ("127.0.1", local),
        ("2130706433", local),
        ("0x7f000001", local),
        ("0X7F.1", local),
        ("0177.0.0.01", local),
        ("256.1", Err(NO_NAME)),
        ("4294967296", Err(NO_NAME)),
        ("127.0.0.1 x", Err(NO_NAME)), // though inet_aton takes it
        ("127.0.0.1x", Err(NO_NAME)),
    ] {
        expect_eq!(text(&streams(lab.near(), Some(host), ANY, NUMERICHOST)), expected);
    }
    Ok(())
}

fn no_address<L: Lab>(lab: &L, _: &Variant) -> Outcome {
    for host in ["[::1]", "1.2.3.4 ", " 1.2.3.4", "::1 ", "no such host", "<broadcast>"] {
        expect_eq!(text(&streams(lab.near(), Some(host), ANY, NONE)), Err(NO_NAME));
    }
    Ok(())
}

fn no_host<L: Lab>(lab: &L, _: &Variant) -> Outcome {
    let passive = AddressInfoFlags::PASSIVE;
    // host, family, flags, answers
    for (host, family, flags, expected) in [
        (None, ANY, NONE, Ok("1/6 ('::1', 80, 0, 0), 1/6 ('127.0.0.1', 80)")),
        (Some("*"), ANY, NONE, Ok("1/6 ('::1', 80, 0, 0), 1/6 ('127.0.0.1', 80)")),
        (None, INET, NONE, Ok("1/6 ('127.0.0.1', 80)")),
        (None, INET6, NONE, Ok("1/6 ('::1', 80, 0, 0)")),
        (None, ANY, passive, Ok("1/6 ('0.0.0.0', 80), 1/6 ('::', 80, 0, 0)")),
        (None, INET, passive, Ok("1/6 ('0.0.0.0', 80)")),
        (None, INET6, passive, Ok("1/6 ('::', 80, 0, 0)")),
        (Some("1.2.3.4"), ANY, passive, Ok("1/6 ('1.2.3.4', 80)")), // there is a host
    ] {
        expect_eq!(text(&streams(lab.near(), host, family, flags)), expected);
    }
    Ok(())
}

fn nothing_asked<L: Lab>(lab: &L, _: &Variant) -> Outcome {
    let nothing = AddressInfoQuery::default();
    expect_eq!(text(&listed(lab.near(), &nothing)), Err(NO_NAME));
    // To the C library a star is nothing, too.
    expect_eq!(text(&listed(lab.near(), &AddressInfoQuery::new("*", "*"))), Err(NO_NAME));
    let host = AddressInfoQuery { service: None, ..AddressInfoQuery::new("1.2.3.4", 0) };
    let query = AddressInfoQuery { socket_type: SocketType::DGRAM, ..host };
    expect_eq!(text(&listed(lab.near(), &query)), Ok("2/17 ('1.2.3.4', 0)"));
    Ok(())
}

/// The answer about a service, for a stream socket.
pub(crate) fn service_of<B: Backend + Clone>(
    net: &Net<B>,
    service: &str,
    flags: AddressInfoFlags,
) -> Result<Text, Error> {
    let query = AddressInfoQuery::new("1.2.3.4", service);
    listed(net, &AddressInfoQuery { socket_type: SocketType::STREAM, flags, ..query })
}

fn ports_out_of_range<L: Lab>(lab: &L, _: &Variant) -> Outcome {
    for service in ["65536", "99999999999", "4294967301", " 80", "+80"] {
        expect_eq!(text(&service_of(lab.near(), service, NONE)), Err(SERVICE));
    }
    Ok(())
}

fn ports<L: Lab>(lab: &L, _: &Variant) -> Outcome {
    let numeric = AddressInfoFlags::NUMERICSERV;
    // service, flags, answer
    for (service, flags, expected) in [
        ("80", NONE, Ok("1/6 ('1.2.3.4', 80)")),
        ("080", NONE, Ok("1/6 ('1.2.3.4', 80)")),
        ("65535", numeric, Ok("1/6 ('1.2.3.4', 65535)")),
        ("", NONE, Ok("1/6 ('1.2.3.4', 0)")),
        ("-1", NONE, Err(SERVICE)),
        ("80 ", NONE, Err(SERVICE)),
        ("80x", NONE, Err(SERVICE)),
        ("0x50", NONE, Err(SERVICE)),
        ("no-such-service", NONE, Err(SERVICE)),
        ("no-such-service", numeric, Err(NO_NAME)),
    ] {
        expect_eq!(text(&service_of(lab.near(), service, flags)), expected);
    }
    Ok(())
}

fn filters<L: Lab>(lab: &L, _: &Variant) -> Outcome {
    let eighty = Some(Service::Port(80));
    // family, type, protocol, service, flags, answer
    for (family, kind, protocol, service, flags, expected) in [
        (ANY, 0, 6, eighty, 0, Ok("1/6 ('1.2.3.4', 80)")),
        (ANY, 0, 17, eighty, 0, Ok("2/17 ('1.2.3.4', 80)")),
        (INET, 2, 0, eighty, 0, Ok("2/17 ('1.2.3.4', 80)")),
        (ANY, 2, 136, eighty, 0, Ok("2/136 ('1.2.3.4', 80)")), // UDP-Lite
        (ANY, 3, 0, None, 0, Ok("3/0 ('1.2.3.4', 0)")),
        (ANY, 0, 1, None, 0, Ok("3/1 ('1.2.3.4', 0)")), // every other protocol is raw
        (ANY, 0, 77, None, 0, Ok("3/77 ('1.2.3.4', 0)")),
        (ANY, 3, 0, eighty, 0, Err(SERVICE)), // raw sockets have no ports
        (ANY, 0, 1, Some(Service::Port(0)), 0, Err(SERVICE)),
        (ANY, 1, 17, eighty, 0, Err(SOCKET_TYPE)),
        (ANY, 2, 6, eighty, 0, Err(SOCKET_TYPE)),
        (ANY, 77, 0, eighty, 0, Err(SOCKET_TYPE)),
        (AddressFamily(77), 1, 0, eighty, 0, Err(FAMILY)),
        (AddressFamily::UNIX, 1, 0, eighty, 0, Err(FAMILY)),
        (ANY, 1, 0, eighty, 1 << 20, Err(BAD_FLAGS)),
        (ANY, 1, 0, eighty, 32, Ok("1/6 ('1.2.3.4', 80)")), // AI_ADDRCONFIG
    ] {
        let query = AddressInfoQuery {
            host: Some("1.2.3.4"),
            service,
            family,
            socket_type: SocketType(kind),
            protocol: Protocol(protocol),
            flags: AddressInfoFlags(flags),
        };
        expect_eq!(text(&listed(lab.near(), &query)), expected);
    }
    Ok(())
}

fn the_other_family<L: Lab>(lab: &L, _: &Variant) -> Outcome {
    let mapped = AddressInfoFlags::V4MAPPED;
    // host, family, flags, answer
    for (host, family, flags, expected) in [
        ("1.2.3.4", INET6, NONE, Err(OTHER_FAMILY)),
        ("127.1", INET6, NONE, Err(OTHER_FAMILY)),
        ("::1", INET, NONE, Err(OTHER_FAMILY)),
        ("::1", INET, mapped, Err(OTHER_FAMILY)),
        ("fe80::1%1", INET, NONE, Err(OTHER_FAMILY)),
        ("1.2.3.4", INET6, mapped, Ok("1/6 ('::ffff:1.2.3.4', 80, 0, 0)")),
        ("127.1", INET6, mapped, Ok("1/6 ('::ffff:127.0.0.1', 80, 0, 0)")),
        ("1.2.3.4", INET, mapped, Ok("1/6 ('1.2.3.4', 80)")),
        ("1.2.3.4", INET6, AddressInfoFlags::ALL, Err(OTHER_FAMILY)), // alone it is nothing
        ("::ffff:1.2.3.4", INET, NONE, Ok("1/6 ('1.2.3.4', 80)")),
    ] {
        expect_eq!(text(&streams(lab.near(), Some(host), family, flags)), expected);
    }
    Ok(())
}

fn labels<L: Lab>(lab: &L, _: &Variant) -> Outcome {
    let long = "a-label-of-64-bytes-is-one-byte-more-than-the-domain-names-allow";
    for host in ["a..b", ".a", ".", "..", long] {
        let refused = Error::INVALID_VALUE;
        expect_eq!(text(&streams(lab.near(), Some(host), ANY, NONE)), Err(refused));
        expect_eq!(lab.near().gethostbyname(host), Err(refused));
    }
    // In the tuples of addresses it is a name that nobody has.
    let socket = lab.near().datagram(INET)?;
    for host in ["a..b", ".a", "..", long, "*"] {
        expect_eq!(socket.bind((host, 0)), Err(NO_NAME));
    }
    expect_eq!(socket.getsockname()?, Address::unspecified(INET)?);
    Ok(())
}

fn canonical_name<L: Lab>(lab: &L, _: &Variant) -> Outcome {
    let canonical = AddressInfoFlags::CANONNAME;
    for (host, expected) in [
        ("1.2.3.4", "1/6 1.2.3.4 ('1.2.3.4', 80)"),
        ("127.1", "1/6 127.1 ('127.0.0.1', 80)"),
        ("::0:1", "1/6 ::0:1 ('::1', 80, 0, 0)"),
    ] {
        expect_eq!(text(&streams(lab.near(), Some(host), ANY, canonical)), Ok(expected));
    }
    let query =
        AddressInfoQuery { flags: canonical, service: None, ..AddressInfoQuery::new("1.2.3.4", 0) };
    let expected = "1/6 1.2.3.4 ('1.2.3.4', 0), 2/17 ('1.2.3.4', 0), 3/0 ('1.2.3.4', 0)";
    expect_eq!(text(&listed(lab.near(), &query)), Ok(expected));
    expect_eq!(text(&streams(lab.near(), None, ANY, canonical)), Err(BAD_FLAGS)); // of what?
    Ok(())
}
