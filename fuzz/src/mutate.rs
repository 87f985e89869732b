//! Changes to inputs: texts, with a liking for the bytes that addresses are made of, and lists of
//! operations.

use crate::random::Random;

/// What replaces and what is inserted, most of the time.
const LIKELY: &[u8] = b"0123456789abcdefABCDEFxX.:.:%[]- \t\n/+_g";

/// Inserted as a whole: pieces on which parsers disagree.
const PIECES: [&[u8]; 16] = [
    b"::",
    b"0x",
    b"0X",
    b"00",
    b".0",
    b"256",
    b"255",
    b"65536",
    b"4294967296",
    b"ffff",
    b":0:0:",
    b"%1",
    b"]:80",
    b"1.2.3.4",
    b"\xC2\xB2",
    b"08",
];

/// Inputs do not grow beyond this.
const LONGEST: usize = 300;

/// Nor do lists of operations beyond this.
const LONGEST_OPERATIONS: usize = 1000;

/// Makes one to three changes to an input. `donor` is another one, parts of which may get into it.
pub fn text(random: &mut Random, input: &mut Vec<u8>, donor: &[u8]) {
    for _ in 0..=random.below(3) {
        change(random, input, donor);
    }
    input.truncate(LONGEST);
}

/// Makes one to four changes to a list of operations; much of the other one may get into it.
pub fn operations(random: &mut Random, input: &mut Vec<u8>, donor: &[u8]) {
    for _ in 0..=random.below(4) {
        let place = random.below(input.len() + 1);
        let end = (place + 1 + random.below(16)).min(input.len());
        match random.below(8) {
            0..3 => {
                if let Some(byte) = input.get_mut(place) {
                    *byte = random.word() as u8;
                }
            }
            3 => drop(input.drain(place..end)),
            4 => {
                let copy = input[place..end].to_vec();
                insert(input, place, &copy);
            }
            5 => {
                let bytes = random.word().to_be_bytes();
                insert(input, place, &bytes[..random.below(8)]);
            }
            _ => {
                // A part of the other one.
                let from = random.below(donor.len() + 1);
                let until = (from + random.below(40)).min(donor.len());
                insert(input, place, &donor[from..until]);
            }
        }
    }
    input.truncate(LONGEST_OPERATIONS);
}

fn change(random: &mut Random, input: &mut Vec<u8>, donor: &[u8]) {
    let place = random.below(input.len() + 1);
    let end = (place + 1 + random.below(4)).min(input.len());
    match (random.below(10), input.get_mut(place)) {
        (0, Some(byte)) => *byte ^= 1 << random.below(8),
        (1 | 2, Some(byte)) => *byte = likely(random),
        (3, Some(_)) => drop(input.drain(place..end)),
        (4, Some(_)) => {
            let part = place..end;
            let copy = input[part].to_vec();
            insert(input, place, &copy);
        }
        (5, Some(_)) => input.truncate(place),
        (6, Some(byte)) => {
            // A number or a letter beside it: 255 becomes 256.
            *byte = if random.below(2) == 0 { byte.wrapping_add(1) } else { byte.wrapping_sub(1) };
        }
        (7, _) => {
            let piece = random.one_of(&PIECES);
            insert(input, place, piece);
        }
        (8, _) => {
            // The end of the other one.
            let from = random.below(donor.len() + 1);
            input.truncate(place);
            input.extend_from_slice(&donor[from..]);
        }
        _ => {
            let byte = likely(random);
            input.insert(place, byte);
        }
    }
}

fn likely(random: &mut Random) -> u8 {
    if random.below(8) == 0 { random.word() as u8 } else { random.one_of(LIKELY) }
}

fn insert(input: &mut Vec<u8>, place: usize, piece: &[u8]) {
    input.splice(place..place, piece.iter().copied());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_mutations() {
        let mutations = |seed| {
            let mut random = Random::new(seed);
            [b"192.0.2.1"; 50].map(|input| {
                let mut input = input.to_vec();
                text(&mut random, &mut input, b"fe80::1%eth0");
                input
            })
        };
        assert_eq!(mutations(1), mutations(1));
        assert_ne!(mutations(1), mutations(2));
        // Most are not what they were.
        let same = mutations(1).iter().filter(|input| &input[..] == b"192.0.2.1").count();
        assert!(same < 5, "{same}");
    }

    #[test]
    fn inputs_stay_short_and_may_be_empty() {
        let mut random = Random::new(3);
        let mut input = Vec::new();
        for _ in 0..10_000 {
            text(&mut random, &mut input, b"");
            let donor = input.clone();
            text(&mut random, &mut input, &donor);
            assert!(input.len() <= LONGEST);
        }
    }
}
