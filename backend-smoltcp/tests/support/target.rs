//! A stack with a good connection, at which bad frames are thrown, and the frames themselves.

use core::cell::Cell;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use berkeley_smoltcp::device::Medium;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{IpProtocol, IpRepr, TcpControl};

use super::*;

/// The hardware address of the good peer, and of whoever sends the rest.
pub const PEER: [u8; 6] = [2, 0, 0, 0, 0, 2];
pub const STRANGER: [u8; 6] = [2, 0, 0, 0, 0x66, 0x66];

/// Addresses that nobody in the good conversation has.
pub const ELSE: [&str; 2] = ["192.0.2.201", "2001:db8::c9c9"];

pub fn ethernet(from: [u8; 6], to: [u8; 6], packet: &[u8]) -> Vec<u8> {
    let ether_type = if packet[0] >> 4 == 4 { [0x08, 0x00] } else { [0x86, 0xdd] };
    [&to[..], &from, &ether_type, packet].concat()
}

pub fn ip_packet(from: IpAddr, to: IpAddr, protocol: IpProtocol, payload: &[u8]) -> Vec<u8> {
    let header = IpRepr::new(from.into(), to.into(), protocol, payload.len(), 64);
    let mut packet = vec![0; header.header_len()];
    header.emit(&mut packet[..], &ChecksumCapabilities::default());
    [packet, payload.to_vec()].concat()
}

/// The ones' complement sum of these bytes, and a pseudo header.
pub fn checksum(from: IpAddr, to: IpAddr, protocol: u8, payload: &[u8]) -> u16 {
    let mut bytes = match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) if protocol != 1 => {
            [from.octets(), to.octets()].concat()
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => [from.octets(), to.octets()].concat(),
        _ => Vec::new(),
    };
    if !bytes.is_empty() {
        bytes.extend((payload.len() as u32).to_be_bytes());
        bytes.extend([0, 0, 0, protocol]);
    }
    bytes.extend(payload);
    if bytes.len() % 2 == 1 {
        bytes.push(0);
    }
    let mut sum: u32 =
        bytes.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

pub fn udp(from: SocketAddr, to: SocketAddr, data: &[u8]) -> Vec<u8> {
    let length = (8 + data.len()) as u16;
    let [f, t, l] = [from.port(), to.port(), length].map(u16::to_be_bytes);
    let mut payload = [&f[..], &t, &l, &[0, 0], data].concat();
    let sum = checksum(from.ip(), to.ip(), 17, &payload).to_be_bytes();
    payload[6..8].copy_from_slice(&sum);
    ip_packet(from.ip(), to.ip(), IpProtocol::Udp, &payload)
}

pub fn icmp(version: usize, kind: u8, code: u8, body: &[u8]) -> Vec<u8> {
    let (from, to) = (ip(ELSE[version]), ip(NEAR[version]));
    let (number, protocol) = [(1, IpProtocol::Icmp), (58, IpProtocol::Icmpv6)][version];
    let mut payload = [&[kind, code, 0, 0], body].concat();
    let sum = checksum(from, to, number, &payload).to_be_bytes();
    payload[2..4].copy_from_slice(&sum);
    ip_packet(from, to, protocol, &payload)
}

pub fn arp(operation: u8, sender: Ipv4Addr, target: Ipv4Addr) -> Vec<u8> {
    [
        &[0xff; 6][..],
        &STRANGER,
        &[0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, operation],
        &STRANGER,
        &sender.octets(),
        &[0; 6],
        &target.octets(),
    ]
    .concat()
}

/// A stack on Ethernet with a good connection to the test.
pub struct Target {
    pub bench: Bench,
    pub socket: BenchSocket,
    pub _listener: BenchSocket,
    pub peer: Peer,
    pub transferred: u64,
    /// Hostile frames in, less frames out.
    pub balance: Cell<i32>,
}

impl Target {
    pub fn new(version: usize) -> Target {
        let bench = Bench::with(Medium::Ethernet(OWN), 1500, 1, small());
        let listener = bench.listener(NEAR[version], 80, 5);
        let datagrams = bench.datagram(family_of(NEAR[version]));
        datagrams.bind((NEAR[version], 53)).unwrap();
        core::mem::forget(datagrams); // stays open
        let (here, there) = (end(FAR[version], 1000), end(NEAR[version], 80));
        let mut target = Target {
            socket: bench.stream(family_of(NEAR[version])), // for now
            bench,
            _listener: listener,
            peer: Peer { here, there, sequence: 5_000_000, expects: 0 },
            transferred: 0,
            balance: Cell::new(0),
        };
        // The stack learns who the peer is from its request.
        let first = target.good(&Segment::syn(here, there, 4_999_999));
        let answer = first.into_iter().next().expect("a SYN|ACK");
        target.peer.expects = answer.sequence.wrapping_add(1);
        target.good(&target.peer.segment());
        let (mut socket, _) = target._listener.accept().unwrap();
        socket.setblocking(false).unwrap();
        target.socket = socket;
        target
    }

