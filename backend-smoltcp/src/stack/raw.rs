//! Raw sockets: copies of the packets that arrive, and packets as the program makes them.
//!
//! Every raw socket of a protocol gets a copy of each packet that is for this host, once it was put
//! together from its fragments, whatever else becomes of it: of IPv4 with its header, of IPv6 without.
//! Sources: Linux's raw(7), `raw_v4_input`, `raw_send_hdrinc`, `rawv6_sendmsg`, `rawv6_rcv`.
//!
//! Who has a packet from a raw socket may answer it, with a TCP of its own for instance. So it is not
//! said at the same time that nobody is there: no reset, no "port unreachable". (Linux resets all the
//! same, which such programs suppress with a packet filter.) Echoes are answered.

use berkeley::{Errno, Error};

use super::arrival::{Arrival, Packet};
use super::datagram_output::{Departure, behind, copy_part};
use super::icmp::Quoted;
use super::state::{Inner, State};
use crate::datagram::Envelope;
use crate::descriptor::{Bound, Datagram, Descriptor, Kind, Transport};
use crate::ip::IpAddr;
use crate::network::checksum::{internet_checksum, transport_checksum, transport_checksum_of};
use crate::network::emit::IpEmit;
use crate::network::packet::{IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH};
use crate::options::raw::RawOptions;
use crate::raw::Raw;

/// The longest header of IPv4.
const LONGEST_HEADER: usize = 60;

impl State<'_> {
    /// Whether some packets or frames are looked at by a socket that is not the one they are for.
    pub(super) fn is_tapped(&self) -> bool {
        self.raw_sockets > 0
    }

    /// Makes a new socket a raw one, or a ping socket, if it is.
    pub(super) fn raw_opened(&mut self, index: u16, transport: Transport) {
        if let Transport::Raw(raw) = transport {
            let protocol = raw.protocol();
            self.raw_sockets += 1;
            let Ok(entry) = self.descriptors.entry_mut(index) else { return };
            entry.chosen.1 = true;
            entry.options.raw = RawOptions::of(protocol);
            let ip = entry.wildcard();
            self.descriptors.bind(index, Bound { ip, port: protocol.into(), scope_id: 0 });
        }
        if !matches!(transport, Transport::Udp(_))
            && let Ok(entry) = self.descriptors.entry_mut(index)
        {
            entry.options.reuse.address = true; // Linux's `INET_PROTOSW_REUSE`
        }
    }

    /// A socket is closed, which may be a raw one.
    pub(super) fn raw_closed(&mut self, transport: Transport) {
        if let Transport::Raw(_) = transport {
            self.raw_sockets -= 1;
        }
    }

    /// Gives a packet to the raw sockets of its protocol, and says whether there is one that it is for.
    #[cold]
    pub(super) fn packet_tapped(&mut self, arrival: &Arrival<'_>, packet: &Packet<'_>) -> bool {
        let Packet { header, payload, whole, .. } = *packet;
        let envelope = self.envelope(arrival, header, 0);
        let mut rewritten = [0; IPV4_HEADER_LENGTH];
        let parts: &[&[u8]] = match (header.source, whole) {
            (IpAddr::V4(_), Some(whole)) => &[whole],
            // Of fragments the header is that of the packet that they are together.
            (IpAddr::V4(_), None) => {
                let ip = IpEmit {
                    source: header.source,
                    destination: header.destination,
                    protocol: header.protocol,
                    hop_limit: header.hop_limit,
                    traffic_class: header.traffic_class,
                };
                if ip.emit(&mut rewritten, payload.len()).is_none() {
                    return false; // longer than a packet can be
                }
                &[&rewritten, payload]
            }
            (IpAddr::V6(_), _) => &[payload],
        };
        let port = header.protocol.into();
        let (mut found, mut next) = (false, self.descriptors.first_at_port(port));
        while let Some(index) = next {
            next = self.descriptors.next_at_port(index);
            let Ok(entry) = self.descriptors.entry(index) else { continue };
            if hears(entry, &envelope, header.protocol, payload)
                && self.socket_hears(index, &envelope)
            {
                found = true;
                self.deliver(index, &envelope, parts);
            }
        }
        found
    }

    /// What a raw socket has sent cannot arrive, and would not if it were sent again: who is connected
    /// hears of it (Linux's `raw_err`).
    pub(super) fn reported_to_raw(&mut self, quoted: &Quoted, errno: Errno) {
        let (ours, theirs) = (quoted.tuple.local.ip, quoted.tuple.remote.ip);
        let mut next = self.descriptors.first_at_port(quoted.protocol.into());
        while let Some(index) = next {
            next = self.descriptors.next_at_port(index);
            let Ok(entry) = self.descriptors.entry_mut(index) else { continue };
            let Some((protocol, Some(peer))) = raw_of(entry) else { continue };
            if protocol == quoted.protocol && peer.ip == theirs && entry.takes(ours) {
                entry.error = Some(errno);
                self.wake(index);
            }
        }
    }
}

