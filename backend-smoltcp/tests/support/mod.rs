//! What these tests share: two stacks over a link, and one stack at the end of a bare wire.
//!
//! [`Pair`] is two stacks in a simulation: calls wait in virtual time. [`Bench`] is one stack whose
//! device is two queues, with a clock that moves only when a test says so: the test is the peer, and
//! sees every byte.
#![allow(dead_code, unreachable_pub, unused_imports, reason = "each test file uses a part")]

pub use core::cell::Cell;
use core::net::{IpAddr, SocketAddr};
pub use core::time::Duration;
use std::collections::VecDeque;
pub use std::rc::Rc;
pub use std::sync::{Arc, Mutex};

pub use berkeley::{AddressFamily, Backend, Errno, Error, Instant, Net, Socket};
pub use berkeley_smoltcp::device::{Device, Loopback, Medium};
pub use berkeley_smoltcp::simulation::{LinkOptions, Simulation};
pub use berkeley_smoltcp::{
    Capacity, Cidr, HardwareAddress, InterfaceIndex, Platform, Resources, Stack,
};
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    IpProtocol, IpRepr, Ipv4Packet, Ipv6Packet, TcpControl, TcpPacket, TcpRepr, TcpSeqNumber,
};

mod bench;
pub mod engine;
mod flood;
mod pair;
pub mod randomness;
mod segment;
mod switch;
pub mod target;
mod watched;

pub use bench::*;
pub use flood::*;
pub use pair::*;
pub use segment::*;
pub use switch::*;
pub use watched::*;

/// Bytes of the loopback device's queue, and its MTU.
const LOOPBACK: (usize, usize) = (1 << 18, 65_535);

/// The addresses of the two sides (RFC 5737, RFC 3849).
pub const NEAR: [&str; 2] = ["192.0.2.1", "2001:db8::1"];
pub const FAR: [&str; 2] = ["192.0.2.2", "2001:db8::2"];

/// Whether a frame, or a bare packet, is one of IGMP or MLD.
pub fn is_about_groups(frame: &[u8]) -> bool {
    let packet = match frame {
        [0x33, 0x33, ..] | [0x01, 0x00, 0x5E, ..] => &frame[14..],
        _ => frame,
    };
    match packet[0] >> 4 {
        4 => packet[9] == 2,
        6 => packet[6] == 0, // options for routers
        _ => false,
    }
}

pub fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

pub fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

pub fn end(text: &str, port: u16) -> SocketAddr {
    SocketAddr::new(ip(text), port)
}

/// An on-link address with the usual prefix of its family.
pub fn cidr(text: &str) -> Cidr {
    let address = ip(text);
    Cidr::new(address, if address.is_ipv4() { 24 } else { 64 }).unwrap()
}

pub fn family_of(address: &str) -> AddressFamily {
    if ip(address).is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 }
}

/// Few of everything, small buffers: for stacks that are made by the hundred.
pub fn small() -> Capacity {
    Capacity {
        descriptors: 32,
        connections: 8,
        receive: 4096,
        send: 4096,
        half_open: 16,
        datagrams: 4,
        queue: 8192,
        packets: 8,
        neighbours: 16,
        reassemblies: 1,
        waiters: 8,
        ..Capacity::default()
    }
}

/// `length` bytes that differ from place to place.
pub fn pattern(length: usize, salt: u64) -> Vec<u8> {
    let mut random = Random(salt);
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        bytes.extend_from_slice(&random.next().to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// Whether an outcome is this error.
pub fn failed<T>(outcome: &Result<T, Error>, errno: Errno) -> bool {
    matches!(outcome, Err(error) if error.is(errno))
}
