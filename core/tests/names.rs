//! Names: what is asked, what is answered without a resolver, and connecting over what one says.
//!
//! The answers are those of CPython 3.11 on Linux with glibc.

#![allow(clippy::unwrap_used, clippy::type_complexity, reason = "tables of a test")]

#[allow(dead_code, unreachable_pub, reason = "shared by several tests")]
mod support;

use core::net::Ipv4Addr;
use core::ops::ControlFlow;

use berkeley::names::{AddressInfoQuery, Service, numeric, table};
use berkeley::{
    Address, AddressFamily, AddressInfoCode, AddressInfoFlags, Errno, Error, NameInfoFlags, Net,
    Protocol, Refusal, SocketType, Timeout,
};
use support::Event::{self, Expires, Fails, Takes};
use support::{HALF_SECOND, Scripted};

const ANY: AddressFamily = AddressFamily::UNSPEC;
const INET: AddressFamily = AddressFamily::INET;
const INET6: AddressFamily = AddressFamily::INET6;
const STREAM: SocketType = SocketType::STREAM;

const NONE: AddressInfoFlags = AddressInfoFlags::NONE;
const PASSIVE: AddressInfoFlags = AddressInfoFlags::PASSIVE;
const CANONNAME: AddressInfoFlags = AddressInfoFlags::CANONNAME;
const NUMERICHOST: AddressInfoFlags = AddressInfoFlags::NUMERICHOST;
const V4MAPPED: AddressInfoFlags = AddressInfoFlags::V4MAPPED;

const fn failed(code: AddressInfoCode) -> Error {
    Error::address_info(code)
}

const BAD_FLAGS: Error = failed(AddressInfoCode::EAI_BADFLAGS);
const NO_NAME: Error = failed(AddressInfoCode::EAI_NONAME);
const FAMILY: Error = failed(AddressInfoCode::EAI_FAMILY);
const SOCKET_TYPE: Error = failed(AddressInfoCode::EAI_SOCKTYPE);
const SERVICE: Error = failed(AddressInfoCode::EAI_SERVICE);
const OTHER_FAMILY: Error = failed(AddressInfoCode::EAI_ADDRFAMILY);
const VALUE: Error = Error::INVALID_VALUE;

/// The answers, one after the other: type/protocol, the canonical name if any, the address.
fn numeric(query: &AddressInfoQuery<'_>) -> Result<String, Error> {
    let mut all = Vec::new();
    numeric::getaddrinfo(query, &mut |info| {
        assert_eq!(info.family, info.address.family());
        let (kind, name) = (info.socket_type.0, info.canonical_name);
        let separator = if name.is_empty() { "" } else { " " };
        all.push(format!("{kind}/{}{separator}{name} {}", info.protocol.0, info.address));
        ControlFlow::Continue(())
    })?;
    Ok(all.join(", "))
}

fn port(port: u16) -> Option<Service<'static>> {
    Some(Service::Port(port))
}

fn name(name: &str) -> Option<Service<'_>> {
    Some(Service::Name(name))
}

