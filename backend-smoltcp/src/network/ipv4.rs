//! The header of IPv4: read, checked, and written.
//!
//! Sources: RFC 791 section 3.1, RFC 1122 section 3.2.

use smoltcp::wire::Ipv4Packet;

use super::checksum::ipv4_header_checksum;
use super::emit::{IpEmit, Ipv4Fragmentation, write_front};
use super::packet::{Fragment, IPV4_HEADER_LENGTH, IpHeader};
use crate::ip::IpAddr;

/// Reads the header of a packet, whose lengths and checksum must be right.
pub(super) fn parse(packet: &[u8]) -> Option<IpHeader> {
    let view = Ipv4Packet::new_checked(packet).ok()?;
    if !view.verify_checksum() {
        return None;
    }
    let (offset, more) = (usize::from(view.frag_offset()), view.more_frags());
    let fragment = (offset != 0 || more).then(|| Fragment {
        identification: u32::from(view.ident()),
        offset,
        more,
    });
    Some(IpHeader {
        source: IpAddr::V4(view.src_addr()),
        destination: IpAddr::V4(view.dst_addr()),
        protocol: view.next_header().into(),
        hop_limit: view.hop_limit(),
        traffic_class: view.dscp() << 2 | view.ecn(),
        payload: usize::from(view.header_len())..usize::from(view.total_len()),
        fragment,
    })
}

/// Writes a header before a payload of `payload_len` bytes. Fails as
/// [`IpEmit::emit`] does, and for an offset that a header cannot say.
pub(super) fn emit(
    buffer: &mut [u8],
    description: &IpEmit,
    payload_len: usize,
    fragmentation: Ipv4Fragmentation,
) -> Option<usize> {
    const DONT_FRAGMENT: u16 = 0x4000;
    const MORE_FRAGMENTS: u16 = 0x2000;
    let (source, destination) = match (description.source, description.destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => (source, destination),
        _ => return None,
    };
    let total = u16::try_from(payload_len.checked_add(IPV4_HEADER_LENGTH)?).ok()?;
    let units = u16::try_from(fragmentation.offset / 8).ok().filter(|&units| units < 0x2000)?;
    if !fragmentation.offset.is_multiple_of(8) {
        return None;
    }
    let flags = if fragmentation.dont_fragment { DONT_FRAGMENT } else { 0 }
        | if fragmentation.more { MORE_FRAGMENTS } else { 0 };

    let mut header = [0; IPV4_HEADER_LENGTH];
    header[0] = 0x45; // version 4, five words of four bytes
    header[1] = description.traffic_class;
    header[2..4].copy_from_slice(&total.to_be_bytes());
    header[4..6].copy_from_slice(&fragmentation.identification.to_be_bytes());
    header[6..8].copy_from_slice(&(flags | units).to_be_bytes());
    header[8] = description.hop_limit;
    header[9] = description.protocol;
    header[12..16].copy_from_slice(&source.octets());
    header[16..20].copy_from_slice(&destination.octets());
    let sum = ipv4_header_checksum(&header);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    write_front(buffer, &header)
}
