//! Two threads of control: a program with blocking sockets, and the network, which interrupts it. So
//! packets are answered while the program computes and calls no socket.
#![no_std]
#![no_main]
#![expect(unused_lifetimes, reason = "in the functions that RTIC writes")]

mod device;
mod lock;

use core::fmt::Write;
use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;

use berkeley::{AddressFamily, Error, Net};
use berkeley_board::{Board, Nic, print};
use berkeley_smoltcp::{Cidr, Memory, Platform};
use heapless::String;
use lock::Masked;
use static_cell::{ConstStaticCell, StaticCell};

/// The board's address: the one that QEMU's user network expects.
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 2, 15));
const PORT: u16 = 7000;

/// How long the program computes for a client.
const COMPUTATION: Duration = Duration::from_millis(300);

/// All secrets follow from it: a product has a seed of its own, and a new one at each start.
const SEED: u64 = 1;

type Stack = berkeley_smoltcp::Stack<'static, Board, Masked>;

/// Two connections of 1 KiB each way, a socket for one of them and one for the listener.
static MEMORY: ConstStaticCell<Memory<'static, 2, 1024, 1024, 2, 0, 0, 1>> =
    ConstStaticCell::new(Memory::new());
static NIC: StaticCell<Nic> = StaticCell::new();
static STACK: StaticCell<Stack> = StaticCell::new();

#[rtic::app(device = crate::device, peripherals = false, dispatchers = [Software])]
mod app {
    use berkeley_board::{exit, exit_code};

    use super::Stack;

    #[shared]
    struct Shared {}

    #[local]
    struct Local {
        stack: &'static Stack,
    }

    #[init]
    fn init(_: init::Context) -> (Shared, Local) {
        let Some(stack) = super::start() else { exit(exit_code::FAILURE) };
        if network::spawn(stack).is_err() {
            exit(exit_code::FAILURE);
        }
        (Shared {}, Local { stack })
    }

    /// Drives the stack whenever an interrupt of the board has woken it.
    #[task(priority = 1)]
    async fn network(_: network::Context, stack: &'static Stack) {
        let _ = stack.pump_async(|| false).await;
    }

    /// The program: what is left when nothing of a higher priority has anything to do.
    #[idle(local = [stack])]
    fn idle(context: idle::Context) -> ! {
        let _ = super::serve(context.local.stack); // it has failed, or it would not have returned
        exit(exit_code::FAILURE)
    }
}

/// The stack with the board's address.
fn start() -> Option<&'static Stack> {
    let (board, nic) = berkeley_board::take(SEED)?;
    let stack: &'static Stack = STACK.init(Stack::new(MEMORY.take(), board));
    let interface = stack.add_interface(NIC.init(nic)).ok()?;
    stack.add_address(interface, Cidr::new(ADDRESS, 24).ok()?).ok()?;
    Some(stack)
}

/// Computes something for each client, and tells it how many frames the network has received
/// meanwhile.
fn serve(stack: &'static Stack) -> Result<(), Error> {
    let net = Net::new(stack);
    let listener = net.stream(AddressFamily::INET)?;
    listener.bind(("", PORT))?;
    listener.listen(1)?;
    print("ready\n");
    loop {
        let (socket, _) = listener.accept()?;
        let before = frames_received(stack);
        compute(stack.platform());
        let frames = frames_received(stack) - before;

        let mut text = String::<64>::new();
        let _ = writeln!(text, "{frames} frames while the program computed");
        let _ = socket.sendall(text.as_bytes()); // a client that is gone does not hear it
    }
}

/// Stands for a computation: it takes its time and calls no socket.
fn compute(board: &Board) {
    let start = board.now();
    while board.now().saturating_duration_since(start) < COMPUTATION {}
}

/// How many frames have arrived. It does not drive the stack.
fn frames_received(stack: &Stack) -> u64 {
    stack.interfaces().map(|interface| interface.received.packets).sum()
}
