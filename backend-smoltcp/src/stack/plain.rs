//! The ordinary packet: a segment of a connection that stands, without anything unusual in its headers.
//!
//! Most packets are of this kind, and most of what has to be asked about a packet was answered when
//! the connection was made: whose addresses these are, on which link, that they name single hosts. So
//! the packet is read with as little as is certain, and looked up; everything else, strangers and
//! malformed packets included, takes the long way ([`super::arrival`]).
//!
//! Mostly it is also the segment that comes next, with data and an acknowledgement and nothing else (Van
//! Jacobson's header prediction, RFC 1144, section 3): it cannot be doubted or refused. All that is done
//! with it is compiled into one function, for what is left is so little that calls would cost as much:
//! hence `#[inline(always)]` at the functions on this way, and on that of the segment that answers.

use super::arrival::Arrival;
use super::state::State;
use crate::device::Medium;
use crate::ip::{self, IpAddr};
use crate::network::checksum::{verify_ipv4_header, verify_segment};
use crate::network::ethernet::{EtherType, HEADER_LENGTH};
use crate::network::packet::{IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH, TCP};
use crate::tcp::segment::{FLAGS, HEADER_LENGTH as HEADER, SYN, Segment};
use crate::tcp::slot::Slot;
use crate::tuple::{Endpoint, Tuple};

impl State<'_> {
    /// Acts on a frame if what is in it is an ordinary packet; false, and nothing done, if it is not.
    #[inline]
    pub(super) fn plain_frame_arrived(&mut self, arrival: &mut Arrival<'_>, frame: &[u8]) -> bool {
        let Some(bytes) = plain_payload(arrival.facts.medium, frame) else { return false };
        let Some(packet) = PlainPacket::read(bytes).filter(|packet| !packet.opens()) else {
            return false;
        };
        let Some(number) = self.find_connection_of(&packet) else { return false };
        let Some(known) = self.slot(number) else { return false };
        let Some(segment) = known.tuple.and_then(|tuple| Segment::of(tuple, packet.segment)) else {
            return false;
        };
        // Without a way its own address may be no more.
        let usual = known.link == arrival.facts.index && known.lost_way_at.is_none();
        if !usual {
            return false;
        }
        if !known.expects(&segment) {
            return self.unexpected_arrived(arrival, number, packet);
        }
        let intact = arrival.facts.offloads.receive_checksums || packet.is_intact();
        if intact {
            self.take_segment(arrival, number, &segment, packet.bytes);
        }
        intact
    }

    /// The same for a packet with a segment that is not the one that comes next, or ends something.
    #[inline(never)]
    fn unexpected_arrived(
        &mut self,
        arrival: &mut Arrival<'_>,
        number: u16,
        packet: PlainPacket<'_>,
    ) -> bool {
        let tuple = self.tuple_of(number);
        let segment = tuple.and_then(|tuple| Segment::of(*tuple, packet.segment));
        let intact = arrival.facts.offloads.receive_checksums || packet.is_intact();
        let Some(segment) = segment.filter(|_| intact) else { return false };
        self.segment_for_connection(arrival, number, &segment, packet.bytes);
        true
    }

    /// The slot of the connection that a packet belongs to.
    #[inline(always)]
    fn find_connection_of(&self, packet: &PlainPacket<'_>) -> Option<u16> {
        let is_it = |slot: &Slot<'_>| slot.tuple.as_ref().is_some_and(|it| packet.is_of(it));
        if self.tcp.index.is_absent() {
            let found = self.tcp.slots.iter().position(is_it);
            return found.and_then(|number| u16::try_from(number).ok());
        }
        self.find_indexed(packet)
    }

    /// The same, where there are many.
    #[inline(never)]
    fn find_indexed(&self, packet: &PlainPacket<'_>) -> Option<u16> {
        let hash = match packet.addresses {
            &[s0, s1, s2, s3, d0, d1, d2, d3] => {
                let addresses = u64::from_be_bytes([s0, s1, s2, s3, d0, d1, d2, d3]);
                let ports = u32::from_be_bytes(*packet.segment.first_chunk()?);
                self.secret.index_of_ipv4(addresses, ports)
            }
            _ => self.secret.index(&packet.tuple()?),
        };
        let is_it = |number: u16| self.tuple_of(number).is_some_and(|it| packet.is_of(it));
        self.tcp.index.find(hash, is_it)
    }
}

