//! The strict form of an IPv4 address: the dotted quad.
//!
//! Agrees with `inet_pton(3)` of glibc and with `core::net` on every text, and says where a refused
//! text goes wrong: the byte-wise parser here does, and what is faster asks it about every text that
//! it does not accept. Source: `inet_pton(3)`.

use core::net::Ipv4Addr;

use super::error::{AddressTextError, AddressTextErrorKind as Kind};
use super::legacy::inet_aton_exact_bytes;
use super::scan::Scanner;
use super::{simd, swar};

/// The IPv4 address of a dotted quad: four decimal numbers up to 255 without leading zeros.
///
/// ```
/// use berkeley::{AddressTextErrorKind, parse_ipv4};
/// use core::net::Ipv4Addr;
///
/// assert_eq!(parse_ipv4("192.0.2.1"), Ok(Ipv4Addr::new(192, 0, 2, 1)));
/// assert_eq!(parse_ipv4("192.0.2.01").unwrap_err().kind, AddressTextErrorKind::LegacyForm);
/// ```
///
/// # Errors
///
/// Every other text: what was wrong and where. [`AddressTextErrorKind::LegacyForm`] tells the texts
/// that [`inet_aton_exact`](crate::inet_aton_exact) takes from those that are no address at all.
///
/// [`AddressTextErrorKind::LegacyForm`]: crate::AddressTextErrorKind::LegacyForm
#[inline]
pub fn parse_ipv4(text: impl AsRef<[u8]>) -> Result<Ipv4Addr, AddressTextError> {
    let text = text.as_ref();
    match simd::quad(text) {
        Some(octets) => Ok(Ipv4Addr::from_octets(octets)),
        None => parse_ipv4_bytes(text),
    }
}

/// As [`parse_ipv4`], also in constants.
///
/// ```
/// use berkeley::parse_ipv4_bytes;
/// use core::net::Ipv4Addr;
///
/// const DNS: Ipv4Addr = match parse_ipv4_bytes(b"192.0.2.53") {
///     Ok(address) => address,
///     Err(_) => panic!("not an address"),
/// };
/// assert_eq!(DNS.octets(), [192, 0, 2, 53]);
/// ```
///
/// # Errors
///
/// As [`parse_ipv4`].
#[inline]
pub const fn parse_ipv4_bytes(text: &[u8]) -> Result<Ipv4Addr, AddressTextError> {
    match swar::ipv4::quad(text) {
        Some(octets) => Ok(Ipv4Addr::from_octets(octets)),
        None => byte_by_byte(text),
    }
}

const fn byte_by_byte(text: &[u8]) -> Result<Ipv4Addr, AddressTextError> {
    if text.is_empty() {
        return Err(Kind::Empty.at(0));
    }
    match quad(text, 0) {
        Ok(octets) => Ok(Ipv4Addr::from_octets(octets)),
        Err(error) => match inet_aton_exact_bytes(text) {
            Ok(_) => Err(Kind::LegacyForm.at(error.at)),
            Err(_) => Err(error),
        },
    }
}

/// The dotted quad from `at` to the end of the text.
pub(super) const fn quad(text: &[u8], at: usize) -> Result<[u8; 4], AddressTextError> {
    let mut octets = [0; 4];
    match Scanner::new(text, at).octets(&mut octets, 10, b'.') {
        Ok(()) => Ok(octets),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use Kind::*;

    use super::*;

    #[test]
    fn ipv4_is_a_dotted_quad() {
        // text, address (text-15, text-01)
        for (text, address) in [
            ("192.0.2.1", [192, 0, 2, 1]),
            ("0.0.0.0", [0; 4]),
            ("255.255.255.255", [255; 4]),
            ("10.0.99.100", [10, 0, 99, 100]),
        ] {
            assert_eq!(parse_ipv4(text), Ok(Ipv4Addr::from(address)), "{text:?}");
        }
    }

    #[test]
    fn ipv4_says_where_a_text_goes_wrong() {
        // text, what is wrong, at which byte
        for (text, kind, at) in [
            ("", Empty, 0),
            ("1.2.3", LegacyForm, 5),     // text-02: for inet_aton only
            ("1.2.3.010", LegacyForm, 7), // text-04
            ("1.2.3.00", LegacyForm, 7),
            ("01.2.3.4", LegacyForm, 1),
            ("001.2.3.4", LegacyForm, 1),
            ("0x7f.0.0.1", LegacyForm, 1), // text-03
            ("1.2.3.0x4", LegacyForm, 7),
            ("1.65536", LegacyForm, 4),
            ("08.2.3.4", LeadingZero, 1), // text-05: octal has no 8
            ("1.2.3.09", LeadingZero, 7),
            ("1.2.3.256", NumberTooLarge, 8),
            ("1.2.3.1000", NumberTooLarge, 9),
            ("99999999999999999999.1", NumberTooLarge, 2), // text-07
            ("+1.2.3.4", UnexpectedByte, 0),               // text-08
            (" 1.2.3.4", UnexpectedByte, 0),
            ("1.2.3.4 ", TrailingBytes, 7), // text-09
            ("1.2.3.4\n", TrailingBytes, 7),
            ("1.2.3.", UnexpectedEnd, 6), // text-10
            ("1.2.3.4.", TooManyParts, 7),
            ("1.2.3.4.5", TooManyParts, 7),
            ("1..2.3", UnexpectedByte, 2),
            (".1.2.3", UnexpectedByte, 0),
            ("1.2.3.4\0", TrailingBytes, 7), // text-12
            ("1.2\0", UnexpectedByte, 3),
            ("1.2.3.\u{ff14}", UnexpectedByte, 6), // text-13
            ("1.2.3.4:80", TrailingBytes, 7),      // text-21
            ("1.2.3.0/24", TrailingBytes, 7),
            ("::1", UnexpectedByte, 0),
        ] {
            assert_eq!(parse_ipv4(text), Err(kind.at(at)), "{text:?}");
        }
    }
}
