//! How often a connection answers what it cannot use.
//!
//! A segment that may be forged is answered with an acknowledgement that says where the connection is,
//! its challenge (RFC 5961). Anybody can cause such answers, so they are limited (section 7), and the
//! limit must tell nobody anything: one that all connections share does, for who finds it used up
//! knows that a guess of his was right (CVE-2016-5696). So each connection has a limit of its own, like
//! Linux's `tcp_invalid_ratelimit`, and how long a pause takes is for nobody to know.

use berkeley::Instant;

use super::Tuple;
use crate::secret::Secret;

/// The shortest pause between two answers, in milliseconds, and by how much others are longer.
const SHORTEST: u32 = 500;
const SPREAD: u32 = 512;

/// The limit of one connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ChallengeLimit {
    /// When it answered last, in milliseconds, which wrap.
    last: u32,
}

impl ChallengeLimit {
    /// That of a place without a connection.
    pub(crate) const NEVER: ChallengeLimit = ChallengeLimit { last: 0 };

    /// Nothing was answered yet, at this time.
    pub(crate) fn new(now: Instant) -> ChallengeLimit {
        ChallengeLimit { last: milliseconds(now).wrapping_sub(SHORTEST + SPREAD) }
    }

    /// Whether there may be an answer now; then it counts as given.
    pub(crate) fn allows(&mut self, secret: &Secret, tuple: &Tuple, now: Instant) -> bool {
        let now = milliseconds(now);
        let pause = SHORTEST + secret.spread(tuple, self.last) % SPREAD;
        let over = now.wrapping_sub(self.last) >= pause;
        if over {
            self.last = now;
        }
        over
    }
}

fn milliseconds(now: Instant) -> u32 {
    now.as_millis() as u32 // wraps, as it may
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn pauses_are_between_half_a_second_and_a_second_and_differ() {
        let secret = Secret::new([7; 16]);
        let mut pauses = HashSet::new();
        let start = u64::from(u32::MAX) - 5_000; // the milliseconds wrap on the way
        let mut limit = ChallengeLimit::new(Instant::from_millis(start));
        let mut last = None;
        for now in start..start + 60_000 {
            if !limit.allows(&secret, &Tuple::NONE, Instant::from_millis(now)) {
                continue;
            }
            let pause = now - last.replace(now).unwrap_or(now - 500);
            assert!((500..1012).contains(&pause), "{pause}");
            pauses.insert(pause);
        }
        assert!(pauses.len() > 50, "{}", pauses.len());
    }
}
