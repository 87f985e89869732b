//! The client of DHCP against a server that is a script, in virtual time.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "dhcp/script.rs"]
mod script;
mod support;

use core::net::Ipv4Addr;

use berkeley::Address;
use script::*;
use smoltcp::wire::{ArpOperation, DhcpMessageType, DhcpOption};
use support::target::ethernet;
use support::*;

use DhcpMessageType::{Ack, Decline, Discover, Nak, Offer, Release, Request};

#[test]
fn a_lease_is_asked_for_and_configured() {
    let mut lab = Lab::new();
    let begin = lab.bench.now();
    lab.run(seconds(5), generous);
    let asked = lab.asked.clone();
    let nobody = (Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST);
    assert_eq!(asked.iter().map(|a| a.ends).collect::<Vec<_>>(), [nobody; 2]);
    assert_eq!((asked[0].kind, asked[0].requested, asked[0].server), (Discover, None, None));
    assert_eq!((asked[1].kind, asked[1].requested), (Request, Some(GIVEN)));
    assert_eq!(asked[1].server, Some(SERVER));
    assert_eq!(asked[0].transaction, asked[1].transaction);
    // Two questions whether somebody has the address, and word that it is taken.
    let unknown = Ipv4Addr::UNSPECIFIED;
    let expected = [(0, unknown), (500, unknown), (1000, GIVEN)];
    let expected = expected.map(|(after, by)| (begin + millis(after), by, GIVEN));
    assert_eq!(lab.probes, expected);

    let lease = lab.lease().unwrap();
    assert_eq!(lease.address(), cidr("198.51.100.77"));
    assert_eq!(lease.server(), SERVER);
    assert_eq!(lease.dns_servers(), DNS);
    assert_eq!(lease.domain(), None);
    assert_eq!(lease.expires_at(), Some(begin + seconds(3600)));
    assert_eq!(lab.addresses(), ["198.51.100.77/24"]);
    assert_eq!(lab.routes(), ["0.0.0.0/0 by 198.51.100.1"]);
    // And it can be used.
    let socket = lab.bench.datagram(AddressFamily::INET);
    socket.sendto(b"x", ("203.0.113.9", 9)).unwrap();
    lab.run(seconds(1), generous);
    assert!(failed(&lab.bench.stack().start_dhcp(lab.bench.interface), Errno::EALREADY));
}

#[test]
fn a_lease_is_renewed_by_its_server_and_rebound_by_all() {
    let mut lab = Lab::new();
    let begin = lab.bench.now();
    lab.run(seconds(5), generous);
    lab.kinds();
    // At half of its time the server is asked, from the address and at its own.
    lab.run(seconds(1799), generous);
    let renewal = lab.asked[0].clone();
    assert_eq!((renewal.at, renewal.ends), (begin + seconds(1800), (GIVEN, SERVER)));
    assert_eq!((renewal.own, renewal.requested, renewal.server), (GIVEN, None, None));
    let prolonged = lab.lease().unwrap();
    assert_eq!(prolonged.expires_at(), Some(begin + seconds(1800 + 3600)));
    assert_eq!(lab.addresses(), ["198.51.100.77/24"]);
    lab.kinds();

    // Without an answer it is asked again after half of what is left until T2, then all servers are.
    lab.run(seconds(3600), silent);
    let (t2, end) = (begin + seconds(1800 + 3150), begin + seconds(1800 + 3600));
    let mut at = begin + seconds(3600);
    for asked in &lab.asked {
        let (until, ends) = match asked.at < t2 {
            true => (t2, (GIVEN, SERVER)),
            false => (end, (GIVEN, Ipv4Addr::BROADCAST)),
        };
        if asked.kind == Discover {
            assert_eq!(asked.at, end);
            assert_eq!(asked.requested, Some(GIVEN), "which it would like to have again");
            break;
        }
        assert_eq!((asked.at, asked.ends, asked.own), (at, ends, GIVEN));
        let half = until.saturating_duration_since(at) / 2;
        at = until.min(at + half.max(seconds(60)));
    }
    assert_eq!((lab.lease(), lab.addresses(), lab.routes()), (None, vec![], vec![]));
    lab.run(seconds(70), generous);
    assert_eq!(lab.addresses(), ["198.51.100.77/24"]);
}