/// The protocol of a raw socket, and its peer.
fn raw_of(entry: &Descriptor) -> Option<(u8, Option<Bound>)> {
    match entry.kind {
        Kind::Datagram(Datagram { peer, transport: Transport::Raw(raw), .. }) => {
            Some((raw.protocol(), peer))
        }
        _ => None,
    }
}

/// Whether a socket is a raw one that a packet is for.
fn hears(entry: &Descriptor, envelope: &Envelope, protocol: u8, payload: &[u8]) -> bool {
    let Some((own, peer)) = raw_of(entry) else { return false };
    let &Envelope { source, destination, link, .. } = envelope;
    let interface = entry.options.interface;
    let verified = || match (entry.options.raw.checksum, source) {
        (Some(_), IpAddr::V6(_)) => {
            // The sum of something with its right checksum in it is 0, written in either way.
            let sum = transport_checksum(source, destination, protocol, &[payload]);
            matches!(sum, 0 | 0xFFFF)
        }
        _ => true,
    };
    own == protocol
        && entry.takes(destination)
        && [0, u32::from(link) + 1].contains(&interface)
        && peer.is_none_or(|peer| peer.ip == source)
        && verified()
}

impl Inner<'_> {
    /// Sends a packet of a raw socket.
    pub(super) fn send_raw(
        &mut self,
        _: Raw,
        options: &RawOptions,
        departure: &Departure<'_>,
    ) -> Result<(), Error> {
        let Departure { ip, parts, length, .. } = departure;
        let parts = || parts.iter().copied();
        if options.header_included {
            return self.send_with_own_header(departure);
        }
        let Some(place) = options.checksum.filter(|_| ip.destination.is_ipv6()) else {
            return self.emit_datagram(departure, *length, &|room, offset| {
                copy_part(room, &[], parts(), offset);
            });
        };
        let place = usize::from(place);
        if place + 2 > *length {
            return Err(Errno::EINVAL.into());
        }
        let zeros = [&[0, 0][..]].into_iter();
        let summed = upto(parts(), place).chain(zeros).chain(behind(parts(), place + 2));
        let sum = transport_checksum_of(ip.source, ip.destination, ip.protocol, summed);
        self.emit_datagram(departure, *length, &|room, offset| {
            copy_part(room, &[], parts(), offset);
            // Packets are cut at even places.
            let place = place.checked_sub(offset).and_then(|place| room.get_mut(place..place + 2));
            if let Some(room) = place {
                room.copy_from_slice(&sum.to_be_bytes());
            }
        })
    }

    /// Sends a packet whose header the program brings. It is never cut. Of IPv4 it is completed: length
    /// and checksum always, source and identification where they are 0 (raw(7)); of IPv6 it is sent as it
    /// is.
    fn send_with_own_header(&mut self, departure: &Departure<'_>) -> Result<(), Error> {
        let &Departure { ref ip, hop, parts, length, now, .. } = departure;
        if length > self.facts(hop.0)?.mtu {
            return Err(Errno::EMSGSIZE.into());
        }
        let mut room = [0; LONGEST_HEADER];
        let given = &mut room[..length.min(LONGEST_HEADER)];
        copy_part(given, &[], parts.iter().copied(), 0);
        let invalid = Error::from(Errno::EINVAL);
        let header: &[u8] = match ip.source {
            IpAddr::V4(source) => {
                let words = given.first().filter(|_| length >= IPV4_HEADER_LENGTH);
                let header_length = usize::from(words.ok_or(invalid)? & 0xF) * 4;
                let header = given.get_mut(..header_length).ok_or(invalid)?;
                // One without an address in it is the program's own affair, as with Linux.
                if header_length >= IPV4_HEADER_LENGTH {
                    if header[12..16] == [0; 4] {
                        header[12..16].copy_from_slice(&source.octets());
                    }
                    if header[4..6] == [0; 2] {
                        let number =
                            self.state.secret.identification(ip.source, ip.destination) as u16;
                        header[4..6].copy_from_slice(&number.to_be_bytes());
                    }
                    header[2..4].copy_from_slice(&(length as u16).to_be_bytes());
                    header[10..12].fill(0);
                    let sum = internet_checksum(&[header]);
                    header[10..12].copy_from_slice(&sum.to_be_bytes());
                }
                header
            }
            IpAddr::V6(_) if length < IPV6_HEADER_LENGTH => return Err(invalid),
            IpAddr::V6(_) => &[],
        };
        self.transmit(hop, length, now, &mut |room| {
            copy_part(room, header, behind(parts.iter().copied(), header.len()), 0);
        })
    }
}

/// The first `length` bytes of some data.
fn upto<'d>(
    data: impl Iterator<Item = &'d [u8]>,
    mut length: usize,
) -> impl Iterator<Item = &'d [u8]> {
    data.map(move |part| {
        let taken = length.min(part.len());
        length -= taken;
        &part[..taken]
    })
}
