//! What routers are told about groups, byte by byte on the wire: IGMP and MLD.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "tables of a test")]

mod support;

use core::net::{IpAddr, Ipv4Addr};

use berkeley::AddressFamily;
use berkeley::options::*;
use proptest::prelude::*;
use smoltcp::wire::{Icmpv6Packet, IpProtocol, Ipv4Packet, Ipv6Packet, checksum};

use support::*;

const GROUP: [&str; 2] = ["239.1.2.3", "ff05::7"];
const LINK: u32 = 2;

/// The types of messages, and of records.
const REPORT_IGMP1: u8 = 0x12;
const REPORT_IGMP2: u8 = 0x16;
const LEAVE_IGMP2: u8 = 0x17;
const REPORT_IGMP3: u8 = 0x22;
const REPORT_MLD1: u8 = 131;
const DONE_MLD1: u8 = 132;
const REPORT_MLD2: u8 = 143;
const IS_INCLUDE: u8 = 1;
const IS_EXCLUDE: u8 = 2;
const TO_INCLUDE: u8 = 3;
const TO_EXCLUDE: u8 = 4;

/// A message to routers.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Told {
    from: IpAddr,
    to: IpAddr,
    kind: u8,
    /// The type of the record, in the newest versions.
    record: Option<u8>,
    group: IpAddr,
    sources: Vec<IpAddr>,
}

/// Reads a message, with another implementation than the one that is tested; `None` for other packets.
fn read(packet: &[u8]) -> Option<Told> {
    match packet[0] >> 4 {
        4 => read_igmp(&Ipv4Packet::new_checked(packet).unwrap()),
        _ => read_mld(&Ipv6Packet::new_checked(packet).unwrap()),
    }
}

fn read_igmp(packet: &Ipv4Packet<&[u8]>) -> Option<Told> {
    (packet.next_header() == IpProtocol::Igmp).then_some(())?;
    assert!(packet.verify_checksum());
    assert_eq!(packet.hop_limit(), 1);
    assert_eq!(packet.clone().into_inner()[20..24], [0x94, 4, 0, 0], "the option for routers");
    let payload = packet.payload();
    assert_eq!(checksum::data(payload), !0);
    let address = |at: usize| IpAddr::from(*payload[at..].first_chunk::<4>().unwrap());
    let is_newest = payload[0] == REPORT_IGMP3;
    if is_newest {
        assert_eq!(payload[6..8], [0, 1], "one record");
    }
    let count = if is_newest { usize::from(payload[11]) } else { 0 };
    assert_eq!(payload.len(), if is_newest { 16 + 4 * count } else { 8 });
    Some(Told {
        from: packet.src_addr().into(),
        to: packet.dst_addr().into(),
        kind: payload[0],
        record: is_newest.then(|| payload[8]),
        group: address(if is_newest { 12 } else { 4 }),
        sources: (0..count).map(|n| address(16 + 4 * n)).collect(),
    })
}

fn read_mld(packet: &Ipv6Packet<&[u8]>) -> Option<Told> {
    (packet.next_header() == IpProtocol::HopByHop).then_some(())?;
    assert_eq!(packet.hop_limit(), 1);
    assert_eq!(packet.payload()[..6], [58, 0, 5, 2, 0, 0], "the option for routers");
    let payload = &packet.payload()[8..];
    let (from, to, length) = (packet.src_addr(), packet.dst_addr(), payload.len() as u32);
    let header = checksum::pseudo_header_v6(&from, &to, IpProtocol::Icmpv6, length);
    assert_eq!(checksum::combine(&[header, checksum::data(payload)]), !0);
    let address = |at: usize| IpAddr::from(*payload[at..].first_chunk::<16>().unwrap());
    let is_newest = payload[0] == REPORT_MLD2;
    if is_newest {
        assert_eq!(payload[6..8], [0, 1], "one record");
    }
    let count = if is_newest { usize::from(payload[11]) } else { 0 };
    assert_eq!(payload.len(), if is_newest { 28 + 16 * count } else { 24 });
    Some(Told {
        from: packet.src_addr().into(),
        to: packet.dst_addr().into(),
        kind: payload[0],
        record: is_newest.then(|| payload[8]),
        group: address(if is_newest { 12 } else { 8 }),
        sources: (0..count).map(|n| address(28 + 16 * n)).collect(),
    })
}

/// A stack that has told routers all about its addresses.
fn bench() -> Bench {
    let bench = Bench::new(small());
    told_within(&bench, seconds(2));
    bench
}

/// What routers are told now.
fn told(bench: &Bench) -> Vec<Told> {
    bench.take_all().iter().filter_map(|packet| read(packet)).collect()
}

