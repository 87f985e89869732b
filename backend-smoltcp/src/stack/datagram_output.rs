//! A datagram leaves: where it goes, and in how many packets.

use berkeley::{AddressFamily, Errno, Error, Instant, OutgoingMessage};

use super::state::Inner;
use crate::control::Choice;
use crate::descriptor::{Descriptor, Kind, Transport};
use crate::ip::IpAddr;
use crate::network::emit::IpEmit;
use crate::network::fragment::{self, Piece};
use crate::network::packet::LARGEST_LENGTH;

/// A datagram that is to leave.
pub(super) struct Departure<'m> {
    pub(super) ip: IpEmit,
    /// Over which link, and to which neighbour.
    pub(super) hop: (u8, IpAddr),
    /// It is for a group of hosts, and this host belongs to it as well.
    #[cfg_attr(not(udp), allow(dead_code, reason = "only datagrams of UDP come back"))]
    pub(super) comes_back: bool,
    /// The socket's own and the receiver's.
    pub(super) ports: (u16, u16),
    /// What the program sends, and how long all of it is.
    pub(super) parts: &'m [&'m [u8]],
    pub(super) length: usize,
    pub(super) now: Instant,
}

impl Inner<'_> {
    /// Sends a datagram from a socket, which gets a port if it has none.
    pub(super) fn send_datagram(
        &mut self,
        index: u16,
        message: &OutgoingMessage<'_>,
        now: Instant,
    ) -> Result<usize, Error> {
        let state = &mut self.state;
        let entry = state.descriptors.entry_mut(index)?;
        let Kind::Datagram(datagram) = entry.kind else { return Err(Errno::EBADF.into()) };
        if let Transport::Frames(frames) = datagram.transport {
            may_send(entry)?;
            return self.send_frame(frames, index, message, now);
        }
        if !entry.has_port() {
            state.bind_to_some_port(index)?; // also for what then fails (Linux's `inet_autobind`)
        }
        datagram.may_send(message)?;
        let length = message.length();
        let entry = state.descriptors.entry(index)?;
        let (options, is_ipv6) =
            (entry.options, cfg!(feature = "ipv6") && entry.family == AddressFamily::INET6);
        let too_long = Error::from(Errno::EMSGSIZE);
        if length > LARGEST_LENGTH && !is_ipv6 {
            return Err(too_long); // whatever else is wrong
        }
        let mut peer = match message.address {
            Some(address) => entry.internal(address)?,
            None => datagram.peer.ok_or(Errno::EDESTADDRREQ)?,
        };
        if length > LARGEST_LENGTH && peer.ip.is_ipv4() {
            return Err(too_long);
        }
        // A peer of IPv4 is as if a socket of IPv6 had named it (Linux's `udpv6_sendmsg`).
        if message.address.is_some() || (is_ipv6 && peer.ip.is_ipv4()) {
            peer = datagram.destination(peer)?;
        }
        let choice = Choice::read(message.control, peer.ip.is_ipv4(), is_ipv6)?;
        let peer = state.reachable(index, peer).map_err(|_| Errno::ENETUNREACH)?;
        if state.routes.is_broadcast(peer.ip) && !options.broadcast {
            return Err(Errno::EACCES.into());
        }
        let (peer, bound) = state.aim_at_group(index, peer, choice.interface)?;
        let (hop, source) = state.way_for(&peer, bound, &choice)?;
        if length > datagram.longest(peer.ip) {
            return Err(too_long);
        }
        may_send(state.descriptors.entry_mut(index)?)?;
        let port = state.descriptors.entry(index)?.bound.map_or(0, |bound| bound.port);
        let (hop_limit, traffic_class) = match peer.ip {
            IpAddr::V4(_) => (options.time_to_live, options.type_of_service),
            IpAddr::V6(_) => (options.hop_limit, options.traffic_class),
        };
        let (hop_limit, comes_back) = match peer.ip.is_multicast() {
            true => (options.multicast.hop_limit(peer.ip), options.multicast.comes_back(peer.ip)),
            false => (hop_limit, state.routes.is_broadcast(peer.ip)),
        };
        let departure = Departure {
            ip: IpEmit {
                source,
                destination: peer.ip,
                protocol: datagram.socket().1,
                hop_limit: choice.hop_limit.unwrap_or(hop_limit),
                traffic_class: choice.traffic_class.unwrap_or(traffic_class),
            },
            hop,
            // What goes to the loopback interface comes back by itself.
            comes_back: comes_back && state.loopback != Some(hop.0),
            ports: (port, peer.port),
            parts: message.parts,
            length,
            now,
        };
        match datagram.transport {
            Transport::Udp(udp) => self.send_udp(udp, &departure),
            Transport::Raw(raw) => self.send_raw(raw, &options.raw, &departure),
            Transport::Ping(ping) => self.send_ping(ping, &departure),
            Transport::Frames(_) => Ok(()), // sent before
        }?;
        Ok(length)
    }

    /// Sends `length` bytes in one packet, or in fragments. `write` fills room with those from an offset
    /// on.
    pub(super) fn emit_datagram(
        &mut self,
        departure: &Departure<'_>,
        length: usize,
        write: &dyn Fn(&mut [u8], usize),
    ) -> Result<(), Error> {
        let Departure { ip, hop, now, .. } = departure;
        if stays_on_host(ip) {
            return Ok(());
        }
        let mtu = self.facts(hop.0)?.mtu;
        if ip.header_len() + length <= mtu {
            return self.transmit(*hop, ip.header_len() + length, *now, &mut |room| {
                let header = ip.emit(room, length);
                if let Some(payload) = header.and_then(|header| room.get_mut(header..)) {
                    write(payload, 0);
                }
            });
        }
        let headers = fragment::header_len(ip);
        let pieces = fragment::split(length, headers, mtu).ok_or(Errno::EMSGSIZE)?;
        let identification = self.state.secret.identification(ip.source, ip.destination);
        for piece in pieces {
            let Piece { offset, length, .. } = piece;
            let mut fill = |room: &mut [u8]| {
                let headers = fragment::emit(room, ip, identification, piece);
                if let Some(part) = headers.and_then(|headers| room.get_mut(headers..)) {
                    write(part, offset);
                }
            };
            match self.transmit(*hop, headers + length, *now, &mut fill) {
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

/// Whether a socket sends, having heard of its errors. Where to is asked first, as by Linux's
/// `sock_alloc_send_pskb`.
fn may_send(entry: &mut Descriptor) -> Result<(), Error> {
    entry.take_error()?;
    if entry.write_shut { Err(Errno::EPIPE.into()) } else { Ok(()) }
}

/// Whether a packet to a group does not leave the host: its hop limit says so, or its group (RFC 4291
/// section 2.7).
fn stays_on_host(ip: &IpEmit) -> bool {
    match ip.destination {
        IpAddr::V6(group) if group.is_multicast() && group.octets()[1] & 0x0F <= 1 => true,
        group => group.is_multicast() && ip.hop_limit == 0,
    }
}

/// Fills `room` with the bytes from `offset` on of a header and the data behind it. A fragment that
/// is not the first lies behind the header.
pub(super) fn copy_part<'d>(
    mut room: &mut [u8],
    header: &'d [u8],
    data: impl Iterator<Item = &'d [u8]>,
    offset: usize,
) {
    for part in behind(core::iter::once(header).chain(data), offset) {
        let (here, rest) = room.split_at_mut(part.len().min(room.len()));
        here.copy_from_slice(&part[..here.len()]);
        room = rest;
    }
}

/// What lies behind the first `skipped` bytes of some data.
pub(super) fn behind<'d>(
    data: impl Iterator<Item = &'d [u8]>,
    mut skipped: usize,
) -> impl Iterator<Item = &'d [u8]> {
    data.map(move |part| {
        let skip = skipped.min(part.len());
        skipped -= skip;
        &part[skip..]
    })
}
