//! An echo server over the example's driver. The controller is simulated; its wire is the board's own
//! network device, so that the frames come from a real network.
#![no_std]
#![no_main]

use core::net::{IpAddr, Ipv4Addr};

use berkeley::{AddressFamily, Error, Net};
use berkeley_board::{Board, Nic, exit, exit_code, print};
use berkeley_smoltcp::{Cidr, Memory, Stack};
use dma_driver::{DmaDevice, Ring, SimulatedMac};
use static_cell::{ConstStaticCell, StaticCell};

/// The board's address: the one that QEMU's user network expects.
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 2, 15));
const PORT: u16 = 7;

/// All secrets follow from it: a product has a seed of its own, and a new one at each start.
const SEED: u64 = 1;

static MEMORY: ConstStaticCell<Memory<'static, 2, 2048, 2048, 2, 0, 0, 1>> =
    ConstStaticCell::new(Memory::new());

/// What the controller may receive before the program looks, and what may wait to be sent.
static RECEIVE: ConstStaticCell<Ring<4>> = ConstStaticCell::new(Ring::new());
static SEND: ConstStaticCell<Ring<2>> = ConstStaticCell::new(Ring::new());
static DEVICE: StaticCell<DmaDevice<SimulatedMac<Nic>>> = StaticCell::new();

#[cortex_m_rt::entry]
fn main() -> ! {
    if let Some((board, nic)) = berkeley_board::take(SEED) {
        let _ = run(board, nic); // it has failed, or it would not have returned
    }
    exit(exit_code::FAILURE)
}

/// Echoes one connection after the other, for ever.
fn run(board: Board, nic: Nic) -> Result<(), Error> {
    let device = DmaDevice::start(SimulatedMac::new(nic), RECEIVE.take(), SEND.take());
    let stack: Stack<'_, Board> = Stack::new(MEMORY.take(), board);
    let interface = stack.add_interface(DEVICE.init(device))?;
    stack.add_address(interface, Cidr::new(ADDRESS, 24)?)?;

    let net = Net::new(&stack);
    let listener = net.stream(AddressFamily::INET)?;
    listener.bind(("", PORT))?;
    listener.listen(1)?;
    print("ready\n");
    let mut buffer = [0; 512];
    loop {
        let (socket, _) = listener.accept()?;
        while let Ok(length @ 1..) = socket.recv(&mut buffer) {
            let Some(received) = buffer.get(..length) else { break };
            if socket.sendall(received).is_err() {
                break;
            }
        }
    }
}
