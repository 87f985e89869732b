//! Ports and zones: decimal numbers that neither wrap nor carry a sign.

use super::error::{AddressTextError, AddressTextErrorKind as Kind};

/// The number of a zone written in decimal digits, or `None` for any other text and for a number of
/// more than 32 bits.
///
/// ```
/// use berkeley::parse_zone_number;
///
/// assert_eq!(parse_zone_number(b"2"), Some(2));
/// assert_eq!(parse_zone_number(b"eth0"), None);
/// assert_eq!(parse_zone_number(b"4294967296"), None);
/// ```
#[must_use]
pub fn parse_zone_number(zone: &[u8]) -> Option<u32> {
    decimal(zone, u32::MAX).ok()
}

/// The port of a text: decimal digits, at most 65535. Nothing wraps, as it does in glibc.
///
/// ```
/// use berkeley::parse_port;
///
/// assert_eq!(parse_port("8080"), Ok(8080));
/// assert!(parse_port("65536").is_err());
/// assert!(parse_port("+80").is_err());
/// ```
///
/// # Errors
///
/// Every other text, also an empty one: what was wrong and where.
pub fn parse_port(text: impl AsRef<[u8]>) -> Result<u16, AddressTextError> {
    decimal(text.as_ref(), u16::MAX.into()).map(|port| port as u16)
}

fn decimal(text: &[u8], maximum: u32) -> Result<u32, AddressTextError> {
    if text.is_empty() {
        return Err(Kind::Empty.at(0));
    }
    let mut value = 0_u32;
    for (at, &byte) in text.iter().enumerate() {
        let digit = char::from(byte).to_digit(10).ok_or(Kind::UnexpectedByte.at(at))?;
        value = match value.checked_mul(10).and_then(|value| value.checked_add(digit)) {
            Some(value) if value <= maximum => value,
            _ => return Err(Kind::NumberTooLarge.at(at)),
        };
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use Kind::*;

    use super::*;

    #[test]
    fn ports_are_digits() {
        // text, port (text-30)
        for (text, expected) in [
            ("0", Ok(0)),
            ("80", Ok(80)),
            ("00080", Ok(80)),
            ("65535", Ok(65535)),
            ("65536", Err(NumberTooLarge.at(4))), // glibc: 0
            ("4294967301", Err(NumberTooLarge.at(5))), // glibc: 5
            ("18446744073709551696", Err(NumberTooLarge.at(5))), // 2^64 + 80
            ("", Err(Empty.at(0))),
            (" 80", Err(UnexpectedByte.at(0))),
            ("80 ", Err(UnexpectedByte.at(2))),
            ("+80", Err(UnexpectedByte.at(0))),
            ("-1", Err(UnexpectedByte.at(0))),
            ("80x", Err(UnexpectedByte.at(2))),
            ("0x50", Err(UnexpectedByte.at(1))),
            ("8\0", Err(UnexpectedByte.at(1))),
            ("\u{ff18}", Err(UnexpectedByte.at(0))),
        ] {
            assert_eq!(parse_port(text), expected, "{text:?}");
        }
    }

    #[test]
    fn zone_numbers_are_digits() {
        // zone, its number
        for (zone, number) in [
            (&b"0"[..], Some(0)),
            (b"007", Some(7)),
            (b"4294967295", Some(u32::MAX)),
            (b"4294967296", None), // 33 bits
            (b"18446744073709551617", None),
            (b"", None),
            (b"+1", None),
            (b"1 ", None),
            (b"eth0", None),
            (b"0x1", None),
        ] {
            assert_eq!(parse_zone_number(zone), number);
        }
    }
}
