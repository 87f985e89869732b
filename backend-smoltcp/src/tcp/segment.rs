//! TCP segments as the classifier reads them, and the ones that this stack sends without an engine:
//! the answer to an opening segment, and resets.

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{TcpControl, TcpPacket, TcpRepr, TcpSeqNumber};

use super::engine::engine_address;
use super::{Endpoint, Tuple};
use crate::ip::IpAddr;
use crate::network::packet::{IpEmit, IpHeader};

/// The protocol number of TCP.
pub(crate) const PROTOCOL: u8 = crate::network::packet::TCP;

/// The length of a header without options, in bytes (RFC 9293, section 3.1).
pub(crate) const HEADER_LENGTH: usize = 20;

/// Where the flags stand.
pub(crate) const FLAGS: usize = 13;

/// The flags that take sequence numbers, the one that ends everything, and the one that makes the
/// acknowledgement count.
pub(crate) const FIN: u8 = 0x01;
pub(crate) const SYN: u8 = 0x02;
pub(crate) const RST: u8 = 0x04;
pub(crate) const ACK: u8 = 0x10;

/// What the classifier needs of a segment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    /// The connection it belongs to, seen from here.
    pub(crate) tuple: Tuple,
    pub(crate) sequence_number: u32,
    /// The acknowledgement, where there is one.
    pub(crate) acknowledgement: Option<u32>,
    pub(crate) opens: bool,
    pub(crate) ends: bool,
    pub(crate) resets: bool,
    pub(crate) window: u16,
    /// Bytes of data.
    pub(crate) length: usize,
}

impl Segment {
    /// Reads a segment whose checksum has been verified. `None` for one that no stack may act on:
    /// malformed, or with port 0.
    pub(crate) fn parse(source: IpAddr, destination: IpAddr, bytes: &[u8]) -> Option<Segment> {
        let &[s0, s1, d0, d1, ..] = bytes.first_chunk::<HEADER_LENGTH>()?;
        let (from, to) = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
        if from == 0 || to == 0 {
            return None;
        }
        let tuple = Tuple {
            local: Endpoint { ip: destination, port: to },
            remote: Endpoint { ip: source, port: from },
        };
        Segment::of(tuple, bytes)
    }

    /// Reads a segment of this connection.
    #[inline]
    pub(crate) fn of(tuple: Tuple, bytes: &[u8]) -> Option<Segment> {
        let head = bytes.first_chunk::<HEADER_LENGTH>()?;
        let [_, _, _, _, q0, q1, q2, q3, a0, a1, a2, a3, offset, flags, w0, w1, ..] = *head;
        let header_length = usize::from(offset >> 4) * 4;
        if header_length < HEADER_LENGTH {
            return None;
        }
        Some(Segment {
            tuple,
            sequence_number: u32::from_be_bytes([q0, q1, q2, q3]),
            acknowledgement: (flags & ACK != 0).then(|| u32::from_be_bytes([a0, a1, a2, a3])),
            opens: flags & SYN != 0,
            ends: flags & FIN != 0,
            resets: flags & RST != 0,
            window: u16::from_be_bytes([w0, w1]),
            length: bytes.len().checked_sub(header_length)?,
        })
    }

    /// The sequence number that follows it.
    pub(crate) fn end(&self) -> u32 {
        self.sequence_number.wrapping_add(self.sequence_length())
    }

    /// What it acknowledges, as a bare segment with this number and this window field.
    pub(crate) fn acknowledgement_alone(&self, sequence_number: u32, window: u16) -> Outgoing {
        Outgoing {
            tuple: self.tuple,
            kind: Kind::Acknowledge,
            sequence_number,
            acknowledgement: self.acknowledgement,
            window,
            options: OpeningOptions::default(),
            hop_limit: 64,
            traffic_class: 0,
        }
    }

    /// How much of the sequence space it takes.
    pub(crate) fn sequence_length(&self) -> u32 {
        // A packet is shorter than 64 KiB.
        self.length as u32 + u32::from(self.opens) + u32::from(self.ends)
    }
}

/// The options of an opening segment, as far as they outlive it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct OpeningOptions {
    /// The longest segment that the peer takes; `None` when it does not say.
    pub(crate) maximum_segment_size: Option<u16>,
    /// By how many bits the peer shifts its window; `None` when it does not scale.
    pub(crate) window_scale: Option<u8>,
    /// Whether the peer understands selective acknowledgements.
    pub(crate) selective: bool,
}

impl OpeningOptions {
    /// Nothing said.
    pub(crate) const NONE: OpeningOptions =
        OpeningOptions { maximum_segment_size: None, window_scale: None, selective: false };

