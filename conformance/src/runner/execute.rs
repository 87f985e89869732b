//! Runs one case so that nothing it does stops the others: neither a panic nor waiting for ever.

use core::cell::RefCell;
use core::time::Duration;
use std::panic::{self, AssertUnwindSafe};
use std::string::{String, ToString};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Once, PoisonError};
use std::vec::Vec;
use std::{format, thread};

use crate::answers;
use crate::case::{About, Size, Variant};
use crate::labs::Entry;

/// The name of the threads that cases run on.
const THREAD: &str = "conformance case";

std::thread_local! {
    /// What the last panic of this thread said.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs a case once. Returns what came of it - what the case found wrong, what it panicked with, or
/// that it never came to an end - and what it was answered.
pub fn execute(
    lab: &'static Entry,
    about: &About,
    variant: Variant,
    seed: u64,
) -> (Result<(), String>, Vec<String>) {
    keep_panics_quiet();
    let _turn = lab.turn.map(|turn| turn.lock().unwrap_or_else(PoisonError::into_inner));
    let (id, (report, outcome)) = (about.id, mpsc::channel());
    let case = move || {
        let run = || (lab.run)(id, &variant, seed);
        let outcome = panic::catch_unwind(AssertUnwindSafe(run))
            .unwrap_or_else(|_| Err(PANIC.with_borrow(|message| format!("panicked: {message}"))));
        // The runner may have given up on this case.
        let _ = report.send((outcome, answers::take()));
    };
    let thread = thread::Builder::new().name(THREAD.into()).spawn(case);
    if let Err(error) = thread {
        return (Err(format!("no thread for the case: {error}")), Vec::new());
    }
    // Most cases take milliseconds; losses in real time, on a busy machine, may take many seconds.
    let limit = match variant.size {
        Size::Small | Size::Medium => Duration::from_secs(90),
        Size::Large => Duration::from_secs(180),
    };
    let nothing = match outcome.recv_timeout(limit) {
        Ok(outcome) => return outcome,
        Err(RecvTimeoutError::Timeout) => format!("hangs: no end after {limit:?}"),
        Err(RecvTimeoutError::Disconnected) => "ended without an outcome".into(),
    };
    (Err(nothing), Vec::new())
}

/// A panic of a case is its outcome, not a message on the terminal.
fn keep_panics_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(std::boxed::Box::new(move |info| {
            if thread::current().name() == Some(THREAD) {
                PANIC.set(info.to_string());
            } else {
                usual(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Vary;

    #[test]
    fn a_panic_is_the_outcome_of_its_case() {
        static LAB: Entry = Entry {
            name: "broken",
            sentence: "",
            available: || Ok(()),
            has_kernel: false,
            is_fast: true,
            has_family: |_| true,
            abouts: Vec::new,
            run: |id, _, _| panic!("{id} went wrong"),
            waits: false,
            turn: None,
        };
        let vary = Vary::NOTHING;
        let about =
            About { id: "x-01", sentence: "", source: "", rows: &[], vary, needs_root: false };
        for variant in about.variants() {
            let outcome = execute(&LAB, &about, variant, 1).0.unwrap_err();
            assert!(outcome.contains("x-01 went wrong"), "{outcome}");
            assert!(outcome.contains("execute.rs:"), "{outcome}");
        }
    }
}
