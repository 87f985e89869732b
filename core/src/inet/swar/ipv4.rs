//! The dotted quad in two words and four look-ups, without a loop.
//!
//! A field has at most three digits, so the first two fields end in the first eight bytes and the
//! last two begin in the last eight. Each half is cut at its two outer dots. Whether a field is a
//! number without leading zeros and at most 255, and which, is one question: a perfect hash leads to
//! the only number that it can be, and its digits are compared. What is left to see is that the
//! second dot from the left is also the second from the right, so that there are no others.

use super::{FLAGS, repeat};

/// The octets of a dotted quad; `None` for every other text.
#[inline]
pub(in crate::inet) const fn quad(text: &[u8]) -> Option<[u8; 4]> {
    let (first, last) = match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        // The shortest: `1.2.3.4`, with a dot more behind it and one before it.
        _ => {
            let &[a, b, c, d, e, f, g] = text else { return None };
            let first = [a, b, c, d, e, f, g, b'.'];
            let last = [b'.', a, b, c, d, e, f, g];
            (u64::from_le_bytes(first), u64::from_le_bytes(last))
        }
    };
    // A dot becomes zero, and so is nothing between the fields.
    let (left, right) = (first ^ repeat(b'.'), last ^ repeat(b'.'));

    // Flags the dots, and masks what is up to the first and the second.
    let dots = !left.wrapping_add(repeat(0x7F)) & FLAGS;
    let up_to_first = dots ^ dots.wrapping_sub(1);
    let later_dots = dots & dots.wrapping_sub(1);
    let up_to_second = later_dots ^ later_dots.wrapping_sub(1);
    let a = left & up_to_first;
    let b = (left & up_to_second & !up_to_first).wrapping_shr(dots.trailing_zeros() + 1);

    // The bits of the last dot and of the one before it.
    let dots = !right.wrapping_add(repeat(0x7F)) & FLAGS;
    let last_dot = 63_u32.wrapping_sub(dots.leading_zeros());
    let up_to_last = 1_u64.wrapping_shl(last_dot);
    let earlier_dot = 63_u32.wrapping_sub((dots & !up_to_last).leading_zeros());
    let d = right.wrapping_shr(last_dot.wrapping_add(1));
    let c = (right & (up_to_last - 1)).wrapping_shr(earlier_dot.wrapping_add(1));

    let (a, not_a) = octet(a);
    let (b, not_b) = octet(b);
    let (c, not_c) = octet(c);
    let (d, not_d) = octet(d);
    let second_dot = later_dots.trailing_zeros() as usize;
    let other_dots = (second_dot + 64).wrapping_sub(8 * text.len() + earlier_dot as usize);
    let refused = (first | last) & FLAGS | not_a | not_b | not_c | not_d | other_dots as u64;
    if refused == 0 { Some([a, b, c, d]) } else { None }
}

/// The only octet that these digits can be, and zero if they are its digits.
#[inline]
const fn octet(digits: u64) -> (u8, u64) {
    let entry = OCTETS[slot(digits as u32)];
    ((entry >> 24) as u8, digits ^ (entry & 0xFF_FFFF) as u64)
}

/// Where the octet with these digits is in [`OCTETS`].
#[inline]
const fn slot(digits: u32) -> usize {
    // Found by trying: it sends no two octets to one slot, which is asserted below.
    (digits.wrapping_mul(0xAC20_FCFB) >> 23) as usize
}

/// The octets, each in the highest byte above its digits, which are those of its text with the bits
/// of a dot changed.
static OCTETS: [u32; 512] = {
    // No field looks like this: its bytes would not be ASCII.
    let mut octets = [0xFF_FFFF; 512];
    let mut octet = 0;
    while octet < 256 {
        let (hundreds, tens, ones) = (octet / 100, octet / 10 % 10, octet % 10);
        let mut digits = (b'0' ^ b'.') as u32 ^ ones;
        if octet > 9 {
            digits = digits << 8 | (b'0' ^ b'.') as u32 ^ tens;
        }
        if octet > 99 {
            digits = digits << 8 | (b'0' ^ b'.') as u32 ^ hundreds;
        }
        let slot = &mut octets[slot(digits)];
        assert!(*slot == 0xFF_FFFF, "two octets in one slot");
        *slot = octet << 24 | digits;
        octet += 1;
    }
    octets
};
