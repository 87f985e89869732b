//! The strict form of an IPv4 address: the dotted quad.
//!
//! Agrees with `inet_pton(3)` of glibc and with `core::net` on every text, and says where a refused
//! text goes wrong. Source: `spec/python-socket.md` 3.12.

use core::net::Ipv4Addr;

use super::error::{AddressTextError, AddressTextErrorKind as Kind};
use super::legacy::inet_aton_exact;

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
/// that [`inet_aton_exact`] takes from those that are no address at all.
///
/// [`AddressTextErrorKind::LegacyForm`]: crate::AddressTextErrorKind::LegacyForm
pub fn parse_ipv4(text: impl AsRef<[u8]>) -> Result<Ipv4Addr, AddressTextError> {
    ipv4(text.as_ref())
}

fn ipv4(text: &[u8]) -> Result<Ipv4Addr, AddressTextError> {
    if text.is_empty() {
        return Err(Kind::Empty.at(0));
    }
    quad(text, 0).map(Ipv4Addr::from_octets).map_err(|error| match inet_aton_exact(text) {
        Ok(_) => Kind::LegacyForm.at(error.at),
        Err(_) => error,
    })
}

/// The dotted quad from `at` to the end of the text.
pub(super) fn quad(text: &[u8], mut at: usize) -> Result<[u8; 4], AddressTextError> {
    let mut octets = [0; 4];
    for (index, octet) in octets.iter_mut().enumerate() {
        let start = at;
        let mut value = 0;
        while let Some(digit) = text.get(at).and_then(|&byte| char::from(byte).to_digit(10)) {
            if at > start && value == 0 {
                return Err(Kind::LeadingZero.at(at));
            }
            value = value * 10 + digit;
            if value > 0xFF {
                return Err(Kind::NumberTooLarge.at(at));
            }
            at += 1;
        }
        *octet = value as u8;
        match text.get(at) {
            None if at == start => return Err(Kind::UnexpectedEnd.at(at)),
            Some(_) if at == start => return Err(Kind::UnexpectedByte.at(at)),
            Some(b'.') if index < 3 => at += 1,
            Some(b'.') => return Err(Kind::TooManyParts.at(at)),
            None if index < 3 => return Err(Kind::TooFewParts.at(at)),
            Some(_) if index < 3 => return Err(Kind::UnexpectedByte.at(at)),
            Some(_) => return Err(Kind::TrailingBytes.at(at)),
            None => {}
        }
    }
    Ok(octets)
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
