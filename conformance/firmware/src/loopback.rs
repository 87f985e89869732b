//! The lab of a board that is alone: both sides are on it. The way between them stands in `links`.

use core::net::IpAddr;
use core::time::Duration;

use berkeley::{Error, Instant, Net};
use berkeley_board::{Arguments, Board, Nic};
use berkeley_conformance::case::{Case, Family};
use berkeley_conformance::failure::Outcome;
use berkeley_conformance::lab::{Lab, Networks, Step};
use berkeley_conformance::peer::Peer;
use berkeley_smoltcp::Stack;
use static_cell::StaticCell;

use crate::sizes::CASES;
use crate::world::World;

#[cfg_attr(feature = "lm3s6965evb", path = "links/lm3s6965evb.rs")]
#[cfg_attr(not(feature = "lm3s6965evb"), path = "links/mps2_an385.rs")]
mod link;

/// A stack of this lab.
pub(crate) type LabStack = Stack<'static, &'static World>;

/// The far side of this lab.
pub(crate) type LabFar = &'static LabStack;

/// When a case that has not come to its end never will. Idle time is skipped.
pub(crate) const DEADLINE: Instant = Instant::from_millis(3 * 60 * 60 * 1000);

/// How long to let pass between two looks at peers that wait: here a look costs nothing.
pub(crate) const BETWEEN_LOOKS: Duration = Duration::ZERO;

/// The cases that run here.
pub(crate) fn cases() -> impl Iterator<Item = &'static Case<BoardLab>> {
    CASES.iter().copied().flatten()
}

/// The networks of a case on this board: two stacks, or one that is both sides.
pub(crate) struct BoardLab {
    world: &'static World,
    near: Net<&'static LabStack>,
    far: Net<&'static LabStack>,
}

impl BoardLab {
    /// A lab with a world of its own. Once.
    ///
    /// # Errors
    ///
    /// Those of setting up the stacks.
    pub(crate) fn open(
        board: Board,
        nic: Nic,
        _arguments: &Arguments,
        seed: u64,
    ) -> Result<BoardLab, Error> {
        static WORLD: StaticCell<World> = StaticCell::new();
        let world: &'static World = WORLD.init(World::new(board, seed));
        let [near, far] = link::stacks(world, nic)?;
        Ok(BoardLab { world, near: Net::new(near), far: Net::new(far) })
    }

    /// What the board is doing.
    pub(crate) fn world(&self) -> &World {
        self.world
    }
}

impl Networks for BoardLab {
    type Near = &'static LabStack;
    type Far = &'static LabStack;

    fn near(&self) -> &Net<&'static LabStack> {
        &self.near
    }

    fn far(&self) -> &Net<&'static LabStack> {
        &self.far
    }

    fn near_address(&self, family: Family) -> Option<IpAddr> {
        first(link::NEAR, family)
    }

    fn near_interface(&self) -> u32 {
        link::INTERFACE
    }

    fn far_interface(&self) -> u32 {
        link::INTERFACE
    }

    fn second_near_address(&self, family: Family) -> Option<IpAddr> {
        link::NEAR.iter().copied().filter(|address| family.has(*address)).nth(1)
    }

    fn far_address(&self, family: Family) -> Option<IpAddr> {
        first(link::FAR, family)
    }

    fn loopback(&self, family: Family) -> Option<IpAddr> {
        Some(family.loopback())
    }
}

/// The first address of a family.
fn first(addresses: &[IpAddr], family: Family) -> Option<IpAddr> {
    addresses.iter().copied().find(|address| family.has(*address))
}

impl Lab for BoardLab {
    fn later(&self, after: Duration, step: Step<BoardLab>) {
        self.world.later(after, step);
    }

    fn accompany(&self, peer: Peer<&'static LabStack>) {
        self.world.accompany(peer);
    }

    fn finish(&self) -> Outcome {
        self.world.finish()
    }
}
