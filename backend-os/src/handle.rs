//! A descriptor that is owned, or none.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use berkeley::{Errno, Error};

/// An open socket of the kernel, or nothing.
///
/// It is as small as a descriptor. One that holds nothing is what
/// [`Backend::closed`](berkeley::Backend::closed) gives: every verb answers `EBADF` for it without a
/// system call.
///
/// Dropping it closes the descriptor with a plain `close(2)`, which waits for unsent data when
/// `SO_LINGER` says so. [`Socket`](berkeley::Socket) never leaves it to that: it closes through
/// [`Backend::close`](berkeley::Backend::close).
#[derive(Debug, Default)]
pub struct OsHandle {
    descriptor: Option<OwnedFd>,
}

const _: () = assert!(size_of::<OsHandle>() == 4);

impl OsHandle {
    /// A handle that holds nothing.
    pub(crate) const CLOSED: OsHandle = OsHandle { descriptor: None };

    /// The descriptor, or `None` when there is none.
    ///
    /// What is changed through it behind the socket's back, the socket does not notice: its mode
    /// flag `O_NONBLOCK` above all.
    #[inline]
    pub fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        self.descriptor.as_ref().map(AsFd::as_fd)
    }

    /// Gives the descriptor away, or `None` when there is none. Nothing is closed.
    pub fn into_owned_fd(self) -> Option<OwnedFd> {
        self.descriptor
    }

    /// The descriptor, for a system call.
    #[inline]
    pub(crate) fn open(&self) -> Result<BorrowedFd<'_>, Error> {
        self.as_fd().ok_or(Error::from_errno(Errno::EBADF))
    }
}

/// The number of the descriptor, -1 when there is none.
impl AsRawFd for OsHandle {
    fn as_raw_fd(&self) -> RawFd {
        self.descriptor.as_ref().map_or(-1, AsRawFd::as_raw_fd)
    }
}

impl From<OwnedFd> for OsHandle {
    fn from(descriptor: OwnedFd) -> OsHandle {
        OsHandle { descriptor: Some(descriptor) }
    }
}
