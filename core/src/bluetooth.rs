//! Addresses of Bluetooth devices and their text. Source: Python manual, "Socket families".

use core::fmt;
use core::str::FromStr;

use crate::inet::{AddressTextError, AddressTextErrorKind as Kind, Scanner, text_traits};

/// The address of a Bluetooth device, in the order of C's `bdaddr_t`: the last byte of the text is
/// the first in memory.
///
/// ```
/// use berkeley::BluetoothAddress;
///
/// let address: BluetoothAddress = "01:02:03:04:05:ab".parse().unwrap();
/// assert_eq!(address, BluetoothAddress([0xAB, 5, 4, 3, 2, 1]));
/// assert_eq!(address.to_string(), "01:02:03:04:05:AB");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct BluetoothAddress(pub [u8; 6]);

impl BluetoothAddress {
    /// Any adapter: `00:00:00:00:00:00`, Python's `BDADDR_ANY`.
    pub const ANY: BluetoothAddress = BluetoothAddress([0; 6]);

    /// This machine: `00:00:00:FF:FF:FF`, Python's `BDADDR_LOCAL`.
    ///
    /// BlueZ has a constant of that name with the same bytes in the opposite order.
    pub const LOCAL: BluetoothAddress = BluetoothAddress([0xFF, 0xFF, 0xFF, 0, 0, 0]);
}

/// The address of a text: six hexadecimal numbers up to `FF` with colons between them.
///
/// A number has one digit or more, in either case; zeros before it count for nothing.
///
/// ```
/// use berkeley::{BluetoothAddress, parse_bluetooth_address};
///
/// assert_eq!(parse_bluetooth_address("0:0:0:ff:FF:0ff"), Ok(BluetoothAddress::LOCAL));
/// assert!(parse_bluetooth_address("00-00-00-FF-FF-FF").is_err());
/// ```
///
/// # Errors
///
/// Every other text: what was wrong and where.
pub fn parse_bluetooth_address(
    text: impl AsRef<[u8]>,
) -> Result<BluetoothAddress, AddressTextError> {
    bluetooth_address(text.as_ref())
}

const fn bluetooth_address(text: &[u8]) -> Result<BluetoothAddress, AddressTextError> {
    if text.is_empty() {
        return Err(Kind::Empty.at(0));
    }
    let mut octets = [0; 6];
    match Scanner::new(text, 0).octets(&mut octets, 16, b':') {
        Ok(()) => {
            let [a, b, c, d, e, f] = octets;
            Ok(BluetoothAddress([f, e, d, c, b, a]))
        }
        Err(error) => Err(error),
    }
}

impl FromStr for BluetoothAddress {
    type Err = AddressTextError;

    /// As [`parse_bluetooth_address`].
    fn from_str(text: &str) -> Result<BluetoothAddress, AddressTextError> {
        bluetooth_address(text.as_bytes())
    }
}

/// The text of a Bluetooth address, 17 bytes: six numbers of two digits, in upper case.
///
/// ```
/// use berkeley::{BluetoothAddress, BluetoothAddressText};
///
/// assert_eq!(BluetoothAddressText::of(BluetoothAddress::LOCAL), "00:00:00:FF:FF:FF");
/// ```
#[derive(Clone, Copy)]
pub struct BluetoothAddressText([[u8; 3]; 6]); // with a colon at the end, which is not of the text

impl BluetoothAddressText {
    /// The text of this address.
    #[must_use]
    pub const fn of(address: BluetoothAddress) -> BluetoothAddressText {
        let mut text = [*b"00:"; 6];
        let mut index = 0;
        while index < 6 {
            let byte = address.0[5 - index];
            text[index] = [digit(byte >> 4), digit(byte & 0xF), b':'];
            index += 1;
        }
        BluetoothAddressText(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // It is ASCII, so the default is not taken.
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The bytes of the text.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        let (text, _) = self.0.as_flattened().split_at(17);
        text
    }
}

const fn digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'A' - 10 + value }
}

impl From<BluetoothAddress> for BluetoothAddressText {
    fn from(address: BluetoothAddress) -> BluetoothAddressText {
        BluetoothAddressText::of(address)
    }
}