#[test]
fn hosts_are_read_as_glibc_reads_them() {
    let long = "b".repeat(63) + ".invalid";
    let too_long = "a".repeat(64);
    let both = "1/6 ('::1', 80, 0, 0), 1/6 ('127.0.0.1', 80)";
    // host, family, flags, answer (rows F11-F16 and section 3.13)
    let table: &[(Option<&str>, AddressFamily, AddressInfoFlags, Result<&str, Error>)] = &[
        (None, ANY, NONE, Ok(both)),
        (Some("*"), ANY, NONE, Ok(both)),
        (None, INET, NONE, Ok("1/6 ('127.0.0.1', 80)")),
        (None, INET6, V4MAPPED, Ok("1/6 ('::1', 80, 0, 0)")),
        (None, ANY, PASSIVE, Ok("1/6 ('0.0.0.0', 80), 1/6 ('::', 80, 0, 0)")), // IPv4 first
        (None, ANY, CANONNAME, Err(BAD_FLAGS)),                                // of what?
        (Some(""), ANY, NONE, Err(NO_NAME)),
        (Some("1.2.3.4"), ANY, NONE, Ok("1/6 ('1.2.3.4', 80)")),
        (Some("1.2.3.4"), ANY, PASSIVE, Ok("1/6 ('1.2.3.4', 80)")), // there is a host
        (Some("1.2.3.4"), INET6, NONE, Err(OTHER_FAMILY)),
        (Some("1.2.3.4"), INET6, V4MAPPED, Ok("1/6 ('::ffff:1.2.3.4', 80, 0, 0)")),
        (Some("127.1"), INET6, V4MAPPED, Ok("1/6 ('::ffff:127.0.0.1', 80, 0, 0)")),
        (Some("1.2.3.4"), INET, V4MAPPED, Ok("1/6 ('1.2.3.4', 80)")),
        (Some("1.2.3.4"), INET6, AddressInfoFlags::ALL, Err(OTHER_FAMILY)), // alone it is nothing
        (Some("::1"), INET, V4MAPPED, Err(OTHER_FAMILY)),
        (Some("::1"), INET6, NONE, Ok("1/6 ('::1', 80, 0, 0)")),
        (Some("::ffff:1.2.3.4"), ANY, NONE, Ok("1/6 ('::ffff:1.2.3.4', 80, 0, 0)")),
        (Some("::ffff:1.2.3.4"), INET, NONE, Ok("1/6 ('1.2.3.4', 80)")),
        (Some("127.1"), ANY, NUMERICHOST, Ok("1/6 ('127.0.0.1', 80)")), // older forms are numbers
        (Some("0x7f000001"), ANY, NONE, Ok("1/6 ('127.0.0.1', 80)")),
        (Some("127.0.0.01"), ANY, NONE, Ok("1/6 ('127.0.0.1', 80)")),
        (Some("255.255.255.255"), ANY, NONE, Ok("1/6 ('255.255.255.255', 80)")),
        (Some("127.0.0.1 "), ANY, NONE, Err(NO_NAME)),
        (Some("::1 "), ANY, NONE, Err(NO_NAME)),
        (Some("[::1]"), ANY, NONE, Err(NO_NAME)),
        (Some("<broadcast>"), ANY, NONE, Err(NO_NAME)), // only in address tuples
        (Some("::1%1"), ANY, NONE, Ok("1/6 ('::1', 80, 0, 1)")),
        (Some("fe80::1%9"), ANY, NONE, Ok("1/6 ('fe80::1', 80, 0, 9)")),
        (Some("fe80::1%4294967296"), ANY, NONE, Err(NO_NAME)),
        (Some("fe80::1%"), ANY, NONE, Err(NO_NAME)),
        (Some("1.2.3.4%1"), ANY, NONE, Err(NO_NAME)),
        (Some("localhost"), ANY, NONE, Ok(both)),
        (Some("LOCALHOST."), INET, NONE, Ok("1/6 ('127.0.0.1', 80)")),
        (Some("localhost"), INET6, V4MAPPED, Ok("1/6 ('::1', 80, 0, 0)")),
        (
            Some("localhost"),
            INET6,
            V4MAPPED.union(AddressInfoFlags::ALL),
            Ok("1/6 ('::1', 80, 0, 0), 1/6 ('::ffff:127.0.0.1', 80, 0, 0)"),
        ),
        (Some("localhost"), ANY, NUMERICHOST, Err(NO_NAME)),
        (Some("example.org"), ANY, NONE, Err(NO_NAME)), // there is no resolver
        (Some(&long), ANY, NONE, Err(NO_NAME)),
        // the canonical name stands in the first answer
        (Some("127.1"), ANY, CANONNAME, Ok("1/6 127.1 ('127.0.0.1', 80)")),
        (
            Some("LocalHost"),
            ANY,
            CANONNAME,
            Ok("1/6 localhost ('::1', 80, 0, 0), 1/6 ('127.0.0.1', 80)"),
        ),
        // what no backend is asked (CPython: TypeError, UnicodeError)
        (Some("1.2.3.4\0x"), ANY, NONE, Err(VALUE)),
        (Some("a..b"), ANY, NONE, Err(VALUE)),
        (Some("."), ANY, NONE, Err(VALUE)),
        (Some(".a"), ANY, NONE, Err(VALUE)),
        (Some(&too_long), ANY, NONE, Err(VALUE)),
        (Some("b\u{fc}cher.example"), ANY, NONE, Err(VALUE)),
        // other families and flags
        (Some("1.2.3.4"), AddressFamily::UNIX, NONE, Err(FAMILY)),
        (Some("1.2.3.4"), AddressFamily(77), NONE, Err(FAMILY)),
        (Some("1.2.3.4"), ANY, AddressInfoFlags(0x800), Err(BAD_FLAGS)),
        (Some("1.2.3.4"), AddressFamily(77), AddressInfoFlags(1 << 20), Err(BAD_FLAGS)),
        (Some(""), AddressFamily(77), NONE, Err(FAMILY)),
        (Some("1.2.3.4"), ANY, AddressInfoFlags::ADDRCONFIG, Ok("1/6 ('1.2.3.4', 80)")),
    ];
    for (host, family, flags, answer) in table {
        let query = AddressInfoQuery {
            host: *host,
            service: port(80),
            family: *family,
            socket_type: STREAM,
            flags: *flags,
            ..AddressInfoQuery::default()
        };
        assert_eq!(numeric(&query).as_deref(), answer.as_ref().copied(), "{host:?} {flags:?}");
    }
}

