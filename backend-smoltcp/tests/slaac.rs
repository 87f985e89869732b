//! Autoconfiguration of IPv6 by routers that are scripts, in virtual time.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use core::net::{IpAddr, Ipv6Addr};

use berkeley_smoltcp::{InterfaceAddress, InterfaceIdentifiers, RouteEntry};
use support::target::{checksum, ethernet};
use support::*;

/// The routers' hardware addresses and addresses.
const ROUTER: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 9]);
const OTHER: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 8]);
const VIA: &str = "fe80::9";
const VIA_OTHER: &str = "fe80::8";
const ALL_NODES: &str = "ff02::1";
/// The addresses that follow from the hardware address of the bench.
const OURS: &str = "fe80::ff:fe00:1";
const GLOBAL: &str = "2001:db8:0:1:0:ff:fe00:1";
const DEPRECATED: &str = "2001:db8:0:1:0:ff:fe00:1 deprecated";
const NETWORK: &str = "2001:db8:0:1::";
const FOR_EVER: u32 = u32::MAX;
/// The flags of a prefix: on the link, autonomous, both.
const L: u8 = 0x80;
const A: u8 = 0x40;
const LA: u8 = L | A;

fn v6(text: &str) -> Ipv6Addr {
    text.parse().unwrap()
}

/// An ICMPv6 message in a packet with this hop limit, in a frame from this station.
fn icmp(
    station: HardwareAddress,
    (from, to): (&str, &str),
    hop_limit: u8,
    message: &[u8],
) -> Vec<u8> {
    let (from, to) = (v6(from), v6(to));
    let mut message = message.to_vec();
    let sum = checksum(IpAddr::V6(from), IpAddr::V6(to), 58, &message);
    message[2..4].copy_from_slice(&sum.to_be_bytes());
    let [l0, l1] = (message.len() as u16).to_be_bytes();
    let head = [0x60, 0, 0, 0, l0, l1, 58, hop_limit];
    let packet = [&head[..], &from.octets(), &to.octets(), &message].concat();
    let to = if to.is_multicast() { [0x33, 0x33, 0, 0, 0, 1] } else { OWN.0 };
    ethernet(station.0, to, &packet)
}

/// What a router says with these options.
fn says(via: &str, lifetime: u16, options: &[Vec<u8>]) -> Vec<u8> {
    let station = if via == VIA { ROUTER } else { OTHER };
    icmp(station, (via, ALL_NODES), 255, &advertisement(lifetime, options))
}

fn advertisement(lifetime: u16, options: &[Vec<u8>]) -> Vec<u8> {
    let [l0, l1] = lifetime.to_be_bytes();
    [&[134, 0, 0, 0, 64, 0, l0, l1, 0, 0, 0, 0, 0, 0, 0, 0][..], &options.concat()].concat()
}

fn prefix(network: &str, length: u8, flags: u8, valid: u32, preferred: u32) -> Vec<u8> {
    let (valid, preferred) = (valid.to_be_bytes(), preferred.to_be_bytes());
    [&[3, 4, length, flags][..], &valid, &preferred, &[0; 4], &v6(network).octets()].concat()
}

fn mtu(mtu: u32) -> Vec<u8> {
    [&[5, 1, 0, 0][..], &mtu.to_be_bytes()].concat()
}

fn name_servers(lifetime: u32, servers: &[&str]) -> Vec<u8> {
    let mut option = vec![25, 1 + 2 * servers.len() as u8, 0, 0];
    option.extend(lifetime.to_be_bytes());
    servers.iter().for_each(|server| option.extend(v6(server).octets()));
    option
}

/// Who has this address? From this station and address.
fn solicitation(target: &str) -> Vec<u8> {
    [&[135, 0, 0, 0, 0, 0, 0, 0][..], &v6(target).octets()].concat()
}

/// Somebody else has it.
fn claim(target: &str) -> Vec<u8> {
    let message = [&[136, 0, 0, 0, 0x20, 0, 0, 0][..], &v6(target).octets(), &[2, 1], &OTHER.0];
    icmp(OTHER, (target, ALL_NODES), 255, &message.concat())
}

