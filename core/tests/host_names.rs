//! Host names inside address tuples: which are looked up, for which family, and when.
//!
//! The answers are those of CPython 3.11 on Linux with glibc (rows A05-A08, A12, A22-A26, and
//! section 3.15, of the manual).

#![allow(clippy::unwrap_used, clippy::type_complexity, reason = "tables of a test")]

#[allow(dead_code, unreachable_pub, reason = "shared by several tests")]
mod support;

use core::net::{IpAddr, Ipv4Addr, SocketAddrV6};

use berkeley::{
    Address, AddressFamily, AddressInfoCode, Errno, Error, MessageFlags, Net, Protocol, Refusal,
    Socket, SocketType, ToAddress,
};
use support::Event::{self, Fails, Takes};
use support::Scripted;

const INET: AddressFamily = AddressFamily::INET;
const INET6: AddressFamily = AddressFamily::INET6;

const NO_NAME: Error = Error::address_info(AddressInfoCode::EAI_NONAME);
const AGAIN: Error = Error::address_info(AddressInfoCode::EAI_AGAIN);
const OTHER_FAMILY: Error = Error::address_info(AddressInfoCode::EAI_ADDRFAMILY);
const VALUE: Error = Error::INVALID_VALUE;

/// A backend whose resolver knows some hosts, to which this will happen.
fn backend(events: &[Event]) -> Scripted {
    let backend = Scripted::new(events);
    let v4 = |last| Address::from((IpAddr::from([192, 0, 2, last]), 9));
    let v6 = |last, scope_id| {
        let ip = [0xfe80, 0, 0, 0, 0, 0, 0, last].into();
        Address::from(SocketAddrV6::new(ip, 9, 0, scope_id))
    };
    backend.answer_host("two.example", Ok(vec![v4(1), v4(2)]));
    backend.answer_host("six.example", Ok(vec![v6(1, 0), v6(2, 0)]));
    backend.answer_host("fe80::1%eth0", Ok(vec![v6(1, 4)]));
    backend.answer_host("again.example", Err(AddressInfoCode::EAI_AGAIN));
    backend.answer_host("broken.example", Err(AddressInfoCode::EAI_FAIL));
    backend.answer_host("empty.example", Ok(vec![]));
    backend
}

fn datagram(backend: &Scripted, family: AddressFamily) -> Socket<&Scripted> {
    let socket = Net::new(backend).datagram(family).unwrap();
    backend.calls();
    socket
}

#[test]
fn a_name_is_looked_up_once_and_its_first_answer_is_taken() {
    let failed = |code| Err(Error::address_info(code));
    let empty = Err(Error::refused(Refusal::EmptyAddressList));
    // host, family, what bind is told, or why it is not called
    let table: &[(&str, AddressFamily, Result<&str, Error>)] = &[
        ("two.example", INET, Ok("('192.0.2.1', 7)")), // not the port that the resolver said
        ("six.example", INET6, Ok("('fe80::1', 7, 0, 0)")),
        ("fe80::1%eth0", INET6, Ok("('fe80::1', 7, 0, 4)")), // the zone is the scope
        ("unknown.example", INET, Err(NO_NAME)),
        ("again.example", INET, Err(AGAIN)),
        ("again.example", INET6, Err(AGAIN)),
        ("broken.example", INET, failed(AddressInfoCode::EAI_FAIL)),
        ("empty.example", INET, empty),
        ("127.0.0.1 ", INET, Err(NO_NAME)), // though inet_aton takes it
        ("[::1]", INET6, Err(NO_NAME)),
        ("fe80::1%nope", INET6, Err(NO_NAME)),
        ("fe80::1%4294967296", INET6, Err(NO_NAME)), // a scope has 32 bits
    ];
    for (host, family, expected) in table {
        let backend = backend(&[]);
        let found = datagram(&backend, *family).bind((*host, 7));
        assert_eq!(found, expected.map(drop), "{host:?}");
        let asked = format!("getaddrinfo Some({host:?}) None");
        let calls = match expected {
            Ok(address) => format!("{asked}, bind {address}"),
            Err(_) => asked,
        };
        let seen = backend.calls();
        assert_eq!(seen.strip_suffix(", close 1 Never"), Some(&*calls), "{host:?} {family:?}");
    }
}

