//! The fuzzer as the network: packets that are right, nearly right, and wrong, and time.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::{SILENT, World};
use crate::stack::input::Input;
use crate::stack::machine::{OWN, pass};
use crate::stack::packet::{
    ACK, FIN, Header, ICMP, ICMPV6, PSH, RST, SYN, TCP, UDP, carried, framed, set_checksums,
};
use crate::stack::peers::Told;
use crate::stack::{FAR, NEAR, content, ip};

/// The hardware address of everybody else.
pub(super) const PEER: [u8; 6] = [2, 0, 0, 0, 0, 2];

/// Who sends packets: neighbours, strangers, and those who cannot.
const SENDERS: [&str; 14] = [
    FAR[0],
    FAR[1],
    FAR[2],
    "192.0.2.3",
    "2001:db8::3",
    "198.51.100.7",
    SILENT[0],
    SILENT[1],
    NEAR[0],
    NEAR[1],
    "0.0.0.0",
    "::",
    "255.255.255.255",
    "::ffff:192.0.2.2",
];

/// To whom, besides the stack's own addresses.
const RECEIVERS: [&str; 8] = [
    "192.0.2.255",
    "255.255.255.255",
    "224.0.0.1",
    "ff02::1",
    "ff02::1:ff00:1",
    "127.0.0.1",
    "::1",
    "192.0.2.9",
];

impl World<'_, '_> {
    /// One thing that the network does.
    pub(super) fn network(&mut self, what: u8, input: &mut Input<'_>) {
        match what % 16 {
            0..=2 => self.segment(input),
            3 => self.answer(input),
            4 => self.converse(input),
            5 => self.open(input),
            6 => self.datagram(input),
            7 => self.error(input),
            8 => self.control(input),
            9 => self.arp(input),
            10 => self.fragments(input),
            11 => self.raw(input),
            12 => self.reflect(input),
            13 => self.switch(input),
            15 if self.configured => self.configure(input),
            _ => {
                let duration = input.one_of(&[1, 10, 200, 1000, 3000, 11_000, 61_000, 1_000_000]);
                self.staging = false;
                pass(self.stack, Duration::from_millis(duration));
            }
        }
    }

    /// A segment of a peer, right or wrong.
    fn segment(&mut self, input: &mut Input<'_>) {
        let choice = input.byte();
        let flags = match input.byte() {
            0..96 => ACK | PSH,
            96..128 => ACK | FIN,
            128..144 => RST,
            144..160 => RST | ACK,
            160..176 => SYN,
            176..192 => SYN | ACK,
            192..208 => 0,
            _ => input.byte(),
        };
        let (sequence, acknowledgement) = (input.difference(), input.difference());
        let window = match input.byte() {
            0..128 => 4096,
            other => [0, 1, 3, 100, 1460, 65_535][usize::from(other % 6)],
        };
        let length = input.length();
        let mut options = Vec::new();
        while let kind @ 128.. = input.byte() {
            write_option(kind, input, &mut options);
        }
        let Some(flow) = self.peers.choose(choice) else { return };
        let told = Told {
            sequence: flow.next.wrapping_add(sequence),
            acknowledgement: flow.expects.wrapping_add(acknowledgement),
            flags,
            window,
            options: &options,
            length,
        };
        let (header, bytes) = flow.segment(&told);
        if sequence == 0 && flags & (SYN | RST) == 0 {
            // What the peer believes to have sent, whether the stack takes it or not.
            flow.next = flow.next.wrapping_add(length as u32 + u32::from(flags & FIN != 0));
        }
        self.send(header, &bytes, input);
    }

    /// The latest peers say what is due, with some data.
    fn answer(&mut self, input: &mut Input<'_>) {
        let (choice, length) = (input.byte(), input.length());
        let Some(flow) = self.peers.choose(choice) else { return };
        let told = flow.answer(length.min(1024));
        let (header, bytes) = flow.segment(&told);
        self.deliver(header.packet(&bytes), true);
    }

