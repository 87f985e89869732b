//! Ports and zones: decimal numbers that neither wrap nor carry a sign.

use super::error::{AddressTextError, AddressTextErrorKind as Kind};
use super::scan::Scanner;

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
pub const fn parse_zone_number(zone: &[u8]) -> Option<u32> {
    match decimal(zone, 0, u32::MAX) {
        Ok(number) => Some(number),
        Err(_) => None,
    }
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
    parse_port_bytes(text.as_ref())
}

/// As [`parse_port`], also where the compiler does it.
///
/// ```
/// use berkeley::parse_port_bytes;
///
/// const PORT: u16 = match parse_port_bytes(b"8080") {
///     Ok(port) => port,
///     Err(_) => panic!("not a port"),
/// };
/// assert_eq!(PORT, 8080);
/// ```
///
/// # Errors
///
/// Every other text, also an empty one: what was wrong and where.
pub const fn parse_port_bytes(text: &[u8]) -> Result<u16, AddressTextError> {
    port(text, 0)
}

/// The port from the byte `from` to the end of the text.
pub(super) const fn port(text: &[u8], from: usize) -> Result<u16, AddressTextError> {
    match decimal(text, from, u16::MAX as u32) {
        Ok(port) => Ok(port as u16),
        Err(error) => Err(error),
    }
}

/// The number from the byte `from` to the end of the text.
pub(super) const fn decimal(
    text: &[u8],
    from: usize,
    maximum: u32,
) -> Result<u32, AddressTextError> {
    let mut rest = Scanner::new(text, from);
    if rest.peek().is_none() {
        return Err(rest.error(Kind::Empty));
    }
    match rest.number(10, maximum) {
        Ok(_) if rest.peek().is_some() => Err(rest.error(Kind::UnexpectedByte)),
        result => result,
    }
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
            assert_eq!(parse_port_bytes(text.as_bytes()), expected, "{text:?}");
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
            (b"5000000000", None),
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
