//! `struct sockaddr_ll`. Source: `packet(7)`.

use std::mem::offset_of;

use berkeley::{Address, Error, PacketAddress};
use libc::sockaddr_ll;

use super::{HostAddress, field, interface};

const PROTOCOL: usize = offset_of!(sockaddr_ll, sll_protocol);
const INDEX: usize = offset_of!(sockaddr_ll, sll_ifindex);
const HARDWARE_TYPE: usize = offset_of!(sockaddr_ll, sll_hatype);
const PACKET_TYPE: usize = offset_of!(sockaddr_ll, sll_pkttype);
const HARDWARE_LENGTH: usize = offset_of!(sockaddr_ll, sll_halen);
const HARDWARE: usize = offset_of!(sockaddr_ll, sll_addr);

/// The protocol goes in network order. The address is longer than its C type when the hardware
/// address is one that only the host could have told.
pub(super) fn encode(address: &PacketAddress, host: &mut HostAddress) -> Result<usize, Error> {
    let hardware = address.hardware_address();
    host.put(PROTOCOL, &address.protocol.to_be_bytes());
    host.put(INDEX, &interface::index_of(address.interface)?.to_ne_bytes());
    host.put(HARDWARE_TYPE, &address.hardware_type.to_ne_bytes());
    host.put(PACKET_TYPE, &[address.packet_type, hardware.len() as u8]);
    host.put(HARDWARE, hardware);
    Ok(size_of::<sockaddr_ll>().max(HARDWARE + hardware.len()))
}

const _: () = assert!(HARDWARE_LENGTH == PACKET_TYPE + 1);

/// Linux says a length that ends with the hardware address: 12 bytes when there is none, and more
/// than the C type has for InfiniBand.
pub(super) fn decode(bytes: &[u8]) -> Option<Address> {
    let index = u32::from_ne_bytes(field(bytes, INDEX)?);
    let protocol = u16::from_be_bytes(field(bytes, PROTOCOL)?);
    let mut address = PacketAddress::new(index.into(), protocol);
    address.hardware_type = u16::from_ne_bytes(field(bytes, HARDWARE_TYPE)?);
    let [packet_type, length] = field(bytes, PACKET_TYPE)?;
    address.packet_type = packet_type;
    let hardware = bytes.get(HARDWARE..)?;
    let length = hardware.len().min(usize::from(length));
    Some(address.with_hardware_address_of_host(&hardware[..length]).into())
}
