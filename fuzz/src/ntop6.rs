//! `inet_ntop` of `INET6` and the text of an IPv6 address.

use std::io::Write;
use std::net::Ipv6Addr;

use berkeley::{AddressFamily, AddressText, INET6_ADDRSTRLEN, inet_ntop, parse_ipv6};

use crate::oracle::{GLIBC, MUSL};
use crate::outcome::{Comparison, Outcome};
use crate::{law, twin};

/// Compares the text of the first sixteen bytes (too few of them are no address) with glibc, musl,
/// `core::net` and the twin, and writes it to buffers of every size around its own.
///
/// # Panics
///
/// A disagreement or a broken law.
pub fn check(data: &[u8]) {
    law::packed_length(AddressFamily::INET6, data, 16);
    let Some(&octets) = data.first_chunk::<16>() else { return };
    let address = Ipv6Addr::from(octets);
    let text = AddressText::of_ipv6(address);
    let ours = text.as_str();
    let [mut of_glibc, mut of_musl] = [[0; INET6_ADDRSTRLEN]; 2];
    let musl = MUSL.filter(|_| !musl_differs(address));
    law::agree("glibc", data, GLIBC.map(|it| it.ntop6(address, &mut of_glibc)), &Some(ours));
    law::agree("musl", data, musl.map(|it| it.ntop6(address, &mut of_musl)), &Some(ours));
    if !is_compatible(address) {
        law::agree("core::net", data, Some(address.to_string().as_str()), &ours);
    }
    law::agree("the twin", data, Some(twin::ipv6_text(address).as_str()), &ours);

    // What was written is read for the same.
    assert_eq!(parse_ipv6(text), Ok(address));
    law::room(AddressFamily::INET6, &octets, ours);
    for room in 0..INET6_ADDRSTRLEN + 2 {
        // A C library writes a NUL, for which it needs a byte more.
        let expected = (room > ours.len()).then_some(ours);
        let mut buffer = vec![0; room];
        law::agree("glibc", data, GLIBC.map(|it| it.ntop6(address, &mut buffer)), &expected);
        law::agree("musl", data, musl.map(|it| it.ntop6(address, &mut buffer)), &expected);
    }
}

/// What [`compare`] compares with.
pub const ORACLES: &str = "core::net but for compatible addresses; glibc";

/// Only the text, only with what is fast.
#[must_use]
pub fn compare(data: &[u8]) -> Outcome {
    let Some(&octets) = data.first_chunk::<16>() else { return Outcome::Refused };
    let address = Ipv6Addr::from(octets);
    let mut buffer = [0; INET6_ADDRSTRLEN];
    let text = inet_ntop(AddressFamily::INET6, &octets, &mut buffer).ok();
    let mut displayed = Vec::with_capacity(INET6_ADDRSTRLEN);
    let of_core_net = write!(displayed, "{address}").ok().and(std::str::from_utf8(&displayed).ok());
    let mut of_glibc = [0; INET6_ADDRSTRLEN];
    Comparison::of(text)
        .with("core::net", (!is_compatible(address)).then_some(of_core_net))
        .with("glibc", GLIBC.map(|glibc| glibc.ntop6(address, &mut of_glibc)))
        .outcome()
}

/// Allowed: `core::net` and musl print these in hexadecimal, RFC 5952 leaves it open, and glibc,
/// which Python shows, prints a quad.
fn is_compatible(address: Ipv6Addr) -> bool {
    matches!(address.segments(), [0, 0, 0, 0, 0, 0, 1..=0xFFFF, _])
}

/// Allowed, beside the compatible addresses: musl counts the characters of a run with the colons
/// around it, and a run at the beginning or at the end has one less. Of two longest runs it takes
/// the second if the first begins the address and the second does not end it, against RFC 5952
/// section 4.2.3.
fn musl_differs(address: Ipv6Addr) -> bool {
    let groups = address.segments();
    let is_zero = |groups: &[u16]| groups.iter().all(|&group| group == 0);
    let first = groups.iter().take_while(|&&group| group == 0).count();
    let inside = groups.get(first..7).unwrap_or_default();
    let tie =
        first > 1 && inside.windows(first).any(is_zero) && !groups.windows(first + 1).any(is_zero);
    is_compatible(address) || tie
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn musl_differs_where_it_is_said_to() {
        let Some(musl) = MUSL else { return };
        // address, whether musl prints something else than we: no more is left out than has to be
        for (text, differs) in [
            ("::1.2.3.4", true),      // compatible
            ("0:0:1::2:3", false),    // the second run is the longer one
            ("::1:0:0:2:3:4", true),  // the first of equals, at the beginning
            ("::1:2:0:0:0", false),   // 3 and 3, the second at the end
            ("::1:2:3:4:0:0", false), // 2 and 2
            ("0:0:1:2:3::", false),   // 2 and 3, the second at the end
            ("1::2:3:0:0:4", false),  // the first of equals, inside
            ("::1:0:0:2:3", false),   // 3 and 2
            ("::", false),
            ("::1:2:3:4:5:6", false), // no other run
        ] {
            let address: Ipv6Addr = text.parse().unwrap();
            let mut buffer = [0; INET6_ADDRSTRLEN];
            let of_musl = musl.ntop6(address, &mut buffer).unwrap();
            let ours = AddressText::of_ipv6(address);
            assert_eq!(of_musl != ours.as_str(), differs, "{of_musl}");
            assert_eq!(musl_differs(address), differs, "{text}");
        }
    }
}
