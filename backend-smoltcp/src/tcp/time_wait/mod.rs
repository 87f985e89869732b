//! What is left of a connection that this host has closed: TIME-WAIT, and FIN-WAIT-2 that nobody
//! holds.
//!
//! Such a connection has nothing more to send and nothing to keep, but for a minute somebody must
//! know its numbers: to acknowledge the peer's end again when the acknowledgement was lost, and to
//! keep old segments out of a new connection between the same ends (RFC 9293, sections 3.4.3 and
//! 3.6.1). An engine with two buffers is much for that. So the connection moves into a [`table`], as
//! into Linux's `inet_timewait_sock`, and what segments do to it is Linux's
//! `tcp_timewait_state_process`.

pub(crate) mod table;

use core::time::Duration;

use berkeley::Instant;

use super::Tuple;
use super::challenge::ChallengeLimit;
use super::segment::{Kind, OpeningOptions, Outgoing, Segment};
use crate::options::Reuse;
use crate::secret::Secret;

/// How long a connection stays in TIME-WAIT: Linux's `TCP_TIMEWAIT_LEN`.
pub(crate) const TIME_WAIT: Duration = Duration::from_secs(60);

/// A new connection in the place of an old one starts this far ahead of it: further than any window
/// that is not scaled.
const AHEAD: u32 = 65_537;

/// What a connection waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    /// Nothing: a place without a connection.
    Free,
    /// The peer's end.
    FinWait2,
    /// Time to pass.
    TimeWait,
}

/// A connection without buffers. A place takes 64 bytes here, 22 in the order of the deadlines and
/// the chains of the ports, and 4 in the hash index of a large table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeWait {
    pub(crate) tuple: Tuple,
    /// The number that follows all that was sent.
    pub(crate) our_next: u32,
    /// The number that follows all that was received.
    pub(crate) their_next: u32,
    /// What takes no sequence numbers is acknowledged now and then, or two hosts that disagree about
    /// the numbers would never fall silent.
    challenges: ChallengeLimit,
    /// The window field of the last acknowledgement.
    pub(crate) window: u16,
    pub(crate) hop_limit: u8,
    pub(crate) traffic_class: u8,
    /// Whether its socket allowed others to have its address.
    pub(crate) reuse: Reuse,
    pub(crate) phase: Phase,
    /// The next free place, in one that is free.
    next_free: u16,
}

/// What a segment is answered with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    Nothing,
    Acknowledge,
    Reset,
    /// With a new connection whose first number this is, where somebody listens; else with an
    /// acknowledgement.
    Open(u32),
}

/// What becomes of the connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Then {
    Stay,
    /// It waits for the whole of [`TIME_WAIT`] from now.
    Restart,
    /// It is forgotten.
    End,
}

impl TimeWait {
    /// A place without a connection.
    pub(crate) const FREE: TimeWait = TimeWait {
        tuple: Tuple::NONE,
        our_next: 0,
        their_next: 0,
        challenges: ChallengeLimit::NEVER,
        window: 0,
        hop_limit: 0,
        traffic_class: 0,
        reuse: Reuse::NOTHING,
        phase: Phase::Free,
        next_free: u16::MAX,
    };

    /// A connection that waits from now on.
    pub(crate) fn new(
        phase: Phase,
        tuple: Tuple,
        (our_next, their_next): (u32, u32),
        window: u16,
        now: Instant,
    ) -> TimeWait {
        let challenges = ChallengeLimit::new(now);
        TimeWait { tuple, our_next, their_next, challenges, window, phase, ..TimeWait::FREE }
    }

    /// Takes a segment: what it is answered with, and what becomes of the connection.
    pub(crate) fn arrives(
        &mut self,
        segment: &Segment,
        secret: &Secret,
        now: Instant,
    ) -> (Answer, Then) {
        match self.phase {
            Phase::Free => (Answer::Nothing, Then::Stay),
            Phase::FinWait2 => self.arrives_before_the_end(segment, secret, now),
            Phase::TimeWait => self.arrives_after_the_end(segment, secret, now),
        }
    }

