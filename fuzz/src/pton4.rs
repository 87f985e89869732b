//! `parse_ipv4` and `inet_pton` of `INET`: the dotted quad alone.

use std::net::Ipv4Addr;

use berkeley::{
    AddressFamily, AddressText, AddressTextErrorKind, Error, inet_aton, inet_aton_exact, inet_pton,
    parse_ipv4,
};

use crate::oracle::{GLIBC, MUSL};
use crate::outcome::{Comparison, Outcome};
use crate::{Text, law, twin};

/// Compares `parse_ipv4` with glibc, musl, `core::net` and the twin, and holds it to the laws.
///
/// # Panics
///
/// A disagreement or a broken law.
pub fn check(text: &[u8]) {
    let found = parse_ipv4(text);
    let address = found.ok();
    law::agree("glibc", text, GLIBC.and_then(|glibc| glibc.pton4(text)), &address);
    law::agree("musl", text, MUSL.and_then(|musl| musl.pton4(text)), &address);
    law::agree("core::net", text, Some(core_net(text)), &address);
    law::agree("the twin", text, Some(twin::ipv4(text)), &address);

    let generic = found.map(Into::into).map_err(|_| Error::INVALID_ADDRESS);
    assert_eq!(inet_pton(AddressFamily::INET, text), generic, "{}", Text(text));
    law::isolation(text, |text| parse_ipv4(text));
    law::string(text, |text| parse_ipv4(text), |text| parse_ipv4(text));
    match found {
        Ok(address) => {
            // What the strict form takes, the legacy forms take for the same.
            assert_eq!(inet_aton(text), found, "{}", Text(text));
            assert_eq!(inet_aton_exact(text), found, "{}", Text(text));
            // An address has one strict text, so this is the one.
            assert_eq!(AddressText::of_ipv4(address).as_bytes(), text, "{}", Text(text));
        }
        Err(error) => {
            let legacy = error.kind == AddressTextErrorKind::LegacyForm;
            assert_eq!(legacy, inet_aton_exact(text).is_ok(), "{}: {error}", Text(text));
            law::position(&law::ADDRESS_ENDINGS, text, error, |text| parse_ipv4(text));
            law::kind(text, error, |text| parse_ipv4(text));
        }
    }
}

/// What [`compare`] compares with.
pub const ORACLES: &str = "core::net; glibc; musl";

/// Only the values, only with what is fast.
#[must_use]
pub fn compare(text: &[u8]) -> Outcome {
    Comparison::of(parse_ipv4(text).ok())
        .with("core::net", Some(core_net(text)))
        .with("glibc", GLIBC.and_then(|glibc| glibc.pton4(text)))
        .with("musl", MUSL.and_then(|musl| musl.pton4(text)))
        .outcome()
}

fn core_net(text: &[u8]) -> Option<Ipv4Addr> {
    std::str::from_utf8(text).ok()?.parse().ok()
}
