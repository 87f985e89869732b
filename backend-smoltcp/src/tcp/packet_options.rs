//! What the options of a socket say about each packet of its connection, as far as the engine cannot
//! write it: the traffic class, a hop limit of 0, a window smaller than the receive buffer, and packets
//! shorter than the link's. And no larger window than what the link's device has room for: what a peer sends
//! beyond that would be lost, and wait for its retransmission timer.
//!
//! The engine writes a packet first, and what is different is set right in it on its way out.

use super::Tuple;
use super::segment::{HEADER_LENGTH, RST, SYN};
use crate::network::packet::{IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH};
use crate::options::Options;

/// The options of one connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct PacketOptions {
    /// The longest packet it may send.
    pub(crate) mtu: usize,
    pub(crate) traffic_class: u8,
    pub(crate) hop_limit: u8,
    /// Bytes that may be unread before the peer is held up.
    pub(crate) receive_limit: usize,
    /// Bytes that the peer may send at a time.
    pub(crate) window_limit: usize,
    /// By how many bits the window is shifted, once it is.
    pub(crate) window_shift: u8,
}

impl PacketOptions {
    /// Those of a connection without options.
    pub(crate) const DEFAULT: PacketOptions = PacketOptions {
        mtu: usize::MAX,
        traffic_class: 0,
        hop_limit: 64,
        receive_limit: usize::MAX,
        window_limit: usize::MAX,
        window_shift: 0,
    };

    /// Those that a socket's options amount to for a connection over a link with packets of `mtu` bytes, and
    /// so many at a time.
    pub(crate) fn of(
        options: &Options,
        tuple: &Tuple,
        (mtu, burst): (usize, usize),
    ) -> PacketOptions {
        let ipv4 = tuple.local.ip.is_ipv4();
        let (traffic_class, hop_limit) = match ipv4 {
            true => (options.type_of_service, options.time_to_live),
            false => (options.traffic_class, options.hop_limit),
        };
        let longest = match options.tcp.maximum_segment {
            0 => usize::MAX,
            segment => headers_of(tuple) + usize::from(segment),
        };
        let limits = [options.receive_limit(), options.tcp.window_limit()];
        PacketOptions {
            mtu: mtu.min(longest),
            traffic_class,
            hop_limit,
            receive_limit: limits.into_iter().flatten().min().unwrap_or(usize::MAX),
            window_limit: burst.saturating_mul(mtu.saturating_sub(headers_of(tuple))),
            window_shift: 0,
        }
    }

    /// Takes over what a program may change while the connection lasts.
    pub(crate) fn change(&mut self, options: &Options, tuple: &Tuple) {
        let PacketOptions { mtu, window_limit, window_shift, .. } = *self;
        let changed = PacketOptions::of(options, tuple, (mtu, usize::MAX));
        *self = PacketOptions { mtu, window_limit, window_shift, ..changed };
    }

    /// Whether packets leave as the engine writes them.
    pub(crate) fn change_nothing(&self) -> bool {
        self.traffic_class == 0 && self.hop_limit != 0 && !self.limits_window()
    }

    /// Whether the window is not what the buffer has room for.
    pub(crate) fn limits_window(&self) -> bool {
        self.receive_limit & self.window_limit != usize::MAX // without a limit all bits are set
    }

    /// The window of an empty buffer of so many bytes.
    pub(crate) fn largest_window(&self, capacity: usize) -> usize {
        capacity.min(self.receive_limit).min(self.window_limit)
    }

    /// The window field for so many unread bytes.
    pub(crate) fn window(&self, unread: usize) -> u16 {
        let open = self.receive_limit.saturating_sub(unread).min(self.window_limit);
        u16::try_from(open >> self.window_shift).unwrap_or(u16::MAX)
    }

    /// Sets a packet of the engine right, before its checksums are filled in. A packet that is not a
    /// whole TCP segment is left alone.
    pub(crate) fn write(&self, packet: &mut [u8], unread: usize) {
        let _ = self.write_all(packet, unread);
    }

