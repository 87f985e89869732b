//! The host of an address tuple: numbers, the two special names, `localhost`, and names.
//!
//! Python's manual ("Socket families"): `''` is `INADDR_ANY`, `'<broadcast>'` is
//! `INADDR_BROADCAST`, and numeric hosts never ask a resolver. `localhost` is the loopback (RFC
//! 6761, section 6.3: never asked of the network). For other names, and for zones with the name of
//! an interface, somebody is asked.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};

use crate::inet::{inet_aton_exact, parse_ipv4, parse_ipv6, parse_scoped_ipv6, parse_zone_number};
use crate::{Address, AddressFamily, AddressInfoCode, Error};

const NOT_KNOWN: Error = Error::address_info(AddressInfoCode::EAI_NONAME);
const OTHER_FAMILY: Error = Error::address_info(AddressInfoCode::EAI_ADDRFAMILY);

/// The address of `host` and `port` for a socket of `family`. A name is asked of `look_up`, whose
/// answer is taken as it is, but for the port.
pub(crate) fn address_of(
    host: &str,
    port: u16,
    family: AddressFamily,
    look_up: &mut dyn FnMut(&str) -> Result<Address, Error>,
) -> Result<Address, Error> {
    let text = host.as_bytes();
    if text.contains(&0) {
        return Err(Error::INVALID_VALUE);
    }
    let known = match family {
        AddressFamily::INET => ipv4_of(text)?.map(|ip| SocketAddrV4::new(ip, port).into()),
        AddressFamily::INET6 => {
            ipv6_of(text)?.map(|(ip, scope_id)| SocketAddrV6::new(ip, port, 0, scope_id).into())
        }
        // What the text itself says; names mean something for a family only.
        AddressFamily::UNSPEC => match numeric(text).ok_or(NOT_KNOWN)? {
            (IpAddr::V4(ip), _) => Some(SocketAddrV4::new(ip, port).into()),
            (IpAddr::V6(ip), scope_id) => Some(SocketAddrV6::new(ip, port, 0, scope_id).into()),
        },
        _ => return Err(Error::from_errno(crate::Errno::EAFNOSUPPORT)),
    };
    match known {
        Some(address) => Ok(address),
        None => Ok(look_up(host)?.with_port(port)),
    }
}

/// What is answered to a name where nobody is asked.
pub(crate) fn not_known(_host: &str) -> Result<Address, Error> {
    Err(NOT_KNOWN)
}

/// The address that a text is by itself, with its scope: in the strict form, in an older form of
/// IPv4, or of IPv6 with the number of a zone.
pub(crate) fn numeric(host: &[u8]) -> Option<(IpAddr, u32)> {
    if let Ok(ip) = parse_ipv4(host).or_else(|_| inet_aton_exact(host)) {
        return Some((ip.into(), 0));
    }
    match parse_scoped_ipv6(host).ok()? {
        (ip, None) => Some((ip.into(), 0)),
        // Only the operating system knows interfaces by name.
        (ip, Some(zone)) => Some((ip.into(), parse_zone_number(zone)?)),
    }
}

/// The IPv4 address of a host; none for a name.
fn ipv4_of(host: &[u8]) -> Result<Option<Ipv4Addr>, Error> {
    match host {
        b"" => return Ok(Some(Ipv4Addr::UNSPECIFIED)),
        b"<broadcast>" => return Ok(Some(Ipv4Addr::BROADCAST)),
        _ if is_localhost(host) => return Ok(Some(Ipv4Addr::LOCALHOST)),
        _ => {}
    }
    if let Ok(ip) = parse_ipv4(host).or_else(|_| inet_aton_exact(host)) {
        return Ok(Some(ip));
    }
    match parse_scoped_ipv6(host) {
        Ok((ip, _zone)) => Ok(Some(ip.to_ipv4_mapped().ok_or(OTHER_FAMILY)?)),
        Err(_) => Ok(None),
    }
}

