//! Digit by digit, in few instructions.

use super::{LONGEST, longest_zero_run};

/// The dotted quad, and how long it is.
pub(in crate::inet) const fn quad(octets: [u8; 4]) -> ([[u8; 8]; 2], usize) {
    let mut text = [[0; 8]; 2];
    let mut end = 0;
    let mut index = 0;
    while index < 4 {
        if index > 0 {
            end = put(text.as_flattened_mut(), end, b'.');
        }
        let octet = octets[index];
        if octet >= 100 {
            end = put(text.as_flattened_mut(), end, b'0' + octet / 100);
        }
        if octet >= 10 {
            end = put(text.as_flattened_mut(), end, b'0' + octet / 10 % 10);
        }
        end = put(text.as_flattened_mut(), end, b'0' + octet % 10);
        index += 1;
    }
    (text, end)
}

/// Writes the groups to the beginning, with the longest run of zeros as `::`, and returns where they
/// end.
pub(in crate::inet) const fn groups(bytes: &mut [u8; LONGEST], groups: [u16; 8]) -> usize {
    let mut zeros = 0;
    let mut index = 0;
    while index < 8 {
        zeros |= ((groups[index] == 0) as u8) << index;
        index += 1;
    }
    let (run, length) = longest_zero_run(zeros);
    let mut end = 0;
    let mut index = 0;
    while index < 8 {
        if index == run && length > 0 {
            end = put(bytes, end, b':');
            if run + length == 8 {
                end = put(bytes, end, b':');
            }
            index += length;
            continue;
        }
        if index > 0 {
            end = put(bytes, end, b':');
        }
        end = group(bytes, end, groups[index]);
        index += 1;
    }
    end
}

const fn group(bytes: &mut [u8; LONGEST], mut end: usize, group: u16) -> usize {
    let mut shift = 16;
    while shift > 0 {
        shift -= 4;
        if group >> shift > 0 || shift == 0 {
            let digit = (group >> shift & 0xF) as u8;
            end = put(bytes, end, if digit < 10 { b'0' + digit } else { b'a' - 10 + digit });
        }
    }
    end
}

const fn put(bytes: &mut [u8], at: usize, byte: u8) -> usize {
    if at < bytes.len() {
        bytes[at] = byte;
    }
    at + 1
}
