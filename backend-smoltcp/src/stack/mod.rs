//! The stack: tables behind a lock, driven by whoever calls.
//!
//! A verb takes the lock, acts, and gives it back; then it works off what it has caused, one step per
//! lock hold. A call that waits does the same until its sockets are ready and sleeps in the
//! [`Platform`] when there is nothing to do. Any number of threads may do so at once: each kick wakes
//! all of them, and each looks for itself.

mod arrival;
#[cfg(tcp)]
mod connect;
#[cfg_attr(not(tcp), path = "no_connections.rs")]
mod connections;
#[cfg(tcp)]
mod consequences;
#[cfg(tcp)]
mod cookies;
#[cfg(datagrams)]
mod datagram_facts;
#[cfg(datagrams)]
mod datagram_output;
#[cfg_attr(not(datagrams), path = "no_datagrams.rs")]
mod datagrams;
mod destinations;
#[cfg_attr(not(feature = "dhcp"), path = "no_dhcp.rs")]
mod dhcp;
mod drive;
#[cfg(multicast)]
mod group_options;
#[cfg(multicast)]
mod group_reports;
mod icmp;
mod interfaces;
mod link;
#[cfg_attr(not(multicast), path = "no_multicast.rs")]
mod multicast;
mod names;
mod neighbours;
mod option_facts;
#[cfg(tcp)]
mod output;
#[cfg_attr(not(packet), path = "no_packet.rs")]
mod packet;
#[cfg(raw)]
mod ping;
#[cfg(tcp)]
mod plain;
mod ports;
#[cfg_attr(not(raw), path = "no_raw.rs")]
mod raw;
mod readiness;
mod refusals;
mod reply;
mod report;
#[cfg_attr(not(dns), path = "no_resolver.rs")]
mod resolver;
#[cfg(tcp)]
mod segments;
mod sharing;
#[cfg(tcp)]
mod sizes;
#[cfg_attr(not(feature = "slaac"), path = "no_slaac.rs")]
mod slaac;
mod state;
mod statistics;
#[cfg(tcp)]
mod stream_facts;
#[cfg(tcp)]
mod stream_ports;
#[cfg(tcp)]
mod streams;
mod tables;
mod task;
#[cfg(tcp)]
mod time_wait;
mod traffic;
#[cfg_attr(not(udp), path = "no_udp.rs")]
mod udp;
#[cfg_attr(not(feature = "unix"), path = "no_unix.rs")]
mod unix;
mod verbs;
mod waiters;
mod ways;

use berkeley::{Error, Instant, PollEntry, Readiness};

#[cfg(feature = "dhcp")]
pub(crate) use dhcp::DhcpClient;
pub use interfaces::InterfaceIndex;
pub use link::DeviceOf;
pub(crate) use link::Link;
pub use statistics::{Drops, PoolUsage, Usage};
pub(crate) use statistics::{Gauge, count};
pub use tables::{Interface, InterfaceAddress, NeighbourEntry, RouteEntry};
pub use task::AsyncPlatform;
pub use traffic::{ProtocolCounts, Traffic};
pub(crate) use waiters::Waiter;

use crate::descriptor::Handle;
use crate::lock::{Lock, LockFamily, SingleThread};
use crate::memory::Resources;
use crate::platform::Platform;
use crate::secret::Secret;
use state::{Inner, State};

/// How many steps a verb works off before it returns, and a wait after its deadline: what was caused
/// or has arrived, not all that a flood brings.
const STEPS_PER_VERB: usize = 64;

/// A userspace TCP/IP stack: a [`Backend`](berkeley::Backend).
///
/// `P` is the machine, `L` the kind of lock. Memory comes from a [`Memory`](crate::Memory), or from
/// the heap with the feature `alloc`; see [`Resources`].
pub struct Stack<'a, P: Platform, L: LockFamily = SingleThread> {
    inner: L::Lock<Inner<'a>>,
    platform: P,
}

/// What has to be done after the lock was given back.
struct Afterwards {
    kick: bool,
    fired: bool,
}