    /// Reads the options; malformed ones count as absent.
    pub(crate) fn parse(payload: &[u8], header: &IpHeader) -> OpeningOptions {
        let Ok(packet) = TcpPacket::new_checked(payload) else { return OpeningOptions::default() };
        let (source, destination) =
            (engine_address(header.source), engine_address(header.destination));
        let ignored = ChecksumCapabilities::ignored();
        match TcpRepr::parse(&packet, &source, &destination, &ignored) {
            Ok(segment) => OpeningOptions {
                maximum_segment_size: segment.max_seg_size,
                window_scale: segment.window_scale,
                selective: segment.sack_permitted,
            },
            Err(_) => OpeningOptions::default(),
        }
    }
}

/// A segment that this stack writes by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outgoing {
    pub(crate) tuple: Tuple,
    pub(crate) kind: Kind,
    pub(crate) sequence_number: u32,
    pub(crate) acknowledgement: Option<u32>,
    pub(crate) window: u16,
    pub(crate) options: OpeningOptions,
    pub(crate) hop_limit: u8,
    pub(crate) traffic_class: u8,
}

/// What a segment of ours is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Open,
    Acknowledge,
    Reset,
}

impl Outgoing {
    /// The reset that answers a segment for which there is no connection (RFC 9293, section
    /// 3.10.7.1). A reset is never answered.
    pub(crate) fn reset_of(segment: &Segment) -> Option<Outgoing> {
        if segment.resets {
            return None;
        }
        let (sequence_number, acknowledgement) = match segment.acknowledgement {
            Some(acknowledgement) => (acknowledgement, None),
            None => (0, Some(segment.end())),
        };
        Some(Outgoing {
            tuple: segment.tuple,
            kind: Kind::Reset,
            sequence_number,
            acknowledgement,
            window: 0,
            options: OpeningOptions::default(),
            hop_limit: 64,
            traffic_class: 0,
        })
    }

    /// Writes the whole IP packet, in the direction from this host, to the front of `room`, and gives it;
    /// it is empty where there is no room for it.
    #[inline(never)] // it is asked for in several places
    pub(crate) fn emit<'r>(&self, room: &'r mut [u8]) -> &'r [u8] {
        self.emit_between(room, self.tuple.local, self.tuple.remote)
    }

    /// [`Outgoing::emit`] as if the peer had sent it: for a replay.
    pub(crate) fn emit_reversed<'r>(&self, room: &'r mut [u8]) -> &'r [u8] {
        self.emit_between(room, self.tuple.remote, self.tuple.local)
    }

    fn emit_between<'r>(&self, room: &'r mut [u8], from: Endpoint, to: Endpoint) -> &'r [u8] {
        let ip = IpEmit {
            source: from.ip,
            destination: to.ip,
            protocol: PROTOCOL,
            hop_limit: self.hop_limit,
            traffic_class: self.traffic_class,
        };
        let segment = TcpRepr {
            src_port: from.port,
            dst_port: to.port,
            control: match self.kind {
                Kind::Open => TcpControl::Syn,
                Kind::Acknowledge => TcpControl::None,
                Kind::Reset => TcpControl::Rst,
            },
            seq_number: TcpSeqNumber(self.sequence_number as i32),
            ack_number: self.acknowledgement.map(|number| TcpSeqNumber(number as i32)),
            window_len: self.window,
            window_scale: self.options.window_scale,
            max_seg_size: self.options.maximum_segment_size,
            sack_permitted: self.options.selective,
            sack_ranges: [None; 3],
            timestamp: None,
            payload: &[],
        };
        let length = segment.buffer_len();
        let Some(packet) = room.get_mut(..ip.header_len() + length) else { return &[] };
        ip.emit(packet, length);
        let (source, destination) = (engine_address(from.ip), engine_address(to.ip));
        if let Some(payload) = packet.get_mut(ip.header_len()..) {
            let mut packet = TcpPacket::new_unchecked(payload);
            segment.emit(&mut packet, &source, &destination, &ChecksumCapabilities::default());
        }
        packet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_without_room_is_not_written() {
        let segment = Segment {
            tuple: Tuple::NONE,
            sequence_number: 1,
            acknowledgement: None,
            opens: true,
            ends: false,
            resets: false,
            window: 0,
            length: 0,
        };
        let reset = Outgoing::reset_of(&segment).unwrap();
        let whole = reset.emit(&mut [0; 80]).len();
        // room, what is written
        for (room, written) in [(0, 0), (19, 0), (whole - 1, 0), (whole, whole), (80, whole)] {
            assert_eq!(reset.emit(&mut [0; 80][..room]).len(), written, "{room}");
            assert_eq!(reset.emit_reversed(&mut [0; 80][..room]).len(), written, "{room}");
        }
    }
}
