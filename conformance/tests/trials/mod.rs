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
    let mut trials = vec![];
    for lab in labs.iter().filter(|lab| (lab.available)().is_ok()) {
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
    }
    trials
}

/// A test that fails.
pub(crate) fn failed(name: &str, errors: Vec<String>) -> Trial {
    Trial::test(name, move || Err(errors.join("\n").into()))
}
