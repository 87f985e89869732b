//! What else has names: services and protocols, by the files of the host, and interfaces.

use berkeley::names::AddressInfoQuery;
use berkeley::{AddressInfoCode, AddressInfoFlags, NameInfoFlags, Refusal};
use berkeley_os::names;

use super::prelude::*;
use super::resolver::own_files;
use crate::cases::host_names::names_of;
use crate::cases::names::{ANY, NO_NAME, NONE, listed, service_of, streams, text};

kernel_cases! {
    "resolver-09" services, Vary::NOTHING, ["F19", "F29", "F30"],
        "Python manual: getservbyname, getservbyport; services(5)",
        "Services have names, aliases and protocols; names are told apart by case.", NEEDS_ROOT;
    "resolver-10" protocols, Vary::NOTHING, ["F28"],
        "Python manual: getprotobyname; protocols(5)",
        "Protocols have names and aliases, which are told apart by case.", NEEDS_ROOT;
    "resolver-11" interfaces, Vary::NOTHING, ["N09", "F16", "F27"],
        "Python manual: if_nameindex, if_nametoindex, if_indextoname; RFC 4007 section 11",
        "Interfaces have numbers and names; a zone is one of both, of link-local addresses.",
        NEEDS_ROOT;
}

fn services(lab: &Kernel, _: &Variant) -> Outcome {
    own_files()?;
    let unknown = Err(Error::refused(Refusal::ServiceNotFound));
    // service, protocol, port
    for (name, protocol, expected) in [
        ("http", None, Ok(80)),
        ("http", Some("tcp"), Ok(80)),
        ("www", None, Ok(80)), // an alias
        ("domain", Some("udp"), Ok(53)),
        ("http", Some("udp"), unknown),
        ("http", Some("TCP"), unknown),
        ("HTTP", None, unknown),
        ("80", None, unknown),
        ("", None, unknown),
    ] {
        expect_eq!(names::getservbyname(name, protocol), expected);
    }
    let unknown = Err(Error::refused(Refusal::PortNotFound));
    // port, protocol, service
    for (port, protocol, expected) in [
        (80, None, Ok("http")),
        (53, Some("udp"), Ok("domain")),
        (512, Some("tcp"), Ok("exec")),
        (512, Some("udp"), Ok("biff")),
        (80, Some("udp"), unknown),
        (81, None, unknown),
        (0, None, unknown),
        (65535, None, unknown),
    ] {
        let found = names::getservbyport(port, protocol);
        expect_eq!(found.as_deref(), expected.as_ref().copied());
    }
    let no_service = Err(Error::address_info(AddressInfoCode::EAI_SERVICE));
    // service, answer of getaddrinfo for a stream socket
    for (service, expected) in [
        ("http", Ok("1/6 ('1.2.3.4', 80)")),
        ("www", Ok("1/6 ('1.2.3.4', 80)")),
        ("HTTP", no_service),
        ("tftp", no_service), // over UDP only
    ] {
        expect_eq!(text(&service_of(lab.near(), service, NONE)), expected);
    }
    let over_both = listed(lab.near(), &AddressInfoQuery::new("1.2.3.4", "domain"));
    expect_eq!(text(&over_both), Ok("1/6 ('1.2.3.4', 53), 2/17 ('1.2.3.4', 53)"));
    let numeric = AddressInfoFlags::NUMERICSERV;
    expect_eq!(text(&service_of(lab.near(), "http", numeric)), Err(NO_NAME));
    Ok(())
}

fn protocols(_: &Kernel, _: &Variant) -> Outcome {
    own_files()?;
    let unknown = Err(Error::refused(Refusal::ProtocolNotFound));
    // protocol, number
    for (name, expected) in [
        ("ip", Ok(0)),
        ("icmp", Ok(1)),
        ("ICMP", Ok(1)), // an alias
        ("tcp", Ok(6)),
        ("udp", Ok(17)),
        ("ipv6-icmp", Ok(58)),
        ("Tcp", unknown),
        ("6", unknown),
        ("", unknown),
    ] {
        expect_eq!(names::getprotobyname(name).map(|protocol| protocol.0), expected);
    }
    Ok(())
}

fn interfaces(lab: &Kernel, _: &Variant) -> Outcome {
    own_files()?;
    let all = names::if_nameindex()?;
    let lo = all.iter().find(|(_, name)| name == "lo").map(|(index, _)| *index);
    expect_eq!(lo, Some(1)); // the first one of every network
    for (index, name) in &all {
        let same = names::if_nametoindex(name) == Ok(*index)
            && names::if_indextoname(*index).as_deref() == Ok(name);
        if !same || *index == 0 {
            return Err(Failure::new("if_nameindex", format_args!("{index} {name}")));
        }
    }
    let unknown = Err(Error::refused(Refusal::InterfaceNotFound));
    for name in ["no-such-one", "", "a name of more than 15 bytes"] {
        expect_eq!(names::if_nametoindex(name), unknown);
    }
    for index in [0, 99_999] {
        expect_error!(names::if_indextoname(index), ENXIO);
    }
    // zone and address, answer
    for (host, expected) in [
        ("fe80::1%lo", Ok("1/6 ('fe80::1', 80, 0, 1)")),
        ("fe80::1%1", Ok("1/6 ('fe80::1', 80, 0, 1)")),
        ("::1%lo", Err(NO_NAME)), // only link-local addresses have zones with names
        ("fe80::1%no-such-one", Err(NO_NAME)),
    ] {
        expect_eq!(text(&streams(lab.near(), Some(host), ANY, NONE)), expected);
    }
    let number = NameInfoFlags::NUMERICHOST | NameInfoFlags::NUMERICSERV;
    expect_eq!(text(&names_of(lab.near(), ("fe80::1", 80, 0, 1), number)), Ok("fe80::1%lo 80"));
    expect_eq!(text(&names_of(lab.near(), ("::1", 80, 0, 1), number)), Ok("::1%1 80"));
    Ok(())
}
