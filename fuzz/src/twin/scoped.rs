//! An IPv6 address and its zone.

use std::net::Ipv6Addr;

use super::ipv6;

/// The address before the first `%` and the zone after it; without a `%` there is no zone.
#[must_use]
pub fn scoped_ipv6(text: &[u8]) -> Option<(Ipv6Addr, Option<&[u8]>)> {
    match text.iter().position(|&byte| byte == b'%') {
        None => Some((ipv6(text)?, None)),
        Some(percent) => Some((ipv6(&text[..percent])?, Some(&text[percent + 1..]))),
    }
}
