//! Waiting for many descriptors.

use std::marker::PhantomData;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;

use berkeley::{Error, Instant, Readiness};

use super::{clock, error};

/// One descriptor to wait for, borrowed while it is in the list.
#[repr(transparent)]
pub(crate) struct PollDescriptor<'a> {
    entry: libc::pollfd,
    descriptor: PhantomData<BorrowedFd<'a>>,
}

impl<'a> PollDescriptor<'a> {
    /// Nothing to wait for: the kernel passes over a negative descriptor.
    pub(crate) const NONE: PollDescriptor<'a> = PollDescriptor {
        entry: libc::pollfd { fd: -1, events: 0, revents: 0 },
        descriptor: PhantomData,
    };

    /// Waits for `interest` on this descriptor.
    pub(crate) fn new(descriptor: BorrowedFd<'a>, interest: Readiness) -> PollDescriptor<'a> {
        let events = interest.0.cast_signed();
        let entry = libc::pollfd { fd: descriptor.as_raw_fd(), events, revents: 0 };
        PollDescriptor { entry, descriptor: PhantomData }
    }

    /// What the last wait found.
    pub(crate) fn ready(&self) -> Readiness {
        Readiness(self.entry.revents.cast_unsigned())
    }
}

/// Waits until a descriptor is ready, or for the time until `deadline`, and says how many are
/// ready. Source: `ppoll(2)`, whose time has a resolution of a nanosecond and is never cut short.
pub(crate) fn poll(
    descriptors: &mut [PollDescriptor<'_>],
    deadline: Option<Instant>,
) -> Result<usize, Error> {
    let time = deadline.map(clock::remaining);
    let time = time.as_ref().map_or(ptr::null(), ptr::from_ref);
    // SAFETY: `PollDescriptor` is a transparent `pollfd`, so that the slice is an array of as many
    // as its length says, which the call may read and write; `time` is null or points to a
    // `timespec` that lives until after the call; a null signal mask leaves the mask as it is.
    let answer = unsafe {
        libc::ppoll(
            descriptors.as_mut_ptr().cast(),
            descriptors.len() as libc::nfds_t,
            time,
            ptr::null(),
        )
    };
    // Not negative after the check.
    error::checked(answer).map(|count| count as usize)
}