/// A message that the stack has sent.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Said {
    /// Does somebody have this address?
    Probe(Ipv6Addr),
    /// Who is a router? From this address.
    Solicitation(Ipv6Addr),
    /// Another message.
    Other(u8),
}

fn read(frame: &[u8]) -> Option<Said> {
    let packet = frame.get(14..)?;
    if packet[0] >> 4 != 6 || packet[6] != 58 {
        return None;
    }
    assert_eq!(packet[7], 255);
    let address = |at: usize| Ipv6Addr::from(*packet[at..].first_chunk::<16>().unwrap());
    let (from, to) = (address(8), address(24));
    assert_eq!(checksum(IpAddr::V6(from), IpAddr::V6(to), 58, &packet[40..]), 0);
    Some(match packet[40] {
        133 => {
            assert_eq!((to, &frame[..6]), (v6("ff02::2"), &[0x33, 0x33, 0, 0, 0, 2][..]));
            let own = [&[1, 1][..], &OWN.0].concat();
            assert_eq!(&packet[48..], if from.is_unspecified() { &[][..] } else { &own });
            Said::Solicitation(from)
        }
        135 if from.is_unspecified() => {
            assert_eq!(packet.len(), 64, "without a hardware address");
            Said::Probe(address(48))
        }
        kind => Said::Other(kind),
    })
}

struct Lab {
    bench: Bench,
}

impl Lab {
    /// With identifiers of the hardware address, which are known.
    fn new() -> Lab {
        Lab::with(InterfaceIdentifiers::HardwareAddress)
    }

    fn with(identifiers: InterfaceIdentifiers) -> Lab {
        let bench = Bench::with(Medium::Ethernet(OWN), 1500, 1, small());
        for address in NEAR {
            bench.stack().remove_address(bench.interface, ip(address)).unwrap();
        }
        bench.stack().start_slaac(bench.interface, identifiers).unwrap();
        Lab { bench }
    }

    /// One that has its link-local address, and has heard this from the router.
    fn told(lifetime: u16, options: &[Vec<u8>]) -> Lab {
        let lab = Lab::new();
        lab.run(seconds(3));
        lab.bench.inject(&says(VIA, lifetime, options));
        lab
    }

    /// Lets time pass: what was said when.
    fn run(&self, time: Duration) -> Vec<(Instant, Said)> {
        let seen = |(at, frame): (Instant, Vec<u8>)| Some((at, read(&frame)?));
        self.bench.advance(time).into_iter().filter_map(seen).collect()
    }

    /// The addresses of the interface, with a mark at those that are deprecated.
    fn addresses(&self) -> Vec<String> {
        let mine = |own: &InterfaceAddress| own.interface == self.bench.interface;
        let text = |own: InterfaceAddress| {
            format!("{}{}", own.address.address(), if own.deprecated { " deprecated" } else { "" })
        };
        self.bench.stack().addresses().filter(mine).map(text).collect()
    }

    fn routes(&self) -> Vec<String> {
        let text = |route: RouteEntry| format!("{} by {}", route.destination, route.gateway);
        self.bench.stack().routes().map(text).collect()
    }

    fn dns_servers(&self) -> Vec<String> {
        self.bench.stack().dns_servers().map(|server| server.to_string()).collect()
    }

    fn mtu(&self) -> usize {
        self.bench.stack().interfaces().last().unwrap().mtu
    }
}

#[test]
fn an_address_is_probed_and_routers_are_asked_for() {
    let lab = Lab::new();
    let begin = lab.bench.now();
    assert_eq!(lab.addresses(), [""; 0]);
    let said = lab.run(seconds(5000));
    let (asked_at, first) = said[0].clone();
    assert_eq!(first, Said::Probe(v6(OURS)));
    assert!(asked_at < begin + seconds(1));
    // A second later nobody has objected, and routers are asked for: ever more rarely (RFC 7559).
    let (mut at, mut pause) = (asked_at + seconds(1), 4);
    for said in &said[1..] {
        assert_eq!(*said, (at, Said::Solicitation(v6(OURS))));
        at = at + seconds(pause);
        pause = (2 * pause).min(3600);
    }
    assert_eq!(said.len(), 1 + 11);
    assert_eq!(lab.addresses(), [OURS]);
}

