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

/// From this many seconds on a wait is a long one.
const LONG: libc::time_t = 1;

/// Waits until a descriptor is ready, or for the time until `deadline`, and says how many are
/// ready. A long wait may end up to a millisecond before the deadline.
pub(crate) fn poll(
    descriptors: &mut [PollDescriptor<'_>],
    deadline: Option<Instant>,
) -> Result<usize, Error> {
    let time = deadline.map(clock::remaining);
    match &time {
        Some(time) if time.tv_sec >= LONG => poll_long(descriptors, time),
        _ => poll_exact(descriptors, time.as_ref()),
    }
}

/// Waits for whole milliseconds, rounded down. Source: `poll(2)`, which is quicker than `ppoll(2)`: that
/// one reads the clock once more, to tell the caller how much time was left.
fn poll_long(
    descriptors: &mut [PollDescriptor<'_>],
    time: &libc::timespec,
) -> Result<usize, Error> {
    let seconds = libc::c_int::try_from(time.tv_sec).unwrap_or(libc::c_int::MAX);
    // Less than a thousand.
    let rest = (time.tv_nsec / 1_000_000) as libc::c_int;
    let milliseconds = seconds.saturating_mul(1000).saturating_add(rest);
    // SAFETY: `PollDescriptor` is a transparent `pollfd`, so that the slice is an array of as many
    // as its length says, which the call may read and write.
    let answer = unsafe {
        libc::poll(descriptors.as_mut_ptr().cast(), descriptors.len() as libc::nfds_t, milliseconds)
    };
    // Not negative after the check.
    error::checked(answer).map(|count| count as usize)
}

/// Waits for this time, or without end. Source: `ppoll(2)`, whose time has a resolution of a
/// nanosecond and is never cut short.
fn poll_exact(
    descriptors: &mut [PollDescriptor<'_>],
    time: Option<&libc::timespec>,
) -> Result<usize, Error> {
    let time = time.map_or(ptr::null(), ptr::from_ref);
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
