//! Names over the C library's resolver and the host's files.
//!
//! What depends on the files is looked at in namespaces of the test's own: it runs itself again with
//! files that it has written, in a network that has nothing but its loopback, as a host whose name
//! may be changed.

#![allow(clippy::unwrap_used, clippy::type_complexity)] // helpers of tests, beside the tests

mod common;

use std::net::{IpAddr, Ipv4Addr};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use berkeley::names::{AddressInfoQuery, Service, numeric};
use berkeley::{
    Address, AddressFamily, AddressInfoCode, AddressInfoFlags, Errno, Error, HostErrorCode,
    NameInfoFlags, Protocol, Refusal, SocketType, Timeout,
};
use berkeley_os::names;
use common::{NET, PATIENTLY};

const ANY: AddressFamily = AddressFamily::UNSPEC;
const INET: AddressFamily = AddressFamily::INET;
const INET6: AddressFamily = AddressFamily::INET6;

const NO_NAME: Error = Error::address_info(AddressInfoCode::EAI_NONAME);
const OTHER_FAMILY: Error = Error::address_info(AddressInfoCode::EAI_ADDRFAMILY);

/// The answers, one after the other: type/protocol, the canonical name if any, the address.
fn text(query: &AddressInfoQuery<'_>) -> Result<String, Error> {
    let all = NET.getaddrinfo(query)?;
    let lines = all.iter().map(|info| {
        assert_eq!(info.family, info.address.family());
        let (kind, name) = (info.socket_type.0, &info.canonical_name);
        let separator = if name.is_empty() { "" } else { " " };
        format!("{kind}/{}{separator}{name} {}", info.protocol.0, info.address)
    });
    Ok(lines.collect::<Vec<_>>().join(", "))
}

/// The same without the C library.
fn text_without_resolver(query: &AddressInfoQuery<'_>) -> Result<String, Error> {
    let mut lines = Vec::new();
    numeric::getaddrinfo(query, &mut |info| {
        let (kind, name) = (info.socket_type.0, info.canonical_name);
        let separator = if name.is_empty() { "" } else { " " };
        lines.push(format!("{kind}/{}{separator}{name} {}", info.protocol.0, info.address));
        ControlFlow::Continue(())
    })?;
    Ok(lines.join(", "))
}

fn need_netbase() {
    for file in ["/etc/services", "/etc/protocols"] {
        assert!(Path::new(file).exists(), "{file} is missing: install the package netbase");
    }
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
                            assert_eq!(text(&query), text_without_resolver(&query), "{query:?}");
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
        assert_eq!(text(&query).as_deref(), answer.as_ref().copied(), "{name:?}");
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
        assert_eq!(text(&query).as_deref(), answer.as_ref().copied(), "{host}");
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

const HOSTS: &str = "\
127.0.0.1 localhost
::1 localhost ip6-localhost
192.0.2.1 host alias full.example other.example
192.0.2.2 plain nick
2001:db8::1 six.example six
127.0.0.1 twice
127.0.0.2 twice
";

const SWITCH: &str = "hosts: files\nservices: files\nprotocols: files\n";

#[test]
fn a_private_host_has_the_names_of_its_files() {
    need_netbase();
    // Mounts, network and name of the host are the process's own.
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--net", "--uts", "sh", "-ec", script, "sh"]);
        command
    };
    let tried = unshare("ip link set lo up").output();
    if !tried.as_ref().is_ok_and(|output| output.status.success()) {
        println!("namespaces are not available, names of files are not tested: {tried:?}");
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("names");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("hosts"), HOSTS).unwrap();
    fs::write(folder.join("nsswitch.conf"), SWITCH).unwrap();
    let script = "ip link set lo up
        for file in hosts nsswitch.conf; do mount --bind \"$1/$file\" \"/etc/$file\"; done
        exec \"$2\" --ignored --exact inside_of_the_private_host --nocapture --test-threads=1";
    let output = unshare(script).arg(&folder).arg(env::current_exe().unwrap()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}\n{errors}");
}

#[test]
#[ignore = "is run by a_private_host_has_the_names_of_its_files"]
fn inside_of_the_private_host() {
    assert_eq!(fs::read_to_string("/etc/hosts").unwrap(), HOSTS, "not in the namespace");
    look_up_hosts();
    look_up_addresses();
    name_addresses();
    connect_by_name();
    name_this_host();
}

