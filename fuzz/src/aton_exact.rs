//! `inet_aton_exact`: any old form, and not a byte after it.

use std::net::Ipv4Addr;

use berkeley::{inet_aton, inet_aton_exact, parse_ipv4};

use crate::oracle::{GLIBC, MUSL};
use crate::outcome::{Comparison, Outcome};
use crate::{law, twin};

/// Compares `inet_aton_exact` with glibc, musl and the twin, and holds it to the laws.
///
/// # Panics
///
/// A disagreement or a broken law.
pub fn check(text: &[u8]) {
    let found = inet_aton_exact(text);
    let address = found.ok();
    law::agree("glibc", text, glibc(text), &address);
    law::agree("musl", text, MUSL.and_then(|musl| musl.aton(text)), &address);
    law::agree("the twin", text, Some(twin::aton_exact(text)), &address);

    // What is accepted here, `inet_aton` accepts for the same; what is strict, both accept.
    if let Ok(address) = found {
        assert_eq!(inet_aton(text), Ok(address), "{}", crate::Text(text));
    }
    if let Ok(strict) = parse_ipv4(text) {
        assert_eq!(found, Ok(strict), "{}", crate::Text(text));
    }
    law::isolation(text, |text| inet_aton_exact(text));
    law::string(text, |text| inet_aton_exact(text), |text| inet_aton_exact(text));
    if let Err(error) = found {
        law::position(&law::ADDRESS_ENDINGS, text, error, |text| inet_aton_exact(text));
        law::kind(text, error, |text| inet_aton_exact(text));
    }
}

/// What [`compare`] compares with.
pub const ORACLES: &str = "glibc without white space; musl";

/// Only the values, only with what is fast.
#[must_use]
pub fn compare(text: &[u8]) -> Outcome {
    Comparison::of(inet_aton_exact(text).ok())
        .with("glibc", glibc(text))
        .with("musl", MUSL.and_then(|musl| musl.aton(text)))
        .outcome()
}

/// Allowed: glibc does not show its exact form. Its `inet_aton` is that form for a text without
/// white space; with any it is refused.
fn glibc(text: &[u8]) -> Option<Option<Ipv4Addr>> {
    let space = text.iter().any(|&byte| twin::is_space(byte));
    let accepted = GLIBC?.aton(text)?;
    Some(accepted.filter(|_| !space))
}
