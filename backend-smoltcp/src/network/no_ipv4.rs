//! A stack without IPv4: no such packet is understood, and none is sent.

use super::emit::{IpEmit, Ipv4Fragmentation};
use super::packet::IpHeader;

pub(super) fn parse(_packet: &[u8]) -> Option<IpHeader> {
    None
}

pub(super) fn emit(
    _buffer: &mut [u8],
    _description: &IpEmit,
    _payload_len: usize,
    _fragmentation: Ipv4Fragmentation,
) -> Option<usize> {
    None
}
