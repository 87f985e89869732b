//! Sockets for tasks: the wait loop of the blocking calls, driven by a waker.
//!
//! A socket of a task is non-blocking; whatever would block is tried again when the stack has woken the
//! task. The rules of timeouts are those of [`WaitLoop`], as in every blocking call.

use core::future::poll_fn;
use core::mem;
use core::task::Poll;

use berkeley::wait::{Step, WaitLoop};
use berkeley::{Backend, Error, PollEntry, Readiness, Socket, Timeout};

/// Tries an operation on a socket until it does not block, for as long as the timeout says.
///
/// # Errors
///
/// Those of the operation, and [`Error::TIMED_OUT`].
pub(crate) async fn attempt<B: Backend + Clone, T>(
    socket: &Socket<B>,
    interest: Readiness,
    timeout: impl Into<Timeout>,
    mut operation: impl FnMut() -> Result<T, Error>,
) -> Result<T, Error> {
    let backend = socket.backend();
    let mut rounds = WaitLoop::new(timeout.into());
    let mut step = Step::Try;
    poll_fn(|context| {
        loop {
            step = match mem::replace(&mut step, Step::Try) {
                Step::Done(outcome) => return Poll::Ready(outcome),
                Step::Try => rounds.tried(operation(), || backend.now()),
                Step::Wait(deadline) => {
                    let mut entries = [PollEntry::new(socket.handle(), interest)];
                    match backend.poll_wait(context, &mut entries, deadline) {
                        Poll::Ready(outcome) => rounds.waited(outcome, || backend.now()),
                        Poll::Pending => {
                            step = Step::Wait(deadline);
                            return Poll::Pending;
                        }
                    }
                }
            };
        }
    })
    .await
}