#[test]
fn services_are_ports_or_names() {
    let numeric_service = AddressInfoFlags::NUMERICSERV;
    // service, flags, the ports of the answers and for which types (row F19)
    let table: &[(Option<Service<'_>>, AddressInfoFlags, Result<&[(u32, u16)], Error>)] = &[
        (None, NONE, Ok(&[(1, 0), (2, 0), (3, 0)])),
        (name("*"), NONE, Ok(&[(1, 0), (2, 0), (3, 0)])),
        (name(""), NONE, Ok(&[(1, 0), (2, 0), (3, 0)])),
        (name(""), numeric_service, Ok(&[(1, 0), (2, 0), (3, 0)])),
        (port(80), NONE, Ok(&[(1, 80), (2, 80), (3, 80)])),
        (name("80"), numeric_service, Ok(&[(1, 80), (2, 80), (3, 80)])),
        (name("080"), NONE, Ok(&[(1, 80), (2, 80), (3, 80)])),
        (name("65535"), NONE, Ok(&[(1, 65535), (2, 65535), (3, 65535)])),
        (name("domain"), NONE, Ok(&[(1, 53), (2, 53)])),
        (name("http"), NONE, Ok(&[(1, 80)])),
        (name("www"), NONE, Ok(&[(1, 80)])),
        (name("tftp"), NONE, Ok(&[(2, 69)])),
        (name("HTTP"), NONE, Err(SERVICE)),
        (name("nope"), NONE, Err(SERVICE)),
        (name("80x"), NONE, Err(SERVICE)),
        (name("0x50"), NONE, Err(SERVICE)),
        (name("80 "), NONE, Err(SERVICE)),
        (name("-1"), NONE, Err(SERVICE)),
        (name("http"), numeric_service, Err(NO_NAME)),
        // unlike glibc, which takes 0, 5, 80 and 80 for them, and cuts the last one
        (name("65536"), NONE, Err(SERVICE)),
        (name("4294967301"), NONE, Err(SERVICE)),
        (name(" 80"), NONE, Err(SERVICE)),
        (name("+80"), NONE, Err(SERVICE)),
        (name("8\u{0}0"), NONE, Err(VALUE)),
    ];
    for (service, flags, expected) in table {
        let query = AddressInfoQuery {
            service: *service,
            flags: *flags,
            ..AddressInfoQuery::new("1.2.3.4", 0)
        };
        let mut ports = Vec::new();
        let outcome = numeric::getaddrinfo(&query, &mut |info| {
            ports.push((info.socket_type.0, info.address.port().unwrap()));
            ControlFlow::Continue(())
        });
        assert_eq!(outcome.map(|()| &*ports), *expected, "{service:?}");
    }
    let nothing = AddressInfoQuery::default();
    assert_eq!(nothing.checked(), Err(NO_NAME), "neither host nor service");
    let stars = AddressInfoQuery::new("*", "*");
    assert_eq!(stars.checked(), Err(NO_NAME));
}

#[test]
fn types_and_protocols_go_together_as_in_glibc() {
    let http = name("http");
    // type, protocol, service, type/protocol of the answers (row F12)
    let table: &[(u32, i32, Option<Service<'_>>, Result<&str, Error>)] = &[
        (0, 1, None, Ok("3/1")), // every other protocol is raw
        (0, 1, port(0), Err(SERVICE)),
        (0, 6, None, Ok("1/6")),
        (0, 17, port(80), Ok("2/17")),
        (0, 17, http, Err(SERVICE)),
        (0, 33, port(80), Ok("6/33")), // DCCP
        (0, 33, http, Err(SERVICE)),
        (0, 77, None, Ok("3/77")),
        (0, 132, port(80), Ok("1/132")), // SCTP
        (0, 136, None, Ok("2/136")),     // UDP-Lite
        (1, 0, None, Ok("1/6")),
        (1, 6, http, Ok("1/6")),
        (1, 17, None, Err(SOCKET_TYPE)),
        (1, 132, None, Ok("1/132")),
        (1, 255, None, Err(SOCKET_TYPE)),
        (2, 0, port(80), Ok("2/17")),
        (2, 0, http, Err(SERVICE)),
        (2, 6, port(80), Err(SOCKET_TYPE)),
        (2, 136, None, Ok("2/136")),
        (3, 0, None, Ok("3/0")),
        (3, 0, name(""), Ok("3/0")), // no service
        (3, 0, port(0), Err(SERVICE)),
        (3, 6, None, Ok("3/6")),
        (3, 255, None, Ok("3/255")),
        (4, 0, None, Err(SOCKET_TYPE)),
        (5, 0, http, Err(SOCKET_TYPE)),
        (10, 0, None, Err(SOCKET_TYPE)),
        (77, 6, None, Err(SOCKET_TYPE)),
        (1, 17, name("65536"), Err(SOCKET_TYPE)), // before the service
    ];
    for (socket_type, protocol, service, expected) in table {
        let query = AddressInfoQuery {
            service: *service,
            socket_type: SocketType(*socket_type),
            protocol: Protocol(*protocol),
            ..AddressInfoQuery::new("1.2.3.4", 0)
        };
        let found = numeric(&query).map(|text| text.split(' ').next().unwrap().to_owned());
        let what = format!("{socket_type} {protocol} {service:?}");
        assert_eq!(found.as_deref(), expected.as_ref().copied(), "{what}");
    }
}

#[test]
fn an_answer_that_is_enough_ends_the_list() {
    let mut count = 0;
    let outcome = numeric::getaddrinfo(&AddressInfoQuery::new("localhost", 1), &mut |_| {
        count += 1;
        if count == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!((outcome, count), (Ok(()), 2));
}

/// `getnameinfo` of the scripted backend, which has no resolver.
fn name_of(
    address: impl berkeley::ToAddress,
    flags: NameInfoFlags,
) -> Result<(String, String), Error> {
    let backend = Scripted::new(&[]);
    let mut names = None;
    Net::new(&backend).getnameinfo_with(address, flags, &mut |info| {
        names = Some((info.host.to_owned(), info.service.to_owned()));
    })?;
    Ok(names.unwrap())
}

#[test]
fn names_of_addresses_are_printed_as_python_prints_them() {
    let (none, host, number) =
        (NameInfoFlags::NONE, NameInfoFlags::NUMERICHOST, NameInfoFlags::NUMERICSERV);
    let (required, datagram) = (NameInfoFlags::NAMEREQD, NameInfoFlags::DGRAM);
    // host, port, flow information and scope if any, flags, names (row F27)
    let table: &[(&str, u16, Option<(u32, u32)>, NameInfoFlags, Result<(&str, &str), Error>)] = &[
        ("127.0.0.1", 80, None, none, Ok(("localhost", "http"))),
        ("127.0.0.1", 80, None, host, Ok(("127.0.0.1", "http"))),
        ("127.0.0.1", 80, None, host | number, Ok(("127.0.0.1", "80"))),
        ("127.0.0.1", 80, None, required, Ok(("localhost", "http"))),
        ("127.1", 80, None, host, Ok(("127.0.0.1", "http"))),
        ("192.0.2.1", 4, None, none, Ok(("192.0.2.1", "4"))),
        ("192.0.2.1", 4, None, required, Err(NO_NAME)),
        ("127.0.0.1", 80, None, required | host, Err(NO_NAME)), // a name that is not looked up
        ("127.0.0.1", 512, None, host, Ok(("127.0.0.1", "exec"))),
        ("127.0.0.1", 512, None, host | datagram, Ok(("127.0.0.1", "biff"))),
        ("0.0.0.0", 0, None, host, Ok(("0.0.0.0", "0"))),
        ("::1", 80, None, host, Ok(("::1", "http"))),
        ("::ffff:1.2.3.4", 80, None, host, Ok(("::ffff:1.2.3.4", "http"))),
        ("::1", 80, Some((0, 1)), host, Ok(("::1%1", "http"))),
        ("::1", 80, Some((0xF_FFFF, 0)), host, Ok(("::1", "http"))),
        ("::1", 80, Some((0x10_0000, 0)), host, Err(Error::OVERFLOW)),
        ("fe80::1", 80, Some((0, 999)), host, Ok(("fe80::1%999", "http"))),
        (
            "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
            65535,
            Some((0, u32::MAX)),
            host,
            Ok(("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295", "65535")), // the longest
        ),
        ("localhost", 80, None, none, Err(NO_NAME)), // numbers only
        ("", 80, None, none, Err(NO_NAME)),
        ("<broadcast>", 80, None, none, Err(NO_NAME)),
        ("1.2.3.4\0", 80, None, none, Err(VALUE)),
        ("127.0.0.1", 80, Some((0, 0)), none, Err(Error::refused(Refusal::FamilyMismatch))),
        ("127.0.0.1", 80, None, NameInfoFlags(1 << 20), Err(BAD_FLAGS)),
        ("127.0.0.1", 80, None, NameInfoFlags(u32::MAX), Err(BAD_FLAGS)),
    ];
    for (host, port, rest, flags, expected) in table {
        let found = match rest {
            None => name_of((*host, *port), *flags),
            Some((flow, scope)) => name_of((*host, *port, *flow, *scope), *flags),
        };
        let found = found.as_ref().map(|(host, service)| (host.as_str(), service.as_str()));
        assert_eq!(found, expected.as_ref().copied(), "{host} {port} {flags:?}");
    }
    assert_eq!(name_of((Ipv4Addr::LOCALHOST, 7), none).unwrap().1, "echo");
}

#[test]
fn a_host_has_one_ipv4_address() {
    let backend = Scripted::new(&[]);
    backend.answer_host("two.example", Ok(vec![v4(1), v4(2)]));
    backend.answer_host("none.example", Ok(vec![]));
    backend.answer_host("again.example", Err(AddressInfoCode::EAI_AGAIN));
    let again = failed(AddressInfoCode::EAI_AGAIN);
    let empty = Error::refused(Refusal::EmptyAddressList);
    // host, address, whether the resolver is asked (rows F21, A25, A26)
    for (host, expected, is_asked) in [
        ("", Ok([0, 0, 0, 0]), false),
        ("<broadcast>", Ok([255; 4]), false),
        ("1.2.3.4", Ok([1, 2, 3, 4]), false),
        ("127.1", Ok([127, 0, 0, 1]), false),
        ("::ffff:1.2.3.4", Ok([1, 2, 3, 4]), false),
        ("localhost", Ok([127, 0, 0, 1]), false),
        ("::1", Err(OTHER_FAMILY), false),
        ("x\0", Err(VALUE), false),
        ("a..b", Err(VALUE), false),
        ("two.example", Ok([192, 0, 2, 1]), true),
        ("none.example", Err(empty), true),
        ("again.example", Err(again), true),
        ("1.2.3.4 ", Err(NO_NAME), true),
        ("unknown.example", Err(NO_NAME), true),
    ] {
        let found = Net::new(&backend).gethostbyname(host);
        assert_eq!(found, expected.map(Ipv4Addr::from), "{host:?}");
        assert_eq!(backend.calls().contains("getaddrinfo"), is_asked, "{host:?}");
    }
}

/// One of the addresses that the resolver of the tests answers, with the port of the tests.
fn v4(last: u8) -> Address {
    (core::net::IpAddr::from([192, 0, 2, last]), 7).into()
}

#[test]
fn a_connection_is_tried_over_all_addresses() {
    let (refused, started) = (Fails(Errno::ECONNREFUSED), Fails(Errno::EINPROGRESS));
    let unreachable = Fails(Errno::EHOSTUNREACH);
    let error = |errno: Errno| Err(Error::from(errno));
    // host, timeout, what happens, outcome, which addresses are tried (rows F02-F04, A25)
    let table: &[(&str, Timeout, &[Event], Result<(), Error>, &str)] = &[
        ("two", Timeout::Blocking, &[Takes(0)], Ok(()), "1"),
        ("two", Timeout::Blocking, &[refused, Takes(0)], Ok(()), "1 2"),
        // the last error counts
        ("two", Timeout::Blocking, &[refused, unreachable], error(Errno::EHOSTUNREACH), "1 2"),
        ("two", Timeout::Blocking, &[unreachable, refused], error(Errno::ECONNREFUSED), "1 2"),
        // each address has the whole timeout
        (
            "two",
            HALF_SECOND,
            &[started, Expires(500), started, Expires(500)],
            Err(Error::TIMED_OUT),
            "1 2",
        ),
        ("two", Timeout::NonBlocking, &[started, started], error(Errno::EINPROGRESS), "1 2"),
        ("none", Timeout::Blocking, &[], Err(Error::refused(Refusal::EmptyAddressList)), ""),
        ("again", Timeout::Blocking, &[], Err(failed(AddressInfoCode::EAI_AGAIN)), ""),
        ("unknown", Timeout::Blocking, &[], Err(NO_NAME), ""),
        ("nul\0", Timeout::Blocking, &[], Err(VALUE), ""),
        ("", Timeout::Blocking, &[], Err(NO_NAME), ""),
        ("<broadcast>", Timeout::Blocking, &[], Err(NO_NAME), ""),
    ];
    for (host, timeout, events, outcome, tried) in table {
        let backend = Scripted::new(events);
        backend.answer_host("two", Ok(vec![v4(1), v4(2)]));
        backend.answer_host("none", Ok(vec![]));
        backend.answer_host("again", Err(AddressInfoCode::EAI_AGAIN));
        let found = Net::new(&backend).create_connection((host, 7), Some(*timeout), None);
        assert_eq!(found.map(|socket| socket.gettimeout()), outcome.map(|()| *timeout), "{host}");
        assert_eq!(backend.left(), 0, "not all that was foreseen happened");
        let calls = backend.calls();
        let connects: Vec<&str> = calls
            .split("connect ('192.0.2.")
            .skip(1)
            .map(|rest| rest.split('\'').next().unwrap())
            .collect();
        assert_eq!(connects.join(" "), *tried, "{calls}");
        let opened = calls.matches("socket SOCK").count();
        assert_eq!(calls.matches("close ").count(), opened, "every socket is closed: {calls}");
        assert!(calls.matches("getaddrinfo").count() <= 1, "looked up once: {calls}");
    }
}

#[test]
fn a_source_is_bound_first_and_numbers_ask_nobody() {
    // host, source, what the backend is called with first (rows F06, F07, A26)
    for (host, source, expected) in [
        ("127.0.0.1", Some(("127.0.0.2", 9)), "bind ('127.0.0.2', 9), connect ('127.0.0.1', 7)"),
        ("::1", Some(("", 9)), "bind ('::', 9, 0, 0), connect ('::1', 7, 0, 0)"),
        ("127.1", None, "connect ('127.0.0.1', 7)"),
        ("localhost", None, "connect ('::1', 7, 0, 0)"),
        ("fe80::1%3", None, "connect ('fe80::1', 7, 0, 3)"),
    ] {
        let backend = Scripted::new(&[Takes(0)]);
        Net::new(&backend).create_connection((host, 7), None, source).unwrap();
        let calls = backend.calls();
        let expected = format!("socket SOCK_STREAM false, {expected} forever");
        assert!(calls.starts_with(&expected), "{calls}");
    }
    // A source of the other family is an error of that address.
    let backend = Scripted::new(&[Takes(0)]);
    let found =
        Net::new(&backend).create_connection(("localhost", 7), None, Some(("127.0.0.1", 0)));
    assert_eq!(found.unwrap().family(), INET);
}

#[cfg(feature = "alloc")]
#[test]
fn all_errors_are_told_in_order() {
    use berkeley::names::ConnectErrors;

    let (refused, unreachable) = (Errno::ECONNREFUSED, Errno::EHOSTUNREACH);
    let all = |host: &'static str, events: &[Event]| {
        let backend = Scripted::new(events);
        backend.answer_host("two", Ok(vec![v4(1), v4(2)]));
        backend.answer_host("none", Ok(vec![]));
        Net::new(&backend).create_connection_all((host, 7), None, None).map(drop)
    };
    // host, what happens, errors, the error that counts, what a person reads (row N34)
    for (host, events, errors, last, text) in [
        (
            "two",
            &[Fails(refused), Fails(unreachable)][..],
            ConnectErrors::Addresses(vec![(v4(1), refused.into()), (v4(2), unreachable.into())]),
            Error::from(unreachable),
            "('192.0.2.1', 7): [Errno 111] Connection refused; \
             ('192.0.2.2', 7): [Errno 113] No route to host",
        ),
        (
            "none",
            &[],
            ConnectErrors::Addresses(vec![]),
            Error::refused(Refusal::EmptyAddressList),
            "getaddrinfo returns an empty list",
        ),
        (
            "unknown",
            &[],
            ConnectErrors::Lookup(NO_NAME),
            NO_NAME,
            "[Errno -2] Name or service not known",
        ),
    ] {
        let found = all(host, events).unwrap_err();
        assert_eq!(found, errors, "{host}");
        assert_eq!((found.to_string().as_str(), Error::from(found)), (text, last), "{host}");
    }
    assert_eq!(all("two", &[Fails(refused), Takes(0)]), Ok(()));
}

#[cfg(feature = "alloc")]
#[test]
fn the_answers_can_be_collected() {
    let backend = Scripted::new(&[]);
    let net = Net::new(&backend);
    let query = AddressInfoQuery { flags: CANONNAME, ..AddressInfoQuery::new("127.1", "domain") };
    let all = net.getaddrinfo(&query).unwrap();
    let summary: Vec<_> =
        all.iter().map(|info| (info.protocol.0, info.canonical_name.as_str())).collect();
    assert_eq!(summary, [(6, "127.1"), (17, "")]);
    let names = net.getnameinfo(all[0].address, NameInfoFlags::NUMERICHOST).unwrap();
    assert_eq!((names.0.as_str(), names.1.as_str()), ("127.0.0.1", "domain"));
}

#[test]
fn the_tables_answer_as_the_files_do() {
    let (no_service, no_port) = (Refusal::ServiceNotFound, Refusal::PortNotFound);
    // service, protocol, port (row F29)
    for (name, protocol, expected) in [
        ("http", None, Ok(80)),
        ("http", Some("tcp"), Ok(80)),
        ("http", Some("udp"), Err(no_service)),
        ("http", Some("TCP"), Err(no_service)),
        ("http", Some("nope"), Err(no_service)),
        ("www", None, Ok(80)),
        ("HTTP", None, Err(no_service)),
        ("domain", Some("udp"), Ok(53)),
        ("80", None, Err(no_service)),
        ("", None, Err(no_service)),
    ] {
        let found = table::getservbyname(name, protocol);
        assert_eq!(found, expected.map_err(Error::refused), "{name} {protocol:?}");
    }
    // port, protocol, service (row F30)
    for (port, protocol, expected) in [
        (80, None, Ok("http")),
        (53, Some("udp"), Ok("domain")),
        (512, None, Ok("exec")),
        (512, Some("udp"), Ok("biff")),
        (80, Some("udp"), Err(no_port)),
        (80, Some("TCP"), Err(no_port)),
        (0, None, Err(no_port)),
    ] {
        let found = table::getservbyport(port, protocol);
        assert_eq!(found, expected.map_err(Error::refused), "{port} {protocol:?}");
    }
    // protocol, number (row F28)
    for (name, expected) in [
        ("ip", Some(0)),
        ("icmp", Some(1)),
        ("ICMP", Some(1)),
        ("tcp", Some(6)),
        ("udp", Some(17)),
        ("ipv6-icmp", Some(58)),
        ("6", None),
        ("", None),
        ("nope", None),
    ] {
        let expected = expected.map(Protocol).ok_or(Error::refused(Refusal::ProtocolNotFound));
        assert_eq!(table::getprotobyname(name), expected, "{name}");
    }
}
