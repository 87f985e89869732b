//! `inet_aton`: the old forms of an IPv4 address, by the rules of glibc.
//!
//! One to four numbers with dots between them, each decimal, octal (`0177`) or hexadecimal (`0x7f`).
//! The numbers before the last are one byte each, the last one fills the rest. Sources: `inet(3)`,
//! glibc's `resolv/inet_addr.c`.

use core::net::Ipv4Addr;

use super::error::{AddressTextError, AddressTextErrorKind as Kind};
use super::scan::Scanner;
use super::{simd, swar};

/// The IPv4 address of a text in any of the old forms: Python's and glibc's `inet_aton`.
///
/// Reading stops at the first white space, and **whatever follows it is ignored**, as glibc does;
/// [`inet_aton_exact`] is for those who would rather not. For the dotted quad alone there is
/// [`parse_ipv4`](crate::parse_ipv4).
///
/// ```
/// use berkeley::inet_aton;
/// use core::net::Ipv4Addr;
///
/// for text in ["127.0.0.1", "127.1", "0x7f000001", "0177.0.0.1", "127.0.0.1 and more"] {
///     assert_eq!(inet_aton(text), Ok(Ipv4Addr::LOCALHOST));
/// }
/// ```
///
/// # Errors
///
/// Every other text, one with a NUL in any place among them: what was wrong and where.
#[inline]
pub fn inet_aton(text: impl AsRef<[u8]>) -> Result<Ipv4Addr, AddressTextError> {
    let text = text.as_ref();
    match simd::quad(text) {
        Some(octets) => Ok(Ipv4Addr::from_octets(octets)),
        None => inet_aton_bytes(text),
    }
}

/// As [`inet_aton`], also in constants.
///
/// # Errors
///
/// As [`inet_aton`].
#[inline]
pub const fn inet_aton_bytes(text: &[u8]) -> Result<Ipv4Addr, AddressTextError> {
    // The strict form is by far the most common one, and means the same here.
    match swar::ipv4::quad(text) {
        Some(octets) => Ok(Ipv4Addr::from_octets(octets)),
        None => byte_by_byte(text, false),
    }
}

/// As [`inet_aton`], without its leniency: not a byte may follow the address.
///
/// ```
/// use berkeley::inet_aton_exact;
/// use core::net::Ipv4Addr;
///
/// assert_eq!(inet_aton_exact("127.1"), Ok(Ipv4Addr::LOCALHOST));
/// assert!(inet_aton_exact("127.1 ").is_err());
/// ```
///
/// # Errors
///
/// Every other text: what was wrong and where.
#[inline]
pub fn inet_aton_exact(text: impl AsRef<[u8]>) -> Result<Ipv4Addr, AddressTextError> {
    let text = text.as_ref();
    match simd::quad(text) {
        Some(octets) => Ok(Ipv4Addr::from_octets(octets)),
        None => inet_aton_exact_bytes(text),
    }
}

/// As [`inet_aton_exact`], also in constants.
///
/// # Errors
///
/// As [`inet_aton_exact`].
#[inline]
pub const fn inet_aton_exact_bytes(text: &[u8]) -> Result<Ipv4Addr, AddressTextError> {
    match swar::ipv4::quad(text) {
        Some(octets) => Ok(Ipv4Addr::from_octets(octets)),
        None => byte_by_byte(text, true),
    }
}

/// The address of the whole text, or of what stands before the first white space in it.
const fn byte_by_byte(text: &[u8], exact: bool) -> Result<Ipv4Addr, AddressTextError> {
    let mut rest = Scanner::new(text, 0);
    let address = match numbers(&mut rest) {
        Ok(address) => address,
        Err(error) => return Err(error),
    };
    match rest.peek() {
        None => {}
        // The C locale's isspace.
        Some(b' ' | b'\t'..=b'\r') if !exact => {}
        Some(_) => return Err(rest.error(Kind::TrailingBytes)),
    }
    // Python never lets a NUL come as far as to the C library.
    while let Some(byte) = rest.peek() {
        if byte == 0 {
            return Err(rest.error(Kind::UnexpectedByte));
        }
        rest.advance();
    }
    Ok(Ipv4Addr::from_bits(address))
}

/// Reads the address with which the text begins.
const fn numbers(rest: &mut Scanner<'_>) -> Result<u32, AddressTextError> {
    let mut before = 0; // the numbers before the last, in their places
    let mut room = 32; // the bits that the next number has if it is the last
    loop {
        let value = match number(rest, u32::MAX >> (32 - room)) {
            Ok(value) => value,
            Err(error) => return Err(error),
        };
        let kind = match rest.peek() {
            Some(b'.') if room == 8 => Kind::TooManyParts,
            Some(b'.') if value > 0xFF => Kind::NumberTooLarge,
            Some(b'.') => {
                rest.advance();
                room -= 8;
                before |= value << room;
                continue;
            }
            _ => return Ok(before | value),
        };
        return Err(rest.error(kind));
    }
}

