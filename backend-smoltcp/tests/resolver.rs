//! Names of hosts, asked of servers on the link: what is asked of whom and when, and what becomes of the answers.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "resolver/servers.rs"]
mod servers;
mod support;

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use berkeley::dns::{Host, Patience};
use berkeley::names::AddressInfoQuery;
use berkeley::{AddressInfoCode, AddressInfoFlags, NameInfoFlags, SocketType};
use servers::*;
use support::randomness::{LIMIT, worst};
use support::*;

/// A pair whose near side asks the two servers of its far side.
struct Lab {
    pair: Pair,
    heard: Rc<core::cell::RefCell<Vec<Heard>>>,
}

impl Lab {
    fn new(version: usize) -> Lab {
        let pair = Pair::new(1);
        let heard = Servers::start(&pair, version);
        let servers = [53, 54].map(|port| end(FAR[version], port));
        pair.near.backend().set_dns_servers(&servers).unwrap();
        Lab { pair, heard }
    }

    /// The answers as text, or the error's name; how many seconds it took, and what was asked.
    fn look_up(&self, query: &AddressInfoQuery<'_>) -> (String, u64, Vec<Heard>) {
        self.heard.borrow_mut().clear();
        let start = self.pair.now();
        let outcome = match self.pair.near.getaddrinfo(query) {
            Ok(found) => {
                let ips = found.iter().map(|info| info.address.ip().unwrap().to_string());
                ips.collect::<Vec<_>>().join(" ")
            }
            Err(error) => format!("{error:?}"),
        };
        let took = self.pair.now().saturating_duration_since(start).as_secs();
        (outcome, took, self.heard.borrow().clone())
    }
}

fn of(host: &str, family: AddressFamily) -> AddressInfoQuery<'_> {
    let socket_type = SocketType::STREAM;
    AddressInfoQuery { family, socket_type, ..AddressInfoQuery::new(host, 80) }
}

#[test]
fn a_name_is_asked_of_servers_until_one_answers() {
    let [any, v4, v6] = [AddressFamily::UNSPEC, AddressFamily::INET, AddressFamily::INET6];
    // How servers behave, the family, the outcome, how many seconds, how many questions over UDP and TCP.
    for (label, family, outcome, seconds, udp, tcp) in [
        ("host", any, "2001:db8::10 192.0.2.10 192.0.2.11", 0, 2, 0),
        ("host", v4, "192.0.2.10 192.0.2.11", 0, 1, 0),
        ("host", v6, "2001:db8::10", 0, 1, 0),
        ("four", any, "192.0.2.10 192.0.2.11", 0, 2, 0),
        ("four", v6, "EAI_NODATA", 0, 1, 0),
        ("six", any, "2001:db8::10", 0, 2, 0),
        ("nobody", any, "EAI_NONAME", 0, 2, 0),
        ("empty", any, "EAI_NODATA", 0, 2, 0),
        ("fails", v4, "EAI_AGAIN", 0, 4, 0), // two servers, twice
        ("refuses", v4, "EAI_AGAIN", 0, 4, 0),
        ("half", any, "192.0.2.10 192.0.2.11", 0, 5, 0), // of IPv6 alone there is no answer
        ("first-fails", v4, "192.0.2.10 192.0.2.11", 0, 2, 0),
        ("silent", v4, "EAI_AGAIN", 20, 4, 0),
        ("silent", any, "EAI_AGAIN", 20, 8, 0), // both at the same time
        ("first-silent", v4, "192.0.2.10 192.0.2.11", 5, 2, 0),
        ("old", v4, "192.0.2.10 192.0.2.11", 0, 2, 0), // without the extension
        ("ancient", v4, "EAI_FAIL", 0, 8, 0),
        ("alias", any, "192.0.2.10", 0, 2, 0),
        ("alias", v6, "EAI_NODATA", 0, 1, 0), // it stands for a name without
        ("circle", v4, "EAI_NONAME", 0, 1, 0),
        ("forged", v4, "192.0.2.10 192.0.2.11", 0, 1, 0),
        ("again", v4, "EAI_AGAIN", 0, 4, 2), // there is no end of it; the other server has no TCP
        ("tcp-nobody", v4, "EAI_NONAME", 0, 1, 1),
        ("broken-off", v4, "EAI_AGAIN", 0, 4, 2),
        ("cut", v4, "EAI_AGAIN", 0, 4, 2),
    ] {
        let lab = Lab::new(0);
        let host = format!("{label}.example");
        let (found, took, heard) = lab.look_up(&of(&host, family));
        let found = found.trim_start_matches("AddressInfo(").trim_end_matches(')');
        let over_tcp = heard.iter().filter(|heard| heard.tcp).count();
        let seen = (found, took, heard.len() - over_tcp, over_tcp);
        assert_eq!(seen, (outcome, seconds, udp, tcp), "{host} {family:?}");
    }
}

