//! The machine below a stack whose network is the fuzzer: a clock that moves when somebody waits,
//! and a wire that is two queues.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use berkeley::Instant;
use berkeley_smoltcp::device::{Device, Medium};
use berkeley_smoltcp::{HardwareAddress, Platform, Stack};

use crate::random::Random;

/// The hardware address of the stack.
pub const OWN: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 1]);

/// The longest packet on the wire.
pub const MTU: usize = 1500;

/// So many pieces of work may be done, or parks happen, before something else does: more is a
/// defect, work that never ends.
const PATIENCE: usize = 20_000;

/// A clock and a count of kicks.
#[derive(Clone)]
pub struct Machine(Rc<State>);

struct State {
    now: Cell<Instant>,
    kicks: Cell<u32>,
    parks: Cell<usize>,
    seed: u64,
}

impl Machine {
    /// A machine whose entropy follows from the seed.
    #[must_use]
    pub fn new(seed: u64) -> Machine {
        let now = Cell::new(Instant::from_millis(1000));
        Machine(Rc::new(State { now, kicks: Cell::new(0), parks: Cell::new(0), seed }))
    }

    /// A call begins that may park anew.
    pub fn rested(&self) {
        self.0.parks.set(0);
    }
}

impl Platform for Machine {
    fn now(&self) -> Instant {
        self.0.now.get()
    }

    fn seq(&self) -> u32 {
        self.0.kicks.get()
    }

    /// # Panics
    ///
    /// When nothing ends the wait, or it is too often that nothing comes of it.
    fn park(&self, seen: u32, until: Option<Instant>) {
        if self.seq() != seen {
            return;
        }
        let parks = self.0.parks.get() + 1;
        self.0.parks.set(parks);
        assert!(parks < PATIENCE, "a wait never ends");
        let until = until.expect("somebody waits for ever");
        self.0.now.set(until.max(self.now()));
    }

    fn kick(&self) {
        self.0.kicks.set(self.seq().wrapping_add(1));
    }

    fn entropy(&self, bytes: &mut [u8]) {
        let mut random = Random::new(self.0.seed);
        bytes.fill_with(|| random.word().to_be_bytes()[0]);
    }
}

/// Works off everything that is to be done now.
///
/// # Panics
///
/// When that never ends.
pub fn settle(stack: &Stack<'_, Machine>) {
    for _ in 0..PATIENCE {
        if !stack.drive(1).expect("not from inside the stack") {
            return;
        }
    }
    panic!("the stack never comes to rest:\n{stack}");
}

/// Lets time pass.
///
/// # Panics
///
/// When it does not: the stack has work that it does not do, or never stops having some.
pub fn pass(stack: &Stack<'_, Machine>, duration: Duration) {
    let clock = &stack.platform().0.now;
    let target = clock.get() + duration;
    for _ in 0..PATIENCE {
        settle(stack);
        let now = clock.get();
        let next = stack.next_event().expect("not from inside the stack");
        match next.filter(|next| *next <= target) {
            Some(next) => {
                assert!(next > now, "work at {next:?} that is not done at {now:?}:\n{stack}");
                clock.set(next);
            }
            None if now == target => return,
            None => clock.set(target),
        }
    }
    panic!("too much happens in {duration:?}:\n{stack}");
}

#[derive(Default)]
struct Queues {
    incoming: VecDeque<Vec<u8>>,
    outgoing: Vec<Vec<u8>>,
    /// So many more frames find no room.
    full_for: u32,
}

/// The fuzzer's end of the wire.
#[derive(Clone, Default)]
pub struct Wire(Arc<Mutex<Queues>>);

impl Wire {
    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a frame into the device; the stack has not looked at it yet.
    pub fn stage(&self, frame: Vec<u8>) {
        self.queues().incoming.push_back(frame);
    }

    /// What the stack has sent.
    #[must_use]
    pub fn take(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.queues().outgoing)
    }

    /// The device has no room for so many frames.
    pub fn refuse(&self, count: u32) {
        self.queues().full_for = count;
    }
}

/// The stack's end of it.
pub struct Port {
    /// The other end.
    pub wire: Wire,
    /// What it carries.
    pub medium: Medium,
}

impl Device for Port {
    fn medium(&self) -> Medium {
        self.medium
    }

    fn mtu(&self) -> usize {
        MTU
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        let frame = self.wire.queues().incoming.pop_front();
        frame.map(|mut frame| consume(&mut frame)).is_some()
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let mut queues = self.wire.queues();
        if let Some(left) = queues.full_for.checked_sub(1) {
            queues.full_for = left;
            return false;
        }
        let mut frame = vec![0; MTU + 14];
        let length = fill(&mut frame);
        frame.truncate(length);
        if length > 0 {
            queues.outgoing.push(frame);
        }
        true
    }
}
