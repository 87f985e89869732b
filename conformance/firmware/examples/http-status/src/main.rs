//! A status page over HTTP, for several connections at once on one thread: the server is the suite's,
//! the same as on hosts, and the page is this board's.
#![no_std]
#![no_main]

use core::fmt::Write;
use core::net::{IpAddr, Ipv4Addr};

use berkeley::{AddressFamily, Error, Net};
use berkeley_board::{Board, NAME, Nic, exit, exit_code, print, stack_peak, stack_size};
use berkeley_conformance::http_server::serve_pages;
use berkeley_smoltcp::{Cidr, Memory, Platform, Stack};
use heapless::String;
use static_cell::{ConstStaticCell, StaticCell};

/// The board's address: that of a guest in QEMU's user network.
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 2, 15));

/// All secrets follow from it: a product has a seed of its own, and a new one at each start.
const SEED: u64 = 1;

/// Eight connections of 1 KiB each way, their sockets and the listener's.
static MEMORY: ConstStaticCell<Memory<'static, 8, 1024, 1024, 9, 0, 0>> =
    ConstStaticCell::new(Memory::new());
static NIC: StaticCell<Nic> = StaticCell::new();

#[cortex_m_rt::entry]
fn main() -> ! {
    if let Some((board, nic)) = berkeley_board::take(SEED) {
        let _ = run(board, nic); // it has failed, or it would not have returned
    }
    exit(exit_code::FAILURE)
}

/// Serves the page, for ever.
fn run(board: Board, nic: Nic) -> Result<(), Error> {
    let stack: Stack<'_, Board> = Stack::new(MEMORY.take(), board);
    let interface = stack.add_interface(NIC.init(nic))?;
    stack.add_address(interface, Cidr::new(ADDRESS, 24)?)?;

    print("ready\n");
    let net = Net::new(&stack);
    serve_pages(&net, AddressFamily::INET, ("", 80), usize::MAX, |path| {
        path.is_empty().then(|| status(&stack))
    })
}

/// The page: how long the board has been running, and how full its memory has been.
fn status(stack: &Stack<'_, Board>) -> String<512> {
    let mut page = String::new();
    // A page that is too long is cut off.
    let _ = describe(stack, &mut page);
    page
}

fn describe(stack: &Stack<'_, Board>, page: &mut String<512>) -> core::fmt::Result {
    writeln!(page, "board: {NAME}")?;
    writeln!(page, "milliseconds since the start: {}", stack.platform().now().as_millis())?;
    writeln!(page, "bytes of stack: {} of {}", stack_peak(), stack_size())?;
    let Ok(usage) = stack.usage() else { return Ok(()) };
    for (pool, usage) in usage.iter().filter(|(_, usage)| usage.capacity > 0) {
        let (now, most, all) = (usage.in_use, usage.high_water, usage.capacity);
        writeln!(page, "{pool}: {now} now, {most} at most, of {all}")?;
    }
    Ok(())
}
