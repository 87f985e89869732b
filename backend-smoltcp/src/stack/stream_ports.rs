//! Who has which port among listeners and connections, and the way of a connection.

use berkeley::{Errno, Error, Instant, Pool};
use smoltcp::socket::tcp;

use super::connections::Cause;
use super::ports::{EPHEMERAL, ephemeral, overlap};
use super::state::State;
use crate::descriptor::{Descriptor, Kind, Stream};
use crate::ip::IpAddr;
use crate::options::Reuse;
use crate::tcp::slot::Owner;
use crate::tuple::{Endpoint, Tuple};

impl State<'_> {
    /// Whether a local port has a connection that `reuse` (of a new socket) does not excuse.
    pub(super) fn port_has_connection(&self, local: &Endpoint, reuse: Reuse) -> bool {
        let mut slots = self.tcp.ports.members(local.port).filter_map(|number| self.slot(number));
        let open = slots.any(|slot| match &slot.tuple {
            Some(tuple) if tuple.local.port == local.port => {
                let overlaps = local.ip.is_unspecified() || local.ip == tuple.local.ip;
                overlaps && !reuse.with(slot.reuse)
            }
            _ => false,
        });
        open || self.tcp.time_wait.takes(local, reuse)
    }

    /// Whether another socket listens where this one wants to.
    pub(super) fn is_listened_on(&self, index: u16) -> bool {
        let Ok(new) = self.descriptors.entry(index) else { return false };
        let Some(bound) = new.bound else { return false };
        self.descriptors.at_port(bound.port).any(|(other, entry)| {
            other != index
                && entry.kind.listens()
                && overlap(entry, new, &bound)
                && !(entry.options.reuse.port && new.options.reuse.port)
        })
    }

    /// A local port for a connection between these addresses that no other one has. Connections to
    /// other ends may have it, when they were given it in this way (Linux's
    /// `__inet_hash_connect`): there are as many ports for each destination.
    pub(super) fn port_for_connection(
        &mut self,
        source: IpAddr,
        remote: Endpoint,
    ) -> Result<u16, Error> {
        let start = self.secret.port_offset(source, remote.ip);
        for step in 0..EPHEMERAL {
            let port = ephemeral(start, step);
            let tuple = Tuple { local: Endpoint { ip: source, port }, remote };
            let in_the_way = |entry: &Descriptor| {
                let shares =
                    matches!(entry.kind, Kind::Stream(Stream::Open { .. })) && !entry.chosen.1;
                entry.kind.is_stream()
                    && entry.bound.is_some_and(|bound| bound.port == port)
                    && !shares
            };
            let taken = self.find_connection(&tuple).is_some()
                || self.tcp.time_wait.find(&tuple, &self.secret).is_some()
                || self.tcp.half_open.uses_port(port)
                || self.descriptors.at_port(port).any(|(_, entry)| in_the_way(entry));
            if !taken {
                return Ok(port);
            }
        }
        Err(Error::exhausted(Pool::Ports, Errno::EADDRNOTAVAIL))
    }

    /// Where the packets of a connection that came in over `link` go.
    pub(super) fn way_back(&self, tuple: &Tuple, link: u8) -> Option<(u8, IpAddr)> {
        let is_ours = !self.routes.has_lost_addresses() || self.is_local(tuple.local.ip);
        is_ours.then(|| self.way_back_to(tuple.local.ip, tuple.remote.ip, link))?
    }

    /// Links, addresses or routes have changed: each connection takes the best way that it has now.
    pub(super) fn ways_changed(&mut self, now: Instant) {
        for number in 0..self.tcp.slots.len() as u16 {
            let Some(slot) = self.slot(number) else { return };
            let Some(tuple) = slot.tuple else { continue };
            let (old, lost) = ((slot.link, slot.next_hop), slot.lost_way_at);
            let way = self.way_of(tuple.local.ip, tuple.remote.ip, slot.link);
            let Some(slot) = self.slot_mut(number) else { return };
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
        let Some(slot) = self.slot_mut(number) else { return };
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
        let Some(slot) = self.slot(number) else { return };
        match (slot.owner, slot.state()) {
            (Owner::Free, _) => {}
            (Owner::Orphan, tcp::State::Closed) => self.release_slot(number),
            (_, tcp::State::Closed) => self.tcp.timers.set(number, None),
            _ => {
                let times = [until, slot.orphan_until, slot.patience.next_event()];
                self.tcp.timers.set(number, times.into_iter().flatten().min());
            }
        }
    }

    /// A link is another one now: whoever waits for a neighbour on it looks for its way next, or asks
    /// again.
    pub(super) fn connections_forget_neighbours(&mut self, link: u8) {
        for slot in self.tcp.slots.iter_mut().filter(|slot| slot.link == link) {
            slot.awaits_neighbour = false;
        }
    }

    /// Forgets the connections that are being opened over a link.
    pub(super) fn forget_half_open(&mut self, link: u8) {
        self.tcp.half_open.remove_link(link);
    }
}
