//! Runs what was selected: labs that wait beside those that compute, in each lab case by case.

use std::format;
use std::io::{IsTerminal, stderr};
use std::println;
use std::string::String;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;
use std::vec::Vec;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::{Expectations, Expected, Report, Verdict, abouts, execute};
use crate::case::{About, Variant};
use crate::labs::{Entry, LABS};

/// What to run.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only these labs; all of them when empty.
    pub labs: Vec<String>,
    /// Labs that must be available.
    pub require: Vec<String>,
    /// Only cases with this text in `lab::case::variant`.
    pub filter: String,
    /// The seed of everything random.
    pub seed: u64,
}

impl Selection {
    /// Whether this variant of a case was selected on this lab.
    fn has(&self, lab: &str, about: &About, variant: &Variant) -> bool {
        format!("{lab}::{}::{variant}", about.id).contains(&self.filter)
    }
}

/// Runs what was selected, and tells about failures as they come.
///
/// # Errors
///
/// Data files that are not in order, labs that do not exist, and required labs that are not
/// available.
pub fn run(selection: &Selection) -> Result<Report, Vec<String>> {
    let abouts = abouts();
    let names: Vec<&str> = LABS.iter().map(|lab| lab.name).collect();
    let expectations = Expectations::load(&abouts, &names)?;
    for name in selection.labs.iter().chain(&selection.require) {
        if !names.contains(&name.as_str()) {
            return Err(
                [format!("there is no lab {name:?}; there are {}", names.join(", "))].into()
            );
        }
    }
    let progress = MultiProgress::new();
    let run = |lab| run_lab(lab, selection, &expectations, &progress);
    let labs = available(selection)?;
    let verdicts: Vec<Vec<Verdict>> = thread::scope(|scope| {
        // Where cases take turns they mostly wait; the others have the processor meanwhile.
        let begun: Vec<_> = labs
            .iter()
            .map(|lab| lab.turn.is_some().then(|| scope.spawn(move || run(lab))))
            .collect();
        let all = labs.iter().zip(begun);
        // As in `each_at_once`.
        all.map(|(lab, begun)| begun.map_or_else(|| run(lab), |lab| lab.join().unwrap_or_default()))
            .collect()
    });
    Ok(Report { seed: selection.seed, verdicts: verdicts.into_iter().flatten().collect() })
}

/// Runs what was selected on one lab.
fn run_lab(
    lab: &'static Entry,
    selection: &Selection,
    expectations: &Expectations,
    bars: &MultiProgress,
) -> Vec<Verdict> {
    let variants: Vec<(About, Variant)> = (lab.abouts)()
        .into_iter()
        .flat_map(|about| about.variants().map(move |variant| (about, variant)))
        .filter(|(about, variant)| selection.has(lab.name, about, variant))
        .collect();
    let progress = progress(lab.name, variants.len(), bars);
    let judge = |(about, variant): &(About, Variant)| {
        progress.set_message(about.id);
        let verdict = judge(lab, *about, *variant, expectations, selection.seed);
        if verdict.why.is_failure() {
            bars.suspend(|| println!("{verdict}"));
        }
        progress.inc(1);
        verdict
    };
    // Where cases take turns there is nothing to gain from several at once.
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let at_once = match lab.turn {
        Some(_) => 1,
        None if lab.waits => 2 * processors,
        None => processors,
    };
    let verdicts = each_at_once(&variants, at_once, judge);
    progress.finish_and_clear();
    verdicts
}

/// Runs a variant of a case, unless it is not applicable, and judges what came of it.
fn judge(
    lab: &'static Entry,
    about: About,
    variant: Variant,
    expectations: &Expectations,
    seed: u64,
) -> Verdict {
    let expected = match expectations.of(lab.name, &about, &variant) {
        expected @ Expected::NotApplicable(_) => expected,
        expected => lab.lacks(&about, &variant).map_or(expected, Expected::NotApplicable),
    };
    let begin = Instant::now();
    let outcome = match expected {
        Expected::NotApplicable(_) => Ok(()),
        _ => execute(lab, &about, variant, seed).0,
    };
    let (why, detail) = Verdict::judge(expected, outcome);
    Verdict { about, variant, lab: lab.name, why, detail, took: begin.elapsed() }
}

/// Does something with each item, with so many of them at a time. The results are in the items'
/// order.
fn each_at_once<T: Sync, R: Send>(
    items: &[T],
    at_once: usize,
    act: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some((number, item)) = {
            let number = next.fetch_add(1, Ordering::Relaxed);
            items.get(number).map(|item| (number, item))
        } {
            done.push((number, act(item)));
        }
        done
    };
    let mut results: Vec<(usize, R)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..at_once).map(|_| scope.spawn(work)).collect();
        // `act` reports what goes wrong; a panic of its own is one of the runner.
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

/// The selected labs that can be set up here; says which cannot.
fn available(selection: &Selection) -> Result<Vec<&'static Entry>, Vec<String>> {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for lab in &LABS {
        let is_in = |names: &[String]| names.iter().any(|name| name == lab.name);
        let required = is_in(&selection.require);
        if !required && !selection.labs.is_empty() && !is_in(&selection.labs) {
            continue;
        }
        match (lab.available)() {
            Ok(()) => found.push(lab),
            Err(reason) if required => {
                missing.push(format!("lab {} is required and not available: {reason}", lab.name));
            }
            Err(reason) => println!("lab {} is not available: {reason}", lab.name),
        }
    }
    if missing.is_empty() { Ok(found) } else { Err(missing) }
}

/// A progress bar on a terminal, nothing elsewhere.
fn progress(lab: &str, length: usize, bars: &MultiProgress) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(length as u64).with_style(style).with_prefix(String::from(lab));
    bars.add(bar)
}
