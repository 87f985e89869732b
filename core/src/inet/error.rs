//! What was wrong with an address text, and where.

use core::fmt;

use crate::Error;

/// Why a text is not an address: what was wrong and at which byte.
///
/// ```
/// use berkeley::{AddressTextErrorKind, parse_ipv4};
///
/// let error = parse_ipv4("192.0.2.256").unwrap_err();
/// assert_eq!((error.kind, error.at), (AddressTextErrorKind::NumberTooLarge, 10));
/// assert_eq!(error.to_string(), "number too large at byte 10");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct AddressTextError {
    /// What was wrong.
    pub kind: AddressTextErrorKind,
    /// The first byte, counted from 0, with which no accepted text goes on; the length of the text
    /// where it ends too early.
    pub at: usize,
}

/// What was wrong with an address text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum AddressTextErrorKind {
    /// No text at all, or nothing where an address has to stand.
    Empty,
    /// A byte that cannot stand there.
    UnexpectedByte,
    /// The text ends where a number, or a closing bracket, has to follow.
    UnexpectedEnd,
    /// Bytes after an address that was complete.
    TrailingBytes,
    /// Fewer numbers than the address has.
    TooFewParts,
    /// More numbers than the address has, or a `::` that would stand for none.
    TooManyParts,
    /// A number that does not fit where it stands.
    NumberTooLarge,
    /// A zero before other digits in an IPv4 number.
    LeadingZero,
    /// More than four hexadecimal digits in a group, zeros counted.
    TooLong,
    /// A second `::`.
    ZeroRunTwice,
    /// Not an IPv4 address in the strict form, but one that
    /// [`inet_aton_exact`](crate::inet_aton_exact) takes: octal, hexadecimal, or fewer than four
    /// numbers.
    LegacyForm,
    /// An IPv6 address without the brackets that tell its colons from that of the port.
    MissingBrackets,
    /// Brackets around an IPv4 address, which has none.
    UnexpectedBrackets,
    /// The text ends where a colon or a port has to follow.
    MissingPort,
    /// A name of more than 253 bytes, a label of more than 63, or the name of a zone of more than 15.
    NameTooLong,
}

impl AddressTextErrorKind {
    const fn description(self) -> &'static str {
        match self {
            AddressTextErrorKind::Empty => "no address",
            AddressTextErrorKind::UnexpectedByte => "unexpected byte",
            AddressTextErrorKind::UnexpectedEnd => "text ends too early",
            AddressTextErrorKind::TrailingBytes => "address followed by more",
            AddressTextErrorKind::TooFewParts => "too few numbers",
            AddressTextErrorKind::TooManyParts => "too many numbers",
            AddressTextErrorKind::NumberTooLarge => "number too large",
            AddressTextErrorKind::LeadingZero => "leading zero",
            AddressTextErrorKind::TooLong => "more than four digits",
            AddressTextErrorKind::ZeroRunTwice => "second \"::\"",
            AddressTextErrorKind::LegacyForm => "legacy form of an address",
            AddressTextErrorKind::MissingBrackets => "IPv6 address without brackets",
            AddressTextErrorKind::UnexpectedBrackets => "brackets around an IPv4 address",
            AddressTextErrorKind::MissingPort => "no port",
            AddressTextErrorKind::NameTooLong => "name too long",
        }
    }

    /// The error of this kind at this byte.
    pub(crate) const fn at(self, at: usize) -> AddressTextError {
        AddressTextError { kind: self, at }
    }
}

impl fmt::Display for AddressTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind.description(), self.at)
    }
}

impl core::error::Error for AddressTextError {}

impl From<AddressTextError> for Error {
    fn from(_error: AddressTextError) -> Error {
        Error::INVALID_ADDRESS
    }
}

#[cfg(feature = "std")]
mod io {
    extern crate std;
    use std::io;

    use super::AddressTextError;

    impl From<AddressTextError> for io::Error {
        /// The whole error is the source.
        fn from(error: AddressTextError) -> io::Error {
            io::Error::new(io::ErrorKind::InvalidInput, error)
        }
    }
}
