//! A frame has arrived: whose is it, and what is to be answered.
//!
//! Each packet is looked at once, and goes to the one connection, to the datagram sockets, or to
//! the table that it is for. Whatever is malformed, misaddressed or from nowhere ends here without
//! an answer.

use berkeley::Instant;

use super::icmp;
use super::link::LinkFacts;
use super::packet::Way;
use super::reply::{Reply, ReplyTo};
use super::state::State;
use super::statistics::count;
use super::traffic::Traffic;
use crate::device::Medium;
use crate::ip::IpAddr;
#[cfg(feature = "ipv4")]
use crate::network::arp::{Arp, Operation};
use crate::network::ethernet::{EtherType, EthernetHeader, HEADER_LENGTH};
#[cfg(feature = "ipv6")]
use crate::network::ndp::{self, Ndp};
use crate::network::packet::{self, IpHeader};
use crate::network::reassembly::Reassembly;
use crate::network::route::{is_everybody, needs_scope};
use crate::network::solicited_group;
use crate::tcp::engine::Engine;

/// The link that a frame came from, and where the answer goes.
pub(super) struct Arrival<'x> {
    #[cfg_attr(not(tcp), allow(dead_code, reason = "what only TCP looks at"))]
    pub(super) engine: &'x mut Engine,
    pub(super) facts: &'x LinkFacts,
    pub(super) traffic: &'x mut Traffic,
    pub(super) reply: &'x mut Reply,
    pub(super) now: Instant,
}

impl Arrival<'_> {
    /// Nothing comes of the frame, for this reason.
    pub(super) fn drop(&mut self, reason: &mut u32) {
        count(reason);
        self.traffic.drop_one();
    }
}

/// Whom a packet is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Addressee {
    /// This host alone.
    Host,
    /// A group of hosts that this one is in.
    Group,
}

/// A packet that is for this host.
pub(super) struct Packet<'p> {
    pub(super) header: &'p IpHeader,
    pub(super) payload: &'p [u8],
    /// The whole packet, unless it was put together from fragments.
    pub(super) whole: Option<&'p [u8]>,
    /// It is for a group of hosts.
    pub(super) to_group: bool,
    /// A raw socket has it: nobody is told that it is for none.
    pub(super) tapped: bool,
}

