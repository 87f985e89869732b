//! Addresses of the kernel's cryptography. Source: the kernel's `crypto/userspace-if`.

use core::fmt;

use super::literal::Text;
use crate::{Address, Error};

/// The address of an ALG socket, Python's `(type, name, feat, mask)`: which algorithm.
///
/// ```
/// use berkeley::AlgAddress;
///
/// let address = AlgAddress::new("hash", "sha256")?;
/// assert_eq!(address.to_string(), "('hash', 'sha256', 0, 0)");
/// # Ok::<(), berkeley::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AlgAddress {
    /// Which features the algorithm must have.
    pub features: u32,
    /// Which features are looked at.
    pub mask: u32,
    // Both end with the first zero: there is always one.
    kind: [u8; 14],
    name: [u8; 64],
}

impl AlgAddress {
    /// The algorithm of this type (`hash`, `skcipher`, `aead`, `rng`) and name.
    ///
    /// # Errors
    ///
    /// [`Error::INVALID_VALUE`] for a type of more than 13 or a name of more than 63 bytes, and for
    /// a NUL in either.
    pub fn new(kind: &str, name: &str) -> Result<AlgAddress, Error> {
        Ok(AlgAddress { features: 0, mask: 0, kind: padded(kind)?, name: padded(name)? })
    }

    /// The type, with zeros after it, at least one.
    pub const fn kind(&self) -> &[u8; 14] {
        &self.kind
    }

    /// The name, with zeros after it, at least one.
    pub const fn name(&self) -> &[u8; 64] {
        &self.name
    }
}

fn padded<const N: usize>(text: &str) -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    match bytes.get_mut(..text.len()) {
        Some(room) if text.len() < N && !text.contains('\0') => {
            room.copy_from_slice(text.as_bytes());
            Ok(bytes)
        }
        _ => Err(Error::INVALID_VALUE),
    }
}

impl From<AlgAddress> for Address {
    fn from(address: AlgAddress) -> Address {
        Address::Alg(address)
    }
}

/// The tuple that Python takes: `('hash', 'sha256', 0, 0)`.
impl fmt::Display for AlgAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |bytes| Text(until_zero(bytes));
        let (kind, name) = (text(&self.kind), text(&self.name));
        write!(f, "('{kind}', '{name}', {}, {})", self.features, self.mask)
    }
}

fn until_zero(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

impl fmt::Debug for AlgAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    #[test]
    fn types_and_names_have_a_longest() {
        let long = std::str::from_utf8(&[b'x'; 64]).unwrap();
        // type, name, whether they are taken
        for (kind, name, taken) in [
            ("hash", "sha256", true),
            (&long[..13], &long[..63], true),
            (&long[..14], "sha256", false),
            ("hash", long, false),
            ("ha\0sh", "sha256", false),
            ("hash", "sha256\0", false),
        ] {
            let outcome = AlgAddress::new(kind, name);
            assert_eq!(outcome.is_ok(), taken, "{kind:?} {name:?}");
            assert_eq!(outcome.err(), (!taken).then_some(Error::INVALID_VALUE));
        }
    }
}
