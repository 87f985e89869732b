//! What the values of socket options look like to the host.

use core::time::Duration;

use crate::{Errno, Error};

/// The longest value of an option that has a type here, in bytes: `struct ipv6_mreq`.
const LONGEST: usize = 20;

/// The bytes of an option's value in the host's byte order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OptionBytes {
    bytes: [u8; LONGEST],
    length: usize,
}

impl OptionBytes {
    /// The bytes of an `int`.
    pub fn of_int(value: i32) -> OptionBytes {
        OptionBytes::joined([&value.to_ne_bytes()])
    }

    /// The bytes of two `int`s.
    pub fn of_ints(first: i32, second: i32) -> OptionBytes {
        OptionBytes::joined([&first.to_ne_bytes(), &second.to_ne_bytes()])
    }

    /// These bytes one behind the other; what is too long is cut.
    pub(super) fn joined<const N: usize>(parts: [&[u8]; N]) -> OptionBytes {
        let mut value = OptionBytes { bytes: [0; LONGEST], length: 0 };
        let places = value.bytes.iter_mut();
        for (place, byte) in places.zip(parts.into_iter().flatten()) {
            *place = *byte;
            value.length += 1;
        }
        value
    }

    /// A name of up to 16 bytes, filled up with zeros; what is longer is cut.
    pub fn of_name(name: &str) -> OptionBytes {
        let mut value = OptionBytes { bytes: [0; LONGEST], length: 16 };
        for (byte, of_name) in value.bytes.iter_mut().take(16).zip(name.bytes()) {
            *byte = of_name;
        }
        value
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// Reads an `int` out of an option's value. A single byte is a number by itself, for that is what some
/// hosts answer with for a small one; else what is missing counts as zero bytes.
pub fn int_of(value: &[u8]) -> i32 {
    match *value {
        [byte] => byte.into(),
        _ => int_at(value, 0),
    }
}

/// Reads the `int` at byte `offset`.
fn int_at(value: &[u8], offset: usize) -> i32 {
    i32::from_ne_bytes(bytes_at(value, offset))
}

/// The bytes from `offset` on; what is missing counts as zeros.
pub(super) fn bytes_at<const N: usize>(value: &[u8], offset: usize) -> [u8; N] {
    let mut bytes = [0; N];
    for (to, from) in bytes.iter_mut().zip(value.iter().skip(offset)) {
        *to = *from;
    }
    bytes
}

/// A type that a socket option's value can have.
pub trait OptionValue: Sized {
    /// The value as the host wants it.
    ///
    /// # Errors
    ///
    /// [`Error::OVERFLOW`] when the value does not fit the host's type.
    fn encode(self) -> Result<OptionBytes, Error>;

    /// The value out of the host's bytes.
    fn decode(bytes: &[u8]) -> Self;
}

impl OptionValue for bool {
    fn encode(self) -> Result<OptionBytes, Error> {
        Ok(OptionBytes::of_int(i32::from(self)))
    }

    fn decode(bytes: &[u8]) -> bool {
        int_of(bytes) != 0
    }
}

impl OptionValue for i32 {
    fn encode(self) -> Result<OptionBytes, Error> {
        Ok(OptionBytes::of_int(self))
    }

    fn decode(bytes: &[u8]) -> i32 {
        int_of(bytes)
    }
}

/// How long an explicit close waits for unsent data, `struct linger`; `None` is off.
///
/// Whole seconds: a part of a second counts as one.
impl OptionValue for Option<Duration> {
    fn encode(self) -> Result<OptionBytes, Error> {
        let Some(duration) = self else { return Ok(OptionBytes::of_ints(0, 0)) };
        let seconds = duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0));
        let seconds = i32::try_from(seconds).map_err(|_| Error::OVERFLOW)?;
        Ok(OptionBytes::of_ints(1, seconds))
    }

    fn decode(bytes: &[u8]) -> Option<Duration> {
        let seconds = u64::try_from(int_at(bytes, 4)).unwrap_or(0);
        (int_of(bytes) != 0).then(|| Duration::from_secs(seconds))
    }
}

/// The pending error of a socket.
impl OptionValue for Option<Error> {
    fn encode(self) -> Result<OptionBytes, Error> {
        let number = self.and_then(Error::errno).map_or(0, Errno::raw);
        Ok(OptionBytes::of_int(number))
    }

    fn decode(bytes: &[u8]) -> Option<Error> {
        Errno::from_raw(int_of(bytes)).map(Error::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linger_counts_whole_seconds_upwards() {
        // value, the two ints, what comes back
        for (value, ints, back) in [
            (None, (0, 0), None),
            (Some(Duration::ZERO), (1, 0), Some(Duration::ZERO)),
            (Some(Duration::from_millis(1)), (1, 1), Some(Duration::from_secs(1))),
            (Some(Duration::from_secs(7)), (1, 7), Some(Duration::from_secs(7))),
        ] {
            let bytes = value.encode().unwrap();
            assert_eq!(bytes, OptionBytes::of_ints(ints.0, ints.1), "{value:?}");
            assert_eq!(Option::<Duration>::decode(bytes.as_slice()), back, "{value:?}");
        }
        assert_eq!(Some(Duration::MAX).encode(), Err(Error::OVERFLOW));
    }

    #[test]
    fn short_answers_are_not_read_beyond() {
        assert!(bool::decode(&1i32.to_ne_bytes()));
        assert_eq!(i32::decode(&[]), 0);
        assert_eq!(Option::<Duration>::decode(&1i32.to_ne_bytes()), Some(Duration::ZERO));
    }
}