#[test]
fn every_message_has_another_number_and_another_port() {
    let lab = Lab::new(0);
    let (_, _, heard) = lab.look_up(&of("silent.example", AddressFamily::UNSPEC));
    let kinds: Vec<_> = heard.iter().map(|heard| (heard.server, heard.record_type)).collect();
    assert_eq!(kinds, [(53, AAAA), (53, A), (54, AAAA), (54, A)].repeat(2));
    let start = heard[0].at;
    let half = millis(500); // what is under way takes a little
    let since = |heard: &Heard| (heard.at + half).saturating_duration_since(start).as_secs();
    let times = heard.iter().map(since);
    assert_eq!(times.collect::<Vec<_>>(), [0, 0, 5, 5, 10, 10, 15, 15]);
    for (number, one) in heard.iter().enumerate() {
        for other in &heard[..number] {
            assert_ne!((one.id, one.from), (other.id, other.from));
            assert_ne!(one.from, other.from);
        }
    }

    // Ports are looked at elsewhere; of them none comes again soon.
    let mut ids = Vec::new();
    for _ in 0..8192 {
        let (_, _, heard) = lab.look_up(&of("nobody.example", AddressFamily::INET));
        ids.push(u32::from(heard[0].id));
    }
    let (deviation, test) = worst(&ids, 16);
    assert!(deviation < LIMIT, "{deviation} by {test}");
}

#[test]
fn what_is_known_is_not_asked_for() {
    const HOSTS: &[Host<'static>] = &[
        Host { name: "printer.example", address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)) },
        Host { name: "printer", address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)) },
    ];
    let lab = Lab::new(0);
    lab.pair.near.backend().set_hosts(HOSTS).unwrap();
    let (any, v6) = (AddressFamily::UNSPEC, AddressFamily::INET6);
    let long = format!("{0}.{0}.{0}.{0}", "x".repeat(63));
    // host, family, outcome
    for (host, family, outcome) in [
        ("192.0.2.9", any, "192.0.2.9"),
        ("2001:db8::9", any, "2001:db8::9"),
        ("localhost", any, "::1 127.0.0.1"),
        ("LocalHost.", any, "::1 127.0.0.1"),
        ("Printer", any, "192.0.2.7"), // of the table
        ("printer", v6, "AddressInfo(EAI_NODATA)"),
        ("fe80::1%eth0", any, "AddressInfo(EAI_NONAME)"), // zones have no names
        ("256.1.2.3", any, "AddressInfo(EAI_NONAME)"),    // nor has a number a top level
        ("www.localhost", any, "AddressInfo(EAI_NONAME)"), // RFC 6761
        ("host.invalid", any, "AddressInfo(EAI_NONAME)"), // RFC 6761
        ("two words", any, "AddressInfo(EAI_NONAME)"),
        (&long, any, "AddressInfo(EAI_NONAME)"), // 255 bytes as text
        ("host..example", any, "InvalidValue"),
    ] {
        let (found, took, heard) = lab.look_up(&of(host, family));
        assert_eq!((found.as_str(), took, heard.len()), (outcome, 0, 0), "{host}");
    }
    let flags = AddressInfoFlags::NUMERICHOST;
    let numeric = AddressInfoQuery { flags, ..of("host.example", any) };
    let (found, _, heard) = lab.look_up(&numeric);
    assert_eq!((found.as_str(), heard.len()), ("AddressInfo(EAI_NONAME)", 0));
    // A service that there is not is known before anybody is asked.
    let query = AddressInfoQuery::new("host.example", "no-such-service");
    let (found, _, heard) = lab.look_up(&query);
    assert_eq!((found.as_str(), heard.len()), ("AddressInfo(EAI_SERVICE)", 0));
}

