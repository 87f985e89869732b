//! Simulated time for threads: exactly one of them runs, and the seed says which.
//!
//! A [`ThreadedSimulation`] is the platform of stacks that threads share. Its threads hand on a
//! *baton*, and only who has it runs. Whoever calls the platform, which happens between any two of a
//! stack's steps and never under its lock, may have to hand it on; whoever parks always does, and
//! gets it back when there is news or his time has come. Who is next follows from the seed, so that
//! the same seed gives the same run, and another one another order. The clock jumps when everybody
//! is parked and no stack has anything left to do. When nothing will ever happen again, all who wait
//! panic with the tables of all stacks.
//!
//! ```
//! use berkeley::{AddressFamily, Net};
//! use berkeley_smoltcp::device::Loopback;
//! use berkeley_smoltcp::lock::Threads;
//! use berkeley_smoltcp::simulation::ThreadedSimulation;
//! use berkeley_smoltcp::{Capacity, Stack};
//! use std::sync::Arc;
//!
//! # fn main() -> Result<(), berkeley::Error> {
//! let simulation = ThreadedSimulation::new(1);
//! let stack = Arc::new(Stack::<_, Threads>::new(Capacity::default(), simulation.clone()));
//! stack.add_interface(Box::new(Loopback::new(vec![0; 1 << 18], 65_535)))?;
//! simulation.join(&stack);
//! let net = Net::new(stack);
//! let listener = net.stream(AddressFamily::INET)?;
//! listener.bind(("127.0.0.1", 7))?;
//! listener.listen(1)?;
//! simulation.together(vec![
//!     Box::new(|| listener.accept()?.0.sendall(b"hello").map_err(Into::into)),
//!     Box::new(|| {
//!         let client = net.create_connection(("127.0.0.1", 7), None, None)?;
//!         client.recv(&mut [0; 16]).map(|count| assert_eq!(count, 5))
//!     }),
//! ]).into_iter().collect::<Result<(), berkeley::Error>>()
//! # }
//! ```

use std::format;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, Thread, ThreadId};
use std::vec::Vec;

use super::*;

/// How often a thread that could go on has to hand the baton on: once in so many calls.
const ONE_IN: u64 = 8;

/// Virtual time for threads, and everything that happens in it. A clone is the same simulation.
#[derive(Clone)]
pub struct ThreadedSimulation {
    world: Arc<SharedWorld>,
}

struct SharedWorld {
    clock: Arc<Clock>,
    members: Mutex<Vec<Weak<dyn Member + Send + Sync>>>,
    wires: Mutex<Vec<Arc<link::Wire>>>,
    turns: Mutex<Turns>,
}

/// Whose turn it is.
struct Turns {
    random: Random,
    /// Those who hand on the baton. There are none when only one thread is there.
    threads: Vec<Participant>,
    /// Who has it, by its place.
    holder: Option<usize>,
    /// The holder lets the stacks go on and must not hand on.
    occupied: bool,
    /// Why nothing will ever happen again.
    end: Option<String>,
}

struct Participant {
    thread: Thread,
    wants: Wants,
}

/// What a thread needs to go on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    /// Nothing but the baton.
    Baton,
    /// Another count of kicks, or this time.
    News { seen: u32, until: Option<Instant> },
    /// That nobody else can go on at this time.
    Silence,
    /// Nothing: it has ended.
    Nothing,
}

impl ThreadedSimulation {
    /// A simulation in which everything that is random follows from the seed: also which thread
    /// goes on.
    pub fn new(seed: u64) -> ThreadedSimulation {
        let turns = Turns {
            random: Random::new(seed),
            threads: Vec::new(),
            holder: None,
            occupied: false,
            end: None,
        };
        let world = SharedWorld {
            clock: Arc::default(),
            members: Mutex::default(),
            wires: Mutex::default(),
            turns: Mutex::new(turns),
        };
        ThreadedSimulation { world: Arc::new(world) }
    }

