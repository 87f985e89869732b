//! Ancillary data: the control messages that travel beside the data of a message.
//!
//! A control message is a level, a kind and some bytes, behind a header with its length. The layout
//! is that of generic Linux, `struct cmsghdr` for the pointer width of the target: the length as a
//! `usize`, level and kind as an `int`, then the data; every message starts at a multiple of the
//! `usize`'s size. The backend of a host that lays them out in another way translates.
//!
//! [`ControlBuffer`] writes them and [`ControlMessages`] reads them; [`ControlValue`] says what the
//! usual ones mean. Nothing here believes a length that it is told. Sources: `cmsg(3)`, RFC 3542
//! section 20, Python manual, "CMSG_LEN" and "CMSG_SPACE".

mod buffer;
mod messages;
mod value;

pub use buffer::ControlBuffer;
pub use messages::{ControlMessage, ControlMessages};
pub use value::{ControlValue, Credentials, Ipv4PacketInfo, Ipv6PacketInfo};

use crate::Error;

/// What messages are aligned to.
const ALIGNMENT: usize = size_of::<usize>();

/// Where the level stands in a header, and the kind.
const LEVEL: usize = size_of::<usize>();
const KIND: usize = LEVEL + 4;

/// Bytes of a header with what fills it up.
const HEADER: usize = aligned(KIND + 4);

/// The largest number that a host's `socklen_t` holds on all hosts.
const LARGEST: usize = 0x7FFF_FFFF;

/// The next multiple of the alignment. Only for numbers that are far from the largest.
const fn aligned(length: usize) -> usize {
    (length + ALIGNMENT - 1) & !(ALIGNMENT - 1)
}

/// How many bytes a control message with `length` bytes of data has, without what fills it up: what
/// its header says, and what a control buffer for just one message needs.
///
/// ```
/// use berkeley::CMSG_LEN;
///
/// // A header on a host of 64 bits: 8 bytes of length, 4 of level, 4 of kind.
/// # #[cfg(target_pointer_width = "64")]
/// assert_eq!(CMSG_LEN(4), Ok(20));
/// assert!(CMSG_LEN(usize::MAX).is_err());
/// ```
///
/// # Errors
///
/// [`Error::OVERFLOW`] when the result is more than 2147483647.
#[expect(non_snake_case, reason = "the name of the field")]
pub const fn CMSG_LEN(length: usize) -> Result<usize, Error> {
    if length > LARGEST - HEADER {
        return Err(Error::OVERFLOW);
    }
    Ok(HEADER + length)
}

/// How many bytes of a control buffer a control message with `length` bytes of data takes, with
/// what fills it up. Room for several messages is the sum of theirs.
///
/// ```
/// use berkeley::CMSG_SPACE;
///
/// # #[cfg(target_pointer_width = "64")]
/// assert_eq!(CMSG_SPACE(4), Ok(24));
/// assert!(CMSG_SPACE(usize::MAX).is_err());
/// ```
///
/// # Errors
///
/// [`Error::OVERFLOW`] when the result could be more than 2147483647.
#[expect(non_snake_case, reason = "the name of the field")]
pub const fn CMSG_SPACE(length: usize) -> Result<usize, Error> {
    if length > LARGEST - (HEADER + ALIGNMENT) {
        return Err(Error::OVERFLOW);
    }
    Ok(HEADER + aligned(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn lengths_are_those_of_the_manual() {
        let overflow = Err(Error::OVERFLOW);
        // data, CMSG_LEN, CMSG_SPACE: what CPython 3.11 answers on Linux
        for (length, len, space) in [
            (0, Ok(16), Ok(16)),
            (1, Ok(17), Ok(24)),
            (4, Ok(20), Ok(24)),
            (8, Ok(24), Ok(24)),
            (9, Ok(25), Ok(32)),
            (0x7FFF_FFFF - 24, Ok(0x7FFF_FFF7), Ok(0x7FFF_FFF8)),
            (0x7FFF_FFFF - 23, Ok(0x7FFF_FFF8), overflow),
            (0x7FFF_FFFF - 16, Ok(0x7FFF_FFFF), overflow),
            (0x7FFF_FFFF - 15, overflow, overflow),
            (usize::MAX, overflow, overflow),
        ] {
            assert_eq!(CMSG_LEN(length), len, "{length}");
            assert_eq!(CMSG_SPACE(length), space, "{length}");
        }
    }

    #[test]
    #[cfg(target_pointer_width = "32")]
    fn lengths_are_those_of_the_manual() {
        // data, CMSG_LEN, CMSG_SPACE
        for (length, len, space) in [(0, 12, 12), (1, 13, 16), (4, 16, 16), (5, 17, 20)] {
            assert_eq!(CMSG_LEN(length), Ok(len), "{length}");
            assert_eq!(CMSG_SPACE(length), Ok(space), "{length}");
        }
    }
}
