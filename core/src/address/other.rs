//! An address of a family that is not decoded.

use core::fmt;

use super::literal::BytesLiteral;
use crate::{Address, AddressFamily, Error};

/// The address of a family that is not decoded: the number and the bytes, as they are.
///
/// The bytes are what follows the family in the host's `struct sockaddr`, no more and no less.
/// (Python always shows 14, whatever the host said.)
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OtherAddress {
    family: AddressFamily,
    length: u8,
    // Zeros from the length on.
    bytes: [u8; OtherAddress::CAPACITY],
}

impl OtherAddress {
    /// The longest such address: 26 bytes, and 108 with the feature `unix` or `linux`.
    pub const CAPACITY: usize =
        if cfg!(any(feature = "unix", feature = "linux")) { 108 } else { 26 };

    /// The address of this family with these bytes.
    ///
    /// ```
    /// use berkeley::{AddressFamily, OtherAddress};
    ///
    /// let address = OtherAddress::new(AddressFamily(250), b"\x01\x02").unwrap();
    /// assert_eq!(address.to_string(), r"(250, b'\x01\x02')");
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::INVALID_VALUE`] for more than [`OtherAddress::CAPACITY`] bytes.
    pub fn new(family: AddressFamily, bytes: &[u8]) -> Result<OtherAddress, Error> {
        if bytes.len() > OtherAddress::CAPACITY {
            return Err(Error::INVALID_VALUE);
        }
        Ok(OtherAddress::cut(family, bytes))
    }

    /// The address of this family with as many of these bytes as it can hold: for what a host said,
    /// of which no more can be told.
    #[must_use]
    pub fn cut(family: AddressFamily, bytes: &[u8]) -> OtherAddress {
        let mut address = OtherAddress { family, length: 0, bytes: [0; OtherAddress::CAPACITY] };
        for (to, from) in address.bytes.iter_mut().zip(bytes) {
            *to = *from;
            address.length += 1;
        }
        address
    }

    /// The family.
    pub const fn family(&self) -> AddressFamily {
        self.family
    }

    /// The bytes after the family.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }
}

impl From<OtherAddress> for Address {
    fn from(address: OtherAddress) -> Address {
        Address::Other(address)
    }
}

/// As Python prints an address that it does not know: `(250, b'\x01\x02')`.
impl fmt::Display for OtherAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}, {})", self.family.0, BytesLiteral(self.as_bytes()))
    }
}

impl fmt::Debug for OtherAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_kept_as_they_are_up_to_the_capacity() {
        let long = [7; OtherAddress::CAPACITY + 1];
        let family = AddressFamily(250);
        // how many bytes, how many are kept
        for length in [0, 1, 14, OtherAddress::CAPACITY] {
            let address = OtherAddress::new(family, &long[..length]).unwrap();
            assert_eq!((address.family(), address.as_bytes()), (family, &long[..length]));
            assert_eq!(OtherAddress::cut(family, &long[..length]), address);
        }
        assert_eq!(OtherAddress::new(family, &long), Err(Error::INVALID_VALUE));
        assert_eq!(OtherAddress::cut(family, &long).as_bytes().len(), OtherAddress::CAPACITY);
    }
}
