//! How long a connection goes on without an answer, where a program has a say: keepalive and the user
//! timeout.
//!
//! The engine has one interval for keepalive and no end to it, and its timeout counts from whatever the
//! peer has sent last. So silence is measured here, as Linux's `tcp_keepalive_timer` and
//! `retransmits_timed_out` do: nothing is done per segment but to note when it came. The timer that was
//! set at first is let run out, and finds then how much time is left.

use core::time::Duration;

use berkeley::Instant;

use crate::options::Options;
use crate::options::tcp::TcpOptions;

/// A connection gives data up after this long without an answer: what Linux's 15 retries amount to.
const GIVE_UP: Duration = Duration::from_secs(924);

/// The same when nobody holds it: 8 retries (Linux's `tcp_orphan_retries`).
const GIVE_UP_ORPHAN: Duration = Duration::from_secs(102);

/// The longest distance of two opening segments, in seconds: Linux's `TCP_RTO_MAX`.
const LONGEST_BETWEEN_SYNS: u64 = 120;

/// What silence means for a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Patience {
    keepalive: bool,
    options: TcpOptions,
    /// When the peer was last heard.
    last_heard: Instant,
    /// Probes since then.
    probes: u8,
    /// When the silence is looked at.
    look_at: Option<Instant>,
    /// Since when what is under way now, this many bytes, is unanswered.
    unanswered: Option<(usize, Instant)>,
    /// Whether anything is, and whether a program still holds the connection.
    awaits_answer: bool,
    is_orphan: bool,
    /// Since when the end is unanswered, which came alone.
    end_since: Option<Instant>,
}

/// What is to be done about a silent peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Due {
    Nothing,
    /// Ask whether it is there.
    Probe,
    /// It is not.
    GiveUp,
}

impl Patience {
    /// That of a connection without options.
    pub(crate) const DEFAULT: Patience = Patience {
        keepalive: false,
        options: TcpOptions::DEFAULT,
        last_heard: Instant::ZERO,
        probes: 0,
        look_at: None,
        unanswered: None,
        awaits_answer: false,
        is_orphan: false,
        end_since: None,
    };

    /// Takes the options of a socket over.
    pub(crate) fn set(&mut self, options: &Options, now: Instant) {
        let idle_changed = self.options.keepalive_idle != options.tcp.keepalive_idle;
        let turned_on = options.keepalive && !self.keepalive;
        (self.keepalive, self.options) = (options.keepalive, options.tcp);
        if !self.keepalive {
            self.look_at = None;
        } else if turned_on {
            self.look_at = Some(now + self.idle());
        } else if idle_changed {
            self.look_at = Some(now.max(self.last_heard + self.idle()));
        }
    }

    /// The peer has said something.
    pub(crate) fn heard(&mut self, now: Instant) {
        self.last_heard = now;
        if self.probes > 0 {
            self.probes = 0;
            self.look_at = self.look_at.map(|_| now + self.idle());
        }
    }

    /// Whether it is counted here how long data is unanswered.
    pub(crate) fn watches_answers(&self) -> bool {
        self.options.user_timeout != 0
    }

    /// Whether [`Patience::note_unanswered`] has nothing to note of more data, because some is
    /// unanswered already.
    pub(crate) fn is_waiting(&self) -> bool {
        self.awaits_answer && !self.is_orphan && !self.watches_answers()
    }

    /// Takes note of how many bytes, the end included, are under way or wait to be.
    ///
    /// The engine's timeout counts from the peer's last segment. When data is sent after a pause it
    /// counts anew, but not when the end is sent, and nothing besides (`end_alone`): that is counted
    /// here.
    pub(crate) fn note_unanswered(
        &mut self,
        bytes: usize,
        end_alone: bool,
        is_orphan: bool,
        now: Instant,
    ) {
        let begins = bytes > 0 && !self.awaits_answer;
        (self.awaits_answer, self.is_orphan) = (bytes > 0, is_orphan);
        if begins || bytes == 0 {
            self.end_since = (begins && end_alone).then_some(now);
        }
        if !self.watches_answers() {
            return;
        }
        self.unanswered = match self.unanswered {
            _ if bytes == 0 => None,
            Some((before, since)) if bytes >= before => Some((bytes, since)),
            _ => Some((bytes, now)),
        };
    }

