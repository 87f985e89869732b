//! `struct sockaddr_in` and `struct sockaddr_in6`. Sources: `ip(7)`, `ipv6(7)`.

use std::mem::offset_of;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};

use berkeley::Address;
use libc::{sockaddr_in, sockaddr_in6};

use super::{HostAddress, field};

pub(super) fn encode(address: &SocketAddrV4, host: &mut HostAddress) -> usize {
    host.put(offset_of!(sockaddr_in, sin_port), &address.port().to_be_bytes());
    host.put(offset_of!(sockaddr_in, sin_addr), &address.ip().octets());
    size_of::<sockaddr_in>()
}

pub(super) fn decode(bytes: &[u8]) -> Option<Address> {
    let bytes = bytes.get(..size_of::<sockaddr_in>())?;
    let port = u16::from_be_bytes(field(bytes, offset_of!(sockaddr_in, sin_port))?);
    let octets: [u8; 4] = field(bytes, offset_of!(sockaddr_in, sin_addr))?;
    Some(SocketAddrV4::new(Ipv4Addr::from(octets), port).into())
}

/// The flow information goes in network order, as Python passes it.
pub(super) fn encode6(address: &SocketAddrV6, host: &mut HostAddress) -> usize {
    let flowinfo = address.flowinfo().to_be_bytes();
    let scope_id = address.scope_id().to_ne_bytes();
    host.put(offset_of!(sockaddr_in6, sin6_port), &address.port().to_be_bytes());
    host.put(offset_of!(sockaddr_in6, sin6_flowinfo), &flowinfo);
    host.put(offset_of!(sockaddr_in6, sin6_addr), &address.ip().octets());
    host.put(offset_of!(sockaddr_in6, sin6_scope_id), &scope_id);
    size_of::<sockaddr_in6>()
}

pub(super) fn decode6(bytes: &[u8]) -> Option<Address> {
    let bytes = bytes.get(..size_of::<sockaddr_in6>())?;
    let port = u16::from_be_bytes(field(bytes, offset_of!(sockaddr_in6, sin6_port))?);
    let flowinfo = u32::from_be_bytes(field(bytes, offset_of!(sockaddr_in6, sin6_flowinfo))?);
    let octets: [u8; 16] = field(bytes, offset_of!(sockaddr_in6, sin6_addr))?;
    let scope_id = u32::from_ne_bytes(field(bytes, offset_of!(sockaddr_in6, sin6_scope_id))?);
    Some(SocketAddrV6::new(Ipv6Addr::from(octets), port, flowinfo, scope_id).into())
}
