//! Whether a descriptor lives on in the programs that the process executes.

use std::os::fd::{AsRawFd, BorrowedFd};

use berkeley::Error;

use super::error;

/// Whether the descriptor stays open on `exec`. Source: `F_GETFD` in `fcntl(2)`.
pub(crate) fn is_inheritable(socket: BorrowedFd<'_>) -> Result<bool, Error> {
    // SAFETY: the command takes nothing beyond the descriptor and touches no memory of ours.
    let flags = unsafe { libc::fcntl(socket.as_raw_fd(), libc::F_GETFD) };
    Ok(error::checked(flags)? & libc::FD_CLOEXEC == 0)
}

/// Sets it. The flag is the only one of its kind. Source: `F_SETFD` in `fcntl(2)`.
pub(crate) fn set_inheritable(socket: BorrowedFd<'_>, inheritable: bool) -> Result<(), Error> {
    let flags = if inheritable { 0 } else { libc::FD_CLOEXEC };
    // SAFETY: the command takes one number, which is given, and touches no memory of ours.
    let answer = unsafe { libc::fcntl(socket.as_raw_fd(), libc::F_SETFD, flags) };
    error::checked(answer).map(|_| ())
}
