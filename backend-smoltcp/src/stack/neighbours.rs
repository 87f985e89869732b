//! Neighbours as connections and packets meet them: whom to hand a packet to, and what becomes of it
//! while nobody knows.

use berkeley::{Errno, Error, Instant};

use super::link::{DEVICE_PAUSE, Link, LinkFacts};
use super::state::{Inner, State};
use super::statistics::count;
use crate::ip::IpAddr;
use crate::network::HardwareAddress;
#[cfg(feature = "ipv4")]
use crate::network::arp::Arp;
use crate::network::emit::write_front;
use crate::network::ethernet::{self, EtherType};
#[cfg(feature = "ipv6")]
use crate::network::ndp;
use crate::network::neighbour::{Request, Resolution};

impl Inner<'_> {
    /// Sends a packet of `length` bytes that `fill` writes.
    pub(super) fn transmit(
        &mut self,
        hop: (u8, IpAddr),
        length: usize,
        now: Instant,
        fill: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(), Error> {
        let sent = transmit(&mut self.links, &mut self.state, hop, length, now, fill);
        if self.state.housekeeping.is_due(now) {
            self.keep_house_now(now); // a neighbour may have to be asked for
        }
        sent
    }

    /// What waited for a neighbour can go.
    pub(super) fn neighbour_found(&mut self, link: u8, address: IpAddr, now: Instant) {
        self.send_pending(link, address, now);
        let state = &mut self.state;
        state.connections_found_neighbour(link, address);
        state.plan_housekeeping();
    }

    /// Devices that had no room may have some: what waits for it can go.
    pub(super) fn device_may_have_room(&mut self, now: Instant) {
        for place in 0..self.state.pending.len() {
            if let Some((link, address)) = self.state.pending.next_at(place) {
                self.send_pending(link, address, now);
            }
        }
    }

    /// Sends what waits for a neighbour that is known, as long as the device has room.
    fn send_pending(&mut self, number: u8, address: IpAddr, now: Instant) {
        let Inner { links, state, .. } = self;
        let Some(Some(link)) = links.get_mut(usize::from(number)) else { return };
        while let Some(place) = state.pending.next(number, address) {
            let Resolution::Found(to) = hardware_for(state, &link.facts, address, now) else {
                return;
            };
            let packet = state.pending.packet(place);
            let had_room = link.transmit(
                Some(to),
                ether_type_of(address),
                &mut state.datagrams,
                &mut |room| write_front(room, packet).unwrap_or(0),
            );
            if !had_room {
                return state.device_is_full(now);
            }
            state.pending.release(place);
        }
    }

    /// A neighbour does not answer: what waits for it waits in vain.
    pub(super) fn neighbour_lost(&mut self, link: u8, address: IpAddr, now: Instant) {
        let lost = self.state.pending.discard(link, address);
        (0..lost).for_each(|_| count(&mut self.state.drops.no_neighbour));
        self.state.slaac_lost(link, address);
        self.connections_lost_neighbour(link, address, now);
    }

    /// Puts a question on a link; without room, or an address to ask from, it is lost.
    pub(super) fn ask_for_neighbour(&mut self, request: &Request) {
        let Some(source) = self.state.routes.source_for(request.address, request.link) else {
            return;
        };
        let Some(Some(link)) = self.links.get_mut(usize::from(request.link)) else { return };
        if !link.is_up() {
            return;
        }
        let Some(own) = link.facts.hardware() else { return };
        let watchers = &mut self.state.datagrams;
        match (source, request.address) {
            #[cfg(feature = "ipv4")]
            (IpAddr::V4(source), IpAddr::V4(target)) => {
                let to = request.station.unwrap_or(HardwareAddress::BROADCAST);
                link.transmit(Some(to), EtherType::ARP, watchers, &mut |room| {
                    Arp::request(own, source, target).emit(room).unwrap_or(0)
                });
            }
            #[cfg(feature = "ipv6")]
            (IpAddr::V6(source), IpAddr::V6(target)) => {
                let group = IpAddr::V6(ndp::solicited_node(target));
                let to = request.station.or_else(|| ethernet::group_address(group));
                link.transmit(to, EtherType::IPV6, watchers, &mut |room| {
                    match request.station {
                        Some(_) => ndp::probe(room, source, own, target),
                        None => ndp::solicitation(room, source, own, target),
                    }
                    .unwrap_or(0)
                });
            }
            _ => {}
        }
    }
}

/// Sends a packet of `length` bytes that `fill` writes over a link, or lets it wait for its
/// neighbour.
pub(super) fn transmit(
    links: &mut [Option<Link<'_>>],
    state: &mut State<'_>,
    (number, next_hop): (u8, IpAddr),
    length: usize,
    now: Instant,
    fill: &mut dyn FnMut(&mut [u8]),
) -> Result<(), Error> {
    let Some(Some(link)) = links.get_mut(usize::from(number)) else {
        return Err(Errno::ENETUNREACH.into());
    };
    if !link.is_up() {
        return Err(Errno::ENETDOWN.into());
    }
    // An answer may leave over another link than the packet it answers came by.
    if length > link.facts.mtu {
        return Err(Errno::EMSGSIZE.into());
    }
    let to = match hardware_for(state, &link.facts, next_hop, now) {
        Resolution::Found(hardware) => hardware,
        Resolution::Pending => {
            // Without a place to wait the packet is lost, as any packet may be.
            if !state.pending.push(number, next_hop, length, fill) {
                count(&mut state.drops.no_neighbour);
            }
            return Ok(());
        }
        Resolution::Failed => {
            count(&mut state.drops.no_neighbour);
            return Err(Errno::EHOSTUNREACH.into());
        }
    };
    let ether_type = ether_type_of(next_hop);
    // Nothing overtakes what waits for room.
    let sent = state.pending.next(number, next_hop).is_none()
        && link.transmit(Some(to), ether_type, &mut state.datagrams, &mut |room| {
            let Some(packet) = room.get_mut(..length) else { return 0 };
            fill(packet);
            length
        });
    if !sent {
        state.device_is_full(now);
        return Err(Errno::EAGAIN.into());
    }
    Ok(())
}

impl State<'_> {
    /// A device had no room for a datagram: it is asked again after a while.
    pub(super) fn device_is_full(&mut self, now: Instant) {
        let until = now + DEVICE_PAUSE;
        self.datagrams_blocked_until = Some(until);
        self.housekeeping.bring_forward(until);
    }
}

/// The hardware address for a next hop; any will do on a link without them. A question that has to
/// be asked first makes housekeeping due.
pub(super) fn hardware_for(
    state: &mut State<'_>,
    facts: &LinkFacts,
    next_hop: IpAddr,
    now: Instant,
) -> Resolution {
    if facts.hardware().is_none() || state.routes.is_broadcast(next_hop) {
        return Resolution::Found(HardwareAddress::BROADCAST);
    }
    if let Some(group) = ethernet::group_address(next_hop) {
        return Resolution::Found(group);
    }
    let resolution = state.neighbours.resolve(facts.index, next_hop, now);
    if state.neighbours.take_due() {
        state.housekeeping.bring_forward(now);
    }
    resolution
}

pub(super) fn ether_type_of(ip: IpAddr) -> EtherType {
    if ip.is_ipv4() { EtherType::IPV4 } else { EtherType::IPV6 }
}
