//! `parse_ipv6` and `inet_pton` of `INET6`.

use std::net::Ipv6Addr;

use berkeley::{AddressFamily, AddressText, Error, inet_pton, parse_ipv6, parse_scoped_ipv6};

use crate::oracle::{GLIBC, MUSL};
use crate::outcome::{Comparison, Outcome};
use crate::{Text, law, twin};

/// Compares `parse_ipv6` with glibc, musl, `core::net` and the twin, and holds it to the laws.
///
/// # Panics
///
/// A disagreement or a broken law.
pub fn check(text: &[u8]) {
    let found = parse_ipv6(text);
    let address = found.ok();
    law::agree("glibc", text, GLIBC.and_then(|glibc| glibc.pton6(text)), &address);
    law::agree("musl", text, MUSL.and_then(|musl| musl.pton6(text)), &address);
    law::agree("core::net", text, Some(core_net(text)), &address);
    law::agree("the twin", text, Some(twin::ipv6(text)), &address);

    let generic = found.map(Into::into).map_err(|_| Error::INVALID_ADDRESS);
    assert_eq!(inet_pton(AddressFamily::INET6, text), generic, "{}", Text(text));
    if !text.contains(&b'%') {
        let scoped = found.map(|address| (address, None));
        assert_eq!(parse_scoped_ipv6(text), scoped, "{}", Text(text));
    }
    law::isolation(text, |text| parse_ipv6(text));
    law::string(text, |text| parse_ipv6(text), |text| parse_ipv6(text));
    match found {
        Ok(address) => {
            // The text of what was read is a fixed point.
            let canonical = AddressText::of_ipv6(address);
            let again = parse_ipv6(canonical);
            assert_eq!(again, found, "{}", Text(text));
            assert_eq!(again.map(AddressText::of_ipv6), Ok(canonical), "{}", Text(text));
        }
        Err(error) => {
            law::position(&law::ADDRESS_ENDINGS, text, error, |text| parse_ipv6(text));
            law::kind(text, error, |text| parse_ipv6(text));
        }
    }
}

/// What [`compare`] compares with.
pub const ORACLES: &str = "core::net; glibc; musl";

/// Only the values, only with what is fast.
#[must_use]
pub fn compare(text: &[u8]) -> Outcome {
    Comparison::of(parse_ipv6(text).ok())
        .with("core::net", Some(core_net(text)))
        .with("glibc", GLIBC.and_then(|glibc| glibc.pton6(text)))
        .with("musl", MUSL.and_then(|musl| musl.pton6(text)))
        .outcome()
}

fn core_net(text: &[u8]) -> Option<Ipv6Addr> {
    std::str::from_utf8(text).ok()?.parse().ok()
}