    /// A segment of the good peer: what segments it gets. Whoever looks for the peer is told.
    pub fn good(&self, segment: &Segment<'_>) -> Vec<Seen> {
        let frames = self.bench.inject(&ethernet(PEER, OWN.0, &segment.packet()));
        self.answer_lookups(frames)
    }

    pub fn answer_lookups(&self, frames: Vec<Vec<u8>>) -> Vec<Seen> {
        let mut seen = Vec::new();
        for frame in frames {
            if let Some(answer) = self.lookup_answer(&frame) {
                seen.extend(self.answer_lookups(self.bench.inject(&answer)));
            }
            seen.extend(Seen::in_frame(&frame).filter(|seen| seen.to == self.peer.here));
        }
        seen
    }

    /// The good peer's answer to a request for its hardware address.
    pub fn lookup_answer(&self, frame: &[u8]) -> Option<Vec<u8>> {
        let IpAddr::V4(own) = self.peer.here.ip() else {
            // A solicitation for the peer: type 135 behind a fixed header.
            let asked = frame.len() >= 78
                && frame[12..14] == [0x86, 0xdd]
                && frame[20] == 58
                && frame[54] == 135;
            let IpAddr::V6(own) = self.peer.here.ip() else { return None };
            if !asked || frame[62..78] != own.octets() {
                return None;
            }
            let (from, to) = (self.peer.here.ip(), self.peer.there.ip());
            let mut body =
                [&[136, 0, 0, 0, 0x60, 0, 0, 0], &own.octets()[..], &[2, 1], &PEER].concat();
            let sum = checksum(from, to, 58, &body).to_be_bytes();
            body[2..4].copy_from_slice(&sum);
            let header = IpRepr::new(from.into(), to.into(), IpProtocol::Icmpv6, body.len(), 255);
            let mut packet = vec![0; header.header_len()];
            header.emit(&mut packet[..], &ChecksumCapabilities::default());
            return Some(ethernet(PEER, OWN.0, &[packet, body].concat()));
        };
        let asked = frame.len() >= 42 && frame[12..14] == [0x08, 0x06] && frame[21] == 1;
        if !asked || frame[38..42] != own.octets() {
            return None;
        }
        let IpAddr::V4(there) = self.peer.there.ip() else { return None };
        let mut answer = arp(2, own, there);
        answer[..6].copy_from_slice(&OWN.0);
        answer[6..12].copy_from_slice(&PEER);
        answer[22..28].copy_from_slice(&PEER);
        Some(answer)
    }

    /// Something hostile: at most one frame comes back for each. An answer that waits for a lookup
    /// comes with a later one; the lookup itself does not count.
    pub fn hostile(&self, frame: &[u8]) -> Result<Vec<Vec<u8>>, String> {
        let sent = self.bench.inject(frame);
        let is_lookup = |frame: &&Vec<u8>| {
            let arp = frame[12..14] == [8, 6] && frame[21] == 1;
            arp || (frame[12..14] == [0x86, 0xdd] && frame[20] == 58 && frame[54] == 135)
        };
        let lookups = sent.iter().filter(is_lookup).count();
        let balance = self.balance.get() + 1 - (sent.len() - lookups) as i32;
        self.balance.set(balance);
        if lookups > 1 || balance < 0 {
            return Err(format!("{} frames for {frame:02x?}: {sent:02x?}", sent.len()));
        }
        Ok(sent)
    }

    /// Some bytes each way, exactly; time passes as it does.
    pub fn transfer(&mut self) -> Result<(), String> {
        self.transferred += 1;
        let data = pattern(100 + (self.transferred % 900) as usize, self.transferred);
        let Peer { here, there, sequence, expects } = self.peer;
        let forth = Segment {
            acknowledgement: Some(expects),
            control: TcpControl::Psh,
            data: &data,
            ..Segment::new(here, there, sequence)
        };
        let answers = self.good(&forth);
        self.peer.sequence = sequence.wrapping_add(data.len() as u32);
        let mut buffer = vec![0; 2000];
        match self.socket.recv(&mut buffer) {
            Ok(count) if buffer[..count] == data => {}
            other => return Err(format!("forth: {other:?}, answered {answers:?}")),
        }
        let sent = self.socket.send(&data);
        if sent != Ok(data.len()) {
            return Err(format!("back: {sent:?}"));
        }
        let mut got = Vec::new();
        // Repetitions and lookups may take their time.
        for _ in 0..40 {
            for seen in self.answer_lookups(self.bench.take()) {
                if seen.sequence == self.peer.expects {
                    self.peer.expects = seen.sequence.wrapping_add(seen.data.len() as u32);
                    got.extend(seen.data);
                }
            }
            if got.len() >= data.len() {
                break;
            }
            let late = self.bench.advance(millis(100)).into_iter().map(|(_, frame)| frame);
            for seen in self.answer_lookups(late.collect()) {
                if seen.sequence == self.peer.expects {
                    self.peer.expects = seen.sequence.wrapping_add(seen.data.len() as u32);
                    got.extend(seen.data);
                }
            }
        }
        if got != data {
            return Err(format!(
                "back: {} of {} bytes\n{}",
                got.len(),
                data.len(),
                self.bench.stack()
            ));
        }
        self.good(&self.peer.segment());
        Ok(())
    }

