//! The fuzzer as who configures the stack: a DHCP server and a router, right, nearly right and wrong, and
//! somebody who has every address already.

use std::net::IpAddr;

use super::World;
use super::network::{PEER, mutate};
use crate::stack::input::Input;
use crate::stack::machine::OWN;
use crate::stack::packet::{Header, ICMPV6, UDP, framed, set_checksums};
use crate::stack::{FAR, NEAR, ip};

/// What is leased: an address of another network, and those that nobody can have, or somebody has.
const LEASED: [&str; 8] = [
    "203.0.113.7",
    "203.0.113.8",
    NEAR[0],
    FAR[0],
    "203.0.113.255",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
];

/// Networks that a router names.
const NETWORKS: [&str; 6] =
    ["2001:db8:7::", "2001:db8:8::", "2001:db8::", "fe80::", "::", "ff02::"];

/// Seconds, of leases and lives.
const SECONDS: [u32; 8] = [3600, 60, 1, 0, u32::MAX, 7200, 7201, u32::MAX - 1];

/// The addresses that follow from the stack's hardware address.
const OURS: [&str; 3] = ["fe80::ff:fe00:1", "2001:db8:7::ff:fe00:1", "2001:db8:8::ff:fe00:1"];

impl World<'_, '_> {
    /// One thing that a network does to configure its hosts.
    pub(super) fn configure(&mut self, input: &mut Input<'_>) {
        match input.byte() % 8 {
            0..=3 => self.lease(input),
            4..=6 => self.say_as_router(input),
            _ => self.claim(input),
        }
    }

    /// A message of a server, in answer to the client's last one.
    fn lease(&mut self, input: &mut Input<'_>) {
        let kind = input.one_of(&[2, 5, 6, 1, 0]); // offer, acknowledgement, refusal
        let address = octets(input.one_of(&LEASED));
        let mut bytes = vec![2, 1, 6, 0];
        bytes.extend(self.transaction.to_be_bytes());
        bytes.extend([0; 8]);
        bytes.extend(&address);
        bytes.extend([0; 8]);
        bytes.extend(OWN.0);
        bytes.resize(236, 0);
        bytes.extend([99, 130, 83, 99, 53, 1, kind]);
        let server = octets(FAR[0]);
        bytes.extend([&[54, 4][..], &server].concat());
        bytes.extend([&[51, 4][..], &input.one_of(&SECONDS).to_be_bytes()].concat());
        while let choice @ 128.. = input.byte() {
            let seconds = |input: &mut Input<'_>| input.one_of(&SECONDS).to_be_bytes().to_vec();
            let (code, value) = match choice & 15 {
                0 => (1, vec![255, 255, 255, input.one_of(&[0, 255, 254, 1])]),
                1 => (3, octets(input.one_of(&[FAR[0], "203.0.113.1", "0.0.0.0"]))),
                2 => (6, [octets(FAR[0]), octets("203.0.113.53")].concat()),
                3 => (15, b"example.com".to_vec()),
                4 => (26, input.one_of(&[576_u16, 68, 0, 1500, u16::MAX]).to_be_bytes().to_vec()),
                5 => (58, seconds(input)),
                6 => (59, seconds(input)),
                7 => (121, vec![24, 203, 0, 114, 192, 0, 2, 2]),
                8 => (52, vec![input.byte() & 3]),
                code => {
                    let length = usize::from(input.byte() % 40);
                    (if code < 12 { 121 } else { input.byte() }, input.bytes(length).to_vec())
                }
            };
            bytes.extend([code, value.len() as u8]);
            bytes.extend(value);
        }
        bytes.push(255);
        mutate_behind(&mut bytes, input);
        let to = if input.byte() & 1 == 0 { [255; 4].to_vec() } else { address };
        let destination = <[u8; 4]>::try_from(&to[..]).map(IpAddr::from).expect("four bytes");
        let [l0, l1] = ((8 + bytes.len()) as u16).to_be_bytes();
        let datagram = [&[0, 67, 0, 68, l0, l1, 0, 0][..], &bytes].concat();
        self.put_packet(&Header::new(ip(FAR[0]), destination, UDP), &datagram);
    }

