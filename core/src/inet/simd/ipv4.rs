//! The dotted quad in one vector of 16 bytes, without a loop and without a branch on the digits.
//!
//! Each of the four numbers has one to three digits, so there are 81 *shapes* of a dotted quad. Where
//! the dots are, together with the length, tells the shape; a table tells for each shape
//! where its digits go and which of them may not be zero. What is left is arithmetic on all of them
//! at once:
//!
//! 1. Two loads of eight bytes, the first and the last of the text, make the *block*. They overlap for
//!    texts shorter than 16 bytes: the table knows that, and nothing outside the text is ever read.
//! 2. The mask of the dots in the block and the length are the shape's key. A multiplication takes
//!    it to its place in the table. Whatever else ends up there has another key, which is compared
//!    in full: `1942.168.1.1` is no shape.
//! 3. A shuffle puts hundreds and tens side by side, then the ones. A number without them has zeros.
//! 4. Every digit must be at most 9, and the first of several at least 1.
//! 5. Multiply, add: four numbers. Each must be below 256.

use core::arch::x86_64::{
    __m128i, _mm_add_epi16, _mm_cmpeq_epi8, _mm_cvtsi128_si32, _mm_maddubs_epi16, _mm_max_epu8,
    _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_packus_epi16, _mm_set_epi64x, _mm_set1_epi8,
    _mm_setr_epi8, _mm_setr_epi32, _mm_shuffle_epi8, _mm_shuffle_epi32, _mm_srli_epi16,
    _mm_testz_si128, _mm_xor_si128,
};

/// The four numbers of a text that is a dotted quad as [`parse_ipv4`](crate::parse_ipv4) has it, the
/// first in the lowest byte: a number and not an array, because that is returned in a register.
///
/// `None` for every other text.
#[target_feature(enable = "sse4.1")]
pub(super) fn quad(text: &[u8]) -> Option<u32> {
    if (8..=LONGEST).contains(&text.len()) {
        let first = i64::from_le_bytes(*text.first_chunk()?);
        let last = i64::from_le_bytes(*text.get(text.len() - 8..)?.first_chunk()?);
        numbers(_mm_set_epi64x(last, first), text.len())
    } else if text.len() == SHORTEST {
        let first = i32::from_le_bytes(*text.first_chunk()?);
        let last = i32::from_le_bytes(*text.get(SHORTEST - 4..)?.first_chunk()?);
        numbers(_mm_setr_epi32(first, last, 0, 0), SHORTEST)
    } else {
        None
    }
}

/// The numbers of the text of this length whose block this is.
#[inline]
#[target_feature(enable = "sse4.1")]
fn numbers(block: __m128i, length: usize) -> Option<u32> {
    let dots = _mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(b'.' as i8)));
    let key = (length as u32) << LENGTH_SHIFT | dots as u32;
    let place = place(key);
    if SHAPES.keys[place] != key {
        return None;
    }
    let shape = &SHAPES.shapes[place];

    let digits = _mm_xor_si128(block, _mm_set1_epi8(b'0' as i8));
    let digits = _mm_shuffle_epi8(digits, vector(shape.order));
    let clamped = _mm_min_epu8(_mm_max_epu8(digits, vector(shape.least)), _mm_set1_epi8(9));
    let strays = _mm_xor_si128(clamped, digits);

    let weights = _mm_setr_epi8(100, 10, 100, 10, 100, 10, 100, 10, 1, 0, 1, 0, 1, 0, 1, 0);
    let halves = _mm_maddubs_epi16(digits, weights);
    let numbers = _mm_add_epi16(halves, _mm_shuffle_epi32::<0b01_00_11_10>(halves));
    let wrong = _mm_or_si128(strays, _mm_srli_epi16::<8>(numbers));
    if _mm_testz_si128(wrong, wrong) == 0 {
        return None;
    }
    Some(_mm_cvtsi128_si32(_mm_packus_epi16(numbers, numbers)) as u32)
}

#[inline]
#[target_feature(enable = "sse4.1")]
fn vector(halves: [i64; 2]) -> __m128i {
    _mm_set_epi64x(halves[1], halves[0])
}

