//! Digit by digit, in few instructions.

use super::{Pen, longest_zero_run};

/// What texts are filled with before they are written: bytes that are not all the same. An array of
/// equal ones would be made by `memset`, which in firmware weighs more than the writer.
pub(in crate::inet) const BLANK: [u8; 3] = *b"0:.";

/// As [`BLANK`].
pub(in crate::inet) const BLANK_PAIR: [u8; 2] = *b"0:";

/// Writes the text of 4 or 16 octets.
pub(in crate::inet) const fn packed(pen: &mut Pen<'_>, packed: &[u8]) {
    match packed.first_chunk() {
        Some(octets) => ipv6(pen, octets),
        None => quad(pen, packed),
    }
}

const fn quad(pen: &mut Pen<'_>, octets: &[u8]) {
    let mut index = 0;
    while index < octets.len() {
        if index > 0 {
            pen.put(b'.');
        }
        pen.number(octets[index] as u32, 10);
        index += 1;
    }
}

const fn ipv6(pen: &mut Pen<'_>, octets: &[u8; 16]) {
    let Some(groups) = octets.as_chunks::<2>().0.first_chunk::<8>() else { return };
    let mut zeros = 0_u8;
    let mut index = groups.len();
    while index > 0 {
        index -= 1;
        zeros = zeros << 1 | (u16::from_be_bytes(groups[index]) == 0) as u8;
    }
    let is_mapped = zeros & 0x3F == 0x1F && u16::from_be_bytes(groups[5]) == 0xFFFF;
    // Not `::1` and its neighbours, which are IPv6's own.
    let is_compatible = zeros & 0x7F == 0x3F;
    let before_quad = if is_mapped || is_compatible { 6 } else { 8 };
    let (run, length) = longest_zero_run(zeros & (0xFF >> (8 - before_quad)));
    index = 0;
    while index < before_quad {
        if index == run && length > 0 {
            index += length;
            pen.put(b':');
            if index == 8 {
                pen.put(b':');
            }
            continue;
        }
        if index > 0 {
            pen.put(b':');
        }
        pen.number(u16::from_be_bytes(groups[index & 7]) as u32, 16);
        index += 1;
    }
    if before_quad < 8 {
        let (_, last) = octets.split_at(12);
        pen.put(b':');
        quad(pen, last);
    }
}

/// Writes the text of 4 or 16 octets to the beginning of the buffer, if there is room, and returns
/// how long it is.
pub(in crate::inet) fn to_buffer(buffer: &mut [u8], octets: &[u8]) -> Option<usize> {
    // Twice: what finds no room is only counted.
    let mut counted = Pen::new(&mut []);
    packed(&mut counted, octets);
    if counted.end() > buffer.len() {
        return None;
    }
    packed(&mut Pen::new(buffer), octets);
    Some(counted.end())
}
