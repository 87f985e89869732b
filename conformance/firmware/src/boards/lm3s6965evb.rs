//! The lab on the LM3S6965: 64 KiB of memory hold one stack, which is both sides, over its
//! loopback. Its flash holds a part of the cases: which, says the variable `SUITE_PART` when the
//! image is built.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use berkeley::Error;
use berkeley_board::Nic;
use berkeley_conformance::case::Case;
use berkeley_conformance::parts;
use berkeley_smoltcp::device::Loopback as LoopbackDevice;
use berkeley_smoltcp::{ConnectionBuffers, Memory, Resources};
use static_cell::{ConstStaticCell, StaticCell};

use crate::lab::{LabStack, Loopback};
use crate::world::World;

/// The cases of this image.
pub(crate) const CASES: &[&[Case<Loopback>]] = &parts::groups_of(PART);

/// The number of the part is a digit.
const PART: usize = match option_env!("SUITE_PART") {
    Some(number) => (number.as_bytes()[0] - b'0') as usize,
    None => 0,
};

/// Both sides are this host, as on lab `kernel`.
pub(crate) const NEAR: &[IpAddr] = &[
    IpAddr::V4(Ipv4Addr::LOCALHOST),
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)),
    IpAddr::V6(Ipv6Addr::LOCALHOST),
];
pub(crate) const FAR: &[IpAddr] = NEAR;

/// The number of the loopback's interface.
pub(crate) const INTERFACE: u32 = 1;

/// How many peers a case may have at a time.
pub(crate) const PEERS: usize = 1;

/// What has happened is not told: that takes flash.
pub(crate) const PRINTS_TABLES: bool = false;

/// Transfers take 20 KB of stack, other cases 12 KB and more connections.
const TRANSFERS: bool = PART == 2;
const CONNECTIONS: usize = if TRANSFERS { 6 } else { 8 };
const DATAGRAMS: usize = if TRANSFERS { 3 } else { 4 };

/// So many connections, 16 sockets, so many datagram queues, and one waiting packet.
type LabMemory = Memory<'static, CONNECTIONS, 0, 0, 16, DATAGRAMS, 1400, 1, 1280, 0, 0>;
type LabBuffers = ConnectionBuffers<CONNECTIONS, 1024, 1024>;

/// The MTU of the loopback: the shortest with IPv6. It has room for three packets.
const MTU: usize = 1280;
const QUEUE: usize = 3 * (MTU + 2);

/// The stack, once for each side.
pub(crate) fn stacks(world: &'static World, _nic: Nic) -> Result<[&'static LabStack; 2], Error> {
    static MEMORY: ConstStaticCell<LabMemory> = ConstStaticCell::new(LabMemory::new());
    // What begins with zeros takes no flash.
    static BUFFERS: ConstStaticCell<LabBuffers> = ConstStaticCell::new(LabBuffers::new());
    static BYTES: ConstStaticCell<[u8; QUEUE]> = ConstStaticCell::new([0; QUEUE]);
    static LOOPBACK: StaticCell<LoopbackDevice<'static>> = StaticCell::new();
    static STACK: StaticCell<LabStack> = StaticCell::new();
    let resources = Resources::from(MEMORY.take()).with_buffers(BUFFERS.take());
    let stack = STACK.init(LabStack::new(resources, world));
    stack.add_interface(LOOPBACK.init(LoopbackDevice::new(&mut BYTES.take()[..], MTU)))?;
    world.join([Some(stack), None]);
    Ok([stack, stack])
}