const SHORTEST: usize = "0.0.0.0".len();
const LONGEST: usize = "255.255.255.255".len();

/// The key has the mask of the dots below this bit, and the length from it on.
const LENGTH_SHIFT: u32 = 16;

/// Takes the 81 keys to 81 different places; found by trying random numbers.
const MULTIPLIER: u32 = 0x3801_86F5;
const PLACES: usize = 256;

const fn place(key: u32) -> usize {
    (key.wrapping_mul(MULTIPLIER) >> (u32::BITS - PLACES.ilog2())) as usize
}

/// What is done to a block of one shape. The vectors are pairs of little-endian halves, which safe
/// code can load.
#[derive(Clone, Copy)]
#[repr(align(32))] // both in one cache line
struct Shape {
    /// Where each digit comes from: hundreds and tens of the four numbers, then the ones with a zero
    /// after each.
    order: [i64; 2],
    /// The least that each digit may be.
    least: [i64; 2],
}

struct Shapes {
    keys: [u32; PLACES],
    shapes: [Shape; PLACES],
}

static SHAPES: Shapes = shapes();

/// Every shape in its place. Two in one place do not compile.
const fn shapes() -> Shapes {
    let nothing = Shape { order: [0; 2], least: [0; 2] };
    let mut table = Shapes { keys: [0; PLACES], shapes: [nothing; PLACES] }; // 0: the key of none
    let mut number = 0;
    while number < 81 {
        let lengths = [1 + number / 27, 1 + number / 9 % 3, 1 + number / 3 % 3, 1 + number % 3];
        let (key, shape) = shape(lengths);
        let place = place(key);
        assert!(table.keys[place] == 0);
        table.keys[place] = key;
        table.shapes[place] = shape;
        number += 1;
    }
    table
}

/// The key and the vectors of the shape whose numbers have so many digits.
const fn shape(lengths: [usize; 4]) -> (u32, Shape) {
    let text_length = lengths[0] + lengths[1] + lengths[2] + lengths[3] + 3;
    let mut origins = [None; 16];
    let mut byte = 0;
    while byte < 16 {
        origins[byte] = origin(text_length, byte);
        byte += 1;
    }

    let mut key = (text_length as u32) << LENGTH_SHIFT;
    let mut order = [0x80; 16]; // a byte from nowhere is zero
    let mut least = [0; 16];
    let mut at = 0; // in the text, as the origins are
    let mut number = 0;
    while number < 4 {
        let length = lengths[number];
        let slots = [2 * number, 2 * number + 1, 8 + 2 * number];
        let mut digit = 0;
        while digit < length {
            let slot = slots[3 - length + digit];
            order[slot] = source(&origins, at);
            least[slot] = (digit == 0 && length > 1) as u8;
            at += 1;
            digit += 1;
        }
        if number < 3 {
            let mut byte = 0;
            while byte < 16 {
                if let Some(origin) = origins[byte]
                    && origin == at
                {
                    key |= 1 << byte;
                }
                byte += 1;
            }
            at += 1;
        }
        number += 1;
    }
    (key, Shape { order: halves(order), least: halves(least) })
}

/// Which byte of a text of that length is at this place of its block; `None` for the empty half of
/// the shortest.
const fn origin(text_length: usize, byte: usize) -> Option<usize> {
    let half = if text_length < 8 { 4 } else { 8 };
    if byte < half {
        Some(byte)
    } else if byte < 2 * half {
        Some(text_length + byte - 2 * half)
    } else {
        None
    }
}

/// Where in the block this byte of the text is.
const fn source(origins: &[Option<usize>; 16], at: usize) -> u8 {
    let mut byte = 0;
    loop {
        if let Some(origin) = origins[byte]
            && origin == at
        {
            return byte as u8;
        }
        byte += 1;
    }
}

const fn halves(bytes: [u8; 16]) -> [i64; 2] {
    let bits = u128::from_le_bytes(bytes);
    [bits as i64, (bits >> 64) as i64]
}