#[test]
fn what_is_known_or_no_name_never_reaches_the_resolver() {
    let label = "a".repeat(64);
    // host, family, what bind is told, or why it is not called
    let table: &[(&str, AddressFamily, Result<&str, Error>)] = &[
        ("192.0.2.7", INET, Ok("('192.0.2.7', 7)")),
        ("127.1", INET, Ok("('127.0.0.1', 7)")), // legacy forms are numbers
        ("0x7f000001", INET, Ok("('127.0.0.1', 7)")),
        ("2130706433", INET, Ok("('127.0.0.1', 7)")),
        ("::ffff:192.0.2.7", INET, Ok("('192.0.2.7', 7)")),
        ("", INET, Ok("('0.0.0.0', 7)")),
        ("<broadcast>", INET, Ok("('255.255.255.255', 7)")),
        ("localhost", INET, Ok("('127.0.0.1', 7)")),
        ("::1", INET6, Ok("('::1', 7, 0, 0)")),
        ("::1%1", INET6, Ok("('::1', 7, 0, 1)")),
        ("", INET6, Ok("('::', 7, 0, 0)")),
        ("LOCALHOST.", INET6, Ok("('::1', 7, 0, 0)")),
        // a literal of the other family
        ("::1", INET, Err(OTHER_FAMILY)),
        ("fe80::1%eth0", INET, Err(OTHER_FAMILY)),
        ("192.0.2.7", INET6, Err(OTHER_FAMILY)),
        ("127.1", INET6, Err(OTHER_FAMILY)),
        ("<broadcast>", INET6, Err(Error::INVALID_ADDRESS)),
        ("255.255.255.255", INET6, Err(Error::INVALID_ADDRESS)),
        // no host has such a name
        ("*", INET, Err(NO_NAME)), // to getaddrinfo() it means "no host"
        ("a..b", INET, Err(NO_NAME)),
        (".", INET6, Err(NO_NAME)),
        (&label, INET, Err(NO_NAME)),
        ("two.example\0", INET, Err(VALUE)),
        ("192.0.2.7\0", INET, Err(VALUE)),
        ("b\u{fc}cher.example", INET, Err(VALUE)),
        ("b\u{fc}cher.example", INET6, Err(VALUE)),
        ("two.example", AddressFamily::UNIX, Err(Error::from_errno(Errno::EAFNOSUPPORT))),
    ];
    for (host, family, expected) in table {
        let backend = backend(&[]);
        // Whatever the resolver would say: it is not there to be asked.
        backend.answer_host("*", Ok(vec![(Ipv4Addr::BROADCAST, 1).to_address(INET).unwrap()]));
        let found = datagram(&backend, *family).bind((*host, 7));
        assert_eq!(found, expected.map(drop), "{host:?}");
        let calls = expected.map_or(String::new(), |address| format!("bind {address}, "));
        assert_eq!(backend.calls(), format!("{calls}close 1 Never"), "{host:?} {family:?}");
    }
}

#[test]
fn every_method_with_an_address_looks_names_up() {
    type Call = fn(&Socket<&Scripted>, &str) -> Result<(), Error>;
    let message = |socket: &Socket<&Scripted>, host: &str| {
        socket.sendmsg_to(&[b"x"], b"", MessageFlags::NONE, (host, 7)).map(drop)
    };
    // method, what happens, what the backend is called with after the lookup
    let table: &[(Call, &[Event], &str)] = &[
        (|socket, host| socket.bind((host, 7)), &[], "bind ('192.0.2.1', 7)"),
        (|socket, host| socket.connect((host, 7)), &[Takes(0)], "connect ('192.0.2.1', 7) forever"),
        (
            |socket, host| socket.connect_ex((host, 7)).map(drop),
            &[Takes(0)],
            "connect ('192.0.2.1', 7) forever",
        ),
        (
            |socket, host| socket.sendto(b"x", (host, 7)).map(drop),
            &[Takes(1)],
            "sendto 1 ('192.0.2.1', 7) forever",
        ),
        (message, &[Takes(1)], "sendmsg [1]+0 ('192.0.2.1', 7) forever"),
    ];
    for (call, events, expected) in table {
        for (host, outcome) in [("two.example", Ok(())), ("again.example", Err(AGAIN))] {
            let backend = backend(events);
            let found = call(&datagram(&backend, INET), host);
            assert_eq!(found, outcome, "{expected}");
            let asked = format!("getaddrinfo Some({host:?}) None");
            let calls = if outcome.is_ok() { format!("{asked}, {expected}") } else { asked };
            assert_eq!(backend.calls(), format!("{calls}, close 1 Never"), "{expected}");
        }
    }
}

#[test]
fn an_address_that_fails_is_not_replaced_by_the_next() {
    // Row A25: the first answer refuses; the second one is not tried, nobody is asked again.
    let refused = Errno::ECONNREFUSED;
    let backend = backend(&[Fails(refused), Fails(refused)]);
    let socket = Net::new(&backend).stream(INET).unwrap();
    backend.calls();
    assert_eq!(socket.connect(("two.example", 7)), Err(refused.into()));
    assert_eq!(socket.connect_ex(("two.example", 7)), Ok(refused.raw()));
    let once = "getaddrinfo Some(\"two.example\") None, connect ('192.0.2.1', 7) forever";
    assert_eq!(backend.calls(), format!("{once}, {once}"));
}

