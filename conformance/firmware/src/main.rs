//! The conformance suite on bare metal: one start of the board runs one variant of one case.
//!
//! The command line says which: `case=connect-07 variant=inet6,timeout seed=1`. What came of it is
//! one line on the console, with what it took, and the exit code ([`exit_code`]):
//!
//! ```text
//! ok connect-07 inet6,timeout # 1523 us, 14 frames, 6120 bytes of stack
//! not ok connect-07 inet6,timeout - recv: expected 4, found 3 (connect.rs:60) # ...
//! ```
//!
//! Nothing is allocated. The cases are those of the host, from the same library; the runner on the
//! host starts the board for each and judges what it says.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

#[cfg_attr(feature = "remote", path = "remote.rs")]
#[cfg_attr(not(feature = "remote"), path = "loopback.rs")]
mod lab;
#[cfg_attr(feature = "lm3s6965evb", path = "sizes/lm3s6965evb.rs")]
#[cfg_attr(not(feature = "lm3s6965evb"), path = "sizes/mps2_an385.rs")]
mod sizes;
mod world;

use core::fmt::Write;

use berkeley::AddressFamily;
use berkeley_board::{
    Arguments, Console, exit, exit_code, fault, is_stack_intact, stack_peak, stack_size,
};
use berkeley_conformance::case::{Case, Variant};
use berkeley_conformance::failure::{Failure, Outcome};
use berkeley_conformance::lab::{Lab, Networks};
use berkeley_smoltcp::Platform;

use lab::BoardLab;

#[cortex_m_rt::entry]
fn main() -> ! {
    let arguments = Arguments::read();
    let id = arguments.value("case").unwrap_or_default();
    let variant = arguments.value("variant").unwrap_or_default();
    let seed = arguments.value("seed").and_then(|text| text.parse().ok()).unwrap_or(1);
    let way = arguments.value("fail");
    if let Some(way) = way.filter(|way| *way != "late") {
        fail(way, &arguments);
    }
    let Some((case, chosen)) = find(id, variant) else {
        let _ = writeln!(
            Console,
            "this image has no case {id} {variant}: conformance/firmware/build makes new ones"
        );
        exit(exit_code::FAILURE)
    };
    let (mut outcome, Effort { microseconds, frames }) = run(case, &chosen, &arguments, seed);
    if way.is_some() {
        outcome = outcome.and(Err(Failure::new("the case", format_args!("fails as was asked"))));
    }
    let _ = match &outcome {
        Ok(()) => write!(Console, "ok {id} {variant}"),
        Err(failure) => write!(Console, "not ok {id} {variant} - {failure}"),
    };
    let stack = stack_peak();
    if !is_stack_intact() {
        let _ = writeln!(Console, " - the stack of {} bytes is used up", stack_size());
        exit(exit_code::HARD_FAULT);
    }
    let _ = writeln!(Console, " # {microseconds} us, {frames} frames, {stack} bytes of stack");
    exit(match outcome {
        Ok(()) => exit_code::SUCCESS,
        Err(failure) if failure.is_about_data() => exit_code::DATA,
        Err(_) => exit_code::FAILURE,
    })
}

/// Fails in one of the ways of which each has an exit code, to see that it has (`exit_codes`).
fn fail(way: &str, arguments: &Arguments) -> ! {
    match way {
        "panic" => panic!("as was asked"),
        "fault" => fault(),
        "deadline" => {
            let lab = berkeley_board::take(1)
                .and_then(|(board, nic)| BoardLab::open(board, nic, arguments, 1).ok());
            // Nobody is there to send anything.
            let socket = lab.as_ref().and_then(|lab| lab.near().datagram(AddressFamily::INET).ok());
            let _ =
                socket.map(|socket| socket.bind(("", 7)).and_then(|()| socket.recv(&mut [0; 8])));
            exit(exit_code::FAILURE)
        }
        _ => exit(exit_code::FAILURE),
    }
}

/// The case of this identifier, and its variant of this name.
fn find(id: &str, name: &str) -> Option<(&'static Case<BoardLab>, Variant)> {
    let case = lab::cases().find(|case| case.about.id == id)?;
    let mut text = heapless::String::<64>::new();
    let has_name = |variant: &Variant| {
        text.clear();
        write!(text, "{variant}").is_ok() && text == name
    };
    case.about.variants().find(has_name).map(|variant| (case, variant))
}

/// What a case took: time on the board's clock, and frames that were sent.
#[derive(Default)]
struct Effort {
    microseconds: u64,
    frames: u64,
}

fn run(
    case: &Case<BoardLab>,
    variant: &Variant,
    arguments: &Arguments,
    seed: u64,
) -> (Outcome, Effort) {
    let Some((board, nic)) = berkeley_board::take(seed) else {
        let failure = Failure::new("the board", format_args!("is in use"));
        return (Err(failure), Effort::default());
    };
    let lab = match BoardLab::open(board, nic, arguments, seed) {
        Ok(lab) => lab,
        Err(error) => return (Err(error.into()), Effort::default()),
    };
    let outcome = (case.run)(&lab, variant);
    if outcome.is_err() {
        lab.world().print_tables();
    }
    // A step that failed explains what the case then did not find.
    let outcome = lab.finish().and(outcome);
    (outcome, Effort { microseconds: board.now().as_micros(), frames: lab.world().frames() })
}
