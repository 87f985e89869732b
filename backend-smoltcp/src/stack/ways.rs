//! What becomes of sockets when a link goes down or comes up, or an address, a route or a whole
//! interface is added or removed.
//!
//! A device is asked for its link ([`Device::link_up`](crate::Device::link_up)) whenever a step has
//! found nothing else to do, and so before every sleep; whoever notices a change by an interrupt
//! kicks, or calls [`Stack::link_changed`](crate::Stack::link_changed). No packet asks.
//!
//! - A link that is down is no way: what has another way takes it; else a datagram or a connection
//!   that is begun fails with `ENETDOWN`, or with `ENETUNREACH` where there would be no way anyhow.
//!   (Linux takes the routes of an interface that was set down away: `ENETUNREACH`. With the cable
//!   out it goes on sending into the void.)
//! - Its addresses stay the host's own, can be bound to, and are reached from the host itself.
//! - Its neighbours are forgotten and asked for again; packets that waited for them are lost.
//! - An established connection without a way stands still. It goes on when there is one again, at
//!   once where Linux lets a timer run out; until then what it sends collects in its buffer. It
//!   ends with `ETIMEDOUT` when its patience is over, as if nobody had answered.
//! - The same holds when its own address is removed: the connection is not reset (the engine by
//!   itself would), its packets have no way until the address is there again.
//! - A socket that is bound to an address that was removed keeps it in `getsockname`; sending and
//!   connecting are `ENETUNREACH` (Linux's IPv4; its IPv6 goes on sending from that address).
//!
//! Measured on Linux 6.18 with a pair of veth interfaces.

use core::net::IpAddr;

use berkeley::Instant;
use smoltcp::socket::tcp;

use super::state::{Cause, Inner, State};
use crate::tcp::slot::Owner;

impl Inner<'_> {
    /// Asks all devices for their links, and draws the consequences; says whether there were any.
    pub(super) fn look_at_links(&mut self, now: Instant) -> bool {
        let mut changed = false;
        for (link, index) in self.links.iter_mut().zip(0..) {
            if let Some(up) = link.as_mut().and_then(|link| link.look()) {
                self.state.link_changed(index, up);
                changed = true;
            }
        }
        if changed {
            self.state.ways_changed(now);
        }
        changed
    }
}

impl State<'_> {
    /// A link went down or came up.
    fn link_changed(&mut self, link: u8, up: bool) {
        self.routes.set_up(link, up);
        self.forget_neighbours(link);
        self.note_news();
    }

    /// Forgets who is on a link, and drops what waits for them.
    pub(super) fn forget_neighbours(&mut self, link: u8) {
        self.neighbours.forget_link(link);
        self.pending.discard_link(link);
        for slot in self.slots.iter_mut().filter(|slot| slot.link == link) {
            slot.awaits_neighbour = false; // its way is looked for next, or it asks again
        }
        self.plan_housekeeping();
    }

    /// Links, addresses or routes have changed: each connection takes the best way that it has now.
    pub(super) fn ways_changed(&mut self, now: Instant) {
        for number in 0..self.slots.len() as u16 {
            let slot = self.slot(number);
            let Some(tuple) = slot.tuple else { continue };
            let (old, lost) = ((slot.link, slot.next_hop), slot.lost_way_at);
            let way = self.way_of(tuple.local.ip, tuple.remote.ip, slot.link);
            let slot = self.slot_mut(number);
            match way {
                Some(way) if way == old && lost.is_none() => {}
                Some(way) => {
                    (slot.link, slot.next_hop) = way;
                    slot.next_hardware = None;
                    slot.lost_way_at = None;
                }
                None => slot.lost_way_at = lost.or(Some(now)),
            }
            if !slot.awaits_neighbour {
                self.queue(number);
            }
        }
    }

    /// Where the packets of a connection between these addresses go, if it has a way.
    fn way_of(&self, local: IpAddr, remote: IpAddr, link: u8) -> Option<(u8, IpAddr)> {
        if !self.is_local(local) {
            return None;
        }
        if self.is_local(remote) {
            return self.loopback.map(|loopback| (loopback, remote));
        }
        self.way_back_to(local, remote, link)
    }

    /// A connection without a way has something to do: it waits until there is one, or until its
    /// patience is over. Nobody is left to be told of a reset.
    pub(super) fn wait_for_way(&mut self, number: u16, now: Instant) {
        let slot = self.slot_mut(number);
        slot.adjust_patience(now);
        let patience = slot.socket().and_then(tcp::Socket::timeout);
        let until = slot
            .lost_way_at
            .zip(patience)
            .and_then(|(since, patience)| since.checked_add(patience.into()));
        if until.is_some_and(|until| until <= now)
            && let Some(socket) = slot.socket_mut()
        {
            socket.abort();
            self.settle(number, Cause::Output, now);
        }
        let slot = self.slot(number);
        match (slot.owner, slot.state()) {
            (Owner::Free, _) => {}
            (Owner::Orphan, tcp::State::Closed) => self.release_slot(number),
            (_, tcp::State::Closed) => self.timers.set(number, None),
            _ => {
                let times = [until, slot.orphan_until, slot.patience.next_event()];
                self.timers.set(number, times.into_iter().flatten().min());
            }
        }
    }
}
