//! What these cases ask the host itself.

use std::io;

use berkeley::{Errno, Error};

/// An error of the standard library as one of ours.
pub(super) fn host(error: io::Error) -> Error {
    let number = error.raw_os_error().and_then(Errno::from_raw);
    number.map_or(Error::INVALID_VALUE, Error::from_errno)
}
