//! A TCP client that gets its address by DHCP, and connects again whenever its connection is lost: the
//! link, the host or the host's program may go away at any time.
#![no_std]
#![no_main]

use core::net::Ipv4Addr;
use core::time::Duration;

use berkeley::{AddressFamily, Backend, Error, Net};
use berkeley_board::{Board, Nic, exit, exit_code, print};
use berkeley_smoltcp::{Memory, Stack};
use static_cell::{ConstStaticCell, StaticCell};

/// Whom to connect to: the host of QEMU's user network.
const HOST: (Ipv4Addr, u16) = (Ipv4Addr::new(10, 0, 2, 2), 7000);

/// The pause between two beats, and before the next attempt to connect.
const PAUSE: Duration = Duration::from_millis(500);
/// How long the host has to take a connection, and to answer a beat.
const PATIENCE: Duration = Duration::from_secs(2);

/// All secrets follow from it: a product has a seed of its own, and a new one at each start.
const SEED: u64 = 1;

/// Two connections of 512 bytes each way, for the one before may still be ending; one socket.
static MEMORY: ConstStaticCell<Memory<'static, 2, 512, 512, 1, 0, 0, 1>> =
    ConstStaticCell::new(Memory::new());
static NIC: StaticCell<Nic> = StaticCell::new();

#[cortex_m_rt::entry]
fn main() -> ! {
    if let Some((board, nic)) = berkeley_board::take(SEED) {
        let _ = run(board, nic); // it has failed, or it would not have returned
    }
    exit(exit_code::FAILURE)
}

/// Stays in touch with the host, for ever.
fn run(board: Board, nic: Nic) -> Result<(), Error> {
    let stack: Stack<'_, Board> = Stack::new(MEMORY.take(), board);
    let interface = stack.add_interface(NIC.init(nic))?;
    stack.start_dhcp(interface)?;
    let net = Net::new(&stack);
    loop {
        // At once while there is a lease. The stack prolongs it, and asks for it again when the link
        // was down.
        stack.wait_for_address(interface, AddressFamily::INET, None)?;
        let _ = talk(&net); // whatever has ended it, there will be another connection
        print(if stack.is_up(interface)? { "not connected\n" } else { "no link\n" });
        net.poll(&mut [], PAUSE)?; // the stack goes on meanwhile
    }
}

/// Connects, and sends beats that the host has to answer, until it ends the connection. The link
/// may be down for a moment and nothing is lost: TCP sends again.
///
/// # Errors
///
/// [`Error::TIMED_OUT`] when nothing is heard from the host in time, and those of the connection.
fn talk<B: Backend + Clone>(net: &Net<B>) -> Result<(), Error> {
    let mut socket = net.stream(AddressFamily::INET)?;
    socket.settimeout(PATIENCE)?;
    socket.connect(HOST)?;
    // Nobody is to be kept waiting by what a lost connection could not deliver.
    socket.set_linger(Some(Duration::ZERO))?;
    print("connected\n");
    let mut answer = [0; 64];
    loop {
        socket.sendall(b"beat\n")?;
        if socket.recv(&mut answer)? == 0 {
            return Ok(());
        }
        net.poll(&mut [], PAUSE)?;
    }
}