impl State<'_> {
    /// Acts on a frame.
    #[inline]
    pub(super) fn frame_arrived(&mut self, arrival: &mut Arrival<'_>, frame: &[u8]) {
        if self.is_tapped() || !self.plain_frame_arrived(arrival, frame) {
            self.any_frame_arrived(arrival, frame);
        }
    }

    #[inline(never)] // not in the way of the plain ones
    fn any_frame_arrived(&mut self, arrival: &mut Arrival<'_>, frame: &[u8]) {
        if self.datagrams.watch() {
            self.datagrams.show(arrival.facts, frame, Way::In);
        }
        let Medium::Ethernet(own) = arrival.facts.medium else {
            return self.packet_arrived(arrival, frame, false);
        };
        let Some(header) = EthernetHeader::parse(frame) else {
            return arrival.drop(&mut self.drops.malformed);
        };
        if header.destination != own && !header.destination.is_group() {
            return arrival.drop(&mut self.drops.misaddressed);
        }
        let payload = &frame[HEADER_LENGTH..];
        match header.ether_type {
            #[cfg(feature = "ipv4")]
            EtherType::ARP => self.arp_arrived(arrival, payload),
            kind if kind == EtherType::of_packet(payload) => {
                self.packet_arrived(arrival, payload, header.destination.is_group());
            }
            _ => arrival.drop(&mut self.drops.unknown_protocol),
        }
    }

    #[cfg(feature = "ipv4")]
    fn arp_arrived(&mut self, arrival: &mut Arrival<'_>, payload: &[u8]) {
        let Some(arp) = Arp::parse(payload) else { return arrival.drop(&mut self.drops.malformed) };
        let (link, sender) = (arrival.facts.index, IpAddr::V4(arp.sender));
        self.dhcp_hears(link, &arp, arrival.now);
        let for_us = self.routes.has(link, IpAddr::V4(arp.target));
        if self.routes.is_own(sender).is_some() {
            return; // somebody else has our address: never learn it
        }
        let learned = if for_us && !arp.sender.is_unspecified() {
            self.neighbours.learn(link, sender, arp.sender_hardware, arrival.now)
        } else {
            self.neighbours.learn_if_known(link, sender, arp.sender_hardware, true, arrival.now)
        };
        if learned {
            self.found = Some((link, sender));
        }
        if let (true, Operation::Request, Some(hardware)) =
            (for_us, arp.operation, arrival.facts.hardware())
        {
            let answer = arp.reply(hardware);
            let length = answer.emit(arrival.reply.room()).unwrap_or(0);
            let destination = arp.sender_hardware;
            arrival
                .reply
                .set(length, ReplyTo::Hardware { destination, ether_type: EtherType::ARP });
        }
    }

    fn packet_arrived(&mut self, arrival: &mut Arrival<'_>, bytes: &[u8], group_frame: bool) {
        let parts = |header: IpHeader| Some((bytes.get(header.payload.clone())?, header));
        let Some((payload, header)) = packet::parse(bytes).and_then(parts) else {
            self.headers_refused(arrival, bytes, group_frame);
            return arrival.drop(&mut self.drops.malformed);
        };
        if self.dhcp_arrived(arrival, &header, payload) {
            return;
        }
        let Some(addressee) = self.addressee(arrival, &header, group_frame) else {
            return arrival.drop(&mut self.drops.misaddressed);
        };
        let to_group = addressee == Addressee::Group;
        if header.fragment.is_none() {
            let whole = bytes.get(..header.payload.end);
            let packet = Packet { header: &header, payload, whole, to_group, tapped: false };
            return self.transport_arrived(arrival, packet);
        }
        // The table is set aside while the datagram in it is looked at.
        let mut reassembly = core::mem::replace(&mut self.reassembly, Reassembly::new(&mut [][..]));
        if let Some(complete) = reassembly.add(&header, payload, arrival.now) {
            let (header, payload) = (&complete.header, complete.payload);
            let packet = Packet { header, payload, whole: None, to_group, tapped: false };
            self.transport_arrived(arrival, packet);
            let place = complete.slot;
            reassembly.release(place);
        }
        self.reassembly = reassembly;
    }

    /// Whom a packet is for here; nobody, if it comes from where it cannot come from.
    #[inline]
    pub(super) fn addressee(
        &self,
        arrival: &Arrival<'_>,
        header: &IpHeader,
        group_frame: bool,
    ) -> Option<Addressee> {
        let looped = arrival.facts.medium == Medium::Loopback;
        let (source, destination) = (header.source, header.destination);
        // Addresses of the host itself never come in from outside (RFC 1122, section 3.2.1.3 (g)).
        if !looped
            && (source.is_loopback()
                || destination.is_loopback()
                || self.routes.is_own(source).is_some())
        {
            return None;
        }
        if self.routes.is_broadcast(source) {
            return None; // a network never speaks as one
        }
        if destination.is_multicast() {
            return self.is_for_members(arrival.facts.index, header).then_some(Addressee::Group);
        }
        if self.routes.is_broadcast(destination) {
            return Some(Addressee::Group);
        }
        // What was sent to all stations and names one host is a mistake, or a trick (RFC 1122, section
        // 3.3.6).
        let over = (!looped).then_some(arrival.facts.index);
        (!group_frame && self.is_local_on(destination, over)).then_some(Addressee::Host)
    }

    fn transport_arrived(&mut self, arrival: &mut Arrival<'_>, mut packet: Packet<'_>) {
        if self.is_tapped() {
            packet.tapped = self.packet_tapped(arrival, &packet);
        }
        let packet = &packet;
        let verified = arrival.facts.offloads.receive_checksums
            || packet::verify_transport(packet.header, packet.payload);
        if !verified {
            return arrival.drop(&mut self.drops.checksum);
        }
        match packet.header.protocol {
            packet::TCP if cfg!(tcp) => self.segment_arrived(arrival, packet),
            packet::UDP if cfg!(udp) => self.datagram_arrived(arrival, packet),
            packet::ICMP if packet.header.source.is_ipv4() => self.icmp_arrived(arrival, packet),
            #[cfg(feature = "ipv6")]
            packet::ICMPV6 if packet.header.source.is_ipv6() => {
                match Ndp::parse(packet.header, packet.payload) {
                    Some(message) => self.ndp_arrived(arrival, &message),
                    None if self.router_advertised(arrival, packet) => {}
                    None if self.group_message_arrived(arrival, packet) => {}
                    None => self.icmp_arrived(arrival, packet),
                }
            }
            packet::IGMP if self.group_message_arrived(arrival, packet) => {}
            _ if packet.tapped => {}
            _ => {
                arrival.drop(&mut self.drops.unknown_protocol);
                if !packet.to_group && self.may_refuse(arrival, packet.header.source) {
                    icmp::protocol_unreachable(arrival, packet);
                }
            }
        }
    }

    #[cfg(feature = "ipv6")]
    fn ndp_arrived(&mut self, arrival: &mut Arrival<'_>, message: &Ndp) {
        let (link, now) = (arrival.facts.index, arrival.now);
        self.slaac_hears(link, message, now);
        match *message {
            Ndp::Solicitation { target, source, hardware } => {
                let Some(own) = arrival.facts.hardware() else { return };
                if !self.routes.has(link, IpAddr::V6(target)) {
                    return;
                }
                if let Some(hardware) = hardware
                    && self.neighbours.learn(link, IpAddr::V6(source), hardware, now)
                {
                    self.found = Some((link, IpAddr::V6(source)));
                }
                let length = ndp::advertisement(arrival.reply.room(), own, target, source);
                let destination = if source.is_unspecified() {
                    IpAddr::V6(core::net::Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1))
                } else {
                    IpAddr::V6(source)
                };
                let to = ReplyTo::Address { source: IpAddr::V6(target), destination };
                arrival.reply.set(length.unwrap_or(0), to);
            }
            Ndp::Advertisement { target, hardware: Some(hardware), overrides, .. } => {
                let target = IpAddr::V6(target);
                if self.neighbours.learn_if_known(link, target, hardware, overrides, now) {
                    self.found = Some((link, target));
                }
            }
            // Who knows our hardware address need not say its own (RFC 4861, section 7.2.5).
            Ndp::Advertisement { target, hardware: None, solicited: true, .. } => {
                self.neighbours.confirm(link, IpAddr::V6(target), now);
            }
            Ndp::Advertisement { hardware: None, .. } => {}
        }
    }

    /// Whether this host is in a group on a link without having joined it: with all hosts, or where one
    /// of its addresses is solicited (RFC 4291 section 2.8).
    pub(super) fn is_group_of(&self, link: u8, group: IpAddr) -> bool {
        is_everybody(group) || self.solicited_groups().any(|solicited| solicited == (link, group))
    }

    /// The groups where others ask for the addresses of this host, and for those that it wants.
    pub(super) fn solicited_groups(&self) -> impl Iterator<Item = (u8, IpAddr)> {
        let own = self.routes.addresses().map(|(link, own)| (link, own.ip()));
        let all = own.chain(self.wanted_addresses());
        all.filter_map(|(link, address)| Some((link, solicited_group(address)?)))
    }

    /// Whether an address is this host's own, where one that means something together with its link
    /// must be of this one, if that is known.
    pub(super) fn is_local_on(&self, ip: IpAddr, link: Option<u8>) -> bool {
        match link {
            Some(link) if needs_scope(ip) => self.routes.has(link, ip),
            _ => self.is_local(ip),
        }
    }

    /// Whether an address is this host's own; all of 127/8 is.
    pub(super) fn is_local(&self, ip: IpAddr) -> bool {
        self.routes.is_own(ip).is_some() || (self.loopback.is_some() && ip.is_loopback())
    }
}
