//! Datagrams of UDP: whom one that has arrived is for, and the header of one that leaves (RFC 768).

use berkeley::Error;

use super::arrival::{Arrival, Packet};
use super::datagram_output::{Departure, copy_part};
use super::icmp;
use super::state::{Inner, State};
use super::statistics::count;
use crate::datagram::Envelope;
use crate::network::checksum::transport_checksum_of;
use crate::network::emit::IpEmit;
use crate::network::packet::{UDP, UDP_HEADER_LENGTH as HEADER_LENGTH};
use crate::tuple::{Endpoint, Tuple};
use crate::udp::Udp;

impl State<'_> {
    /// Gives a datagram to the sockets that it is for.
    pub(super) fn datagram_arrived(&mut self, arrival: &mut Arrival<'_>, packet: &Packet<'_>) {
        let Some(head) = packet.payload.first_chunk::<HEADER_LENGTH>() else {
            return arrival.drop(&mut self.drops.malformed);
        };
        let [s0, s1, d0, d1, l0, l1, ..] = *head;
        let (source, port) = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        let Some(payload) = packet.payload.get(HEADER_LENGTH..length) else {
            return arrival.drop(&mut self.drops.malformed);
        };
        let header = packet.header;
        let envelope = self.envelope(arrival, header, source);
        let tuple = Tuple {
            local: Endpoint { ip: header.destination, port },
            remote: Endpoint { ip: header.source, port: source },
        };
        if packet.to_group {
            return self.give_to_all(&tuple, &envelope, &[payload]);
        }
        match self.find_datagram_socket(&tuple, envelope.link) {
            Some(index) => self.give(index, &envelope, &[payload]),
            // A raw socket has it.
            None if packet.tapped => {}
            None => {
                arrival.drop(&mut self.drops.no_socket);
                if self.may_refuse(arrival, header.source) {
                    icmp::port_unreachable(arrival, packet);
                }
            }
        }
    }

    /// Gives a datagram to all sockets that hear it: it is for a group of hosts.
    fn give_to_all(&mut self, tuple: &Tuple, envelope: &Envelope, payload: &[&[u8]]) {
        let mut next = self.descriptors.first_at_port(tuple.local.port);
        while let Some(index) = next {
            next = self.descriptors.next_at_port(index);
            if self.hears(index, tuple, envelope.link) && self.socket_hears(index, envelope) {
                self.give(index, envelope, payload);
            }
        }
    }

    /// This host belongs to the group of hosts that it has sent a datagram to.
    fn datagram_comes_back(&mut self, departure: &Departure<'_>) {
        let &Departure { ref ip, hop: (link, _), ports: (from, to), parts, .. } = departure;
        let IpEmit { source, destination, hop_limit, traffic_class, .. } = *ip;
        if destination.is_multicast() && !self.host_hears(link, destination, source) {
            return;
        }
        let tuple = Tuple {
            local: Endpoint { ip: destination, port: to },
            remote: Endpoint { ip: source, port: from },
        };
        let envelope = Envelope { source, port: from, destination, link, hop_limit, traffic_class };
        self.give_to_all(&tuple, &envelope, parts);
    }

    fn give(&mut self, index: u16, envelope: &Envelope, payload: &[&[u8]]) {
        if self.deliver(index, envelope, payload) {
            count(&mut self.protocols.datagrams_in);
        }
    }
}

impl Inner<'_> {
    /// Sends a datagram with the header of UDP.
    pub(super) fn send_udp(&mut self, _: Udp, departure: &Departure<'_>) -> Result<(), Error> {
        let (parts, header) = (departure.parts, header_of(departure));
        let length = HEADER_LENGTH + departure.length;
        self.emit_datagram(departure, length, &|room, offset| {
            copy_part(room, &header, parts.iter().copied(), offset);
        })?;
        count(&mut self.state.protocols.datagrams_out);
        if departure.comes_back {
            self.state.datagram_comes_back(departure);
        }
        Ok(())
    }
}

/// The header of a datagram, with the checksum over everything.
fn header_of(departure: &Departure<'_>) -> [u8; HEADER_LENGTH] {
    let Departure { ip, ports: (from, to), parts, length, .. } = departure;
    let length = (HEADER_LENGTH + length) as u16; // looked at before
    let ([f0, f1], [t0, t1], [l0, l1]) =
        (from.to_be_bytes(), to.to_be_bytes(), length.to_be_bytes());
    let mut header = [f0, f1, t0, t1, l0, l1, 0, 0];
    let all = core::iter::once(&header[..]).chain(parts.iter().copied());
    let sum = transport_checksum_of(ip.source, ip.destination, UDP, all);
    header[6..].copy_from_slice(&sum.to_be_bytes());
    header
}