/// What routers are told within a time, and when.
fn told_within(bench: &Bench, time: Duration) -> Vec<(Instant, Told)> {
    let end = bench.now() + time;
    let mut all = Vec::new();
    loop {
        let now = bench.now();
        all.extend(told(bench).into_iter().map(|told| (now, told)));
        match bench.stack().next_event().unwrap().filter(|next| *next <= end) {
            Some(next) => bench.clock.set(next),
            None => break,
        }
    }
    bench.clock.set(end);
    all
}

/// Joins or leaves a group on the link.
fn change(socket: &BenchSocket, joins: bool, group: &str) {
    match ip(group) {
        IpAddr::V4(group) => {
            let membership =
                Ipv4Membership { group, address: Ipv4Addr::UNSPECIFIED, interface: LINK };
            socket.set_option(if joins { ADD_MEMBERSHIP } else { DROP_MEMBERSHIP }, membership)
        }
        IpAddr::V6(group) => {
            let membership = Ipv6Membership { group, interface: LINK };
            socket.set_option(if joins { JOIN_GROUP } else { LEAVE_GROUP }, membership)
        }
    }
    .unwrap();
}

/// What is told of all sources of a group in the newest version.
fn record(version: usize, group: &str, record: u8) -> Told {
    Told {
        from: ip([NEAR[0], "::"][version]), // IPv6 has no link-local address here
        to: ip(["224.0.0.22", "ff02::16"][version]),
        kind: [REPORT_IGMP3, REPORT_MLD2][version],
        record: Some(record),
        group: ip(group),
        sources: Vec::new(),
    }
}

/// A query: of IGMP in the version of its length and code, of MLD in that of its length.
fn query(version: usize, length: usize, code: u16, group: Option<&str>) -> Vec<u8> {
    let mut message = vec![0; length];
    let group = group.map(ip);
    if version == 0 {
        message[..2].copy_from_slice(&[0x11, code as u8]);
        if let Some(IpAddr::V4(group)) = group {
            message[4..8].copy_from_slice(&group.octets());
        }
        let sum = !checksum::data(&message);
        message[2..4].copy_from_slice(&sum.to_be_bytes());
        let to = group.unwrap_or(ip("224.0.0.1"));
        return packet(ip(FAR[0]), to, 2, &[], &message);
    }
    message[0] = 130;
    message[4..6].copy_from_slice(&code.to_be_bytes());
    if let Some(IpAddr::V6(group)) = group {
        message[8..24].copy_from_slice(&group.octets());
    }
    let (from, to) = (ip("fe80::2"), group.unwrap_or(ip("ff02::1")));
    let (IpAddr::V6(source), IpAddr::V6(destination)) = (from, to) else { panic!("{to}") };
    Icmpv6Packet::new_unchecked(&mut message[..]).fill_checksum(&source, &destination);
    packet(from, to, 0, &[58, 0, 5, 2, 0, 0, 1, 0], &message)
}

/// A packet with a hop limit of 1.
fn packet(from: IpAddr, to: IpAddr, protocol: u8, options: &[u8], message: &[u8]) -> Vec<u8> {
    let payload = [options, message].concat();
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let mut bytes = vec![0; 20 + payload.len()];
            let mut packet = Ipv4Packet::new_unchecked(&mut bytes[..]);
            packet.set_version(4);
            packet.set_header_len(20);
            packet.set_total_len((20 + payload.len()) as u16);
            packet.set_hop_limit(1);
            packet.set_next_header(IpProtocol::from(protocol));
            packet.set_src_addr(from);
            packet.set_dst_addr(to);
            packet.payload_mut().copy_from_slice(&payload);
            packet.fill_checksum();
            bytes
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            let mut bytes = vec![0; 40 + payload.len()];
            let mut packet = Ipv6Packet::new_unchecked(&mut bytes[..]);
            packet.set_version(6);
            packet.set_payload_len(payload.len() as u16);
            packet.set_hop_limit(1);
            packet.set_next_header(IpProtocol::from(protocol));
            packet.set_src_addr(from);
            packet.set_dst_addr(to);
            packet.payload_mut().copy_from_slice(&payload);
            bytes
        }
        _ => panic!("{from} {to}"),
    }
}

