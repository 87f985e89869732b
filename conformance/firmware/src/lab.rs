//! The lab: two stacks on one board, and a link that leads from one to the other.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::time::Duration;

use berkeley::{Error, Net};
use berkeley_board::{Board, Nic};
use berkeley_conformance::case::Family;
use berkeley_conformance::failure::Outcome;
use berkeley_conformance::lab::{Lab, Networks, Step};
use berkeley_conformance::peer::Peer;
use berkeley_smoltcp::device::{Device, Loopback as LoopbackDevice};
use berkeley_smoltcp::{Cidr, Resources, Stack};
use static_cell::{ConstStaticCell, StaticCell};

use crate::chosen::{self, LOOPBACK_MTU, LOOPBACK_QUEUE, LabBuffers, LabMemory};
use crate::world::World;

/// A stack of this lab.
pub(crate) type LabStack = Stack<'static, &'static World>;

/// The near side's addresses, and the far side's (RFC 5737, RFC 3849).
const NEAR: [IpAddr; 4] = [v4(1), v4(3), v6(1), v6(3)];
const FAR: [IpAddr; 2] = [v4(2), v6(2)];

/// The number of the link's interface: that of the loopback is 1.
const INTERFACE: u32 = 2;

const fn v4(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
}

const fn v6(last: u16) -> IpAddr {
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last))
}

/// Two stacks on this board.
pub(crate) struct Loopback {
    world: &'static World,
    near: Net<&'static LabStack>,
    far: Net<&'static LabStack>,
}

impl Loopback {
    /// Two stacks in a world of their own. Once.
    ///
    /// # Errors
    ///
    /// Those of setting up the stacks.
    pub(crate) fn open(board: Board, nic: Nic, seed: u64) -> Result<Loopback, Error> {
        static WORLD: StaticCell<World> = StaticCell::new();
        let world: &'static World = WORLD.init(World::new(board, seed));
        let (near_end, far_end) = chosen::link(nic, board);
        let near = stack(0, world, near_end, &NEAR)?;
        let far = stack(1, world, far_end, &FAR)?;
        world.join([near, far]);
        Ok(Loopback { world, near: Net::new(near), far: Net::new(far) })
    }

    /// What the board is doing.
    pub(crate) fn world(&self) -> &World {
        self.world
    }

    /// How many frames both stacks have sent over the link.
    pub(crate) fn frames(&self) -> u64 {
        let sent = |net: &Net<&'static LabStack>| -> u64 {
            net.backend().interfaces().skip(1).map(|interface| interface.sent.packets).sum()
        };
        sent(&self.near) + sent(&self.far)
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
        NEAR.into_iter().find(|address| family.has(*address))
    }

    fn near_interface(&self) -> u32 {
        INTERFACE
    }

    fn far_interface(&self) -> u32 {
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

// Each in a static of its own: what begins with zeros takes no flash.
static MEMORIES: [ConstStaticCell<LabMemory>; 2] =
    [const { ConstStaticCell::new(LabMemory::new()) }; 2];
static BUFFERS: [ConstStaticCell<LabBuffers>; 2] =
    [const { ConstStaticCell::new(LabBuffers::new()) }; 2];
static QUEUES: [ConstStaticCell<[u8; LOOPBACK_QUEUE]>; 2] =
    [const { ConstStaticCell::new([0; LOOPBACK_QUEUE]) }; 2];
static LOOPBACKS: [StaticCell<LoopbackDevice<'static>>; 2] = [const { StaticCell::new() }; 2];
static STACKS: [StaticCell<LabStack>; 2] = [const { StaticCell::new() }; 2];

/// The stack of a side with its loopback, and these addresses at this end of the link.
fn stack(
    side: usize,
    world: &'static World,
    end: &'static mut (impl Device + Send),
    addresses: &[IpAddr],
) -> Result<&'static LabStack, Error> {
    let resources = Resources::from(MEMORIES[side].take()).with_buffers(BUFFERS[side].take());
    let stack = STACKS[side].init(Stack::new(resources, world));
    let loopback = LoopbackDevice::new(&mut QUEUES[side].take()[..], LOOPBACK_MTU);
    stack.add_interface(LOOPBACKS[side].init(loopback))?;
    let interface = stack.add_interface(end)?;
    for address in addresses {
        let prefix = if address.is_ipv4() { 24 } else { 64 };
        stack.add_address(interface, Cidr::new(*address, prefix)?)?;
    }
    Ok(stack)
}
