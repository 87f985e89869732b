//! Threads that help an actor which waits in the kernel: one runs the steps at their time, one each
//! lets the peers go on.

use core::time::Duration;
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;
use std::vec::Vec;

use berkeley::{Backend, Net, PollEntry};

use crate::failure::{Failure, Outcome};
use crate::lab::{End, Lab, Step};
use crate::peer::{Peer, Progress};

/// The threads of a lab.
pub(super) struct Helpers<L: Lab> {
    schedule: Arc<Schedule<L>>,
    /// Started with the first step.
    stepper: RefCell<Option<JoinHandle<()>>>,
    peers: RefCell<Vec<JoinHandle<Outcome>>>,
    finished: Arc<AtomicBool>,
}

impl<L: Lab> Default for Helpers<L> {
    fn default() -> Helpers<L> {
        Helpers {
            schedule: Arc::new(Schedule { queue: Mutex::default(), changed: Condvar::new() }),
            stepper: RefCell::default(),
            peers: RefCell::default(),
            finished: Arc::default(),
        }
    }
}

impl<L: Lab> Helpers<L>
where
    Step<L>: Send,
    End<L>: Send,
{
    /// Runs a step this long after now.
    pub(super) fn later(&self, after: Duration, step: Step<L>) {
        self.schedule.queue().due.push((Instant::now() + after, step));
        self.schedule.changed.notify_one();
        self.stepper.borrow_mut().get_or_insert_with(|| {
            let schedule = Arc::clone(&self.schedule);
            thread::spawn(move || schedule.run())
        });
    }

    /// Lets a peer go on by itself.
    pub(super) fn accompany<B>(&self, net: Net<B>, mut peer: Peer<B>)
    where
        B: Backend + Clone + Send + 'static,
        Peer<B>: Send + 'static,
    {
        let finished = Arc::clone(&self.finished);
        self.peers.borrow_mut().push(thread::spawn(move || {
            while !finished.load(Ordering::Relaxed) {
                match peer.advance()? {
                    Progress::Done => break,
                    Progress::Waits(interest) => {
                        let entry = PollEntry::new(peer.socket().handle(), interest);
                        net.poll(&mut [entry], Duration::from_millis(100))?;
                    }
                }
            }
            Ok(())
        }));
    }

    /// Ends all threads, and says whether a step or a peer failed.
    pub(super) fn finish(&self) -> Outcome {
        self.finished.store(true, Ordering::Relaxed);
        self.schedule.queue().finished = true;
        self.schedule.changed.notify_one();
        if let Some(stepper) = self.stepper.borrow_mut().take() {
            join(stepper)?;
        }
        for peer in self.peers.borrow_mut().drain(..) {
            join(peer)??;
        }
        let mut queue = self.schedule.queue();
        queue.kept.clear();
        queue.failure.take().map_or(Ok(()), Err)
    }
}

fn join<T>(thread: JoinHandle<T>) -> Result<T, Failure> {
    thread.join().map_err(|_| Failure::new("a thread of the lab", format_args!("panicked")))
}

/// The steps that are still to come, shared with the helper thread.
struct Schedule<L: Lab> {
    queue: Mutex<Queue<L>>,
    changed: Condvar,
}

struct Queue<L: Lab> {
    due: Vec<(Instant, Step<L>)>,
    /// The sockets of the steps that have run.
    kept: Vec<End<L>>,
    failure: Option<Failure>,
    finished: bool,
}

impl<L: Lab> Default for Queue<L> {
    fn default() -> Queue<L> {
        Queue { due: Vec::new(), kept: Vec::new(), failure: None, finished: false }
    }
}

impl<L: Lab> Schedule<L> {
    fn queue(&self) -> MutexGuard<'_, Queue<L>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs every step at its time, until the lab is finished.
    fn run(&self) {
        let mut queue = self.queue();
        while !queue.finished {
            let earliest = (0..queue.due.len()).min_by_key(|&index| queue.due[index].0);
            queue = match earliest.map(|index| (index, queue.due[index].0)) {
                None => self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner),
                Some((index, at)) => match at.checked_duration_since(Instant::now()) {
                    Some(left) if !left.is_zero() => {
                        let waited = self.changed.wait_timeout(queue, left);
                        waited.unwrap_or_else(PoisonError::into_inner).0
                    }
                    _ => {
                        let (_, step) = queue.due.remove(index);
                        match step.run() {
                            Ok(end) => queue.kept.extend(end),
                            Err(failure) => queue.failure = Some(failure),
                        }
                        queue
                    }
                },
            };
        }
        queue.due.clear();
    }
}
