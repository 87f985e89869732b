//! Labs with a board that is alone: both sides of a case are on it.
//!
//! Time is counted in instructions (`-icount`, 16 ns each), and idle time is skipped (`sleep=off`): a
//! case takes the same time and the same frames in every run, and an hour costs what happens in it.

use std::format;
use std::process::Stdio;
use std::string::String;
use std::vec::Vec;

use super::emulator::{Start, are_available, outcome_of};
use super::evidence::Evidence;
use crate::case::About;
use crate::cases;
use crate::labs::{Entry, VirtualLink};
use crate::parts::{PARTS, part_of};

/// The lab `firmware-loopback`.
pub(in crate::labs) const LOOPBACK: Entry = Entry {
    name: "firmware-loopback",
    sentence: "two userspace stacks on a Cortex-M3, over the loopback of its network device",
    available: || are_available(&["mps2-an385".into()]),
    has_kernel: false,
    is_fast: false,
    has_family: |_| true,
    abouts,
    run: |id, variant, seed| {
        let (lab, board, image) = ("firmware-loopback", "mps2-an385", "mps2-an385");
        run(&Start { lab, board, image, id, variant, seed })
    },
    waits: false,
    turn: None,
};

/// The lab `firmware-loopback-lm3s`.
pub(in crate::labs) const SMALL_LOOPBACK: Entry = Entry {
    name: "firmware-loopback-lm3s",
    sentence: "one userspace stack on a Cortex-M3 with 64 KiB of memory, over its own loopback",
    available: || are_available(&Vec::from_iter((0..PARTS.len()).map(small_image))),
    abouts: || {
        abouts()
            .into_iter()
            .filter(|about| part_of::<VirtualLink>(&PARTS, about.id).is_some())
            .collect()
    },
    run: |id, variant, seed| {
        let (lab, board) = ("firmware-loopback-lm3s", "lm3s6965evb");
        let image = &small_image(part_of::<VirtualLink>(&PARTS, id).unwrap_or_default());
        run(&Start { lab, board, image, id, variant, seed })
    },
    ..LOOPBACK
};

fn abouts() -> Vec<About> {
    cases::without_std::<VirtualLink>().map(|case| case.about).collect()
}

/// The name of the image with a part of the cases for the small board.
fn small_image(part: usize) -> String {
    format!("lm3s6965evb-{part}")
}

fn run(start: &Start<'_>) -> Result<(), String> {
    let evidence = Evidence::of(start)?;
    let mut command = start.record(None);
    command.stdout(Stdio::null());
    let outcome = outcome_of(command, evidence.folder());
    evidence.judge(outcome, start, Some(&start.replay(None)), None)
}
