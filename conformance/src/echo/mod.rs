//! The cases about a program of which only the wire is seen: the manual's echo server, as an image of firmware
//! has it.
//!
//! Elsewhere a case makes the calls of the side under test. Here these were made by a program that is
//! complete: it listens with a backlog of 1, accepts, sends back whatever it receives until the client ends,
//! and closes; a client that breaks its connection ends it, and it begins again a second later. It has memory for three
//! connections. A case is its peers, byte by byte, and its clock.
//!
//! What is expected is what Linux says to the same segments (`net/ipv4/tcp_input.c`, `tcp_ipv4.c`,
//! `tcp_minisocks.c`), and the RFC that each case names.
//!
//! | module | what |
//! | --- | --- |
//! | `machine` | what a machine with the server must be able to do |
//! | `wire` | the other end of its wire |
//! | `segment` | segments, byte by byte |
//! | `peer` | a client |
//! | `far` | a userspace stack as a client |
//! | `listening`, `closing`, `faults`, `transfers` | the cases |

mod closing;
#[cfg(test)]
mod coverage;
mod far;
mod faults;
mod listening;
mod machine;
mod peer;
mod segment;
mod transfers;
mod wire;

use core::time::Duration;
use std::vec::Vec;

use crate::case::About;
use crate::failure::{Failure, Outcome};
pub(crate) use machine::{Frames, Machine};
pub(crate) use wire::SERVER;
use wire::Wire;

/// A case: what it proves, and how.
pub(crate) struct EchoCase {
    /// What it proves.
    pub(crate) about: About,
    /// Runs it once, on a machine that has just started.
    run: fn(&mut Wire, u64) -> Outcome,
}

/// How long the program takes to begin anew, and a little more.
const PAUSE: Duration = Duration::from_millis(1500);

/// Every case, group by group.
fn all() -> impl Iterator<Item = &'static EchoCase> {
    [listening::CASES, closing::CASES, faults::CASES, transfers::CASES].into_iter().flatten()
}

/// What the cases prove.
pub(crate) fn abouts() -> Vec<About> {
    all().map(|case| case.about).collect()
}

/// Runs a case on a machine that has just started, and sees that the server serves another client then.
///
/// # Errors
///
/// What the case has found wrong.
pub(crate) fn run(id: &str, machine: impl Machine + Send + 'static, seed: u64) -> Outcome {
    let Some(case) = all().find(|case| case.about.id == id) else {
        return Err(Failure::new("the case", format_args!("there is no {id}")));
    };
    let mut wire = Wire::new(machine)?;
    (case.run)(&mut wire, seed)?;
    wire.pass(PAUSE)?; // the program may begin anew
    peer::expect_service(&mut wire)
}

/// Defines `CASES`, the table of a group.
macro_rules! echo_cases {
    ($($id:literal $run:ident, $source:literal, $sentence:literal;)*) => {
        /// The cases of this group, in order.
        pub(super) const CASES: &[EchoCase] = &[$(EchoCase {
            about: About::new($id, Vary::NOTHING, &[], $source, $sentence),
            run: $run,
        }),*];
    };
}

use echo_cases;

/// What every group needs.
mod prelude {
    pub(super) use core::net::{Ipv4Addr, SocketAddrV4};
    pub(super) use core::time::Duration;
    pub(super) use std::vec;
    pub(super) use std::vec::Vec;

    pub(super) use berkeley_smoltcp::device::Random;

    pub(super) use super::peer::{Peer, expect_service, opening};
    pub(super) use super::segment::*;
    pub(super) use super::wire::{SERVER, Wire, host};
    pub(super) use super::{EchoCase, echo_cases};
    pub(super) use crate::case::{About, Vary};
    pub(super) use crate::failure::{Failure, Outcome, expect_eq, expect_true};
}
