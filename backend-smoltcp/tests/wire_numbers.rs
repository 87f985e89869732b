//! Initial sequence numbers: whoever has seen some does not know the next (RFC 6528).
//!
//! The engine's generator is no such: [`Recovered`] is the attack, and works on the engine by itself.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use support::engine::Engine;
use support::*;

/// The engine's generator, its state known (smoltcp's `rand.rs`, PCG "RXS M XS" in its simplest form):
/// a state is multiplied and moved, and 32 of its bits are put out, from a place that its three highest
/// bits choose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Recovered {
    state: u64,
}

const MULTIPLIER: u64 = 0xbb2e_fcec_3c39_611d;
const INCREMENT: u64 = 0x7590_ef39;

impl Recovered {
    /// The generator that has put out these three numbers, its state that of the last. `None` if the
    /// numbers are not from there: of three others that chance brings one in 2³² is taken for such.
    ///
    /// Of the state behind a number, 35 bits or more are known, once its highest bits are guessed, and
    /// those that were left out above the number; there are 255 ways to guess. Two states and the step
    /// between them leave one equation modulo 2⁶⁴ with two unknown numbers below 2²⁹, which a lattice of
    /// two dimensions solves at once. The third number says which of the guesses was right.
    fn from(numbers: [u32; 3]) -> Option<Recovered> {
        let lattice = Lattice::new(MULTIPLIER);
        for first in guesses(numbers[0]) {
            for second in guesses(numbers[1]) {
                // second + y = (first + x) * MULTIPLIER + INCREMENT
                let known = first.wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT);
                for x in lattice.solve(known.wrapping_sub(second)) {
                    let mut candidate = Recovered { state: first.wrapping_add(x) };
                    let is_it = candidate.output() == numbers[0]
                        && candidate.draw() == numbers[1]
                        && candidate.draw() == numbers[2];
                    if is_it {
                        return Some(candidate);
                    }
                }
            }
        }
        None
    }

    fn output(self) -> u32 {
        (self.state >> (29 - (self.state >> 61))) as u32
    }

    /// The next number.
    fn draw(&mut self) -> u32 {
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT);
        self.output()
    }
}

/// The states that put out this number, their lowest bits 0.
fn guesses(number: u32) -> impl Iterator<Item = u64> {
    (0..8).flat_map(move |highest: u64| {
        let shift = 29 - highest;
        let left_out = 0..1_u64 << highest;
        left_out.map(move |bits| highest << 61 | bits << (shift + 32) | u64::from(number) << shift)
    })
}

/// All pairs (x, y) with y = x * multiplier modulo 2⁶⁴, by two of them that are short.
struct Lattice([[i128; 2]; 2]);

impl Lattice {
    /// Gauss's algorithm.
    fn new(multiplier: u64) -> Lattice {
        let (mut short, mut long) = ([1, i128::from(multiplier)], [0, 1 << 64]);
        let dot = |one: [i128; 2], other: [i128; 2]| one[0] * other[0] + one[1] * other[1];
        // Products of numbers of 64 bits are out of range: first one step of Euclid's algorithm.
        let size = |vector: [i128; 2]| vector[0].abs().max(vector[1].abs());
        loop {
            if size(long) < size(short) {
                (short, long) = (long, short);
            }
            let times = match size(long) < 1 << 62 {
                true => rounded(dot(short, long), dot(short, short)),
                false => long[1] / short[1],
            };
            if times == 0 {
                return Lattice([short, long]);
            }
            long = [long[0] - times * short[0], long[1] - times * short[1]];
        }
    }

    /// The x of the pairs with y = x * multiplier + constant, both from 0 to 2²⁹.
    fn solve(&self, constant: u64) -> impl Iterator<Item = u64> {
        const HALF: i128 = 1 << 28;
        let Lattice([one, other]) = *self;
        let constant = i128::from(constant);
        // The middle of the square, as seen from the constant, in steps of the two pairs.
        let middle = [HALF, HALF - constant];
        let determinant = one[0] * other[1] - one[1] * other[0];
        let steps = rounded(middle[0] * other[1] - middle[1] * other[0], determinant);
        let other_steps = rounded(middle[1] * one[0] - middle[0] * one[1], determinant);
        let around = (-1..=1).flat_map(|one| (-1..=1).map(move |other| (one, other)));
        around.filter_map(move |(more, other_more)| {
            let (steps, other_steps) = (steps + more, other_steps + other_more);
            let x = steps * one[0] + other_steps * other[0];
            let y = steps * one[1] + other_steps * other[1] + constant;
            let inside = 0..2 * HALF;
            (inside.contains(&x) && inside.contains(&y)).then_some(x as u64)
        })
    }
}

fn rounded(number: i128, divisor: i128) -> i128 {
    (2 * number + divisor).div_euclid(2 * divisor)
}

fn syn(port: u16) -> Vec<u8> {
    Segment::syn(end(FAR[0], port), end(NEAR[0], 80), 1).packet()
}

/// The numbers of the engine by itself, to one SYN after the other.
fn of_engine(seed: u64, count: u16) -> Vec<u32> {
    let mut engine = Engine::new(1500, seed);
    let answer = |port| Seen::in_frame(&engine.answer(4096, 80, &syn(port))).unwrap().sequence;
    (1000..1000 + count).map(answer).collect()
}

/// The numbers of a stack to the same SYNs, after it has been up for so long.
fn of_stack(half_open: usize, seed: u64, up: Duration, count: u16) -> Vec<u32> {
    let bench = Bench::with(Medium::Ip, 1500, seed, Capacity { half_open, ..small() });
    bench.advance(up);
    let _listener = bench.listener(NEAR[0], 80, 4096);
    let answer = |port| Seen::in_frame(&bench.inject(&syn(port))[0]).unwrap().sequence;
    (1000..1000 + count).map(answer).collect()
}

/// How many of the numbers behind the first three the attack tells.
fn foretold(numbers: &[u32]) -> usize {
    let (seen, to_come) = numbers.split_at(3);
    let Some(mut generator) = Recovered::from(seen.try_into().unwrap()) else { return 0 };
    to_come.iter().filter(|number| generator.draw() == **number).count()
}

#[test]
fn three_numbers_tell_the_engines_others() {
    let mut seeds = Random(1);
    for seed in (0..4).map(|_| seeds.next()).chain([0, 1, u64::MAX]) {
        assert_eq!(foretold(&of_engine(seed, 20)), 17, "seed {seed:#x}");
    }
}

#[test]
fn three_numbers_tell_nothing_about_the_stacks_others() {
    for seed in 0..4 {
        // What is remembered, and what the numbers themselves say.
        for half_open in [32, 0] {
            let numbers = of_stack(half_open, seed, Duration::ZERO, 20);
            assert_eq!(foretold(&numbers), 0, "seed {seed}");
            // Nor in another order, or with others in between.
            let mut numbers: Vec<_> = numbers.into_iter().step_by(2).collect();
            numbers.reverse();
            assert_eq!(foretold(&numbers), 0, "seed {seed}");
        }
    }
}

/// What [`Platform::entropy`] says of a machine that starts with the same bytes again.
#[test]
fn equal_entropy_leaves_the_clock() {
    let first = of_stack(32, 1, Duration::ZERO, 20);
    assert_eq!(first, of_stack(32, 1, Duration::ZERO, 20));
    let later = of_stack(32, 1, millis(40), 20);
    assert!(first.iter().zip(&later).all(|(one, other)| other.wrapping_sub(*one) == 10_000));
    let different = of_stack(32, 2, Duration::ZERO, 20);
    assert!(first.iter().all(|number| !different.contains(number)));
}