    /// Valid frames to start from. None of them concerns the good connection, but the last two, whose
    /// numbers are far from its own.
    pub fn templates(&self) -> Vec<Vec<u8>> {
        let version = usize::from(self.peer.here.is_ipv6());
        let (other, own) = (end(ELSE[version], 2000), end(NEAR[version], 80));
        let framed = |packet: Vec<u8>| ethernet(STRANGER, OWN.0, &packet);
        let syn = Segment { scale: Some(7), sack_permitted: true, ..Segment::syn(other, own, 7) };
        let acknowledgement = Segment { acknowledgement: Some(1), ..Segment::new(other, own, 8) };
        let data = Segment { data: b"some data", ..acknowledgement };
        let sack = Segment { sack: [Some((5, 9)), Some((20, 30)), None], ..acknowledgement };
        let quoted =
            Segment { data: b"quoted", ..Segment::new(self.peer.there, self.peer.here, 9) };
        let mut error = vec![0, 0, 0, 0];
        error.extend(quoted.packet());
        let mut frames = vec![
            framed(syn.packet()),
            framed(acknowledgement.packet()),
            framed(data.packet()),
            framed(sack.packet()),
            framed(Segment { control: TcpControl::Fin, ..acknowledgement }.packet()),
            framed(Segment { control: TcpControl::Rst, ..acknowledgement }.packet()),
            framed(udp(other, end(NEAR[version], 53), b"a question")),
            framed(udp(other, end(NEAR[version], 54), b"to nobody")),
            framed(udp(end(FAR[version], 53), own, b"")),
        ];
        if version == 0 {
            let (sender, own) = (Ipv4Addr::new(192, 0, 2, 201), Ipv4Addr::new(192, 0, 2, 1));
            frames.push(arp(1, sender, own));
            frames.push(arp(2, sender, own));
            frames.push(framed(icmp(0, 8, 0, b"\0\x01\0\x01ping ping ping")));
            frames.push(framed(icmp(0, 3, 1, &error)));
            frames.push(framed(icmp(0, 3, 4, &error)));
            frames.push(framed(icmp(0, 11, 0, &error)));
            // A fragment: more to come.
            let mut fragment = udp(other, end(NEAR[0], 53), &[7; 64]);
            fragment[6] = 0x20;
            let sum = [0, 0];
            fragment[10..12].copy_from_slice(&sum);
            let header = checksum(IpAddr::V4(sender), IpAddr::V4(own), 1, &fragment[..20]);
            fragment[10..12].copy_from_slice(&header.to_be_bytes());
            frames.push(framed(fragment));
        } else {
            frames.push(framed(icmp(1, 128, 0, b"\0\x01\0\x01ping ping ping")));
            frames.push(framed(icmp(1, 1, 0, &error)));
            frames.push(framed(icmp(1, 2, 0, &error)));
            frames.push(framed(icmp(1, 3, 0, &error)));
            let IpAddr::V6(own) = ip(NEAR[1]) else { unreachable!() };
            let ask = [&[0; 4], &own.octets()[..], &[1, 1], &STRANGER].concat();
            let mut solicitation = icmp(1, 135, 0, &ask);
            solicitation[7] = 255;
            frames.push(framed(solicitation));
            // Hop-by-hop options and a fragment header before UDP.
            let datagram = udp(other, end(NEAR[1], 53), &[7; 64]);
            let mut chain = datagram[..40].to_vec();
            chain[6] = 0;
            chain.extend([44, 0, 1, 4, 0, 0, 0, 0]);
            chain.extend([17, 0, 0, 1, 0, 0, 0, 9]);
            chain.extend(&datagram[40..]);
            let length = (chain.len() - 40) as u16;
            chain[4..6].copy_from_slice(&length.to_be_bytes());
            frames.push(framed(chain));
        }
        // Blind attempts at the good connection.
        let far_off = self.peer.sequence.wrapping_add(0x4000_0000);
        let blind = Segment { sequence: far_off, data: b"evil", ..self.peer.segment() };
        frames.push(ethernet(PEER, OWN.0, &blind.packet()));
        let blind = Segment { control: TcpControl::Rst, data: b"", ..blind };
        frames.push(ethernet(PEER, OWN.0, &blind.packet()));
        frames
    }
}