#[test]
fn a_router_configures_the_interface() {
    let options = [
        prefix(NETWORK, 64, LA, 7200, 3600),
        mtu(1400),
        name_servers(600, &["2001:db8::53", "2001:db8::54"]),
    ];
    let lab = Lab::told(1800, &options);
    let begin = lab.bench.now();
    assert_eq!(lab.addresses(), [OURS], "it has to be asked about first");
    let said = lab.run(seconds(3));
    assert_eq!(said.len(), 1, "routers are not asked for any more: {said:?}");
    assert_eq!(said[0].1, Said::Probe(v6(GLOBAL)));
    assert_eq!(lab.addresses(), [OURS, GLOBAL]);
    assert_eq!(lab.routes(), ["2001:db8:0:1::/64 by ::", "::/0 by fe80::9"]);
    assert_eq!(lab.dns_servers(), ["2001:db8::53", "2001:db8::54"]);
    assert_eq!(lab.mtu(), 1400);
    let wait = |family| {
        let stack = lab.bench.stack();
        stack.wait_for_address(lab.bench.interface, family, Some(Duration::ZERO))
    };
    assert_eq!(wait(AddressFamily::INET6).unwrap().address(), ip(GLOBAL));
    assert_eq!(wait(AddressFamily::INET), Err(Error::TIMED_OUT));

    // Each has its own end: after so many seconds; addresses, routes, name servers then.
    for (after, addresses, routes, servers) in [
        (600, &[OURS, GLOBAL][..], 2, 0),
        (1800, &[OURS, GLOBAL], 1, 0),
        (3600, &[OURS, DEPRECATED], 1, 0),
        (7200, &[OURS], 0, 0),
    ] {
        let now = || (lab.addresses(), lab.routes().len(), lab.dns_servers().len());
        let passed = lab.bench.now().saturating_duration_since(begin);
        lab.run(seconds(after) - passed - millis(1));
        let before = now();
        lab.run(millis(1));
        assert_ne!(before, now(), "{after}");
        let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
        assert_eq!(now(), (addresses, routes, servers), "{after}");
    }
}

#[test]
fn a_deprecated_address_is_not_the_source_of_what_is_begun() {
    let networks = [NETWORK, "2001:db8:0:2::"];
    let lab = Lab::told(1800, &networks.map(|network| prefix(network, 64, LA, 7200, 3600)));
    lab.run(seconds(3));
    let source_to = |to: &str| {
        let socket = lab.bench.datagram(AddressFamily::INET6);
        socket.connect((to, 9)).unwrap();
        match socket.getsockname().unwrap() {
            berkeley::Address::Inet6(address) => address.ip().to_string(),
            other => panic!("{other:?}"),
        }
    };
    let (near_one, near_other) = ("2001:db8:0:1::77", "2001:db8:0:2::77");
    let other = "2001:db8:0:2:0:ff:fe00:1";
    assert_eq!((source_to(near_one), source_to(near_other)), (GLOBAL.into(), other.into()));
    let told = |network, preferred| {
        lab.bench.inject(&says(VIA, 1800, &[prefix(network, 64, LA, 7200, preferred)]));
    };
    told(NETWORK, 0);
    assert_eq!((source_to(near_one), source_to(near_other)), (other.into(), other.into()));
    // Where there is no other, it is.
    told(networks[1], 0);
    assert_eq!(source_to(near_one), GLOBAL);
    // And it may be preferred again.
    told(NETWORK, 60);
    assert_eq!(source_to(near_other), GLOBAL);
}