    /// Lets a stack go on while others wait. It is left out again when it is dropped.
    pub fn join<P: Platform + 'static, L: LockFamily + 'static>(
        &self,
        stack: &Arc<Stack<'static, P, L>>,
    ) where
        Stack<'static, P, L>: Send + Sync,
    {
        let stack: Arc<dyn Member + Send + Sync> = Arc::clone(stack) as _;
        locked(&self.world.members).push(Arc::downgrade(&stack));
    }

    /// The two ends of a new link.
    pub fn link(&self, options: LinkOptions) -> (LinkEnd, LinkEnd) {
        let seed = self.turns().random.next();
        let wire = Arc::new(link::Wire::new(options, seed, Arc::clone(&self.world.clock)));
        locked(&self.world.wires).push(Arc::clone(&wire));
        LinkEnd::pair(wire)
    }

    /// Runs each of these on a thread of its own, one at a time, until all have ended; says what
    /// they came to. None of them may call this.
    ///
    /// # Panics
    ///
    /// When one of them did, and when they wait for each other for ever.
    pub fn together<'a, T: Send>(
        &self,
        actions: Vec<Box<dyn FnOnce() -> T + Send + 'a>>,
    ) -> Vec<T> {
        let outcomes = thread::scope(|scope| {
            let threads: Vec<_> = (0..)
                .zip(actions)
                .map(|(place, action)| {
                    scope.spawn(move || {
                        drop(self.await_turn(self.turns(), place));
                        let _ended = Ends { simulation: self, place };
                        action()
                    })
                })
                .collect();
            let mut turns = self.turns();
            turns.threads = threads
                .iter()
                .map(|thread| Participant { thread: thread.thread().clone(), wants: Wants::Baton })
                .collect();
            drop(self.hand_on(turns));
            threads.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
        });
        self.turns().threads.clear();
        outcomes
            .into_iter()
            .map(|outcome| outcome.unwrap_or_else(|why| resume_unwind(why)))
            .collect()
    }

    /// Waits until no other thread can go on at this time: each has ended or waits. Says whether one
    /// waits.
    pub fn until_others_wait(&self) -> bool {
        let turns = self.turns();
        let Some(own) = turns.own() else { return false };
        let turns = self.give_up_turn(turns, own, Wants::Silence);
        turns.threads.iter().any(|thread| matches!(thread.wants, Wants::News { .. }))
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        locked(&self.world.turns)
    }

    /// Hands the baton on, now and then, though the caller could go on.
    fn offer_turn(&self) {
        let mut turns = self.turns();
        let stays = turns.occupied || turns.threads.is_empty();
        if stays || !turns.random.next().is_multiple_of(ONE_IN) {
            return;
        }
        if let Some(own) = turns.own() {
            drop(self.give_up_turn(turns, own, Wants::Baton));
        }
    }

    /// Hands the baton on, and waits for it.
    fn give_up_turn<'a>(
        &'a self,
        mut turns: MutexGuard<'a, Turns>,
        own: usize,
        wants: Wants,
    ) -> MutexGuard<'a, Turns> {
        turns.threads[own].wants = wants;
        let turns = self.hand_on(turns);
        let mut turns = self.await_turn(turns, own);
        turns.threads[own].wants = Wants::Baton;
        turns
    }

    /// Waits for the baton.
    ///
    /// # Panics
    ///
    /// When it will never come.
    fn await_turn<'a>(
        &'a self,
        mut turns: MutexGuard<'a, Turns>,
        own: usize,
    ) -> MutexGuard<'a, Turns> {
        while turns.holder != Some(own) {
            if let Some(end) = turns.end.clone() {
                drop(turns);
                panic!("{end}");
            }
            drop(turns);
            thread::park();
            turns = self.turns();
        }
        turns
    }

    /// Gives the baton to somebody who can go on, and lets the stacks and the time go on until there
    /// is somebody.
    fn hand_on<'a>(&'a self, mut turns: MutexGuard<'a, Turns>) -> MutexGuard<'a, Turns> {
        turns.holder = None;
        while turns.threads.iter().any(|thread| thread.wants != Wants::Nothing) {
            let (now, kicks) = (self.world.clock.now(), self.kicks());
            let ready = |wants| match wants {
                Wants::Baton => true,
                Wants::News { seen, until } => seen != kicks || until.is_some_and(|t| t <= now),
                Wants::Silence | Wants::Nothing => false,
            };
            turns.holder = turns.choose(ready);
            if turns.holder.is_none() {
                turns.occupied = true;
                drop(turns);
                let worked = self.work();
                turns = self.turns();
                turns.occupied = false;
                if worked {
                    continue;
                }
                turns.holder = turns.choose(|wants| wants == Wants::Silence);
            }
            if let Some(holder) = turns.holder {
                turns.threads[holder].thread.unpark();
                return turns;
            }
            let until = turns.threads.iter().filter_map(|thread| match thread.wants {
                Wants::News { until, .. } => until,
                _ => None,
            });
            match until.chain(self.next_event()).min() {
                Some(time) => self.world.clock.jump(time),
                None => {
                    turns.end = Some(self.report());
                    turns.threads.iter().for_each(|thread| thread.thread.unpark());
                    break;
                }
            }
        }
        turns
    }

    /// One round in which every stack may do something; false when none did.
    fn work(&self) -> bool {
        let mut worked = false;
        for member in self.members() {
            worked |= member.work();
        }
        worked
    }

    fn members(&self) -> Vec<Arc<dyn Member + Send + Sync>> {
        locked(&self.world.members).iter().filter_map(Weak::upgrade).collect()
    }

    /// When something will happen by itself.
    fn next_event(&self) -> Option<Instant> {
        let members = self.members();
        let members = members.iter().filter_map(|member| member.next_event());
        let wires = locked(&self.world.wires);
        members.chain(wires.iter().filter_map(|wire| wire.next_delivery())).min()
    }

    fn kicks(&self) -> u32 {
        self.world.clock.kicks.load(Ordering::Relaxed)
    }

    /// Why nothing goes on, with the tables of all stacks.
    fn report(&self) -> String {
        let now = self.world.clock.now();
        let mut report = format!("at {now:?} everybody waits, and nothing is to come:\n");
        for (number, member) in self.members().iter().enumerate() {
            let _ = writeln!(report, "stack {number}:\n{member}");
        }
        report
    }
}