#[test]
fn the_tuple_is_looked_at_first_and_the_flow_information_last() {
    let asked = "getaddrinfo Some(\"HOST\") None";
    let overflow = Err(Error::OVERFLOW);
    // host, flow information and scope, family, what bind is told or why not, whether HOST was asked
    let table: &[(&str, (u32, u32), AddressFamily, Result<&str, Error>, bool)] = &[
        ("six.example", (3, 5), INET6, Ok("('fe80::1', 7, 3, 5)"), true),
        ("fe80::1%eth0", (0, 0), INET6, Ok("('fe80::1', 7, 0, 4)"), true),
        ("fe80::1%eth0", (0, 6), INET6, Ok("('fe80::1', 7, 0, 6)"), true), // the tuple's counts
        ("fe80::1%3", (0, 0), INET6, Ok("('fe80::1', 7, 0, 3)"), false),
        ("six.example", (0x10_0000, 0), INET6, overflow, true),
        ("unknown.example", (0x10_0000, 0), INET6, Err(NO_NAME), true),
        ("two.example\0", (0x10_0000, 0), INET6, Err(VALUE), false),
        ("::1", (0x10_0000, 0), INET6, overflow, false),
        ("192.0.2.7", (0x10_0000, 0), INET6, Err(OTHER_FAMILY), false),
        // an IPv4 address is a pair, whatever the host is
        ("two.example", (0, 0), INET, Err(VALUE), false),
        ("192.0.2.7", (0, 0), INET, Err(VALUE), false),
        ("::1", (0, 0), INET, Err(VALUE), false),
    ];
    for (host, (flow, scope), family, expected, is_asked) in table {
        let backend = backend(&[]);
        let socket = datagram(&backend, *family);
        assert_eq!(
            socket.bind((*host, 7, *flow, *scope)),
            expected.map(drop),
            "{host:?} {flow:#x}"
        );
        let asked = if *is_asked { asked.replace("HOST", host) } else { String::new() };
        let bound = expected.map_or(String::new(), |address| format!("bind {address}"));
        let separator = if *is_asked && expected.is_ok() { ", " } else { "" };
        assert_eq!(backend.calls(), format!("{asked}{separator}{bound}"), "{host:?}");
    }
}

#[test]
fn sockets_of_every_type_can_be_given_names() {
    // Services are listed for few types: a lookup with the type, or a port, would fail for others.
    for (socket_type, protocol) in [
        (SocketType::STREAM, Protocol::DEFAULT),
        (SocketType::RAW, Protocol::ICMP),
        (SocketType::SEQPACKET, Protocol::DEFAULT),
        (SocketType(6), Protocol(33)), // DCCP
    ] {
        let backend = backend(&[]);
        let socket = Net::new(&backend).socket(INET, socket_type, protocol).unwrap();
        assert_eq!(socket.bind(("two.example", 7)), Ok(()), "{socket_type:?}");
    }
}

#[test]
fn an_answer_of_the_other_family_is_refused() {
    // No resolver should say such a thing.
    let backend = backend(&[]);
    let error = Err(Errno::EAFNOSUPPORT.into());
    assert_eq!(datagram(&backend, INET6).bind(("two.example", 7)), error);
    assert!(!backend.calls().contains("bind"));
}

#[test]
fn without_a_resolver_names_are_not_known() {
    // host, outcome
    for (host, expected) in [
        ("192.0.2.7", Ok(())),
        ("localhost", Ok(())),
        ("two.example", Err(NO_NAME)),
        ("a..b", Err(NO_NAME)),
        ("b\u{fc}cher.example", Err(VALUE)),
        ("two.example\0", Err(VALUE)),
    ] {
        let backend = backend(&[]);
        backend.take_resolver_away();
        assert_eq!(datagram(&backend, INET).bind((host, 7)), expected, "{host:?}");
        assert!(!backend.calls().contains("getaddrinfo"), "{host:?}");
        let found = Net::new(&backend).gethostbyname(host).map(drop);
        assert!(found.is_ok() == expected.is_ok(), "{host:?} {found:?}");
        assert!(!backend.calls().contains("getaddrinfo"), "{host:?}");
    }
}

#[test]
fn a_type_of_the_program_passes_the_question_on() {
    /// A place that a program keeps under a name of its own.
    struct Printer;

    impl ToAddress for Printer {
        fn to_address(&self, family: AddressFamily) -> Result<Address, Error> {
            ("two.example", 7).to_address(family)
        }

        fn to_address_with(
            &self,
            family: AddressFamily,
            look_up: &mut dyn FnMut(&str) -> Result<Address, Error>,
        ) -> Result<Address, Error> {
            ("two.example", 7).to_address_with(family, look_up)
        }
    }

    /// The same, unaware that there is something to pass on.
    struct Unaware;

    impl ToAddress for Unaware {
        fn to_address(&self, family: AddressFamily) -> Result<Address, Error> {
            Printer.to_address(family)
        }
    }

    let backend = backend(&[]);
    let behind_a_reference: &dyn ToAddress = &Printer;
    assert_eq!(datagram(&backend, INET).bind(Printer), Ok(()));
    assert_eq!(datagram(&backend, INET).bind(behind_a_reference), Ok(()));
    assert_eq!(datagram(&backend, INET).bind(Unaware), Err(NO_NAME));
    assert_eq!(Printer.to_address(INET), Err(NO_NAME), "by itself it asks nobody");
}