/// What is in a frame for this host and nobody else.
#[inline]
fn plain_payload(medium: Medium, frame: &[u8]) -> Option<&[u8]> {
    let Medium::Ethernet(own) = medium else { return Some(frame) };
    let (header, payload) = frame.split_first_chunk::<HEADER_LENGTH>()?;
    let [_, _, _, _, _, _, s0, _, _, _, _, _, t0, t1] = *header;
    let is_ip = EtherType(u16::from_be_bytes([t0, t1])) == EtherType::of_packet(payload);
    (is_ip && header.starts_with(&own.0) && s0 & 1 == 0).then_some(payload)
}

/// A packet that carries TCP right behind its header, and is not a fragment.
struct PlainPacket<'p> {
    /// Whose it is and who gets it, as they stand in the header one behind the other.
    addresses: &'p [u8],
    segment: &'p [u8],
    /// Without the padding of the link.
    bytes: &'p [u8],
}

impl PlainPacket<'_> {
    #[inline]
    fn read(bytes: &[u8]) -> Option<PlainPacket<'_>> {
        if let [0x45, ..] = bytes {
            let header = bytes.first_chunk::<IPV4_HEADER_LENGTH>()?;
            let [_, _, t0, t1, _, _, f0, f1, _, protocol, _, _, addresses @ ..] = header;
            // "Don't fragment" says nothing about this packet.
            let whole = (f0 & 0x3F, *f1) == (0, 0);
            let bytes = bytes.get(..usize::from(u16::from_be_bytes([*t0, *t1])))?;
            let segment = bytes.get(IPV4_HEADER_LENGTH..)?;
            return (whole && *protocol == TCP).then_some(PlainPacket {
                addresses,
                segment,
                bytes,
            });
        }
        let header = bytes.first_chunk::<IPV6_HEADER_LENGTH>()?;
        let [first, _, _, _, l0, l1, protocol, _, addresses @ ..] = header;
        let length = usize::from(u16::from_be_bytes([*l0, *l1]));
        let bytes = bytes.get(..IPV6_HEADER_LENGTH + length)?;
        let segment = &bytes[IPV6_HEADER_LENGTH..];
        let is_plain = cfg!(feature = "ipv6") && first >> 4 == 6 && *protocol == TCP;
        is_plain.then_some(PlainPacket { addresses, segment, bytes })
    }

    /// Whether it opens a connection, or is too short to say.
    #[inline]
    fn opens(&self) -> bool {
        self.segment.first_chunk::<HEADER>().is_none_or(|head| head[FLAGS] & SYN != 0)
    }

    /// Both ports, as they stand in the segment.
    fn ports(&self) -> Option<(u16, u16)> {
        let &[s0, s1, d0, d1, ..] = self.segment.first_chunk::<HEADER>()?;
        Some((u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1])))
    }

    /// Whether it belongs to this connection.
    #[inline]
    fn is_of(&self, tuple: &Tuple) -> bool {
        self.ports() == Some((tuple.remote.port, tuple.local.port))
            && match (tuple.remote.ip, tuple.local.ip) {
                // A number is compared in place, bytes of any length by a call.
                (IpAddr::V4(source), IpAddr::V4(destination)) => {
                    let both = u64::from(source.to_bits()) << 32 | u64::from(destination.to_bits());
                    self.addresses.len() == 8
                        && self.addresses.first_chunk().map(|it| u64::from_be_bytes(*it))
                            == Some(both)
                }
                (IpAddr::V6(source), IpAddr::V6(destination)) => {
                    self.addresses == [source.octets(), destination.octets()].as_flattened()
                }
                _ => false,
            }
    }

    /// The connection that a packet of IPv6 belongs to.
    fn tuple(&self) -> Option<Tuple> {
        let (from, to) = self.ports()?;
        let (source, destination) = self.addresses.split_first_chunk::<16>()?;
        let source = ip::from_ipv6((*source).into())?;
        let destination = ip::from_ipv6((*destination.first_chunk::<16>()?).into())?;
        Some(Tuple {
            remote: Endpoint { ip: source, port: from },
            local: Endpoint { ip: destination, port: to },
        })
    }

    /// Whether its checksums are right.
    #[inline(always)]
    fn is_intact(&self) -> bool {
        verify_segment(self.addresses, self.segment)
            && (self.addresses.len() != 8 || verify_ipv4_header(self.bytes.first_chunk()))
    }
}
