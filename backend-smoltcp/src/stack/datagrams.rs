//! Datagram sockets, whatever they speak: opened, connected, shut down, and what they receive.

use berkeley::{
    Address, AddressFamily, ControlBuffer, Errno, Error, MessageFlags, Pool, ReceivedMessage,
    Shutdown,
};
use managed::ManagedSlice;

use super::arrival::Arrival;
pub(super) use super::datagram_facts::peer_of;
use super::packet;
use super::state::State;
use super::statistics::{Gauge, count};
use crate::datagram::{DatagramQueue, Envelope};
use crate::descriptor::{Bound, Datagram, Kind, Transport};
use crate::ip::{IpAddr, Ipv4Addr};
use crate::network::packet::IpHeader;
use crate::network::route::needs_scope;

/// The tables of datagram sockets.
pub(super) struct Datagrams<'a> {
    pub(super) queues: ManagedSlice<'a, DatagramQueue<'a>>,
    /// How many queues are in use.
    pub(super) gauge: Gauge,
    /// How many sockets see frames, and whether one of them is to be woken.
    #[cfg(packet)]
    pub(super) taps: u16,
    #[cfg(packet)]
    pub(super) has_news: bool,
}

impl<'a> Datagrams<'a> {
    pub(super) const fn new(queues: ManagedSlice<'a, DatagramQueue<'a>>) -> Datagrams<'a> {
        Datagrams {
            queues,
            gauge: Gauge::EMPTY,
            #[cfg(packet)]
            taps: 0,
            #[cfg(packet)]
            has_news: false,
        }
    }

    /// The receive queue of a socket: there is one.
    pub(super) fn queue(&self, datagram: Datagram) -> Option<&DatagramQueue<'a>> {
        self.queues.get(usize::from(datagram.queue))
    }

    /// The same, to be changed.
    pub(super) fn queue_mut(&mut self, datagram: Datagram) -> Option<&mut DatagramQueue<'a>> {
        self.queues.get_mut(usize::from(datagram.queue))
    }
}