/// The IPv6 address of a host and its scope; none for a name, of the host or of its zone.
fn ipv6_of(host: &[u8]) -> Result<Option<(Ipv6Addr, u32)>, Error> {
    match host {
        b"" => return Ok(Some((Ipv6Addr::UNSPECIFIED, 0))),
        // "address family mismatched", before anything is looked up
        b"<broadcast>" | b"255.255.255.255" => return Err(Error::INVALID_ADDRESS),
        _ if is_localhost(host) => return Ok(Some((Ipv6Addr::LOCALHOST, 0))),
        _ => {}
    }
    if let Ok(ip) = parse_ipv6(host) {
        return Ok(Some((ip, 0)));
    }
    match parse_scoped_ipv6(host) {
        // Only the operating system knows interfaces by name.
        Ok((ip, Some(zone))) => Ok(parse_zone_number(zone).map(|scope_id| (ip, scope_id))),
        Ok((ip, None)) => Ok(Some((ip, 0))),
        Err(_) if inet_aton_exact(host).is_ok() => Err(OTHER_FAMILY),
        Err(_) => Ok(None),
    }
}

/// Whether this is the name of the loopback.
pub(crate) fn is_localhost(host: &[u8]) -> bool {
    host.strip_suffix(b".").unwrap_or(host).eq_ignore_ascii_case(b"localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    const INET: AddressFamily = AddressFamily::INET;
    const INET6: AddressFamily = AddressFamily::INET6;
    const UNSPEC: AddressFamily = AddressFamily::UNSPEC;

    #[test]
    fn hosts_are_read_for_the_family() {
        let v4 = |text: &str| Ok((IpAddr::V4(text.parse().unwrap()), 0));
        let v6 = |text: &str, scope_id| Ok((IpAddr::V6(text.parse().unwrap()), scope_id));
        // family, host, address and scope, as measured on CPython (rows A06, A07, A22-A24, A12)
        for (family, host, expected) in [
            (INET, "", v4("0.0.0.0")),
            (INET, "<broadcast>", v4("255.255.255.255")),
            (INET, "192.0.2.1", v4("192.0.2.1")),
            (INET, "127.1", v4("127.0.0.1")), // legacy forms, as getaddrinfo
            (INET, "0x7f000001", v4("127.0.0.1")),
            (INET, "127.0.0.01", v4("127.0.0.1")),
            (INET, "127.0.0.1 ", Err(NOT_KNOWN)), // though inet_aton takes it
            (INET, "::1", Err(OTHER_FAMILY)),
            (INET, "::ffff:1.2.3.4", v4("1.2.3.4")), // as glibc
            (INET, "fe80::1%2", Err(OTHER_FAMILY)),
            (INET, "localhost", v4("127.0.0.1")),
            (INET, "LocalHost.", v4("127.0.0.1")),
            (INET, "no.such.name", Err(NOT_KNOWN)),
            (INET, "127.0.0.1\0x", Err(Error::INVALID_VALUE)),
            (INET6, "", v6("::", 0)),
            (INET6, "::1", v6("::1", 0)),
            (INET6, "::ffff:1.2.3.4", v6("::ffff:1.2.3.4", 0)),
            (INET6, "fe80::1%3", v6("fe80::1", 3)),
            (INET6, "fe80::1%4294967296", Err(NOT_KNOWN)), // a scope has 32 bits
            (INET6, "fe80::1%", Err(NOT_KNOWN)),
            (INET6, "[::1]", Err(NOT_KNOWN)),
            (INET6, "1.2.3.4", Err(OTHER_FAMILY)),
            (INET6, "<broadcast>", Err(Error::INVALID_ADDRESS)),
            (INET6, "255.255.255.255", Err(Error::INVALID_ADDRESS)),
            (INET6, "localhost", v6("::1", 0)),
            // no family: numbers only
            (UNSPEC, "127.1", v4("127.0.0.1")),
            (UNSPEC, "fe80::1%3", v6("fe80::1", 3)),
            (UNSPEC, "::ffff:1.2.3.4", v6("::ffff:1.2.3.4", 0)),
            (UNSPEC, "fe80::1%lo", Err(NOT_KNOWN)),
            (UNSPEC, "", Err(NOT_KNOWN)),
            (UNSPEC, "<broadcast>", Err(NOT_KNOWN)),
            (UNSPEC, "localhost", Err(NOT_KNOWN)),
            (UNSPEC, "1.2.3.4\0", Err(Error::INVALID_VALUE)),
        ] {
            let found = address_of(host, 7, family, &mut not_known);
            let found = found.map(|address| match address {
                Address::Inet6(address) => (IpAddr::V6(*address.ip()), address.scope_id()),
                other => (other.ip().unwrap(), 0),
            });
            assert_eq!(found, expected, "{family:?} {host:?}");
        }
    }
}
