//! Whether numbers look random: the usual tests, plainly written.
//!
//! Each gives how far a sequence is from what chance would bring, in standard deviations. Sources: NIST
//! SP 800-22 (frequency, runs), FIPS 140-2, Knuth, The Art of Computer Programming, volume 2, section
//! 3.3 (chi-square, serial correlation, collisions), Marsaglia's birthday spacings. They find generators
//! that are biased or simple; passing them does not make numbers hard to guess.

/// How far apart the result of a good generator and of chance may be. The numbers of tests follow from
/// fixed seeds: what passes once passes always.
pub const LIMIT: f64 = 4.0;

/// The worst deviation of any of the tests, and which test that is, for numbers of so many bits.
pub fn worst(numbers: &[u32], bits: u32) -> (f64, &'static str) {
    let mut results = vec![
        (frequency(numbers, bits), "frequency"),
        (runs(numbers, bits), "runs"),
        (serial_correlation(numbers, bits), "serial correlation"),
        (collisions(numbers, bits), "collisions"),
        (birthday_spacings(numbers, bits), "birthday spacings"),
    ];
    for shift in (0..bits).step_by(8) {
        let width = (bits - shift).min(8);
        let part: Vec<u32> =
            numbers.iter().map(|number| number >> shift & ((1 << width) - 1)).collect();
        results.push((chi_square(&part, 1 << width), "chi-square"));
    }
    let by_size = |one: &(f64, &str), other: &(f64, &str)| one.0.total_cmp(&other.0);
    results.into_iter().map(|(result, name)| (result.abs(), name)).max_by(by_size).unwrap()
}

fn bits_of(numbers: &[u32], bits: u32) -> impl Iterator<Item = bool> {
    numbers.iter().flat_map(move |number| (0..bits).rev().map(move |bit| number >> bit & 1 == 1))
}

/// As many ones as zeros (SP 800-22, section 2.1).
fn frequency(numbers: &[u32], bits: u32) -> f64 {
    let count = numbers.len() as f64 * f64::from(bits);
    let ones = bits_of(numbers, bits).filter(|bit| *bit).count() as f64;
    (2.0 * ones - count) / count.sqrt()
}

/// As many changes between them as there should be (section 2.3).
fn runs(numbers: &[u32], bits: u32) -> f64 {
    let count = numbers.len() as f64 * f64::from(bits);
    let share = bits_of(numbers, bits).filter(|bit| *bit).count() as f64 / count;
    let changes = bits_of(numbers, bits)
        .zip(bits_of(numbers, bits).skip(1))
        .filter(|(one, next)| one != next)
        .count() as f64;
    let expected = 2.0 * count * share * (1.0 - share);
    (changes + 1.0 - expected) / (2.0 * count.sqrt() * share * (1.0 - share))
}

/// All values as often (Knuth, section 3.3.1), as a normal deviate (Wilson and Hilferty).
fn chi_square(values: &[u32], classes: u32) -> f64 {
    let mut counts = vec![0_u32; classes as usize];
    for value in values {
        counts[*value as usize] += 1;
    }
    let expected = values.len() as f64 / f64::from(classes);
    let sum: f64 =
        counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
    let freedom = f64::from(classes - 1);
    let spread = 2.0 / (9.0 * freedom);
    ((sum / freedom).cbrt() - (1.0 - spread)) / spread.sqrt()
}

/// No number tells anything about the next (Knuth, section 3.3.2 K).
fn serial_correlation(numbers: &[u32], bits: u32) -> f64 {
    let scale = (1_u64 << bits) as f64;
    let values: Vec<f64> = numbers.iter().map(|number| f64::from(*number) / scale - 0.5).collect();
    let next = values.iter().cycle().skip(1);
    let product: f64 = values.iter().zip(next).map(|(one, next)| one * next).sum();
    let square: f64 = values.iter().map(|value| value * value).sum();
    product / square * (values.len() as f64).sqrt()
}

/// As many pairs of equal numbers as there should be, where there are few (Knuth, section 3.3.2 I).
fn collisions(numbers: &[u32], bits: u32) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    let equal = |pairs: &mut f64, run: &[u32]| *pairs += (run.len() * (run.len() - 1) / 2) as f64;
    let mut pairs = 0.0;
    sorted.chunk_by(|one, next| one == next).for_each(|run| equal(&mut pairs, run));
    let count = numbers.len() as f64;
    let expected = count * (count - 1.0) / 2.0 / (1_u64 << bits) as f64;
    poisson(pairs, expected)
}

/// Distances between numbers in order of size: as many are equal as there should be (Marsaglia).
fn birthday_spacings(numbers: &[u32], bits: u32) -> f64 {
    if bits <= 16 {
        // There are too few days: two numbers together are one.
        let pairs = numbers.chunks_exact(2).map(|pair| pair[0] << bits | pair[1]);
        return birthday_spacings(&pairs.collect::<Vec<_>>(), 2 * bits);
    }
    // So many at a time that four distances are equal on average.
    let days = (1_u64 << bits) as f64;
    let at_a_time = (16.0 * days).cbrt() as usize;
    let (mut equal, mut expected) = (0.0, 0.0);
    for birthdays in numbers.chunks_exact(at_a_time.max(2)) {
        let mut birthdays = birthdays.to_vec();
        birthdays.sort_unstable();
        let mut spacings: Vec<u32> = birthdays.windows(2).map(|pair| pair[1] - pair[0]).collect();
        spacings.sort_unstable();
        equal += spacings.windows(2).filter(|pair| pair[0] == pair[1]).count() as f64;
        expected += (birthdays.len() as f64).powi(3) / (4.0 * days);
    }
    poisson(equal, expected)
}

/// How far a count is from what is expected of rare events, as a normal deviate (Anscombe).
fn poisson(count: f64, expected: f64) -> f64 {
    if expected == 0.0 {
        return 0.0;
    }
    2.0 * ((count + 0.375).sqrt() - (expected + 0.375).sqrt())
}