    /// All peers acknowledge, and end when the stack has ended, a few times.
    fn converse(&mut self, input: &mut Input<'_>) {
        for round in 0..=input.below(4) {
            for choice in 0..self.peers.count().min(8) {
                let Some(flow) = self.peers.choose(choice) else { break };
                let (ended, mut told) = (flow.ended, flow.answer(0));
                if ended && round > 0 {
                    told.flags |= FIN;
                }
                let (header, bytes) = flow.segment(&told);
                self.deliver(header.packet(&bytes), true);
                self.listen();
            }
        }
    }

    /// A peer wants a connection.
    fn open(&mut self, input: &mut Input<'_>) {
        let (stack, peer) = self.ends(input);
        let difference = input.difference();
        let mut options = Vec::new();
        while let kind @ 128.. = input.byte() {
            write_option(kind, input, &mut options);
        }
        let flow = self.peers.begin(stack, peer);
        let told = Told {
            sequence: flow.next.wrapping_add(difference),
            acknowledgement: 0,
            flags: SYN,
            window: 4096,
            options: &options,
            length: 0,
        };
        let (header, bytes) = flow.segment(&told);
        self.send(header, &bytes, input);
    }

    /// Two ends of the same family: the stack's, mostly with its own address, and another's.
    fn ends(&self, input: &mut Input<'_>) -> (SocketAddr, SocketAddr) {
        let sender = ip(input.one_of(&SENDERS));
        let choice = input.byte();
        let own = match (choice, sender) {
            (192.., _) => ip(RECEIVERS[usize::from(choice) % RECEIVERS.len()]),
            (_, IpAddr::V4(_)) => ip(NEAR[0]),
            (_, IpAddr::V6(from)) => ip(NEAR[if from.is_unicast_link_local() { 2 } else { 1 }]),
        };
        let sender = match (own, sender) {
            (IpAddr::V4(_), IpAddr::V6(_)) => ip(FAR[0]),
            (IpAddr::V6(_), IpAddr::V4(_)) => ip(FAR[1]),
            _ => sender,
        };
        let ports = input.byte();
        let known = self.program.accounts().iter().rev().find_map(|account| account.ends);
        let port = match ports % 4 {
            0 | 1 => 80,
            2 => 7,
            _ => known.map_or(5005, |(local, _)| local.port()),
        };
        let theirs = match ports >> 2 {
            0 => 0,
            1 => port,
            2 => known.map_or(5006, |(_, peer)| peer.port()),
            more => 2000 + u16::from(more),
        };
        ((own, port).into(), (sender, theirs).into())
    }

    fn datagram(&mut self, input: &mut Input<'_>) {
        let (stack, peer) = self.ends(input);
        let length = input.length();
        let bytes = datagram(peer.port(), stack.port(), length);
        self.send(Header::new(peer.ip(), stack.ip(), UDP), &bytes, input);
    }

    /// An error about something that the stack has sent, or would not have.
    fn error(&mut self, input: &mut Input<'_>) {
        let (choice, kind, code) = (input.byte(), input.byte(), input.byte());
        let Some(recent) = usize::from(choice).checked_rem(self.recent.len()) else { return };
        let mut quoted = self.recent[recent].clone();
        let Some(about) = carried(&quoted) else { return };
        let ipv4 = about.source.is_ipv4();
        match input.byte() {
            0..128 => quoted.truncate(about.payload.start + 8),
            128..192 => quoted.truncate(500),
            cut => quoted.truncate(usize::from(cut - 192)),
        }
        mutate(&mut quoted, input);
        let kinds = if ipv4 { [3, 11, 12, 4, 5] } else { [1, 3, 4, 2, 137] };
        let kind = if kind < 200 { kinds[usize::from(kind) % 5] } else { kind };
        let mut bytes = vec![kind, code % 16, 0, 0];
        bytes.extend(input.long().to_be_bytes());
        bytes.extend(quoted);
        let protocol = if ipv4 { ICMP } else { ICMPV6 };
        let from = if choice & 128 != 0 { about.destination } else { ip(FAR[usize::from(!ipv4)]) };
        self.send(Header::new(from, about.source, protocol), &bytes, input);
    }

