//! The header of IPv6: read, with its extensions, and written.
//!
//! Source: RFC 8200 sections 3 and 4.

#[cfg(datagrams)]
use core::ops::Range;

use smoltcp::wire::Ipv6Packet;

use super::emit::{IpEmit, write_front};
use super::extension::Chain;
use super::ndp::solicited_node;
use super::packet::{IPV6_HEADER_LENGTH, IpHeader};
use super::problem;
use crate::ip::IpAddr;

/// Reads the header of a packet and those behind it.
pub(super) fn parse(packet: &[u8]) -> Option<IpHeader> {
    let header = parse_fixed(packet)?;
    let chain = Chain { protocol: header.protocol, payload: header.payload, fragment: None };
    let Chain { protocol, payload, fragment } = chain.walk(packet, true)?;
    Some(IpHeader { protocol, payload, fragment, ..header })
}

/// Reads the header alone: extensions count as payload.
fn parse_fixed(packet: &[u8]) -> Option<IpHeader> {
    let view = Ipv6Packet::new_checked(packet).ok()?;
    Some(IpHeader {
        source: IpAddr::V6(view.src_addr()),
        destination: IpAddr::V6(view.dst_addr()),
        protocol: view.next_header().into(),
        hop_limit: view.hop_limit(),
        traffic_class: view.traffic_class(),
        payload: view.header_len()..view.total_len(),
        fragment: None,
    })
}

/// What [`packet::problem`](super::packet::problem) says.
pub(super) fn problem(packet: &[u8], protocol_is_known: bool) -> Option<(IpHeader, u8, usize)> {
    let header = parse_fixed(packet)?;
    let (code, place) = problem::find(packet.get(..header.payload.end)?, protocol_is_known)?;
    Some((header, code, place))
}

/// Steps over the extension headers at the start of a payload that was put together from fragments:
/// what the rest of it is, and where it is. `None`: one of them says that the packet is to be dropped.
#[cfg(datagrams)]
pub(super) fn behind_extensions(protocol: u8, payload: &[u8]) -> Option<(u8, Range<usize>)> {
    let chain = Chain { protocol, payload: 0..payload.len(), fragment: None };
    let Chain { protocol, payload, .. } = chain.walk(payload, false)?;
    Some((protocol, payload))
}

/// The group in which a host is because it has this address: there others ask for it (RFC 4291 section
/// 2.7.1).
pub(crate) fn solicited_group(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V6(address) => Some(IpAddr::V6(solicited_node(address))),
        IpAddr::V4(_) => None,
    }
}

/// Writes a header before a payload of `payload_len` bytes, extension
/// headers included. Fails as [`IpEmit::emit`] does.
pub(super) fn emit(buffer: &mut [u8], description: &IpEmit, payload_len: usize) -> Option<usize> {
    let (source, destination) = match (description.source, description.destination) {
        (IpAddr::V6(source), IpAddr::V6(destination)) => (source, destination),
        _ => return None,
    };
    let length = u16::try_from(payload_len).ok()?;

    let mut header = [0; IPV6_HEADER_LENGTH];
    // Version 6, the traffic class across the first two bytes, no flow label.
    header[0] = 0x60 | description.traffic_class >> 4;
    header[1] = description.traffic_class << 4;
    header[4..6].copy_from_slice(&length.to_be_bytes());
    header[6] = description.protocol;
    header[7] = description.hop_limit;
    header[8..24].copy_from_slice(&source.octets());
    header[24..40].copy_from_slice(&destination.octets());
    write_front(buffer, &header)
}
