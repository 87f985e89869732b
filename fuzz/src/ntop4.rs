//! `inet_ntop` of `INET`, `inet_ntoa` and the text of an IPv4 address.

use std::io::Write;
use std::net::Ipv4Addr;

use berkeley::{
    AddressFamily, AddressText, INET_ADDRSTRLEN, inet_aton_exact, inet_ntoa, inet_ntop, parse_ipv4,
};

use crate::oracle::{GLIBC, MUSL};
use crate::outcome::{Comparison, Outcome};
use crate::{Text, law, twin};

/// Compares the text of the first four bytes (too few of them are no address) with glibc, musl,
/// `core::net` and the twin, and writes it to buffers of every size around its own.
///
/// # Panics
///
/// A disagreement or a broken law.
pub fn check(data: &[u8]) {
    law::packed_length(AddressFamily::INET, data, 4);
    assert_eq!(inet_ntoa(data).is_ok(), data.len() == 4, "{}", Text(data));
    let Some(&octets) = data.first_chunk::<4>() else { return };
    let address = Ipv4Addr::from(octets);
    let text = AddressText::of_ipv4(address);
    let ours = text.as_str();
    let [mut of_glibc, mut of_musl] = [[0; INET_ADDRSTRLEN]; 2];
    law::agree("glibc", data, GLIBC.map(|it| it.ntop4(address, &mut of_glibc)), &Some(ours));
    law::agree("musl", data, MUSL.map(|it| it.ntop4(address, &mut of_musl)), &Some(ours));
    law::agree("core::net", data, Some(address.to_string().as_str()), &ours);
    law::agree("the twin", data, Some(twin::ipv4_text(address).as_str()), &ours);

    assert_eq!(inet_ntoa(&octets), Ok(text));
    // What was written is read for the same.
    assert_eq!(parse_ipv4(text), Ok(address));
    assert_eq!(inet_aton_exact(text), Ok(address));
    law::room(AddressFamily::INET, &octets, ours);
    for room in 0..2 * INET_ADDRSTRLEN {
        // A C library writes a NUL, for which it needs a byte more.
        let expected = (room > ours.len()).then_some(ours);
        let mut buffer = vec![0; room];
        law::agree("glibc", data, GLIBC.map(|it| it.ntop4(address, &mut buffer)), &expected);
        law::agree("musl", data, MUSL.map(|it| it.ntop4(address, &mut buffer)), &expected);
    }
}

/// What [`compare`] compares with.
pub const ORACLES: &str = "core::net; glibc";

/// Only the text, only with what is fast.
#[must_use]
pub fn compare(data: &[u8]) -> Outcome {
    let Some(&octets) = data.first_chunk::<4>() else { return Outcome::Refused };
    let address = Ipv4Addr::from(octets);
    let mut buffer = [0; INET_ADDRSTRLEN];
    let text = inet_ntop(AddressFamily::INET, &octets, &mut buffer).ok();
    let mut displayed = Vec::with_capacity(INET_ADDRSTRLEN);
    let of_core_net = write!(displayed, "{address}").ok().and(std::str::from_utf8(&displayed).ok());
    let mut of_glibc = [0; INET_ADDRSTRLEN];
    Comparison::of(text)
        .with("core::net", Some(of_core_net))
        .with("glibc", GLIBC.map(|glibc| glibc.ntop4(address, &mut of_glibc)))
        .outcome()
}
