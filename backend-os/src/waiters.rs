//! Who waits for what: the reactor's book of tasks, sockets and deadlines.
//!
//! It calls nothing. Sockets are known by their descriptors' numbers, which the host gives out
//! again after a close: what is still noted under such a number is woken for nothing once, and
//! looks again.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::RawFd;
use std::task::Waker;

use berkeley::{Instant, Readiness};

/// The number under which a task is noted that waits for a deadline only.
pub(crate) const NO_SOCKET: RawFd = -1;

/// The tasks that wait.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    sockets: BTreeMap<RawFd, Vec<Waiter>>,
    /// The deadlines of all of them, each with the socket under which the task is noted.
    deadlines: BTreeSet<(Instant, RawFd)>,
}

#[derive(Debug)]
struct Waiter {
    interest: Readiness,
    waker: Waker,
    deadline: Option<Instant>,
}

impl Waiters {
    /// Notes a task. Noted already for the same socket and interest, it has a new deadline.
    pub(crate) fn add(
        &mut self,
        number: RawFd,
        interest: Readiness,
        waker: &Waker,
        deadline: Option<Instant>,
    ) {
        let waiters = self.sockets.entry(number).or_default();
        let known = waiters
            .iter_mut()
            .find(|waiter| waiter.interest == interest && waiter.waker.will_wake(waker));
        match known {
            Some(waiter) => {
                let earlier = std::mem::replace(&mut waiter.deadline, deadline);
                self.forget(number, earlier);
            }
            None => waiters.push(Waiter { interest, waker: waker.clone(), deadline }),
        }
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, number));
        }
    }

    /// What the tasks noted for a socket wait for, all together; `None` without any.
    pub(crate) fn interest(&self, number: RawFd) -> Option<Readiness> {
        self.sockets.get(&number)?.iter().map(|waiter| waiter.interest).reduce(Readiness::union)
    }

    /// The earliest deadline.
    pub(crate) fn first_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// Takes out the tasks that this readiness of a socket is for.
    pub(crate) fn take_ready(&mut self, number: RawFd, ready: Readiness, woken: &mut Vec<Waker>) {
        let for_everybody = ready.intersects(Readiness::ERROR | Readiness::HANGUP);
        self.take(number, |waiter| for_everybody || waiter.interest.intersects(ready), woken);
    }

    /// Takes out all tasks of a socket.
    pub(crate) fn take_all(&mut self, number: RawFd, woken: &mut Vec<Waker>) {
        self.take(number, |_| true, woken);
    }

    /// Takes out the tasks whose deadline has passed.
    pub(crate) fn take_expired(&mut self, now: Instant, woken: &mut Vec<Waker>) {
        while let Some((deadline, number)) = self.deadlines.first().copied() {
            if deadline > now {
                return;
            }
            let has_passed = |waiter: &Waiter| waiter.deadline.is_some_and(|end| end <= now);
            self.take(number, has_passed, woken);
            // Gone with its task; but an end must not depend on that.
            self.deadlines.remove(&(deadline, number));
        }
    }

    fn take(&mut self, number: RawFd, is_taken: impl Fn(&Waiter) -> bool, woken: &mut Vec<Waker>) {
        let Some(waiters) = self.sockets.get_mut(&number) else {
            return;
        };
        let taken: Vec<Waiter> = waiters.extract_if(.., |waiter| is_taken(waiter)).collect();
        for waiter in taken {
            self.forget(number, waiter.deadline);
            woken.push(waiter.waker);
        }
    }

    /// Forgets a deadline, unless another task of the same socket has it too.
    fn forget(&mut self, number: RawFd, deadline: Option<Instant>) {
        let Some(deadline) = deadline else { return };
        let waiters = self.sockets.get(&number).map_or(&[][..], Vec::as_slice);
        if !waiters.iter().any(|waiter| waiter.deadline == Some(deadline)) {
            self.deadlines.remove(&(deadline, number));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::task::Wake;

    use super::*;

    const IN: Readiness = Readiness::READABLE;
    const OUT: Readiness = Readiness::WRITABLE;

    struct Task;

    impl Wake for Task {
        fn wake(self: Arc<Self>) {}
    }

    fn task() -> Waker {
        Arc::new(Task).into()
    }

    fn at(milliseconds: u64) -> Option<Instant> {
        Some(Instant::from_millis(milliseconds))
    }

    /// How many tasks of socket 7 this readiness is for.
    fn ready(waiters: &mut Waiters, readiness: Readiness) -> usize {
        let mut woken = Vec::new();
        waiters.take_ready(7, readiness, &mut woken);
        woken.len()
    }

    #[test]
    fn readiness_is_for_those_who_wait_for_it() {
        // readiness, tasks woken of a reader and a writer, interest that is left
        for (readiness, woken, left) in [
            (IN, 1, Some(OUT)),
            (OUT, 1, Some(IN)),
            (IN | OUT, 2, None),
            (Readiness::HANGUP, 2, None),
            (OUT | Readiness::ERROR, 2, None),
            (Readiness::PRIORITY, 0, Some(IN | OUT)),
        ] {
            let mut waiters = Waiters::default();
            waiters.add(7, IN, &task(), at(5));
            waiters.add(7, OUT, &task(), None);
            waiters.add(8, IN, &task(), None);
            assert_eq!(ready(&mut waiters, readiness), woken, "{readiness:?}");
            assert_eq!(waiters.interest(7), left, "{readiness:?}");
            assert_eq!(waiters.interest(8), Some(IN));
        }
    }

    #[test]
    fn a_task_is_noted_once_and_leaves_no_deadline_behind() {
        let (mut waiters, reader, other) = (Waiters::default(), task(), task());
        for milliseconds in 1..1000 {
            waiters.add(7, IN, &reader, at(milliseconds));
        }
        waiters.add(7, IN, &other, at(999));
        assert_eq!(waiters.deadlines.len(), 1);
        assert_eq!(waiters.first_deadline(), at(999));
        waiters.add(7, IN, &reader, at(2000));
        assert_eq!(waiters.first_deadline(), at(999), "the other task still has it");
        assert_eq!(ready(&mut waiters, IN), 2);
        assert_eq!((waiters.first_deadline(), waiters.interest(7)), (None, None));
    }

    #[test]
    fn only_what_has_expired_is_taken() {
        let mut waiters = Waiters::default();
        waiters.add(7, IN, &task(), at(10));
        waiters.add(7, OUT, &task(), at(20));
        waiters.add(NO_SOCKET, Readiness::NONE, &task(), at(10));
        waiters.add(8, IN, &task(), None);
        // now, tasks woken, earliest deadline left
        for (now, woken, first) in [(9, 0, at(10)), (10, 2, at(20)), (30, 1, None), (99, 0, None)] {
            let mut taken = Vec::new();
            waiters.take_expired(Instant::from_millis(now), &mut taken);
            assert_eq!((taken.len(), waiters.first_deadline()), (woken, first), "at {now}");
        }
        assert_eq!((waiters.interest(7), waiters.interest(8)), (None, Some(IN)));
    }
}
