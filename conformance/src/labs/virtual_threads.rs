//! Lab `virtual` for cases with threads: the same two stacks, shared by threads in virtual time.

use core::net::IpAddr;
use std::sync::Arc;
use std::vec::Vec;

use berkeley::Net;
use berkeley_smoltcp::Stack;
use berkeley_smoltcp::lock::Threads;
use berkeley_smoltcp::simulation::{LinkOptions, ThreadedSimulation};

use super::virtual_link::{FAR, INTERFACE, NEAR, add_interfaces, capacity};
use crate::case::Family;
use crate::failure::Failure;
use crate::lab::Networks;
use crate::team::{SharedNetworks, Task, Team};

/// A stack that threads share, in virtual time.
pub type ThreadedStack = Arc<Stack<'static, ThreadedSimulation, Threads>>;

/// Two userspace stacks that threads share, over a link in memory.
pub struct VirtualThreads {
    simulation: ThreadedSimulation,
    near: Net<ThreadedStack>,
    far: Net<ThreadedStack>,
}

impl VirtualThreads {
    /// Two stacks over a perfect link.
    ///
    /// # Errors
    ///
    /// Those of setting up a stack.
    pub(super) fn open(seed: u64) -> Result<VirtualThreads, Failure> {
        let simulation = ThreadedSimulation::new(seed);
        let (near_end, far_end) = simulation.link(LinkOptions::default());
        let stack = |device, addresses: &[IpAddr]| {
            let stack = Arc::new(Stack::new(capacity(), simulation.clone()));
            add_interfaces(&stack, device, addresses)?;
            simulation.join(&stack);
            Ok::<_, Failure>(Net::new(stack))
        };
        let (near, far) = (stack(near_end, &NEAR)?, stack(far_end, &FAR)?);
        Ok(VirtualThreads { simulation, near, far })
    }
}

impl Networks for VirtualThreads {
    type Near = ThreadedStack;
    type Far = ThreadedStack;

    fn near(&self) -> &Net<ThreadedStack> {
        &self.near
    }

    fn far(&self) -> &Net<ThreadedStack> {
        &self.far
    }

    fn near_address(&self, family: Family) -> Option<IpAddr> {
        NEAR.into_iter().find(|address| family.has(*address))
    }

    fn near_interface(&self) -> u32 {
        INTERFACE
    }

    fn second_near_address(&self, family: Family) -> Option<IpAddr> {
        NEAR.into_iter().filter(|address| family.has(*address)).nth(1)
    }

    fn far_address(&self, family: Family) -> Option<IpAddr> {
        FAR.into_iter().find(|address| family.has(*address))
    }

    fn loopback(&self, family: Family) -> Option<IpAddr> {
        Some(family.loopback())
    }
}

impl SharedNetworks for VirtualThreads {
    type Team = ThreadedSimulation;
    const MUCH: usize = 1 << 19;

    fn team(&self) -> &ThreadedSimulation {
        &self.simulation
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