    /// In FIN-WAIT-2.
    fn arrives_before_the_end(
        &mut self,
        segment: &Segment,
        secret: &Secret,
        now: Instant,
    ) -> (Answer, Then) {
        if segment.resets {
            // Only the peer knows the exact number (RFC 5961, section 3.2).
            return match segment.sequence_number == self.their_next {
                true => (Answer::Nothing, Then::End),
                false => (Answer::Nothing, Then::Stay),
            };
        }
        if !self.is_in_window(segment) {
            return (self.acknowledgement(segment, secret, now), Then::Stay);
        }
        let is_new = is_after(segment.end(), self.their_next);
        if segment.opens {
            (Answer::Reset, Then::End)
        } else if segment.acknowledgement.is_none() || segment.sequence_length() == 0 || !is_new {
            (Answer::Nothing, Then::Stay)
        } else if segment.ends && segment.end() == self.their_next.wrapping_add(1) {
            self.their_next = segment.end();
            self.phase = Phase::TimeWait;
            (self.acknowledgement(segment, secret, now), Then::Restart)
        } else {
            // Data that nobody will ever read.
            (Answer::Reset, Then::End)
        }
    }

    /// In TIME-WAIT.
    fn arrives_after_the_end(
        &mut self,
        segment: &Segment,
        secret: &Secret,
        now: Instant,
    ) -> (Answer, Then) {
        let is_next = segment.sequence_number == self.their_next;
        if segment.resets {
            return (Answer::Nothing, if is_next { Then::End } else { Then::Stay });
        }
        if is_next && segment.sequence_length() == 0 {
            return (Answer::Nothing, Then::Restart);
        }
        let acknowledges = segment.acknowledgement.is_some();
        let is_newer = is_after(segment.sequence_number, self.their_next);
        if segment.opens && !acknowledges && is_newer {
            return (Answer::Open(self.successor()), Then::Stay);
        }
        // Without an acknowledgement it may be an old opening segment that comes late.
        let then = if acknowledges { Then::Restart } else { Then::Stay };
        (self.acknowledgement(segment, secret, now), then)
    }

    /// The first number of a connection that comes in the place of this one.
    pub(crate) fn successor(&self) -> u32 {
        self.our_next.wrapping_add(AHEAD)
    }

    /// The acknowledgement of all that was received.
    pub(crate) fn outgoing(&self) -> Outgoing {
        Outgoing {
            tuple: self.tuple,
            kind: Kind::Acknowledge,
            sequence_number: self.our_next,
            acknowledgement: Some(self.their_next),
            window: self.window,
            options: OpeningOptions::default(),
            hop_limit: self.hop_limit,
            traffic_class: self.traffic_class,
        }
    }

    /// Acknowledges a segment, unless that is one too many.
    #[inline(never)] // it is asked for in several places
    fn acknowledgement(&mut self, segment: &Segment, secret: &Secret, now: Instant) -> Answer {
        let limited = segment.opens || segment.sequence_length() == 0;
        if limited && !self.challenges.allows(secret, &self.tuple, now) {
            return Answer::Nothing;
        }
        Answer::Acknowledge
    }

    /// Whether a segment has a part in the window (Linux's `tcp_in_window`). The field is taken as
    /// if it were not scaled: what lies further ahead has something before it that comes first.
    fn is_in_window(&self, segment: &Segment) -> bool {
        let (start, end) = (segment.sequence_number, segment.end());
        let window_end = self.their_next.wrapping_add(u32::from(self.window));
        start == self.their_next
            || (is_after(end, self.their_next) && is_after(window_end, start))
            || (start == window_end && start == end)
    }
}

