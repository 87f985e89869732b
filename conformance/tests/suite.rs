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
    // Time is measured, and the cases of one kernel take turns anyway.
    arguments.test_threads.get_or_insert(1);
    let mut trials = trials::trials(&LABS, &arguments);
    if let Err(errors) = runner::rows() {
        trials.push(trials::failed("rows", errors));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
