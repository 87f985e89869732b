//! Lab `virtual` for cases with threads: the same two stacks, shared by threads in virtual time.

use std::sync::Arc;
use std::vec::Vec;

use berkeley_smoltcp::Stack;
use berkeley_smoltcp::lock::Threads;
use berkeley_smoltcp::simulation::{LinkOptions, ThreadedSimulation};

use super::two_stacks::TwoStacks;
use crate::failure::Failure;
use crate::team::{SharedNetworks, Task, Team};

/// A stack that threads share, in virtual time.
pub type ThreadedStack = Arc<Stack<'static, ThreadedSimulation, Threads>>;

/// Two userspace stacks that threads share, over a link in memory.
pub type VirtualThreads = TwoStacks<ThreadedStack, ThreadedSimulation>;

/// Two stacks over a perfect link.
///
/// # Errors
///
/// Those of setting up a stack.
pub(super) fn open(seed: u64) -> Result<VirtualThreads, Failure> {
    let simulation = ThreadedSimulation::new(seed);
    let (near_end, far_end) = simulation.link(LinkOptions::default());
    let stack = |capacity| {
        let stack = Arc::new(Stack::new(capacity, simulation.clone()));
        simulation.join(&stack);
        stack
    };
    Ok(TwoStacks::new(near_end, far_end, stack, simulation.clone())?)
}

impl SharedNetworks for VirtualThreads {
    type Team = ThreadedSimulation;
    const MUCH: usize = 1 << 19;

    fn team(&self) -> &ThreadedSimulation {
        &self.world
    }
}

impl Team for ThreadedSimulation {
    fn together(&self, tasks: Vec<Task<'_>>) {
        ThreadedSimulation::together(self, tasks);
    }

    fn until_others_wait(&self) -> bool {
        ThreadedSimulation::until_others_wait(self)
    }
}
