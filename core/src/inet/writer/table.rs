//! Four bytes at a time: what is written too much is overwritten by what comes next.

use super::{LONGEST, longest_zero_run};

/// The digits of every octet, a dot behind them.
static OCTETS: [[u8; 4]; 256] = {
    let mut octets = [[0; 4]; 256];
    let mut octet = 0;
    while octet < 256 {
        let (hundreds, tens, ones) =
            (b'0' + (octet / 100) as u8, b'0' + (octet / 10 % 10) as u8, b'0' + (octet % 10) as u8);
        octets[octet] = match octet {
            0..10 => [ones, b'.', 0, 0],
            10..100 => [tens, ones, b'.', 0],
            _ => [hundreds, tens, ones, b'.'],
        };
        octet += 1;
    }
    octets
};

/// For each choice of zero groups: where the run that `::` replaces begins, and where it ends.
static RUNS: [[u8; 2]; 256] = {
    let mut runs = [[0; 2]; 256];
    let mut zeros = 0;
    while zeros < 256 {
        let (run, length) = longest_zero_run(zeros as u8);
        runs[zeros] = if length == 0 { [8, 8] } else { [run as u8, (run + length) as u8] };
        zeros += 1;
    }
    runs
};

/// The dotted quad, and how long it is. What follows it is undefined.
#[inline]
pub(in crate::inet) const fn quad([a, b, c, d]: [u8; 4]) -> ([[u8; 8]; 2], usize) {
    // Two and two fit a word, with their dots. No array is written at a place that depends on the
    // address: the processor would wait for each such write to read the whole.
    let (low, middle) = two(a, b);
    let (high, end) = two(c, d);
    let text = [low | high << (8 * middle - 8) << 8, high >> (64 - 8 * middle)];
    ([text[0].to_le_bytes(), text[1].to_le_bytes()], (middle + end - 1) as usize)
}

/// Two octets, a dot behind each, the first character lowest, and how long they are: 4 to 8.
#[inline]
const fn two(first: u8, second: u8) -> (u64, u32) {
    let middle = length_with_dot(first);
    let text = word(first) | word(second) << (8 * middle);
    (text, middle + length_with_dot(second))
}

#[inline]
const fn word(octet: u8) -> u64 {
    u32::from_le_bytes(OCTETS[octet as usize]) as u64
}

#[inline]
const fn length_with_dot(octet: u8) -> u32 {
    2 + (octet > 9) as u32 + (octet > 99) as u32
}

/// Writes the groups to the beginning, with the longest run of zeros as `::`, and returns where they
/// end.
#[inline]
pub(in crate::inet) const fn groups(bytes: &mut [u8; LONGEST], groups: [u16; 8]) -> usize {
    let mut zeros = 0_usize;
    let mut digits = [0; 8];
    let mut index = 0;
    while index < 8 {
        zeros |= ((groups[index] == 0) as usize) << index;
        digits[index] = four_digits(groups[index]);
        index += 1;
    }
    let [run, run_end] = RUNS[zeros];
    let (run, run_end) = (run as usize, run_end as usize);
    let mut end = 0;
    let mut index = 0;
    while index < run {
        if index == 7 {
            return last_group(bytes, end, groups[7], digits[7]);
        }
        end = group_and_colon(bytes, end, groups[index & 7], digits[index & 7]);
        index += 1;
    }
    if run == 0 {
        end = colon(bytes, end);
    }
    end = colon(bytes, end);
    index = run_end;
    while index < 7 {
        end = group_and_colon(bytes, end, groups[index], digits[index]);
        index += 1;
    }
    if index == 7 { last_group(bytes, end, groups[7], digits[7]) } else { end }
}

/// The hexadecimal digits of a group, leading zeros too, the first of them highest.
#[inline]
const fn four_digits(group: u16) -> u32 {
    let group = group as u32;
    let pairs = (group | group << 8) & 0x00FF_00FF;
    let values = (pairs | pairs << 4) & 0x0F0F_0F0F;
    let letters = (values + 0x0606_0606) >> 4 & 0x0101_0101;
    values + 0x3030_3030 + letters * (b'a' - b'9' - 1) as u32
}

/// Writes a group but for the last, and its colon, to `at`, and returns where they end.
#[inline]
const fn group_and_colon(bytes: &mut [u8; LONGEST], at: usize, group: u16, digits: u32) -> usize {
    let zeros = leading_zeros(group);
    let word = ((digits as u64) << 8 | b':' as u64) << (24 + 8 * zeros);
    put(bytes, at, word.to_be_bytes());
    at + 5 - zeros as usize
}

/// Writes the last group to `at` and returns where it ends.
#[inline]
const fn last_group(bytes: &mut [u8; LONGEST], at: usize, group: u16, digits: u32) -> usize {
    let zeros = leading_zeros(group);
    put(bytes, at, (digits << (8 * zeros)).to_be_bytes());
    at + 4 - zeros as usize
}

/// How many of its four digits a group does not show.
#[inline]
const fn leading_zeros(group: u16) -> u32 {
    (group | 1).leading_zeros() / 4
}

#[inline]
const fn colon(bytes: &mut [u8; LONGEST], at: usize) -> usize {
    put(bytes, at, [b':']);
    at + 1
}

#[inline]
const fn put<const LENGTH: usize>(bytes: &mut [u8; LONGEST], at: usize, word: [u8; LENGTH]) {
    if let Some((_, rest)) = bytes.split_at_mut_checked(at)
        && let Some(room) = rest.first_chunk_mut()
    {
        *room = word;
    }
}
