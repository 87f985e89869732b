//! Opening segments for which the table of half-open connections has no place: answered, and known
//! again by their acknowledgement ([`crate::tcp::cookie`]).

use berkeley::Instant;

use super::arrival::Arrival;
use super::state::State;
use crate::tcp::half_open::HalfOpen;
use crate::tcp::segment::Segment;

impl State<'_> {
    /// The half-open connection as its answer says it, so that it need not be remembered.
    pub(super) fn with_cookie(&mut self, mut half_open: HalfOpen, now: Instant) -> HalfOpen {
        let HalfOpen { tuple, theirs, their_options, .. } = half_open;
        let opening = (&tuple, theirs);
        (half_open.ours, half_open.their_options) =
            self.tcp.cookies.give(&self.secret, opening, their_options, now);
        half_open
    }

    /// The half-open connection that a segment acknowledges, if it was answered with a cookie and
    /// somebody listens still.
    pub(super) fn read_cookie(&self, arrival: &Arrival<'_>, segment: &Segment) -> Option<HalfOpen> {
        if segment.opens || segment.resets {
            return None;
        }
        let ours = segment.acknowledgement?.wrapping_sub(1);
        let theirs = segment.sequence_number.wrapping_sub(1);
        let numbers = (theirs, ours);
        let (tuple, now) = (segment.tuple, arrival.now);
        let options = self.tcp.cookies.read(&self.secret, &tuple, numbers, now)?;
        let listener = self.find_listener(arrival, &tuple)?;
        let link = arrival.facts.index;
        Some(HalfOpen::new(tuple, listener, link, numbers, segment.window, options, now))
    }
}
