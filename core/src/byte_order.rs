//! Between the byte order of this machine and that of the network, which is big-endian.
//!
//! `htons` and its kin work on numbers that already have the right width. The `_checked` forms take
//! any integer and refuse one that does not fit, as Python does since 3.10 (rows F38-F41). Source:
//! `byteorder(3)`.

use crate::Error;

/// A 16-bit number from host to network byte order.
///
/// ```
/// assert_eq!(berkeley::htons(0x1234).to_ne_bytes(), [0x12, 0x34]);
/// ```
#[must_use]
pub const fn htons(host: u16) -> u16 {
    host.to_be()
}

/// A 32-bit number from host to network byte order.
///
/// ```
/// assert_eq!(berkeley::htonl(0x1234_5678).to_ne_bytes(), [0x12, 0x34, 0x56, 0x78]);
/// ```
#[must_use]
pub const fn htonl(host: u32) -> u32 {
    host.to_be()
}

/// A 64-bit number from host to network byte order, as `htobe64`.
///
/// ```
/// assert_eq!(berkeley::htonll(0x0102_0304_0506_0708).to_ne_bytes(), [1, 2, 3, 4, 5, 6, 7, 8]);
/// ```
#[must_use]
pub const fn htonll(host: u64) -> u64 {
    host.to_be()
}

/// A 16-bit number from network to host byte order.
///
/// ```
/// assert_eq!(berkeley::ntohs(u16::from_ne_bytes([0x12, 0x34])), 0x1234);
/// ```
#[must_use]
pub const fn ntohs(network: u16) -> u16 {
    u16::from_be(network)
}

/// A 32-bit number from network to host byte order.
///
/// ```
/// assert_eq!(berkeley::ntohl(u32::from_ne_bytes([0x12, 0x34, 0x56, 0x78])), 0x1234_5678);
/// ```
#[must_use]
pub const fn ntohl(network: u32) -> u32 {
    u32::from_be(network)
}

/// A 64-bit number from network to host byte order, as `be64toh`.
///
/// ```
/// let network = u64::from_ne_bytes([1, 2, 3, 4, 5, 6, 7, 8]);
/// assert_eq!(berkeley::ntohll(network), 0x0102_0304_0506_0708);
/// ```
#[must_use]
pub const fn ntohll(network: u64) -> u64 {
    u64::from_be(network)
}

/// [`htons`] of any integer.
///
/// ```
/// use berkeley::{Error, htons, htons_checked};
///
/// assert_eq!(htons_checked(8080), Ok(htons(8080)));
/// assert_eq!(htons_checked(65536), Err(Error::OVERFLOW));
/// ```
///
/// # Errors
///
/// Negative or more than 65535: [`Error::OVERFLOW`].
pub const fn htons_checked(host: i64) -> Result<u16, Error> {
    match narrow(host, u16::MAX as i64) {
        Ok(host) => Ok(htons(host as u16)),
        Err(error) => Err(error),
    }
}

/// [`htonl`] of any integer.
///
/// ```
/// use berkeley::{Error, htonl, htonl_checked};
///
/// assert_eq!(htonl_checked(0x7F00_0001), Ok(htonl(0x7F00_0001)));
/// assert_eq!(htonl_checked(-1), Err(Error::OVERFLOW));
/// ```
///
/// # Errors
///
/// Negative or more than 32 bits: [`Error::OVERFLOW`].
pub const fn htonl_checked(host: i64) -> Result<u32, Error> {
    match narrow(host, u32::MAX as i64) {
        Ok(host) => Ok(htonl(host as u32)),
        Err(error) => Err(error),
    }
}

/// [`ntohs`] of any integer.
///
/// ```
/// use berkeley::{Error, ntohs, ntohs_checked};
///
/// assert_eq!(ntohs_checked(0x901F), Ok(ntohs(0x901F)));
/// assert_eq!(ntohs_checked(-1), Err(Error::OVERFLOW));
/// ```
///
/// # Errors
///
/// Negative or more than 65535: [`Error::OVERFLOW`].
pub const fn ntohs_checked(network: i64) -> Result<u16, Error> {
    match narrow(network, u16::MAX as i64) {
        Ok(network) => Ok(ntohs(network as u16)),
        Err(error) => Err(error),
    }
}

