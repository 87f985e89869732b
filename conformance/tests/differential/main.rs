//! Random programs on the kernel and on the userspace stack: the same outcomes, call by call.
//!
//! A seed chooses call after call (`choose.rs`) on a few sockets, of two hosts with a wire between them
//! or of one that speaks with itself. After each call the outcomes are compared, as texts that leave out
//! what may differ, such as numbers of ports (`outcome.rs`). Where they differ on purpose stands in
//! `divergences.txt` with the reason. A line there may have the same outcome twice: then the state of the
//! socket behind it differs.
//!
//! The kernel's programs have a network of their own, which takes root; an ordinary user runs none.
//!
//! A program that shows a difference is made shorter as long as it shows one.
//!
//! `DIFFERENTIAL_SEEDS=1000..9000 cargo test -p berkeley-conformance --test differential` runs others,
//! with `DIFFERENTIAL_THEME=options` of this theme only.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod call;
mod choose;
mod divergences;
mod machine;
mod networks;
mod options;
mod outcome;
mod program;
mod random;

use core::ops::Range;
use std::collections::{BTreeMap, BTreeSet};
use std::env;

use choose::THEMES;
use divergences::Known;

/// The seeds of every run, for each theme.
const SEEDS: Range<u64> = 0..70;
/// With how many of them each line of `divergences.txt` is needed.
const MANY: u64 = 2000;

#[test]
fn the_same_calls_have_the_same_outcomes() {
    if !networks::is_kernel_available() {
        eprintln!("not available: it takes root to make a network namespace");
        return;
    }
    let known = divergences::known();
    let mut used = BTreeSet::new();
    let chosen = env::var("DIFFERENTIAL_SEEDS").ok();
    let theme_chosen = env::var("DIFFERENTIAL_THEME").ok();
    let seeds = chosen.as_deref().map_or(SEEDS, |text| {
        let (first, end) = text.split_once("..").expect("FIRST..END");
        first.parse().unwrap()..end.parse().unwrap()
    });
    // What differs, how often, and the first program that shows it.
    let mut failures = BTreeMap::<String, (usize, String)>::new();
    for seed in seeds.clone() {
        for theme in THEMES {
            if theme_chosen.as_deref().is_some_and(|chosen| chosen != theme.name) {
                continue;
            }
            let mut is_meant = |found: &program::Difference| {
                let line = known.iter().find(|known| known.fits(found));
                used.extend(line.map(Known::line));
                line.is_some()
            };
            if let Some(failing) = program::run(theme, seed, &mut is_meant) {
                let entry = failures.entry(failing.found.summary()).or_insert_with(|| {
                    let calls = failing.shortened(&mut is_meant);
                    (0, format!("seed {seed}, {}:\n{calls}", theme.name))
                });
                entry.0 += 1;
            }
        }
    }
    let mut failures: Vec<_> = failures.into_iter().collect();
    failures.sort_by_key(|(_, (times, _))| core::cmp::Reverse(*times));
    let failures: Vec<_> = failures
        .into_iter()
        .map(|(summary, (times, program))| format!("{summary} ({times} times)\n{program}"))
        .collect();
    assert!(failures.is_empty(), "{} differ:\n{}", failures.len(), failures.join("\n"));
    // A few seeds do not meet all of them.
    let is_whole = theme_chosen.is_none() && seeds.end - seeds.start >= MANY;
    let unused = known.iter().map(Known::line).filter(|line| is_whole && !used.contains(line));
    let unused: Vec<_> = unused.collect();
    assert!(unused.is_empty(), "divergences.txt: lines {unused:?} are not needed");
}
