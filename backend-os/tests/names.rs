//! Names over the C library's resolver and the files that every host has. What depends on who wrote
//! the files is in `private_host.rs`.

#![allow(clippy::unwrap_used)] // helpers of tests, beside the tests themselves

mod common;

use std::fs;
use std::ops::ControlFlow;

use berkeley::names::{AddressInfoQuery, Service, numeric};
use berkeley::{
    AddressFamily, AddressInfoCode, AddressInfoFlags, Errno, Error, NameInfoFlags, Protocol,
    Refusal, SocketType,
};
use berkeley_os::names;
use common::{NET, answers, need_netbase};

const ANY: AddressFamily = AddressFamily::UNSPEC;
const INET: AddressFamily = AddressFamily::INET;
const INET6: AddressFamily = AddressFamily::INET6;

const NO_NAME: Error = Error::address_info(AddressInfoCode::EAI_NONAME);

/// [`answers`] without the C library.
fn answers_without_resolver(query: &AddressInfoQuery<'_>) -> Result<String, Error> {
    let mut lines = Vec::new();
    numeric::getaddrinfo(query, &mut |info| {
        let (kind, name) = (info.socket_type.0, info.canonical_name);
        let separator = if name.is_empty() { "" } else { " " };
        lines.push(format!("{kind}/{}{separator}{name} {}", info.protocol.0, info.address));
        ControlFlow::Continue(())
    })?;
    Ok(lines.join(", "))
}

