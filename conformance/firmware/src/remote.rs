//! The lab of a board with its stack, whose peer is the host: another stack there, or a kernel.
//!
//! What is under test sends its frames over the board's own network device. The peer's sockets are at the
//! other end of two pipes, which the emulator opens: `requests=PATH` and `answers=PATH` say where they
//! are, `network=7` which network the wire is, `far=3` which number the peer's interface has there, and
//! `sleep=1000` for how many microseconds the board sleeps at most.

use core::net::IpAddr;
use core::time::Duration;

use berkeley::{Errno, Error, Instant, Net};
use berkeley_board::{Arguments, Board, HostFile, Nic};
use berkeley_conformance::case::{Case, Family};
use berkeley_conformance::failure::{Failure, Outcome};
use berkeley_conformance::faults::{Fault, FaultyLab, Frames};
use berkeley_conformance::lab::{Lab, Networks, Step};
use berkeley_conformance::network::Network;
use berkeley_conformance::peer::Peer;
use berkeley_conformance::remote::{Remote, Wire};
use berkeley_smoltcp::device::Loopback;
use berkeley_smoltcp::{Cidr, Resources, Stack};
use static_cell::{ConstStaticCell, StaticCell};

use crate::sizes::{CASES, FAULTS, LOOPBACK_MTU, LOOPBACK_QUEUE, LabBuffers, LabMemory};
use crate::world::World;

/// The stack of this lab.
pub(crate) type LabStack = Stack<'static, &'static World>;

/// The far side of this lab.
pub(crate) type LabFar = &'static Remote<&'static LabStack, Pipes>;

/// When a case that has not come to its end never will: the host waits a little longer.
pub(crate) const DEADLINE: Instant = Instant::from_millis(60_000);

/// How long to let pass between two looks at peers that wait: each is a request to the host.
pub(crate) const BETWEEN_LOOKS: Duration = Duration::from_micros(500);

/// The number of the link's interface: that of the loopback is 1.
const INTERFACE: u32 = 2;

/// The cases that run here.
pub(crate) fn cases() -> impl Iterator<Item = &'static Case<BoardLab>> {
    CASES.iter().copied().flatten().chain(FAULTS)
}

/// The way to the host.
pub(crate) struct Pipes {
    requests: HostFile,
    answers: HostFile,
}

impl Wire for Pipes {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.requests.write_all(bytes) { Ok(()) } else { Err(Errno::EPIPE.into()) }
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        if self.answers.read_exact(buffer) { Ok(()) } else { Err(Errno::EPIPE.into()) }
    }
}

/// A stack on this board, and its peer elsewhere.
pub(crate) struct BoardLab {
    world: &'static World,
    near: Net<&'static LabStack>,
    far: Net<LabFar>,
    network: Network,
    far_interface: u32,
}

impl BoardLab {
    /// A stack in a world of its own. Once.
    ///
    /// # Errors
    ///
    /// Those of setting up the stack; `ENOENT` for pipes that are not there.
    pub(crate) fn open(
        board: Board,
        nic: Nic,
        arguments: &Arguments,
        seed: u64,
    ) -> Result<BoardLab, Error> {
        static WORLD: StaticCell<World> = StaticCell::new();
        static FAR: StaticCell<Remote<&'static LabStack, Pipes>> = StaticCell::new();
        let network = arguments.value("network").and_then(|text| text.parse().ok());
        let network = Network(network.unwrap_or(0));
        let far_interface = arguments.value("far").and_then(|text| text.parse().ok());
        let far_interface = far_interface.unwrap_or(INTERFACE);
        let world: &'static World = WORLD.init(World::new(board, seed));
        let near = stack(world, nic, network)?;
        world.join([Some(near), None]);
        let longest = arguments.value("sleep").and_then(|text| text.parse().ok());
        near.set_max_park(longest.map(Duration::from_micros))?;
        let requests = arguments.value("requests").and_then(HostFile::write_to);
        let answers = arguments.value("answers").and_then(HostFile::read_from);
        let (Some(requests), Some(answers)) = (requests, answers) else {
            return Err(Errno::ENOENT.into());
        };
        let far: LabFar = FAR.init(Remote::new(near, Pipes { requests, answers }));
        Ok(BoardLab { world, near: Net::new(near), far: Net::new(far), network, far_interface })
    }

