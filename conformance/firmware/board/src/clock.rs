//! The monotonic clock: a free-running counter of the board, extended to 64 bits of microseconds.
//!
//! Interrupts of a timer are not counted: a machine that is late, and an emulator under load,
//! merges them. The counter is to be looked at before it has wrapped around, which sleep sees to
//! (`LONGEST_SLEEP`); a program that computes for longer without asking for the time loses some.

use core::cell::Cell;

use berkeley::Instant;
use critical_section::Mutex;

use crate::chosen::{self, COUNTER_MASK, COUNTS_PER_MICROSECOND};

/// When the clock was last looked at.
#[derive(Clone, Copy)]
struct Reading {
    microseconds: u64,
    /// Counts that are not yet a microsecond.
    rest: u32,
    count: u32,
}

static LAST: Mutex<Cell<Reading>> =
    Mutex::new(Cell::new(Reading { microseconds: 0, rest: 0, count: 0 }));

/// Starts at zero.
pub(crate) fn start() {
    critical_section::with(|section| {
        let reading = Reading { microseconds: 0, rest: 0, count: chosen::count() };
        LAST.borrow(section).set(reading);
    });
}

pub(crate) fn now() -> Instant {
    critical_section::with(|section| {
        let last = LAST.borrow(section);
        let before = last.get();
        let count = chosen::count();
        let counts = count.wrapping_sub(before.count) & COUNTER_MASK;
        if counts > COUNTER_MASK / 2 {
            return Instant::from_micros(before.microseconds); // read a little too low
        }
        let passed = counts + before.rest;
        let whole = passed / COUNTS_PER_MICROSECOND;
        let microseconds = before.microseconds + u64::from(whole);
        let rest = passed - whole * COUNTS_PER_MICROSECOND;
        last.set(Reading { microseconds, rest, count });
        Instant::from_micros(microseconds)
    })
}
