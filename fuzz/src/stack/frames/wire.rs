//! Packets on their way to the stack, and what it says.

use std::net::IpAddr;

use super::network::{PEER, mutate};
use super::{SILENT, World};
use crate::Text;
use crate::stack::input::Input;
use crate::stack::machine::{MTU, OWN};
use crate::stack::packet::{
    Header, ICMPV6, TCP, UDP, carried, framed, has_right_checksums, set_checksums,
};
use crate::stack::{NEAR, TRACE, content, ip};

impl World<'_, '_> {
    /// Sends a packet with this header, or one that is a little or very odd.
    pub(super) fn send(&mut self, mut header: Header, payload: &[u8], input: &mut Input<'_>) {
        match input.byte() {
            0..200 => {}
            200..208 => header.hop_limit = input.byte(),
            208..216 => header.traffic_class = input.byte(),
            216..240 => {
                let kind = input.one_of(&[0, 43, 60, 44, 51]);
                let length = usize::from(input.byte() % 3);
                let mut bytes = input.bytes(8 + length * 8).to_vec();
                bytes.resize(8 + length * 8, 0);
                bytes[1] = length as u8;
                header.extensions.push((kind, bytes));
                self.program.trusts_datagrams &= kind != 44;
            }
            240..248 => {
                header.fragment = input.word();
                self.program.trusts_datagrams = false; // parts of several may come together
            }
            _ => header.protocol = input.byte(),
        }
        let packet = header.packet(payload);
        self.send_packet(packet, input);
    }

    /// Sends a packet as it is, or a little changed.
    pub(super) fn send_packet(&mut self, mut packet: Vec<u8>, input: &mut Input<'_>) {
        let is_part = carried(&packet).is_none();
        let (changed, summed) = mutate(&mut packet, input);
        if changed && is_part {
            self.program.trusts_datagrams = false;
        }
        self.deliver(packet, summed || !changed);
    }

    /// Gives the stack a packet; if its checksums are to be right, its data is what it should be.
    pub(super) fn deliver(&mut self, mut packet: Vec<u8>, summed: bool) {
        // smoltcp, built for a fuzzer, takes any checksum for right.
        if summed || cfg!(fuzzing) || has_right_checksums(&packet) {
            if let Some(found) = carried(&packet) {
                self.peers.fill(&mut packet, &found);
                let datagram = packet.get_mut(found.payload.clone());
                if let Some(datagram) = datagram.filter(|_| found.protocol == UDP)
                    && let Some((head, data)) = datagram.split_first_chunk_mut::<8>()
                {
                    content::fill(data, 0, u16::from_be_bytes([head[2], head[3]]), 0);
                }
            }
            set_checksums(&mut packet);
        }
        let version =
            if packet.first().is_some_and(|first| first >> 4 == 6) { 0x86DD } else { 0x0800 };
        let frame = if self.framed { framed(OWN.0, PEER, version, &packet) } else { packet };
        self.put(frame);
    }

    pub(super) fn put(&mut self, frame: Vec<u8>) {
        if *TRACE {
            eprintln!("to the stack: {}", Text(&frame));
        }
        self.wire.stage(frame);
        // Where a stream begins is known when its beginning is acknowledged, at once: see also
        // `answers_lookups`.
        let are_connecting = self.peers.are_connecting();
        if are_connecting {
            self.wire.refuse(0);
        }
        if !self.staging || are_connecting {
            self.listen();
        }
    }

    /// The stack has sent a frame.
    pub(super) fn hear(&mut self, frame: Vec<u8>) {
        if *TRACE {
            eprintln!("from the stack: {}", Text(&frame));
        }
        let packet = if self.framed {
            let (head, rest) = frame.split_at(14);
            assert_eq!(head[6..12], OWN.0, "from somebody else");
            if head[12..14] == [8, 6] {
                return self.hear_arp(rest);
            }
            let version = if head[12..14] == [8, 0] { 4 } else { 6 };
            assert_eq!(rest[0] >> 4, version, "the wrong type of frame: {frame:02x?}");
            rest.to_vec()
        } else {
            frame
        };
        assert!(packet.len() <= MTU, "{} bytes", packet.len());
        assert!(has_right_checksums(&packet), "wrong checksums: {packet:02x?}");
        if let Some(found) = carried(&packet) {
            assert_eq!(found.payload.end, packet.len(), "a wrong length: {packet:02x?}");
            let data = &packet[found.payload.clone()];
            match found.protocol {
                TCP => self.peers.hear(&packet, &found, &self.program),
                // A question of the DHCP client.
                UDP if self.configured && data[..4] == [0, 68, 0, 67] => {
                    let transaction = data[12..].first_chunk().copied().unwrap_or_default();
                    self.transaction = u32::from_be_bytes(transaction);
                }
                UDP => {
                    let to = u16::from_be_bytes([data[2], data[3]]);
                    assert_eq!(content::first_wrong(&data[8..], 0, to, 0), None, "in a datagram");
                }
                // Who asks without an address wants that one: nobody has it, unless the input says so.
                ICMPV6
                    if data[0] == 135
                        && !found.source.is_unspecified()
                        && self.answers_lookups() =>
                {
                    self.advertise(&data[8..24]);
                }
                _ => {}
            }
        }
        self.recent.insert(0, packet);
        self.recent.truncate(8);
    }

    /// Whether neighbours say where they are: always while an acknowledgement may wait for it that says
    /// where a stream begins.
    fn answers_lookups(&self) -> bool {
        self.answers_lookups || self.peers.are_connecting()
    }

    fn hear_arp(&mut self, arp: &[u8]) {
        let asked = <[u8; 4]>::try_from(&arp[24..28]).map(IpAddr::from).expect("four bytes");
        let wants_it = arp[14..18] == [0; 4];
        if arp[7] == 1 && self.answers_lookups() && asked != ip(SILENT[0]) && !wants_it {
            let own = &arp[8..18];
            let answer = [&[0, 1, 8, 0, 6, 4, 0, 2][..], &PEER, &arp[24..28], own].concat();
            self.wire.stage(framed(OWN.0, PEER, 0x0806, &answer));
        }
    }

    fn advertise(&mut self, target: &[u8]) {
        let asked = <[u8; 16]>::try_from(target).map(IpAddr::from).expect("sixteen bytes");
        if asked != ip(SILENT[1]) {
            let own = if target[0] == 0xFE { NEAR[2] } else { NEAR[1] };
            let bytes = [&[136, 0, 0, 0, 0x60, 0, 0, 0], target, &[2, 1], &PEER].concat();
            let mut header = Header::new(asked, ip(own), ICMPV6);
            header.hop_limit = 255;
            self.wire.stage(framed(OWN.0, PEER, 0x86DD, &header.packet(&bytes)));
        }
    }
}
