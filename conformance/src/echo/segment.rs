//! TCP segments in Ethernet frames, written and read byte by byte: what a peer sends may be wrong, what the
//! server sends may not.

use core::fmt;
use core::net::{Ipv4Addr, SocketAddrV4};
use std::format;
use std::string::String;
use std::vec;
use std::vec::Vec;

pub(super) use crate::cases::raw::internet_checksum;
use crate::peer::{FAR_SEED, Pattern};

pub(super) const FIN: u8 = 1;
pub(super) const SYN: u8 = 2;
pub(super) const RST: u8 = 4;
pub(super) const PSH: u8 = 8;
pub(super) const ACK: u8 = 16;
pub(super) const URG: u8 = 32;
pub(super) const ECE: u8 = 64;
pub(super) const CWR: u8 = 128;

/// Numbers of protocols (IANA).
pub(super) const ICMP: u8 = 1;
const TCP: u8 = 6;

const IP_HEADER: usize = 20;
const TCP_HEADER: usize = 20;

/// A segment. Source: RFC 9293, section 3.1.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) from: SocketAddrV4,
    pub(super) to: SocketAddrV4,
    pub(super) sequence: u32,
    /// Not zero only with the flag.
    pub(super) acknowledgement: u32,
    pub(super) flags: u8,
    pub(super) window: u16,
    /// As they stand in the header, a whole number of words.
    pub(super) options: Vec<u8>,
    pub(super) data: Vec<u8>,
}

impl Segment {
    /// A segment with these flags, and nothing else.
    pub(super) fn new(from: SocketAddrV4, to: SocketAddrV4, flags: u8) -> Segment {
        let (options, data) = (Vec::new(), Vec::new());
        Segment { from, to, sequence: 0, acknowledgement: 0, flags, window: 8192, options, data }
    }

    /// How many sequence numbers it takes.
    pub(super) fn length(&self) -> u32 {
        let flags = u32::from(self.flags & SYN != 0) + u32::from(self.flags & FIN != 0);
        self.data.len() as u32 + flags
    }

    /// Whether it has these flags, and no others but the push flag, which says nothing.
    pub(super) fn is(&self, flags: u8) -> bool {
        self.flags & !PSH == flags
    }

    /// The header, its checksum and the data.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; TCP_HEADER];
        bytes[0..2].copy_from_slice(&self.from.port().to_be_bytes());
        bytes[2..4].copy_from_slice(&self.to.port().to_be_bytes());
        bytes[4..8].copy_from_slice(&self.sequence.to_be_bytes());
        bytes[8..12].copy_from_slice(&self.acknowledgement.to_be_bytes());
        bytes[12] = (((TCP_HEADER + self.options.len()) / 4) << 4) as u8;
        bytes[13] = self.flags;
        bytes[14..16].copy_from_slice(&self.window.to_be_bytes());
        bytes.extend_from_slice(&self.options);
        bytes.extend_from_slice(&self.data);
        seal(*self.from.ip(), *self.to.ip(), &mut bytes);
        bytes
    }

    /// The packet that it is in.
    pub(super) fn packet(&self) -> Vec<u8> {
        packet(*self.from.ip(), *self.to.ip(), TCP, &self.to_bytes())
    }

    /// The segment in a packet.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(super) fn in_packet(packet: &[u8]) -> Result<Segment, String> {
        let header = packet.get(..IP_HEADER).ok_or("a packet without a header")?;
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        let bytes = packet.get(IP_HEADER..length).ok_or("a packet that is cut")?;
        let ip =
            |at: usize| Ipv4Addr::new(header[at], header[at + 1], header[at + 2], header[at + 3]);
        let (from, to) = (ip(12), ip(16));
        if internet_checksum(header) != [0, 0] || transport_checksum(from, to, bytes) != [0, 0] {
            return Err(format!("a wrong checksum in {packet:02x?}"));
        }
        let half = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        let word = |at: usize| u32::from(half(at)) << 16 | u32::from(half(at + 2));
        let data = bytes.get(12).map_or(0, |byte| usize::from(byte >> 4) * 4);
        if data < TCP_HEADER || bytes.len() < data {
            return Err(format!("a malformed segment in {packet:02x?}"));
        }
        Ok(Segment {
            from: SocketAddrV4::new(from, half(0)),
            to: SocketAddrV4::new(to, half(2)),
            sequence: word(4),
            acknowledgement: word(8),
            flags: bytes[13],
            window: half(14),
            options: bytes[TCP_HEADER..data].to_vec(),
            data: bytes[data..].to_vec(),
        })
    }
}

/// Short, because a failure has little room.
impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (flag, letter) in [(SYN, 'S'), (FIN, 'F'), (RST, 'R'), (PSH, 'P'), (ACK, 'A')] {
            if self.flags & flag != 0 {
                write!(f, "{letter}")?;
            }
        }
        let Segment { to, sequence, acknowledgement, data, .. } = self;
        write!(f, ":{} {sequence:x} {acknowledgement:x}+{}", to.port(), data.len())
    }
}

/// A packet of IPv4 with its header's checksum. Source: RFC 791.
pub(super) fn packet(from: Ipv4Addr, to: Ipv4Addr, protocol: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0; IP_HEADER];
    packet[0] = 0x45; // version 4, five words
    packet[2..4].copy_from_slice(&((IP_HEADER + payload.len()) as u16).to_be_bytes());
    packet[8..10].copy_from_slice(&[64, protocol]);
    packet[12..16].copy_from_slice(&from.octets());
    packet[16..20].copy_from_slice(&to.octets());
    seal_header(&mut packet);
    packet.extend_from_slice(payload);
    packet
}

/// Writes the checksum of a packet's header anew.
pub(super) fn seal_header(packet: &mut [u8]) {
    packet[10..12].fill(0);
    let sum = internet_checksum(&packet[..IP_HEADER]);
    packet[10..12].copy_from_slice(&sum);
}

/// Writes the checksum of a segment anew.
pub(super) fn seal(from: Ipv4Addr, to: Ipv4Addr, segment: &mut [u8]) {
    segment[16..18].fill(0);
    let sum = transport_checksum(from, to, segment);
    segment[16..18].copy_from_slice(&sum);
}

/// The checksum of a segment: zero when the one that stands in it is right.
fn transport_checksum(from: Ipv4Addr, to: Ipv4Addr, segment: &[u8]) -> [u8; 2] {
    let mut bytes = [from.octets(), to.octets()].concat();
    bytes.extend_from_slice(&[0, TCP]);
    bytes.extend_from_slice(&(segment.len() as u16).to_be_bytes());
    bytes.extend_from_slice(segment);
    internet_checksum(&bytes)
}

/// Bytes of which one too many, too few or out of order shows.
pub(super) fn pattern(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    Pattern::new(FAR_SEED).fill(&mut bytes);
    bytes
}
