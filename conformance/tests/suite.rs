//! The cases as named tests: `kernel::connect-07::inet6,timeout`.

use std::process::ExitCode;

use berkeley_conformance::labs::LABS;
use berkeley_conformance::runner::{self, Expectations, Expected, Verdict};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    if let Some(ended) = runner::namespace::enter() {
        return ended;
    }
    let mut arguments = Arguments::from_args();
    // Time is measured, and the cases of one kernel take turns anyway.
    arguments.test_threads.get_or_insert(1);
    libtest_mimic::run(&arguments, trials()).exit_code()
}

fn trials() -> Vec<Trial> {
    let abouts = runner::abouts();
    let names: Vec<&str> = LABS.iter().map(|lab| lab.name).collect();
    let expectations = match Expectations::load(&abouts, &names) {
        Ok(expectations) => expectations,
        Err(errors) => return vec![failed("expectations", errors)],
    };
    let mut trials = vec![];
    if let Err(errors) = runner::rows() {
        trials.push(failed("rows", errors));
    }
    for lab in LABS.iter().filter(|lab| (lab.available)().is_ok()) {
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

fn failed(name: &str, errors: Vec<String>) -> Trial {
    Trial::test(name, move || Err(errors.join("\n").into()))
}
