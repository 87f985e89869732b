//! The cases as named tests: `kernel::connect-07::inet6,timeout`.

use std::process::ExitCode;

use berkeley_conformance::labs::LABS;
use berkeley_conformance::runner;
use libtest_mimic::Arguments;

mod trials;

fn main() -> ExitCode {
    if let Some(ended) = runner::namespace::enter() {
        return ended;
    }
    let mut arguments = Arguments::from_args();
    // One for each lab whose cases take turns, and one that has work meanwhile: time is measured.
    arguments.test_threads.get_or_insert(3);
    let mut trials = trials::trials(&LABS);
    if let Err(errors) = runner::rows() {
        trials.push(trials::failed("rows", errors));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
