//! The highest sequence number that a connection has sent, and acknowledgements that bear it.
//!
//! When the engine's retransmission timer runs out it goes back to the oldest unacknowledged byte,
//! and the acknowledgements that it sends meanwhile bear the number it has gone back to. The peer
//! has had those bytes: to it the segment is old, and it does not look at the acknowledgement in it.
//! If both ends do so at once, neither ever hears the other again. An acknowledgement is to bear the
//! number that follows everything sent, SND.NXT (RFC 9293, section 3.10.7.4): it is set right here, on
//! the way out.

use super::segment::{ACK, FIN, RST, SYN};
use crate::network::packet::{IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH};

/// Where things are in a TCP header (RFC 9293, section 3.1).
const SEQUENCE_NUMBER: usize = 4;
const ACKNOWLEDGEMENT: usize = 8;
const DATA_OFFSET: usize = 12;
const FLAGS: usize = 13;
const WINDOW: usize = 14;
const CHECKSUM: usize = 16;

/// What a connection has sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Sent {
    /// The number that follows everything sent, once something was.
    next: Option<u32>,
    /// What was acknowledged last, and the window field beside it.
    acknowledged: Option<(u32, u16)>,
}

impl Sent {
    /// Nothing sent.
    pub(crate) const NOTHING: Sent = Sent { next: None, acknowledged: None };

    /// Everything up to this number, which comes next, with this number acknowledged and this window
    /// field beside it.
    pub(crate) const fn up_to(next: u32, acknowledged: (u32, u16)) -> Sent {
        Sent { next: Some(next), acknowledged: Some(acknowledged) }
    }

    /// The number that follows everything sent.
    pub(crate) const fn next(&self) -> Option<u32> {
        self.next
    }

    /// What was acknowledged last, and the window field beside it.
    pub(crate) const fn acknowledged(&self) -> Option<(u32, u16)> {
        self.acknowledged
    }

    /// Looks at a packet of the engine before it leaves: notes what it sends, and sets a bare
    /// acknowledgement right, with its checksum where there is one. A packet that is not a whole TCP
    /// segment is left alone.
    pub(crate) fn leaves(&mut self, packet: &mut [u8], checksum: bool) {
        let _ = self.look_at(packet, checksum);
    }

    fn look_at(&mut self, packet: &mut [u8], checksum: bool) -> Option<()> {
        let header = match packet.first()? >> 4 {
            4 => IPV4_HEADER_LENGTH, // the engine sends no options
            _ => IPV6_HEADER_LENGTH,
        };
        let segment = packet.get_mut(header..)?;
        let length = segment.len();
        let head = segment.first_chunk_mut::<20>()?;
        let number = u32::from_be_bytes(*head[SEQUENCE_NUMBER..].first_chunk()?);
        let flags = head[FLAGS];
        if flags & ACK != 0 {
            let number = u32::from_be_bytes(*head[ACKNOWLEDGEMENT..].first_chunk()?);
            self.acknowledged = Some((number, u16::from_be_bytes(*head[WINDOW..].first_chunk()?)));
        }
        let data = length.checked_sub(usize::from(head[DATA_OFFSET] >> 4) * 4)?;
        let taken = data as u32 + u32::from(flags & SYN != 0) + u32::from(flags & FIN != 0);
        let end = number.wrapping_add(taken);
        match self.next {
            Some(next) if flags & RST == 0 && taken == 0 && is_before(number, next) => {
                // Keepalives are one byte long, and resets say where the engine is.
                head[SEQUENCE_NUMBER..SEQUENCE_NUMBER + 4].copy_from_slice(&next.to_be_bytes());
                if checksum {
                    adjust_checksum(head, number, next);
                }
            }
            Some(next) if !is_before(next, end) => {}
            _ if flags & RST != 0 => {}
            _ => self.next = Some(end),
        }
        Some(())
    }
}

/// Whether a sequence number comes before another (RFC 9293, section 3.4).
fn is_before(number: u32, other: u32) -> bool {
    (number.wrapping_sub(other) as i32) < 0
}

/// Makes the checksum right after one number has become another (RFC 1624, equation 3).
fn adjust_checksum(head: &mut [u8; 20], old: u32, new: u32) {
    let halves = |number: u32| [(number >> 16) as u16, number as u16];
    let mut sum = u32::from(!u16::from_be_bytes([head[CHECKSUM], head[CHECKSUM + 1]]));
    for half in halves(old).map(|half| !half).into_iter().chain(halves(new)) {
        sum += u32::from(half);
    }
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    head[CHECKSUM..CHECKSUM + 2].copy_from_slice(&(!(sum as u16)).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use core::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::network::packet::{self, IpEmit};

    /// A packet with this sequence number, these flags and so much data.
    fn segment(number: u32, flags: u8, data: usize) -> ([u8; 64], usize) {
        let ip = |last| IpAddr::V4(Ipv4Addr::new(192, 0, 2, last));
        let description = IpEmit {
            source: ip(1),
            destination: ip(2),
            protocol: packet::TCP,
            hop_limit: 64,
            traffic_class: 0,
        };
        let mut bytes = [7; 64];
        description.emit(&mut bytes, 20 + data);
        let mut head = [0, 80, 0, 81, 0, 0, 0, 0, 0, 0, 0, 9, 0x50, flags, 1, 0, 0, 0, 0, 0];
        head[4..8].copy_from_slice(&number.to_be_bytes());
        bytes[20..40].copy_from_slice(&head);
        let sum = packet::transport_checksum(ip(1), ip(2), packet::TCP, &[&bytes[20..40 + data]]);
        bytes[36..38].copy_from_slice(&sum.to_be_bytes());
        (bytes, 40 + data)
    }

    #[test]
    fn a_bare_acknowledgement_bears_the_highest_number() {
        const HIGH: u32 = u32::MAX - 3; // the numbers wrap in between
        // number, flags, data, the number that leaves, in this order on one connection
        let mut sent = Sent::NOTHING;
        for (number, flags, data, leaves) in [
            (HIGH, SYN, 0, HIGH),
            (HIGH.wrapping_add(1), ACK, 10, HIGH.wrapping_add(1)),
            (HIGH.wrapping_add(11), ACK, 0, HIGH.wrapping_add(11)),
            (HIGH.wrapping_add(1), ACK, 0, HIGH.wrapping_add(11)), // gone back
            (HIGH.wrapping_add(1), ACK, 10, HIGH.wrapping_add(1)), // sent again
            (HIGH.wrapping_add(10), ACK, 1, HIGH.wrapping_add(10)), // keepalive
            (HIGH.wrapping_add(1), ACK | RST, 0, HIGH.wrapping_add(1)),
            (HIGH.wrapping_add(11), ACK | FIN, 0, HIGH.wrapping_add(11)),
            (HIGH.wrapping_add(11), ACK, 0, HIGH.wrapping_add(12)),
        ] {
            let (mut bytes, length) = segment(number, flags, data);
            sent.leaves(&mut bytes[..length], true);
            let expected = segment(leaves, flags, data).0;
            assert_eq!(bytes[..length], expected[..length], "{number:#x} {flags:#x} {data}");
        }
    }

    #[test]
    fn what_is_no_segment_is_left_alone() {
        let mut sent = Sent::up_to(5, (0, 0));
        for length in 0..40 {
            let (mut bytes, _) = segment(1, 0x10, 0);
            let before = bytes;
            sent.leaves(&mut bytes[..length], true);
            assert_eq!(bytes, before, "{length}");
        }
    }
}
