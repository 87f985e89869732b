//! UDP: to whom a datagram goes, and how one leaves.

use core::net::{IpAddr, Ipv4Addr};

use berkeley::{
    Address, AddressFamily, ControlBuffer, Errno, Error, Instant, MessageFlags, OutgoingMessage,
    Pool, ReceivedMessage, Shutdown,
};
use managed::ManagedSlice;

use super::arrival::{Arrival, Packet};
pub(super) use super::datagram_facts::peer_of;
use super::icmp;
use super::state::{Inner, State};
use super::statistics::{Gauge, count};
use crate::control::Choice;
use crate::descriptor::{Bound, Datagram, Kind};
use crate::network::checksum::transport_checksum_behind;
use crate::network::fragment::{self, Piece};
use crate::network::packet::IpEmit;
use crate::network::route::needs_scope;
use crate::tuple::{Endpoint, Tuple};
use crate::udp::{DatagramQueue, Envelope, HEADER_LENGTH, LONGEST_IPV4, LONGEST_IPV6, PROTOCOL};

/// The tables of UDP.
pub(super) struct Datagrams<'a> {
    pub(super) queues: ManagedSlice<'a, DatagramQueue<'a>>,
    /// How many queues are in use.
    pub(super) gauge: Gauge,
}

impl<'a> Datagrams<'a> {
    pub(super) const fn new(queues: ManagedSlice<'a, DatagramQueue<'a>>) -> Datagrams<'a> {
        Datagrams { queues, gauge: Gauge::EMPTY }
    }
}

