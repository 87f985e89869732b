//! The lab: all that a case needs on one board, which is alone. What the networks are like stands
//! in `boards`.

use core::net::IpAddr;
use core::time::Duration;

use berkeley::{Error, Net};
use berkeley_board::{Board, Nic};
use berkeley_conformance::case::Family;
use berkeley_conformance::failure::Outcome;
use berkeley_conformance::lab::{Lab, Networks, Step};
use berkeley_conformance::peer::Peer;
use berkeley_smoltcp::Stack;
use static_cell::StaticCell;

use crate::chosen;
use crate::world::World;

/// A stack of this lab.
pub(crate) type LabStack = Stack<'static, &'static World>;

/// The networks of a case on this board: two stacks, or one that is both sides.
pub(crate) struct Loopback {
    world: &'static World,
    near: Net<&'static LabStack>,
    far: Net<&'static LabStack>,
}

impl Loopback {
    /// A lab with a world of its own. Once.
    ///
    /// # Errors
    ///
    /// Those of setting up the stacks.
    pub(crate) fn open(board: Board, nic: Nic, seed: u64) -> Result<Loopback, Error> {
        static WORLD: StaticCell<World> = StaticCell::new();
        let world: &'static World = WORLD.init(World::new(board, seed));
        let [near, far] = chosen::stacks(world, nic)?;
        Ok(Loopback { world, near: Net::new(near), far: Net::new(far) })
    }

    /// What the board is doing.
    pub(crate) fn world(&self) -> &World {
        self.world
    }
}

impl Networks for Loopback {
    type Near = &'static LabStack;
    type Far = &'static LabStack;

    fn near(&self) -> &Net<&'static LabStack> {
        &self.near
    }

    fn far(&self) -> &Net<&'static LabStack> {
        &self.far
    }

    fn near_address(&self, family: Family) -> Option<IpAddr> {
        first(chosen::NEAR, family)
    }

    fn near_interface(&self) -> u32 {
        chosen::INTERFACE
    }

    fn far_interface(&self) -> u32 {
        chosen::INTERFACE
    }

    fn second_near_address(&self, family: Family) -> Option<IpAddr> {
        chosen::NEAR.iter().copied().filter(|address| family.has(*address)).nth(1)
    }

    fn far_address(&self, family: Family) -> Option<IpAddr> {
        first(chosen::FAR, family)
    }

    fn loopback(&self, family: Family) -> Option<IpAddr> {
        Some(family.loopback())
    }
}

/// The first address of a family.
fn first(addresses: &[IpAddr], family: Family) -> Option<IpAddr> {
    addresses.iter().copied().find(|address| family.has(*address))
}

impl Lab for Loopback {
    fn later(&self, after: Duration, step: Step<Loopback>) {
        self.world.later(after, step);
    }

    fn accompany(&self, peer: Peer<&'static LabStack>) {
        self.world.accompany(peer);
    }

    fn finish(&self) -> Outcome {
        self.world.finish()
    }
}
