//! A point in time, as a value: the core reads no clock.

use core::fmt;
use core::ops::Add;
use core::time::Duration;

/// A point on a backend's monotonic clock: nanoseconds since an origin that the backend chooses.
///
/// The clock of one backend says nothing about the clock of another. It never goes back, and at 64
/// bits it does not wrap for 584 years.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant {
    nanoseconds: u64,
}

impl Instant {
    /// The origin of the clock.
    pub const ZERO: Instant = Instant { nanoseconds: 0 };

    /// The point this many nanoseconds after the origin.
    pub const fn from_nanos(nanoseconds: u64) -> Instant {
        Instant { nanoseconds }
    }

    /// The point this many microseconds after the origin; the latest representable point when that
    /// is too far.
    pub const fn from_micros(microseconds: u64) -> Instant {
        Instant { nanoseconds: microseconds.saturating_mul(1_000) }
    }

    /// The point this many milliseconds after the origin; the latest representable point when that
    /// is too far.
    pub const fn from_millis(milliseconds: u64) -> Instant {
        Instant { nanoseconds: milliseconds.saturating_mul(1_000_000) }
    }

    /// Nanoseconds since the origin.
    pub const fn as_nanos(self) -> u64 {
        self.nanoseconds
    }

    /// Whole microseconds since the origin.
    ///
    /// It is asked for every frame. To divide by a constant is to multiply by its inverse, of which
    /// compilers know only where words have 64 bits; elsewhere they call a division.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub const fn as_micros(self) -> u64 {
        const INVERSE: u128 = (1 << 68) / 125 + 1; // 1000 is 8 * 125
        (((self.nanoseconds as u128 >> 3) * INVERSE) >> 68) as u64
    }

    /// Whole milliseconds since the origin.
    pub const fn as_millis(self) -> u64 {
        self.nanoseconds / 1_000_000
    }

    /// The point `duration` later, or `None` when the clock cannot reach it: then it is never.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub fn checked_add(self, duration: Duration) -> Option<Instant> {
        let nanoseconds = u64::try_from(duration.as_nanos()).ok()?;
        Some(Instant { nanoseconds: self.nanoseconds.checked_add(nanoseconds)? })
    }

    /// How long after `earlier` this is; zero when it is not after.
    pub const fn saturating_duration_since(self, earlier: Instant) -> Duration {
        Duration::from_nanos(self.nanoseconds.saturating_sub(earlier.nanoseconds))
    }

    /// Where words have 32 bits, this is longer than a call.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    const fn later(self, nanoseconds: u64) -> Instant {
        Instant { nanoseconds: self.nanoseconds.saturating_add(nanoseconds) }
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    /// The point `duration` later; the latest representable point when that is too far.
    fn add(self, duration: Duration) -> Instant {
        self.later(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, rest) = (self.nanoseconds / 1_000_000_000, self.nanoseconds % 1_000_000_000);
        write!(f, "{seconds}.{rest:09}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microseconds_are_thousands_of_nanoseconds() {
        // Every power of two, and all around it.
        for power in 0..64 {
            for offset in 0..3000 {
                for nanoseconds in [1 << power, u64::MAX >> power] {
                    let nanoseconds = u64::wrapping_add(nanoseconds, offset).wrapping_sub(1500);
                    let microseconds = Instant::from_nanos(nanoseconds).as_micros();
                    assert_eq!(microseconds, nanoseconds / 1000, "{nanoseconds}");
                }
            }
        }
    }

    #[test]
    fn addition_that_the_clock_cannot_reach_is_never() {
        // start (ns), added, sum (ns)
        for (start, added, sum) in [
            (0, Duration::from_nanos(1), Some(1)),
            (u64::MAX - 1, Duration::from_nanos(1), Some(u64::MAX)),
            (u64::MAX, Duration::from_nanos(1), None),
            (0, Duration::MAX, None), // does not fit 64 bits of nanoseconds
        ] {
            let sum = sum.map(Instant::from_nanos);
            assert_eq!(Instant::from_nanos(start).checked_add(added), sum, "{start} {added:?}");
        }
    }
}