impl State<'_> {
    /// A new datagram socket.
    pub(super) fn open_datagram(&mut self, family: AddressFamily) -> Result<u16, Error> {
        self.descriptors.require_free()?;
        let queue = self.claim_queue()?;
        self.descriptors.allocate(family, Kind::Datagram(Datagram { queue, peer: None }))
    }

    /// A new receive queue.
    fn claim_queue(&mut self) -> Result<u16, Error> {
        let none = Error::exhausted(Pool::DatagramQueues, Errno::ENOBUFS);
        let Some(place) = self.udp.queues.iter().position(|queue| !queue.in_use) else {
            self.udp.gauge.refuse();
            return Err(none);
        };
        let number = u16::try_from(place).map_err(|_| none)?;
        self.udp.gauge.take();
        self.udp.queues[place].claim();
        Ok(number)
    }

    /// Lets go of a datagram socket; its receive queue is given back.
    pub(super) fn let_go_of_datagram(&mut self, datagram: Datagram) {
        self.udp.gauge.give_back();
        self.udp.queues[usize::from(datagram.queue)].release();
    }

    /// Gives a datagram to the sockets that it is for.
    pub(super) fn datagram_arrived(&mut self, arrival: &mut Arrival<'_>, packet: &Packet<'_>) {
        let Some(head) = packet.payload.first_chunk::<HEADER_LENGTH>() else {
            return arrival.drop(&mut self.drops.malformed);
        };
        let [s0, s1, d0, d1, l0, l1, ..] = *head;
        let (source, port) = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        let payload = packet.payload.get(HEADER_LENGTH..length).filter(|_| port != 0);
        let Some(payload) = payload else {
            return arrival.drop(&mut self.drops.malformed);
        };
        let header = packet.header;
        let envelope = Envelope {
            source: header.source,
            port: source,
            destination: header.destination,
            link: self.reached_link(header.destination, arrival.facts.index),
            hop_limit: header.hop_limit,
            traffic_class: header.traffic_class,
        };
        let tuple = Tuple {
            local: Endpoint { ip: header.destination, port },
            remote: Endpoint { ip: header.source, port: source },
        };
        if packet.to_group {
            let mut next = self.descriptors.first_at_port(port);
            while let Some(index) = next {
                next = self.descriptors.next_at_port(index);
                if self.hears(index, &tuple, envelope.link) {
                    self.deliver(index, &envelope, payload);
                }
            }
            return;
        }
        match self.find_datagram_socket(&tuple, envelope.link) {
            Some(index) => self.deliver(index, &envelope, payload),
            None => {
                arrival.drop(&mut self.drops.no_socket);
                if self.may_refuse(arrival, header.source) {
                    icmp::port_unreachable(arrival, packet);
                }
            }
        }
    }

    fn deliver(&mut self, index: u16, envelope: &Envelope, payload: &[u8]) {
        let Kind::Datagram(datagram) = self.descriptors[index].kind else { return };
        let dropped = self.descriptors[index].read_limit.is_some();
        if dropped {
            return;
        }
        if self.udp.queues[usize::from(datagram.queue)].push(envelope, payload) {
            count(&mut self.protocols.datagrams_in);
            self.wake(index);
        } else {
            count(&mut self.drops.queue_full);
        }
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
        let Kind::Datagram(datagram) = self.descriptors[index].kind else {
            return Err(Errno::EBADF.into());
        };
        let entry = &mut self.descriptors[index];
        entry.take_error()?;
        let queue = &mut self.udp.queues[usize::from(datagram.queue)];
        let taken = queue.pop(buffers, flags.contains(MessageFlags::PEEK));
        let Some((length, full_length, envelope)) = taken else {
            return if entry.read_limit.is_some() {
                Ok(ReceivedMessage::nothing())
            } else {
                Err(Errno::EAGAIN.into())
            };
        };
        let entry = &self.descriptors[index];
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
            address: Some(entry.address_of(envelope.source, envelope.port, envelope.scope_id())),
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
        if address.family() == AddressFamily::UNSPEC {
            self.disconnect_datagram(index, datagram);
            return Ok(());
        }
        let entry = &self.descriptors[index];
        let (broadcasts, bound) = (entry.options.broadcast, entry.bound);
        let peer = self.reachable(index, entry.internal(address)?)?;
        if self.routes.is_broadcast(peer.ip) && !broadcasts {
            return Err(Errno::EACCES.into());
        }
        let (_, source) = self.way_to(&peer, bound)?;
        if !entry.has_port() {
            self.bind_to_some_port(index, peer.ip)?;
        }
        let entry = &mut self.descriptors[index];
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
    fn disconnect_datagram(&mut self, index: u16, datagram: Datagram) {
        self.descriptors[index].kind = Kind::Datagram(Datagram { peer: None, ..datagram });
        self.descriptors.keep_chosen_address(index);
        let entry = &mut self.descriptors[index];
        entry.options.interface = entry.bound.map_or(0, |bound| bound.scope_id);
    }

    /// Shuts a connected datagram socket down; whoever waits on it is woken.
    pub(super) fn shutdown_datagram(
        &mut self,
        index: u16,
        datagram: Datagram,
        how: Shutdown,
    ) -> Result<(), Error> {
        if datagram.peer.is_none() {
            return Err(Errno::ENOTCONN.into());
        }
        let entry = &mut self.descriptors[index];
        entry.write_shut |= how.is_write();
        if how.is_read() {
            entry.read_limit = Some(0);
        }
        self.wake(index);
        Ok(())
    }
}

