//! Packets, written and read byte by byte: every field can be wrong.

use std::net::IpAddr;
use std::ops::Range;

/// Protocol numbers.
pub const ICMP: u8 = 1;
/// See [`ICMP`].
pub const TCP: u8 = 6;
/// See [`ICMP`].
pub const UDP: u8 = 17;
/// See [`ICMP`].
pub const ICMPV6: u8 = 58;

/// The flags of a segment.
pub const FIN: u8 = 0x01;
/// See [`FIN`].
pub const SYN: u8 = 0x02;
/// See [`FIN`].
pub const RST: u8 = 0x04;
/// See [`FIN`].
pub const PSH: u8 = 0x08;
/// See [`FIN`].
pub const ACK: u8 = 0x10;

/// What is in an IP header besides lengths and checksums.
#[derive(Clone, Debug)]
pub struct Header {
    /// Who sends.
    pub source: IpAddr,
    /// To whom; of the same family.
    pub destination: IpAddr,
    /// What the payload is.
    pub protocol: u8,
    /// Time to live, hop limit.
    pub hop_limit: u8,
    /// Type of service, traffic class.
    pub traffic_class: u8,
    /// Which datagram this is, or is a part of.
    pub identification: u16,
    /// Flags and offset as IPv4 has them. On IPv6, if not 0, there is a fragment header.
    pub fragment: u16,
    /// IPv4 options, a multiple of 4 bytes; IPv6 extension headers with their kinds, multiples of 8
    /// bytes of which the first is filled in.
    pub extensions: Vec<(u8, Vec<u8>)>,
}

impl Header {
    /// An ordinary one.
    #[must_use]
    pub fn new(source: IpAddr, destination: IpAddr, protocol: u8) -> Header {
        Header {
            source,
            destination,
            protocol,
            hop_limit: 64,
            traffic_class: 0,
            identification: 0,
            fragment: 0,
            extensions: Vec::new(),
        }
    }

    /// The packet, with all checksums as far as they can be told.
    #[must_use]
    pub fn packet(&self, payload: &[u8]) -> Vec<u8> {
        let mut packet = match (self.source, self.destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let options: Vec<u8> =
                    self.extensions.iter().flat_map(|(_, bytes)| bytes).copied().take(40).collect();
                let length = (20 + options.len() + payload.len()) as u16;
                let words = 5 + options.len() / 4;
                let mut header = vec![0x40 | words as u8, self.traffic_class];
                header.extend(length.to_be_bytes());
                header.extend(self.identification.to_be_bytes());
                header.extend(self.fragment.to_be_bytes());
                header.extend([self.hop_limit, self.protocol, 0, 0]);
                header.extend(source.octets());
                header.extend(destination.octets());
                header.extend(options);
                header
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                self.packet_v6(&[source.octets(), destination.octets()].concat(), payload.len())
            }
            _ => Vec::new(),
        };
        packet.extend(payload);
        set_checksums(&mut packet);
        packet
    }

    fn packet_v6(&self, addresses: &[u8], payload: usize) -> Vec<u8> {
        let mut chain = self.extensions.clone();
        if self.fragment != 0 {
            // The offset stands in other bits there.
            let word = (self.fragment & 0x1FFF) << 3 | u16::from(self.fragment & 0x2000 != 0);
            let [high, low] = self.identification.to_be_bytes();
            let [first, second] = word.to_be_bytes();
            chain.push((44, vec![0, 0, first, second, 0, 0, high, low]));
        }
        let mut kinds: Vec<u8> = chain.iter().map(|(kind, _)| *kind).collect();
        kinds.push(self.protocol);
        let length: usize = chain.iter().map(|(_, bytes)| bytes.len()).sum();
        let [high, low] = ((length + payload) as u16).to_be_bytes();
        let class = self.traffic_class;
        let mut header = vec![0x60 | class >> 4, class << 4, 0, 0, high, low];
        header.extend([kinds[0], self.hop_limit]);
        header.extend(addresses);
        for ((_, mut bytes), next) in chain.into_iter().zip(&kinds[1..]) {
            if let Some(first) = bytes.first_mut() {
                *first = *next;
            }
            header.extend(bytes);
        }
        header
    }
}

/// A packet in an Ethernet frame.
#[must_use]
pub fn framed(to: [u8; 6], from: [u8; 6], ether_type: u16, payload: &[u8]) -> Vec<u8> {
    [&to[..], &from, &ether_type.to_be_bytes(), payload].concat()
}

/// What an IP packet carries, if it is not a part of something.
#[derive(Clone, Debug)]
pub struct Carried {
    /// The addresses in the header.
    pub source: IpAddr,
    /// See `source`.
    pub destination: IpAddr,
    /// What the payload is.
    pub protocol: u8,
    /// Where it is.
    pub payload: Range<usize>,
    /// Whether there are IPv6 extension headers before it.
    pub extended: bool,
}