impl<'a, P: Platform, L: LockFamily> Stack<'a, P, L> {
    /// A stack over this memory, without interfaces.
    pub fn new(resources: impl Into<Resources<'a>>, platform: P) -> Stack<'a, P, L> {
        let resources = resources.into();
        let mut key = [0; 16];
        platform.entropy(&mut key);
        let inner = Inner::new(resources, Secret::new(key));
        Stack { inner: L::Lock::new(inner), platform }
    }

    /// The machine below.
    pub fn platform(&self) -> &P {
        &self.platform
    }

    /// Works off up to `most` pieces of work, a frame, a segment or a timer each, and says whether
    /// there was any. For a thread, a task or a main loop that drives the stack beside the calls
    /// that wait.
    ///
    /// # Errors
    ///
    /// [`Error::REENTERED`] when called from inside the stack.
    pub fn drive(&self, most: usize) -> Result<bool, Error> {
        for done in 0..most {
            if !self.step()? {
                return Ok(done > 0);
            }
        }
        Ok(most > 0)
    }

    /// When the stack has something to do even if nothing happens: in the past for "now", `None`
    /// for never.
    ///
    /// # Errors
    ///
    /// [`Error::REENTERED`] when called from inside the stack.
    pub fn next_event(&self) -> Result<Option<Instant>, Error> {
        self.inner.with(|inner| inner.next_event())
    }

    /// Drives the stack, sleeping while there is nothing to do, until `stop` says so. For a thread
    /// that does nothing else, beside calls that do not wait, or wait elsewhere.
    ///
    /// `stop` is asked after each piece of work and each kick: whoever changes its answer calls
    /// [`Platform::kick`]. It is asked from inside the stack, and must not call it.
    ///
    /// # Errors
    ///
    /// [`Error::REENTERED`] when called from inside the stack.
    pub fn pump(&self, mut stop: impl FnMut() -> bool) -> Result<(), Error> {
        self.wait_until(None, &mut |_| stop()).map(|_| ())
    }

    /// Drives the stack until all connections whose sockets are closed have delivered what was sent,
    /// and leases that are given back are, or for this long: for a program that is about to end, since nobody delivers afterwards. Says
    /// whether everything was delivered.
    ///
    /// # Errors
    ///
    /// [`Error::REENTERED`] when called from inside the stack.
    pub fn finish(&self, patience: core::time::Duration) -> Result<bool, Error> {
        let deadline = self.platform.now().checked_add(patience);
        self.wait_until(deadline, &mut |state| state.is_delivered() && !state.dhcp_releases())
    }

    /// Sets the longest that a call sleeps at a time, for programs that have to feed a watchdog: the
    /// call returns from [`Platform::park`], works off what there is, and parks again. Nobody else
    /// notices; a wait still ends at its deadline, and not before. `None`, which it is at first, is
    /// no limit.
    ///
    /// # Errors
    ///
    /// [`Error::REENTERED`] when called from inside the stack.
    pub fn set_max_park(&self, most: Option<core::time::Duration>) -> Result<(), Error> {
        self.ask(|inner| inner.state.max_park = most)
    }

    fn step(&self) -> Result<bool, Error> {
        let now = self.platform.now();
        let (worked, tells) = self.inner.with(|inner| (inner.step(now), inner.tells()))?;
        if tells {
            self.tell()?;
        }
        Ok(worked)
    }

    /// Runs a verb, and works off what it has caused.
    fn act<R>(
        &self,
        verb: impl FnOnce(&mut Inner<'a>, Instant) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let now = self.platform.now();
        let mut outcome = Err(Error::REENTERED);
        let (busy, tells) = self.inner.with(|inner| {
            outcome = verb(inner, now);
            let busy = inner.is_busy(now);
            (busy, !busy && inner.tells())
        })?;
        if busy || tells {
            self.work_off(busy, now)?;
        }
        outcome
    }

    /// Works off what a verb has caused, one step per lock hold. Whoever sleeps is woken when all is
    /// done: not for what is about to be done here.
    #[inline(never)] // most verbs cause nothing
    fn work_off(&self, mut busy: bool, now: Instant) -> Result<(), Error> {
        let mut left = STEPS_PER_VERB;
        loop {
            let done = self.inner.with(|inner| {
                if busy {
                    left -= 1;
                    inner.step(now);
                    busy = left > 0 && inner.is_busy(now);
                }
                (!busy).then(|| inner.afterwards())
            })?;
            if let Some(afterwards) = done {
                return self.follow_up(afterwards);
            }
        }
    }

    /// Runs a verb that may find nothing; then looks at what has arrived and tries once more.
    fn attempt<R>(
        &self,
        mut verb: impl FnMut(&mut Inner<'a>, Instant) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let mut looked = false;
        loop {
            match self.act(&mut verb) {
                Err(error) if !looked && error.kind() == berkeley::ErrorKind::WouldBlock => {
                    looked = true;
                    if !self.drive(STEPS_PER_VERB)? {
                        return Err(error);
                    }
                }
                outcome => return outcome,
            }
        }
    }

    /// Runs a verb that sends nothing and wakes nobody: there is nothing to work off afterwards.
    fn ask<R>(&self, question: impl FnOnce(&mut Inner<'a>) -> R) -> Result<R, Error> {
        self.inner.with(question)
    }

    /// Wakes whoever is to be woken.
    #[inline(never)] // mostly nobody sleeps
    fn tell(&self) -> Result<(), Error> {
        let afterwards = self.inner.with(|inner| inner.afterwards())?;
        self.follow_up(afterwards)
    }

    fn follow_up(&self, afterwards: Afterwards) -> Result<(), Error> {
        if afterwards.kick {
            self.platform.kick();
        }
        if afterwards.fired {
            while let Some(waker) = self.inner.with(|inner| inner.state.waiters.take_fired())? {
                waker.wake();
            }
        }
        Ok(())
    }

    /// Waits until `is_over` says so, or until the deadline: then the answer is false.
    fn wait_until(
        &self,
        deadline: Option<Instant>,
        is_over: &mut dyn FnMut(&mut State<'a>) -> bool,
    ) -> Result<bool, Error> {
        let mut parked = None;
        // What has arrived before the deadline counts, also when it has passed already: but a flood
        // must not hold the caller up.
        let mut left = STEPS_PER_VERB;
        loop {
            match self.turn(&mut parked, deadline, &mut left, is_over)? {
                Turn::Over => return Ok(true),
                Turn::Expired => return Ok(false),
                Turn::Again => {}
                Turn::Park { seen, until } => self.platform.park(seen, until),
            }
        }
    }

    /// One turn of a wait: a step, and a look at what it has brought. `parked` is until when the
    /// caller sleeps, if it does; `left` how many more steps it may do after its deadline.
    fn turn(
        &self,
        parked: &mut Option<Option<Instant>>,
        deadline: Option<Instant>,
        left: &mut usize,
        is_over: &mut dyn FnMut(&mut State<'a>) -> bool,
    ) -> Result<Turn, Error> {
        let seen = self.platform.seq();
        let now = self.platform.now();
        let (turn, afterwards) = self.inner.with(|inner| {
            inner.unpark(parked.take());
            let worked = inner.step(now);
            let expired = deadline.is_some_and(|deadline| deadline <= now);
            *left -= usize::from(expired);
            let turn = if is_over(&mut inner.state) {
                Turn::Over
            } else if expired && (!worked || *left == 0) {
                Turn::Expired
            } else if worked {
                Turn::Again
            } else {
                let ceiling = inner.state.max_park.and_then(|most| now.checked_add(most));
                let until = earliest(earliest(deadline, inner.next_event()), ceiling);
                inner.park(until);
                *parked = Some(until);
                Turn::Park { seen, until }
            };
            (turn, inner.afterwards())
        })?;
        self.follow_up(afterwards)?;
        Ok(turn)
    }
}

/// What a turn of a wait came to.
enum Turn {
    Over,
    /// There was work: there may be more.
    Again,
    Expired,
    /// There is nothing to do until this time, or until the count of kicks moves.
    Park {
        seen: u32,
        until: Option<Instant>,
    },
}

impl Inner<'_> {
    /// Whether somebody is to be woken: see [`Inner::afterwards`].
    fn tells(&mut self) -> bool {
        self.state.wake_watchers();
        let asleep = self.state.parked > self.state.kicked;
        (asleep && self.has_to_kick()) || self.state.waiters.has_fired()
    }

    /// Whether there is news for those that sleep, or they would wake too late.
    fn has_to_kick(&self) -> bool {
        self.state.news || later(self.state.parked_until, self.next_event())
    }

    /// What has to be done now that something may have changed: others that sleep are woken when
    /// there is news for them, or when they would wake too late.
    fn afterwards(&mut self) -> Afterwards {
        self.state.wake_watchers();
        let asleep = self.state.parked > self.state.kicked;
        let kick = asleep && self.has_to_kick();
        self.state.news = false;
        if kick {
            self.state.kicked = self.state.parked; // once is enough
        }
        Afterwards { kick, fired: self.state.waiters.has_fired() }
    }

    /// A call is about to sleep until this time.
    fn park(&mut self, until: Option<Instant>) {
        let first = self.state.parked == self.state.kicked;
        self.state.news &= !first; // this call has looked, and whoever was kicked will
        self.state.parked_until =
            if first { until } else { earliest(self.state.parked_until, until) };
        self.state.parked += 1;
    }

    /// A call that slept until this time at most, if it did, is awake.
    fn unpark(&mut self, until: Option<Option<Instant>>) {
        let Some(until) = until else { return };
        self.state.parked -= 1; // each call counts itself up before, in `park`
        // Whether it was one of those is not known: better to wake the others once too often.
        self.state.kicked = self.state.kicked.saturating_sub(1);
        if until == self.state.parked_until {
            // Nor who of the others wakes first.
            self.state.parked_until = None;
        }
    }
}

impl<'a> State<'a> {
    /// Notes for each entry what it is ready for, and counts those that are.
    fn look_at(&self, entries: &mut [PollEntry<'_, Handle>]) -> usize {
        let always = Readiness::ERROR | Readiness::HANGUP | Readiness::INVALID;
        let mut count = 0;
        for entry in entries {
            let all = match self.descriptors.resolve(entry.handle) {
                Ok(index) => self.readiness(index),
                Err(_) => Readiness::INVALID,
            };
            entry.ready = all & (entry.interest | always);
            count += usize::from(!entry.ready.is_empty());
        }
        count
    }
}

/// The earlier of two times, where `None` is never.
fn earliest(first: Option<Instant>, second: Option<Instant>) -> Option<Instant> {
    match (first, second) {
        (Some(first), Some(second)) => Some(first.min(second)),
        (first, second) => first.or(second),
    }
}

/// Whether the first time is later than the second, where `None` is never.
fn later(first: Option<Instant>, second: Option<Instant>) -> bool {
    match (first, second) {
        (Some(first), Some(second)) => first > second,
        (None, Some(_)) => true,
        (_, None) => false,
    }
}

#[cfg(test)]
#[cfg(feature = "std")]
mod tests;
