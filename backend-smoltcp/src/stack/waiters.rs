//! Tasks that wait with a waker.
//!
//! Threads need no entry here: they sleep in the platform and look again after every kick. A task
//! leaves its waker, and any number of tasks may wait on one socket.

use core::task::Waker;

use berkeley::{Errno, Error, Instant, Pool};
use managed::ManagedSlice;

use super::earliest;
use super::statistics::{Gauge, PoolUsage};

/// The descriptor of a task that waits for its deadline alone: no descriptor has this number.
pub(super) const NOBODY: u16 = u16::MAX;

/// A task that waits on one descriptor.
#[derive(Clone, Debug)]
pub(crate) struct Waiter {
    descriptor: u16,
    deadline: Option<Instant>,
    waker: Waker,
    fired: bool,
}

/// All waiting tasks.
pub(super) struct Waiters<'a> {
    entries: ManagedSlice<'a, Option<Waiter>>,
    /// How many wait: with none, which is how threads leave it, nothing is looked through.
    waiting: usize,
    /// How many have been fired and not yet been woken.
    fired: usize,
    gauge: Gauge,
}

impl<'a> Waiters<'a> {
    pub(super) fn new(entries: ManagedSlice<'a, Option<Waiter>>) -> Waiters<'a> {
        Waiters { entries, waiting: 0, fired: 0, gauge: Gauge::EMPTY }
    }

    /// Leaves a waker for a descriptor. A task that waits again on the same one keeps its entry, with
    /// the earlier deadline: it may wait in two places at once.
    ///
    /// # Errors
    ///
    /// `ENOBUFS` when there is no room.
    pub(super) fn register(
        &mut self,
        descriptor: u16,
        waker: &Waker,
        deadline: Option<Instant>,
    ) -> Result<(), Error> {
        let same = |entry: &Option<Waiter>| {
            entry.as_ref().is_some_and(|waiter| {
                waiter.descriptor == descriptor && !waiter.fired && waiter.waker.will_wake(waker)
            })
        };
        if let Some(waiter) = self.entries.iter_mut().find(|entry| same(entry)) {
            let waiter = waiter.as_mut().ok_or(Error::INVALID_VALUE)?;
            waiter.deadline = earliest(waiter.deadline, deadline);
            return Ok(());
        }
        let place = self.entries.iter().position(Option::is_none);
        let Some(place) = place else {
            self.gauge.refuse();
            return Err(Error::exhausted(Pool::Waiters, Errno::ENOBUFS));
        };
        let waker = waker.clone();
        self.entries[place] = Some(Waiter { descriptor, deadline, waker, fired: false });
        self.waiting += 1;
        self.gauge.note(self.waiting + self.fired);
        Ok(())
    }

    /// How many tasks wait.
    pub(super) fn usage(&self) -> PoolUsage {
        let in_use = self.waiting + self.fired;
        PoolUsage { in_use, ..self.gauge.usage(self.entries.len()) }
    }

    /// Marks the tasks that wait on a descriptor for waking.
    #[inline]
    pub(super) fn fire(&mut self, descriptor: u16) {
        if self.waiting > 0 {
            self.fire_if(|waiter| waiter.descriptor == descriptor);
        }
    }

    /// Marks the tasks whose deadline has passed for waking.
    pub(super) fn expire(&mut self, now: Instant) {
        self.fire_if(|waiter| waiter.deadline.is_some_and(|deadline| deadline <= now));
    }

    fn fire_if(&mut self, condition: impl Fn(&Waiter) -> bool) {
        for waiter in self.entries.iter_mut().flatten() {
            if !waiter.fired && condition(waiter) {
                waiter.fired = true;
                self.waiting -= 1;
                self.fired += 1;
            }
        }
    }

    /// Takes one waker that is to be woken, outside of the lock.
    pub(super) fn take_fired(&mut self) -> Option<Waker> {
        if self.fired == 0 {
            return None;
        }
        self.fired -= 1;
        let fired = |entry: &&mut Option<Waiter>| entry.as_ref().is_some_and(|w| w.fired);
        self.entries.iter_mut().find(fired)?.take().map(|waiter| waiter.waker)
    }

    /// Whether any task waits.
    #[cfg(feature = "unix")]
    pub(super) fn has_waiting(&self) -> bool {
        self.waiting > 0
    }

    /// Whether [`Waiters::take_fired`] has something.
    pub(super) fn has_fired(&self) -> bool {
        self.fired > 0
    }

    /// The earliest deadline.
    pub(super) fn next_event(&self) -> Option<Instant> {
        if self.waiting == 0 {
            return None;
        }
        let waiting = self.entries.iter().flatten().filter(|waiter| !waiter.fired);
        waiting.filter_map(|waiter| waiter.deadline).min()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::sync::Arc;
    use std::task::Wake;

    use super::*;

    struct Task;

    impl Wake for Task {
        fn wake(self: Arc<Task>) {}
    }

    #[test]
    fn a_task_that_waits_twice_is_woken_at_the_earlier_time() {
        let at = |seconds: u64| Some(Instant::from_millis(seconds * 1000));
        let (mut places, waker) = ([const { None }; 2], Waker::from(Arc::new(Task)));
        let mut waiters = Waiters::new((&mut places[..]).into());
        for (deadline, next) in [(at(5), at(5)), (None, at(5)), (at(3), at(3)), (at(9), at(3))] {
            assert_eq!(waiters.register(1, &waker, deadline), Ok(()));
            assert_eq!(waiters.next_event(), next);
        }
        assert_eq!(waiters.register(2, &waker, None), Ok(()));
        assert!(waiters.register(3, &waker, None).is_err(), "no room");
        waiters.fire(1);
        assert_eq!(waiters.next_event(), None);
        assert!(waiters.take_fired().is_some() && waiters.take_fired().is_none());
        assert_eq!(waiters.register(3, &waker, None), Ok(()));
    }
}