    /// An echo, or a message of neighbour discovery, with options.
    fn control(&mut self, input: &mut Input<'_>) {
        let (stack, peer) = self.ends(input);
        let ipv4 = stack.is_ipv4();
        let kinds = if ipv4 { [8, 8, 0, 13, 17] } else { [135, 136, 134, 137, 128] };
        let kind = match input.byte() {
            known @ 0..240 => kinds[usize::from(known) % 5],
            _ => input.byte(),
        };
        let mut bytes = vec![kind, 0, 0, 0];
        bytes.extend(input.long().to_be_bytes());
        if ipv4 || kind == 128 {
            bytes.resize(8 + input.length(), 0x55);
        } else {
            let target = ip([NEAR[1], FAR[1], NEAR[2], SILENT[1]][input.below(4)]);
            if let IpAddr::V6(target) = target {
                bytes.extend(target.octets());
            }
            while let option @ 128.. = input.byte() {
                let length = input.byte();
                bytes.extend([option & 7, length & 3]);
                bytes.extend(PEER);
                bytes.extend(vec![0; usize::from(length & 3).saturating_sub(1) * 8]);
            }
        }
        let protocol = if ipv4 { ICMP } else { ICMPV6 };
        let mut header = Header::new(peer.ip(), stack.ip(), protocol);
        header.hop_limit = 255;
        self.send(header, &bytes, input);
    }

    fn arp(&mut self, input: &mut Input<'_>) {
        let mut bytes = vec![0, 1, 8, 0, 6, 4, 0, 1 + (input.byte() & 1)];
        let address = |input: &mut Input<'_>| {
            let places = [FAR[0], NEAR[0], SILENT[0], "0.0.0.0", "192.0.2.3", "255.255.255.255"];
            match ip(input.one_of(&places)) {
                IpAddr::V4(address) => address.octets(),
                IpAddr::V6(_) => [0; 4],
            }
        };
        bytes.extend(PEER);
        bytes.extend(address(input));
        bytes.extend([0; 6]);
        bytes.extend(address(input));
        mutate(&mut bytes, input);
        let to = if input.byte() & 1 == 0 { OWN.0 } else { [0xFF; 6] };
        self.put(framed(to, PEER, 0x0806, &bytes));
    }

    /// A datagram in parts: in any order, overlapping, some of them twice or not at all.
    fn fragments(&mut self, input: &mut Input<'_>) {
        let (stack, peer) = self.ends(input);
        let length = input.length() * 2;
        let mut header = Header::new(peer.ip(), stack.ip(), UDP);
        // The checksum is that of the whole.
        let whole = header.packet(&datagram(peer.port(), stack.port(), length));
        let start = whole.len() - length - 8;
        let payload = &whole[start..];
        let shape = input.byte();
        if shape & 0x80 != 0 {
            self.program.trusts_datagrams = false; // parts of another one may get between
        } else {
            self.identification = self.identification.wrapping_add(1);
        }
        header.identification = self.identification;
        let size = [8, 16, 200, 512, 1000, 1400][usize::from(shape & 7) % 6];
        let count = payload.len().div_ceil(size).min(12);
        for turn in 0..count {
            let (mut part, odd) = match shape >> 3 & 3 {
                0 => (turn, false),
                1 => (count - 1 - turn, false),
                _ => (input.below(count), true),
            };
            if odd && input.byte() < 32 {
                part += 1;
            }
            let offset = (part * size).min(payload.len());
            let end = (offset + size).min(payload.len());
            let more = end < payload.len();
            header.fragment = (offset / 8) as u16 | if more { 0x2000 } else { 0 };
            let packet = header.packet(&payload[offset..end]);
            if odd {
                self.send_packet(packet, input);
            } else {
                self.deliver(packet, false);
            }
        }
    }

    /// Anything at all, or nearly.
    fn raw(&mut self, input: &mut Input<'_>) {
        let shape = input.byte();
        let length = usize::from(input.byte());
        let bytes = input.bytes(length).to_vec();
        match shape % 4 {
            0 => self.deliver(bytes, shape & 0x80 != 0),
            1 => self.put(framed(OWN.0, PEER, 0x0800, &bytes)),
            2 => self.put(framed([0xFF; 6], PEER, input.word(), &bytes)),
            _ => self.put(bytes),
        }
    }

    /// Something that the stack has sent comes back, a little changed.
    fn reflect(&mut self, input: &mut Input<'_>) {
        let choice = input.byte();
        let Some(recent) = usize::from(choice).checked_rem(self.recent.len()) else { return };
        let mut packet = self.recent[recent].clone();
        let Some(found) = carried(&packet) else { return };
        let (addresses, length) = if found.source.is_ipv4() { (12, 4) } else { (8, 16) };
        let (_, rest) = packet.split_at_mut(addresses);
        let (source, rest) = rest.split_at_mut(length);
        source.swap_with_slice(&mut rest[..length]);
        if matches!(found.protocol, TCP | UDP) {
            let ports = found.payload.start..found.payload.start + 4;
            if let Some(ports) = packet.get_mut(ports) {
                ports.rotate_left(2);
            }
        }
        set_checksums(&mut packet);
        self.send_packet(packet, input);
    }

    /// Changes how things go on.
    fn switch(&mut self, input: &mut Input<'_>) {
        match input.byte() % 8 {
            0 => self.answers_lookups = !self.answers_lookups,
            1 => self.wire.refuse(u32::from(input.byte())),
            2 => self.staging = !self.staging,
            3 => self.nothing_is_lost(),
            _ => {}
        }
    }
}

