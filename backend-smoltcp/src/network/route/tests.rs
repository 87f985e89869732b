//! Two links: 0 with both families, 1 with another network and a gateway of its own.

use berkeley::ErrorKind;

use super::*;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn cidr(text: &str) -> Cidr {
    let (address, prefix) = text.split_once('/').unwrap();
    Cidr::new(ip(address), prefix.parse().unwrap()).unwrap()
}

fn route(destination: &str, gateway: &str, link: LinkIndex) -> Route {
    Route { destination: cidr(destination), gateway: ip(gateway), link }
}

const ADDRESSES: &[(LinkIndex, &str)] = &[
    (0, "192.0.2.1/24"),
    (0, "203.0.113.9/25"),
    (0, "fe80::1/64"),
    (0, "2001:db8:a::1/64"),
    (1, "198.51.100.1/24"),
    (1, "fe80::1/64"),
    (1, "2001:db8:b::1/64"),
    (1, "fd00::1/64"),
    (2, "127.0.0.1/8"),
    (2, "::1/128"),
];

const ROUTES: &[(&str, &str, LinkIndex)] = &[
    ("0.0.0.0/0", "192.0.2.254", 0),
    ("0.0.0.0/0", "198.51.100.254", 1),
    ("10.0.0.0/8", "203.0.113.126", 0),
    ("10.1.0.0/16", "198.51.100.254", 1),
    ("10.2.0.0/16", "0.0.0.0", 1), // on the link
    ("192.0.2.0/24", "198.51.100.254", 1),
    ("192.0.2.64/26", "198.51.100.254", 1),
    ("239.1.0.0/16", "198.51.100.254", 1),
    ("::/0", "fe80::ff", 1),
];

