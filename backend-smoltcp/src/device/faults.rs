//! What can go wrong with a frame on its way, as a seed decides: for links in memory, for
//! [`FaultInjector`](super::FaultInjector), and for tests that need no more than the decisions.

/// How many of a thousand frames something happens to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FaultRates {
    /// Frames that are lost.
    pub loss: u16,
    /// Frames that arrive twice.
    pub duplication: u16,
    /// Frames that are overtaken by later ones.
    pub reordering: u16,
    /// Frames in which a bit changes.
    pub corruption: u16,
}

impl FaultRates {
    /// Nothing happens.
    pub const NONE: FaultRates =
        FaultRates { loss: 0, duplication: 0, reordering: 0, corruption: 0 };
}

/// What happens to one frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Fate {
    /// It never arrives, and nothing else happens to it.
    pub lost: bool,
    /// It arrives twice.
    pub doubled: bool,
    /// How late it is, from 1 to 9, in whatever lateness is counted there; 0 is in time.
    pub late: u8,
    /// The bit that changes, counted from the first byte's lowest.
    pub damaged: Option<usize>,
}

impl Fate {
    /// Decides about a frame of so many bytes.
    pub fn decide(rates: &FaultRates, length: usize, random: &mut Random) -> Fate {
        let mut fate = Fate { lost: random.happens(rates.loss), ..Fate::default() };
        if fate.lost {
            return fate;
        }
        fate.doubled = random.happens(rates.duplication);
        if random.happens(rates.reordering) {
            fate.late = 1 + (random.next() % 9) as u8;
        }
        if random.happens(rates.corruption) && length > 0 {
            fate.damaged = Some(random.next() as usize % (length * 8));
        }
        fate
    }

    /// Changes the bit that is to change.
    pub fn damage(&self, frame: &mut [u8]) {
        if let Some(bit) = self.damaged
            && let Some(byte) = frame.get_mut(bit / 8)
        {
            *byte ^= 1 << (bit % 8);
        }
    }
}

/// A generator for simulations (SplitMix64): the same seed gives the same numbers, and nothing
/// secret may come from it.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The numbers of this seed.
    pub const fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// The next one.
    #[expect(clippy::should_implement_trait, reason = "there is always another: no iterator")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Whether something happens that happens so many times in a thousand. What never does costs no
    /// number.
    pub fn happens(&mut self, per_thousand: u16) -> bool {
        per_thousand > 0 && self.next() % 1000 < u64::from(per_thousand)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_is_as_often_as_said() {
        let each = 100; // per thousand
        // rates, what is counted
        for (rates, counted) in [
            (
                FaultRates { loss: each, ..FaultRates::NONE },
                (|fate| fate.lost) as fn(&Fate) -> bool,
            ),
            (FaultRates { duplication: each, ..FaultRates::NONE }, |fate| fate.doubled),
            (FaultRates { reordering: each, ..FaultRates::NONE }, |fate| fate.late > 0),
            (FaultRates { corruption: each, ..FaultRates::NONE }, |fate| fate.damaged.is_some()),
        ] {
            let mut random = Random::new(1);
            let fates = (0..10_000).map(|_| Fate::decide(&rates, 100, &mut random));
            let count = fates.filter(counted).count();
            assert!((900..1100).contains(&count), "{rates:?}: {count}");
        }
        assert_eq!(Fate::decide(&FaultRates::NONE, 100, &mut Random::new(1)), Fate::default());
    }

    #[test]
    fn damage_is_one_bit() {
        let rates = FaultRates { corruption: 1000, ..FaultRates::NONE };
        let mut random = Random::new(2);
        for length in 1..100 {
            let mut frame = [0; 100];
            Fate::decide(&rates, length, &mut random).damage(&mut frame[..length]);
            assert_eq!(frame.iter().map(|byte| byte.count_ones()).sum::<u32>(), 1);
        }
        Fate::decide(&rates, 0, &mut random).damage(&mut []);
    }
}
