//! Sound inputs as they are met in the wild, written quickly: the program `mutate` wants millions.
//!
//! Each function appends one to `out`.

use std::net::Ipv6Addr;

use crate::random::Random;

/// A dotted quad.
pub fn ipv4(random: &mut Random, out: &mut Vec<u8>) {
    for index in 0..4 {
        if index > 0 {
            out.push(b'.');
        }
        let octet = octet(random);
        number(u32::from(octet), 10, out);
    }
}

/// One of the forms that `inet_aton` takes, by a quarter the dotted quad.
pub fn legacy(random: &mut Random, out: &mut Vec<u8>) {
    let shape = random.below(4);
    if random.below(4) == 0 {
        return ipv4(random, out);
    }
    for _ in 0..shape {
        legacy_number(random, 0xFF, out);
        out.push(b'.');
    }
    legacy_number(random, u32::MAX >> (8 * shape), out);
}

/// The same, and now and then white space and more after it.
pub fn legacy_and_more(random: &mut Random, out: &mut Vec<u8>) {
    legacy(random, out);
    if random.below(8) == 0 {
        out.extend_from_slice(random.one_of(&[&b" "[..], b"\n", b"\tx", b"\x0B.1", b" 1.2.3.4"]));
    }
}

/// An IPv6 address in one of its three forms, in any case, with zeros before the digits or without.
pub fn ipv6(random: &mut Random, out: &mut Vec<u8>) {
    let groups = sparse_groups(random);
    let with_quad = random.below(6) == 0;
    let count = if with_quad { 6 } else { 8 };
    let start = out.len();
    // Any run of zeros may be what `::` stands for, not only the longest.
    let from = random.below(count);
    let zeros = groups[from..count].iter().take_while(|&&group| group == 0).count();
    let run = if random.below(4) == 0 { 0..0 } else { from..from + zeros };
    let padded = random.below(8) == 0;
    for (index, &group) in groups[..count].iter().enumerate() {
        if run.contains(&index) {
            if index == run.start {
                out.extend_from_slice(b"::");
            }
            continue;
        }
        let after_run = !run.is_empty() && index == run.end;
        if index > 0 && !after_run {
            out.push(b':');
        }
        for limit in [0x1000, 0x100, 0x10] {
            if padded && group < limit {
                out.push(b'0');
            }
        }
        number(u32::from(group), 16, out);
    }
    if with_quad {
        let after_run = !run.is_empty() && run.end == count;
        if !after_run {
            out.push(b':');
        }
        ipv4(random, out);
    }
    if random.below(4) == 0 {
        out[start..].make_ascii_uppercase();
    }
}

/// An IPv6 address, most of the time with a zone.
pub fn scoped_ipv6(random: &mut Random, out: &mut Vec<u8>) {
    ipv6(random, out);
    match random.below(6) {
        0 => {}
        1 => out.extend_from_slice(random.one_of(&[&b"%eth0"[..], b"%wlp2s0", b"%lo", b"%br-1"])),
        2 => {
            out.push(b'%');
            number(random.word() as u32, 10, out);
        }
        _ => {
            out.push(b'%');
            number(random.below(20) as u32, 10, out);
        }
    }
}

/// A host and a port.
pub fn host_port(random: &mut Random, out: &mut Vec<u8>) {
    match random.below(8) {
        0..4 => ipv4(random, out),
        4 => {
            out.extend_from_slice(random.one_of(&[&b"localhost"[..], b"example.org", b"a.b.c."]));
        }
        _ => {
            out.push(b'[');
            if random.below(2) == 0 {
                ipv6(random, out);
            } else {
                scoped_ipv6(random, out);
            }
            out.push(b']');
        }
    }
    out.push(b':');
    let port = match random.below(2) {
        0 => random.one_of(&[0, 80, 443, 8080, 65535]),
        _ => random.word() as u16,
    };
    number(u32::from(port), 10, out);
}

/// Four packed bytes.
pub fn packed_ipv4(random: &mut Random, out: &mut Vec<u8>) {
    for _ in 0..4 {
        out.push(octet(random));
    }
}

/// Sixteen packed bytes.
pub fn packed_ipv6(random: &mut Random, out: &mut Vec<u8>) {
    out.extend_from_slice(&Ipv6Addr::from(sparse_groups(random)).octets());
}

/// An octet, with a liking for the ends and for numbers of one and two digits.
fn octet(random: &mut Random) -> u8 {
    match random.below(8) {
        0 => random.one_of(&[0, 1, 9, 10, 99, 100, 127, 249, 250, 255]),
        1 => random.below(100) as u8,
        _ => random.word() as u8,
    }
}

/// Groups of which some are zero and some are short; now and then mapped or compatible addresses.
fn sparse_groups(random: &mut Random) -> [u16; 8] {
    let (low, high, shape) = (random.word(), random.word(), random.word());
    let mut groups = [0; 8];
    for (index, group) in groups.iter_mut().enumerate() {
        let word = if index < 4 { low } else { high };
        *group = (word >> (index % 4 * 16)) as u16;
        match shape >> (index * 2) & 3 {
            // Half of the addresses have zeros.
            0 | 1 if shape >> 16 & 1 == 0 => *group = 0,
            2 => *group &= 0xFF,
            _ => {}
        }
    }
    if shape >> 17 & 15 == 0 {
        groups[..5].fill(0);
        groups[5] = if shape >> 21 & 1 == 0 { 0 } else { 0xFFFF };
    }
    groups
}

/// A number up to `maximum` in one of C's three bases.
fn legacy_number(random: &mut Random, maximum: u32, out: &mut Vec<u8>) {
    let value = (random.word() as u32 >> random.below(32)) & maximum;
    let zeros = if random.below(8) == 0 { random.below(12) } else { 0 };
    match random.below(4) {
        0 => {
            out.extend_from_slice(random.one_of(&[b"0x", b"0X"]));
            out.extend(std::iter::repeat_n(b'0', zeros));
            number(value, 16, out);
        }
        1 => {
            out.push(b'0');
            out.extend(std::iter::repeat_n(b'0', zeros));
            number(value, 8, out);
        }
        _ => number(value, 10, out),
    }
}

/// The digits of a number.
fn number(mut value: u32, base: u32, out: &mut Vec<u8>) {
    let start = out.len();
    loop {
        out.extend(char::from_digit(value % base, base).map(|digit| digit as u8));
        value /= base;
        if value == 0 {
            break;
        }
    }
    out[start..].reverse();
}

#[cfg(test)]
mod tests {
    use crate::TARGETS;
    use crate::outcome::Outcome;
    use crate::random::Random;

    #[test]
    fn samples_are_sound() {
        for target in TARGETS {
            let mut random = Random::new(7);
            let Some(of_text) = target.text else { continue };
            let mut sample = Vec::new();
            for _ in 0..2000 {
                sample.clear();
                (of_text.sample)(&mut random, &mut sample);
                let text = crate::Text(&sample);
                let outcome = (of_text.compare)(&sample);
                assert_eq!(outcome, Outcome::Accepted, "{}: {text}", target.name);
            }
        }
    }
}
