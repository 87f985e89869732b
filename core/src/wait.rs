//! The one wait loop: every operation that may wait is this, on every backend.
//!
//! An operation is tried first and waits only when it would block: with data there, a timed
//! receive is one call to the backend. The loop itself calls nothing and reads no clock; it is a
//! state machine that is told what happened and says what to do next, so that the blocking driver
//! of [`Socket`](crate::Socket) and an asynchronous one share every rule:
//!
//! - The deadline is fixed once; later rounds get what remains.
//! - Interrupted attempts and waits are repeated, the deadline stays. The backend is asked first
//!   whether the program wants it so.
//! - Ready, tried, would block after all: wait on. A false alarm is never shown to the caller.
//! - Never early: a wait that comes back empty before the deadline is repeated.
//! - In non-blocking mode the error of the attempt is the answer.
//!
//! Source: CPython's `sock_call_ex` for the rules, PEP 475 for interruptions.

use crate::backend::Patience;
use crate::{Backend, Error, ErrorKind, Instant, PollEntry, Readiness, Timeout};

/// What to do next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step<T> {
    /// The operation is over, with this outcome.
    Done(Result<T, Error>),
    /// Try the operation (again).
    Try,
    /// Wait until it may be ready, or until the deadline; without one, for ever.
    Wait(Option<Instant>),
}

/// The state of one operation that may have to wait.
///
/// ```
/// use berkeley::wait::{Step, WaitLoop};
/// use berkeley::{Errno, Error, Instant, Timeout};
/// use core::time::Duration;
///
/// let mut operation = WaitLoop::new(Timeout::After(Duration::from_secs(2)));
/// let start = Instant::from_millis(1000);
/// let would_block = Err::<usize, _>(Error::from(Errno::EAGAIN));
///
/// // The attempt would block: wait until two seconds after now.
/// assert_eq!(operation.tried(would_block, || start), Step::Wait(Some(Instant::from_millis(3000))));
/// // A false alarm: try again, and keep the deadline.
/// assert_eq!(operation.waited::<usize>(Ok(1), || Instant::from_millis(2000)), Step::Try);
/// assert_eq!(
///     operation.tried(would_block, || Instant::from_millis(2000)),
///     Step::Wait(Some(Instant::from_millis(3000))),
/// );
/// assert_eq!(
///     operation.waited::<usize>(Ok(0), || Instant::from_millis(3000)),
///     Step::Done(Err(Error::TIMED_OUT)),
/// );
/// ```
#[derive(Clone, Copy, Debug)]
pub struct WaitLoop {
    timeout: Timeout,
    /// Set when the operation first would block: a deadline (`None`: never) measured from there.
    deadline: Option<Option<Instant>>,
}

impl WaitLoop {
    /// An operation on a socket with this timeout, which starts by being tried.
    ///
    /// The deadline is measured from the first time that it would block, which is no later than
    /// the end of the first attempt: an operation that need not wait reads no clock.
    pub const fn new(timeout: Timeout) -> WaitLoop {
        WaitLoop { timeout: timeout.normalized(), deadline: None }
    }

    /// An operation with this deadline on the backend's clock (`None`: never), whose time began
    /// earlier: a part of a longer one, such as each send of `sendall`.
    pub const fn until(deadline: Option<Instant>) -> WaitLoop {
        WaitLoop { timeout: Timeout::Blocking, deadline: Some(deadline) }
    }

    /// The patience that the attempts are made with.
    pub const fn patience(&self) -> Patience {
        match (self.timeout, self.deadline) {
            (Timeout::Blocking, None | Some(None)) => Patience::Forever,
            _ => Patience::Never,
        }
    }

    /// What to do after an attempt with this outcome. `now` is called only when a deadline must be
    /// looked at.
    pub fn tried<T>(
        &mut self,
        outcome: Result<T, Error>,
        now: impl FnOnce() -> Instant,
    ) -> Step<T> {
        let error = match outcome {
            Ok(value) => return Step::Done(Ok(value)),
            Err(error) => error,
        };
        match error.kind() {
            ErrorKind::Interrupted => Step::Try,
            ErrorKind::WouldBlock if self.timeout != Timeout::NonBlocking => {
                Step::Wait(self.deadline(now))
            }
            _ => Step::Done(Err(error)),
        }
    }