#[test]
fn the_first_to_join_and_the_last_to_leave_are_told_of() {
    for version in [0, 1] {
        let bench = bench();
        let group = GROUP[version];
        let sockets = [(); 2].map(|()| bench.datagram(family_of(group)));
        // which socket, joins, what routers are told, twice
        for (number, joins, expected) in [
            (0, true, Some(TO_EXCLUDE)),
            (1, true, None), // the host hears no more than before
            (0, false, None),
            (1, false, Some(TO_INCLUDE)),
        ] {
            let now = bench.now();
            change(&sockets[number], joins, group);
            let told = told_within(&bench, seconds(5));
            let [first, second] = &told[..] else {
                assert!(told.is_empty() && expected.is_none(), "{number} {joins} {told:?}");
                continue;
            };
            let expected = record(version, group, expected.expect("not told"));
            assert_eq!(*first, (now, expected.clone()), "{number} {joins}");
            assert_eq!(second.1, expected, "{number} {joins}");
            assert!((now..=now + seconds(1)).contains(&second.0), "{number} {joins}");
        }
        // Closing is leaving.
        change(&sockets[0], true, group);
        told_within(&bench, seconds(5));
        drop(sockets);
        assert_eq!(told(&bench), [record(version, group, TO_INCLUDE)]);
    }
}

#[test]
fn groups_that_everybody_is_in_are_not_told_of() {
    let bench = bench();
    let socket = bench.datagram(AddressFamily::INET6);
    for group in ["224.0.0.1", "ff02::1", "ff01::7"] {
        change(&socket, true, group);
        assert_eq!(told(&bench), [], "{group}");
    }
    change(&socket, true, "224.0.0.251");
    assert_eq!(told(&bench), [record(0, "224.0.0.251", TO_EXCLUDE)]);
}

#[test]
fn own_addresses_are_in_groups() {
    let bench = Bench::new(small());
    let solicited = "ff02::1:ff00:1";
    assert_eq!(told(&bench), [record(1, solicited, TO_EXCLUDE)], "of 2001:db8::1");
    told_within(&bench, seconds(2));
    let stack = bench.stack();
    // Another one that ends alike: nothing new, and now there is an address to send from.
    stack.add_address(bench.interface, cidr("fe80::1")).unwrap();
    assert_eq!(told(&bench), []);
    stack.remove_address(bench.interface, ip(NEAR[1])).unwrap();
    assert_eq!(told(&bench), []);
    stack.add_address(bench.interface, cidr("2001:db8::1:2:3")).unwrap();
    let from_link = |record: Told| Told { from: ip("fe80::1"), ..record };
    assert_eq!(told(&bench), [from_link(record(1, "ff02::1:ff02:3", TO_EXCLUDE))]);
    told_within(&bench, seconds(2));
    stack.remove_address(bench.interface, ip("fe80::1")).unwrap();
    assert_eq!(told(&bench), [record(1, solicited, TO_INCLUDE)]);
    // A member keeps the group when the address goes.
    told_within(&bench, seconds(2));
    let socket = bench.datagram(AddressFamily::INET6);
    change(&socket, true, "ff02::1:ff02:3");
    stack.remove_address(bench.interface, ip("2001:db8::1:2:3")).unwrap();
    assert_eq!(told(&bench), []);
    drop(socket);
    assert_eq!(told(&bench), [record(1, "ff02::1:ff02:3", TO_INCLUDE)]);
}

#[test]
fn queries_are_answered_with_what_is_heard() {
    for version in [0, 1] {
        let bench = bench();
        let group = GROUP[version];
        let socket = bench.datagram(family_of(group));
        change(&socket, true, group);
        told_within(&bench, seconds(5));
        let (length, code) = [(12, 100), (28, 10_000)][version];
        // who is asked about, how many answers
        for (asked, answers) in [
            (None, [1, 2][version]), // IPv6: of its address as well
            (Some(group), 1),
            (Some(["224.0.0.1", "ff02::1"][version]), 0),
        ] {
            let now = bench.now();
            bench.stage(&query(version, length, code, asked));
            let told = told_within(&bench, seconds(30));
            assert_eq!(told.len(), answers, "{group} {asked:?}");
            for (time, told) in &told {
                assert_eq!((told.record, &told.sources[..]), (Some(IS_EXCLUDE), &[][..]));
                assert!((now..=now + seconds(10)).contains(time), "{group} {asked:?}");
            }
            let mine = told.iter().any(|(_, told)| *told == record(version, group, IS_EXCLUDE));
            assert_eq!(mine, answers > 0, "{group} {asked:?}");
        }
        // However often it is asked, there is one answer at a time.
        for _ in 0..100 {
            bench.stage(&query(version, length, code, Some(group)));
        }
        assert_eq!(told_within(&bench, seconds(30)).len(), 1, "{group}");
    }
}