/// Whether a sequence number comes after another (RFC 9293, section 3.4).
fn is_after(number: u32, other: u32) -> bool {
    (other.wrapping_sub(number) as i32) < 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEIR_NEXT: u32 = u32::MAX - 2; // the numbers wrap behind it
    const OUR_NEXT: u32 = 5_000;
    const NOW: Instant = Instant::from_millis(100);
    const SECRET: Secret = Secret::new([7; 16]);

    fn waiting(phase: Phase) -> TimeWait {
        TimeWait::new(phase, Tuple::NONE, (OUR_NEXT, THEIR_NEXT), 1000, NOW)
    }

    /// A segment whose number lies so far from what comes next, with these flags and so much data.
    fn segment(offset: i32, flags: &str, length: usize) -> Segment {
        Segment {
            tuple: Tuple::NONE,
            sequence_number: THEIR_NEXT.wrapping_add_signed(offset),
            acknowledgement: flags.contains('A').then_some(OUR_NEXT),
            opens: flags.contains('S'),
            ends: flags.contains('F'),
            resets: flags.contains('R'),
            window: 0,
            length,
        }
    }

    #[test]
    fn segments_in_fin_wait_2() {
        use Answer::{Acknowledge, Nothing, Reset};
        use Phase::{FinWait2, TimeWait};
        use Then::{End, Restart, Stay};
        // number, flags, data, answer, what becomes of it, phase
        for (offset, flags, length, answer, then, phase) in [
            (0, "A", 0, Nothing, Stay, FinWait2), // an acknowledgement
            (0, "AF", 0, Acknowledge, Restart, TimeWait), // the end
            (-5, "AF", 5, Acknowledge, Restart, TimeWait), // the end, behind what was there
            (0, "AF", 1, Reset, End, FinWait2),   // data that nobody reads, and the end
            (0, "A", 1, Reset, End, FinWait2),    // data that nobody reads
            (9, "A", 1, Reset, End, FinWait2),    // so is this, though something is missing
            (-5, "A", 5, Acknowledge, Stay, FinWait2), // again
            (-1, "A", 0, Acknowledge, Stay, FinWait2), // keepalive
            (1000, "A", 0, Nothing, Stay, FinWait2), // at the end of the window
            (1000, "A", 1, Acknowledge, Stay, FinWait2), // beyond it
            (2000, "A", 0, Acknowledge, Stay, FinWait2),
            (0, "F", 0, Nothing, Stay, FinWait2), // acknowledges nothing
            (0, "R", 0, Nothing, End, FinWait2),
            (0, "RA", 0, Nothing, End, FinWait2),
            (1, "R", 0, Nothing, Stay, FinWait2), // guessed
            (-1, "R", 0, Nothing, Stay, FinWait2),
            (0, "S", 0, Reset, End, FinWait2), // the peer has forgotten us
            (-9, "S", 0, Acknowledge, Stay, FinWait2), // old, or a new connection: it will tell
            (0, "SA", 0, Reset, End, FinWait2),
        ] {
            let mut waiting = waiting(FinWait2);
            let outcome = waiting.arrives(&segment(offset, flags, length), &SECRET, NOW);
            assert_eq!(outcome, (answer, then), "{offset} {flags} {length}");
            assert_eq!(waiting.phase, phase, "{offset} {flags} {length}");
            let ended = u32::from(phase == TimeWait);
            assert_eq!(waiting.their_next, THEIR_NEXT.wrapping_add(ended), "{offset} {flags}");
        }
    }

    #[test]
    fn segments_in_time_wait() {
        use Answer::{Acknowledge, Nothing, Open};
        use Then::{End, Restart, Stay};
        let open = Open(OUR_NEXT + 65_537);
        // number, flags, data, answer, what becomes of it
        for (offset, flags, length, answer, then) in [
            (0, "A", 0, Nothing, Restart),       // an acknowledgement, late
            (-1, "AF", 0, Acknowledge, Restart), // the end again: ours was lost
            (-9, "AF", 8, Acknowledge, Restart),
            (0, "A", 1, Acknowledge, Restart), // data behind the end
            (-9, "A", 3, Acknowledge, Restart),
            (7, "A", 0, Acknowledge, Restart), // a number that is not true
            (-7, "A", 0, Acknowledge, Restart),
            (0, "R", 0, Nothing, End),
            (1, "R", 0, Nothing, Stay), // guessed
            (-1, "RA", 0, Nothing, Stay),
            (1, "S", 0, open, Stay), // a new connection
            (70_000, "S", 0, open, Stay),
            (0, "S", 0, Acknowledge, Stay), // an old one, or numbers that went down
            (-70_000, "S", 0, Acknowledge, Stay),
            (1, "SA", 0, Acknowledge, Restart),
            (0, "", 0, Nothing, Restart),
        ] {
            let mut waiting = waiting(Phase::TimeWait);
            let outcome = waiting.arrives(&segment(offset, flags, length), &SECRET, NOW);
            assert_eq!(outcome, (answer, then), "{offset} {flags} {length}");
            assert_eq!(waiting.phase, Phase::TimeWait);
            assert_eq!(waiting.their_next, THEIR_NEXT);
        }
    }

    #[test]
    fn what_takes_no_numbers_is_answered_now_and_then() {
        let mut waiting = waiting(Phase::TimeWait);
        // milliseconds, number, flags, answered
        for (time, offset, flags, answered) in [
            (100, -7, "A", true),
            (101, -7, "A", false),
            (102, -1, "S", false),
            (103, -1, "AF", true), // the peer's end waits for its acknowledgement
            (599, -7, "A", false),
            (1112, -7, "A", true),
        ] {
            let now = Instant::from_millis(time);
            let (answer, _) = waiting.arrives(&segment(offset, flags, 0), &SECRET, now);
            assert_eq!(answer == Answer::Acknowledge, answered, "at {time}");
        }
    }

    #[test]
    fn a_place_is_small() {
        assert_eq!(size_of::<TimeWait>(), 64);
    }
}
