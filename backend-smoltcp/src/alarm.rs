//! A time, or never: looked at in every step, so whether it has come is one comparison.

use berkeley::Instant;

/// When something is to be done next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alarm(Instant);

impl Alarm {
    /// No clock gets there in 584 years.
    pub(crate) const NEVER: Alarm = Alarm(Instant::from_nanos(u64::MAX));

    /// When it is, unless never.
    pub(crate) fn at(self) -> Option<Instant> {
        (self.0 < Alarm::NEVER.0).then_some(self.0)
    }

    /// Whether its time has come.
    #[inline]
    pub(crate) fn is_due(self, now: Instant) -> bool {
        self.0 <= now
    }

    /// It is at this time, unless it is earlier already.
    pub(crate) fn bring_forward(&mut self, at: Instant) {
        self.0 = self.0.min(at);
    }
}

impl From<Option<Instant>> for Alarm {
    fn from(at: Option<Instant>) -> Alarm {
        at.map_or(Alarm::NEVER, Alarm)
    }
}