    fn write_all(&self, packet: &mut [u8], unread: usize) -> Option<()> {
        let header_length = match packet.first()? >> 4 {
            4 => {
                let header = packet.first_chunk_mut::<IPV4_HEADER_LENGTH>()?;
                header[1] = self.traffic_class;
                IPV4_HEADER_LENGTH
            }
            _ => {
                let header = packet.first_chunk_mut::<IPV6_HEADER_LENGTH>()?;
                header[0] = header[0] & 0xF0 | self.traffic_class >> 4;
                header[1] = header[1] & 0x0F | self.traffic_class << 4;
                header[7] = self.hop_limit;
                IPV6_HEADER_LENGTH
            }
        };
        let head = packet.get_mut(header_length..)?.first_chunk_mut::<HEADER_LENGTH>()?;
        let (flags, field) = (head[13], u16::from_be_bytes([head[14], head[15]]));
        // The window of an opening segment is never shifted.
        let most = match flags & SYN {
            0 => self.window(unread),
            _ => u16::try_from(self.largest_window(usize::MAX)).unwrap_or(u16::MAX),
        };
        if flags & RST == 0 && most < field {
            head[14..16].copy_from_slice(&most.to_be_bytes());
        }
        Some(())
    }
}

/// The bytes of a packet in front of its data.
pub(crate) fn headers_of(tuple: &Tuple) -> usize {
    let network = if tuple.local.ip.is_ipv4() { IPV4_HEADER_LENGTH } else { IPV6_HEADER_LENGTH };
    network + HEADER_LENGTH
}

#[cfg(test)]
mod tests {

    use super::super::Endpoint;
    use super::super::segment::{Kind, OpeningOptions, Outgoing};
    use super::super::sent::Sent;
    use super::*;
    use crate::ip::{IpAddr, Ipv4Addr, Ipv6Addr};
    use crate::network::packet;

    fn segment(ip: IpAddr, kind: Kind, window: u16) -> Outgoing {
        let end = Endpoint { ip, port: 7 };
        Outgoing {
            tuple: Tuple { local: end, remote: end },
            kind,
            sequence_number: 1,
            acknowledgement: Some(2),
            window,
            options: OpeningOptions::default(),
            hop_limit: 64,
            traffic_class: 0,
        }
    }

    #[test]
    fn a_packet_becomes_what_it_would_have_been() {
        let (v4, v6) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST));
        let (open, bare, reset) = (Kind::Open, Kind::Acknowledge, Kind::Reset);
        let default = PacketOptions::DEFAULT;
        let limited = PacketOptions { receive_limit: 1000, window_shift: 2, ..default };
        let few = PacketOptions { window_limit: 1000, window_shift: 2, ..default };
        // address, options, kind, unread bytes, window before and after
        for (ip, options, kind, unread, before, after) in [
            (v4, default, bare, 0, 5000, 5000),
            (v4, PacketOptions { traffic_class: 0xFC, ..default }, open, 0, 5000, 5000),
            (v6, PacketOptions { traffic_class: 0xA8, ..default }, bare, 0, 5000, 5000),
            (v6, PacketOptions { hop_limit: 0, ..default }, bare, 0, 5000, 5000),
            (v4, limited, bare, 0, 5000, 250),
            (v4, limited, bare, 0, 249, 249),
            (v6, limited, bare, 400, 5000, 150),
            (v6, limited, bare, 4000, 5000, 0),
            (v4, limited, open, 0, 5000, 1000), // not shifted yet
            (v4, limited, reset, 0, 5000, 5000),
            (v4, few, bare, 400, 5000, 250),
            (v4, few, bare, 400, 249, 249),
            (v4, few, open, 0, 5000, 1000),
        ] {
            let (mut packet, mut expected) = ([0; 80], [0; 80]);
            let length = segment(ip, kind, before).emit(&mut packet).len();
            let PacketOptions { traffic_class, hop_limit, .. } = options;
            let wanted = Outgoing { traffic_class, ..segment(ip, kind, after) };
            Outgoing { hop_limit, ..wanted }.emit(&mut expected);
            if traffic_class == 0xA8 || hop_limit == 0 {
                // What the engine's wire format cannot write is looked at by itself.
                expected[0] = 0x60 | traffic_class >> 4;
                expected[1] = traffic_class << 4;
                expected[7] = hop_limit;
            }
            options.write(&mut packet[..length], unread);
            let mut sent = Sent::NOTHING;
            sent.leaves(&mut packet[..length], true);
            assert_eq!(packet, expected, "{options:?} {kind:?} {before}");
            if ip.is_ipv6() {
                let sum = packet::transport_checksum(ip, ip, packet::TCP, &[&packet[40..length]]);
                assert_eq!(sum, 0, "{options:?}");
            }
        }
    }

    #[test]
    fn what_is_no_segment_does_no_harm() {
        let limited = PacketOptions { receive_limit: 0, ..PacketOptions::DEFAULT };
        for length in 0..60 {
            for first in [0x45, 0x60, 0xFF] {
                let mut packet = [first; 60];
                limited.write(&mut packet[..length], 0);
            }
        }
    }
}
