//! A timer that is a descriptor.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::ptr;

use berkeley::{Error, Instant};

use super::error;
use super::socket::own;

/// One point in time to be told about. Source: `timerfd_create(2)`.
///
/// It takes the deadline as it is, on the same clock, so that it is neither early nor late, and it
/// can be set by one thread while another waits.
#[derive(Debug)]
pub(crate) struct Timer {
    descriptor: OwnedFd,
}

impl Timer {
    /// A timer that is not set.
    pub(crate) fn new() -> Result<Timer, Error> {
        let flags = libc::TFD_CLOEXEC | libc::TFD_NONBLOCK;
        // SAFETY: the call takes numbers only.
        let answer = unsafe { libc::timerfd_create(libc::CLOCK_MONOTONIC, flags) };
        // SAFETY: this is the answer of the call that makes a descriptor, and it is used only here.
        let descriptor = unsafe { own(answer) }?;
        Ok(Timer { descriptor })
    }

    /// Sets the point in time, also one in the past, or none. What came before is forgotten, and so
    /// is that it has come.
    pub(crate) fn set(&self, deadline: Option<Instant>) -> Result<(), Error> {
        // Zero is what turns the timer off.
        let nanoseconds = deadline.map_or(0, |deadline| deadline.as_nanos().max(1));
        let time = libc::itimerspec {
            it_interval: libc::timespec { tv_sec: 0, tv_nsec: 0 },
            it_value: libc::timespec {
                tv_sec: (nanoseconds / 1_000_000_000).try_into().unwrap_or(i32::MAX.into()),
                tv_nsec: (nanoseconds % 1_000_000_000) as libc::c_long,
            },
        };
        // SAFETY: `time` may be read, and lives until after the call; a null pointer says that
        // nobody asks for the earlier setting.
        let answer = unsafe {
            libc::timerfd_settime(
                self.descriptor.as_raw_fd(),
                libc::TFD_TIMER_ABSTIME,
                &raw const time,
                ptr::null_mut(),
            )
        };
        error::checked(answer).map(|_| ())
    }
}

impl AsFd for Timer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}
