//! Address text with the feature `simd`, against `core::net` on mutated addresses: dotted quads, by
//! themselves, by the legacy parsers, and at the end of IPv6 addresses.
//!
//! The texts come from a generator of pseudo-random numbers: text number n is the same in every run.

#![cfg(all(feature = "simd", target_arch = "x86_64"))]

use core::fmt::Debug;
use core::net::{Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

use berkeley::{inet_aton, inet_aton_exact, parse_ipv4, parse_ipv6};

const TEXTS: u64 = 2_000_000;

/// SplitMix64, whose numbers depend on nothing but the seed.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut number = self.0;
        number = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        number = (number ^ number >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        number ^ number >> 31
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }

    /// Makes up to three small changes.
    fn mutate(&mut self, text: &mut Vec<u8>, bytes: &[u8]) {
        for _ in 0..self.below(4) {
            let at = self.below(text.len() + 1);
            let byte = if self.below(8) == 0 { self.next() as u8 } else { self.one_of(bytes) };
            match self.below(5) {
                0 => text.insert(at, byte),
                1 => text.truncate(at),
                2 if at < text.len() => _ = text.remove(at),
                3 if at < text.len() => text.swap(at, 0),
                _ if at < text.len() => text[at] = byte,
                _ => text.push(byte),
            }
        }
    }
}

/// What `core::net` makes of the text.
fn oracle<A: FromStr>(text: &[u8]) -> Option<A> {
    core::str::from_utf8(text).ok()?.parse().ok()
}

/// Compares on many texts, which must be neither mostly addresses nor mostly not.
fn compare<A: FromStr + PartialEq + Debug>(
    mut text: impl FnMut(&mut Numbers) -> Vec<u8>,
    parse: impl Fn(&[u8]) -> Option<A>,
) {
    let mut accepted = 0;
    for seed in 0..TEXTS {
        let text = text(&mut Numbers(seed));
        let expected = oracle(&text);
        accepted += u64::from(expected.is_some());
        assert_eq!(parse(&text), expected, "seed {seed}: {}", text.escape_ascii());
    }
    assert!((TEXTS / 4..TEXTS * 3 / 4).contains(&accepted), "{accepted} addresses");
}

fn ipv4_text(numbers: &mut Numbers) -> Vec<u8> {
    let limits = [0, 1, 9, 10, 99, 100, 199, 200, 249, 250, 254, 255, 256, 260, 300, 999];
    let fields: [usize; 4] = core::array::from_fn(|_| match numbers.below(16) {
        0 => numbers.one_of(&limits),
        1..=4 => numbers.below(10),
        5..=8 => numbers.below(100),
        _ => numbers.below(256),
    });
    let mut text = fields.map(|field| field.to_string()).join(".").into_bytes();
    numbers.mutate(&mut text, b"0123456789../:; +x\0");
    text
}

#[test]
fn ipv4_is_what_core_net_takes() {
    compare(ipv4_text, |text| parse_ipv4(text).ok());
}

#[test]
fn whatever_is_strict_is_legacy_too() {
    for seed in 0..TEXTS / 4 {
        let text = ipv4_text(&mut Numbers(seed));
        if let Some(address) = oracle::<Ipv4Addr>(&text) {
            for legacy in [inet_aton(&text), inet_aton_exact(&text)] {
                assert_eq!(legacy, Ok(address), "seed {seed}: {}", text.escape_ascii());
            }
        }
    }
}

#[test]
fn ipv6_is_what_core_net_takes() {
    let text = |numbers: &mut Numbers| {
        let groups: [u16; 8] = core::array::from_fn(|_| match numbers.below(8) {
            0..=2 => 0,
            3 => numbers.below(16) as u16,
            4 => numbers.below(256) as u16,
            _ => numbers.next() as u16,
        });
        let mut address = Ipv6Addr::from(groups);
        let mut text = match numbers.below(8) {
            0 => groups.map(|group| format!("{group:x}")).join(":"),
            1 => groups.map(|group| format!("{group:04X}")).join(":"),
            2 => {
                let [a, b, c, d, e, f, ..] = groups;
                let quad = Ipv4Addr::from_bits(numbers.next() as u32);
                format!("{a:x}:{b:x}:{c:x}:{d:x}:{e:x}:{f:x}:{quad}")
            }
            3 => {
                address = Ipv4Addr::from_bits(numbers.next() as u32).to_ipv6_mapped();
                address.to_string()
            }
            _ => address.to_string(),
        }
        .into_bytes();
        numbers.mutate(&mut text, b"0129afAFg::::..%/@`G \0");
        text
    };
    compare(text, |text| parse_ipv6(text).ok());
}
