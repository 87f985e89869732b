//! Compares a target's function with its fast oracles on very many inputs, half of them sound.
//!
//! ```text
//! cargo run --release --manifest-path fuzz/Cargo.toml --bin mutate -- TARGET COUNT [SEED]
//! ```
//!
//! It ends with 1 if an oracle disagreed, with 2 if the command line is wrong.

use std::env;
use std::process::ExitCode;
use std::time::Instant;

use berkeley_fuzz::mutate;
use berkeley_fuzz::outcome::Outcome;
use berkeley_fuzz::random::Random;
use berkeley_fuzz::{SEED, TARGETS, Text, TextTarget, named};

/// How many disagreements are shown; all are counted.
const SHOWN: u64 = 10;

#[derive(Default)]
struct Counts {
    accepted: u64,
    refused: u64,
    disagreements: u64,
}

fn main() -> ExitCode {
    let Some(((name, target), count, seed)) = command_line() else {
        let of_text = TARGETS.iter().filter(|target| target.text.is_some());
        let names = of_text.map(|target| target.name).collect::<Vec<_>>().join(" | ");
        eprintln!("mutate TARGET COUNT [SEED]\nTARGET: {names}");
        return ExitCode::from(2);
    };
    println!("{name}: {count} inputs from seed {seed}, against {}", target.oracles);
    let start = Instant::now();
    let counts = compare(name, target, count, seed);
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{name}: {} accepted, {} refused, {} disagreements; {seconds:.1} s, {:.2} M/s",
        counts.accepted,
        counts.refused,
        counts.disagreements,
        count as f64 / seconds / 1e6,
    );
    if counts.disagreements > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn command_line() -> Option<((&'static str, TextTarget), u64, u64)> {
    let mut arguments = env::args().skip(1);
    let target = named(&arguments.next()?)?;
    let target = (target.name, target.text?);
    let count = arguments.next()?.replace('_', "").parse().ok()?;
    let seed = arguments.next().map_or(Ok(SEED), |seed| seed.parse()).ok()?;
    arguments.next().is_none().then_some((target, count, seed))
}

fn compare(name: &str, target: TextTarget, count: u64, seed: u64) -> Counts {
    let mut random = Random::new(seed);
    let mut counts = Counts::default();
    let (mut input, mut before) = (Vec::new(), Vec::new());
    for index in 0..count {
        // The one before gives its parts to this one.
        std::mem::swap(&mut input, &mut before);
        input.clear();
        (target.sample)(&mut random, &mut input);
        if index % 2 == 1 {
            mutate::text(&mut random, &mut input, &before);
        }
        match (target.compare)(&input) {
            Outcome::Accepted => counts.accepted += 1,
            Outcome::Refused => counts.refused += 1,
            Outcome::Disagreement(oracle) => {
                counts.disagreements += 1;
                if counts.disagreements <= SHOWN {
                    eprintln!("{name}: input {index}, {oracle}: {}", Text(&input));
                }
            }
        }
    }
    counts
}
