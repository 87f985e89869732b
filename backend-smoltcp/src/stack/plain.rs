//! The ordinary packet: a segment of a connection that stands, without anything unusual in its headers.
//!
//! Most packets are of this kind, and most of what has to be asked about a packet was answered when
//! the connection was made: whose addresses these are, on which link, that they name single hosts. So
//! the packet is read with as little as is certain, and looked up; everything else, strangers and
//! malformed packets included, takes the long way ([`super::arrival`]).

use super::arrival::Arrival;
use super::state::State;
use crate::ip::{self, IpAddr, Ipv4Addr};
use crate::network::checksum::{verify_ipv4_header, verify_segment};
use crate::network::packet::{IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH, TCP};
use crate::tcp::segment::Segment;

impl State<'_> {
    /// Acts on a packet if it is an ordinary one; false, and nothing done, if it is not.
    pub(super) fn plain_segment_arrived(
        &mut self,
        arrival: &mut Arrival<'_>,
        bytes: &[u8],
    ) -> bool {
        let Some(packet) = PlainPacket::read(bytes) else { return false };
        let PlainPacket { source, destination, addresses, payload, bytes } = packet;
        let Some(segment) = Segment::parse(source, destination, payload) else { return false };
        if segment.opens {
            return false;
        }
        let Some(slot) = self.find_connection(&segment.tuple) else { return false };
        let verified = arrival.facts.offloads.receive_checksums
            || (verify_segment(addresses, payload)
                && (source.is_ipv6() || verify_ipv4_header(bytes.first_chunk())));
        let known = self.slot(slot);
        // Without a way its own address may be no more.
        let usual = known.link == arrival.facts.index && known.lost_way_at.is_none();
        if !usual || !verified {
            return false;
        }
        self.segment_for_connection(arrival, slot, &segment, bytes);
        true
    }
}

/// A packet that carries TCP right behind its header, and is not a fragment.
struct PlainPacket<'p> {
    source: IpAddr,
    destination: IpAddr,
    /// Both, as they stand in the header.
    addresses: &'p [u8],
    payload: &'p [u8],
    /// Without the padding of the link.
    bytes: &'p [u8],
}

impl PlainPacket<'_> {
    fn read(bytes: &[u8]) -> Option<PlainPacket<'_>> {
        if let [0x45, ..] = bytes {
            let header = bytes.first_chunk::<IPV4_HEADER_LENGTH>()?;
            let [_, _, t0, t1, _, _, f0, f1, _, protocol, _, _, addresses @ ..] = header;
            let [s0, s1, s2, s3, d0, d1, d2, d3] = *addresses;
            // "Don't fragment" says nothing about this packet.
            let whole = (f0 & 0x3F, *f1) == (0, 0);
            let bytes = bytes.get(..usize::from(u16::from_be_bytes([*t0, *t1])))?;
            return (whole && *protocol == TCP).then_some(PlainPacket {
                source: IpAddr::V4(Ipv4Addr::new(s0, s1, s2, s3)),
                destination: IpAddr::V4(Ipv4Addr::new(d0, d1, d2, d3)),
                addresses,
                payload: bytes.get(IPV4_HEADER_LENGTH..)?,
                bytes,
            });
        }
        let header = bytes.first_chunk::<IPV6_HEADER_LENGTH>()?;
        let [first, _, _, _, l0, l1, protocol, _, addresses @ ..] = header;
        let (source, destination) = addresses.split_first_chunk::<16>()?;
        let length = usize::from(u16::from_be_bytes([*l0, *l1]));
        let bytes = bytes.get(..IPV6_HEADER_LENGTH + length)?;
        (first >> 4 == 6 && *protocol == TCP).then_some(PlainPacket {
            source: ip::from_ipv6((*source).into())?,
            destination: ip::from_ipv6((*destination.first_chunk::<16>()?).into())?,
            addresses,
            payload: &bytes[IPV6_HEADER_LENGTH..],
            bytes,
        })
    }
}
