//! Errors: what a failed system call left, as the core's.

use std::io;

use berkeley::{Errno, Error, Pool};

/// The error of the system call that failed last on this thread.
#[cold]
pub(crate) fn last() -> Error {
    host_error(&io::Error::last_os_error())
}

/// The standard library's error, of which only the number counts.
pub(crate) fn host_error(error: &io::Error) -> Error {
    from_number(error.raw_os_error().unwrap_or(0))
}

/// The error with this number of the host.
///
/// Linux's numbers are the core's, see `numbers.rs`. A number that can be none is an input/output
/// error.
pub(crate) fn from_number(number: i32) -> Error {
    match Errno::from_raw(number) {
        Some(full @ (Errno::EMFILE | Errno::ENFILE)) => Error::exhausted(Pool::Descriptors, full),
        Some(errno) => Error::from(errno),
        None => Error::from(Errno::EIO),
    }
}

/// The outcome of a system call that answers -1 for a failure, and else a number that is not
/// negative.
#[inline]
pub(crate) fn checked(answer: libc::c_int) -> Result<libc::c_int, Error> {
    if answer < 0 { Err(last()) } else { Ok(answer) }
}

/// The same for a system call that answers a number of bytes.
#[inline]
pub(crate) fn checked_size(answer: libc::ssize_t) -> Result<usize, Error> {
    usize::try_from(answer).map_err(|_| last())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_an_error() {
        // number, errno
        for (number, errno) in [
            (libc::ECONNREFUSED, Errno::ECONNREFUSED),
            (libc::EMFILE, Errno::EMFILE),
            (4095, Errno::from_raw(4095).unwrap()), // without a name
            (0, Errno::EIO),
            (-1, Errno::EIO),
            (65536, Errno::EIO),
        ] {
            assert!(from_number(number).is(errno), "{number}");
        }
    }
}
