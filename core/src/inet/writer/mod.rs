//! The characters of addresses and numbers, written into a text.
//!
//! Two writers of the same text: [`large`] for hosts, where a table of 1.3 KiB is nothing and a
//! mispredicted branch is dear, and [`small`] for everything else. They are chosen by the width of
//! a pointer; a test compares them.

#[cfg(target_pointer_width = "64")]
mod large;
#[cfg(any(test, not(target_pointer_width = "64")))]
mod small;
#[cfg(target_pointer_width = "64")]
mod table;

#[cfg(target_pointer_width = "64")]
pub(super) use large::{BLANK, BLANK_PAIR, packed, to_buffer};
#[cfg(not(target_pointer_width = "64"))]
pub(super) use small::{BLANK, BLANK_PAIR, packed, to_buffer};

/// Eight groups of four digits and seven colons: no address is longer.
#[cfg(target_pointer_width = "64")]
const LONGEST: usize = 39;

/// A text that is being written.
pub(super) struct Pen<'a> {
    bytes: &'a mut [u8],
    end: usize,
}

impl<'a> Pen<'a> {
    /// At the beginning of these bytes.
    #[inline]
    pub(super) const fn new(bytes: &'a mut [u8]) -> Pen<'a> {
        Pen { bytes, end: 0 }
    }

    /// How long the text is, also where it found no room.
    #[inline]
    pub(super) const fn end(&self) -> usize {
        self.end
    }

    /// Room for any address.
    #[cfg(target_pointer_width = "64")]
    #[inline]
    const fn room(&mut self) -> Option<&mut [u8; LONGEST]> {
        match self.bytes.split_at_mut_checked(self.end) {
            Some((_, rest)) => rest.first_chunk_mut(),
            None => None,
        }
    }

    #[cfg(target_pointer_width = "64")]
    #[inline]
    const fn advance(&mut self, length: usize) {
        self.end += length;
    }

    /// Writes a byte, if there is room.
    #[inline(never)] // it has many callers
    pub(super) const fn put(&mut self, byte: u8) {
        if self.end < self.bytes.len() {
            self.bytes[self.end] = byte;
        }
        self.end += 1;
    }

    /// Writes a number without zeros before it, in a base of up to 16.
    pub(super) const fn number(&mut self, value: u32, base: u32) {
        if value >= base {
            self.number(value / base, base);
        }
        let digit = (value % base) as u8;
        self.put(if digit < 10 { b'0' + digit } else { b'a' - 10 + digit });
    }
}

/// Where the zero groups that `::` replaces begin, and how many they are: two or more, or none.
/// Bit 0 of the mask stands for the first group.
const fn longest_zero_run(mut zeros: u8) -> (usize, usize) {
    // Each step takes the last group off every run; what is left last began the longest.
    let mut length = 0;
    let mut begins = 0;
    while zeros != 0 {
        begins = zeros.trailing_zeros() as usize;
        zeros &= zeros >> 1;
        length += 1;
    }
    if length < 2 { (0, 0) } else { (begins, length) }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use core::net::Ipv6Addr;

    use super::*;

    /// What a writer of addresses writes.
    fn text(write: impl Fn(&mut Pen<'_>)) -> ([[u8; 3]; 13], usize) {
        let mut bytes = [small::BLANK; 13];
        let mut pen = Pen::new(bytes.as_flattened_mut());
        write(&mut pen);
        let end = pen.end();
        bytes.as_flattened_mut()[end..].fill(b'#'); // what stands behind a text is undefined
        (bytes, end)
    }

    #[test]
    fn quads_are_the_same() {
        for octet in 0..=255 {
            for octets in [[octet, 0, 10, 100], [9, octet, 99, 0], [1, 255, octet, 7], [octet; 4]] {
                let one = text(|pen| small::packed(pen, &octets));
                assert_eq!(one, text(|pen| large::packed(pen, &octets)));
            }
        }
    }

    fn both_write_the_same(groups: [u16; 8]) {
        let octets = Ipv6Addr::from_segments(groups).octets();
        let one = text(|pen| small::packed(pen, &octets));
        assert_eq!(one, text(|pen| large::packed(pen, &octets)), "{groups:x?}");
    }

    #[test]
    fn buffers_are_filled_alike() {
        // octets, how long their text is
        for (packed, length) in
            [(&[0; 4][..], 7), (&[255; 4], 15), (&[0; 16], 2), (&[255; 16], 39), (&[16; 16], 39)]
        {
            for room in 0..=LONGEST {
                let mut one = [small::BLANK_PAIR; 20];
                let mut other = one;
                let fits = (length <= room).then_some(length);
                assert_eq!(small::to_buffer(&mut one.as_flattened_mut()[..room], packed), fits);
                assert_eq!(large::to_buffer(&mut other.as_flattened_mut()[..room], packed), fits);
                assert_eq!(one, other);
            }
        }
    }

    #[test]
    fn groups_are_the_same() {
        // every choice of groups that are zero, with values of every length in the others
        for zeros in 0..=255_u8 {
            for values in [[1; 8], [0xF, 0x10, 0xFF, 0x100, 0xFFF, 0x1000, 0xFFFF, 0xA]] {
                let mut groups = values;
                for (index, group) in groups.iter_mut().enumerate() {
                    *group *= u16::from(zeros >> index & 1 == 0);
                }
                both_write_the_same(groups);
            }
        }
        // every value of a group
        for value in 0..=u16::MAX {
            both_write_the_same([value; 8]);
        }
        // the neighbours of the forms that end in a quad
        for sixth in [0, 1, 0xFFFE, 0xFFFF] {
            for seventh in [0, 1, 0xFFFF] {
                for eighth in [0, 1, 0xFFFF] {
                    for first in [0, 1] {
                        both_write_the_same([first, 0, 0, 0, 0, sixth, seventh, eighth]);
                        both_write_the_same([0, 0, 0, 0, first, sixth, seventh, eighth]);
                    }
                }
            }
        }
    }
}
