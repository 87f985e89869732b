//! Waiting for UNIX sockets, with a deadline and with a waker.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use berkeley::{Backend, Errno, PollEntry, Readiness};

use super::model::Number;
use super::{Program, tell};

/// A task that waits for a socket.
pub(super) struct Sleeper {
    number: Number,
    interest: Readiness,
    is_woken: Arc<Flag>,
}

/// It was woken.
#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Program<'_, '_> {
    /// Waits for a while, or leaves a waker.
    pub(super) fn wait(&mut self, index: usize, interest: Readiness, choice: u8) {
        let (handle, number) = &self.held[index];
        let mut entries = [PollEntry::new(handle, interest)];
        let expected = found(self.model.readiness(*number), interest);
        if choice >= 128 {
            let is_woken = Arc::new(Flag::default());
            let waker = Waker::from(Arc::clone(&is_woken));
            let mut context = Context::from_waker(&waker);
            match self.stack.poll_wait(&mut context, &mut entries, None) {
                Poll::Pending => {
                    assert_eq!(expected, Readiness::NONE);
                    self.sleeper = Some(Sleeper { number: *number, interest, is_woken });
                }
                Poll::Ready(Ok(count)) => assert_eq!((count, entries[0].ready), (1, expected)),
                // Wakers are left behind: no more of them find room.
                Poll::Ready(Err(error)) => assert!(error.is(Errno::ENOBUFS), "{error:?}"),
            }
            return;
        }
        self.stack.platform().rested();
        let (begin, duration) = (self.stack.now(), Duration::from_millis(choice.into()));
        let answer = self.stack.wait(&mut entries, Some(begin + duration));
        tell("wait", &(number, interest, duration), &answer);
        assert_eq!(entries[0].ready, expected);
        assert_eq!(answer, Ok(usize::from(!expected.is_empty())));
        let end = if expected.is_empty() { begin + duration } else { begin };
        assert_eq!(self.stack.now(), end);
    }

    /// Whoever sleeps was woken if there is something to be found, or the socket is gone.
    pub(super) fn look_at_sleeper(&mut self) {
        let model = &self.model;
        let is_due = |sleeper: &mut Sleeper| {
            !model.has(sleeper.number)
                || !found(model.readiness(sleeper.number), sleeper.interest).is_empty()
        };
        if let Some(sleeper) = self.sleeper.take_if(is_due) {
            assert!(sleeper.is_woken.0.load(Ordering::Relaxed), "asleep:\n{}", self.stack);
        }
    }
}

/// What a wait finds: what was asked for, and what is always told.
fn found(ready: Readiness, interest: Readiness) -> Readiness {
    let told = interest | Readiness::ERROR | Readiness::HANGUP;
    Readiness(ready.0 & told.0)
}
