//! What goes on while the case waits: both stacks, the steps that are due, the peers of transfers.
//!
//! It is the platform of both stacks. Whichever of them waits parks here, with no lock held, and
//! lets everybody else go on; only when nobody has anything left to do does the board sleep until
//! something comes. That is what the labs in virtual time do, with room for a fixed number of steps
//! and peers, and on the board's own clock.

use core::cell::{Cell, RefCell};
use core::fmt::Write;
use core::time::Duration;

use berkeley::{Instant, PollEntry, Readiness, Timeout};
use berkeley_board::{Board, Console, exit, exit_code};
use berkeley_conformance::failure::{Failure, Outcome};
use berkeley_conformance::lab::{End, Step};
use berkeley_conformance::peer::{Peer, Progress};
use berkeley_smoltcp::Platform;
use berkeley_smoltcp::device::Random;
use heapless::Vec;

use crate::lab::{BETWEEN_LOOKS, BoardLab, DEADLINE, LabFar, LabStack};
use crate::sizes::{PEERS, PRINTS_TABLES};

/// How many steps there may be, done and to come.
const STEPS: usize = 16;

/// A peer, and what it waits for.
type Companion = (Peer<LabFar>, Readiness);

/// The board with all that happens on it.
pub(crate) struct World {
    board: Board,
    random: RefCell<Random>,
    stacks: Cell<[Option<&'static LabStack>; 2]>,
    steps: RefCell<Vec<(Instant, Step<BoardLab>), STEPS>>,
    peers: RefCell<Vec<Companion, PEERS>>,
    /// When to look again at peers that all wait.
    next_look: Cell<Instant>,
    /// The sockets of steps that were done.
    kept: RefCell<Vec<End<BoardLab>, STEPS>>,
    failure: RefCell<Option<Failure>>,
    /// A step or a peer is at work, which must not wait.
    is_working: Cell<bool>,
}

impl World {
    /// A world without stacks. Their secrets follow from the seed.
    pub(crate) fn new(board: Board, seed: u64) -> World {
        World {
            board,
            random: RefCell::new(Random::new(seed)),
            stacks: Cell::default(),
            steps: RefCell::default(),
            peers: RefCell::default(),
            next_look: Cell::new(Instant::ZERO),
            kept: RefCell::default(),
            failure: RefCell::default(),
            is_working: Cell::default(),
        }
    }