text_traits!(BluetoothAddressText);

/// As [`BluetoothAddressText`].
impl fmt::Display for BluetoothAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        BluetoothAddressText::of(*self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::format;

    use Kind::*;

    use super::*;

    #[test]
    fn six_numbers_of_one_digit_or_more() {
        // text, bytes in memory, canonical text (row A20)
        for (text, bytes, canonical) in [
            ("00:1A:7D:DA:71:13", [0x13, 0x71, 0xDA, 0x7D, 0x1A, 0], "00:1A:7D:DA:71:13"),
            ("0:1:2:3:4:5", [5, 4, 3, 2, 1, 0], "00:01:02:03:04:05"), // one digit is enough
            ("a:B:c:D:e:F", [15, 14, 13, 12, 11, 10], "0A:0B:0C:0D:0E:0F"), // either case
            ("00ff:000:1:2:3:0004", [4, 3, 2, 1, 0, 255], "FF:00:01:02:03:04"), // zeros before
            ("00:00:00:00:00:00", BluetoothAddress::ANY.0, "00:00:00:00:00:00"),
            ("00:00:00:FF:FF:FF", BluetoothAddress::LOCAL.0, "00:00:00:FF:FF:FF"),
        ] {
            let address = BluetoothAddress(bytes);
            assert_eq!(parse_bluetooth_address(text), Ok(address), "{text:?}");
            assert_eq!(text.parse(), Ok(address), "{text:?}");
            assert_eq!(BluetoothAddressText::of(address), canonical);
        }
    }

    #[test]
    fn it_says_where_a_text_goes_wrong() {
        // text, what is wrong, at which byte (row A20)
        for (text, kind, at) in [
            ("", Empty, 0),
            ("0", TooFewParts, 1),
            ("0:1:2:3:4", TooFewParts, 9),
            ("0:1:2:3:4:", UnexpectedEnd, 10),
            ("0:1:2:3:4:5:", TooManyParts, 11),
            ("0:1:2:3:4:5:6", TooManyParts, 11),
            ("0:1:2:3:4:5 ", TrailingBytes, 11),
            ("0:1:2:3:4:5\0", TrailingBytes, 11),
            ("0:1:2:3:4:100", NumberTooLarge, 12),
            ("100:1:2:3:4:5", NumberTooLarge, 2),
            ("10000000000000000:1:2:3:4:5", NumberTooLarge, 2), // nothing wraps
            ("0::2:3:4:5", UnexpectedByte, 2),
            (":1:2:3:4:5", UnexpectedByte, 0),
            ("00-1A-7D-DA-71-13", UnexpectedByte, 2),
            ("001A7DDA7113", NumberTooLarge, 4),
            ("0x1:1:2:3:4:5", UnexpectedByte, 1), // what C's sscanf would take
            ("+1:1:2:3:4:5", UnexpectedByte, 0),
            (" 1:1:2:3:4:5", UnexpectedByte, 0),
            ("0: 1:2:3:4:5", UnexpectedByte, 2),
            ("0:1 :2:3:4:5", UnexpectedByte, 3),
            ("0:1:2:3:4:g", UnexpectedByte, 10),
            ("0:1:2:3:4:\u{ff15}", UnexpectedByte, 10),
        ] {
            assert_eq!(parse_bluetooth_address(text), Err(kind.at(at)), "{text:?}");
        }
    }

    #[test]
    fn it_is_a_string_in_every_way() {
        let text = BluetoothAddressText::from(BluetoothAddress::LOCAL);
        assert_eq!((text.len(), text.as_bytes()), (17, &b"00:00:00:FF:FF:FF"[..]));
        let printed = format!("{text} {text:?} {:>18}", BluetoothAddress::LOCAL);
        assert_eq!(printed, "00:00:00:FF:FF:FF \"00:00:00:FF:FF:FF\"  00:00:00:FF:FF:FF");
        assert_eq!(text, *"00:00:00:FF:FF:FF");
        assert_eq!(parse_bluetooth_address(text), Ok(BluetoothAddress::LOCAL));
    }
}
