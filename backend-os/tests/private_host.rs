//! Names on a host of the test's own: the program runs itself again with files that it has written, in
//! a network that has nothing but its loopback, as a host whose name may be changed.

#![allow(clippy::unwrap_used, clippy::type_complexity)] // helpers of tests, beside the tests

mod common;

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::{env, fs};

use berkeley::names::{AddressInfoQuery, Service};
use berkeley::{
    Address, AddressFamily, AddressInfoCode, AddressInfoFlags, Errno, Error, HostErrorCode,
    NameInfoFlags, Protocol, Refusal, SocketType, Timeout,
};
use berkeley_os::names;
use common::{NET, PATIENTLY, answers, need_netbase};

const ANY: AddressFamily = AddressFamily::UNSPEC;
const INET: AddressFamily = AddressFamily::INET;
const INET6: AddressFamily = AddressFamily::INET6;

const NO_NAME: Error = Error::address_info(AddressInfoCode::EAI_NONAME);
const OTHER_FAMILY: Error = Error::address_info(AddressInfoCode::EAI_ADDRFAMILY);

/// Says to the process that it is the one that was run again.
const INSIDE: &str = "BERKELEY_OS_TEST_PRIVATE_HOST";

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

/// Makes what the process has of its own, and becomes the program: folder of the files, program.
const SCRIPT: &str = r#"
    ip link set lo up
    for file in hosts nsswitch.conf; do mount --bind "$1/$file" "/etc/$file"; done
    exec "$2"
"#;

/// There is no test harness here: what runs inside would be a test too, which must not run outside.
fn main() -> ExitCode {
    if env::var_os(INSIDE).is_some() {
        inside();
        return ExitCode::SUCCESS;
    }
    let tried = unshare("ip link set lo up").output();
    if !tried.as_ref().is_ok_and(|output| output.status.success()) {
        println!("namespaces are not available, names of files are not tested: {tried:?}");
        return ExitCode::SUCCESS;
    }
    need_netbase();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("names");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("hosts"), HOSTS).unwrap();
    fs::write(folder.join("nsswitch.conf"), SWITCH).unwrap();
    let again = env::current_exe().unwrap();
    let status = unshare(SCRIPT).arg(&folder).arg(again).env(INSIDE, "1").status().unwrap();
    println!("test private_host ... {}", if status.success() { "ok" } else { "FAILED" });
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A shell whose mounts, network and name of the host are its own.
fn unshare(script: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--net", "--uts", "sh", "-ec", script, "sh"]);
    command
}

fn inside() {
    assert_eq!(fs::read_to_string("/etc/hosts").unwrap(), HOSTS, "not in the namespace");
    look_up_hosts();
    look_up_addresses();
    name_addresses();
    connect_by_name();
    bind_by_name();
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
        assert_eq!(answers(&query).as_deref(), answer.as_ref().copied(), "{host:?} {flags:?}");
    }
    // Without a type: all three of each address, the name in the first answer only.
    let flags = canonical;
    let query = AddressInfoQuery { flags, ..AddressInfoQuery::new("alias", "domain") };
    let expected = "1/6 host ('192.0.2.1', 53), 2/17 ('192.0.2.1', 53)";
    assert_eq!(answers(&query).as_deref(), Ok(expected));

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

fn bind_by_name() {
    let failed = |errno: Errno| Err(Error::from(errno));
    // host, family, own address, or why there is none (rows A06, A12, A25)
    for (host, family, expected) in [
        ("twice", INET, Ok("127.0.0.1")), // the first one
        ("TWICE", INET, Ok("127.0.0.1")),
        ("ip6-localhost", INET6, Ok("::1")),
        ("ip6-localhost", INET, Ok("127.0.0.1")), // so reads glibc the line of `::1`
        ("plain", INET, failed(Errno::EADDRNOTAVAIL)), // not ours
        ("plain", INET6, Err(NO_NAME)),
        ("unknown.example", INET, Err(NO_NAME)),
        ("a..b", INET, Err(NO_NAME)),
        ("fe80::1%lo", INET6, failed(Errno::EADDRNOTAVAIL)), // not ours; without zone: EINVAL
        ("fe80::1", INET6, failed(Errno::EINVAL)),
        ("fe80::1%nope", INET6, Err(NO_NAME)),
    ] {
        let socket = NET.datagram(family).unwrap();
        let bound = socket.bind((host, 0)).map(|()| socket.getsockname().unwrap().ip().unwrap());
        assert_eq!(bound.map(|ip| ip.to_string()), expected.map(str::to_owned), "{host:?}");
        if bound.is_err() {
            assert_eq!(socket.getsockname().unwrap().port(), Some(0), "nothing has happened");
        }
    }
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