    /// What to do after a wait with this outcome: how many sockets are ready, 0 for an expired
    /// deadline.
    pub fn waited<T>(
        &mut self,
        outcome: Result<usize, Error>,
        now: impl FnOnce() -> Instant,
    ) -> Step<T> {
        match outcome {
            Ok(0) => self.wait_on(now),
            Ok(_) => Step::Try,
            Err(error) if error.kind() == ErrorKind::Interrupted => self.wait_on(now),
            Err(error) => Step::Done(Err(error)),
        }
    }

    /// Waits on for what remains.
    #[inline(never)] // not in the way of a call that need not wait
    fn wait_on<T>(&mut self, now: impl FnOnce() -> Instant) -> Step<T> {
        match self.deadline.flatten() {
            None => Step::Wait(None),
            Some(deadline) if now() < deadline => Step::Wait(Some(deadline)),
            Some(_) => Step::Done(Err(Error::TIMED_OUT)),
        }
    }

    /// The deadline, fixed at the first call.
    fn deadline(&mut self, now: impl FnOnce() -> Instant) -> Option<Instant> {
        let timeout = self.timeout;
        *self.deadline.get_or_insert_with(|| match timeout {
            Timeout::After(duration) => now().checked_add(duration),
            Timeout::Blocking | Timeout::NonBlocking => None,
        })
    }
}

/// Runs wait loops by blocking the caller.
pub(crate) struct Driver<'a, B: Backend> {
    pub(crate) backend: &'a B,
    pub(crate) handle: &'a B::Handle,
    pub(crate) interest: Readiness,
}

impl<B: Backend> Driver<'_, B> {
    /// Tries `attempt` until the loop says that the operation is over.
    ///
    /// Mostly the first attempt is the only one: it is made where the caller's code is, and whatever
    /// else there is to do is elsewhere.
    #[inline]
    pub(crate) fn block_on<T>(
        &self,
        operation: WaitLoop,
        mut attempt: impl FnMut(Patience) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match attempt(operation.patience()) {
            Ok(value) => Ok(value),
            Err(error) => self.go_on(operation, error, attempt),
        }
    }

    /// Goes on after a first attempt that failed.
    #[cold]
    #[inline(never)]
    pub(crate) fn go_on<T>(
        &self,
        mut operation: WaitLoop,
        first: Error,
        mut attempt: impl FnMut(Patience) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let now = || self.backend.now();
        let first = Err(first);
        self.check_signals(&first)?;
        let mut step = operation.tried(first, now);
        loop {
            step = match step {
                Step::Done(outcome) => return outcome,
                Step::Try => {
                    let outcome = attempt(operation.patience());
                    self.check_signals(&outcome)?;
                    operation.tried(outcome, now)
                }
                Step::Wait(deadline) => {
                    let outcome = self.wait(deadline);
                    self.check_signals(&outcome)?;
                    operation.waited(outcome, now)
                }
            };
        }
    }

    /// Asks the program, after an interruption, whether the operation goes on.
    fn check_signals<T>(&self, outcome: &Result<T, Error>) -> Result<(), Error> {
        match outcome {
            Err(error) if error.kind() == ErrorKind::Interrupted => self.backend.check_signals(),
            _ => Ok(()),
        }
    }

    /// Waits as long as it takes, and says whether the next attempt will meet an error: a pending one,
    /// or that of the wait itself. What was done before must be reported first.
    pub(crate) fn fails_next(&self) -> bool {
        let mut entries = [PollEntry::new(self.handle, self.interest)];
        loop {
            match self.backend.wait(&mut entries, None) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {
                    if self.backend.check_signals().is_err() {
                        return true;
                    }
                }
                Err(_) => return true,
                Ok(_) => return entries[0].ready.contains(Readiness::ERROR),
            }
        }
    }

    #[inline(never)] // nor is this
    fn wait(&self, deadline: Option<Instant>) -> Result<usize, Error> {
        self.backend.wait(&mut [PollEntry::new(self.handle, self.interest)], deadline)
    }
}