fn look_up_hosts() {
    let (none, canonical, mapped) =
        (AddressInfoFlags::NONE, AddressInfoFlags::CANONNAME, AddressInfoFlags::V4MAPPED);
    let both = "1/6 ('::1', 80, 0, 0), 1/6 ('127.0.0.1', 80)";
    // host, family, flags, answer (rows F11-F17, section 3.13)
    let table: &[(Option<&str>, AddressFamily, AddressInfoFlags, Result<&str, Error>)] = &[
        (None, ANY, none, Ok(both)),
        (None, ANY, AddressInfoFlags::PASSIVE, Ok("1/6 ('0.0.0.0', 80), 1/6 ('::', 80, 0, 0)")),
        (Some("localhost"), ANY, none, Ok(both)),
        (Some("alias"), ANY, none, Ok("1/6 ('192.0.2.1', 80)")),
        (Some("ALIAS"), ANY, none, Ok("1/6 ('192.0.2.1', 80)")),
        (Some("alias"), ANY, canonical, Ok("1/6 host ('192.0.2.1', 80)")),
        (Some("alias"), INET6, none, Err(NO_NAME)),
        (Some("alias"), INET6, mapped, Ok("1/6 ('::ffff:192.0.2.1', 80, 0, 0)")),
        (Some("six"), ANY, canonical, Ok("1/6 six.example ('2001:db8::1', 80, 0, 0)")),
        (Some("six"), INET, none, Err(NO_NAME)),
        (Some("alias"), ANY, AddressInfoFlags::NUMERICHOST, Err(NO_NAME)),
        (Some("unknown.example"), ANY, none, Err(NO_NAME)),
        (Some("no such host"), ANY, none, Err(NO_NAME)),
        (Some("localhost."), ANY, none, Err(NO_NAME)),
        (Some("127.0.0.1 "), ANY, none, Err(NO_NAME)),
        (Some("<broadcast>"), ANY, none, Err(NO_NAME)),
    ];
    for (host, family, flags, answer) in table {
        let query = AddressInfoQuery {
            host: *host,
            service: Some(Service::Port(80)),
            family: *family,
            socket_type: SocketType::STREAM,
            protocol: Protocol::DEFAULT,
            flags: *flags,
        };
        assert_eq!(text(&query).as_deref(), answer.as_ref().copied(), "{host:?} {flags:?}");
    }
    // Without a type: all three of each address, the name in the first answer only.
    let flags = canonical;
    let query = AddressInfoQuery { flags, ..AddressInfoQuery::new("alias", "domain") };
    let expected = "1/6 host ('192.0.2.1', 53), 2/17 ('192.0.2.1', 53)";
    assert_eq!(text(&query).as_deref(), Ok(expected));

    // host, first IPv4 address (rows F21, F24)
    for (host, expected) in [
        ("host", Ok([192, 0, 2, 1])),
        ("six", Err(NO_NAME)),
        ("unknown.example", Err(NO_NAME)),
        ("::1", Err(OTHER_FAMILY)),
    ] {
        assert_eq!(NET.gethostbyname(host), expected.map(Ipv4Addr::from), "{host}");
    }
}

fn look_up_addresses() {
    let unknown = Error::host_error(HostErrorCode::HOST_NOT_FOUND);
    let wildcard = Error::refused(Refusal::WildcardAmbiguous);
    let described = |found: Result<names::HostEntry, Error>| {
        found.map(|entry| format!("{} {:?} {:?}", entry.name, entry.aliases, entry.addresses))
    };
    let host = "host [\"alias\", \"full.example\", \"other.example\"] [192.0.2.1]";
    let localhost = "localhost [] [127.0.0.1]";
    // host, gethostbyname_ex, gethostbyaddr, getfqdn (rows F20, F22, F26, X04)
    let table: &[(&str, Result<&str, Error>, Result<&str, Error>, &str)] = &[
        ("host", Ok(host), Ok(host), "full.example"),
        ("alias", Ok(host), Ok(host), "full.example"),
        (" ALIAS ", Err(NO_NAME), Err(NO_NAME), "full.example"), // only getfqdn takes blanks off
        ("192.0.2.1", Ok("192.0.2.1 [] [192.0.2.1]"), Ok(host), "full.example"),
        ("nick", Ok("plain [\"nick\"] [192.0.2.2]"), Ok("plain [\"nick\"] [192.0.2.2]"), "plain"),
        ("127.1", Ok("127.1 [] [127.0.0.1]"), Ok(localhost), "localhost"),
        ("six", Err(NO_NAME), Ok("six.example [\"six\"] [2001:db8::1]"), "six.example"),
        ("::1", Err(OTHER_FAMILY), Ok("localhost [\"ip6-localhost\"] [::1]"), "localhost"),
        ("198.51.100.1", Ok("198.51.100.1 [] [198.51.100.1]"), Err(unknown), "198.51.100.1"),
        ("<broadcast>", Err(unknown), Err(unknown), "<broadcast>"),
        ("unknown.example", Err(NO_NAME), Err(NO_NAME), "unknown.example"),
        ("x\0", Err(Error::INVALID_VALUE), Err(Error::INVALID_VALUE), "x\0"),
    ];
    for (name, by_name, by_address, full) in table {
        let found = described(names::gethostbyname_ex(name));
        assert_eq!(found.as_deref(), by_name.as_ref().copied(), "gethostbyname_ex {name:?}");
        let found = described(names::gethostbyaddr(name));
        assert_eq!(found.as_deref(), by_address.as_ref().copied(), "gethostbyaddr {name:?}");
        assert_eq!(names::getfqdn(name).as_deref(), Ok(*full), "getfqdn {name:?}");
    }
    assert_eq!(names::gethostbyname_ex(""), Err(unknown));
    assert_eq!(names::gethostbyaddr(""), Err(wildcard));
}

