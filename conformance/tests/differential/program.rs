//! Programs: sequences of calls, made on both networks.

use core::time::Duration;
use std::collections::BTreeMap;

use crate::call::{Call, PLACES};
use crate::choose::{Theme, choose};
use crate::networks;
use crate::random::Random;

/// How many calls a program has.
const CALLS: usize = 50;

/// What the kernel may need to come to rest after a call, and what it is given when there was a
/// difference.
const PAUSE: Duration = Duration::from_micros(100);
const LONG_PAUSE: Duration = Duration::from_millis(20);

/// What came of a call that was not the same, or of one behind which not all is the same.
pub(crate) struct Difference {
    /// The name of the call, and of the last one that succeeded in changing the state of its socket.
    pub(crate) call: String,
    pub(crate) kernel: String,
    pub(crate) userspace: String,
    /// All calls until then, with their outcome.
    history: String,
}

impl Difference {
    /// In the form of a line of `divergences.txt`.
    pub(crate) fn summary(&self) -> String {
        format!("{} | {} | {}", self.call, self.kernel, self.userspace)
    }
}

/// A program that shows a difference.
pub(crate) struct Failing<'a> {
    theme: &'a Theme,
    seed: u64,
    calls: Vec<Call>,
    pub(crate) found: Difference,
}

/// Runs the program of a seed until there is a difference of which `is_meant` says that it is not.
pub(crate) fn run<'a>(
    theme: &'a Theme,
    seed: u64,
    mut is_meant: impl FnMut(&Difference) -> bool,
) -> Option<Failing<'a>> {
    let mut random = Random::new(seed);
    let mut calls = Vec::new();
    let next = |is_taken: &dyn Fn(usize) -> bool| {
        let call = (calls.len() < CALLS).then(|| choose(theme, &mut random, is_taken))?;
        calls.push(call.clone());
        Some(call)
    };
    compare(theme, seed, PAUSE, next, &mut is_meant)?;
    // A kernel that was busy is asked again.
    let found = replay(theme, seed, LONG_PAUSE, &calls, &mut is_meant)?;
    Some(Failing { theme, seed, calls, found })
}

impl Failing<'_> {
    /// The calls that are enough to show a difference, with their outcomes.
    pub(crate) fn shortened(mut self, mut is_meant: impl FnMut(&Difference) -> bool) -> String {
        for pause in [PAUSE, LONG_PAUSE] {
            for index in (0..self.calls.len()).rev() {
                let mut fewer = self.calls.clone();
                fewer.remove(index);
                if let Some(found) = replay(self.theme, self.seed, pause, &fewer, &mut is_meant) {
                    (self.calls, self.found) = (fewer, found);
                }
            }
        }
        let Difference { userspace, history, .. } = self.found;
        format!("{history}  but on the userspace stack: {userspace}\n")
    }
}

fn replay(
    theme: &Theme,
    seed: u64,
    pause: Duration,
    calls: &[Call],
    is_meant: impl FnMut(&Difference) -> bool,
) -> Option<Difference> {
    let mut calls = calls.iter().cloned();
    compare(theme, seed, pause, |_| calls.next(), is_meant)
}

/// Makes one call after the other on both networks, until there is a difference that is not meant. A
/// socket about which there is one that is meant is closed on both.
fn compare(
    theme: &Theme,
    seed: u64,
    pause: Duration,
    mut next: impl FnMut(&dyn Fn(usize) -> bool) -> Option<Call>,
    mut is_meant: impl FnMut(&Difference) -> bool,
) -> Option<Difference> {
    let mut kernel = networks::kernel(theme.hosts, pause);
    let mut userspace = networks::userspace(theme.hosts, seed);
    let mut history = String::new();
    let mut states = BTreeMap::new();
    while let Some(call) = next(&|place| kernel.is_taken(place)) {
        let outcomes = (kernel.apply(&call), userspace.apply(&call));
        history += &format!("  {call:?} -> {}\n", outcomes.0);
        let same = outcomes.0 == outcomes.1;
        let before = states.get(&call.place).cloned().unwrap_or("nothing".into());
        let found = Difference {
            call: format!("{} after {before}", call.name()),
            kernel: outcomes.0,
            userspace: outcomes.1,
            history: history.clone(),
        };
        if is_meant(&found) {
            for place in 0..PLACES {
                if place == call.place || kernel.is_taken(place) != userspace.is_taken(place) {
                    kernel.forget(place);
                    userspace.forget(place);
                }
            }
        } else if !same {
            return Some(found);
        } else if call.changes_state()
            && (!found.kernel.starts_with('E') || found.kernel == "EINPROGRESS")
        {
            call.note_states(&mut states);
        }
    }
    None
}