/// Finds what a packet carries, believing it as far as possible.
#[must_use]
pub fn carried(packet: &[u8]) -> Option<Carried> {
    let word = |at| Some(u16::from_be_bytes(*packet.get(at..)?.first_chunk()?));
    let found = match packet.first()? >> 4 {
        4 => {
            let address = |at| Some(IpAddr::from(*packet.get(at..)?.first_chunk::<4>()?));
            let (start, end) = (usize::from(packet[0] & 15) * 4, usize::from(word(2)?));
            if word(6)? & 0x3FFF != 0 {
                return None;
            }
            Carried {
                source: address(12)?,
                destination: address(16)?,
                protocol: *packet.get(9)?,
                payload: start..end.min(packet.len()),
                extended: false,
            }
        }
        6 => {
            let address = |at| Some(IpAddr::from(*packet.get(at..)?.first_chunk::<16>()?));
            let (mut protocol, mut start) = (*packet.get(6)?, 40);
            while matches!(protocol, 0 | 43 | 60) {
                let length = 8 + usize::from(*packet.get(start + 1)?) * 8;
                protocol = packet[start];
                start += length;
            }
            if protocol == 44 {
                return None;
            }
            let end = (40 + usize::from(word(4)?)).min(packet.len());
            let (source, destination) = (address(8)?, address(24)?);
            Carried { source, destination, protocol, payload: start..end, extended: start > 40 }
        }
        _ => return None,
    };
    (found.payload.start <= found.payload.end).then_some(found)
}

/// A TCP segment in a packet.
#[derive(Clone, Debug)]
pub struct Segment {
    /// The ports: from, to.
    pub ports: (u16, u16),
    /// The sequence number.
    pub sequence: u32,
    /// The acknowledgement, whether its flag is set or not.
    pub acknowledgement: u32,
    /// The flags.
    pub flags: u8,
    /// Where in the packet its data is.
    pub data: Range<usize>,
}

impl Segment {
    /// The segment in a packet that carries one.
    #[must_use]
    pub fn read(packet: &[u8], carried: &Carried) -> Option<Segment> {
        let bytes = packet.get(carried.payload.clone()).filter(|_| carried.protocol == TCP)?;
        let head = bytes.first_chunk::<20>()?;
        let word = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
        let long = |at| u32::from(word(at)) << 16 | u32::from(word(at + 2));
        let start = usize::from(head[12] >> 4) * 4;
        if start < 20 || start > bytes.len() {
            return None;
        }
        Some(Segment {
            ports: (word(0), word(2)),
            sequence: long(4),
            acknowledgement: long(8),
            flags: head[13],
            data: carried.payload.start + start..carried.payload.end,
        })
    }

    /// How many sequence numbers it takes.
    #[must_use]
    pub fn taken(&self) -> u32 {
        let flags = u32::from(self.flags & SYN != 0) + u32::from(self.flags & FIN != 0);
        self.data.len() as u32 + flags
    }
}

/// Makes all checksums of a packet right.
pub fn set_checksums(packet: &mut [u8]) {
    if packet.first().is_some_and(|first| first >> 4 == 4) {
        let length = usize::from(packet[0] & 15) * 4;
        if let Some(header) = packet.get_mut(..length).filter(|header| header.len() >= 20) {
            header[10..12].fill(0);
            let sum = checksum(&[header]);
            header[10..12].copy_from_slice(&sum);
        }
    }
    let Some(carried) = carried(packet) else { return };
    let place = match carried.protocol {
        ICMP | ICMPV6 => 2,
        TCP => 16,
        UDP => 6,
        _ => return,
    };
    let payload = &mut packet[carried.payload.clone()];
    if let Some(room) = payload.get_mut(place..place + 2) {
        room.fill(0);
        let mut sum = transport_checksum(&carried, payload);
        if carried.protocol == UDP && sum == [0, 0] {
            sum = [0xFF, 0xFF]; // 0 says that there is none (RFC 768)
        }
        payload[place..place + 2].copy_from_slice(&sum);
    }
}

/// Whether all checksums of a packet are right, as far as they can be told.
#[must_use]
pub fn has_right_checksums(packet: &[u8]) -> bool {
    let mut right = packet.to_vec();
    set_checksums(&mut right);
    right == packet
}

fn transport_checksum(carried: &Carried, payload: &[u8]) -> [u8; 2] {
    let mut pseudo = match (carried.source, carried.destination) {
        (IpAddr::V4(_), _) if carried.protocol == ICMP => return checksum(&[payload]),
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            [source.octets(), destination.octets()].concat()
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            [source.octets(), destination.octets()].concat()
        }
        _ => return [0, 0],
    };
    pseudo.extend((payload.len() as u32).to_be_bytes());
    pseudo.extend([0, 0, 0, carried.protocol]);
    checksum(&[&pseudo, payload])
}

/// The internet checksum (RFC 1071). All parts but the last have even lengths.
fn checksum(parts: &[&[u8]]) -> [u8; 2] {
    let mut sum: u32 = 0;
    for part in parts {
        for pair in part.chunks(2) {
            sum += u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0));
        }
    }
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::ip;

    #[test]
    fn what_is_written_is_read() {
        for (from, to) in [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8::2")] {
            let mut header = Header::new(ip(from), ip(to), UDP);
            let datagram = [0, 7, 0, 9, 0, 11, 0, 0, 1, 2, 3];
            let packet = header.packet(&datagram);
            let found = carried(&packet).expect("whole");
            assert_eq!((found.source, found.destination), (ip(from), ip(to)));
            assert_eq!((found.protocol, found.payload.len()), (UDP, 11));
            assert!(has_right_checksums(&packet));
            for place in found.payload {
                let mut wrong = packet.clone();
                wrong[place] ^= 1;
                assert!(!has_right_checksums(&wrong), "{from} {place}");
            }
            header.fragment = 0x2001;
            assert!(carried(&header.packet(&datagram)).is_none(), "{from}: a part");
        }
    }
}
