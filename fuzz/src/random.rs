//! Numbers that look random and are the same in every run.

/// SplitMix64: one word of state, and every seed is a good one.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The sequence of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Random {
        Random { state: seed }
    }

    /// Any number.
    pub fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.state;
        word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ word >> 31
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        // The high half of a product: no division, and even enough for ends of a few bits.
        ((u128::from(self.word()) * end as u128) >> 64) as usize
    }

    /// One of several, which are not none.
    pub fn one_of<T: Copy>(&mut self, several: &[T]) -> T {
        several[self.below(several.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_below_their_end() {
        let mut random = Random::new(1);
        for end in [1, 2, 3, 7, 10, 256] {
            let mut met = vec![false; end];
            for _ in 0..end * 20 {
                met[random.below(end)] = true;
            }
            // Every number comes, or some of what is built on them never would.
            assert!(met.iter().all(|&met| met), "{end}");
        }
    }

    #[test]
    fn a_seed_is_a_sequence() {
        let sequence = |seed| {
            [(); 4].map({
                let mut random = Random::new(seed);
                move |()| random.word()
            })
        };
        assert_eq!(sequence(5), sequence(5));
        assert_ne!(sequence(5), sequence(6));
    }
}