    /// A router says what there is on the link.
    fn say_as_router(&mut self, input: &mut Input<'_>) {
        let [l0, l1] = input.one_of(&[1800_u16, 0, 1, u16::MAX]).to_be_bytes();
        let mut bytes = vec![134, 0, 0, 0, 64, 0, l0, l1, 0, 0, 0, 0, 0, 0, 0, 0];
        while let choice @ 128.. = input.byte() {
            match choice & 7 {
                0..=2 => {
                    let length = input.one_of(&[64, 64, 48, 128, 0, 129]);
                    bytes.extend([3, 4, length, input.one_of(&[0xC0, 0x80, 0x40, 0])]);
                    bytes.extend(input.one_of(&SECONDS).to_be_bytes());
                    bytes.extend(input.one_of(&SECONDS).to_be_bytes());
                    bytes.extend([0; 4]);
                    bytes.extend(octets(input.one_of(&NETWORKS)));
                }
                3 => {
                    bytes.extend([5, 1, 0, 0]);
                    bytes.extend(input.one_of(&[1280_u32, 0, 1500, u32::MAX]).to_be_bytes());
                }
                4 => {
                    let count = input.byte() & 3;
                    bytes.extend([25, 1 + 2 * count, 0, 0]);
                    bytes.extend(input.one_of(&SECONDS).to_be_bytes());
                    for number in 0..count {
                        bytes.extend(octets(FAR[1]));
                        bytes.truncate(bytes.len() - 1);
                        bytes.push(number);
                    }
                }
                5 => bytes.extend([&[1, 1][..], &PEER].concat()),
                _ => {
                    let length = usize::from(input.byte() % 40);
                    bytes.extend(input.bytes(length));
                }
            }
        }
        mutate_behind(&mut bytes, input);
        let source = ip(input.one_of(&[FAR[2], "fe80::3", "fe80::4", FAR[1]]));
        let mut header = Header::new(source, ip("ff02::1"), ICMPV6);
        header.hop_limit = input.one_of(&[255, 255, 255, 64]);
        self.put_packet(&header, &bytes);
    }

    /// Somebody has an address, or wants it.
    fn claim(&mut self, input: &mut Input<'_>) {
        let wants = input.byte() & 1 == 1;
        if input.byte() & 1 == 0 {
            let address = octets(input.one_of(&LEASED));
            let (from, of) = if wants { (vec![0; 4], address) } else { (address, octets(NEAR[0])) };
            let head = [0, 1, 8, 0, 6, 4, 0, 1 + u8::from(!wants)];
            let arp = [&head[..], &PEER, &from, &[0; 6], &of].concat();
            return self.put(framed([0xFF; 6], PEER, 0x0806, &arp));
        }
        let target = ip(input.one_of(&OURS));
        let kind = if wants { 135 } else { 136 };
        let mut bytes = vec![kind, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend(octets(&target.to_string()));
        let (source, to) = match (wants, target) {
            (true, IpAddr::V6(_)) => (ip("::"), ip("ff02::1:ff00:1")),
            _ => (ip(FAR[2]), ip("ff02::1")),
        };
        let mut header = Header::new(source, to, ICMPV6);
        header.hop_limit = 255;
        self.put_packet(&header, &bytes);
    }

    fn put_packet(&mut self, header: &Header, payload: &[u8]) {
        let mut packet = header.packet(payload);
        set_checksums(&mut packet);
        let (to, version) = match header.destination {
            IpAddr::V4(_) => (OWN.0, 0x0800),
            IpAddr::V6(_) => ([0x33, 0x33, 0, 0, 0, 1], 0x86DD),
        };
        self.put(framed(to, PEER, version, &packet));
    }

    /// What was configured goes, and what the program had configured is what is left.
    pub(super) fn end_configuration(&mut self) {
        // An attacker's lives may be long; the client says where it is, and then goes.
        let _ = self.stack.stop_dhcp(self.interface);
        let _ = self.stack.stop_slaac(self.interface);
        self.listen();
        crate::stack::machine::pass(self.stack, std::time::Duration::from_secs(2));
        self.listen();
        let left = self.stack.addresses().filter(|own| own.interface == self.interface);
        let left: Vec<_> = left.map(|own| own.address.address()).collect();
        assert_eq!(left, NEAR.map(ip), "{}", self.stack);
        assert!(self.stack.routes().count() <= 1, "{}", self.stack);
    }
}

/// Changes bytes anywhere in a message, also behind where [`mutate`] reaches.
fn mutate_behind(bytes: &mut Vec<u8>, input: &mut Input<'_>) {
    mutate(bytes, input);
    let count = input.byte();
    if count >= 192 {
        for _ in 0..=count & 3 {
            let (place, value) = (usize::from(input.word()), input.byte());
            let length = bytes.len().max(1);
            if let Some(byte) = bytes.get_mut(place % length) {
                *byte = value;
            }
        }
    }
}

fn octets(address: &str) -> Vec<u8> {
    match ip(address) {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}
