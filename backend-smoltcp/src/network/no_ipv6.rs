//! A stack without IPv6: no such packet is understood, and none is sent.

#[cfg(datagrams)]
use core::ops::Range;

use super::emit::IpEmit;
use super::packet::IpHeader;
use crate::ip::IpAddr;

pub(super) fn parse(_packet: &[u8]) -> Option<IpHeader> {
    None
}

pub(super) fn problem(_packet: &[u8], _protocol_is_known: bool) -> Option<(IpHeader, u8, usize)> {
    None
}

#[cfg(datagrams)]
pub(super) fn behind_extensions(_protocol: u8, _payload: &[u8]) -> Option<(u8, Range<usize>)> {
    None
}

pub(crate) fn solicited_group(_address: IpAddr) -> Option<IpAddr> {
    None
}

pub(super) fn emit(
    _buffer: &mut [u8],
    _description: &IpEmit,
    _payload_len: usize,
) -> Option<usize> {
    None
}