    /// Lets the stacks go on while somebody waits.
    pub(crate) fn join(&self, stacks: [Option<&'static LabStack>; 2]) {
        self.stacks.set(stacks);
    }

    /// How many frames and packets the stacks have sent.
    pub(crate) fn frames(&self) -> u64 {
        let stacks = self.stacks.get().into_iter().flatten();
        stacks.flat_map(|stack| stack.interfaces()).map(|interface| interface.sent.packets).sum()
    }

    /// Runs a step this long after now.
    pub(crate) fn later(&self, after: Duration, step: Step<BoardLab>) {
        if self.steps.borrow_mut().push((self.board.now() + after, step)).is_err() {
            self.fail(Failure::new("the lab", format_args!("has room for {STEPS} steps")));
        }
    }

    /// Lets a peer go on by itself.
    pub(crate) fn accompany(&self, peer: Peer<LabFar>) {
        if self.peers.borrow_mut().push((peer, Readiness::NONE)).is_err() {
            self.fail(Failure::new("the lab", format_args!("has room for {PEERS} peers")));
        }
    }

    /// Ends steps and peers, and says whether one of them failed.
    pub(crate) fn finish(&self) -> Outcome {
        self.steps.borrow_mut().clear();
        self.peers.borrow_mut().clear();
        self.kept.borrow_mut().clear();
        self.failure.take().map_or(Ok(()), Err)
    }

    /// Writes the tables of the stacks to the console, where flash has room for that.
    pub(crate) fn print_tables(&self) {
        if !PRINTS_TABLES {
            return;
        }
        for stack in self.stacks.get().into_iter().flatten() {
            let _ = writeln!(Console, "{stack}");
        }
    }

    /// Lets somebody do something; false when nobody has anything to do.
    fn work(&self) -> bool {
        let mut worked = false;
        for stack in self.stacks.get().into_iter().flatten() {
            // A stack that is in use goes on by itself.
            worked |= stack.drive(1).unwrap_or(false);
        }
        worked || self.run_due_step() || self.advance_peers()
    }

    fn run_due_step(&self) -> bool {
        let now = self.board.now();
        let mut steps = self.steps.borrow_mut();
        let first = (0..steps.len()).min_by_key(|&number| steps[number].0);
        let Some(due) = first.filter(|&number| steps[number].0 <= now) else { return false };
        // Those of one time keep their order.
        let (_, step) = steps.remove(due);
        drop(steps);
        match self.at_work(|| step.run()) {
            Ok(end) => {
                // There is no more of these than there was of steps.
                let _ = end.map(|end| self.kept.borrow_mut().push(end));
            }
            Err(failure) => self.fail(failure),
        }
        true
    }

    fn advance_peers(&self) -> bool {
        let now = self.board.now();
        let mut peers = self.peers.borrow_mut();
        if peers.is_empty() || now < self.next_look.get() {
            return false;
        }
        let mut worked = false;
        peers.retain_mut(|(peer, interest)| {
            let mut entries = [PollEntry::new(peer.socket().handle(), *interest)];
            let net = berkeley::Net::new(*peer.socket().backend());
            let ready = net.poll(&mut entries, Timeout::NonBlocking);
            if !interest.is_empty() && ready == Ok(0) {
                return true;
            }
            worked = true;
            match self.at_work(|| peer.advance()) {
                Ok(Progress::Waits(readiness)) => *interest = readiness,
                Ok(Progress::Done) => return false,
                Err(failure) => {
                    self.fail(failure);
                    return false;
                }
            }
            true
        });
        if !worked {
            self.next_look.set(now + BETWEEN_LOOKS);
        }
        worked
    }

    fn at_work<R>(&self, action: impl FnOnce() -> R) -> R {
        self.is_working.set(true);
        let result = action();
        self.is_working.set(false);
        result
    }

    /// Has the lab fail in the end, unless it has failed before.
    pub(crate) fn fail(&self, failure: Failure) {
        self.failure.borrow_mut().get_or_insert(failure);
    }

    /// When something will happen by itself.
    fn next_event(&self) -> Option<Instant> {
        let stacks = self.stacks.get().into_iter().flatten();
        let events = stacks.filter_map(|stack| stack.next_event().unwrap_or(None));
        let looks = !BETWEEN_LOOKS.is_zero() && !self.peers.borrow().is_empty();
        let look = looks.then(|| self.next_look.get());
        events.chain(self.steps.borrow().iter().map(|(time, _)| *time)).chain(look).min()
    }
}

impl Platform for World {
    fn now(&self) -> Instant {
        self.board.now()
    }

    fn seq(&self) -> u32 {
        self.board.seq()
    }

    fn park(&self, seen: u32, until: Option<Instant>) {
        if self.is_working.get() {
            let _ = writeln!(Console, "a step or a peer of the lab waits");
            exit(exit_code::FAILURE);
        }
        if self.seq() != seen || self.work() {
            return;
        }
        if self.now() > DEADLINE {
            let _ = writeln!(Console, "no end after {DEADLINE:?}");
            self.print_tables();
            exit(exit_code::DEADLINE);
        }
        self.board.park(seen, [self.next_event(), until].into_iter().flatten().min());
    }

    fn kick(&self) {
        self.board.kick();
    }

    fn entropy(&self, bytes: &mut [u8]) {
        let mut random = self.random.borrow_mut();
        bytes.fill_with(|| random.next() as u8);
    }
}