/// A UDP datagram; its checksum is written later.
fn datagram(from: u16, to: u16, length: usize) -> Vec<u8> {
    let words = [from, to, (8 + length) as u16, 0];
    let mut bytes: Vec<u8> = words.into_iter().flat_map(u16::to_be_bytes).collect();
    bytes.resize(8 + length, 0);
    content::fill(&mut bytes[8..], 0, to, 0);
    bytes
}

/// Appends a TCP option: one that is known, with any value, or anything.
fn write_option(kind: u8, input: &mut Input<'_>, options: &mut Vec<u8>) {
    let long = |input: &mut Input<'_>| input.long().to_be_bytes();
    match kind % 8 {
        0 => options.extend([[2, 4], input.word().to_be_bytes()].concat()),
        1 => options.extend([3, 3, input.byte()]),
        2 => options.extend([4, 2]),
        3 => {
            let count = 1 + input.byte() % 4;
            options.extend([5, 2 + 8 * count]);
            (0..2 * count).for_each(|_| options.extend(long(input)));
        }
        4 => options.extend([&[8, 10][..], &long(input), &long(input)].concat()),
        5 => options.push(1),
        6 => options.push(0),
        _ => {
            let length = usize::from(input.byte() % 12);
            options.extend(input.bytes(length));
        }
    }
}

/// Changes up to four bytes, or the length; says whether it did, and whether the checksums are to be
/// right afterwards.
pub(super) fn mutate(bytes: &mut Vec<u8>, input: &mut Input<'_>) -> (bool, bool) {
    let how = input.byte();
    if how < 160 {
        return (false, false);
    }
    for _ in 0..=how & 3 {
        let (place, value) = (usize::from(input.byte()), input.byte());
        // The headers are at the front; what is behind them is reached by the last ones.
        if let Some(byte) = bytes.get_mut(place) {
            *byte = value;
        }
    }
    match how >> 3 & 3 {
        0 => bytes.truncate(usize::from(input.byte())),
        1 => bytes.extend(vec![0; usize::from(input.byte() & 15)]),
        _ => {}
    }
    (true, how & 4 != 0)
}