#[test]
fn another_server_may_rebind() {
    let mut lab = Lab::new();
    lab.run(seconds(5), generous);
    let other = |asked: &Asked| match asked.ends.1 {
        SERVER => Vec::new(),
        _ => vec![Said { server: OTHER_SERVER, ..Said::new(Ack) }],
    };
    lab.run(seconds(3590), other);
    let lease = lab.lease().unwrap();
    assert_eq!(lease.server(), OTHER_SERVER);
    assert_eq!(lab.addresses(), ["198.51.100.77/24"]);
}

#[test]
fn a_refusal_ends_the_lease() {
    // when the server refuses: at once, or when it is to renew
    for renews in [false, true] {
        let mut lab = Lab::new();
        if renews {
            lab.run(seconds(5), generous);
            assert_eq!(lab.addresses().len(), 1);
            lab.kinds();
        }
        lab.run(seconds(1801), |asked| match asked.kind {
            Discover => vec![Said::new(Offer)],
            _ => vec![Said::new(Nak)],
        });
        assert_eq!((lab.lease(), lab.addresses(), lab.routes()), (None, vec![], vec![]));
        // Not over and over: once at once, then with longer and longer pauses.
        let asked = lab.kinds().len();
        assert!((5..120).contains(&asked), "{asked}");
        lab.run(seconds(70), generous);
        assert_eq!(lab.addresses(), ["198.51.100.77/24"]);
    }
}

#[test]
fn a_silent_network_is_asked_ever_more_rarely() {
    let mut lab = Lab::new();
    lab.run(seconds(1000), silent);
    assert!(lab.asked.iter().all(|asked| asked.kind == Discover));
    let pauses: Vec<u64> = lab
        .asked
        .windows(2)
        .map(|two| two[1].at.saturating_duration_since(two[0].at).as_millis() as u64)
        .collect();
    for (pause, expected) in pauses.iter().zip([4, 8, 16, 32, 64, 64, 64]) {
        assert!(pause.abs_diff(expected * 1000) <= 1000, "{pauses:?}");
    }
    assert!(pauses.iter().any(|pause| pause % 1000 != 0), "they are random: {pauses:?}");
    // The transaction stays: an answer may come late.
    assert!(lab.asked.windows(2).all(|two| two[0].transaction == two[1].transaction));
    lab.run(seconds(70), generous);
    assert_eq!(lab.addresses(), ["198.51.100.77/24"]);
}

#[test]
fn an_offer_that_is_not_kept_is_given_up() {
    let mut lab = Lab::new();
    lab.run(seconds(61), |asked| match asked.kind {
        Discover => vec![Said::new(Offer)],
        _ => Vec::new(),
    });
    // 4, 8, 16 and 32 seconds, more or less, then all over again.
    let kinds = lab.kinds();
    assert_eq!(kinds[..5], [Discover, Request, Request, Request, Request]);
    lab.run(seconds(10), silent);
    let kinds = [kinds, lab.kinds()].concat();
    assert_eq!(kinds[5], Discover, "{kinds:?}");
}

#[test]
fn every_other_message_may_be_lost() {
    for odd in [false, true] {
        let mut lab = Lab::new();
        let count = Cell::new(0);
        lab.run(seconds(60), |asked| {
            count.set(count.get() + 1);
            if (count.get() % 2 == 1) == odd { Vec::new() } else { generous(asked) }
        });
        assert_eq!(lab.addresses(), ["198.51.100.77/24"]);
    }
}

#[test]
fn an_address_that_somebody_has_is_declined() {
    let mut lab = Lab::new();
    let them = [2, 0, 0, 0, 0, 7];
    // It says so, or asks for the address in the same moment.
    let rows = [
        arp(ArpOperation::Reply, (them, GIVEN), (OWN.0, Ipv4Addr::UNSPECIFIED)),
        arp(ArpOperation::Request, (them, Ipv4Addr::UNSPECIFIED), ([0; 6], GIVEN)),
    ];
    for conflict in rows {
        lab.run(millis(200), generous);
        assert_eq!(lab.kinds(), [Discover, Request]);
        assert_eq!(lab.lease(), None, "it is not used yet");
        lab.bench.stage(&conflict);
        lab.run(seconds(9), generous);
        assert_eq!(lab.asked[0].requested, Some(GIVEN));
        assert_eq!((lab.asked[0].server, lab.kinds()), (Some(SERVER), vec![Decline]));
        lab.run(millis(900), generous);
        assert_eq!(lab.kinds(), [], "for ten seconds");
    }
    lab.run(seconds(5), generous);
    assert_eq!(lab.addresses(), ["198.51.100.77/24"]);
    // Our own question that comes back is no conflict.
    let own = arp(ArpOperation::Request, (OWN.0, Ipv4Addr::UNSPECIFIED), ([0; 6], GIVEN));
    lab.bench.stage(&own);
    lab.run(seconds(1), generous);
    assert_eq!(lab.addresses().len(), 1);
}

