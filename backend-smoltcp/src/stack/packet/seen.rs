//! What sockets of frames see.
//!
//! A frame that arrives is shown before anything else is made of it, one that leaves when the device has
//! taken it; a socket that has sent a frame does not see it leave. Links without frames show what Linux
//! shows: the loopback a header of zeros, a tunnel the packet alone. Source: Linux's `packet_rcv`,
//! `dev_queue_xmit_nit`.

use berkeley::constants::{
    PACKET_BROADCAST, PACKET_HOST, PACKET_MULTICAST, PACKET_OTHERHOST, PACKET_OUTGOING,
};
use berkeley::{Address, Interface, PacketAddress};

use crate::datagram::Envelope;
use crate::device::Medium;
use crate::ip::{IpAddr, Ipv4Addr};
use crate::network::HardwareAddress;
use crate::network::ethernet::{EthernetHeader, HEADER_LENGTH};
use crate::packet_socket::Frames;
use crate::stack::datagrams::Datagrams;
use crate::stack::link::LinkFacts;

/// The smallest EtherType; below it is a length, of a frame whose protocol is `ETH_P_802_2`.
const SMALLEST_TYPE: u16 = 0x600;
const ETH_P_802_2: u16 = 4;

/// Which way a frame goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::stack) enum Way {
    In,
    /// Out, from a socket of frames if it has this queue.
    Out(Option<u16>),
}

impl Datagrams<'_> {
    /// Whether there are sockets that want to see frames.
    #[inline]
    pub(in crate::stack) fn watch(&self) -> bool {
        self.taps > 0
    }

    /// Shows them a frame.
    #[cold]
    pub(in crate::stack) fn show(&mut self, facts: &LinkFacts, frame: &[u8], way: Way) {
        let Some(seen) = Seen::of(facts, frame, way) else { return };
        let envelope = seen.envelope(facts.index);
        for (queue, number) in self.queues.iter_mut().zip(0..) {
            let Some(mut tap) = queue.tap else { continue };
            let is_sent = matches!(way, Way::Out(_));
            if way == Way::Out(Some(number)) || !tap.takes(facts.index, seen.protocol, is_sent) {
                continue;
            }
            tap.frames = tap.frames.wrapping_add(1);
            let header: &[u8] = if tap.cooked { &[] } else { seen.header };
            if queue.push(&envelope, &[header, seen.payload]) {
                tap.has_news = true;
                self.has_news = true;
            } else {
                tap.lost = tap.lost.wrapping_add(1);
            }
            queue.tap = Some(tap);
        }
    }
}

/// A frame as sockets see it.
struct Seen<'f> {
    header: &'f [u8],
    payload: &'f [u8],
    protocol: u16,
    packet_type: u8,
    /// The station that has sent it.
    source: [u8; 6],
    hardware: Hardware,
}

/// The kind of hardware of a link.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hardware {
    None = 0,
    Ethernet = 1,
    Loopback = 2,
}

impl Hardware {
    pub(super) const fn of(medium: Medium) -> Hardware {
        match medium {
            Medium::Ethernet(_) => Hardware::Ethernet,
            Medium::Loopback => Hardware::Loopback,
            Medium::Ip => Hardware::None,
        }
    }

    /// Its number (Linux's `if_arp.h`), and the length of its addresses.
    pub(super) const fn type_and_length(number: u8) -> (u16, usize) {
        match number {
            1 => (1, 6),
            2 => (772, 6),
            _ => (0xFFFE, 0),
        }
    }
}

impl<'f> Seen<'f> {
    /// `None` for what is none.
    fn of(facts: &LinkFacts, frame: &'f [u8], way: Way) -> Option<Seen<'f>> {
        const FROM_NOBODY: [[u8; HEADER_LENGTH]; 2] =
            [loopback_header(0x0800), loopback_header(0x86DD)];
        let is_out = way != Way::In;
        let packet_type = if is_out { PACKET_OUTGOING } else { PACKET_HOST };
        let Medium::Ethernet(own) = facts.medium else {
            let is_ipv6 = frame.first()? >> 4 == 6;
            let protocol = if is_ipv6 { 0x86DD } else { 0x0800 };
            let looped = facts.medium == Medium::Loopback;
            return Some(Seen {
                header: if looped { &FROM_NOBODY[usize::from(is_ipv6)] } else { &[] },
                payload: frame,
                protocol,
                packet_type,
                source: [0; 6],
                hardware: Hardware::of(facts.medium),
            });
        };
        let (header, payload) = frame.split_first_chunk::<HEADER_LENGTH>()?;
        let EthernetHeader { destination, source, ether_type } = EthernetHeader::read(header);
        let packet_type = match destination {
            _ if is_out => PACKET_OUTGOING,
            HardwareAddress::BROADCAST => PACKET_BROADCAST,
            _ if destination.is_group() => PACKET_MULTICAST,
            _ if destination == own => PACKET_HOST,
            _ => PACKET_OTHERHOST,
        };
        let protocol = if ether_type.0 < SMALLEST_TYPE { ETH_P_802_2 } else { ether_type.0 };
        let (source, hardware) = (source.0, Hardware::Ethernet);
        Some(Seen { header, payload, protocol, packet_type, source, hardware })
    }

    /// As it stands in a queue: the hardware address where others have those of IPv4, its kind and the
    /// packet's type in place of the traffic class and the hop limit. See [`sender_of`].
    fn envelope(&self, link: u8) -> Envelope {
        let [a, b, c, d, e, f] = self.source;
        Envelope {
            source: IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
            destination: IpAddr::V4(Ipv4Addr::new(e, f, 0, 0)),
            port: self.protocol,
            link,
            hop_limit: self.packet_type,
            traffic_class: self.hardware as u8,
        }
    }
}

const fn loopback_header(ether_type: u16) -> [u8; HEADER_LENGTH] {
    let [high, low] = ether_type.to_be_bytes();
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, high, low]
}

/// The address of the sender of a frame.
pub(in crate::stack) fn sender_of(_: Frames, envelope: &Envelope) -> Address {
    let interface = Interface::Index(u32::from(envelope.link) + 1);
    let octets = |address| match address {
        IpAddr::V4(address) => address.octets(),
        IpAddr::V6(_) => [0; 4], // nobody has written one
    };
    let ([a, b, c, d], [e, f, ..]) = (octets(envelope.source), octets(envelope.destination));
    let hardware = [a, b, c, d, e, f];
    let (hardware_type, length) = Hardware::type_and_length(envelope.traffic_class);
    let mut address = PacketAddress::new(interface, envelope.port)
        .with_hardware_address_of_host(&hardware[..length]);
    (address.packet_type, address.hardware_type) = (envelope.hop_limit, hardware_type);
    address.into()
}
