//! The stack driven by a task: the twin of [`Stack::pump`] for executors.
//!
//! Tasks that wait for a socket leave a waker ([`poll_wait`](berkeley::Backend::poll_wait)), which is
//! woken by whoever drives the stack. Where no thread does, one task drives it for all: it works in
//! short turns, and between them it sleeps in the platform as a thread would, except that its sleep
//! is a waker and a timer of the executor.

use core::future::poll_fn;
use core::task::{Context, Poll};

use berkeley::{Error, Instant};

use super::{STEPS_PER_VERB, Stack, Turn};
use crate::lock::{Lock, LockFamily};
use crate::platform::Platform;

/// A [`Platform`] below an executor.
///
/// On microcontrollers an implementation keeps a waker that the driver's interrupt handler wakes
/// where it kicks (an `AtomicWaker`), and a timer of the executor.
pub trait AsyncPlatform: Platform {
    /// The twin of [`Platform::park`]: ready when the count is no longer `seen`, or the time has
    /// come. Otherwise the waker of `context` MUST be woken by the next kick and at that time,
    /// whichever comes first; sooner does no harm. It takes the place of the one before.
    fn poll_park(&self, context: &mut Context<'_>, seen: u32, until: Option<Instant>) -> Poll<()>;
}

impl<P: AsyncPlatform + ?Sized> AsyncPlatform for &P {
    fn poll_park(&self, context: &mut Context<'_>, seen: u32, until: Option<Instant>) -> Poll<()> {
        (**self).poll_park(context, seen, until)
    }
}

impl<P: AsyncPlatform, L: LockFamily> Stack<'_, P, L> {
    /// Drives the stack, sleeping while there is nothing to do, until `stop` says so: the twin of
    /// [`Stack::pump`] for a task. Under load it lets other tasks have their turn after some steps.
    ///
    /// `stop` is asked as by `pump`, from inside the stack.
    ///
    /// # Errors
    ///
    /// [`Error::REENTERED`] when polled from inside the stack.
    pub fn pump_async(
        &self,
        mut stop: impl FnMut() -> bool,
    ) -> impl Future<Output = Result<(), Error>> {
        let mut sleep = Sleep { stack: self, until: None };
        poll_fn(move |context| sleep.poll(context, &mut stop))
    }
}

/// Until when the task sleeps, if it does. A task that is dropped asleep does not sleep any more.
struct Sleep<'s, 'a, P: Platform, L: LockFamily> {
    stack: &'s Stack<'a, P, L>,
    until: Option<Option<Instant>>,
}

impl<P: AsyncPlatform, L: LockFamily> Sleep<'_, '_, P, L> {
    /// Some turns of the stack.
    fn poll(
        &mut self,
        context: &mut Context<'_>,
        stop: &mut impl FnMut() -> bool,
    ) -> Poll<Result<(), Error>> {
        let Sleep { stack, until: asleep } = self;
        for _ in 0..STEPS_PER_VERB {
            let mut stopped = |_: &mut _| stop();
            match stack.turn(asleep, None, &mut 0, &mut stopped)? {
                Turn::Over | Turn::Expired => return Poll::Ready(Ok(())),
                Turn::Again => {}
                Turn::Park { seen, until } => {
                    if stack.platform.poll_park(context, seen, until).is_pending() {
                        return Poll::Pending;
                    }
                }
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<P: Platform, L: LockFamily> Drop for Sleep<'_, '_, P, L> {
    fn drop(&mut self) {
        // From inside the stack it stays counted, which costs others some kicks.
        let _ = self.stack.inner.with(|inner| inner.unpark(self.until.take()));
    }
}
