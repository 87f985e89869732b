//! Addresses put together of what [`table`](super::table) writes.

use core::net::Ipv6Addr;

use super::{LONGEST, Pen, table};

/// What texts are filled with before they are written.
pub(in crate::inet) const BLANK: [u8; 3] = [0; 3];

/// As [`BLANK`].
pub(in crate::inet) const BLANK_PAIR: [u8; 2] = [0; 2];

/// Writes the text of 4 or 16 octets.
#[inline]
pub(in crate::inet) const fn packed(pen: &mut Pen<'_>, packed: &[u8]) {
    let Some(room) = pen.room() else { return };
    let length = match packed {
        [a, b, c, d] => end_in_quad(room, b"", [*a, *b, *c, *d]),
        _ => match packed.first_chunk() {
            Some(octets) => ipv6(room, Ipv6Addr::from_octets(*octets)),
            None => 0,
        },
    };
    pen.advance(length);
}

const fn ipv6(room: &mut [u8; LONGEST], address: Ipv6Addr) -> usize {
    let [.., a, b, c, d] = address.octets();
    match address.segments() {
        [0, 0, 0, 0, 0, 0xFFFF, _, _] => end_in_quad(room, b"::ffff:", [a, b, c, d]),
        // Not `::1` and its neighbours, which are IPv6's own.
        [0, 0, 0, 0, 0, 0, 1..=0xFFFF, _] => end_in_quad(room, b"::", [a, b, c, d]),
        groups => table::groups(room, groups),
    }
}

#[inline(always)] // so that the beginning is a constant
const fn end_in_quad(room: &mut [u8; LONGEST], beginning: &[u8], octets: [u8; 4]) -> usize {
    let (quad, length) = table::quad(octets);
    let mut at = 0;
    while at < beginning.len() {
        room[at] = beginning[at];
        at += 1;
    }
    let (_, rest) = room.split_at_mut(at);
    if let Some((words, _)) = rest.split_first_chunk_mut::<16>() {
        words.as_mut_slice().copy_from_slice(quad.as_flattened());
    }
    at + length
}

/// Writes the text of 4 or 16 octets to the beginning of the buffer, if there is room, and returns
/// how long it is.
pub(in crate::inet) fn to_buffer(buffer: &mut [u8], octets: &[u8]) -> Option<usize> {
    let mut text = [0; LONGEST];
    let mut pen = Pen::new(&mut text);
    packed(&mut pen, octets);
    let length = pen.end();
    buffer.get_mut(..length)?.copy_from_slice(text.get(..length)?);
    Some(length)
}
