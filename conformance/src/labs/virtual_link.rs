//! Lab `virtual`: two userspace stacks over a link in memory, in virtual time.
//!
//! Everything is on one thread. Steps and peers run from inside the waiting of the actor, the clock
//! jumps when nobody has anything to do, and a wait without end is a failure with the tables of both
//! stacks.

use core::time::Duration;
use std::rc::Rc;
use std::string::String;

use berkeley_smoltcp::Stack;
use berkeley_smoltcp::simulation::{LinkOptions, Simulation};

use super::HostLab;
use super::afterwards::Afterwards;
use super::disturbed::{Disturbance, Disturbed};
use super::two_stacks::TwoStacks;
use super::virtual_threads::{self, VirtualThreads};
use crate::case::Case;
use crate::cases;
use crate::failure::{Failure, Outcome};
use crate::faults::{Fault, FaultyLab, Frames};
use crate::lab::{Lab, Step};
use crate::peer::Peer;

/// A stack of this lab.
pub type VirtualStack = Rc<Stack<'static, Simulation>>;

/// With how many seeds a case with threads is run.
const SEEDS: u64 = 8;

/// Two userspace stacks over a link in memory.
pub type VirtualLink = TwoStacks<VirtualStack, World>;

/// What is around the two stacks.
pub struct World {
    seed: u64,
    simulation: Simulation,
    disturbance: Disturbance,
    afterwards: Afterwards<VirtualLink>,
}

/// Two stacks over a link like this.
fn over(options: LinkOptions, seed: u64) -> Result<VirtualLink, Failure> {
    let simulation = Simulation::new(seed);
    let (near_end, far_end) = simulation.link(options);
    let disturbance = Disturbance::new(seed);
    let near_end = Disturbed { device: near_end, disturbance: disturbance.clone() };
    let stack = |capacity| {
        let stack = Rc::new(Stack::new(capacity, simulation.clone()));
        simulation.join(&stack);
        stack
    };
    let afterwards = Afterwards::default();
    let world = World { seed, simulation: simulation.clone(), disturbance, afterwards };
    Ok(TwoStacks::new(near_end, far_end, stack, world)?)
}

impl HostLab for VirtualLink {
    const NAME: &'static str = "virtual";
    const SENTENCE: &'static str = "two userspace stacks over a link in memory, in virtual time";

    const HAS_KERNEL: bool = false;

    type Threads = VirtualThreads;

    fn available() -> Result<(), String> {
        Ok(())
    }

    fn open(seed: u64) -> Result<VirtualLink, Failure> {
        over(LinkOptions::default(), seed)
    }

    fn with_threads(&self, case: impl Fn(&VirtualThreads) -> Outcome) -> Outcome {
        (0..SEEDS).try_for_each(|more| case(&virtual_threads::open(self.world.seed + more)?))
    }

    fn own_cases() -> &'static [&'static [Case<VirtualLink>]] {
        const { &[cases::faults()] }
    }
}

impl Lab for VirtualLink {
    fn later(&self, after: Duration, step: Step<VirtualLink>) {
        self.world.afterwards.later(&self.world.simulation, after, step);
    }

    fn accompany(&self, peer: Peer<VirtualStack>) {
        self.world.afterwards.accompany(&self.world.simulation, self.far.clone(), peer);
    }

    fn finish(&self) -> Outcome {
        self.world.simulation.dismiss();
        self.world.afterwards.finish()
    }
}

impl FaultyLab for VirtualLink {
    const LENGTH: u64 = 1 << 20;
    const ROUNDS: usize = 8;
    const LOSSES: &'static [u16] = &[0, 1, 10, 50, 100, 200, 300];
    const MTUS: &'static [usize] = &[128, 576, 1280, 1500, 9000]; // shorter ones are refused

    fn disturb(&self, fault: Fault, frames: Frames) {
        self.world.disturbance.disturb(Some((fault, frames)));
    }

    fn calm(&self) -> u32 {
        self.world.disturbance.disturb(None)
    }

    fn with_mtu(&self, mtu: usize) -> Result<VirtualLink, Failure> {
        over(LinkOptions { mtu, ..LinkOptions::default() }, self.world.seed)
    }
}
