//! The cases of labs as named tests.

use std::sync::mpsc;
use std::thread;

use berkeley_conformance::labs::{Entry, LABS};
use berkeley_conformance::runner::{self, Expectations, Expected, Verdict};
use libtest_mimic::{Arguments, Failed, Trial};

/// A test for each variant of each case of these labs. Labs whose cases take turns mostly wait: each has
/// a thread that begins at once with those that are selected, whose tests then have only to look.
pub(crate) fn trials(labs: &'static [Entry], arguments: &Arguments) -> Vec<Trial> {
    let abouts = runner::abouts();
    let names: Vec<&str> = LABS.iter().map(|lab| lab.name).collect();
    let expectations = match Expectations::load(&abouts, &names) {
        Ok(expectations) => expectations,
        Err(errors) => return vec![failed("expectations", errors)],
    };
    let mut trials = vec![];
    for lab in labs {
        if let Err(why) = (lab.available)() {
            eprintln!("{} is not available: {why}", lab.name);
            continue;
        }
        let mut ahead = vec![];
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
                let trial = if lab.turn.is_some() && is_selected(&name, skip, arguments) {
                    let (sender, receiver) = mpsc::channel();
                    ahead.push(move || sender.send(run()));
                    let look =
                        move || receiver.recv().unwrap_or_else(|_| Err("it never ran".into()));
                    Trial::test(name, look)
                } else {
                    Trial::test(name, run)
                };
                trials.push(trial.with_ignored_flag(skip));
            }
        }
        // Nobody looks any more when the tests have ended early.
        thread::spawn(move || ahead.into_iter().for_each(|run| _ = run()));
    }
    trials
}

/// Whether a test of this name is one that runs.
fn is_selected(name: &str, is_ignored: bool, arguments: &Arguments) -> bool {
    let is_it = |text: &String| if arguments.exact { name == text } else { name.contains(text) };
    !arguments.list
        && arguments.filter.as_ref().is_none_or(is_it)
        && !arguments.skip.iter().any(is_it)
        && (arguments.include_ignored || is_ignored == arguments.ignored)
}

/// A test that fails.
pub(crate) fn failed(name: &str, errors: Vec<String>) -> Trial {
    Trial::test(name, move || Err(errors.join("\n").into()))
}