/// [`ntohl`] of any integer.
///
/// ```
/// use berkeley::{Error, ntohl, ntohl_checked};
///
/// assert_eq!(ntohl_checked(0x0100_007F), Ok(ntohl(0x0100_007F)));
/// assert_eq!(ntohl_checked(1 << 32), Err(Error::OVERFLOW));
/// ```
///
/// # Errors
///
/// Negative or more than 32 bits: [`Error::OVERFLOW`].
pub const fn ntohl_checked(network: i64) -> Result<u32, Error> {
    match narrow(network, u32::MAX as i64) {
        Ok(network) => Ok(ntohl(network as u32)),
        Err(error) => Err(error),
    }
}

const fn narrow(value: i64, maximum: i64) -> Result<i64, Error> {
    if value < 0 || value > maximum { Err(Error::OVERFLOW) } else { Ok(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases order-01 and order-03: the bytes in memory are those of the network on any machine.
    #[test]
    fn every_16_bit_number() {
        for number in 0..=u16::MAX {
            let network = [(number >> 8) as u8, number as u8];
            assert_eq!(htons(number).to_ne_bytes(), network);
            assert_eq!(ntohs(u16::from_ne_bytes(network)), number);
            assert_eq!(ntohs(htons(number)), number);
            assert_eq!(htons(ntohs(number)), number);
            assert_eq!(htons_checked(number.into()), Ok(htons(number)));
            assert_eq!(ntohs_checked(number.into()), Ok(ntohs(number)));
        }
    }

    /// Cases order-02 and order-03.
    #[test]
    fn samples_of_32_and_64_bits() {
        // number, its bytes on the network
        for (number, bytes) in [
            (0, [0, 0, 0, 0]),
            (1, [0, 0, 0, 1]),
            (0x7F00_0001, [0x7F, 0, 0, 1]), // a loopback address
            (0x1234_5678, [0x12, 0x34, 0x56, 0x78]),
            (0x8000_0000, [0x80, 0, 0, 0]), // the sign bit of a C int
            (u32::MAX, [0xFF; 4]),
        ] {
            assert_eq!(htonl(number).to_ne_bytes(), bytes);
            assert_eq!(ntohl(u32::from_ne_bytes(bytes)), number);
            assert_eq!(htonl_checked(number.into()), Ok(htonl(number)));
            assert_eq!(ntohl_checked(number.into()), Ok(ntohl(number)));
        }
        // number, its bytes on the network
        for (number, bytes) in [
            (0, [0; 8]),
            (1, [0, 0, 0, 0, 0, 0, 0, 1]),
            (0x0102_0304_0506_0708, [1, 2, 3, 4, 5, 6, 7, 8]),
            (u64::MAX, [0xFF; 8]),
        ] {
            assert_eq!(htonll(number).to_ne_bytes(), bytes);
            assert_eq!(ntohll(u64::from_ne_bytes(bytes)), number);
        }
    }

    /// Case order-04, rows F38-F41 and N33.
    #[test]
    fn numbers_out_of_range_are_refused() {
        const FITS: bool = true;
        const NOT: bool = false;
        // integer, whether it has 16 bits, whether it has 32
        for (integer, short, long) in [
            (0, FITS, FITS),
            (65535, FITS, FITS),
            (65536, NOT, FITS), // Python 3.2 answered 0
            (4_294_967_295, NOT, FITS),
            (4_294_967_296, NOT, NOT),
            (-1, NOT, NOT),
            (-65536, NOT, NOT), // zero in its low 16 bits
            (i64::MIN, NOT, NOT),
            (i64::MAX, NOT, NOT),
        ] {
            let overflow = Err(Error::OVERFLOW);
            for found in [htons_checked(integer), ntohs_checked(integer)] {
                assert_eq!(found.is_ok(), short, "{integer}");
                assert!(found.is_ok() || found.map(u32::from) == overflow);
            }
            for found in [htonl_checked(integer), ntohl_checked(integer)] {
                assert_eq!(found.is_ok(), long, "{integer}");
                assert!(found.is_ok() || found == overflow);
            }
        }
    }
}
