//! Waiting for sockets as a task: one thread waits for all of them and wakes the tasks.
//!
//! A task looks by itself first, so that what is ready costs no thread. Else it is noted in the
//! book ([`Waiters`]), the socket is registered for *one* event, and the thread wakes the task when
//! that event has come. Whoever is woken looks again: an event that came for somebody else, or for
//! a closed socket whose number is in use again, does no harm.
//!
//! A registration is never taken back. The kernel drops it with the socket; one that nobody waits
//! for any more reports one event to nobody and is then silent.

use std::os::fd::{AsRawFd, RawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use berkeley::{Error, ErrorKind, Instant, PollEntry, Readiness};

use crate::sys::{self, Event, Selector, Timer};
use crate::waiters::{NO_SOCKET, Waiters};
use crate::{OsHandle, wait};

/// Looks, and when nothing is ready leaves the waker.
pub(crate) fn poll_wait(
    context: &mut Context<'_>,
    entries: &mut [PollEntry<'_, OsHandle>],
    deadline: Option<Instant>,
) -> Poll<Result<usize, Error>> {
    if let Poll::Ready(outcome) = look(entries, deadline) {
        return Poll::Ready(outcome);
    }
    let registered =
        Reactor::running().and_then(|reactor| reactor.register(entries, context.waker(), deadline));
    match registered {
        // What happened before the registration is seen now, what happens later wakes the task.
        Ok(()) => look(entries, deadline),
        Err(error) => Poll::Ready(Err(error)),
    }
}

/// What is ready now; pending when nothing is and the deadline is still to come.
fn look(
    entries: &mut [PollEntry<'_, OsHandle>],
    deadline: Option<Instant>,
) -> Poll<Result<usize, Error>> {
    match wait::wait(entries, Some(Instant::ZERO)) {
        Ok(0) if !deadline.is_some_and(wait::is_over) => Poll::Pending,
        outcome => Poll::Ready(outcome),
    }
}

/// What the thread and the tasks share.
#[derive(Debug)]
struct Reactor {
    selector: Selector,
    timer: Timer,
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    waiters: Waiters,
    /// What the timer is set to. It may be earlier than the earliest deadline, whose task is gone:
    /// then it comes for nothing, once, which is cheaper than setting it for every task.
    timer: Option<Instant>,
}

impl Reactor {
    /// The reactor of this process; the first call starts it.
    fn running() -> Result<&'static Reactor, Error> {
        static REACTOR: OnceLock<Arc<Reactor>> = OnceLock::new();
        static STARTING: Mutex<()> = Mutex::new(());

        if let Some(reactor) = REACTOR.get() {
            return Ok(reactor);
        }
        let _one_at_a_time = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reactor) = REACTOR.get() {
            return Ok(reactor);
        }
        // A failure is not kept: the next call may find descriptors and memory.
        let reactor = Reactor::start()?;
        Ok(REACTOR.get_or_init(|| reactor))
    }

    fn start() -> Result<Arc<Reactor>, Error> {
        let reactor = Arc::new(Reactor {
            selector: Selector::new()?,
            timer: Timer::new()?,
            book: Mutex::default(),
        });
        reactor.selector.add_timer(&reactor.timer)?;
        let shared = Arc::clone(&reactor);
        thread::Builder::new()
            .name("berkeley-reactor".into())
            .spawn(move || shared.run())
            .map_err(|error| sys::host_error(&error))?;
        Ok(reactor)
    }

    /// Notes the task for every entry, and asks the kernel to report.
    fn register(
        &self,
        entries: &[PollEntry<'_, OsHandle>],
        waker: &Waker,
        deadline: Option<Instant>,
    ) -> Result<(), Error> {
        let mut book = self.book();
        for entry in entries {
            let socket = entry.handle.open()?;
            let number = socket.as_raw_fd();
            book.waiters.add(number, entry.interest, waker, deadline);
            let interest = book.waiters.interest(number).unwrap_or(entry.interest);
            self.selector.arm(socket, interest)?;
        }
        if entries.is_empty() && deadline.is_some() {
            book.waiters.add(NO_SOCKET, Readiness::NONE, waker, deadline);
        }
        if let Some(deadline) = deadline
            && book.timer.is_none_or(|set| deadline < set)
        {
            self.timer.set(Some(deadline))?;
            book.timer = Some(deadline);
        }
        Ok(())
    }

    /// The thread: waits for events and wakes the tasks that they are for.
    fn run(&self) {
        sys::block_signals();
        let mut events = Vec::new();
        let mut woken = Vec::new();
        loop {
            match self.selector.wait(|event| events.push(event)) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // The set is ours and open: the call has no other reason to fail.
                Err(error) => unreachable!("waiting for events failed: {error}"),
            }
            let mut book = self.book();
            for event in events.drain(..) {
                match event {
                    Event::Timer => self.expire(&mut book, &mut woken),
                    Event::Socket(number, ready) => {
                        self.happened(&mut book, number, ready, &mut woken);
                    }
                }
            }
            // A task may wait again, or for another socket, while it is being woken.
            drop(book);
            woken.drain(..).for_each(wake);
        }
    }

    /// Takes out the tasks whose deadline has passed and sets the timer for the next.
    fn expire(&self, book: &mut Book, woken: &mut Vec<Waker>) {
        book.waiters.take_expired(sys::now(), woken);
        book.timer = book.waiters.first_deadline();
        let set = self.timer.set(book.timer);
        debug_assert_eq!(set, Ok(()), "the timer is open and the time valid");
    }

    /// Takes out the tasks that an event is for, and asks for the next event for the others.
    fn happened(&self, book: &mut Book, number: RawFd, ready: Readiness, woken: &mut Vec<Waker>) {
        book.waiters.take_ready(number, ready, woken);
        if let Some(interest) = book.waiters.interest(number)
            && self.selector.rearm(number, interest).is_err()
        {
            // The socket is closed: nobody would ever be woken. Let them look.
            book.waiters.take_all(number, woken);
        }
    }

    /// The book. A panic under the lock, which is ours alone, leaves nothing worse behind than a
    /// task that is noted for nothing.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes a task. A waker that panics must not take the thread with it that all others rely on.
fn wake(waker: Waker) {
    let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
}
