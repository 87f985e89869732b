//! The old forms of an IPv4 address.

use std::net::Ipv4Addr;

/// `inet_aton` of glibc in terms of the exact form: the address ends before the first white space,
/// and whatever follows does not count. A text with a NUL is none, as Python has it.
#[must_use]
pub fn aton(text: &[u8]) -> Option<Ipv4Addr> {
    if text.contains(&0) {
        return None;
    }
    aton_exact(text.split(|&byte| is_space(byte)).next()?)
}

/// One to four numbers: each but the last is one byte, the last fills what is left.
#[must_use]
pub fn aton_exact(text: &[u8]) -> Option<Ipv4Addr> {
    let numbers = text.split(|&byte| byte == b'.').map(number).collect::<Option<Vec<u64>>>()?;
    let byte = |number: u64| number < 1 << 8;
    let address = match numbers[..] {
        [a] if a < 1 << 32 => a,
        [a, b] if byte(a) && b < 1 << 24 => a << 24 | b,
        [a, b, c] if byte(a) && byte(b) && c < 1 << 16 => a << 24 | b << 16 | c,
        [a, b, c, d] if byte(a) && byte(b) && byte(c) && byte(d) => a << 24 | b << 16 | c << 8 | d,
        _ => return None,
    };
    u32::try_from(address).ok().map(Ipv4Addr::from_bits)
}

/// White space in the C locale.
#[must_use]
pub(crate) fn is_space(byte: u8) -> bool {
    [b' ', b'\t', b'\n', 0x0B, 0x0C, b'\r'].contains(&byte)
}

/// A number in the base its beginning tells. Larger ones than all limits are 2^40, for short.
fn number(text: &[u8]) -> Option<u64> {
    let (base, digits) = match text {
        [b'0', b'x' | b'X', digits @ ..] => (16, digits),
        [b'0', digits @ ..] if !digits.is_empty() => (8, digits),
        _ => (10, text),
    };
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0, |value: u64, &digit| {
        let digit = char::from(digit).to_digit(base)?;
        Some((value * u64::from(base) + u64::from(digit)).min(1 << 40))
    })
}