impl State<'_> {
    /// A new datagram socket.
    pub(super) fn open_datagram(
        &mut self,
        family: AddressFamily,
        transport: Transport,
    ) -> Result<u16, Error> {
        self.descriptors.require_free()?;
        let queue = self.claim_queue()?;
        let datagram = Datagram { queue, peer: None, transport };
        let index = self.descriptors.allocate(family, Kind::Datagram(datagram))?;
        self.raw_opened(index, transport);
        self.packet_opened(index, datagram);
        Ok(index)
    }

    /// A new receive queue.
    fn claim_queue(&mut self) -> Result<u16, Error> {
        let mut queues = self.datagrams.queues.iter_mut().zip(0..u16::MAX);
        let Some((queue, number)) = queues.find(|(queue, _)| !queue.in_use) else {
            self.datagrams.gauge.refuse();
            return Err(Error::exhausted(Pool::DatagramQueues, Errno::ENOBUFS));
        };
        queue.claim();
        self.datagrams.gauge.take();
        Ok(number)
    }

    /// Lets go of a datagram socket; its receive queue is given back.
    pub(super) fn let_go_of_datagram(&mut self, datagram: Datagram) {
        self.raw_closed(datagram.transport);
        self.packet_closed(datagram);
        self.datagrams.gauge.give_back();
        if let Some(queue) = self.datagrams.queue_mut(datagram) {
            queue.release();
        }
    }

    /// What is known of a packet besides its payload.
    pub(super) fn envelope(&self, arrival: &Arrival<'_>, header: &IpHeader, port: u16) -> Envelope {
        Envelope {
            source: header.source,
            port,
            destination: header.destination,
            link: self.reached_link(header.destination, arrival.facts.index),
            hop_limit: header.hop_limit,
            traffic_class: header.traffic_class,
        }
    }

    /// Puts a datagram, in several parts, into a socket's queue, and says whether it is there.
    pub(super) fn deliver(&mut self, index: u16, envelope: &Envelope, payload: &[&[u8]]) -> bool {
        let Ok(entry) = self.descriptors.entry(index) else { return false };
        let Kind::Datagram(datagram) = entry.kind else { return false };
        let queue = self.datagrams.queue_mut(datagram);
        let taken = queue.is_some_and(|queue| queue.push(envelope, payload));
        if taken {
            self.wake(index);
        } else {
            count(&mut self.drops.queue_full);
        }
        taken
    }

    /// Takes a datagram out of a queue, or the error that stands before it, with what the program
    /// wants to be told about it.
    pub(super) fn receive_datagram(
        &mut self,
        index: u16,
        buffers: &mut [&mut [u8]],
        control: &mut [u8],
        flags: MessageFlags,
    ) -> Result<ReceivedMessage, Error> {
        let entry = self.descriptors.entry_mut(index)?;
        let Kind::Datagram(datagram) = entry.kind else { return Err(Errno::EBADF.into()) };
        entry.take_error()?;
        let queue = self.datagrams.queue_mut(datagram).ok_or(Errno::EBADF)?;
        let taken = queue.pop(buffers, flags.contains(MessageFlags::PEEK));
        let Some((length, full_length, envelope)) = taken else {
            return if entry.read_limit.is_some() {
                Ok(ReceivedMessage::nothing())
            } else {
                Err(Errno::EAGAIN.into())
            };
        };
        let entry = self.descriptors.entry(index)?;
        let mut told = MessageFlags::NONE;
        if full_length > length {
            told |= MessageFlags::TRUNC;
        }
        let mut control = ControlBuffer::new(control);
        if !entry.options.wanted.tell(&envelope, self.reached(&envelope), &mut control)? {
            told |= MessageFlags::CTRUNC;
        }
        Ok(ReceivedMessage {
            length,
            full_length,
            control_length: control.as_slice().len(),
            flags: told,
            address: Some(match datagram.transport {
                Transport::Frames(frames) => packet::sender_of(frames, &envelope),
                _ => entry.address_of(envelope.source, envelope.port, envelope.scope_id()),
            }),
        })
    }

    /// The address of the host that a datagram of IPv4 has reached: of one to a group, the address
    /// that it would be answered from (Linux's `fib_compute_spec_dst`).
    fn reached(&self, envelope: &Envelope) -> Ipv4Addr {
        let (destination, source) = (envelope.destination, envelope.source);
        let to_group = destination.is_multicast() || self.routes.is_broadcast(destination);
        let own = if to_group { self.routes.source_for(source, envelope.link) } else { None };
        match own.unwrap_or(destination) {
            IpAddr::V4(address) => address,
            IpAddr::V6(_) => Ipv4Addr::UNSPECIFIED,
        }
    }

    /// Gives a datagram socket a peer, instead of the one it has.
    pub(super) fn connect_datagram(
        &mut self,
        index: u16,
        datagram: Datagram,
        address: &Address,
    ) -> Result<(), Error> {
        datagram.require_peers()?;
        if address.family() == AddressFamily::UNSPEC {
            return self.disconnect_datagram(index, datagram);
        }
        if !self.descriptors.entry(index)?.has_port() {
            self.bind_to_some_port(index)?; // also when it then fails (Linux's `inet_dgram_connect`)
        }
        let entry = self.descriptors.entry(index)?;
        let broadcasts = entry.options.broadcast;
        let wanted = self.reachable(index, entry.internal(address)?)?;
        if self.routes.is_broadcast(wanted.ip) && !broadcasts {
            return Err(Errno::EACCES.into());
        }
        let (peer, bound) = self.aim_at_group(index, wanted, 0)?;
        if needs_scope(peer.ip) && peer.scope_id == 0 {
            return Err(Errno::EINVAL.into());
        }
        let (_, source) = self.way_to(&peer, bound)?;
        // The interface of other groups may be chosen anew for each datagram.
        let peer = if needs_scope(peer.ip) { peer } else { wanted };
        let entry = self.descriptors.entry_mut(index)?;
        if let Some(bound) = entry.bound.as_mut().filter(|bound| bound.ip.is_unspecified()) {
            let scope_id = if needs_scope(source) { peer.scope_id } else { 0 };
            *bound = Bound { ip: source, scope_id, ..*bound };
        }
        if needs_scope(peer.ip) {
            entry.options.interface = peer.scope_id;
        }
        entry.kind = Kind::Datagram(Datagram { peer: Some(peer), ..datagram });
        Ok(())
    }

    /// Takes the peer away. Of the socket's own address is left what the program has chosen: a port
    /// that it did not choose is given back, and so is the interface (Linux's `udp_disconnect`).
    fn disconnect_datagram(&mut self, index: u16, datagram: Datagram) -> Result<(), Error> {
        self.descriptors.entry_mut(index)?.kind =
            Kind::Datagram(Datagram { peer: None, ..datagram });
        self.descriptors.keep_chosen_address(index);
        let entry = self.descriptors.entry_mut(index)?;
        entry.options.interface = entry.bound.map_or(0, |bound| bound.scope_id);
        Ok(())
    }

    /// Shuts a connected datagram socket down; whoever waits on it is woken.
    pub(super) fn shutdown_datagram(
        &mut self,
        index: u16,
        datagram: Datagram,
        how: Shutdown,
    ) -> Result<(), Error> {
        datagram.require_peers()?;
        if datagram.peer.is_none() {
            return Err(Errno::ENOTCONN.into());
        }
        let entry = self.descriptors.entry_mut(index)?;
        entry.write_shut |= how.is_write();
        if how.is_read() {
            entry.read_limit = Some(0);
        }
        self.wake(index);
        Ok(())
    }
}
