//! The characters of an address, written into the buffer of an [`AddressText`](super::AddressText).
//!
//! Two writers of the same text: [`table`] for hosts, where a table of 1.3 KiB is nothing and a
//! mispredicted branch is dear, and [`small`] for everything else. They are chosen by the width of
//! a pointer; a test compares them.

#[cfg(any(test, not(target_pointer_width = "64")))]
mod small;
#[cfg(target_pointer_width = "64")]
mod table;

#[cfg(not(target_pointer_width = "64"))]
pub(super) use small::{groups, quad};
#[cfg(target_pointer_width = "64")]
pub(super) use table::{groups, quad};

/// Eight groups of four digits and seven colons: no text is longer.
pub(super) const LONGEST: usize = 39;

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
    use super::*;

    #[test]
    fn quads_are_the_same() {
        for octet in 0..=255 {
            for octets in [[octet, 0, 10, 100], [9, octet, 99, 0], [1, 255, octet, 7], [octet; 4]] {
                let ((one, end), (other, other_end)) = (small::quad(octets), table::quad(octets));
                assert_eq!(one.as_flattened()[..end], other.as_flattened()[..other_end]);
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
                let mut one = [b'#'; LONGEST];
                let mut other = one;
                let end = small::groups(&mut one, groups);
                assert_eq!(table::groups(&mut other, groups), end);
                assert_eq!(one[..end], other[..end]);
            }
        }
        // every value of a group
        for value in 0..=u16::MAX {
            let mut one = [b'#'; LONGEST];
            let mut other = one;
            let end = small::groups(&mut one, [value; 8]);
            assert_eq!(table::groups(&mut other, [value; 8]), end);
            assert_eq!(one[..end], other[..end]);
        }
    }
}