#[test]
fn numbers_get_the_same_answer_with_and_without_a_resolver() {
    need_netbase();
    let mut compared = 0;
    for host in [
        Some("1.2.3.4"),
        Some("127.1"),
        Some("0x7f000001"),
        Some("::1"),
        Some("::1%1"),
        Some("fe80::1%9"),
        Some("::ffff:1.2.3.4"),
        Some("255.255.255.255"),
        Some(""),
        Some("a..b"),
        None,
    ] {
        for service in [None, Some(Service::Port(80)), Some("http".into()), Some("domain".into())] {
            for family in [ANY, INET, INET6, AddressFamily(77)] {
                for socket_type in [0, 1, 2, 3, 4, 6] {
                    for protocol in [0, 1, 6, 17, 33, 77, 132, 136] {
                        for flags in [0, 1, 2, 4, 8, 0x400, 0x800] {
                            // The order of the addresses without a host is the system's.
                            if host.is_none() && family == ANY {
                                continue;
                            }
                            let query = AddressInfoQuery {
                                host,
                                service,
                                family,
                                socket_type: SocketType(socket_type),
                                protocol: Protocol(protocol),
                                flags: AddressInfoFlags(flags),
                            };
                            let expected = answers_without_resolver(&query);
                            assert_eq!(answers(&query), expected, "{query:?}");
                            compared += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(compared > 10_000, "{compared}");
}

#[test]
fn ports_are_never_wrapped() {
    let service = Err(Error::address_info(AddressInfoCode::EAI_SERVICE));
    // service, answer; glibc would take 0, 5, 80, 80 and 8 for the last ones (row F19)
    for (name, answer) in [
        ("80", Ok("1/6 ('1.2.3.4', 80)")),
        ("080", Ok("1/6 ('1.2.3.4', 80)")),
        ("", Ok("1/6 ('1.2.3.4', 0)")),
        ("nope", service),
        ("80x", service),
        ("-1", service),
        ("65536", service),
        ("4294967301", service),
        (" 80", service),
        ("+80", service),
        ("8\u{0}0", Err(Error::INVALID_VALUE)),
    ] {
        let stream = SocketType::STREAM;
        let query =
            AddressInfoQuery { socket_type: stream, ..AddressInfoQuery::new("1.2.3.4", name) };
        assert_eq!(answers(&query).as_deref(), answer.as_ref().copied(), "{name:?}");
    }
}

#[test]
fn zones_are_names_of_interfaces() {
    let (index, name) = loopback_interface();
    let of_local = format!("1/6 ('fe80::1', 80, 0, {index})");
    // zone, address, answer (row F16)
    for (zone, address, answer) in [
        (name.as_str(), "fe80::1", Ok(of_local.as_str())),
        (&index.to_string(), "fe80::1", Ok(of_local.as_str())),
        (&name, "::1", Err(NO_NAME)), // only link-local addresses have zones with names
        ("no-such-zone", "fe80::1", Err(NO_NAME)),
        ("", "fe80::1", Err(NO_NAME)),
    ] {
        let host = format!("{address}%{zone}");
        let socket_type = SocketType::STREAM;
        let query = AddressInfoQuery { socket_type, ..AddressInfoQuery::new(&host, 80) };
        assert_eq!(answers(&query).as_deref(), answer.as_ref().copied(), "{host}");
    }
    // address, scope, flags, host as it is printed (row F27)
    let number = NameInfoFlags::NUMERICHOST;
    for (address, scope, expected) in [
        ("fe80::1", index, format!("fe80::1%{name}")),
        ("ff02::1", index, format!("ff02::1%{name}")),
        ("fe80::1", 0, "fe80::1".into()),
        ("::1", index, format!("::1%{index}")),
        ("fe80::1", 99_999, "fe80::1%99999".into()), // nobody's
    ] {
        let names = NET.getnameinfo((address, 80, 0, scope), number).unwrap();
        assert_eq!(names, (expected, "http".to_owned()), "{address} {scope}");
    }
}

fn loopback_interface() -> (u32, String) {
    let all = names::if_nameindex().unwrap();
    all.into_iter().find(|(_, name)| name == "lo").expect("there is a loopback interface")
}

#[test]
fn interfaces_are_those_of_the_kernel() {
    // Row N09; the files are the kernel's own list. It is that of the network of whoever mounted
    // them, which need not be ours: so each of ours is looked up there, where it is there.
    let all = names::if_nameindex().unwrap();
    assert!(!all.is_empty());
    let mut compared = 0;
    for (index, name) in &all {
        assert_ne!(*index, 0);
        assert_eq!(names::if_nametoindex(name), Ok(*index));
        assert_eq!(names::if_indextoname(*index).as_deref(), Ok(name.as_str()));
        if let Ok(text) = fs::read_to_string(format!("/sys/class/net/{name}/ifindex")) {
            assert_eq!(text.trim(), index.to_string(), "{name}");
            compared += 1;
        }
    }
    assert!(compared > 0, "/sys/class/net lists none of {all:?}");
    let unknown = Err(Error::refused(Refusal::InterfaceNotFound));
    // name, outcome
    for (name, outcome) in [
        ("no-such-one", unknown),
        ("", unknown),
        ("a name of more than 15 bytes", unknown),
        ("lo\0", Err(Error::INVALID_VALUE)),
    ] {
        assert_eq!(names::if_nametoindex(name), outcome, "{name:?}");
    }
    for index in [0, 99_999, u32::MAX] {
        assert_eq!(names::if_indextoname(index), Err(Errno::ENXIO.into()), "{index}");
    }
}

#[test]
fn services_and_protocols_are_those_of_the_files() {
    need_netbase();
    let no_service = Err(Error::refused(Refusal::ServiceNotFound));
    // service, protocol, port (row F29)
    for (name, protocol, expected) in [
        ("http", None, Ok(80)),
        ("http", Some("tcp"), Ok(80)),
        ("http", Some("udp"), no_service),
        ("http", Some("TCP"), no_service),
        ("http", Some("nope"), no_service),
        ("www", None, Ok(80)), // an alias
        ("HTTP", None, no_service),
        ("domain", Some("udp"), Ok(53)),
        ("80", None, no_service),
        ("", None, no_service),
        ("nope", None, no_service),
        ("ht\0", None, Err(Error::INVALID_VALUE)),
        ("http", Some("t\0"), Err(Error::INVALID_VALUE)),
    ] {
        assert_eq!(names::getservbyname(name, protocol), expected, "{name:?} {protocol:?}");
    }
    let no_port = Err(Error::refused(Refusal::PortNotFound));
    // port, protocol, service (row F30)
    for (port, protocol, expected) in [
        (80, None, Ok("http")),
        (53, Some("udp"), Ok("domain")),
        (512, Some("tcp"), Ok("exec")),
        (512, Some("udp"), Ok("biff")),
        (1, Some("udp"), no_port),
        (80, Some("TCP"), no_port),
        (0, None, no_port),
    ] {
        let found = names::getservbyport(port, protocol);
        assert_eq!(found.as_deref(), expected.as_ref().copied(), "{port} {protocol:?}");
    }
    let no_protocol = Err(Error::refused(Refusal::ProtocolNotFound));
    // protocol, number (row F28)
    for (name, expected) in [
        ("ip", Ok(0)),
        ("icmp", Ok(1)),
        ("ICMP", Ok(1)), // an alias
        ("tcp", Ok(6)),
        ("udp", Ok(17)),
        ("ipv6-icmp", Ok(58)),
        ("6", no_protocol),
        ("", no_protocol),
        ("nope", no_protocol),
        ("t\0", Err(Error::INVALID_VALUE)),
    ] {
        assert_eq!(names::getprotobyname(name), expected.map(Protocol), "{name:?}");
    }
}