#[test]
fn a_life_is_not_cut_below_two_hours() {
    const HOUR: u32 = 3600;
    // The valid life at first, that of another advertisement after an hour, what is left then
    // (RFC 4862, section 5.5.3 (e))
    for (first, second, left) in [
        (10 * HOUR, 20 * HOUR, Some(20 * HOUR)), // longer
        (10 * HOUR, 3 * HOUR, Some(3 * HOUR)),   // shorter, but longer than two hours
        (10 * HOUR, HOUR, Some(2 * HOUR)),
        (10 * HOUR, 0, Some(2 * HOUR)),
        (2 * HOUR, 60, Some(HOUR)), // what is left is short: it is ignored
        (2 * HOUR, HOUR + 60, Some(HOUR + 60)), // but prolonged
        (FOR_EVER, HOUR, Some(2 * HOUR)),
        (10 * HOUR, FOR_EVER, None),
    ] {
        let row = (first, second);
        let lab = Lab::told(1800, &[prefix(NETWORK, 64, LA, first, first)]);
        lab.run(seconds(3600));
        lab.bench.inject(&says(VIA, 1800, &[prefix(NETWORK, 64, A, second, second.min(60))]));
        let Some(left) = left else {
            lab.run(seconds(30 * 3600));
            assert_eq!(lab.addresses(), [OURS, DEPRECATED]);
            continue;
        };
        lab.run(seconds(u64::from(left)) - millis(1));
        assert_eq!(lab.addresses().len(), 2, "{row:?}");
        lab.run(millis(1));
        assert_eq!(lab.addresses(), [OURS], "{row:?}");
    }
}

#[test]
fn what_is_not_valid_is_not_taken() {
    let options = [prefix(NETWORK, 64, LA, 7200, 3600)];
    let usual = advertisement(1800, &options);
    let with = |place: usize, byte: u8| {
        let mut message = usual.clone();
        message[place] = byte;
        message
    };
    let all = (VIA, ALL_NODES);
    let mut damaged = says(VIA, 1800, &options);
    *damaged.last_mut().unwrap() ^= 1;
    // a message, whether it is taken
    let rows = [
        (icmp(ROUTER, all, 255, &usual), true),
        (icmp(ROUTER, (VIA, OURS), 255, &usual), true),
        (icmp(ROUTER, all, 254, &usual), false), // from beyond the link
        (icmp(ROUTER, ("2001:db8::9", ALL_NODES), 255, &usual), false),
        (icmp(ROUTER, all, 255, &with(1, 1)), false), // a code
        (icmp(ROUTER, all, 255, &with(17, 0)), false), // an option of no length
        (icmp(ROUTER, all, 255, &with(17, 5)), false), // one beyond the end
        (icmp(ROUTER, all, 255, &usual[..15]), false), // too short
        (icmp(ROUTER, all, 255, &usual[..17]), false), // half an option
        (icmp(ROUTER, all, 255, &with(0, 133)), false), // a question
        (damaged, false),
    ];
    for (number, (frame, taken)) in rows.into_iter().enumerate() {
        let lab = Lab::new();
        lab.run(seconds(3));
        lab.bench.inject(&frame);
        lab.run(seconds(3));
        let expected = if taken { (2, 2) } else { (1, 0) };
        assert_eq!((lab.addresses().len(), lab.routes().len()), expected, "row {number}");
    }
    // Nor is one of any length, or with any byte changed, more than not taken.
    let lab = Lab::new();
    lab.run(seconds(3));
    for place in 4..usual.len() {
        lab.bench.inject(&icmp(ROUTER, all, 255, &usual[..place]));
        for byte in [0, 1, 0x7F, 0xFF] {
            lab.bench.inject(&icmp(ROUTER, all, 255, &with(place, byte)));
        }
    }
    lab.run(seconds(10));
}

