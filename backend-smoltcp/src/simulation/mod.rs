//! Simulated time and links: networks that run in a test, exactly the same each time.
//!
//! A [`Simulation`] is the [`Platform`] of any number of stacks on one thread. Its clock stands
//! still while anybody works. When a call waits it lets everybody else go on: the other stacks, the
//! peers that accompany them, the steps that are due. Only when nobody has anything left to do does
//! the clock jump to whatever comes next, so that an hour costs as much as what happens in it. When
//! nothing comes next, somebody waits for ever: that is reported with the tables of all stacks.
//!
//! ```
//! use berkeley::{AddressFamily, Net, Timeout};
//! use berkeley_smoltcp::simulation::{LinkOptions, Simulation};
//! use berkeley_smoltcp::{Capacity, Cidr, Stack};
//! use core::time::Duration;
//! use std::rc::Rc;
//!
//! # fn main() -> Result<(), berkeley::Error> {
//! let simulation = Simulation::new(1);
//! let (one, two) = simulation.link(LinkOptions::default());
//! let mut nets = Vec::new();
//! for (device, address) in [(one, "192.0.2.1"), (two, "192.0.2.2")] {
//!     let stack = Rc::new(Stack::<_>::new(Capacity::default(), simulation.clone()));
//!     let interface = stack.add_interface(Box::new(device))?;
//!     stack.add_address(interface, Cidr::new(address.parse().unwrap(), 24)?)?;
//!     simulation.join(&stack);
//!     nets.push(Net::new(stack));
//! }
//!
//! let listener = nets[1].stream(AddressFamily::INET)?;
//! listener.bind(("", 7))?;
//! listener.listen(1)?;
//! let client = nets[0].create_connection(("192.0.2.2", 7), None, None)?;
//! let (mut server, _) = listener.accept()?;
//! client.sendall(b"hello")?;
//! let mut buffer = [0; 16];
//! assert_eq!(server.recv(&mut buffer)?, 5);
//!
//! // An hour passes in no time.
//! server.settimeout(Duration::from_secs(3600))?;
//! assert_eq!(server.recv(&mut buffer), Err(berkeley::Error::TIMED_OUT));
//! # Ok(())
//! # }
//! ```

extern crate std;

mod link;
mod threads;

use core::cell::{Cell, RefCell};
use core::fmt::{Display, Write};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::boxed::Box;
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use std::string::String;
use std::sync::Arc;
use std::vec::Vec;

use berkeley::Instant;

pub use link::{LinkEnd, LinkOptions};
pub use threads::ThreadedSimulation;

use crate::device::Random;
use crate::lock::LockFamily;
use crate::{Platform, Stack};

/// A stack as the simulation sees it.
trait Member: Display {
    /// Works off one piece of work, if there is one.
    fn work(&self) -> bool;

    /// When there will be more.
    fn next_event(&self) -> Option<Instant>;
}

impl<P: Platform, L: LockFamily> Member for Stack<'_, P, L> {
    fn work(&self) -> bool {
        // A stack that is in use goes on by itself.
        self.drive(1).unwrap_or(false)
    }

    fn next_event(&self) -> Option<Instant> {
        Stack::next_event(self).unwrap_or(None)
    }
}

/// The clock, which devices look at as well.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    now: AtomicU64,
    kicks: AtomicU32,
}

impl Clock {
    fn now(&self) -> Instant {
        Instant::from_nanos(self.now.load(Ordering::Relaxed))
    }

    fn kick(&self) {
        self.kicks.fetch_add(1, Ordering::Relaxed);
    }

    /// Lets the time pass until then. A time in the past is work that could not be done just now.
    fn jump(&self, time: Instant) {
        self.now.fetch_max(time.as_nanos(), Ordering::Relaxed);
    }
}

/// Something that goes on whenever anybody waits: `true` when it did something, which may let
/// others go on.
type Companion = Box<dyn FnMut() -> bool>;

/// Something that happens once.
type Step = Box<dyn FnOnce()>;

struct World {
    clock: Arc<Clock>,
    random: RefCell<Random>,
    members: RefCell<Vec<Weak<dyn Member>>>,
    wires: RefCell<Vec<Arc<link::Wire>>>,
    companions: RefCell<Vec<Companion>>,
    steps: RefCell<BTreeMap<(Instant, u64), Step>>,
    scheduled: Cell<u64>,
    /// A step or companion is running, which must not wait.
    running: Cell<bool>,
}

/// Virtual time, and everything that happens in it. A clone is the same simulation.
#[derive(Clone)]
pub struct Simulation {
    world: Rc<World>,
}

impl Simulation {
    /// A simulation in which everything that is random follows from the seed.
    pub fn new(seed: u64) -> Simulation {
        let world = World {
            clock: Arc::default(),
            random: RefCell::new(Random::new(seed)),
            members: RefCell::default(),
            wires: RefCell::default(),
            companions: RefCell::default(),
            steps: RefCell::default(),
            scheduled: Cell::default(),
            running: Cell::default(),
        };
        Simulation { world: Rc::new(world) }
    }