    /// What is to be done now. A connection that is not open yet, or that waits for an answer to
    /// something else, is not `quiet`.
    pub(crate) fn due(&mut self, now: Instant, quiet: bool) -> Due {
        if self.end_of_patience().is_some_and(|end| end <= now) {
            return Due::GiveUp;
        }
        if self.look_at.is_none_or(|at| at > now) {
            return Due::Nothing;
        }
        let silence = now.saturating_duration_since(self.last_heard);
        if !quiet {
            self.look_at = Some(now + self.idle());
        } else if silence < self.idle() {
            self.look_at = Some(self.last_heard + self.idle());
        } else if self.is_exhausted(silence) {
            return Due::GiveUp;
        } else {
            self.probes += 1; // of at most 127
            let interval = Duration::from_secs(u64::from(self.options.keepalive_interval));
            self.look_at = Some(now + interval);
            return Due::Probe;
        }
        Due::Nothing
    }

    /// When [`Patience::due`] has something to say.
    #[inline]
    pub(crate) fn next_event(&self) -> Option<Instant> {
        match (self.look_at, self.end_of_patience()) {
            (Some(look_at), Some(end)) => Some(look_at.min(end)),
            (look_at, end) => look_at.or(end),
        }
    }

    /// How long the engine may repeat what is unanswered; `None` where it is watched here.
    pub(crate) fn of_engine(&self) -> Option<Duration> {
        let watched = self.watches_answers() || self.end_since.is_some();
        (!watched).then(|| self.of_repetitions())
    }

    fn of_repetitions(&self) -> Duration {
        if self.is_orphan { GIVE_UP_ORPHAN } else { GIVE_UP }
    }

    /// How long an attempt to connect goes on: the waits before each repetition and after the last,
    /// of which each is twice as long as the one before. Closed in SYN-RECEIVED it is an orphan as others.
    pub(crate) fn of_attempt(&self) -> Duration {
        let waits = 0..=u32::from(self.options.syn_count);
        let seconds = waits.map(|n| 1u64.checked_shl(n).unwrap_or(u64::MAX));
        let all = Duration::from_secs(seconds.map(|s| s.min(LONGEST_BETWEEN_SYNS)).sum());
        let all = if self.is_orphan { all.min(GIVE_UP_ORPHAN) } else { all };
        match u64::from(self.options.user_timeout) {
            0 => all,
            milliseconds => all.min(Duration::from_millis(milliseconds)),
        }
    }

    /// How long the connection stays in FIN-WAIT-2 without a socket; `None` when it is reset instead.
    pub(crate) fn of_end(&self) -> Option<Duration> {
        u64::try_from(self.options.fin_wait).ok().map(Duration::from_secs)
    }

    fn is_exhausted(&self, silence: Duration) -> bool {
        match self.user_timeout() {
            Some(timeout) => self.probes > 0 && silence >= timeout,
            None => self.probes >= self.options.keepalive_count,
        }
    }

    /// When what is unanswered has been so for too long.
    fn end_of_patience(&self) -> Option<Instant> {
        match self.user_timeout() {
            Some(timeout) => self.unanswered.map(|(_, since)| since + timeout),
            None => self.end_since.map(|since| since + self.of_repetitions()),
        }
    }

    fn user_timeout(&self) -> Option<Duration> {
        let milliseconds = u64::from(self.options.user_timeout);
        (milliseconds > 0).then(|| Duration::from_millis(milliseconds))
    }

