//! The board below an executor: what sleeps is a task, whose waker the handlers of interrupts wake.

use core::cell::Cell;
use core::task::{Context, Poll, Waker};

use berkeley::Instant;
use berkeley_smoltcp::{AsyncPlatform, Platform};
use critical_section::Mutex;

use crate::board::sleep_length;
use crate::{Board, chosen};

/// The task that sleeps. There is one: who drives the stack.
static SLEEPER: Mutex<Cell<Option<Waker>>> = Mutex::new(Cell::new(None));

/// Wakes the task that sleeps: called by the handlers of all interrupts, after what they do.
pub(crate) fn wake() {
    if let Some(waker) = critical_section::with(|section| SLEEPER.borrow(section).take()) {
        waker.wake();
    }
}

impl AsyncPlatform for Board {
    fn poll_park(&self, context: &mut Context<'_>, seen: u32, until: Option<Instant>) -> Poll<()> {
        let Some(length) = sleep_length(self.now(), until) else { return Poll::Ready(()) };
        critical_section::with(|section| {
            if self.seq() != seen {
                return Poll::Ready(());
            }
            SLEEPER.borrow(section).set(Some(context.waker().clone()));
            chosen::wake_after(length);
            chosen::listen();
            Poll::Pending
        })
    }
}