#[cfg(test)]
mod tests {
    extern crate std;
    use core::net::Ipv4Addr;
    use std::format;
    use std::vec::Vec;

    use super::super::{is_available, quad};
    use crate::parse_ipv4_bytes;

    /// Compares with `core::net` and with the portable parser; whether the text is an address.
    fn check(text: &[u8]) -> bool {
        assert!(is_available(), "a processor without SSE4.1 has nothing to test here");
        let address = core::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
        let expected = address.map(|address: Ipv4Addr| address.octets());
        assert_eq!(quad(text), expected, "{:?}", text.escape_ascii());
        let portable = parse_ipv4_bytes(text).ok().map(|address| address.octets());
        assert_eq!(portable, expected, "{:?}", text.escape_ascii());
        expected.is_some()
    }

    #[test]
    fn every_shape_with_numbers_at_the_limits() {
        let numbers = [
            "0", "1", "9", "10", "99", "100", "199", "200", "249", "250", "254",
            "255", // fine
            "256", "257", "260", "299", "300", "400", "512", "999", // too large
            "00", "01", "09", "000", "001", "010", "099", // leading zeros
            "", "1000", "0255", // no length of a number
        ];
        let mut accepted = 0;
        for a in numbers {
            for b in numbers {
                for c in numbers {
                    for d in numbers {
                        accepted += usize::from(check(format!("{a}.{b}.{c}.{d}").as_bytes()));
                    }
                }
            }
        }
        assert_eq!(accepted, 12 * 12 * 12 * 12);
    }

    #[test]
    fn every_number_in_every_place() {
        for number in 0..1000 {
            for others in ["0", "10", "100"] {
                let fine = number < 256;
                for text in [
                    format!("{number}.{others}.{others}.{others}"),
                    format!("{others}.{number}.{others}.{others}"),
                    format!("{others}.{others}.{number}.{others}"),
                    format!("{others}.{others}.{others}.{number}"),
                ] {
                    assert_eq!(check(text.as_bytes()), fine);
                }
            }
        }
    }

    #[test]
    fn every_arrangement_of_dots() {
        // All keys that a text can have, so also all that share a place with a shape's.
        let mut accepted = 0;
        for length in 0..=17_u32 {
            for dots in 0_u32..1 << length {
                let byte = |at: u32| if dots >> at & 1 == 1 { b'.' } else { b'1' };
                accepted += usize::from(check(&(0..length).map(byte).collect::<Vec<u8>>()));
            }
        }
        assert_eq!(accepted, 81);
    }

    #[test]
    fn every_byte_in_every_place() {
        // texts of every length, the two limits of every number of digits among them
        for text in [
            "0.0.0.0",
            "9.10.9.0",
            "1.2.33.44",
            "10.0.99.10",
            "192.0.2.100",
            "127.0.0.255",
            "255.10.99.100",
            "172.31.255.254",
            "192.168.100.99",
            "255.255.255.255",
            "100.100.100.100",
        ] {
            assert!(check(text.as_bytes()));
            for at in 0..text.len() {
                for byte in 0..=u8::MAX {
                    let mut text = Vec::from(text);
                    text[at] = byte;
                    check(&text);
                    text.insert(at, byte);
                    check(&text);
                }
            }
        }
    }

    #[test]
    fn every_length() {
        // text whose beginnings and ends are tried, how many of them are addresses
        for (text, expected) in [
            ("11.22.33.44", 3),             // whole, and a digit less at either end
            ("255.255.255.2555555", 3),     // only with one to three digits in the last number
            ("1942.168.1.1", 2),            // only with one or two digits in the first number
            ("00000000000000000000", 0),    // no dots
            ("1.2.3.4\0\0\0\0\0\0\0\0", 1), // as if it were padded
        ] {
            let text = text.as_bytes();
            let beginnings = (0..=text.len()).map(|end| &text[..end]);
            let ends = (1..=text.len()).map(|start| &text[start..]);
            assert_eq!(beginnings.chain(ends).filter(|text| check(text)).count(), expected);
        }
    }
}