/// Reads a number, in the base its first digits tell.
const fn number(rest: &mut Scanner<'_>, maximum: u32) -> Result<u32, AddressTextError> {
    let mut base = 10;
    if let Some(b'0') = rest.peek() {
        base = 8;
        rest.advance();
        if let Some(b'x' | b'X') = rest.peek() {
            base = 16;
            rest.advance();
        }
    }
    // The zero of an octal number is a digit already.
    if base != 8 && !rest.is_digit(base) {
        let is_empty = rest.at() == 0 && rest.peek().is_none();
        return Err(if is_empty { rest.error(Kind::Empty) } else { rest.unexpected() });
    }
    rest.number(base, maximum)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec;

    use super::*;
    use crate::{parse_ipv4, parse_ipv6};

    #[test]
    fn accepted_as_glibc_accepts() {
        // text, address, whether it is also the strict form (section 3.11, rows F42-F44)
        for (text, address, strict) in [
            ("192.0.2.1", [192, 0, 2, 1], true), // text-01
            ("0.0.0.0", [0; 4], true),
            ("255.255.255.255", [255; 4], true), // text-29: an address like any other
            ("1", [0, 0, 0, 1], false),          // text-02: the last number fills the rest
            ("0", [0; 4], false),
            ("127.1", [127, 0, 0, 1], false),
            ("127.0.1", [127, 0, 0, 1], false),
            ("1.2.3", [1, 2, 0, 3], false),
            ("0177.0.0.1", [127, 0, 0, 1], false), // text-03: octal
            ("0x7f.1", [127, 0, 0, 1], false),     // hexadecimal
            ("0X7F.1", [127, 0, 0, 1], false),
            ("0x7f000001", [127, 0, 0, 1], false),
            ("0X1F.1", [31, 0, 0, 1], false),
            ("1.2.3.010", [1, 2, 3, 8], false), // text-04: never 10
            ("01.02.03.04", [1, 2, 3, 4], false),
            ("00.00.00.00", [0; 4], false),
            ("00000000001.2.3.4", [1, 2, 3, 4], false), // any number of zeros
            ("0x000000000ff.1", [255, 0, 0, 1], false),
            ("1.16777215", [1, 255, 255, 255], false), // text-06: the limits
            ("1.65536", [1, 1, 0, 0], false),
            ("1.2.65535", [1, 2, 255, 255], false),
            ("4294967295", [255; 4], false),
            ("037777777777", [255; 4], false),
            ("0xffffffff", [255; 4], false),
        ] {
            let address = Ipv4Addr::from(address);
            assert_eq!(inet_aton(text), Ok(address), "{text:?}");
            assert_eq!(inet_aton_exact(text), Ok(address), "{text:?}");
            match parse_ipv4(text) {
                Ok(found) => assert!(strict && found == address, "{text:?}"),
                Err(error) => assert!(!strict && error.kind == Kind::LegacyForm, "{text:?}"),
            }
        }
    }

    #[test]
    fn white_space_ends_the_address() {
        // text, which byte `inet_aton_exact` refuses (text-09)
        for (text, at) in [
            ("1.2.3.4 ", 7),
            ("1.2.3.4\n", 7),
            ("1.2.3.4\tx", 7),
            ("1.2.3.4\x0b", 7), // vertical tab, which is_ascii_whitespace forgets
            ("1.2.3.4\x0c\r", 7),
            ("1.2.3.4 foo", 7), // whatever follows
            ("1.2.772 1.2.3.4", 7),
            ("0x1020304 \u{ff11}", 9),
        ] {
            assert_eq!(inet_aton(text), Ok(Ipv4Addr::new(1, 2, 3, 4)), "{text:?}");
            assert_eq!(inet_aton_exact(text), Err(Kind::TrailingBytes.at(at)), "{text:?}");
            assert!(parse_ipv4(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn refused_as_glibc_refuses() {
        use Kind::*;
        // text, what is wrong, at which byte
        for (text, kind, at) in [
            ("08", TrailingBytes, 1), // text-05: an octal zero, and then?
            ("08.0.0.1", TrailingBytes, 1),
            ("1.2.3.09", TrailingBytes, 7),
            ("09.2.3.4", TrailingBytes, 1),
            ("4294967296", NumberTooLarge, 9), // text-06: the limits
            ("040000000000", NumberTooLarge, 11),
            ("0x100000000", NumberTooLarge, 10),
            ("1.16777216", NumberTooLarge, 9),
            ("1.2.65536", NumberTooLarge, 8),
            ("1.2.3.256", NumberTooLarge, 8),
            ("256.1", NumberTooLarge, 3), // as the only number it would fit
            ("1.256.1", NumberTooLarge, 5),
            ("0x100.1", NumberTooLarge, 5),
            ("18446744073709551617", NumberTooLarge, 10), // text-07: 2^64 + 1
            ("340282366920938463463374607431768211457", NumberTooLarge, 10), // 2^128 + 1
            ("+1.2.3.4", UnexpectedByte, 0),              // text-08
            ("-1", UnexpectedByte, 0),
            ("1.-2.3.4", UnexpectedByte, 2),
            (" 1.2.3.4", UnexpectedByte, 0),
            ("1. 2.3.4", UnexpectedByte, 2),
            ("1_0.1", TrailingBytes, 1),
            ("1e3", TrailingBytes, 1),
            ("0b101", TrailingBytes, 1),
            ("0b1.1", TrailingBytes, 1),
            ("0o17", TrailingBytes, 1),
            ("1.2.3.4foo", TrailingBytes, 7),
            ("1.2.3.4/24", TrailingBytes, 7),
            ("1.2.3.", UnexpectedEnd, 6), // text-10
            ("1..2", UnexpectedByte, 2),
            ("1.2.3.4.5", TooManyParts, 7),
            ("1.2.3.4.", TooManyParts, 7),
            (".", UnexpectedByte, 0),
            ("...", UnexpectedByte, 0),
            (".1", UnexpectedByte, 0),
            ("", Empty, 0),
            (" ", UnexpectedByte, 0),
            ("0x", UnexpectedEnd, 2), // text-11
            ("0x.0x.0", UnexpectedByte, 2),
            ("0x.1", UnexpectedByte, 2),
            ("1.2.3.0x", UnexpectedEnd, 8),
            ("0xg", UnexpectedByte, 2),
            ("0x 1", UnexpectedByte, 2),
            ("\0", UnexpectedByte, 0), // text-12
            ("1.2.3.4\0", TrailingBytes, 7),
            ("1.2\0.3.4", TrailingBytes, 3),
            ("\u{ff11}.2.3.4", UnexpectedByte, 0), // text-13: a full-width 1
            ("1.2.3.\u{664}", UnexpectedByte, 6),  // an Arabic 4
            ("\u{b2}", UnexpectedByte, 0),         // a superscript 2
            ("::1", UnexpectedByte, 0),            // row F45: no IPv6
            ("abc", UnexpectedByte, 0),
        ] {
            let error = kind.at(at);
            assert_eq!(inet_aton(text), Err(error), "{text:?}");
            assert_eq!(inet_aton_exact(text), Err(error), "{text:?}");
            let strict = parse_ipv4(text).unwrap_err();
            assert_ne!(strict.kind, LegacyForm, "{text:?}");
        }
    }

    #[test]
    fn a_nul_is_not_hidden_by_white_space() {
        // text-12: Python refuses it before the C library could stop reading there
        let error = Kind::UnexpectedByte.at(9);
        assert_eq!(inet_aton("1.2.3.4 x\0"), Err(error));
        assert_eq!(inet_aton_exact("1.2.3.4 x\0"), Err(Kind::TrailingBytes.at(7)));
    }

    #[test]
    fn megabytes_are_only_long() {
        const LENGTH: usize = 1 << 20;
        let mut text = vec![b'0'; LENGTH];
        // text-14: a byte at the end of a megabyte of zeros, what the legacy form makes of it
        for (last, expected) in [
            (b'7', Ok(Ipv4Addr::new(0, 0, 0, 7))),
            (b'8', Err(Kind::TrailingBytes.at(LENGTH - 1))),
            (b'.', Err(Kind::UnexpectedEnd.at(LENGTH))),
        ] {
            text[LENGTH - 1] = last;
            assert_eq!(inet_aton(&text), expected);
            assert!(parse_ipv4(&text).is_err() && parse_ipv6(&text).is_err());
        }
        for byte in [b'1', b':', b'.', b' ', b'f', 0, 0xFF] {
            text.fill(byte);
            assert!(inet_aton(&text).is_err() && inet_aton_exact(&text).is_err());
            assert!(parse_ipv4(&text).is_err() && parse_ipv6(&text).is_err());
        }
    }
}
