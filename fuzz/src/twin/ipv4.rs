//! The dotted quad.

use std::net::Ipv4Addr;

/// The address whose text this is: four parts, each of which is one of `0`, `1`, ... `255`.
#[must_use]
pub fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    let parts: Vec<&[u8]> = text.split(|&byte| byte == b'.').collect();
    let [a, b, c, d] = parts[..] else { return None };
    let octet = |part: &[u8]| (0..=255_u8).find(|octet| octet.to_string().as_bytes() == part);
    Some(Ipv4Addr::new(octet(a)?, octet(b)?, octet(c)?, octet(d)?))
}

/// The text of an address.
#[must_use]
pub fn ipv4_text(address: Ipv4Addr) -> String {
    address.octets().map(|octet| octet.to_string()).join(".")
}
