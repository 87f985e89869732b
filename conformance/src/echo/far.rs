//! A userspace stack of this host as the server's client: where it waits, the server's time passes.

use core::net::IpAddr;
use core::time::Duration;
use std::collections::VecDeque;
use std::rc::Rc;
use std::string::String;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::vec::Vec;

use berkeley::{Instant, Net};
use berkeley_smoltcp::device::{Device, Medium};
use berkeley_smoltcp::{HardwareAddress, Platform, Stack};

use super::machine::Machine;
use super::wire::{Wire, broken, host};
use crate::failure::Failure;
use crate::faults::{Fault, Frames};
use crate::labs::disturbed::{Disturbance, Disturbed};
use crate::labs::userspace::userspace;

const HARDWARE: HardwareAddress = HardwareAddress([0x02, 0, 0, 0, 0, 3]);
const MTU: usize = 1500;

/// The stack, and what happens on the way to it.
pub(super) struct Far {
    pub(super) net: Net<Rc<Stack<'static, Time>>>,
    time: Time,
    disturbance: Disturbance,
}

impl Far {
    /// A stack at the other end of this wire.
    pub(super) fn new(wire: &Wire, seed: u64) -> Result<Far, Failure> {
        let world = World {
            machine: wire.machine(),
            seed,
            arrived: VecDeque::new(),
            kicks: 0,
            broken: None,
            lost_time: Duration::ZERO,
        };
        let time = Time(Arc::new(Mutex::new(world)));
        let disturbance = Disturbance::new(seed);
        let device = Disturbed { device: Link(time.clone()), disturbance: disturbance.clone() };
        let stack = |capacity| Rc::new(Stack::new(capacity, time.clone()));
        let net = Net::new(userspace(stack, device, &[IpAddr::V4(host(3))])?);
        Ok(Far { net, time, disturbance })
    }

    /// From now on this happens to these frames; the stack's side is the near one.
    pub(super) fn disturb(&self, fault: Fault, frames: Frames) {
        self.disturbance.disturb(Some((fault, frames)));
    }

    /// From now on nothing happens to them. Says to how many something did.
    pub(super) fn calm(&self) -> u32 {
        self.disturbance.disturb(None)
    }

    /// The outcome of what was done, unless the machine has failed, which explains it.
    pub(super) fn judge<T>(&self, outcome: Result<T, Failure>) -> Result<T, Failure> {
        self.time.world().broken.take().map_or(outcome, |why| Err(broken(why)))
    }
}

/// The machine, and what it has sent to the stack.
struct World {
    machine: Arc<Mutex<dyn Machine + Send>>,
    seed: u64,
    arrived: VecDeque<Vec<u8>>,
    kicks: u32,
    /// Why the machine is of no use any more. From then on time passes without it, so that every call ends.
    broken: Option<String>,
    lost_time: Duration,
}

impl World {
    /// Has the machine do something, and takes what it sends.
    fn with_machine(&mut self, act: impl FnOnce(&mut dyn Machine) -> Result<Vec<Vec<u8>>, String>) {
        let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        match act(&mut *machine) {
            Ok(frames) => self.arrived.extend(frames),
            Err(why) => {
                self.broken.get_or_insert(why);
                self.lost_time += Duration::from_secs(60);
            }
        }
    }
}

/// The machine's time as the stack's.
#[derive(Clone)]
pub(super) struct Time(Arc<Mutex<World>>);

impl Time {
    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Platform for Time {
    fn now(&self) -> Instant {
        let world = self.world();
        let machine = world.machine.lock().unwrap_or_else(PoisonError::into_inner);
        machine.now() + world.lost_time
    }

    fn seq(&self) -> u32 {
        self.world().kicks
    }

    fn park(&self, seen: u32, until: Option<Instant>) {
        let mut world = self.world();
        if world.kicks == seen && world.arrived.is_empty() {
            world.with_machine(|machine| {
                let next = machine.next_event();
                machine.wake_at(until.map_or(next, |until| until.min(next)))
            });
        }
    }

    fn kick(&self) {
        let mut world = self.world();
        world.kicks = world.kicks.wrapping_add(1);
    }

    fn entropy(&self, bytes: &mut [u8]) {
        bytes.fill(self.world().seed as u8);
    }
}

/// The wire as the stack's device.
struct Link(Time);

impl Device for Link {
    fn medium(&self) -> Medium {
        Medium::Ethernet(HARDWARE)
    }

    fn mtu(&self) -> usize {
        MTU
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        let Some(mut frame) = self.0.world().arrived.pop_front() else { return false };
        consume(&mut frame);
        true
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let mut frame = [0; MTU + 14];
        let length = fill(&mut frame);
        if length > 0 {
            self.0.world().with_machine(|machine| machine.give(&frame[..length]));
        }
        true
    }
}
