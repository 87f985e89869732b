//! The loopback of the LM3S6965: its memory holds one stack, which is both sides, over its loopback.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use berkeley::Error;
use berkeley_board::Nic;
use berkeley_smoltcp::Resources;
use berkeley_smoltcp::device::Loopback as LoopbackDevice;
use static_cell::{ConstStaticCell, StaticCell};

use crate::lab::LabStack;
use crate::sizes::{LOOPBACK_MTU, LOOPBACK_QUEUE, LabBuffers, LabMemory};
use crate::world::World;

/// Both sides are this host, as on lab `kernel`.
pub(crate) const NEAR: &[IpAddr] = &[
    IpAddr::V4(Ipv4Addr::LOCALHOST),
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)),
    IpAddr::V6(Ipv6Addr::LOCALHOST),
];
pub(crate) const FAR: &[IpAddr] = NEAR;

/// The number of the loopback's interface.
pub(crate) const INTERFACE: u32 = 1;

/// The stack, once for each side.
pub(crate) fn stacks(world: &'static World, _nic: Nic) -> Result<[&'static LabStack; 2], Error> {
    static MEMORY: ConstStaticCell<LabMemory> = ConstStaticCell::new(LabMemory::new());
    // What begins with zeros takes no flash.
    static BUFFERS: ConstStaticCell<LabBuffers> = ConstStaticCell::new(LabBuffers::new());
    static BYTES: ConstStaticCell<[u8; LOOPBACK_QUEUE]> = ConstStaticCell::new([0; LOOPBACK_QUEUE]);
    static LOOPBACK: StaticCell<LoopbackDevice<'static>> = StaticCell::new();
    static STACK: StaticCell<LabStack> = StaticCell::new();
    let resources = Resources::from(MEMORY.take()).with_buffers(BUFFERS.take());
    let stack = STACK.init(LabStack::new(resources, world));
    stack.add_interface(LOOPBACK.init(LoopbackDevice::new(&mut BYTES.take()[..], LOOPBACK_MTU)))?;
    world.join([Some(stack), None]);
    Ok([stack, stack])
}