#[test]
fn flags_choose_among_the_answers() {
    let (mapped, all) = (AddressInfoFlags::V4MAPPED, AddressInfoFlags::ALL);
    // host, flags, the addresses for an IPv6 socket, how many questions
    for (host, flags, outcome, count) in [
        ("six.example", mapped, "2001:db8::10", 2),
        ("four.example", mapped, "::ffff:192.0.2.10 ::ffff:192.0.2.11", 2),
        ("host.example", mapped, "2001:db8::10", 2),
        ("host.example", mapped | all, "2001:db8::10 ::ffff:192.0.2.10 ::ffff:192.0.2.11", 2),
        ("four.example", all, "AddressInfo(EAI_NODATA)", 1), // it means nothing by itself
    ] {
        let lab = Lab::new(0);
        let query = AddressInfoQuery { flags, ..of(host, AddressFamily::INET6) };
        let (found, _, heard) = lab.look_up(&query);
        assert_eq!((found.as_str(), heard.len()), (outcome, count), "{host} {flags:?}");
    }

    // The name that a name stands for is the canonical one.
    let lab = Lab::new(0);
    for (host, name) in [("alias.example", "www.example"), ("Host.Example.", "Host.Example")] {
        let query = AddressInfoQuery {
            flags: AddressInfoFlags::CANONNAME,
            ..of(host, AddressFamily::INET)
        };
        let found = lab.pair.near.getaddrinfo(&query).unwrap();
        assert_eq!(found[0].canonical_name, name);
        assert!(found[1..].iter().all(|info| info.canonical_name.is_empty()));
    }
}

#[test]
fn addresses_that_cannot_be_reached_come_last_or_not_at_all() {
    let lab = Lab::new(0);
    let stack = lab.pair.near.backend();
    let interface = stack.interfaces().nth(1).unwrap().index;
    stack.remove_address(interface, ip(NEAR[1])).unwrap();
    let any = of("host.example", AddressFamily::UNSPEC);
    assert_eq!(lab.look_up(&any).0, "192.0.2.10 192.0.2.11 2001:db8::10");
    let flags = AddressInfoFlags::ADDRCONFIG;
    let configured = AddressInfoQuery { flags, ..any };
    assert_eq!(lab.look_up(&configured).0, "192.0.2.10 192.0.2.11");
    let none = AddressInfoQuery { flags, ..of("six.example", AddressFamily::UNSPEC) };
    assert_eq!(lab.look_up(&none).0, "AddressInfo(EAI_NODATA)");
}

#[test]
fn an_answer_without_room_comes_over_tcp() {
    let lab = Lab::new(0);
    let (found, _, heard) = lab.look_up(&of("large.example", AddressFamily::INET));
    let found: Vec<_> = found.split(' ').map(String::from).collect();
    // Of 255 addresses as many as are answered.
    let expected: Vec<_> = (0..48).map(|host| format!("198.51.100.{host}")).collect();
    assert_eq!(found, expected);
    let ways: Vec<_> = heard.iter().map(|heard| heard.tcp).collect();
    assert_eq!(ways, [false, true]);
    assert_ne!(heard[0].id, heard[1].id);
}

