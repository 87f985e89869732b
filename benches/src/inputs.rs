//! Addresses to measure with: random, of the kinds one meets, and the same in every run.
//!
//! A few addresses, repeated, flatter a parser: the processor learns them by heart. With 64 of them
//! `core::net` reads an IPv4 address in half the time that it takes for 10,000.

use core::ffi::CStr;
use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use crate::Random;

/// Where every set of inputs begins.
const SEED: u64 = 0xBE4C_E1E7;

/// Texts that stand in one piece of memory, each with a NUL behind it, so that C reads the same
/// bytes as Rust.
///
/// They live as long as the program, which is short, so that a competitor is a plain closure.
#[derive(Clone, Copy, Debug)]
pub struct Texts {
    /// The texts.
    pub plain: &'static [&'static str],
    /// The same texts for C.
    pub terminated: &'static [&'static CStr],
}

impl Texts {
    /// The texts of these addresses, as `Display` of the language shows them.
    ///
    /// ```
    /// use berkeley_benches::inputs::Texts;
    ///
    /// let texts = Texts::of(&[core::net::Ipv4Addr::LOCALHOST]);
    /// assert_eq!((texts.plain, texts.terminated), (&["127.0.0.1"][..], &[c"127.0.0.1"][..]));
    /// ```
    #[must_use]
    pub fn of(addresses: &[impl ToString]) -> Texts {
        let mut all = String::new();
        for address in addresses {
            all.push_str(&address.to_string());
            all.push('\0');
        }
        let all: &'static str = all.leak();
        let terminated = all.split_inclusive('\0');
        let terminated =
            terminated.filter_map(|text| CStr::from_bytes_with_nul(text.as_bytes()).ok());
        Texts {
            plain: all.split_terminator('\0').collect::<Vec<_>>().leak(),
            terminated: terminated.collect::<Vec<_>>().leak(),
        }
    }
}

/// So many inputs of one kind, for as long as the program lives.
fn many<T>(count: usize, mut one: impl FnMut(&mut Random) -> T) -> &'static [T] {
    let mut random = Random::new(SEED);
    (0..count).map(|_| one(&mut random)).collect::<Vec<_>>().leak()
}

/// 60 % anything, 15 % 10/8, 15 % 192.168/16, 5 % 172.16/12, 5 % loopback.
#[must_use]
pub fn ipv4_mix(count: usize) -> &'static [Ipv4Addr] {
    many(count, ipv4)
}

fn ipv4(random: &mut Random) -> Ipv4Addr {
    let [a, b, c, d, ..] = random.next_u64().to_be_bytes();
    match random.below(100) {
        0..60 => Ipv4Addr::new(a, b, c, d),
        60..75 => Ipv4Addr::new(10, b, c, d),
        75..90 => Ipv4Addr::new(192, 168, c, d),
        90..95 => Ipv4Addr::new(172, 16 | b & 0xF, c, d),
        _ => Ipv4Addr::LOCALHOST,
    }
}

/// 25 % all bits random, 20 % `2001:x:y::z`, 15 % link-local, 15 % with
/// groups of zero here and there, 15 % with two runs of zeros, 10 % loopback.
#[must_use]
pub fn ipv6_mix(count: usize) -> &'static [Ipv6Addr] {
    many(count, ipv6)
}

fn ipv6(random: &mut Random) -> Ipv6Addr {
    let kind = random.below(100);
    let mut group = || random.nonzero_u16();
    let groups = match kind {
        0..25 => core::array::from_fn(|_| random.next_u16()),
        25..45 => [0x2001, group(), group(), 0, 0, 0, 0, group()],
        45..60 => [0xFE80, 0, 0, 0, group(), group(), group(), group()],
        60..75 => {
            let mut groups = core::array::from_fn(|_| group());
            let zeros = random.next_u16();
            for (index, slot) in groups.iter_mut().enumerate().skip(1) {
                if zeros >> index & 1 == 0 {
                    *slot = 0;
                }
            }
            groups
        }
        75..90 => [0x2001, 0, 0, group(), 0, 0, 0, group()],
        _ => [0, 0, 0, 0, 0, 0, 0, 1],
    };
    Ipv6Addr::from_segments(groups)
}

/// Eight groups of four digits: 39 characters, the longest there are.
#[must_use]
pub fn ipv6_full(count: usize) -> &'static [Ipv6Addr] {
    many(count, |random| {
        Ipv6Addr::from_segments(core::array::from_fn(|_| 0x1000 + random.below(0xF000) as u16))
    })
}

