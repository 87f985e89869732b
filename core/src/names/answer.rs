//! The answers of `getaddrinfo()`: each address with each kind of socket.

use core::net::{IpAddr, SocketAddrV4, SocketAddrV6};
use core::ops::ControlFlow;

use super::AddressInfo;
use super::kind::{Kind, MOST};
use crate::Address;

/// Hands the answers to `found` until it breaks off: every address, with its scope, for every kind and port. The
/// first one has the canonical name.
pub(crate) fn each(
    addresses: impl Iterator<Item = (IpAddr, u32)>,
    kinds: &[Option<(Kind, u16)>; MOST],
    canonical_name: &str,
    found: &mut dyn FnMut(AddressInfo<&str>) -> ControlFlow<()>,
) {
    let mut canonical_name = canonical_name;
    for (ip, scope_id) in addresses {
        for (kind, port) in kinds.iter().flatten() {
            let address = match ip {
                IpAddr::V4(ip) => Address::from(SocketAddrV4::new(ip, *port)),
                IpAddr::V6(ip) => Address::from(SocketAddrV6::new(ip, *port, 0, scope_id)),
            };
            let info = AddressInfo {
                family: address.family(),
                socket_type: kind.socket_type,
                protocol: kind.protocol,
                canonical_name,
                address,
            };
            canonical_name = ""; // only the first answer has it
            if found(info).is_break() {
                return;
            }
        }
    }
}