#[test]
fn addresses_have_names() {
    let lab = Lab::new(0);
    let (none, required) = (NameInfoFlags::NONE, NameInfoFlags::NAMEREQD);
    let number = NameInfoFlags::NUMERICHOST;
    // address, flags, its name and service, how many questions
    for (address, flags, outcome, count) in [
        (("192.0.2.9", 80), none, Ok("host.example http"), 1),
        (("192.0.2.9", 80), number, Ok("192.0.2.9 http"), 0),
        (("2001:db8::9", 80), none, Ok("host.example http"), 1),
        (("::ffff:192.0.2.9", 80), required, Ok("host.example http"), 1), // of IPv4, in IPv6
        (("127.0.0.1", 80), none, Ok("localhost http"), 0),
        (("192.0.2.66", 80), none, Ok("192.0.2.66 http"), 1), // a name that no host has
        (("192.0.2.66", 80), required, Err(AddressInfoCode::EAI_NONAME), 1),
        (("192.0.2.67", 80), none, Ok("192.0.2.67 http"), 1), // none
        (("192.0.2.67", 80), required, Err(AddressInfoCode::EAI_NONAME), 1),
        (("192.0.2.68", 80), none, Err(AddressInfoCode::EAI_AGAIN), 4), // no answer
    ] {
        lab.heard.borrow_mut().clear();
        let names = lab.pair.near.getnameinfo(address, flags);
        let names = names.map(|(host, service)| format!("{host} {service}"));
        let expected = outcome.map(String::from).map_err(Error::address_info);
        assert_eq!((names, lab.heard.borrow().len()), (expected, count), "{address:?} {flags:?}");
    }
}

#[test]
fn programs_connect_by_name() {
    for (version, far) in FAR.into_iter().enumerate() {
        let lab = Lab::new(version);
        const HOSTS: &[Host<'static>] = &[
            Host { name: "far.example", address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)) },
            Host {
                name: "far.example",
                address: IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2)),
            },
        ];
        let near = &lab.pair.near;
        near.backend().set_hosts(HOSTS).unwrap();
        let listener = lab.pair.listener(far, 7, 2);
        let socket = near.create_connection(("far.example", 7), None, None).unwrap();
        assert_eq!(socket.getpeername().unwrap().ip(), Some(ip(far)));
        let socket = near.stream(family_of(far)).unwrap();
        socket.connect(("FAR.example", 7)).unwrap();
        drop(listener);
        // One that a server knows, and where nobody is.
        assert_eq!(near.gethostbyname("host.example"), Ok(Ipv4Addr::new(192, 0, 2, 10)));
        let unknown = near.stream(AddressFamily::INET).unwrap().connect(("nobody.example", 7));
        assert_eq!(unknown, Err(Error::address_info(AddressInfoCode::EAI_NONAME)));
    }
}

#[test]
fn patience_is_the_programs() {
    let lab = Lab::new(0);
    let stack = lab.pair.near.backend();
    stack.set_dns_patience(Patience { timeout: seconds(1), attempts: 3 }).unwrap();
    let (found, took, heard) = lab.look_up(&of("silent.example", AddressFamily::INET));
    assert_eq!((found.as_str(), took, heard.len()), ("AddressInfo(EAI_AGAIN)", 6, 6));
    // A server that is not there is passed over at once, and so are all of them.
    let nobody = [end(FAR[0], 99), end("203.0.113.1", 53)];
    stack.set_dns_servers(&nobody).unwrap();
    let (found, took, _) = lab.look_up(&of("host.example", AddressFamily::INET));
    assert_eq!((found.as_str(), took), ("AddressInfo(EAI_AGAIN)", 0));
    stack.set_dns_servers(&[]).unwrap();
    let (found, took, _) = lab.look_up(&of("host.example", AddressFamily::INET));
    assert_eq!((found.as_str(), took), ("AddressInfo(EAI_AGAIN)", 0));
    assert!(failed(&stack.set_dns_servers(&[end(FAR[0], 53); 4]), Errno::ENOBUFS));
}

#[test]
fn a_full_table_is_an_error_of_its_own() {
    let lab = Lab::new(0);
    let mut sockets = Vec::new();
    let error = loop {
        match lab.pair.near.datagram(AddressFamily::INET) {
            Ok(socket) => sockets.push(socket),
            Err(error) => break error,
        }
    };
    let query = of("host.example", AddressFamily::INET);
    assert_eq!(lab.pair.near.getaddrinfo(&query), Err(error));
    sockets.pop();
    // A lookup gives back what it has taken.
    for _ in 0..10 {
        assert_eq!(lab.look_up(&query).0, "192.0.2.10 192.0.2.11");
    }
}
