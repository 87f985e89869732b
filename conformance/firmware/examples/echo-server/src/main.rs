//! The manual's echo server on a microcontroller: the program is the host's, line for line.
#![no_std]
#![no_main]

#[cfg_attr(not(feature = "semihosting"), path = "no_console.rs")]
mod console;

use core::net::{IpAddr, Ipv4Addr};

use berkeley::{Error, Net};
use berkeley_board::{Board, Nic, exit, exit_code, print};
use berkeley_conformance::programs;
use berkeley_smoltcp::{Cidr, Memory, Stack};
use console::Console;
use static_cell::{ConstStaticCell, StaticCell};

/// The board's address: the one that QEMU's user network expects.
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 2, 15));
const PORT: u16 = 50007;

/// All secrets follow from it: a product has a seed of its own, and a new one at each start.
const SEED: u64 = 1;

/// Three connections of 2 KiB each way: one is served, two wait. Two sockets would do, for the
/// listener and the connection; and one packet can wait until its receiver's hardware address is
/// known.
static MEMORY: ConstStaticCell<Memory<'static, 3, 2048, 2048, 4, 0, 0, 1>> =
    ConstStaticCell::new(Memory::new());
static NIC: StaticCell<Nic> = StaticCell::new();

#[cortex_m_rt::entry]
fn main() -> ! {
    if let Some((board, nic)) = berkeley_board::take(SEED) {
        let _ = run(board, nic); // it has failed, or it would not have returned
    }
    exit(exit_code::FAILURE)
}

/// Serves one client after the other.
fn run(board: Board, nic: Nic) -> Result<(), Error> {
    let stack: Stack<'_, Board> = Stack::new(MEMORY.take(), board);
    let interface = stack.add_interface(NIC.init(nic))?;
    stack.add_address(interface, Cidr::new(ADDRESS, 24)?)?;
    print("ready\n");
    programs::echo_server_for_ever(&Net::new(&stack), PORT, &mut Console)
}