fn with_table<const A: usize, const R: usize>(test: impl FnOnce(&mut RouteTable<'_>)) {
    let (mut addresses, mut routes) = ([None; A], [None; R]);
    test(&mut RouteTable::new(&mut addresses[..], &mut routes[..]));
}

fn with_two_links(test: impl FnOnce(&mut RouteTable<'_>)) {
    with_table::<16, 16>(|table| {
        for &(link, address) in ADDRESSES {
            table.add_address(link, cidr(address)).unwrap();
        }
        for &(destination, gateway, link) in ROUTES {
            table.add_route(route(destination, gateway, link)).unwrap();
        }
        test(table);
    });
}

#[test]
fn the_best_way_is_found() {
    with_two_links(|table| {
        // destination, source, scope, link and next hop
        for (destination, source, scope, hop) in [
            ("192.0.2.7", None, None, Some((0, "192.0.2.7"))), // on the link before a gateway
            ("192.0.2.65", None, None, Some((1, "198.51.100.254"))), // but the longer prefix wins
            ("192.0.2.7", Some("198.51.100.1"), None, Some((0, "192.0.2.7"))), // whoever asks
            ("192.0.2.7", None, Some(1), Some((1, "198.51.100.254"))), // but by order
            ("198.51.100.7", None, None, Some((1, "198.51.100.7"))),
            ("10.9.9.9", None, None, Some((0, "203.0.113.126"))),
            ("10.1.2.3", None, None, Some((1, "198.51.100.254"))),
            ("10.2.2.3", None, None, Some((1, "10.2.2.3"))), // a route without a gateway
            ("8.8.8.8", None, None, Some((0, "192.0.2.254"))), // the first of equal ones
            ("8.8.8.8", Some("198.51.100.1"), None, Some((1, "198.51.100.254"))), // or the source's
            ("8.8.8.8", None, Some(1), Some((1, "198.51.100.254"))),
            ("8.8.8.8", None, Some(3), None), // no such link
            ("2001:db8:a::2", None, None, Some((0, "2001:db8:a::2"))),
            ("2001:db8:c::2", None, None, Some((1, "fe80::ff"))),
            ("2001:db8:c::2", None, Some(0), None), // no way there
            ("fe80::7", None, None, None),          // on which link?
            ("fe80::7", None, Some(1), Some((1, "fe80::7"))),
            ("fe80::7", Some("2001:db8:b::1"), None, Some((1, "fe80::7"))),
            ("ff02::1", None, None, Some((0, "ff02::1"))), // on the first link
            ("ff02::1", None, Some(0), Some((0, "ff02::1"))),
            ("ff0e::1", None, None, Some((1, "ff0e::1"))), // where the default route leads
            ("ff0e::1", Some("2001:db8:a::1"), None, Some((0, "ff0e::1"))),
            ("224.0.0.251", None, None, Some((0, "224.0.0.251"))), // the first default route
            ("224.0.0.251", None, Some(1), Some((1, "224.0.0.251"))),
            ("239.1.0.1", None, None, Some((1, "239.1.0.1"))), // a route, but no gateway
            ("255.255.255.255", None, None, Some((0, "255.255.255.255"))),
            ("255.255.255.255", Some("198.51.100.1"), None, Some((1, "255.255.255.255"))),
            ("192.0.2.255", None, Some(0), Some((0, "192.0.2.255"))),
            ("0.0.0.0", None, None, None), // nowhere
            ("::", None, Some(0), None),
            ("127.5.5.5", None, None, Some((2, "127.5.5.5"))),
        ] {
            let found = table.lookup(ip(destination), source.map(ip), scope);
            let hop = hop.map(|(link, address)| NextHop { link, address: ip(address) });
            assert_eq!(found, hop, "{destination} {source:?} {scope:?}");
        }
    });
}

#[test]
fn one_link_needs_no_scope_and_no_route() {
    with_table::<4, 1>(|table| {
        assert_eq!(table.lookup(ip("fe80::7"), None, None), None); // no link at all
        for address in ["127.0.0.1/8", "::1/128"] {
            table.add_address(0, cidr(address)).unwrap();
        }
        assert_eq!(table.lookup(ip("ff02::1"), None, None), None); // nobody else can hear
        for address in ["fe80::1/64", "192.0.2.1/24"] {
            table.add_address(1, cidr(address)).unwrap();
        }
        // destination, whether it goes to the link as it is
        for (destination, goes) in [
            ("fe80::7", true),
            ("ff02::1", true),
            ("ff0e::1", true),
            ("224.0.0.251", true),
            ("255.255.255.255", true),
            ("2001:db8::7", false),
            ("8.8.8.8", false),
        ] {
            let hop = goes.then_some(NextHop { link: 1, address: ip(destination) });
            assert_eq!(table.lookup(ip(destination), None, None), hop, "{destination}");
        }
    });
}

#[test]
fn the_source_address_suits_the_destination() {
    with_two_links(|table| {
        // destination, link, source
        for (destination, link, source) in [
            ("192.0.2.7", 0, Some("192.0.2.1")),
            ("203.0.113.7", 0, Some("203.0.113.9")),
            ("8.8.8.8", 0, Some("192.0.2.1")), // the gateway's network
            ("10.9.9.9", 0, Some("203.0.113.9")), // another gateway's
            ("8.8.8.8", 1, Some("198.51.100.1")),
            ("192.0.2.1", 0, Some("192.0.2.1")), // itself
            ("203.0.113.9", 0, Some("203.0.113.9")),
            ("255.255.255.255", 1, Some("198.51.100.1")),
            ("fe80::7", 0, Some("fe80::1")), // the smallest scope that is enough
            ("ff02::1", 0, Some("fe80::1")),
            ("2001:db8:c::7", 0, Some("2001:db8:a::1")), // not a link-local one
            ("ff0e::1", 0, Some("2001:db8:a::1")),
            ("2001:db8:c::7", 1, Some("2001:db8:b::1")), // the longest common prefix
            ("fd00::9", 1, Some("fd00::1")),
            ("2001:db8:a::1", 0, Some("2001:db8:a::1")),
            ("8.8.8.8", 3, None), // no such link
        ] {
            let found = table.source_for(ip(destination), link);
            assert_eq!(found, source.map(ip), "{destination} {link}");
        }
    });
}

#[test]
fn scopes_are_ranked_as_the_standard_says() {
    // one source, the other, destination, the one that is taken (RFC 6724 section 5 rule 2)
    for (one, other, destination, taken) in [
        ("fe80::1", "2001:db8::1", "2001:db8:1::1", "2001:db8::1"),
        ("fe80::1", "2001:db8::1", "fe80::2", "fe80::1"),
        ("fe80::1", "fec0::1", "2001:db8::1", "fec0::1"), // the largest of those too small
        ("fec0::1", "2001:db8::1", "ff05::1", "fec0::1"),
        ("169.254.0.1", "192.0.2.1", "198.51.100.1", "192.0.2.1"),
        ("169.254.0.1", "192.0.2.1", "169.254.9.9", "169.254.0.1"),
    ] {
        for (first, second) in [(one, other), (other, one)] {
            with_table::<2, 0>(|table| {
                let bits = if ip(first).is_ipv4() { 16 } else { 64 };
                for address in [first, second] {
                    table.add_address(0, Cidr::new(ip(address), bits).unwrap()).unwrap();
                }
                assert_eq!(table.source_for(ip(destination), 0), Some(ip(taken)), "{destination}");
            });
        }
    }
}

#[test]
fn own_and_broadcast_addresses_are_known() {
    with_two_links(|table| {
        // address, link that has it, broadcast
        for (address, link, broadcast) in [
            ("192.0.2.1", Some(0), false),
            ("192.0.2.2", None, false),
            ("198.51.100.1", Some(1), false),
            ("fe80::1", Some(0), false), // the first of two
            ("::1", Some(2), false),
            ("192.0.2.255", None, true),
            ("203.0.113.127", None, true),
            ("203.0.113.255", None, false), // not in a network of 25 bits
            ("255.255.255.255", None, true),
            ("224.0.0.1", None, false), // a group, not everybody
            ("ff02::1", None, false),
        ] {
            assert_eq!(table.is_own(ip(address)), link, "{address}");
            assert_eq!((0..4).find(|&link| table.has(link, ip(address))), link, "{address}");
            assert_eq!(table.is_broadcast(ip(address)), broadcast, "{address}");
        }
        assert!(table.has(1, ip("fe80::1")), "and the second");
    });
}

#[test]
fn addresses_and_routes_that_cannot_be_are_refused() {
    with_table::<2, 1>(|table| {
        // address, error
        for (address, error) in [
            ("0.0.0.0/0", Some(Errno::EINVAL)),
            ("224.0.0.1/24", Some(Errno::EINVAL)),
            ("255.255.255.255/32", Some(Errno::EINVAL)),
            ("192.0.2.255/24", Some(Errno::EINVAL)), // its own network's broadcast
            ("::/64", Some(Errno::EINVAL)),
            ("ff02::1/64", Some(Errno::EINVAL)),
            ("192.0.2.1/24", None),
            ("192.0.2.1/16", Some(Errno::EEXIST)), // whatever its network
            ("192.0.2.0/31", None),
            ("192.0.2.3/24", Some(Errno::ENOBUFS)),
        ] {
            let result = table.add_address(0, cidr(address));
            assert_eq!(result.err().and_then(Error::errno), error, "{address}");
        }
        // destination, gateway, error
        for (destination, gateway, error) in [
            ("0.0.0.0/0", "fe80::1", Some(Errno::EINVAL)), // the other family
            ("0.0.0.0/0", "224.0.0.1", Some(Errno::EINVAL)),
            ("0.0.0.0/0", "192.0.2.255", Some(Errno::EINVAL)), // a broadcast address
            ("0.0.0.0/0", "192.0.2.254", None),
            ("0.0.0.0/0", "192.0.2.254", Some(Errno::EEXIST)),
            ("0.0.0.0/0", "192.0.2.253", Some(Errno::ENOBUFS)),
        ] {
            let result = table.add_route(route(destination, gateway, 0));
            assert_eq!(result.err().and_then(Error::errno), error, "{destination} {gateway}");
            if error == Some(Errno::ENOBUFS) {
                assert_eq!(result.unwrap_err().kind(), ErrorKind::Exhausted(Pool::Routes));
            }
        }
    });
}