/// `::`, `::1` and `::x`, a third each.
#[must_use]
pub fn ipv6_short(count: usize) -> &'static [Ipv6Addr] {
    many(count, |random| match random.below(3) {
        0 => Ipv6Addr::UNSPECIFIED,
        1 => Ipv6Addr::LOCALHOST,
        _ => Ipv6Addr::new(0, 0, 0, 0, 0, 0, 0, random.nonzero_u16()),
    })
}

/// [`ipv4_mix`] as IPv6 has it: `::ffff:192.0.2.1`.
#[must_use]
pub fn ipv6_mapped(count: usize) -> &'static [Ipv6Addr] {
    many(count, |random| ipv4(random).to_ipv6_mapped())
}

/// [`ipv4_mix`] with ports: `192.0.2.1:80`. Not with 65535, which smoltcp does not take.
#[must_use]
pub fn ipv4_ports(count: usize) -> &'static [SocketAddr] {
    many(count, |random| {
        let port = random.below(65535) as u16;
        SocketAddrV4::new(ipv4(random), port).into()
    })
}

/// Link-local addresses with a zone and a port: `[fe80::x%3]:443`.
#[must_use]
pub fn ipv6_scoped(count: usize) -> &'static [SocketAddr] {
    many(count, |random| {
        let [a, b, c, d] = core::array::from_fn(|_| random.nonzero_u16());
        SocketAddrV6::new(Ipv6Addr::new(0xFE80, 0, 0, 0, a, b, c, d), 443, 0, 3).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNT: usize = 10_000;

    fn share<T>(inputs: &[T], of: impl Fn(&T) -> bool) -> usize {
        let matching = inputs.iter().filter(|input| of(input)).count();
        (matching * 100 + inputs.len() / 2) / inputs.len()
    }

    #[test]
    fn mixes_are_what_they_say() {
        let four = ipv4_mix(COUNT);
        let six = ipv6_mix(COUNT);
        // what, its share in percent, the expected one
        for (what, share, expected) in [
            ("10/8", share(four, |a| a.octets()[0] == 10), 15),
            ("192.168/16", share(four, |a| a.octets()[..2] == [192, 168]), 15),
            ("private in all", share(four, Ipv4Addr::is_private), 35),
            ("IPv4 loopback", share(four, Ipv4Addr::is_loopback), 5),
            ("link-local", share(six, Ipv6Addr::is_unicast_link_local), 15),
            ("IPv6 loopback", share(six, Ipv6Addr::is_loopback), 10),
            ("2001", share(six, |a| a.segments()[0] == 0x2001), 35),
            ("a run of zeros", share(six, |a| a.to_string().contains("::")), 71),
        ] {
            assert!(share.abs_diff(expected) <= 2, "{what}: {share} %");
        }
    }

    #[test]
    fn kinds_have_their_form() {
        assert!(Texts::of(ipv6_full(COUNT)).plain.iter().all(|text| text.len() == 39));
        assert!(Texts::of(ipv6_short(COUNT)).plain.iter().all(|text| text.len() <= 6));
        let mapped = Texts::of(ipv6_mapped(COUNT));
        assert!(mapped.plain.iter().all(|text| text.starts_with("::ffff:") && text.contains('.')));
        let scoped = Texts::of(ipv6_scoped(COUNT));
        assert!(scoped.plain.iter().all(|t| t.starts_with("[fe80::") && t.ends_with("%3]:443")));
        // glibc shows these otherwise than the language does, so that no comparison is possible
        let compatible = |a: &Ipv6Addr| a.segments()[..6] == [0; 6] && a.segments()[6] != 0;
        assert!(!ipv6_mix(COUNT).iter().any(compatible));
    }

    #[test]
    fn texts_are_the_same_for_c() {
        let texts = Texts::of(ipv6_mix(COUNT));
        assert_eq!((texts.plain.len(), texts.terminated.len()), (COUNT, COUNT));
        for (plain, terminated) in texts.plain.iter().zip(texts.terminated) {
            assert_eq!(plain.as_bytes(), terminated.to_bytes());
            assert_eq!(plain.as_ptr(), terminated.as_ptr().cast());
        }
    }

    #[test]
    fn every_run_has_the_same() {
        assert_eq!(ipv6_mix(100), ipv6_mix(100));
        assert_eq!(ipv4_mix(10), &ipv4_mix(100)[..10]);
    }
}