#[test]
fn older_routers_are_told_as_they_understand() {
    // version of IP, length and code of a query; what members say to the group, and when leaving
    for (version, length, code, report, leave) in [
        (0, 8, 0, REPORT_IGMP1, None),
        (0, 8, 100, REPORT_IGMP2, Some((LEAVE_IGMP2, "224.0.0.2"))),
        (1, 24, 10_000, REPORT_MLD1, Some((DONE_MLD1, "ff02::2"))),
    ] {
        let bench = bench();
        let group = GROUP[version];
        let told_as =
            |kind, to| Told { to: ip(to), kind, record: None, ..record(version, group, 0) };
        bench.stage(&query(version, length, code, None));
        told_within(&bench, seconds(20));
        let socket = bench.datagram(family_of(group));
        change(&socket, true, group);
        let told = told_within(&bench, seconds(20)).into_iter().map(|(_, told)| told);
        assert_eq!(told.collect::<Vec<_>>(), vec![told_as(report, group); 2], "{report}");
        // Another member answers first: then nobody else has to.
        for others in [0, 1] {
            bench.stage(&query(version, length, code, Some(group)));
            bench.settle();
            if others == 1 {
                let mut answer = query(version, [8, 24][version], 0, Some(group));
                let kind_at = [20, 48][version];
                let sum = u16::from_be_bytes([answer[kind_at + 2], answer[kind_at + 3]]);
                let less = u16::from(report - answer[kind_at]) << 8;
                let sum = sum.checked_sub(less).unwrap_or_else(|| sum.wrapping_sub(less) - 1);
                answer[kind_at] = report;
                answer[kind_at + 2..kind_at + 4].copy_from_slice(&sum.to_be_bytes());
                bench.stage(&answer);
            }
            let told = told_within(&bench, seconds(20));
            assert_eq!(told.len(), 1 - others, "{report}");
        }
        change(&socket, false, group);
        let told = told_within(&bench, seconds(20)).into_iter().map(|(_, told)| told);
        let expected = leave.map(|(kind, to)| told_as(kind, to));
        assert_eq!(told.collect::<Vec<_>>(), Vec::from_iter(expected), "{report}");
        // Without a word of such routers, the newest version comes back.
        told_within(&bench, seconds(500));
        change(&socket, true, group);
        assert_eq!(self::told(&bench), [record(version, group, TO_EXCLUDE)], "{report}");
    }
}

#[test]
fn sources_are_told() {
    let bench = bench();
    let socket = [(); 2].map(|()| bench.datagram(AddressFamily::INET));
    let (Ok(group), Ok(address)) = (GROUP[0].parse(), NEAR[0].parse()) else { panic!() };
    let of = |last| {
        let source = Ipv4Addr::new(192, 0, 2, last);
        Ipv4SourceMembership { group, address, source }
    };
    let told_of = |kind, sources: &[u8]| {
        let sources = sources.iter().map(|last| Ipv4Addr::new(192, 0, 2, *last).into()).collect();
        vec![Told { sources, ..record(0, GROUP[0], kind) }]
    };
    let step = |number: usize, option: SocketOption<Ipv4SourceMembership>, last, expected| {
        socket[number].set_option(option, of(last)).unwrap();
        let told = told(&bench);
        told_within(&bench, seconds(2));
        assert_eq!(told, expected, "{number} {last}");
    };
    step(0, ADD_SOURCE_MEMBERSHIP, 9, told_of(TO_INCLUDE, &[9]));
    step(1, ADD_SOURCE_MEMBERSHIP, 9, vec![]);
    step(1, ADD_SOURCE_MEMBERSHIP, 8, told_of(TO_INCLUDE, &[9, 8]));
    step(1, DROP_SOURCE_MEMBERSHIP, 9, vec![]);
    step(1, DROP_SOURCE_MEMBERSHIP, 8, told_of(TO_INCLUDE, &[9]));
    bench.stage(&query(0, 12, 100, Some(GROUP[0])));
    let answer = told_within(&bench, seconds(20)).into_iter().map(|(_, told)| told);
    assert_eq!(answer.collect::<Vec<_>>(), told_of(IS_INCLUDE, &[9]));
    change(&socket[1], true, GROUP[0]);
    assert_eq!(told(&bench), told_of(TO_EXCLUDE, &[]));
    step(1, BLOCK_SOURCE, 9, vec![]); // somebody wants it
    step(1, BLOCK_SOURCE, 7, told_of(TO_EXCLUDE, &[7]));
    step(0, DROP_SOURCE_MEMBERSHIP, 9, told_of(TO_EXCLUDE, &[9, 7]));
    step(1, UNBLOCK_SOURCE, 9, told_of(TO_EXCLUDE, &[7]));
    drop(socket);
    assert_eq!(told(&bench), [record(0, GROUP[0], TO_INCLUDE)]);
}