    fn idle(&self) -> Duration {
        Duration::from_secs(u64::from(self.options.keepalive_idle))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use super::*;

    fn second(count: u64) -> Instant {
        Instant::from_millis(count * 1000)
    }

    fn patience(tcp: TcpOptions) -> Patience {
        let mut patience = Patience::DEFAULT;
        patience.heard(second(0));
        patience.set(&Options { keepalive: true, tcp, ..Options::DEFAULT }, second(0));
        patience
    }

    const SHORT: TcpOptions = TcpOptions {
        keepalive_idle: 10,
        keepalive_interval: 3,
        keepalive_count: 2,
        ..TcpOptions::DEFAULT
    };

    #[test]
    fn silence_is_probed_and_then_given_up() {
        // user timeout in seconds, when the peer is heard, when probes go out, when it is given up
        let rows: [(u32, &[u64], &[u64], u64); 6] = [
            (0, &[], &[10, 13], 16),
            (0, &[5], &[15, 18], 21),
            (0, &[11], &[10, 21, 24], 27),
            (0, &[14, 20], &[10, 13, 30, 33], 36),
            (14, &[], &[10, 13], 16), // at the first look behind it
            (5, &[], &[10], 13),      // never without a probe
        ];
        for (timeout, heard, probes, end) in rows {
            let mut patience = patience(TcpOptions { user_timeout: timeout * 1000, ..SHORT });
            let (mut sent, mut heard) = (Vec::new(), heard.iter().copied().peekable());
            let ended = (0..100).find(|time| {
                if heard.next_if_eq(time).is_some() {
                    patience.heard(second(*time));
                }
                assert!(patience.next_event().is_some_and(|next| next >= second(*time)));
                match patience.due(second(*time), true) {
                    Due::Nothing => {}
                    Due::Probe => sent.push(*time),
                    Due::GiveUp => return true,
                }
                false
            });
            assert_eq!((&sent[..], ended), (probes, Some(end)), "{timeout}");
        }
    }

    #[test]
    fn what_waits_for_an_answer_is_not_probed() {
        let mut patience = patience(SHORT);
        assert_eq!(patience.due(second(10), false), Due::Nothing);
        assert_eq!(patience.next_event(), Some(second(20)));
        assert_eq!(patience.due(second(20), true), Due::Probe);
    }

    #[test]
    fn the_user_timeout_counts_from_the_last_progress() {
        let tcp = TcpOptions { user_timeout: 5000, ..TcpOptions::DEFAULT };
        let mut patience = Patience::DEFAULT;
        patience.set(&Options { tcp, ..Options::DEFAULT }, second(0));
        // time, bytes unanswered, when it ends
        for (time, bytes, end) in [
            (0, 0, None),
            (1, 100, Some(6)),
            (2, 100, Some(6)),
            (3, 300, Some(6)), // more was sent, nothing was acknowledged
            (4, 299, Some(9)),
            (8, 299, Some(9)),
            (8, 0, None),
        ] {
            patience.note_unanswered(bytes, false, false, second(time));
            assert_eq!(patience.next_event(), end.map(second), "at {time}");
            assert_eq!(patience.due(second(time), false), Due::Nothing, "at {time}");
        }
        patience.note_unanswered(1, false, false, second(10));
        assert_eq!(patience.due(second(15), false), Due::GiveUp);
    }

    #[test]
    fn attempts_take_as_long_as_those_of_linux() {
        // repetitions, user timeout in milliseconds, milliseconds
        for (syn_count, user_timeout, milliseconds) in [
            (1, 0, 3_000),
            (2, 0, 7_000),
            (6, 0, 127_000),
            (7, 0, 247_000),
            (127, 0, 14_647_000),
            (6, 1500, 1500),
            (1, 9000, 3000),
        ] {
            let tcp = TcpOptions { syn_count, user_timeout, ..TcpOptions::DEFAULT };
            let all = patience(tcp).of_attempt();
            assert_eq!(all, Duration::from_millis(milliseconds), "{syn_count} {user_timeout}");
        }
    }
}
