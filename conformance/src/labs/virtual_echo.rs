//! Lab `virtual-echo`: the echo server on a thread of this host, with the memory that firmware gives it, of
//! which only the wire is seen.
//!
//! The thread and the case take turns. Where the program parks, the case goes on, and the time of both stands
//! still; with a frame, or with its clock set, it is the program's turn again.

use std::cell::Cell;
use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::string::{String, ToString};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::vec::Vec;

use berkeley::{Error, Instant, Net};
use berkeley_smoltcp::device::{Device, Medium};
use berkeley_smoltcp::{Cidr, HardwareAddress, Memory, Platform, Stack};
use core::net::IpAddr;

use super::Entry;
use crate::echo::{self, Frames, Machine};
use crate::programs;

/// The lab `virtual-echo`.
pub(super) const ECHO: Entry = Entry {
    name: "virtual-echo",
    sentence: "the echo server on a userspace stack in virtual time, of which only the wire is seen",
    available: || Ok(()),
    has_kernel: false,
    is_fast: true,
    has_family: |_| true,
    abouts: echo::abouts,
    run: |id, _, seed| {
        echo::run(id, Turns::start(seed)?, seed).map_err(|failure| failure.to_string())
    },
    waits: false,
    turn: None,
};

/// The memory of the example `echo-server`.
type ServerMemory<'a> = Memory<'a, 3, 2048, 2048, 4, 0, 0, 1>;

const HARDWARE: HardwareAddress = HardwareAddress([0x02, 0, 0, 0, 0, 15]);
const MTU: usize = 1500;

/// What the program is given with its turn.
struct Turn {
    now: Instant,
    frame: Option<Vec<u8>>,
}

/// What it gives back when it parks.
struct Rest {
    sent: Frames,
    until: Option<Instant>,
}

/// The program as the case sees it.
struct Turns {
    turn: SyncSender<Turn>,
    rest: Receiver<Rest>,
    now: Instant,
    next_event: Instant,
}

impl Turns {
    /// Starts the program, and lets it run until it parks.
    fn start(seed: u64) -> Result<Turns, String> {
        let (turn, turns) = sync_channel(1);
        let (rests, rest) = sync_channel(1);
        let thread = thread::Builder::new().name("echo server".to_string());
        let program =
            move || serve(&Parked::new(turns, rests, seed)).map_err(|error| error.to_string());
        thread.spawn(program).map_err(|error| error.to_string())?;
        let mut turns = Turns { turn, rest, now: Instant::ZERO, next_event: Instant::ZERO };
        turns.await_rest()?;
        Ok(turns)
    }

    fn give_turn(&mut self, frame: Option<Vec<u8>>) -> Result<Frames, String> {
        let ended = |_| "the program has ended".to_string();
        self.turn.send(Turn { now: self.now, frame }).map_err(ended)?;
        self.await_rest()
    }

    fn await_rest(&mut self) -> Result<Frames, String> {
        let Rest { sent, until } =
            self.rest.recv().map_err(|_| "the program has ended".to_string())?;
        // Who waits for ever is looked at now and then.
        let hour = self.now + core::time::Duration::from_secs(3600);
        self.next_event = until.unwrap_or(hour);
        Ok(sent)
    }
}

impl Machine for Turns {
    fn now(&self) -> Instant {
        self.now
    }

    fn next_event(&self) -> Instant {
        self.next_event
    }

    fn give(&mut self, frame: &[u8]) -> Result<Frames, String> {
        self.give_turn(Some(frame.to_vec()))
    }

    fn wake_at(&mut self, time: Instant) -> Result<Frames, String> {
        self.now = self.now.max(time);
        self.give_turn(None)
    }
}

/// The program, as firmware has it.
fn serve(platform: &Parked) -> Result<(), Error> {
    let mut memory = ServerMemory::new();
    let mut device = Wire(Arc::clone(&platform.frames));
    let stack: Stack<'_, &Parked> = Stack::new(&mut memory, platform);
    let interface = stack.add_interface(&mut device)?;
    stack.add_address(interface, Cidr::new(IpAddr::V4(*echo::SERVER.ip()), 24)?)?;
    programs::echo_server_for_ever(&Net::new(&stack), echo::SERVER.port(), &mut String::new())
}

/// The machine below the program.
struct Parked {
    turns: Receiver<Turn>,
    rests: SyncSender<Rest>,
    now: Cell<Instant>,
    kicks: Cell<u32>,
    seed: u64,
    frames: Arc<Mutex<OnTheWire>>,
}

/// Frames to the program, and from it.
#[derive(Default)]
struct OnTheWire {
    arrived: VecDeque<Vec<u8>>,
    sent: Frames,
}

/// All of it is used on the program's thread: the lock is for the type.
fn locked(frames: &Mutex<OnTheWire>) -> MutexGuard<'_, OnTheWire> {
    frames.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Parked {
    fn new(turns: Receiver<Turn>, rests: SyncSender<Rest>, seed: u64) -> Parked {
        let now = Cell::new(Instant::ZERO);
        Parked { turns, rests, now, kicks: Cell::new(0), seed, frames: Arc::default() }
    }
}

impl Platform for Parked {
    fn now(&self) -> Instant {
        self.now.get()
    }

    fn seq(&self) -> u32 {
        self.kicks.get()
    }

    fn park(&self, seen: u32, until: Option<Instant>) {
        let is_over = until.is_some_and(|until| until <= self.now.get());
        if is_over || self.kicks.get() != seen {
            return;
        }
        let sent = core::mem::take(&mut locked(&self.frames).sent);
        let turn = self.rests.send(Rest { sent, until }).ok().and_then(|()| self.turns.recv().ok());
        // The case is over: so is the program, in whatever it does.
        let Some(Turn { now, frame }) = turn else { resume_unwind(std::boxed::Box::new(())) };
        self.now.set(now);
        locked(&self.frames).arrived.extend(frame);
    }

    fn kick(&self) {
        self.kicks.set(self.kicks.get().wrapping_add(1));
    }

    fn entropy(&self, bytes: &mut [u8]) {
        bytes.fill(self.seed as u8);
    }
}

/// The program's network device.
struct Wire(Arc<Mutex<OnTheWire>>);

impl Device for Wire {
    fn medium(&self) -> Medium {
        Medium::Ethernet(HARDWARE)
    }

    fn mtu(&self) -> usize {
        MTU
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        let Some(mut frame) = locked(&self.0).arrived.pop_front() else { return false };
        consume(&mut frame);
        true
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let mut frame = [0; MTU + 14];
        let length = fill(&mut frame);
        if length > 0 {
            locked(&self.0).sent.push(frame[..length].to_vec());
        }
        true
    }
}
