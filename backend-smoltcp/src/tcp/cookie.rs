//! SYN cookies: an opening segment that is not remembered.
//!
//! When the table of half-open connections is full, what has to be kept of an opening segment is hidden
//! in the sequence number of its answer. The acknowledgement brings it back, and proves that its sender
//! was answered: nobody else can make the number up. It has room for the time and for one of a few
//! segment sizes; so such a connection scales no windows and has no selective acknowledgements.
//!
//! Sources: D. J. Bernstein, <https://cr.yp.to/syncookies.html>; RFC 4987, section 3.6; the layout is
//! that of Linux's `net/ipv4/syncookies.c`.

use core::time::Duration;

use berkeley::Instant;

use super::Tuple;
use super::segment::OpeningOptions;
use crate::secret::Secret;

/// The segment sizes that there are: the least that the engine sends, what any host takes, and those of
/// links of 1280 and 1500 bytes.
const SEGMENT_SIZES: [u16; 5] = [48, 536, 1220, 1440, 1460];

/// The clock of a cookie ticks in these steps; one of this step or the one before is good.
const STEP: u64 = 64;

/// Below the time there is a hash of so many bits, to which the place of the size is added.
const HASH_BITS: u32 = 24;

/// Whether cookies have been given out lately. Otherwise no acknowledgement is one, and guessing is
/// no use.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cookies {
    until: Option<Instant>,
}

impl Cookies {
    pub(crate) const NONE: Cookies = Cookies { until: None };

    /// The first number of the answer to an opening segment with the number `theirs` and these options,
    /// and what is left of those.
    pub(crate) fn give(
        &mut self,
        secret: &Secret,
        (tuple, theirs): (&Tuple, u32),
        options: OpeningOptions,
        now: Instant,
    ) -> (u32, OpeningOptions) {
        let theirs_at_most = options.maximum_segment_size.filter(|size| *size > 0).unwrap_or(536);
        let place = SEGMENT_SIZES.iter().rposition(|size| *size <= theirs_at_most).unwrap_or(0);
        self.until = now.checked_add(Duration::from_secs(2 * STEP));
        let (mask, hash) = hashes(secret, tuple, theirs, step(now));
        let low = hash.wrapping_add(place as u32) & ((1 << HASH_BITS) - 1);
        let number = mask.wrapping_add(u32::from(step(now)) << HASH_BITS | low);
        (number, options_at(place))
    }

    /// What an acknowledgement of `ours`, by a peer whose opening segment had the number `theirs`, says
    /// about that segment; `None` if it was never answered like that, or too long ago.
    pub(crate) fn read(
        &self,
        secret: &Secret,
        tuple: &Tuple,
        (theirs, ours): (u32, u32),
        now: Instant,
    ) -> Option<OpeningOptions> {
        self.until.filter(|until| now < *until)?;
        let (mask, _) = hashes(secret, tuple, theirs, 0);
        let number = ours.wrapping_sub(mask);
        let then = (number >> HASH_BITS) as u8;
        if step(now).wrapping_sub(then) > 1 {
            return None;
        }
        let (_, hash) = hashes(secret, tuple, theirs, then);
        let place = number.wrapping_sub(hash) & ((1 << HASH_BITS) - 1);
        ((place as usize) < SEGMENT_SIZES.len()).then(|| options_at(place as usize))
    }
}

fn options_at(place: usize) -> OpeningOptions {
    let maximum_segment_size = SEGMENT_SIZES.get(place).copied();
    OpeningOptions { maximum_segment_size, ..OpeningOptions::NONE }
}

/// The time, in steps that wrap.
fn step(now: Instant) -> u8 {
    (now.as_millis() / (1000 * STEP)) as u8
}

/// What hides all of the number, and what only its lower part bears.
#[inline(never)] // it is asked for in several places
fn hashes(secret: &Secret, tuple: &Tuple, theirs: u32, step: u8) -> (u32, u32) {
    (secret.cookie(tuple, theirs, None), secret.cookie(tuple, theirs, Some(step)))
}

#[cfg(test)]
mod tests {

    use super::super::Endpoint;
    use super::*;
    use crate::ip::{IpAddr, Ipv4Addr};

    const START: Instant = Instant::from_millis(1_000_000);

    fn tuple(port: u16) -> Tuple {
        let end = |port| Endpoint { ip: IpAddr::V4(Ipv4Addr::LOCALHOST), port };
        Tuple { local: end(80), remote: end(port) }
    }

    fn options(size: Option<u16>) -> OpeningOptions {
        OpeningOptions { maximum_segment_size: size, window_scale: Some(7), selective: true }
    }

    #[test]
    fn what_was_given_is_read_again() {
        let secret = Secret::new([7; 16]);
        // what the peer says, what is left of it
        for (said, left) in [
            (None, 536),
            (Some(0), 536), // as good as nothing
            (Some(1), 48),
            (Some(535), 48),
            (Some(536), 536),
            (Some(1459), 1440),
            (Some(1460), 1460),
            (Some(9000), 1460),
        ] {
            let mut cookies = Cookies::NONE;
            let (ours, kept) = cookies.give(&secret, (&tuple(1), 9), options(said), START);
            let expected =
                OpeningOptions { maximum_segment_size: Some(left), ..OpeningOptions::NONE };
            assert_eq!(kept, expected, "{said:?}");
            assert_eq!(cookies.read(&secret, &tuple(1), (9, ours), START), Some(expected));
        }
    }

    #[test]
    fn only_what_was_given_lately_counts() {
        let secret = Secret::new([7; 16]);
        let mut cookies = Cookies::NONE;
        let (ours, _) = cookies.give(&secret, (&tuple(1), 9), options(None), START);
        // seconds later, port, their number, how far from ours, whether it counts
        for (later, port, theirs, off, counts) in [
            (0, 1, 9, 0, true),
            (63, 1, 9, 0, true),
            (129, 1, 9, 0, false),
            (0, 2, 9, 0, false), // somebody else's
            (0, 1, 8, 0, false),
            (0, 1, 9, 1 << HASH_BITS, false), // another time
            (0, 1, 9, 7, false),              // no such size
        ] {
            let given = (theirs, ours.wrapping_add(off));
            let now = START + Duration::from_secs(later);
            let read = cookies.read(&secret, &tuple(port), given, now);
            assert_eq!(read.is_some(), counts, "{later} {port} {theirs} {off}");
        }
        assert_eq!(Cookies::NONE.read(&secret, &tuple(1), (9, ours), START), None);
        assert_eq!(cookies.read(&Secret::new([8; 16]), &tuple(1), (9, ours), START), None);
    }

    #[test]
    fn guessing_is_no_use() {
        let secret = Secret::new([7; 16]);
        let mut cookies = Cookies::NONE;
        cookies.give(&secret, (&tuple(1), 9), options(None), START);
        // Each guess is good with a chance of 2 times 5 in 2^32.
        let guesses = (0..500_000_u32).map(|number| number.wrapping_mul(0x9E37_79B1));
        let hits =
            guesses.filter(|ours| cookies.read(&secret, &tuple(1), (9, *ours), START).is_some());
        assert_eq!(hits.count(), 0);
    }
}