#[test]
fn an_address_is_given_back() {
    let mut lab = Lab::new();
    lab.run(seconds(5), generous);
    lab.kinds();
    let (stack, interface) = (lab.bench.stack().clone(), lab.bench.interface);
    stack.stop_dhcp(interface).unwrap();
    lab.run(millis(900), generous);
    let asked = lab.asked[0].clone();
    assert_eq!((asked.kind, asked.ends, asked.own), (Release, (GIVEN, SERVER), GIVEN));
    assert_eq!(asked.server, Some(SERVER));
    lab.run(millis(200), generous);
    assert_eq!((lab.addresses(), lab.routes()), (vec![], vec![]));
    assert!(failed(&stack.lease(interface), Errno::ESRCH));
    assert!(failed(&stack.stop_dhcp(interface), Errno::ESRCH));
    lab.kinds();
    lab.run(seconds(5000), generous);
    assert_eq!(lab.kinds(), []);
    // And another one can be had.
    stack.start_dhcp(interface).unwrap();
    lab.run(seconds(2), generous);
    assert_eq!(lab.addresses().len(), 1);
    stack.remove_interface(interface).unwrap();
    assert_eq!(stack.next_event().unwrap(), None, "{stack}");
}

#[test]
fn an_address_is_asked_about_when_the_link_was_down() {
    // what the network behind the link says about the old address, and what the interface has then
    type Script = fn(&Asked) -> Vec<Said<'static>>;
    let elsewhere: Script = |asked| match asked.kind {
        Request if asked.server.is_none() => vec![Said::new(Nak)],
        _ => {
            let (address, server) = (Ipv4Addr::new(203, 0, 113, 77), Ipv4Addr::new(203, 0, 113, 1));
            let answers = generous(asked).into_iter();
            answers.map(|said| Said { address, server, router: Some(server), ..said }).collect()
        }
    };
    for (script, address, kinds) in [
        (generous as Script, "198.51.100.77/24", &[Request, Request][..]),
        (elsewhere, "203.0.113.77/24", &[Request, Request, Discover, Request]),
        // Nobody says anything to two questions: it is as good as before.
        (silent, "198.51.100.77/24", &[Request, Request]),
    ] {
        let mut lab = Lab::new();
        lab.run(seconds(5), generous);
        lab.kinds();
        lab.bench.cable.set(false);
        lab.run(seconds(20), silent);
        assert_eq!(lab.addresses(), ["198.51.100.77/24"], "which nobody can reach");
        lab.bench.cable.set(true);
        lab.run(Duration::ZERO, silent);
        assert_eq!((lab.addresses(), lab.routes()), (vec![], vec![]));
        let asked = &lab.asked[0];
        assert_eq!((asked.own, asked.requested), (Ipv4Addr::UNSPECIFIED, Some(GIVEN)));
        assert_eq!((asked.ends.1, asked.server), (Ipv4Addr::BROADCAST, None));
        lab.run(seconds(18), script);
        assert_eq!(lab.addresses(), [address]);
        assert_eq!(lab.kinds(), kinds);
    }

    // While it was down the lease has come to its end.
    let mut lab = Lab::new();
    lab.run(seconds(5), generous);
    lab.kinds();
    lab.bench.cable.set(false);
    lab.run(seconds(3600), generous);
    assert_eq!((lab.lease(), lab.addresses(), lab.kinds()), (None, vec![], vec![]));
    lab.bench.cable.set(true);
    lab.run(seconds(5), generous);
    assert_eq!(lab.kinds(), [Discover, Request]);
    assert_eq!(lab.addresses(), ["198.51.100.77/24"]);
}

