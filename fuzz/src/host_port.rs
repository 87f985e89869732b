//! `parse_socket_address`, `parse_host_port` and `parse_port`: `192.0.2.1:80`, `[fe80::1%eth0]:80`,
//! `example.org:80`.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};

use berkeley::{
    AddressTextError, Host, HostPort, SocketAddressText, inet_aton, parse_host_port, parse_ipv4,
    parse_port, parse_socket_address, parse_zone_number,
};

use crate::oracle::GLIBC;
use crate::outcome::{Comparison, Outcome};
use crate::{Text, law, twin};

/// Compares the three parsers with `core::net` and their twins and with each other, and holds them
/// to the laws. The bytes are also taken for the address, port and scope of a socket address, the
/// text of which is read again.
///
/// # Panics
///
/// A disagreement or a broken law.
pub fn check(text: &[u8]) {
    check_socket_address(text);
    check_host_port(text);
    check_port(text.rsplit(|&byte| byte == b':').next().unwrap_or_default());
    if let Some(address) = socket_address_of(text) {
        check_text_of(address);
    }
}

fn check_socket_address(text: &[u8]) {
    let found = parse_socket_address(text);
    law::agree("core::net", text, Some(core_net(text)), &found.ok());
    law::isolation(text, |text| parse_socket_address(text));
    law::string(text, |text| parse_socket_address(text), |text| parse_socket_address(text));
    match found {
        Ok(address) => check_text_of(address),
        Err(error) => {
            law::position(&law::ENDPOINT_ENDINGS, text, error, |text| parse_socket_address(text));
        }
    }
}

fn check_text_of(mut address: SocketAddr) {
    let text = SocketAddressText::of(address);
    assert_eq!(text.as_str(), twin::socket_address_text(address));
    if let SocketAddr::V6(address) = &mut address {
        address.set_flowinfo(0); // which no text has
    }
    assert_eq!(parse_socket_address(text), Ok(address), "{text}");
    // Whoever reads what users type reads the same.
    let host_port = parse_host_port(&text);
    assert_eq!(host_port.map(socket_address), Ok(Some(address)), "{text}");
}

fn check_host_port(text: &[u8]) {
    let found = parse_host_port(text);
    law::agree("the twin", text, Some(twin::host_port(text)), &found.ok());
    law::isolation(text, |text| parse_host_port(text).map(|found| found.to_string()));
    law::string(text, owned, |text| {
        parse_host_port(text).map(|found| (found.to_string(), found.port))
    });
    match found {
        Ok(found) => {
            // Whether it is an address or a name, everyone says the same.
            let address = parse_socket_address(text).ok();
            law::agree("parse_socket_address", text, Some(address), &socket_address(found));
            if let Host::Name(name) = found.host {
                for name in [name, name.trim_end_matches('.')] {
                    assert!(inet_aton(name).is_err() && name.parse::<IpAddr>().is_err(), "{name}");
                    let of_glibc = GLIBC.and_then(|glibc| glibc.aton(name.as_bytes()));
                    law::agree("glibc", name.as_bytes(), of_glibc, &None);
                }
            }
            // The text of what was read is a fixed point. Only zones may be something else than
            // UTF-8, which the text cannot show.
            if str::from_utf8(text).is_ok() {
                let canonical = found.to_string();
                assert_eq!(parse_host_port(&canonical), Ok(found), "{}", Text(text));
            }
        }
        Err(error) => check_host_port_position(text, error),
    }
}

/// A host that ends in a number has to be an address: its errors are those of `parse_ipv4`,
/// although some name could go on there. All others are where every text goes wrong.
fn check_host_port_position(text: &[u8], error: AddressTextError) {
    let host = text.split(|&byte| byte == b':').next().unwrap_or_default();
    match parse_ipv4(host) {
        Err(strict) if twin::is_numeric_name(host) => {
            assert_eq!(error.at, strict.at, "{}: {error}, {strict}", Text(text));
        }
        _ => law::position(&law::ENDPOINT_ENDINGS, text, error, owned),
    }
}

fn check_port(text: &[u8]) {
    let found = parse_port(text);
    law::agree("the twin", text, Some(twin::port(text)), &found.ok());
    law::isolation(text, |text| parse_port(text));
    law::string(text, |text| parse_port(text), |text| parse_port(text));
    if let Err(error) = found {
        law::position(&law::ADDRESS_ENDINGS, text, error, |text| parse_port(text));
        law::kind(text, error, |text| parse_port(text));
    }
}

/// What [`compare`] compares with.
pub const ORACLES: &str = "core::net's SocketAddr; parse_socket_address with parse_host_port";

/// Only the values, only with what is fast.
#[must_use]
pub fn compare(text: &[u8]) -> Outcome {
    let found = parse_socket_address(text).ok();
    let of_core_net = Comparison::of(found).with("SocketAddr", Some(core_net(text))).outcome();
    let outcome = match parse_host_port(text) {
        // The two parsers agree wherever the host is an address and its zone, if any, a number.
        Ok(host_port) if found != socket_address(host_port) => Outcome::Disagreement("host_port"),
        Ok(_) => Outcome::Accepted,
        // Every socket address is a host and a port.
        Err(_) if found.is_some() => Outcome::Disagreement("host_port"),
        Err(_) => Outcome::Refused,
    };
    if let Outcome::Disagreement(_) = of_core_net { of_core_net } else { outcome }
}

fn core_net(text: &[u8]) -> Option<SocketAddr> {
    str::from_utf8(text).ok()?.parse().ok()
}

/// The socket address that this is, unless it has a name in it.
fn socket_address(found: HostPort<'_>) -> Option<SocketAddr> {
    match found.host {
        Host::Ipv4(address) => Some((address, found.port).into()),
        Host::Ipv6 { address, zone } => {
            let scope_id = zone.map_or(Some(0), parse_zone_number)?;
            Some(SocketAddrV6::new(address, found.port, 0, scope_id).into())
        }
        Host::Name(_) => None,
    }
}

/// The bytes as a socket address: port, flow information and scope, then the address.
fn socket_address_of(data: &[u8]) -> Option<SocketAddr> {
    let (&port, rest) = data.split_first_chunk::<2>()?;
    let port = u16::from_le_bytes(port);
    if let Ok(octets) = <[u8; 4]>::try_from(rest) {
        return Some((octets, port).into());
    }
    let (&[scope, _, flow, high], rest) = rest.split_first_chunk::<4>()?;
    let scope_id = u32::from(scope) << (high % 25); // few digits or many
    let address = Ipv6Addr::from(*rest.first_chunk::<16>()?);
    Some(SocketAddrV6::new(address, port, flow.into(), scope_id).into())
}

/// An answer that outlives its text.
fn owned(text: &[u8]) -> Result<(String, u16), AddressTextError> {
    parse_host_port(text).map(|found| (found.to_string(), found.port))
}
