//! Ping sockets: echo requests with the socket's number, and the answers to it.
//!
//! The number that tells the requests of one program from those of others is the port of its socket's
//! name. Sources: RFC 792, RFC 4443 section 4; Linux's icmp(7), `ping_v4_sendmsg`, `ping_lookup`.

use berkeley::{Errno, Error};

use super::arrival::{Arrival, Packet};
use super::datagram_output::{Departure, behind, copy_part};
use super::icmp::Quoted;
use super::state::{Inner, State};
use super::statistics::count;
use crate::descriptor::{Datagram, Kind, Transport};
use crate::ip::IpAddr;
use crate::network::checksum::{internet_checksum_of, transport_checksum_of};
use crate::raw::{HEADER_LENGTH, Ping};

impl State<'_> {
    /// Gives the answer to an echo request to the socket that has sent one with this number.
    pub(super) fn echo_answered(&mut self, arrival: &Arrival<'_>, packet: &Packet<'_>) {
        let Some(&[.., i0, i1, _, _]) = packet.payload.first_chunk::<HEADER_LENGTH>() else {
            return;
        };
        let number = u16::from_be_bytes([i0, i1]);
        let envelope = self.envelope(arrival, packet.header, 0);
        let found = self.descriptors.at_port(number).find(|(_, entry)| {
            entry.bound.is_some_and(|bound| bound.port == number)
                && matches!(entry.kind, Kind::Datagram(Datagram { transport: Transport::Ping(ping), .. })
                    if ping.protocol() == packet.header.protocol)
                && entry.takes(envelope.destination)
                && [0, u32::from(envelope.link) + 1].contains(&entry.options.interface)
        });
        match found {
            Some((index, _)) => {
                self.deliver(index, &envelope, &[packet.payload]);
            }
            None if packet.tapped => {}
            None => count(&mut self.drops.no_socket),
        }
    }

    /// A request cannot arrive, and would not if it were sent again: a socket that is connected hears of
    /// it.
    pub(super) fn reported_to_ping(&mut self, quoted: &Quoted, errno: Errno) {
        let number = quoted.echo_number();
        let found = self.descriptors.at_port(number).find(|(_, entry)| {
            matches!(entry.kind, Kind::Datagram(Datagram {
                peer: Some(peer),
                transport: Transport::Ping(ping),
                ..
            }) if ping.protocol() == quoted.protocol && peer.ip == quoted.tuple.remote.ip)
                && entry.bound.is_some_and(|bound| bound.port == number)
                && entry.takes(quoted.tuple.local.ip)
        });
        let found = found.map(|(index, _)| index);
        if let Some(index) = found
            && let Ok(entry) = self.descriptors.entry_mut(index)
        {
            entry.error = Some(errno);
            self.wake(index);
        }
    }
}

impl Inner<'_> {
    /// Sends an echo request with the socket's number, and a checksum.
    pub(super) fn send_ping(&mut self, ping: Ping, departure: &Departure<'_>) -> Result<(), Error> {
        let Departure { ip, ports: (number, _), parts, length, .. } = departure;
        let data = || behind(parts.iter().copied(), HEADER_LENGTH);
        let mut header = [0; HEADER_LENGTH];
        copy_part(&mut header, &[], parts.iter().copied(), 0);
        header[..4].copy_from_slice(&[ping.echoes().0, 0, 0, 0]);
        header[4..6].copy_from_slice(&number.to_be_bytes());
        let unsummed = header;
        let all = core::iter::once(&unsummed[..]).chain(data());
        let sum = match ip.destination {
            IpAddr::V4(_) => internet_checksum_of(all),
            IpAddr::V6(_) => transport_checksum_of(ip.source, ip.destination, ip.protocol, all),
        };
        header[2..4].copy_from_slice(&sum.to_be_bytes());
        self.emit_datagram(departure, *length, &|room, offset| {
            copy_part(room, &header, data(), offset);
        })
    }
}