impl Inner<'_> {
    /// Sends a datagram from a socket, which gets a port if it has none.
    pub(super) fn send_datagram(
        &mut self,
        index: u16,
        message: &OutgoingMessage<'_>,
        now: Instant,
    ) -> Result<usize, Error> {
        let (data, state) = (message.parts, &mut self.state);
        let Kind::Datagram(datagram) = state.descriptors[index].kind else {
            return Err(Errno::EBADF.into());
        };
        let entry = &mut state.descriptors[index];
        entry.take_error()?;
        if entry.write_shut {
            return Err(Errno::EPIPE.into());
        }
        let peer = match message.address {
            Some(address) => match entry.internal(address)? {
                Bound { port: 0, .. } => return Err(Errno::EINVAL.into()),
                address => address,
            },
            None => datagram.peer.ok_or(Errno::EDESTADDRREQ)?,
        };
        let choice = Choice::read(message.control, peer.ip.is_ipv4())?;
        let longest = if peer.ip.is_ipv4() { LONGEST_IPV4 } else { LONGEST_IPV6 };
        let length = message.length();
        if length > longest {
            return Err(Errno::EMSGSIZE.into());
        }
        let (bound, options) = (state.descriptors[index].bound, state.descriptors[index].options);
        let peer = state.reachable(index, peer).map_err(|_| Errno::ENETUNREACH)?;
        if state.routes.is_broadcast(peer.ip) && !options.broadcast {
            return Err(Errno::EACCES.into());
        }
        let (hop, source) = state.way_for(&peer, bound, &choice)?;
        if !state.descriptors[index].has_port() {
            state.bind_to_some_port(index, peer.ip)?;
        }
        let port = state.descriptors[index].bound.map_or(0, |bound| bound.port);
        let (hop_limit, traffic_class) = match peer.ip {
            IpAddr::V4(_) => (options.time_to_live, options.type_of_service),
            IpAddr::V6(_) => (options.hop_limit, options.traffic_class),
        };
        let hop_limit = if peer.ip.is_multicast() { 1 } else { hop_limit };
        let ip = IpEmit {
            source,
            destination: peer.ip,
            protocol: PROTOCOL,
            hop_limit: choice.hop_limit.unwrap_or(hop_limit),
            traffic_class: choice.traffic_class.unwrap_or(traffic_class),
        };
        let header = header_of(&ip, (port, peer.port), length, data);
        self.emit_datagram(&ip, hop, &header, (length, data), now)?;
        count(&mut self.state.protocols.datagrams_out);
        Ok(length)
    }

    /// Sends a datagram in one packet, or in fragments.
    fn emit_datagram(
        &mut self,
        ip: &IpEmit,
        hop: (u8, IpAddr),
        header: &[u8; HEADER_LENGTH],
        (length, data): (usize, &[&[u8]]),
        now: Instant,
    ) -> Result<(), Error> {
        let facts = self.facts(hop.0)?;
        let (length, mtu) = (HEADER_LENGTH + length, facts.mtu);
        if ip.header_len() + length <= mtu {
            return self.transmit(hop, ip.header_len() + length, now, &mut |room| {
                ip.emit(room, length);
                copy_part(&mut room[ip.header_len()..], header, data, 0);
            });
        }
        let headers = fragment::header_len(ip);
        let pieces = fragment::split(length, headers, mtu).ok_or(Errno::EMSGSIZE)?;
        let identification = self.state.secret.identification(ip.source, ip.destination);
        for piece in pieces {
            let Piece { offset, length, .. } = piece;
            let mut fill = |room: &mut [u8]| {
                fragment::emit(room, ip, identification, piece);
                copy_part(&mut room[headers..headers + length], header, data, offset);
            };
            match self.transmit(hop, headers + length, now, &mut fill) {
                Ok(()) => {}
                Err(error) if offset == 0 => return Err(error),
                // Once begun, a datagram is as good as sent: the rest waits until there is room.
                // Without a place for it it is lost, as any packet may be.
                Err(error) if error.is(Errno::EAGAIN) => {
                    self.state.pending.push(hop.0, hop.1, headers + length, &mut fill);
                }
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }
}

/// The UDP header, with the checksum over everything.
fn header_of(
    ip: &IpEmit,
    (from, to): (u16, u16),
    length: usize,
    data: &[&[u8]],
) -> [u8; HEADER_LENGTH] {
    let length = (HEADER_LENGTH + length) as u16; // looked at before
    let ([f0, f1], [t0, t1], [l0, l1]) =
        (from.to_be_bytes(), to.to_be_bytes(), length.to_be_bytes());
    let mut header = [f0, f1, t0, t1, l0, l1, 0, 0];
    let sum = transport_checksum_behind(ip.source, ip.destination, PROTOCOL, &header, data);
    header[6..].copy_from_slice(&sum.to_be_bytes());
    header
}

/// Fills `room` with the bytes from `offset` on of a header and the data behind it. A fragment that
/// is not the first lies behind the header.
fn copy_part(room: &mut [u8], header: &[u8; HEADER_LENGTH], data: &[&[u8]], offset: usize) {
    let (front, mut back) = room.split_at_mut(HEADER_LENGTH.saturating_sub(offset).min(room.len()));
    front.copy_from_slice(&header[HEADER_LENGTH - front.len()..]);
    let mut skipped = offset.saturating_sub(HEADER_LENGTH);
    for part in data {
        let skip = skipped.min(part.len());
        skipped -= skip;
        let part = &part[skip..];
        let (here, behind) = back.split_at_mut(part.len().min(back.len()));
        here.copy_from_slice(&part[..here.len()]);
        back = behind;
    }
}
