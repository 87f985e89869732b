//! `inet_aton`: any old form, and whatever follows white space.

use std::net::Ipv4Addr;

use berkeley::{inet_aton, inet_aton_exact, parse_ipv4};

use crate::oracle::{GLIBC, MUSL};
use crate::outcome::{Comparison, Outcome};
use crate::{Text, law, twin};

/// Compares `inet_aton` with glibc, musl and the twin, and holds it to the laws.
///
/// # Panics
///
/// A disagreement or a broken law.
pub fn check(text: &[u8]) {
    let found = inet_aton(text);
    let address = found.ok();
    law::agree("glibc", text, GLIBC.and_then(|glibc| glibc.aton(text)), &address);
    law::agree("the twin", text, Some(twin::aton(text)), &address);
    law::agree("musl", text, musl(text), &address);

    // What a narrower parser takes, this one takes for the same.
    for narrower in [parse_ipv4(text), inet_aton_exact(text)] {
        assert!(narrower.is_err() || narrower == found, "{}: {narrower:?}", Text(text));
    }
    law::isolation(text, |text| inet_aton(text));
    law::string(text, |text| inet_aton(text), |text| inet_aton(text));
    if let Err(error) = found {
        law::position(&law::ADDRESS_ENDINGS, text, error, |text| inet_aton(text));
    }
}

/// What [`compare`] compares with.
pub const ORACLES: &str = "glibc; musl up to white space";

/// Only the values, only with what is fast.
#[must_use]
pub fn compare(text: &[u8]) -> Outcome {
    Comparison::of(inet_aton(text).ok())
        .with("glibc", GLIBC.and_then(|glibc| glibc.aton(text)))
        .with("musl", musl(text))
        .outcome()
}

/// Allowed: musl refuses white space after an address. It is asked about what stands before, unless
/// there is a NUL, which it would not see.
fn musl(text: &[u8]) -> Option<Option<Ipv4Addr>> {
    if text.contains(&0) {
        return None;
    }
    MUSL?.aton(text.split(|&byte| twin::is_space(byte)).next()?)
}
