//! The monotonic clock.

use berkeley::Instant;

/// What `CLOCK_MONOTONIC` says. Source: `clock_gettime(2)`.
pub(crate) fn now() -> Instant {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid `timespec` that the call may write for its whole duration.
    let answer = unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    debug_assert_eq!(answer, 0, "the clock exists on every Linux, and the pointer is valid");
    // Neither part is ever negative: the clock starts at 0 when the machine does.
    Instant::from_nanos(time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
}

/// The time from now until `deadline`, zero when it has passed; at most what the host's type holds.
pub(super) fn remaining(deadline: Instant) -> libc::timespec {
    if deadline == Instant::ZERO {
        // "Do not wait" needs no clock.
        return libc::timespec { tv_sec: 0, tv_nsec: 0 };
    }
    let remaining = deadline.saturating_duration_since(now());
    libc::timespec {
        tv_sec: remaining.as_secs().try_into().unwrap_or(i32::MAX.into()),
        tv_nsec: remaining.subsec_nanos() as libc::c_long,
    }
}