fn name_addresses() {
    let (none, number, required) =
        (NameInfoFlags::NONE, NameInfoFlags::NUMERICHOST, NameInfoFlags::NAMEREQD);
    // host, port, flags, names (row F27)
    for (host, port, flags, expected) in [
        ("192.0.2.1", 80, none, Ok(("host", "http"))),
        ("192.0.2.1", 80, number, Ok(("192.0.2.1", "http"))),
        ("192.0.2.1", 80, NameInfoFlags::NUMERICSERV, Ok(("host", "80"))),
        ("192.0.2.1", 512, none, Ok(("host", "exec"))),
        ("192.0.2.1", 512, NameInfoFlags::DGRAM, Ok(("host", "biff"))),
        ("2001:db8::1", 80, required, Ok(("six.example", "http"))),
        ("198.51.100.1", 3, none, Ok(("198.51.100.1", "3"))),
        ("198.51.100.1", 80, required, Err(NO_NAME)),
        ("192.0.2.1", 80, required | number, Err(NO_NAME)),
        ("host", 80, none, Err(NO_NAME)), // names are not looked up
    ] {
        let found = NET.getnameinfo((host, port), flags);
        let found = found.as_ref().map(|(host, service)| (host.as_str(), service.as_str()));
        assert_eq!(found, expected.as_ref().copied(), "{host} {port} {flags:?}");
    }
}

fn connect_by_name() {
    let timeout = Some(Timeout::After(PATIENTLY));
    let listener = NET.stream(INET).unwrap();
    listener.bind(("127.0.0.2", 0)).unwrap();
    let address = listener.getsockname().unwrap();
    let target = ("twice", address.port().unwrap());
    let descriptors = || fs::read_dir("/proc/self/fd").unwrap().count();
    let before = descriptors();

    // Nobody listens yet: every address is tried, and nothing stays open (rows F02, F03, N34).
    let refused = Error::from(Errno::ECONNREFUSED);
    let errors = NET.create_connection_all(target, timeout, None).map(drop).unwrap_err();
    let text = errors.to_string();
    assert!(text.contains("127.0.0.1") && text.contains("; ('127.0.0.2"), "{text}");
    assert_eq!(Error::from(errors), refused);
    assert_eq!(NET.create_connection(target, timeout, None).map(drop), Err(refused));
    let lookup = NET.create_connection(("unknown.example", 1), timeout, None).map(drop);
    assert_eq!(lookup, Err(NO_NAME));
    assert_eq!(descriptors(), before);

    // The second address answers (rows F01, F06).
    listener.listen(1).unwrap();
    let socket = NET.create_connection(target, timeout, Some(("127.0.0.3", 0))).unwrap();
    assert_eq!(socket.getpeername(), Ok(address));
    let peer: Address = listener.accept().unwrap().1;
    assert_eq!(peer.ip(), Some(IpAddr::from([127, 0, 0, 3])));
    assert_eq!(socket.gettimeout(), Timeout::After(PATIENTLY));
}

fn name_this_host() {
    // Rows F20, F23, F25, N10; the name is that of this process's own namespace.
    names::sethostname("host").unwrap();
    assert_eq!(names::gethostname().as_deref(), Ok("host"));
    for own in ["", "  ", "0.0.0.0", "::"] {
        assert_eq!(names::getfqdn(own).as_deref(), Ok("full.example"), "{own:?}");
    }
    assert_eq!(names::sethostname("x".repeat(65)), Err(Errno::EINVAL.into()));
    assert_eq!(names::gethostname().as_deref(), Ok("host"), "a failure changes nothing");
    let longest = "x".repeat(64);
    names::sethostname(&longest).unwrap();
    assert_eq!(names::gethostname(), Ok(longest));
    names::sethostname([b'a', 0xFF]).unwrap();
    assert_eq!(names::gethostname().as_deref(), Ok("a\u{FFFD}"), "not UTF-8");
}
