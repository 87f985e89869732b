//! The one value that decides how long an operation may wait.
//!
//! Python's manual ("Notes on socket timeouts"): a socket is in blocking, non-blocking or timeout
//! mode, and the mode *is* the timeout: none, zero or a number of seconds.

use core::time::Duration;

use crate::Error;

/// How long an operation on a socket may wait.
///
/// ```
/// use berkeley::Timeout;
/// use core::time::Duration;
///
/// assert_eq!(Timeout::from(None), Timeout::Blocking);
/// assert_eq!(Timeout::from(Duration::ZERO), Timeout::NonBlocking);
/// assert_eq!(Timeout::from_secs_f64(0.5), Ok(Timeout::After(Duration::from_millis(500))));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Timeout {
    /// Wait until the operation is done or fails. Python: `None`.
    #[default]
    Blocking,
    /// Never wait. Python: `0`.
    NonBlocking,
    /// Wait at most this long. Python: a positive number of seconds. A zero duration is
    /// [`Timeout::NonBlocking`].
    After(Duration),
}

impl Timeout {
    /// Python's rule for numbers: `0` is non-blocking, the smallest positive value is one
    /// nanosecond.
    ///
    /// # Errors
    ///
    /// Not a number or negative: [`Error::INVALID_VALUE`]. Infinite, or 2⁶³ nanoseconds and more
    /// either way: [`Error::OVERFLOW`], which is looked at first.
    pub fn from_secs_f64(seconds: f64) -> Result<Timeout, Error> {
        /// 2⁶³: CPython keeps a timeout in a signed 64-bit number of nanoseconds.
        const LIMIT: f64 = 9_223_372_036_854_775_808.0;

        if seconds.is_nan() {
            return Err(Error::INVALID_VALUE);
        }
        let nanoseconds = seconds * 1e9;
        if !(-LIMIT..LIMIT).contains(&nanoseconds) {
            return Err(Error::OVERFLOW);
        }
        if nanoseconds < 0.0 {
            return Err(Error::INVALID_VALUE);
        }
        // Away from zero, so that a timeout never becomes shorter, nor non-blocking. The cast cuts,
        // and at this size it cannot overflow.
        let whole = nanoseconds as u64;
        let rounded = if (whole as f64) < nanoseconds { whole + 1 } else { whole };
        Ok(Timeout::from(Duration::from_nanos(rounded)))
    }

    /// The duration of timeout mode. `None` for blocking mode, zero for non-blocking mode, as
    /// Python's `gettimeout` says it.
    pub const fn duration(self) -> Option<Duration> {
        match self {
            Timeout::Blocking => None,
            Timeout::NonBlocking => Some(Duration::ZERO),
            Timeout::After(duration) => Some(duration),
        }
    }

    /// The same timeout with a zero duration spelt [`Timeout::NonBlocking`].
    #[must_use]
    pub const fn normalized(self) -> Timeout {
        match self {
            Timeout::After(duration) if duration.is_zero() => Timeout::NonBlocking,
            other => other,
        }
    }
}

impl From<Duration> for Timeout {
    fn from(duration: Duration) -> Timeout {
        Timeout::After(duration).normalized()
    }
}

impl From<Option<Duration>> for Timeout {
    fn from(duration: Option<Duration>) -> Timeout {
        duration.map_or(Timeout::Blocking, Timeout::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_cpython() {
        const fn after(nanoseconds: u64) -> Result<Timeout, Error> {
            Ok(Timeout::After(Duration::from_nanos(nanoseconds)))
        }
        // seconds, what CPython 3.11 makes of them (rows S42-S46, section 3.5)
        for (seconds, expected) in [
            (0.0, Ok(Timeout::NonBlocking)),
            (-0.0, Ok(Timeout::NonBlocking)),
            (1.0, after(1_000_000_000)),
            (1e-9, after(1)),
            (1e-10, after(1)), // rounded up, never to zero
            (1e-12, after(1)),
            (1.5e-9, after(2)), // away from zero
            (-1e-10, Err(Error::INVALID_VALUE)),
            (-1.0, Err(Error::INVALID_VALUE)),
            (f64::NAN, Err(Error::INVALID_VALUE)),
            (f64::INFINITY, Err(Error::OVERFLOW)),
            (f64::NEG_INFINITY, Err(Error::OVERFLOW)), // before the sign is looked at
            (9.3e9, Err(Error::OVERFLOW)),
            (-9.3e9, Err(Error::OVERFLOW)),
            (9.2e9, after(9_200_000_000_000_000_000)),
            (1e300, Err(Error::OVERFLOW)),
        ] {
            assert_eq!(Timeout::from_secs_f64(seconds), expected, "{seconds}");
        }
    }
}