    /// The clock by itself: what a [`FaultInjector`](crate::device::FaultInjector) asks for the time.
    pub fn clock(&self) -> impl Fn() -> Instant + Clone + Send + Sync + use<> {
        let clock = Arc::clone(&self.world.clock);
        move || clock.now()
    }

    /// Lets a stack go on while others wait. It is left out again when it is dropped.
    pub fn join<P: Platform + 'static, L: LockFamily + 'static>(
        &self,
        stack: &Rc<Stack<'static, P, L>>,
    ) {
        let stack: Rc<dyn Member> = Rc::clone(stack) as Rc<dyn Member>;
        self.world.members.borrow_mut().push(Rc::downgrade(&stack));
    }

    /// The two ends of a new link.
    pub fn link(&self, options: LinkOptions) -> (LinkEnd, LinkEnd) {
        let seed = self.world.random.borrow_mut().next();
        let wire = Arc::new(link::Wire::new(options, seed, Arc::clone(&self.world.clock)));
        self.world.wires.borrow_mut().push(Arc::clone(&wire));
        LinkEnd::pair(wire)
    }

    /// Runs a step at this time, from inside whatever waits then. It must not wait itself.
    pub fn at(&self, time: Instant, step: impl FnOnce() + 'static) {
        let number = self.world.scheduled.get();
        self.world.scheduled.set(number + 1);
        self.world.steps.borrow_mut().insert((time, number), Box::new(step));
        self.world.clock.kick();
    }

    /// Lets something go on whenever anybody waits. It says whether it did anything, and must not
    /// wait itself.
    pub fn accompany(&self, companion: impl FnMut() -> bool + 'static) {
        self.world.companions.borrow_mut().push(Box::new(companion));
        self.world.clock.kick();
    }

    /// Forgets the steps that are to come, and the companions.
    pub fn dismiss(&self) {
        self.world.steps.borrow_mut().clear();
        self.world.companions.borrow_mut().clear();
    }

    /// Lets everybody go on, without anybody waiting, until nobody has anything to do at this time.
    pub fn settle(&self) {
        while self.work() {}
    }

    /// One round in which everybody may do something; false when nobody did.
    fn work(&self) -> bool {
        let members: Vec<_> =
            self.world.members.borrow().iter().filter_map(Weak::upgrade).collect();
        let mut worked = false;
        for member in &members {
            worked |= member.work();
        }
        worked || self.run_due_step() || self.run_companions()
    }

    fn run_due_step(&self) -> bool {
        let now = self.world.clock.now();
        let mut steps = self.world.steps.borrow_mut();
        let Some(first) = steps.first_entry().filter(|first| first.key().0 <= now) else {
            return false;
        };
        let step = first.remove();
        drop(steps);
        self.guarded(step);
        true
    }

    fn run_companions(&self) -> bool {
        // Taken out while they run, so that one can call for another.
        let mut companions = core::mem::take(&mut *self.world.companions.borrow_mut());
        let mut worked = false;
        for companion in &mut companions {
            self.guarded(|| worked |= companion());
        }
        let mut kept = self.world.companions.borrow_mut();
        companions.append(&mut kept);
        *kept = companions;
        worked
    }

    fn guarded(&self, action: impl FnOnce()) {
        self.world.running.set(true);
        action();
        self.world.running.set(false);
    }

    /// When something will happen by itself.
    fn next_event(&self) -> Option<Instant> {
        let world = &self.world;
        let members = world.members.borrow();
        let members = members.iter().filter_map(Weak::upgrade).filter_map(|m| m.next_event());
        let wires = world.wires.borrow();
        let wires = wires.iter().filter_map(|wire| wire.next_delivery());
        let step = world.steps.borrow().first_key_value().map(|((time, _), _)| *time);
        members.chain(wires).chain(step).min()
    }

    /// The tables of all stacks.
    fn report(&self) -> String {
        let mut report = String::new();
        let members = self.world.members.borrow();
        for (number, member) in members.iter().filter_map(Weak::upgrade).enumerate() {
            let _ = writeln!(report, "stack {number}:\n{member}");
        }
        report
    }
}

impl Platform for Simulation {
    fn now(&self) -> Instant {
        self.world.clock.now()
    }

    fn seq(&self) -> u32 {
        self.world.clock.kicks.load(Ordering::Relaxed)
    }

    /// # Panics
    ///
    /// When nothing will ever happen again, with the tables of all stacks; and when a step waits.
    fn park(&self, seen: u32, until: Option<Instant>) {
        assert!(!self.world.running.get(), "a step of the simulation waits:\n{}", self.report());
        if self.seq() != seen || self.work() {
            return;
        }
        let now = self.now();
        let next = match (self.next_event(), until) {
            (Some(event), Some(until)) => event.min(until),
            (Some(time), None) | (None, Some(time)) => time,
            (None, None) => {
                panic!("at {now:?} everybody waits, and nothing is to come:\n{}", self.report())
            }
        };
        self.world.clock.jump(next);
    }

    fn kick(&self) {
        self.world.clock.kick();
    }

    fn entropy(&self, bytes: &mut [u8]) {
        let mut random = self.world.random.borrow_mut();
        for byte in bytes {
            *byte = random.next() as u8;
        }
    }
}
