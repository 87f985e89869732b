//! How late a receive times out: never early, and as little late as the kernel's own waiting is.
//!
//! `lateness [WAITS]`: so many waits of each length, those of ours and of `ppoll(2)` in turns. Ends with
//! status 1 when one was early.

use core::time::Duration;
use std::env::args;
use std::process::ExitCode;
use std::time::Instant;

use berkeley::{Error, Timeout};
use berkeley_benches::must;
use berkeley_benches::one_byte::{self};

/// The lengths of the waits.
const MILLISECONDS: [u64; 3] = [1, 5, 20];

/// A way to wait, and how late it was each time, in nanoseconds; negative is early.
struct Waiter {
    name: &'static str,
    wait: Box<dyn FnMut(Duration)>,
    lateness: Vec<i128>,
}

impl Waiter {
    fn new(name: &'static str, wait: impl FnMut(Duration) + 'static) -> Waiter {
        Waiter { name, wait: Box::new(wait), lateness: Vec::new() }
    }

    /// Waits once.
    fn turn(&mut self, time: Duration) {
        let start = Instant::now();
        (self.wait)(time);
        let took = start.elapsed().as_nanos().cast_signed();
        self.lateness.push(took - time.as_nanos().cast_signed());
    }

    /// How late it was at most in this share of its waits, in microseconds.
    fn at(&self, share: f64) -> f64 {
        let place = (share * self.lateness.len().saturating_sub(1) as f64).round() as usize;
        self.lateness.get(place).map_or(f64::NAN, |lateness| *lateness as f64 / 1e3)
    }
}

fn main() -> ExitCode {
    let waits = args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(200);
    let mut early = false;
    println!("| asked | waiter | earliest, us | median | 99 % | latest |");
    println!("| --- | --- | ---: | ---: | ---: | ---: |");
    for milliseconds in MILLISECONDS {
        let time = Duration::from_millis(milliseconds);
        let mut waiters = [Waiter::new("berkeley", ours(time)), Waiter::new("ppoll", ppoll())];
        for round in 0..waits {
            for turn in 0..waiters.len() {
                let index = (round + turn) % waiters.len();
                waiters[index].turn(time);
            }
        }
        for waiter in &mut waiters {
            waiter.lateness.sort_unstable();
            let [first, median, most, last] = [0.0, 0.5, 0.99, 1.0].map(|share| waiter.at(share));
            let name = waiter.name;
            println!(
                "| {milliseconds} ms | {name} | {first:.1} | {median:.1} | {most:.1} | {last:.1} |"
            );
            early |= first < 0.0;
        }
    }
    if early { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// A receive with this timeout, to which nothing comes.
fn ours(timeout: Duration) -> impl FnMut(Duration) {
    let pair = must(one_byte::udp()).ours(Timeout::After(timeout));
    move |_| assert_eq!(pair.0.recv(&mut [0]), Err(Error::TIMED_OUT))
}

/// The kernel's own waiting.
fn ppoll() -> impl FnMut(Duration) {
    let pair = must(one_byte::udp()).raw();
    move |time| assert!(!pair.0.readable_within(time))
}
