//! Groups and `::`, cut at the colons of the whole text at once.
//!
//! First every eight bytes are classified, and the colons become one mask of up to 39 bits, so that
//! questions about the form of the text are questions about bits: is there a `::`, is there but
//! one, is a group longer than four digits. The digits become a row of nibbles, from which each
//! group is taken without looking for its end.

use super::{FLAGS, repeat};

/// The bits of an address without a dotted quad, of eight bytes or more or with nothing but one group
/// behind a `::`; `None` for every other text.
#[inline]
pub(in crate::inet) const fn bits(text: &[u8]) -> Option<u128> {
    let length = text.len();
    let (Some(last), 8..=39) = (text.last_chunk(), length) else {
        return match text {
            [b':', b':', group @ ..] => group_alone(group),
            _ => None,
        };
    };
    let last = u64::from_be_bytes(*last);
    let last_at = length - 8;
    let mut nibbles = Nibbles { windows: [0; 8] };
    let (mut colons, mut refused) = (0, 0);
    let mut window = 0;
    let mut rest = text;
    let mut at = 0;
    while at + 8 < length {
        let Some((word, after)) = rest.split_first_chunk() else { break };
        let word = u64::from_be_bytes(*word);
        let (found, wrong) = classify(word);
        colons |= found << at;
        refused |= wrong;
        window = window << 32 | pack(word) as u64;
        nibbles.windows[(at / 8) & 7] = window;
        rest = after;
        at += 8;
    }
    let (found, wrong) = classify(last);
    colons |= found << last_at;
    let packed = pack(last) << (4 * (at - last_at));
    nibbles.windows[(at / 8) & 7] = window << 32 | packed as u64;

    // From here on bit 0 stands for the first byte of the text. `run` is the first colon of `::`.
    let digits = !colons & ((1 << length) - 1);
    let run = colons & colons >> 1;
    let two_runs = run & run.wrapping_sub(1);
    let single = colons & !(run | run << 1);
    let single_at_an_end = single & (1 | 1 << (length - 1));
    let pairs = digits & digits >> 1;
    let five_digits = pairs & pairs >> 2 & digits >> 4;
    if (refused | wrong) & FLAGS | two_runs | single_at_an_end | five_digits != 0 {
        return None;
    }

    // The last digit of each group.
    let mut ends = digits & !(digits >> 1);
    if run == 0 {
        let mut start = 0;
        let mut halves = [0; 2];
        let mut index = 0;
        while index < 8 {
            let end = ends.trailing_zeros();
            halves[index >> 2] = halves[index >> 2] << 16 | nibbles.group(start, end) as u64;
            start = end + 2;
            // There is an eighth, and no ninth.
            if index == 7 && (ends == 0 || ends & (ends - 1) != 0) {
                return None;
            }
            ends &= ends.wrapping_sub(1);
            index += 1;
        }
        return Some((halves[0] as u128) << 64 | halves[1] as u128);
    }
    let before = nibbles.groups(ends & (run - 1), 0);
    let after = nibbles.groups(ends & !(run - 1), run.trailing_zeros() + 2);
    if before.count + after.count > 7 {
        return None; // `::` stands for one group at least
    }
    let high = if before.count == 0 { 0 } else { before.bits << (128 - 16 * before.count) };
    Some(high | after.bits)
}

/// The number of at most four digits, perhaps none.
#[inline]
const fn group_alone(mut digits: &[u8]) -> Option<u128> {
    let mut group = 0;
    if digits.len() > 4 {
        return None;
    }
    while let [digit, rest @ ..] = digits {
        let Some(digit) = (*digit as char).to_digit(16) else { return None };
        group = group << 4 | digit;
        digits = rest;
    }
    Some(group as u128)
}

/// The values of all digits of a text.
struct Nibbles {
    /// Sixteen nibbles each: of eight bytes of the text, the last of them lowest, and of the eight
    /// before.
    windows: [u64; 8],
}

/// The groups before the `::`, or after it.
struct Part {
    bits: u128,
    count: u32,
}

impl Nibbles {
    /// The number of the group whose first and last digits are these bytes of the text.
    #[inline]
    const fn group(&self, start: u32, end: u32) -> u16 {
        let window = self.windows[(end as usize / 8) & 7];
        let length = end.wrapping_sub(start) & 3; // less one
        (window >> (4 * (!end & 7))) as u16 & [0xF, 0xFF, 0xFFF, 0xFFFF][length as usize]
    }

    /// The groups that end at these bits.
    #[inline]
    const fn groups(&self, mut ends: u64, mut start: u32) -> Part {
        let mut part = Part { bits: 0, count: 0 };
        while ends != 0 {
            let end = ends.trailing_zeros();
            part.bits = part.bits << 16 | self.group(start, end) as u128;
            part.count += 1;
            start = end + 2;
            ends &= ends - 1;
        }
        part
    }
}

/// The colons, a bit each from the lowest, and flags for all other bytes that are no digits.
#[inline]
const fn classify(word: u64) -> (u64, u64) {
    let lower = word | repeat(0x20);
    let letter = lower.wrapping_add(repeat(0x80 - b'a')) & !lower.wrapping_add(repeat(0x80 - b'g'));
    let digit =
        word.wrapping_add(repeat(0x80 - b'0')) & !word.wrapping_add(repeat(0x80 - b':' - 1));
    let colon = !(word ^ repeat(b':')).wrapping_add(repeat(0x7F)) & FLAGS;
    // The first byte is the highest one.
    let mask = (colon >> 7).wrapping_mul(0x8040_2010_0804_0201) >> 56;
    (mask, word | !(letter | digit))
}

/// The values of eight digits, four bits each.
#[inline]
const fn pack(digits: u64) -> u32 {
    let values = (digits & repeat(0x0F)) + (digits >> 6 & repeat(1)) * 9;
    let pairs = (values | values >> 4) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs | pairs >> 8) & 0x0000_FFFF_0000_FFFF;
    (fours | fours >> 16) as u32
}