#[test]
fn a_connection_goes_on_when_its_address_comes_back() {
    let mut lab = Lab::new();
    lab.run(seconds(5), generous);
    let listener = lab.bench.listener("198.51.100.77", 80, 1);
    let peer = (end("198.51.100.1", 1000), end("198.51.100.77", 80));
    let stack = lab.bench.stack().clone();
    stack.add_neighbour(lab.bench.interface, ip("198.51.100.1"), HardwareAddress(THEIRS)).unwrap();
    let give = |lab: &Lab, segment: &Segment<'_>| {
        let sent = lab.bench.inject(&ethernet(THEIRS, OWN.0, &segment.packet()));
        sent.iter().find_map(|frame| Seen::in_frame(frame))
    };
    let opened = give(&lab, &Segment::syn(peer.0, peer.1, 99)).unwrap();
    let number = Some(opened.sequence.wrapping_add(1));
    give(&lab, &Segment { acknowledgement: number, ..Segment::new(peer.0, peer.1, 100) });
    let (socket, _) = listener.accept().unwrap();
    lab.bench.cable.set(false);
    lab.run(seconds(5), silent);
    lab.bench.cable.set(true);
    lab.run(Duration::ZERO, silent);
    assert_eq!((lab.addresses(), socket.send(b"hello")), (vec![], Ok(5)));
    lab.run(Duration::ZERO, silent);
    lab.run(seconds(12), generous); // the second question is answered
    assert_eq!(lab.addresses(), ["198.51.100.77/24"]);
    assert_eq!(socket.getpeername().unwrap(), Address::from(peer.0), "it stands");
}

#[test]
fn what_makes_no_sense_is_not_taken() {
    let usual = Said::new(Offer);
    let address = |address: [u8; 4]| Said { address: address.into(), ..usual.clone() };
    let mask = |mask: [u8; 4]| Said { mask: Some(mask.into()), ..usual.clone() };
    // an offer, whether it is taken
    let rows = [
        (usual.clone(), true),
        (address([0, 0, 0, 0]), false),
        (address([0, 1, 2, 3]), false),
        (address([127, 0, 0, 1]), false),
        (address([224, 0, 0, 1]), false),
        (address([255, 255, 255, 255]), false),
        (address([198, 51, 100, 255]), false), // all hosts of its network
        (mask([255, 0, 255, 0]), false),       // with a gap
        (mask([0, 0, 0, 0]), false),
        (mask([255, 255, 255, 254]), true), // a link of two
        (mask([255, 255, 255, 255]), true),
        (Said { mask: None, ..usual.clone() }, true),
        (Said { lease: None, ..usual.clone() }, false),
        (Said { lease: Some(0), ..usual.clone() }, false),
        (Said { lease: Some(u32::MAX), ..usual.clone() }, true), // for ever
        (Said { hardware: [2, 0, 0, 0, 0, 8], ..usual.clone() }, false), // for somebody else
        (Said { router: None, ..usual.clone() }, true),
        (Said { kind: Ack, ..usual.clone() }, false), // of what was not asked for
        (Said { kind: Nak, ..usual.clone() }, false),
    ];
    for (number, (said, taken)) in rows.into_iter().enumerate() {
        let mut lab = Lab::new();
        lab.run(seconds(3), |asked| match asked.kind {
            Discover => vec![said.clone()],
            _ => Vec::new(),
        });
        let expected = if taken { &[Discover, Request][..] } else { &[Discover] };
        assert_eq!(lab.kinds(), expected, "row {number}");
        // A good one afterwards is taken.
        lab.run(seconds(30), generous);
        assert_eq!(lab.addresses().len(), 1, "row {number}");
    }

    // Of another transaction, cut off at every length, or damaged in any byte: no more than not taken.
    let mut lab = Lab::new();
    lab.run(millis(10), silent);
    let transaction = lab.asked[0].transaction;
    lab.bench.inject(&Said::new(Offer).to(transaction ^ 1));
    let whole = Said::new(Offer).to(transaction);
    for length in 0..whole.len() - 60 {
        lab.bench.inject(&whole[..length]);
    }
    lab.run(millis(10), silent);
    assert_eq!(lab.kinds(), [Discover]);
    for place in 14 + 20 + 8..whole.len() {
        let message = &mut whole[14 + 20 + 8..].to_vec();
        for byte in [0, 1, 0x7F, 0xFF] {
            message[place - 42] = byte;
            lab.bench.inject(&framed(message, GIVEN));
        }
    }
    lab.run(seconds(200), generous);
    assert_eq!(lab.addresses().len(), 1);
}

