//! `parse_scoped_ipv6` and `parse_zone_number`: `fe80::1%eth0`.

use std::io::Write;
use std::net::{Ipv6Addr, SocketAddrV6};

use berkeley::{AddressTextError, parse_ipv6, parse_scoped_ipv6, parse_zone_number};

use crate::outcome::{Comparison, Outcome};
use crate::{Text, law, twin};

/// Compares the address and its zone with the two halves of the text, with the twin and, as far as
/// the zone is a number, with `core::net`.
///
/// # Panics
///
/// A disagreement or a broken law.
pub fn check(text: &[u8]) {
    let found = parse_scoped_ipv6(text);
    law::agree("the twin", text, Some(twin::scoped_ipv6(text)), &found.ok());
    law::agree("core::net", text, Some(core_net(text)), &numbered(text));
    let (address, zone) = halves(text);
    assert_eq!(found, parse_ipv6(address).map(|address| (address, zone)), "{}", Text(text));

    law::isolation(text, owned);
    law::string(text, owned, |text| {
        parse_scoped_ipv6(text).map(|(address, zone)| (address, zone.map(<[u8]>::to_vec)))
    });
    if let Err(error) = found {
        law::position(&law::ADDRESS_ENDINGS, text, error, owned);
    }

    // The zone alone, or the whole text for one, so that it need not stand behind an address.
    let zone = zone.unwrap_or(text);
    let number = parse_zone_number(zone);
    let scoped = [b"::%", zone].concat();
    let unspecified = number.map(|number| (Ipv6Addr::UNSPECIFIED, number));
    law::agree("the twin", zone, Some(twin::zone_number(zone)), &number);
    law::agree("core::net", zone, Some(core_net(&scoped)), &unspecified);
    law::isolation(zone, parse_zone_number);
}

/// What [`compare`] compares with.
pub const ORACLES: &str =
    "core::net's SocketAddrV6 (zones that are numbers), its Ipv6Addr (others)";

/// Only the values, only with what is fast.
#[must_use]
pub fn compare(text: &[u8]) -> Outcome {
    if halves(text).1.is_none_or(|zone| zone.iter().all(u8::is_ascii_digit)) {
        return Comparison::of(numbered(text)).with("SocketAddrV6", Some(core_net(text))).outcome();
    }
    let (address, zone) = halves(text);
    let address: Option<Ipv6Addr> = str::from_utf8(address).ok().and_then(|it| it.parse().ok());
    Comparison::of(parse_scoped_ipv6(text).ok())
        .with("Ipv6Addr", Some(address.map(|address| (address, zone))))
        .outcome()
}

/// What stands before the first `%`, and what after it.
fn halves(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut halves = text.splitn(2, |&byte| byte == b'%');
    (halves.next().unwrap_or_default(), halves.next())
}

/// The address and the number of its zone, 0 without one, as `core::net` has them.
fn numbered(text: &[u8]) -> Option<(Ipv6Addr, u32)> {
    let (address, zone) = parse_scoped_ipv6(text).ok()?;
    Some((address, zone.map_or(Some(0), parse_zone_number)?))
}

/// `core::net` has zones in socket addresses only, and only numbers.
fn core_net(text: &[u8]) -> Option<(Ipv6Addr, u32)> {
    let mut socket_address = Vec::with_capacity(text.len() + 4);
    write!(socket_address, "[{}]:0", str::from_utf8(text).ok()?).ok()?;
    let found: SocketAddrV6 = str::from_utf8(&socket_address).ok()?.parse().ok()?;
    Some((*found.ip(), found.scope_id()))
}

/// An answer that outlives its text.
fn owned(text: &[u8]) -> Result<(Ipv6Addr, Option<Vec<u8>>), AddressTextError> {
    parse_scoped_ipv6(text).map(|(address, zone)| (address, zone.map(<[u8]>::to_vec)))
}