#[test]
fn prefixes_that_make_no_sense_are_ignored() {
    // a prefix, whether there is an address, whether there is a network on the link
    for (option, has_address, has_network) in [
        (prefix(NETWORK, 64, LA, 7200, 3600), true, true),
        (prefix(NETWORK, 64, A, 7200, 3600), true, false),
        (prefix(NETWORK, 64, L, 7200, 3600), false, true),
        (prefix(NETWORK, 64, 0, 7200, 3600), false, false),
        (prefix(NETWORK, 63, LA, 7200, 3600), false, true), // no half of an address
        (prefix(NETWORK, 128, LA, 7200, 3600), false, true),
        (prefix(NETWORK, 129, LA, 7200, 3600), false, false),
        (prefix(NETWORK, 255, LA, 7200, 3600), false, false),
        (prefix("::", 0, LA, 7200, 3600), false, false), // everything
        (prefix("fe80::", 64, LA, 7200, 3600), false, false),
        (prefix("ff02::", 64, LA, 7200, 3600), false, false),
        (prefix(NETWORK, 64, LA, 3600, 7200), false, false), // preferred for longer than valid
        (prefix(NETWORK, 64, LA, 0, 0), false, false),
        (prefix(NETWORK, 64, LA, FOR_EVER, FOR_EVER), true, true),
        (prefix(NETWORK, 64, LA, 7200, 0), true, true), // deprecated from the beginning
    ] {
        let lab = Lab::told(0, core::slice::from_ref(&option));
        lab.run(seconds(3));
        let expected = (1 + usize::from(has_address), usize::from(has_network));
        assert_eq!((lab.addresses().len(), lab.routes().len()), expected, "{option:?}");
    }
    // an MTU, that of the interface then
    for (said, expected) in [(1279, 1500), (1280, 1280), (1500, 1500), (1501, 1500), (0, 1500)] {
        assert_eq!(Lab::told(0, &[mtu(said)]).mtu(), expected);
    }
}

#[test]
fn more_than_a_link_has_is_not_believed() {
    let lab = Lab::new();
    lab.run(seconds(3));
    for number in 0..500_u32 {
        let network = format!("2001:db8:{number:x}::");
        let via = format!("fe80::{:x}", 0x1000 + number);
        let server = format!("2001:db8::{:x}", 1 + number);
        let options =
            [prefix(&network, 64, LA, FOR_EVER, FOR_EVER), name_servers(9000, &[&server])];
        lab.bench.inject(&icmp(OTHER, (&via, ALL_NODES), 255, &advertisement(9000, &options)));
    }
    lab.run(seconds(10));
    assert_eq!((lab.addresses().len(), lab.routes().len()), (4, 5));
    assert_eq!(lab.dns_servers().len(), 3);
    assert_eq!(lab.addresses()[0], OURS, "what there was stays");
}

#[test]
fn an_address_that_somebody_has_is_not_used() {
    let group = "ff02::1:ff00:1";
    // Somebody has it, or wants it in the same moment.
    for conflict in [claim(OURS), icmp(OTHER, ("::", group), 255, &solicitation(OURS))] {
        // The hardware address gives one address only; routers are asked without.
        let lab = Lab::new();
        lab.run(seconds(1));
        let said = lab.bench.inject(&conflict);
        let solicitation = Said::Solicitation(Ipv6Addr::UNSPECIFIED);
        assert_eq!(said.iter().filter_map(|it| read(it)).collect::<Vec<_>>(), [solicitation]);
        lab.run(seconds(3));
        assert_eq!(lab.addresses(), [""; 0]);
    }
    // Where there is a key, another one is tried; three in all.
    let lab = Lab::with(InterfaceIdentifiers::Stable([7; 16]));
    let mut tried = Vec::new();
    let mut said: Vec<Said> = lab.run(seconds(1)).into_iter().map(|(_, said)| said).collect();
    while let Some(Said::Probe(address)) = said.pop() {
        tried.push(address);
        let frames = lab.bench.inject(&claim(&address.to_string()));
        said = frames.iter().filter_map(|it| read(it)).collect();
    }
    lab.run(seconds(5));
    assert_eq!(tried.len(), 3, "{tried:?}");
    assert!(tried[0] != tried[1] && tried[1] != tried[2]);
    assert_eq!(lab.addresses(), [""; 0]);

    // Nobody answers for an address that is not ours yet; and one that is ours stays.
    let lab = Lab::new();
    lab.run(millis(1000));
    let asks = [&solicitation(OURS)[..], &[1, 1], &OTHER.0].concat();
    let asks = icmp(OTHER, (VIA_OTHER, group), 255, &asks);
    assert_eq!(lab.bench.inject(&asks).len(), 0);
    lab.run(seconds(2));
    lab.bench.inject(&claim(OURS));
    assert_eq!(lab.addresses(), [OURS]);
    let answers = lab.bench.inject(&asks);
    assert_eq!(answers.iter().filter_map(|it| read(it)).collect::<Vec<_>>(), [Said::Other(136)]);
}

