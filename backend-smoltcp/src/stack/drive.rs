//! One step of work at a time: a frame in, a segment out, a timer.
//!
//! Whoever calls the stack drives it: a call that waits, a thread that does nothing else, a
//! simulation. A step is bounded, and the lock is given back between two of them.

use core::net::IpAddr;

use berkeley::{Errno, Error, Instant};
use smoltcp::socket::tcp;

use super::arrival::Arrival;
use super::datagrams::DEVICE_PAUSE;
use super::link::LinkFacts;
use super::reply::ReplyTo;
use super::state::{Cause, Inner, State};
use crate::device::Medium;
use crate::network::HardwareAddress;
use crate::network::arp::Arp;
use crate::network::ethernet::{self, EtherType};
use crate::network::ndp;
use crate::network::neighbour::{Request, Resolution};
use crate::tcp::slot::Owner;

impl Inner<'_> {
    /// Does one piece of work; false when there was none.
    pub(super) fn step(&mut self, now: Instant) -> bool {
        let mut worked = self.keep_house(now);
        while let Some(slot) = self.state.timers.take_due(now) {
            self.timer_due(slot, now);
            worked = true;
        }
        if let Some(slot) = self.state.take_queued() {
            self.send_from(slot, now);
            return true;
        }
        self.receive_frame(now) || worked
    }

    /// When there will be work even if no frame comes; [`Instant::ZERO`] for now.
    pub(super) fn next_event(&self) -> Option<Instant> {
        if self.state.has_queued() {
            return Some(Instant::ZERO);
        }
        let state = &self.state;
        [state.timers.next(), state.housekeeping].into_iter().flatten().min()
    }

    /// Takes one frame from the links in turn.
    fn receive_frame(&mut self, now: Instant) -> bool {
        for turn in 0..self.links.len() {
            let number = (self.next_link + turn) % self.links.len();
            let Inner { links, state, reply, .. } = self;
            let Some(link) = &mut links[number] else { continue };
            let received = link.receive(&mut |engine, facts, frame| {
                state.frame_arrived(&mut Arrival { engine, facts, reply, now }, frame);
            });
            if received {
                // The same link again, unless there are others: bulk transfers keep their cache.
                self.next_link = (number + 1) % self.links.len();
                self.answer(number, now);
                return true;
            }
        }
        false
    }

    /// Sends the answer to the frame that has just been looked at, and what a neighbour's answer
    /// has set free.
    fn answer(&mut self, link: usize, now: Instant) {
        let Inner { links, state, reply, .. } = self;
        match reply.take() {
            None => {}
            Some((bytes, ReplyTo::Hardware { destination, ether_type })) => {
                if let Some(link) = &mut links[link] {
                    link.transmit(Some(destination), ether_type, &mut |_, room| {
                        room[..bytes.len()].copy_from_slice(bytes);
                        bytes.len()
                    });
                }
            }
            Some((bytes, ReplyTo::Address { source, destination })) => {
                let hop = state.way_back_to(source, destination, link as u8);
                // An answer that cannot leave now is lost, as any packet may be.
                let _ = hop.map(|hop| {
                    transmit(links, state, hop, bytes.len(), now, &mut |room| {
                        room[..bytes.len()].copy_from_slice(bytes);
                    })
                });
            }
        }
        if let Some((link, address)) = self.state.found.take() {
            self.neighbour_found(link, address, now);
        }
    }

    /// Lets a connection send one segment.
    fn send_from(&mut self, number: u16, now: Instant) {
        let Inner { links, state, .. } = self;
        let slot = state.slot(number);
        let (link_number, next_hop) = (slot.link, slot.next_hop);
        if slot.owner == Owner::Free {
            return;
        }
        let Some(Some(link)) = links.get_mut(usize::from(link_number)) else { return };
        let to = match hardware_for(state, &link.facts, next_hop, now) {
            Resolution::Found(hardware) => Some(hardware),
            Resolution::Pending => {
                state.slot_mut(number).awaits_neighbour = true;
                state.timers.set(number, None);
                state.plan_housekeeping();
                return self.keep_house_now(now);
            }
            Resolution::Failed => return state.neighbour_failed(number, now),
        };
        let to = to.filter(|_| matches!(link.facts.medium, Medium::Ethernet(_)));
        let ether_type = ether_type_of(next_hop);
        let mut sent = 0;
        let slot = state.slot_mut(number);
        let had_room = link.transmit(to, ether_type, &mut |engine, room| {
            sent = slot.set.as_mut().map_or(0, |set| engine.send(set, now, room));
            sent
        });
        if !had_room {
            return state.timers.set(number, Some(now + DEVICE_PAUSE));
        }
        let before = state.slot(number).last_state;
        let cause = if sent > 0 && before == tcp::State::Closed {
            Cause::Program
        } else {
            Cause::Output
        };
        state.settle(number, cause, now);
        state.schedule(number, &mut link.engine, sent > 0, now);
    }

    fn timer_due(&mut self, number: u16, now: Instant) {
        let slot = self.state.slot(number);
        if slot.orphan_until.is_some_and(|until| until <= now) {
            // Nobody waits for the peer's end any longer; nobody is told (Linux's FIN-WAIT-2).
            return self.state.release_slot(number);
        }
        self.state.queue(number);
    }

    /// The slow tables: repeated answers, neighbours, tasks with deadlines.
    fn keep_house(&mut self, now: Instant) -> bool {
        if self.state.housekeeping.is_none_or(|at| at > now) {
            return false;
        }
        self.keep_house_now(now);
        true
    }

    fn keep_house_now(&mut self, now: Instant) {
        while let Some(half_open) = self.state.half_open.take_due(now) {
            let Ok(facts) = self.facts(half_open.link) else { continue };
            let hop_limit = self.state.descriptors[half_open.listener].options.time_to_live;
            let capacity = self.state.receive_capacity();
            let mut room = [0; crate::tcp::engine::REPLY_LENGTH];
            let length = half_open.answer(capacity, facts.mtu, hop_limit).emit(&mut room);
            if let Some(hop) = self.state.way_back(&half_open.tuple, half_open.link) {
                let _ = self.transmit(hop, length, now, &mut |packet| {
                    packet[..length].copy_from_slice(&room[..length]);
                });
            }
        }
        while let Some(request) = self.state.neighbours.next_request(now) {
            self.ask_for_neighbour(&request);
        }
        while let Some((link, address)) = self.state.neighbours.take_failed(now) {
            self.state.pending.discard(link, address);
            for number in 0..self.state.slots.len() as u16 {
                let slot = self.state.slot(number);
                if slot.awaits_neighbour && (slot.link, slot.next_hop) == (link, address) {
                    self.state.neighbour_failed(number, now);
                }
            }
        }
        self.state.waiters.expire(now);
        if self.state.datagrams_blocked_until.is_some_and(|until| until <= now) {
            self.state.datagrams_blocked_until = None;
            self.state.news = true;
        }
        self.state.plan_housekeeping();
    }

    fn ask_for_neighbour(&mut self, request: &Request) {
        let Some(source) = self.state.routes.source_for(request.address, request.link) else {
            return;
        };
        let Some(Some(link)) = self.links.get_mut(usize::from(request.link)) else { return };
        let Some(own) = link.facts.hardware() else { return };
        match (source, request.address) {
            (IpAddr::V4(source), IpAddr::V4(target)) => {
                let to = request.station.unwrap_or(HardwareAddress::BROADCAST);
                link.transmit(Some(to), EtherType::Arp, &mut |_, room| {
                    Arp::request(own, source, target).emit(room).unwrap_or(0)
                });
            }
            (IpAddr::V6(source), IpAddr::V6(target)) => {
                let group = IpAddr::V6(ndp::solicited_node(target));
                let to = request.station.or_else(|| ethernet::group_address(group));
                link.transmit(to, EtherType::Ipv6, &mut |_, room| {
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

    /// What waited for a neighbour can go.
    fn neighbour_found(&mut self, link: u8, address: IpAddr, now: Instant) {
        let Inner { links, state, .. } = self;
        while let Some(place) = state.pending.next(link, address) {
            let resolution = state.neighbours.resolve(link, address, now);
            if let (Some(Some(link)), Resolution::Found(to)) =
                (links.get_mut(usize::from(link)), resolution)
            {
                let packet = state.pending.packet(place);
                link.transmit(Some(to), ether_type_of(address), &mut |_, room| {
                    room[..packet.len()].copy_from_slice(packet);
                    packet.len()
                });
            }
            state.pending.release(place);
        }
        for number in 0..state.slots.len() as u16 {
            let slot = state.slot_mut(number);
            if slot.awaits_neighbour && (slot.link, slot.next_hop) == (link, address) {
                slot.awaits_neighbour = false;
                state.queue(number);
            }
        }
        state.plan_housekeeping();
    }

    /// Sends a packet of `length` bytes that `fill` writes.
    pub(super) fn transmit(
        &mut self,
        hop: (u8, IpAddr),
        length: usize,
        now: Instant,
        fill: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(), Error> {
        let sent = transmit(&mut self.links, &mut self.state, hop, length, now, fill);
        if self.state.housekeeping.is_some_and(|at| at <= now) {
            self.keep_house_now(now); // a neighbour has to be asked for
        }
        sent
    }

    /// What is fixed about a link.
    pub(super) fn facts(&self, link: u8) -> Result<LinkFacts, Error> {
        match self.links.get(usize::from(link)) {
            Some(Some(link)) => Ok(link.facts),
            _ => Err(Errno::ENETUNREACH.into()),
        }
    }
}

impl State<'_> {
    /// The next time that the slow tables want attention.
    pub(super) fn plan_housekeeping(&mut self) {
        self.housekeeping = [
            self.half_open.next_event(),
            self.neighbours.next_event(),
            self.waiters.next_event(),
            self.datagrams_blocked_until,
        ]
        .into_iter()
        .flatten()
        .min();
    }

    /// A neighbour does not answer: a connection that is being opened fails, others try again.
    fn neighbour_failed(&mut self, number: u16, now: Instant) {
        let slot = self.slot_mut(number);
        slot.awaits_neighbour = false;
        if slot.state() == tcp::State::SynSent {
            self.give_up(number, Errno::EHOSTUNREACH, now);
        } else {
            let again = now + core::time::Duration::from_secs(1);
            self.timers.set(number, Some(again));
        }
    }

    /// Ends a connection that is being opened, with this error.
    pub(super) fn give_up(&mut self, number: u16, errno: Errno, now: Instant) {
        if let Some(socket) = self.slot_mut(number).socket_mut() {
            socket.close(); // in SYN-SENT nothing is sent
        }
        self.fail(number, Some(errno));
        self.settle(number, Cause::Program, now);
    }
}

/// Sends a packet over a link, or lets it wait for its neighbour.
fn transmit(
    links: &mut [Option<super::link::Link<'_>>],
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
    let to = match hardware_for(state, &link.facts, next_hop, now) {
        Resolution::Found(hardware) => hardware,
        Resolution::Pending => {
            // Without a place to wait the packet is lost, as any packet may be.
            state.pending.push(number, next_hop, length, fill);
            state.plan_housekeeping();
            return Ok(());
        }
        Resolution::Failed => return Err(Errno::EHOSTUNREACH.into()),
    };
    let ether_type = ether_type_of(next_hop);
    let had_room = link.transmit(Some(to), ether_type, &mut |_, room| {
        fill(&mut room[..length]);
        length
    });
    if !had_room {
        state.datagrams_blocked_until = Some(now + DEVICE_PAUSE);
        state.plan_housekeeping();
        return Err(Errno::EAGAIN.into());
    }
    Ok(())
}

/// The hardware address for a next hop; any will do on a link without them.
fn hardware_for(
    state: &mut State<'_>,
    facts: &LinkFacts,
    next_hop: IpAddr,
    now: Instant,
) -> Resolution {
    if facts.hardware().is_none() || state.routes.is_broadcast(next_hop) {
        return Resolution::Found(HardwareAddress::BROADCAST);
    }
    match ethernet::group_address(next_hop) {
        Some(group) => Resolution::Found(group),
        None => state.neighbours.resolve(facts.index, next_hop, now),
    }
}

fn ether_type_of(ip: IpAddr) -> EtherType {
    if ip.is_ipv4() { EtherType::Ipv4 } else { EtherType::Ipv6 }
}
