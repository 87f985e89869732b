//! What is sent, as a function of who sends it to which port and of its place in the stream.
//!
//! A byte that gets lost, doubled, moved, or into the wrong connection is seen where it arrives.

/// The byte at this place of what goes from one port to another.
#[must_use]
pub fn byte(from: u16, to: u16, place: u32) -> u8 {
    let salt = u32::from(from).rotate_left(16) ^ u32::from(to).rotate_left(3);
    let mixed = (place ^ salt).wrapping_mul(0x9E37_79B1);
    (mixed ^ mixed >> 15).wrapping_mul(0x85EB_CA77).to_be_bytes()[0]
}

/// Fills a buffer with what goes from one port to another, from this place on.
pub fn fill(buffer: &mut [u8], from: u16, to: u16, place: u32) {
    for (index, room) in (0..).zip(buffer) {
        *room = byte(from, to, place.wrapping_add(index));
    }
}

/// The first byte that is not what goes from one port to another from this place on.
#[must_use]
pub fn first_wrong(bytes: &[u8], from: u16, to: u16, place: u32) -> Option<u32> {
    let places = (0..).map(|index: u32| place.wrapping_add(index));
    places
        .zip(bytes)
        .find(|(place, found)| byte(from, to, *place) != **found)
        .map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_elsewhere_is_seen() {
        let mut bytes = [0; 200];
        fill(&mut bytes, 7, 50_000, u32::MAX - 5);
        assert_eq!(first_wrong(&bytes, 7, 50_000, u32::MAX - 5), None);
        // from, to, place, of which few bytes can be right by chance
        for (from, to, place) in
            [(50_000, 7, u32::MAX - 5), (7, 50_001, u32::MAX - 5), (7, 50_000, u32::MAX - 4)]
        {
            let same = (0..).zip(bytes).filter(|(index, found)| {
                byte(from, to, u32::wrapping_add(place, *index)) == *found
            });
            assert!(same.count() < 10, "{from} {to} {place}");
        }
    }
}