#[test]
fn what_is_not_from_the_link_is_not_believed() {
    for version in [0, 1] {
        let bench = bench();
        let socket = bench.datagram(family_of(GROUP[version]));
        change(&socket, true, GROUP[version]);
        told_within(&bench, seconds(5));
        let (length, code) = [(12, 100), (28, 10_000)][version];
        let good = query(version, length, code, None);
        let (hop_limit_at, option_at) = [(8, 40), (7, 42)][version];
        let mut far = good.clone();
        far[hop_limit_at] = 2;
        let mut without_option = good.clone();
        let mut damaged = good.clone();
        *damaged.last_mut().unwrap() ^= 1;
        if version == 0 {
            Ipv4Packet::new_unchecked(&mut far[..]).fill_checksum();
            without_option = damaged.clone(); // IGMP goes without, to be heard by old routers
        } else {
            without_option[option_at] = 1; // padding
        }
        for (packet, answers) in
            [(&far, 0), (&damaged, 0), (&without_option, 0), (&good, [1, 2][version])]
        {
            bench.stage(packet);
            assert_eq!(told_within(&bench, seconds(30)).len(), answers, "{packet:02x?}");
        }
    }
}

#[test]
fn a_link_that_comes_up_is_told_all() {
    let simulation = Simulation::new(1);
    let (one, two) = simulation.link(LinkOptions::default());
    let (switch, log) = (Switch::default(), Log::default());
    let device =
        Switched(Recorder { device: one, log: log.clone(), gate: Gate::default() }, switch.clone());
    let (stack, interface) = sim_stack(&simulation, device, &NEAR, small());
    let (_far, _) = sim_stack(&simulation, two, &FAR, small());
    let mut socket = Net::new(stack.clone()).datagram(AddressFamily::INET).unwrap();
    socket.settimeout(seconds(5)).unwrap();
    let membership = Ipv4Membership {
        group: Ipv4Addr::new(239, 1, 2, 3),
        address: Ipv4Addr::UNSPECIFIED,
        interface: interface.get(),
    };
    socket.set_option(ADD_MEMBERSHIP, membership).unwrap();
    let told = || {
        assert_eq!(socket.recv(&mut [0]), Err(Error::TIMED_OUT)); // time passes
        let out = log.take_all().into_iter().filter(|(way, _)| *way == Way::Out);
        out.filter_map(|(_, frame)| read(&frame[14..])).collect::<Vec<_>>()
    };
    let all = told();
    assert_eq!(all.len(), 4, "each of two groups twice");
    assert_eq!(told(), []);
    switch.set(false);
    assert_eq!(told(), []);
    switch.set(true);
    assert_eq!(told().len(), 4);
}

proptest! {
    /// Whatever a link says about groups, the stack stays well, and says little.
    #[test]
    fn any_message_is_survived(
        messages in prop::collection::vec(
            (0..2usize, prop::collection::vec(any::<u8>(), 0..48), any::<prop::sample::Index>()),
            1..20,
        ),
    ) {
        let bench = bench();
        let socket = bench.datagram(AddressFamily::INET6);
        GROUP.iter().for_each(|group| change(&socket, true, group));
        for (version, mut message, kind) in messages {
            let kinds: &[u8] = [&[0x11, 0x12, 0x16, 0x17, 0x22][..], &[130, 131, 132, 143]][version];
            if let Some(first) = message.first_mut() {
                *first = *kind.get(kinds);
            }
            let good = query(version, [12, 28][version], 1, None);
            let header = [20, 48][version];
            let mut bytes = good[..header].to_vec();
            bytes.extend_from_slice(&message);
            if version == 0 {
                let mut packet = Ipv4Packet::new_unchecked(&mut bytes[..]);
                packet.set_total_len((20 + message.len()) as u16);
                packet.fill_checksum();
                if message.len() >= 4 {
                    bytes[22..24].fill(0);
                    let sum = !checksum::data(&bytes[20..]);
                    bytes[22..24].copy_from_slice(&sum.to_be_bytes());
                }
            } else {
                let mut packet = Ipv6Packet::new_unchecked(&mut bytes[..]);
                packet.set_payload_len((8 + message.len()) as u16);
                let (source, destination) = (packet.src_addr(), packet.dst_addr());
                if message.len() >= 4 {
                    Icmpv6Packet::new_unchecked(&mut bytes[48..])
                        .fill_checksum(&source, &destination);
                }
            }
            bench.stage(&bytes);
            prop_assert!(told_within(&bench, seconds(1)).len() <= 40);
        }
    }
}
