//! Socket options, as the host's bytes.

use std::os::fd::{AsRawFd, BorrowedFd};

use berkeley::options::{SO_ERROR, int_of};
use berkeley::{Error, OptionLevel, OptionName};

use super::error;

/// Reads an option into `value` and says how many bytes there are. Source: `getsockopt(2)`.
pub(crate) fn getsockopt(
    socket: BorrowedFd<'_>,
    level: OptionLevel,
    name: OptionName,
    value: &mut [u8],
) -> Result<usize, Error> {
    let mut length = libc::socklen_t::try_from(value.len()).unwrap_or(libc::socklen_t::MAX);
    // SAFETY: `value` may be written for `length` bytes, which is no more than it has, and
    // `length` may be read and written; both borrows last longer than the call.
    let answer = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            level.0,
            name.0,
            value.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    error::checked(answer)?;
    Ok(value.len().min(length as usize))
}

/// Sets an option. Source: `setsockopt(2)`.
pub(crate) fn setsockopt(
    socket: BorrowedFd<'_>,
    level: OptionLevel,
    name: OptionName,
    value: &[u8],
) -> Result<(), Error> {
    let length = libc::socklen_t::try_from(value.len()).map_err(|_| Error::INVALID_VALUE)?;
    // SAFETY: `value` may be read for `length` bytes, which is how many it has, and the borrow
    // lasts longer than the call.
    let answer = unsafe {
        libc::setsockopt(socket.as_raw_fd(), level.0, name.0, value.as_ptr().cast(), length)
    };
    error::checked(answer).map(|_| ())
}

/// Takes the pending error: the next call finds none. Source: `SO_ERROR` in `socket(7)`.
pub(crate) fn take_error(socket: BorrowedFd<'_>) -> Result<Option<Error>, Error> {
    let mut value = [0; 4];
    let length = getsockopt(socket, OptionLevel::SOCKET, SO_ERROR, &mut value)?;
    match int_of(&value[..length]) {
        0 => Ok(None),
        number => Ok(Some(error::from_number(number))),
    }
}