#[test]
fn times_out_of_order_are_not_taken() {
    // lease, T1, T2 as the server says; renewed and rebound after so many seconds
    for (lease, said, renew, rebind) in [
        (1000, (None, None), 500, 875),
        (1000, (Some(100), Some(200)), 100, 200),
        (1000, (Some(200), Some(100)), 100, 100), // smoltcp 0.12 panicked
        (1000, (Some(2000), Some(3000)), 500, 875),
        (1000, (Some(900), None), 500, 875),
        (1000, (None, Some(100)), 100, 100),
        (1000, (Some(0), Some(0)), 500, 875),
        (1, (Some(u32::MAX), Some(u32::MAX)), 0, 0),
    ] {
        let mut lab = Lab::new();
        let begin = lab.bench.now();
        let said = Said { lease: Some(lease), times: said, ..Said::new(Ack) };
        lab.run(millis(1001), |asked| match asked.kind {
            Discover => vec![Said { kind: Offer, ..said.clone() }],
            _ => vec![said.clone()],
        });
        let Some(held) = lab.lease().filter(|_| lease > 1) else {
            assert_eq!(lease, 1, "it ends before it is used");
            continue;
        };
        assert_eq!(held.renew_at(), Some(begin + seconds(renew)), "{renew}");
        assert_eq!(held.rebind_at(), Some(begin + seconds(rebind)), "{rebind}");
        assert_eq!(held.expires_at(), Some(begin + seconds(u64::from(lease))));
    }
}

#[test]
fn more_is_taken_from_options() {
    // RFC 3442's own example: two networks and the default route, in the place of the router's.
    let routes = [24, 192, 0, 2, 198, 51, 100, 9, 8, 10, 0, 0, 0, 0, 0, 198, 51, 100, 1];
    let routes: &'static [u8] = Box::leak(Box::new(routes));
    let domain: &'static [u8] = b"example.com";
    // The second option stands in two parts (RFC 3396).
    let more: &'static [DhcpOption<'static>] = Box::leak(Box::new([
        DhcpOption { kind: 121, data: &routes[..5] },
        DhcpOption { kind: 15, data: domain },
        DhcpOption { kind: 121, data: &routes[5..] },
        DhcpOption { kind: 26, data: &[5, 0] }, // 1280 bytes
    ]));
    let mut lab = Lab::new();
    lab.run(seconds(3), |asked| {
        generous(asked).into_iter().map(|said| Said { more, ..said }).collect()
    });
    let lease = lab.lease().unwrap();
    assert_eq!((lease.domain(), lease.mtu()), (Some("example.com"), Some(1280)));
    assert_eq!(
        lab.routes(),
        ["192.0.2.0/24 by 198.51.100.9", "10.0.0.0/8 by 0.0.0.0", "0.0.0.0/0 by 198.51.100.1"]
    );
    let interface = lab.bench.stack().interfaces().last().unwrap();
    assert_eq!(interface.mtu, 1280);
}

#[test]
fn what_the_program_has_configured_stays() {
    let mut lab = Lab::new();
    let (stack, interface) = (lab.bench.stack().clone(), lab.bench.interface);
    stack.add_address(interface, cidr("198.51.100.77")).unwrap();
    let everywhere = Cidr::new(ip("0.0.0.0"), 0).unwrap();
    stack.add_route(everywhere, ip("198.51.100.1"), interface).unwrap();
    lab.run(seconds(3), generous);
    stack.stop_dhcp(interface).unwrap();
    lab.run(seconds(3), generous);
    assert_eq!(lab.addresses(), ["198.51.100.77/24"]);
    assert_eq!(lab.routes(), ["0.0.0.0/0 by 198.51.100.1"]);
}

#[test]
fn who_waits_for_an_address_gets_it() {
    let mut lab = Lab::new();
    let (stack, interface) = (lab.bench.stack().clone(), lab.bench.interface);
    let wait = || stack.wait_for_address(interface, AddressFamily::INET, Some(Duration::ZERO));
    assert_eq!(wait(), Err(Error::TIMED_OUT));
    lab.run(seconds(3), generous);
    assert_eq!(wait(), Ok(cidr("198.51.100.77")));
}

#[test]
fn there_is_no_client_where_there_is_no_ethernet() {
    let bench = Bench::new(small());
    assert!(failed(&bench.stack().start_dhcp(bench.interface), Errno::EOPNOTSUPP));
    let narrow = Bench::with(Medium::Ethernet(OWN), 500, 1, small());
    assert!(failed(&narrow.stack().start_dhcp(narrow.interface), Errno::EOPNOTSUPP));
}
