//! The loopback of the MPS2: a link that is the network device itself. What the LAN9118 sends it receives,
//! so every frame passes its driver and both of its FIFOs.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use berkeley::Error;
use berkeley_board::{Nic, UninterruptedLock};
use berkeley_smoltcp::device::{Device, Loopback as LoopbackDevice, Medium};
use berkeley_smoltcp::lock::Lock;
use berkeley_smoltcp::{Cidr, HardwareAddress, Resources, Stack};
use heapless::Deque;
use static_cell::{ConstStaticCell, StaticCell};

use crate::lab::LabStack;
use crate::sizes::{LOOPBACK_MTU, LOOPBACK_QUEUE, LabBuffers, LabMemory};
use crate::world::World;

/// The near side's addresses, and the far side's (RFC 5737, RFC 3849).
pub(crate) const NEAR: &[IpAddr] = &[v4(1), v4(3), v6(1), v6(3)];
pub(crate) const FAR: &[IpAddr] = &[v4(2), v6(2)];

/// The number of the link's interface: that of the loopback is 1.
pub(crate) const INTERFACE: u32 = 2;

const fn v4(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
}

const fn v6(last: u16) -> IpAddr {
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last))
}

const LONGEST_FRAME: usize = 1514;

/// Bytes that the controller may have received: with one frame more it still loses none.
const MOST_RECEIVED: usize = 10_560 - 1520;

/// More frames than the controller has room for: the shortest have 64 bytes.
const FRAMES: usize = 176;

/// The stacks of both sides, with the controller between them.
pub(crate) fn stacks(world: &'static World, nic: Nic) -> Result<[&'static LabStack; 2], Error> {
    let (near_end, far_end) = link(nic);
    let near = stack(0, world, near_end, NEAR)?;
    let far = stack(1, world, far_end, FAR)?;
    world.join([Some(near), Some(far)]);
    Ok([near, far])
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

/// The two ends of the controller's loopback.
fn link(mut nic: Nic) -> (&'static mut CrossingEnd, &'static mut CrossingEnd) {
    static CROSSING: StaticCell<UninterruptedLock<Crossing>> = StaticCell::new();
    static ENDS: [StaticCell<CrossingEnd>; 2] = [const { StaticCell::new() }; 2];
    nic.loop_back();
    let Medium::Ethernet(near) = nic.medium() else { unreachable!("it is Ethernet") };
    let mut far = near;
    far.0[5] ^= 1;
    let crossing = Crossing { nic, senders: Deque::new(), frame: [0; LONGEST_FRAME], waits: None };
    let crossing: &'static _ = CROSSING.init(UninterruptedLock::new(crossing));
    let end = |side| CrossingEnd { crossing, address: [near, far][side], side };
    (ENDS[0].init(end(0)), ENDS[1].init(end(1)))
}

/// The controller between two stations: what one has sent is for the other, in the same order. No
/// frame is lost, because none is sent that it has no room to receive.
pub(crate) struct Crossing {
    nic: Nic,
    /// Which side has sent the frames that are in the controller.
    senders: Deque<usize, FRAMES>,
    frame: [u8; LONGEST_FRAME],
    /// The sender and the length of the frame that was fetched from the controller, if it is still
    /// here.
    waits: Option<(usize, usize)>,
}

impl Crossing {
    /// Fetches the next frame from the controller, unless one waits already.
    fn fetch(&mut self) {
        let Crossing { nic, senders, frame, waits } = self;
        if waits.is_none() {
            nic.receive(&mut |received| {
                let length = received.len().min(LONGEST_FRAME);
                frame[..length].copy_from_slice(&received[..length]);
                *waits = senders.pop_front().map(|sender| (sender, length));
            });
        }
    }

    /// Gives the oldest frame to `consume`, if it is for this side.
    fn receive(&mut self, own: usize, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        self.fetch();
        let Some((_, length)) = self.waits.take_if(|(sender, _)| *sender != own) else {
            return false;
        };
        consume(&mut self.frame[..length]);
        true
    }

    fn transmit(&mut self, own: usize, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        if self.nic.received() > MOST_RECEIVED || self.senders.is_full() {
            return false;
        }
        let mut sent = 0;
        let had_room = self.nic.transmit(&mut |room| {
            sent = fill(room);
            sent
        });
        if sent > 0 {
            // There is room, as was seen above.
            let _ = self.senders.push_back(own);
        }
        had_room
    }
}

/// One end of the link.
pub(crate) struct CrossingEnd {
    crossing: &'static UninterruptedLock<Crossing>,
    address: HardwareAddress,
    side: usize,
}

impl Device for CrossingEnd {
    fn medium(&self) -> Medium {
        Medium::Ethernet(self.address)
    }

    fn mtu(&self) -> usize {
        LONGEST_FRAME - 14
    }

    // Nothing below the lock calls an end again: an error cannot be.

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        self.crossing.with(|crossing| crossing.receive(self.side, consume)).unwrap_or(false)
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        self.crossing.with(|crossing| crossing.transmit(self.side, fill)).unwrap_or(false)
    }
}
