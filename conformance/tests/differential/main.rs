//! Random sequences of calls on the kernel and on the userspace stack: the same outcomes, call by call.
//!
//! Both machines (`machine.rs`) have two sides with a few places for sockets. A seed chooses call after
//! call; after each one the outcomes are compared, as texts that leave out what may differ, such as
//! numbers of ports. Where they differ on purpose stands in `divergences.txt` with the reason. A line there
//! may have the same outcome twice: then the state of the socket behind it differs.
//!
//! `DIFFERENTIAL_SEEDS=1000..9000 cargo test -p berkeley-conformance --test differential` runs others.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod call;
mod machine;

use core::ops::Range;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use berkeley_conformance::case::Family;
use berkeley_conformance::labs::{HostLab, Kernel, VirtualLink};

use call::{Act, Call, Random};
use machine::Machine;

/// The seeds of every run.
const SEEDS: Range<u64> = 0..120;
/// How many calls a sequence has.
const CALLS: usize = 40;

/// What the kernel may need to come to rest after a call, and what it is given when there was a
/// difference.
const PAUSE: Duration = Duration::from_micros(100);
const LONG_PAUSE: Duration = Duration::from_millis(20);
/// The same for the userspace stack, in virtual time: longer than any acknowledgement is delayed.
const VIRTUAL_PAUSE: Duration = Duration::from_millis(100);

/// A difference that is meant.
struct Known {
    line: usize,
    call: &'static str,
    kernel: &'static str,
    userspace: &'static str,
}

impl Known {
    fn fits(&self, found: &Difference) -> bool {
        let call = found.call.strip_prefix(self.call);
        let call = call.is_some_and(|rest| rest.is_empty() || rest.starts_with(" after "));
        call && self.kernel == found.kernel && self.userspace == found.userspace
    }
}

fn known() -> Vec<Known> {
    let lines = (1..).zip(include_str!("../../divergences.txt").lines());
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|(number, line)| {
            let fields: Vec<_> = line.splitn(4, '|').map(str::trim).collect();
            let [call, kernel, userspace, reason] = fields[..] else {
                panic!("divergences.txt:{number}: four fields are wanted")
            };
            assert!(!reason.is_empty(), "divergences.txt:{number}: a reason is wanted");
            Known { line: number, call, kernel, userspace }
        })
        .collect()
}

/// What came of a call that was not the same, or of one behind which not all is the same.
struct Difference {
    /// The name of the call, and of the last one that succeeded in changing the state of its socket.
    call: String,
    kernel: String,
    userspace: String,
    /// All calls until then, with their outcome.
    history: String,
}

/// Runs one sequence, until `is_meant` says of a difference that it is not. A socket about which
/// there is a difference that is meant is closed on both machines.
fn run(
    seed: u64,
    family: Family,
    pause: Duration,
    mut is_meant: impl FnMut(&Difference) -> bool,
) -> Option<Difference> {
    let mut random = Random::new(seed);
    let mut kernel = Machine::new(Kernel::open(seed).unwrap(), family, pause);
    let mut userspace = Machine::new(VirtualLink::open(seed).unwrap(), family, VIRTUAL_PAUSE);
    let mut history = String::new();
    let mut states = BTreeMap::new();
    for _ in 0..CALLS {
        let call = Call::choose(&mut random, |place| kernel.is_taken(place));
        let outcomes = (kernel.apply(call), userspace.apply(call));
        history += &format!("  {call:?}: {}\n", outcomes.0);
        let same = outcomes.0 == outcomes.1;
        let before = states.get(&call.place).copied().unwrap_or("nothing");
        let found = Difference {
            call: format!("{} after {before}", call.name()),
            kernel: outcomes.0,
            userspace: outcomes.1,
            history: history.clone(),
        };
        if is_meant(&found) {
            let close = Call { act: Act::Reset, ..call };
            kernel.apply(close);
            userspace.apply(close);
        } else if !same {
            return Some(found);
        } else if call.changes_state()
            && (!found.kernel.starts_with('E') || found.kernel == "EINPROGRESS")
        {
            states.insert(call.place, call.name());
        }
    }
    None
}

#[test]
fn the_same_calls_have_the_same_outcomes() {
    let known = known();
    let mut used = BTreeSet::new();
    let chosen = std::env::var("DIFFERENTIAL_SEEDS").ok();
    let seeds = chosen.as_deref().map_or(SEEDS, |text| {
        let (first, end) = text.split_once("..").expect("FIRST..END");
        first.parse().unwrap()..end.parse().unwrap()
    });
    let mut failures = Vec::new();
    for seed in seeds {
        for family in [Family::Inet, Family::Inet6] {
            let mut is_meant = |found: &Difference| {
                let line = known.iter().find(|known| known.fits(found));
                used.extend(line.map(|known| known.line));
                line.is_some()
            };
            // A kernel that was busy is asked again.
            if run(seed, family, PAUSE, &mut is_meant).is_some()
                && let Some(found) = run(seed, family, LONG_PAUSE, is_meant)
            {
                let Difference { call, kernel, userspace, history } = found;
                let family = family.word();
                let failure =
                    format!("seed {seed}, {family}: {call} | {kernel} | {userspace}\n{history}");
                failures.push(failure);
            }
        }
    }
    assert!(failures.is_empty(), "{} differ:\n{}", failures.len(), failures.join("\n"));
    let unused = known.iter().filter(|known| chosen.is_none() && !used.contains(&known.line));
    let unused: Vec<_> = unused.map(|known| known.line).collect();
    assert!(unused.is_empty(), "divergences.txt: lines {unused:?} are not needed");
}
