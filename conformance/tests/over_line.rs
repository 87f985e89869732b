//! The cases once more, with the far side at the end of a line: each is to come out as without it.

use std::process::ExitCode;

use berkeley_conformance::labs::OVER_A_LINE;
use berkeley_conformance::runner;
use libtest_mimic::Arguments;

mod trials;

fn main() -> ExitCode {
    if let Some(ended) = runner::namespace::enter() {
        return ended;
    }
    let arguments = Arguments::from_args();
    libtest_mimic::run(&arguments, trials::trials(&OVER_A_LINE, &arguments)).exit_code()
}
