//! `struct sockaddr_qrtr`, which the C library does not have. Source: `linux/qrtr.h`.
//!
//! The family at 0, the node at 4, the port at 8.

use berkeley::{Address, QipcrtrAddress};

use super::{HostAddress, number};

const NODE: usize = 4;
const PORT: usize = 8;
const SIZE: usize = 12;

pub(super) fn encode(address: &QipcrtrAddress, host: &mut HostAddress) -> usize {
    host.put(NODE, &address.node.to_ne_bytes());
    host.put(PORT, &address.port.to_ne_bytes());
    SIZE
}

pub(super) fn decode(bytes: &[u8]) -> Option<Address> {
    Some(QipcrtrAddress::new(number(bytes, NODE)?, number(bytes, PORT)?).into())
}