impl Turns {
    /// The place of this thread.
    fn own(&self) -> Option<usize> {
        let id: ThreadId = thread::current().id();
        self.threads.iter().position(|participant| participant.thread.id() == id)
    }

    /// One of those whose wants are met.
    fn choose(&mut self, met: impl Fn(Wants) -> bool) -> Option<usize> {
        let places = self.threads.iter().enumerate().filter(|(_, thread)| met(thread.wants));
        let places: Vec<usize> = places.map(|(place, _)| place).collect();
        let count = places.len() as u64;
        (count > 0).then(|| places[(self.random.next() % count) as usize])
    }
}

/// Hands the baton on when its thread ends, also by a panic.
struct Ends<'a> {
    simulation: &'a ThreadedSimulation,
    place: usize,
}

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        let mut turns = self.simulation.turns();
        turns.threads[self.place].wants = Wants::Nothing;
        drop(self.simulation.hand_on(turns));
    }
}

impl Platform for ThreadedSimulation {
    fn now(&self) -> Instant {
        self.offer_turn();
        self.world.clock.now()
    }

    fn seq(&self) -> u32 {
        self.offer_turn();
        self.kicks()
    }

    /// # Panics
    ///
    /// When nothing will ever happen again, with the tables of all stacks.
    fn park(&self, seen: u32, until: Option<Instant>) {
        let turns = self.turns();
        if let Some(own) = turns.own() {
            drop(self.give_up_turn(turns, own, Wants::News { seen, until }));
            return;
        }
        drop(turns);
        if self.kicks() != seen || self.work() {
            return;
        }
        match self.next_event().into_iter().chain(until).min() {
            Some(time) => self.world.clock.jump(time),
            None => panic!("{}", self.report()),
        }
    }

    fn kick(&self) {
        self.world.clock.kick();
        self.offer_turn();
    }

    fn entropy(&self, bytes: &mut [u8]) {
        let mut turns = self.turns();
        for byte in bytes {
            *byte = turns.random.next() as u8;
        }
    }
}

/// A panic of a thread says nothing about the tables here.
fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