#[test]
fn another_router_is_taken_when_one_does_not_answer() {
    let lab = Lab::told(1800, &[prefix(NETWORK, 64, LA, 7200, 3600)]);
    lab.bench.inject(&says(VIA_OTHER, 1800, &[]));
    lab.run(seconds(3));
    assert_eq!(lab.routes()[1..], ["::/0 by fe80::9"]);
    let socket = lab.bench.datagram(AddressFamily::INET6);
    // Nobody says where it is: the other one has its turn, and then the first one again.
    for next in ["::/0 by fe80::8", "::/0 by fe80::9"] {
        socket.sendto(b"x", ("2001:db8:9::9", 9)).unwrap();
        lab.run(seconds(5));
        assert_eq!(lab.routes()[1..], [next]);
    }
    // One that is no router any more.
    lab.bench.inject(&says(VIA, 0, &[]));
    assert_eq!(lab.routes()[1..], ["::/0 by fe80::8"]);
    lab.bench.inject(&says(VIA_OTHER, 0, &[]));
    assert_eq!(lab.routes().len(), 1);
}

#[test]
fn all_is_asked_for_anew_when_the_link_was_down() {
    let lab = Lab::told(1800, &[prefix(NETWORK, 64, LA, 7200, 3600)]);
    lab.run(seconds(3));
    lab.bench.cable.set(false);
    lab.run(seconds(10));
    assert_eq!(lab.addresses().len(), 2, "which nobody can reach");
    lab.bench.cable.set(true);
    lab.run(Duration::ZERO);
    assert_eq!((lab.addresses().len(), lab.routes().len()), (0, 0));
    let said: Vec<Said> = lab.run(seconds(3)).into_iter().map(|(_, said)| said).collect();
    assert_eq!(said, [Said::Probe(v6(OURS)), Said::Solicitation(v6(OURS))]);
    lab.bench.inject(&says(VIA, 1800, &[prefix(NETWORK, 64, LA, 7200, 3600)]));
    lab.run(seconds(3));
    assert_eq!((lab.addresses(), lab.routes().len()), (vec![OURS.to_owned(), GLOBAL.into()], 2));
}

#[test]
fn it_can_be_ended_and_begun_again() {
    let lab = Lab::told(1800, &[prefix(NETWORK, 64, LA, 7200, 3600)]);
    lab.run(seconds(3));
    let (stack, interface) = (lab.bench.stack(), lab.bench.interface);
    let begin = || stack.start_slaac(interface, InterfaceIdentifiers::Opaque);
    assert!(failed(&begin(), Errno::EALREADY));
    stack.stop_slaac(interface).unwrap();
    assert!(failed(&stack.stop_slaac(interface), Errno::ESRCH));
    assert_eq!((lab.addresses().len(), lab.routes().len()), (0, 0));
    lab.bench.inject(&says(VIA, 1800, &[prefix(NETWORK, 64, LA, 7200, 3600)]));
    assert_eq!(lab.run(seconds(5000)), []);
    assert_eq!(stack.next_event().unwrap(), None, "{stack}");
    // What the program had configured stays.
    stack.add_address(interface, cidr(OURS)).unwrap();
    stack.start_slaac(interface, InterfaceIdentifiers::HardwareAddress).unwrap();
    lab.run(seconds(3));
    stack.stop_slaac(interface).unwrap();
    assert_eq!(lab.addresses(), [OURS]);
    // Opaque ones are others.
    begin().unwrap();
    lab.run(seconds(3));
    assert!(lab.addresses().len() == 2 && lab.addresses()[1] != OURS);
    stack.remove_interface(interface).unwrap();
    assert_eq!(stack.next_event().unwrap(), None, "{stack}");
}

#[test]
fn there_is_none_where_there_is_no_ethernet() {
    for (medium, mtu) in [(Medium::Ip, 1500), (Medium::Ethernet(OWN), 1279)] {
        let bench = Bench::with(medium, mtu, 1, small());
        let outcome = bench.stack().start_slaac(bench.interface, InterfaceIdentifiers::Opaque);
        assert!(failed(&outcome, Errno::EOPNOTSUPP));
    }
}
