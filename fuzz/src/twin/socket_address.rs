//! The text of a socket address.

use std::net::SocketAddr;

use super::{ipv4_text, ipv6_text};

/// The address and the port, IPv6 in brackets and with its scope where it has one.
#[must_use]
pub fn socket_address_text(address: SocketAddr) -> String {
    let port = address.port();
    match address {
        SocketAddr::V4(address) => format!("{}:{port}", ipv4_text(*address.ip())),
        SocketAddr::V6(address) if address.scope_id() == 0 => {
            format!("[{}]:{port}", ipv6_text(*address.ip()))
        }
        SocketAddr::V6(address) => {
            format!("[{}%{}]:{port}", ipv6_text(*address.ip()), address.scope_id())
        }
    }
}
