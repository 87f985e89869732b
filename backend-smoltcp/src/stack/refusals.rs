//! How often strangers are refused.
//!
//! What comes for a port that nobody has is refused, with a reset or an error. Whoever can make a host
//! send as much as he likes, to whom he likes, uses it against others; so refusals are limited (RFC
//! 4443, section 2.4 (f), for errors). A limit that is the same for everybody tells too much: ask in
//! somebody else's name, then in your own, and what is left says which ports are open (CVE-2020-25705).
//! So each address that is answered has its own, or shares one with others that only the key knows, and
//! the cost of an answer is a matter of chance, as in Linux's `icmp_global_allow`. The host itself is
//! always answered.
#![cfg_attr(not(any(tcp, udp)), allow(dead_code, reason = "raw sockets refuse nothing"))]

use berkeley::Instant;

use super::arrival::Arrival;
use super::state::State;
use crate::device::Medium;
use crate::ip::IpAddr;
use crate::secret::Secret;

/// How many limits there are.
const PLACES: usize = 16;

/// A refusal costs a millisecond at least, and this many at most.
const HIGHEST_COST: u32 = 3;

/// How many milliseconds can be saved up: some 256 refusals at once, and 500 a second.
const MOST: u32 = 512;

/// The limits.
pub(super) struct Refusals {
    /// The millisecond, which wraps, up to which what was refused is paid for, if that is to come.
    paid: [u32; PLACES],
}

impl Refusals {
    pub(super) const fn new() -> Refusals {
        Refusals { paid: [0; PLACES] }
    }

    /// Whether something from this address may be refused now; then it counts as done.
    fn allow(&mut self, secret: &Secret, stranger: IpAddr, now: Instant) -> bool {
        let now = now.as_millis() as u32;
        let network = network_of(stranger);
        let place = secret.stranger(network, None) as usize % PLACES;
        let paid = &mut self.paid[place];
        let mut owed = paid.wrapping_sub(now);
        if owed > MOST + HIGHEST_COST {
            owed = 0; // it is in the past
        }
        if owed > MOST {
            return false;
        }
        let cost = 1 + secret.stranger(network, Some(*paid)) % HIGHEST_COST;
        *paid = now.wrapping_add(owed + cost);
        true
    }
}

impl State<'_> {
    /// Whether a packet from this address may be refused now; then it counts as done.
    pub(super) fn may_refuse(&mut self, arrival: &Arrival<'_>, stranger: IpAddr) -> bool {
        let looped = arrival.facts.medium == Medium::Loopback;
        looped || self.refusals.allow(&self.secret, stranger, arrival.now)
    }
}

/// The addresses that one host has as many of as it likes: all that share 64 bits, in IPv6.
fn network_of(ip: IpAddr) -> u64 {
    match ip {
        IpAddr::V4(ip) => u64::from(ip.to_bits()),
        IpAddr::V6(ip) => (ip.to_bits() >> 64) as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn refusals_are_some_at_once_and_then_one_in_two_milliseconds() {
        let secret = Secret::new([7; 16]);
        let mut refusals = Refusals::new();
        let mut allowed = |stranger: &str, now: u64, times: u32| {
            let now = Instant::from_millis(now);
            (0..times).filter(|_| refusals.allow(&secret, ip(stranger), now)).count()
        };
        // time, how many ask then, how many are refused, about
        let start = u64::from(u32::MAX) - 1000; // the milliseconds wrap on the way
        for (time, asked, refused) in [
            (0, 100, 100),
            (0, 1000, 160), // what is left
            (1, 1000, 0),
            (101, 1000, 50),
            (2000, 1000, 256),
            (30 * 24 * 3600 * 1000, 1000, 256),
            (60 * 24 * 3600 * 1000, 1000, 256),
        ] {
            let count = allowed("192.0.2.1", start + time, asked);
            assert!(count.abs_diff(refused) <= refused / 5 + 2, "at {time}: {count}");
        }
        // Most others do not notice.
        let others = (2..102).filter(|last| {
            allowed(&std::format!("192.0.2.{last}"), start + 60 * 24 * 3600 * 1000, 1) == 1
        });
        assert!(others.count() > 80);
        // Whoever has a network of IPv6 does not have many limits.
        let now = start + 70 * 24 * 3600 * 1000;
        let whole: usize =
            (0..1000).map(|last| allowed(&std::format!("2001:db8::{last:x}"), now, 1)).sum();
        assert!(whole < 350, "{whole}");
    }

    #[test]
    fn what_is_left_is_a_matter_of_chance() {
        let counts = [1, 2, 3, 4, 5, 6].map(|key| {
            let (secret, mut refusals) = (Secret::new([key; 16]), Refusals::new());
            let now = Instant::from_millis(5000);
            (0..1000).filter(|_| refusals.allow(&secret, ip("192.0.2.1"), now)).count()
        });
        assert!(counts.iter().any(|count| *count != counts[0]), "{counts:?}");
    }

    extern crate std;
}
