//! The cases of labs as named tests.

use berkeley_conformance::labs::{Entry, LABS};
use berkeley_conformance::runner::{self, Expectations, Expected, Verdict};
use libtest_mimic::{Failed, Trial};

/// A test for each variant of each case of these labs.
pub(crate) fn trials(labs: &'static [Entry]) -> Vec<Trial> {
    let abouts = runner::abouts();
    let names: Vec<&str> = LABS.iter().map(|lab| lab.name).collect();
    let expectations = match Expectations::load(&abouts, &names) {
        Ok(expectations) => expectations,
        Err(errors) => return vec![failed("expectations", errors)],
    };
    let mut by_lab = vec![];
    for lab in labs.iter().filter(|lab| (lab.available)().is_ok()) {
        let mut trials = vec![];
        for about in (lab.abouts)() {
            for variant in about.variants() {
                let expected = expectations.of(lab.name, &about, &variant);
                let name = format!("{}::{}::{variant}", lab.name, about.id);
                let skip = matches!(expected, Expected::NotApplicable(_))
                    || lab.lacks(&about, &variant).is_some();
                let run = move || -> Result<(), Failed> {
                    let (outcome, _) = runner::execute(lab, &about, variant, 1);
                    match Verdict::judge(expected, outcome) {
                        (why, detail) if why.is_failure() => Err(detail.into()),
                        _ => Ok(()),
                    }
                };
                trials.push(Trial::test(name, run).with_ignored_flag(skip));
            }
        }
        by_lab.push(trials);
    }
    interleaved(by_lab)
}

/// All of them, such that at each moment the same share of each lab is done: cases that wait run
/// beside those of other labs.
fn interleaved(by_lab: Vec<Vec<Trial>>) -> Vec<Trial> {
    let mut trials: Vec<(f64, Trial)> = vec![];
    for lab in by_lab {
        let length = lab.len() as f64;
        let shares = (0..).map(|number| f64::from(number) / length);
        trials.extend(shares.zip(lab));
    }
    trials.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    trials.into_iter().map(|(_, trial)| trial).collect()
}

/// A test that fails.
pub(crate) fn failed(name: &str, errors: Vec<String>) -> Trial {
    Trial::test(name, move || Err(errors.join("\n").into()))
}
