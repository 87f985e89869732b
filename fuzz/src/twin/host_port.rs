//! Hosts and ports as users type them.

use berkeley::{Host, HostPort};

use super::{ipv4, ipv6, port, zone_number};

/// What no zone has in it.
const NOT_IN_ZONES: [u8; 10] = [0, b'\t', b'\n', 0x0B, 0x0C, b'\r', b' ', b'%', b'/', b']'];

/// The host before the last colon and the port after it.
#[must_use]
pub fn host_port(text: &[u8]) -> Option<HostPort<'_>> {
    let colon = text.iter().rposition(|&byte| byte == b':')?;
    let (before, after) = (&text[..colon], &text[colon + 1..]);
    Some(HostPort { host: host(before)?, port: port(after)? })
}

fn host(text: &[u8]) -> Option<Host<'_>> {
    if let [b'[', inside @ .., b']'] = text {
        return ipv6_and_zone(inside);
    }
    if !is_written_as_name(text) {
        None
    } else if ends_in_number(text) {
        ipv4(text).map(Host::Ipv4)
    } else {
        str::from_utf8(text).ok().map(Host::Name)
    }
}

/// Whether this is written as a name is, but can only be an address, by its last label.
#[must_use]
pub fn is_numeric_name(text: &[u8]) -> bool {
    is_written_as_name(text) && ends_in_number(text)
}

fn ipv6_and_zone(text: &[u8]) -> Option<Host<'_>> {
    let Some(percent) = text.iter().position(|&byte| byte == b'%') else {
        return Some(Host::Ipv6 { address: ipv6(text)?, zone: None });
    };
    let zone = &text[percent + 1..];
    let number = zone.iter().all(u8::is_ascii_digit);
    let short = if number { zone_number(zone).is_some() } else { zone.len() <= 15 };
    let sound = !zone.is_empty() && !zone.iter().any(|byte| NOT_IN_ZONES.contains(byte));
    let address = ipv6(&text[..percent])?;
    (sound && short).then_some(Host::Ipv6 { address, zone: Some(zone) })
}

/// Labels with dots between them and perhaps one more at the end.
fn is_written_as_name(text: &[u8]) -> bool {
    let name = text.strip_suffix(b".").unwrap_or(text);
    let in_label = |&byte: &u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let label = |label: &[u8]| (1..=63).contains(&label.len()) && label.iter().all(in_label);
    name.len() <= 253 && name.split(|&byte| byte == b'.').all(label)
}

/// The URL standard's "ends in a number": such a text is an address or nothing.
fn ends_in_number(name: &[u8]) -> bool {
    let name = name.strip_suffix(b".").unwrap_or(name);
    let last = name.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    match last {
        [b'0', b'x' | b'X', digits @ ..] => digits.iter().all(u8::is_ascii_hexdigit),
        _ => last.iter().all(u8::is_ascii_digit),
    }
}