    /// What the board is doing.
    pub(crate) fn world(&self) -> &World {
        self.world
    }
}

impl Networks for BoardLab {
    type Near = &'static LabStack;
    type Far = LabFar;

    fn near(&self) -> &Net<&'static LabStack> {
        &self.near
    }

    fn far(&self) -> &Net<LabFar> {
        &self.far
    }

    fn near_address(&self, family: Family) -> Option<IpAddr> {
        Some(self.network.near(family))
    }

    fn near_interface(&self) -> u32 {
        INTERFACE
    }

    fn far_interface(&self) -> u32 {
        self.far_interface
    }

    fn second_near_address(&self, family: Family) -> Option<IpAddr> {
        Some(self.network.second_near(family))
    }

    fn far_address(&self, family: Family) -> Option<IpAddr> {
        Some(self.network.far(family))
    }

    fn loopback(&self, family: Family) -> Option<IpAddr> {
        Some(family.loopback())
    }
}

impl Lab for BoardLab {
    fn later(&self, after: Duration, step: Step<BoardLab>) {
        self.world.later(after, step);
    }

    fn accompany(&self, peer: Peer<LabFar>) {
        self.world.accompany(peer);
    }

    fn finish(&self) -> Outcome {
        self.world.finish()
    }
}

/// The peer makes the faults, where it can.
impl FaultyLab for BoardLab {
    // A window of one segment waits for a timer whenever that is late.
    const LENGTH: u64 = if cfg!(feature = "lm3s6965evb") { 16_384 } else { 32_768 };
    const ROUNDS: usize = 1;
    const LOSSES: &'static [u16] = &[0, 20];
    const MTUS: &'static [usize] = &[];

    fn disturb(&self, fault: Fault, frames: Frames) {
        if self.far.backend().disturb(Some((fault, frames))).is_err() {
            self.world.fail(Failure::new("the peer", format_args!("makes no faults")));
        }
    }

    fn calm(&self) -> u32 {
        self.far.backend().disturb(None).unwrap_or(0)
    }

    fn with_mtu(&self, _mtu: usize) -> Result<BoardLab, Failure> {
        Err(Failure::new("the board", format_args!("has one MTU")))
    }
}

// Each in a static of its own: what begins with zeros takes no flash.
static MEMORY: ConstStaticCell<LabMemory> = ConstStaticCell::new(LabMemory::new());
static BUFFERS: ConstStaticCell<LabBuffers> = ConstStaticCell::new(LabBuffers::new());
static QUEUE: ConstStaticCell<[u8; LOOPBACK_QUEUE]> = ConstStaticCell::new([0; LOOPBACK_QUEUE]);
static LOOPBACK: StaticCell<Loopback<'static>> = StaticCell::new();
static NIC: StaticCell<Nic> = StaticCell::new();
static STACK: StaticCell<LabStack> = StaticCell::new();

/// The stack with its loopback, and the near addresses at the network device.
fn stack(world: &'static World, nic: Nic, network: Network) -> Result<&'static LabStack, Error> {
    let resources = Resources::from(MEMORY.take()).with_buffers(BUFFERS.take());
    let stack = STACK.init(Stack::new(resources, world));
    let loopback = Loopback::new(&mut QUEUE.take()[..], LOOPBACK_MTU);
    stack.add_interface(LOOPBACK.init(loopback))?;
    let interface = stack.add_interface(NIC.init(nic))?;
    for family in Network::FAMILIES {
        for address in [network.near(family), network.second_near(family)] {
            stack.add_address(interface, Cidr::new(address, Network::prefix(family))?)?;
        }
    }
    Ok(stack)
}
