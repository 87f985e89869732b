//! Telemetry by UDP: sends readings to a host, and again until the host has acknowledged them.
#![no_std]
#![no_main]

use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;

use berkeley::{AddressFamily, Backend, Error, Net, Socket};
use berkeley_board::{Board, Nic, exit, exit_code, print, stack_peak};
use berkeley_smoltcp::{Cidr, Memory, Platform, Stack};
use static_cell::{ConstStaticCell, StaticCell};

/// The board's address, and who takes the readings: those of QEMU's user network.
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 2, 15));
const HOST: (Ipv4Addr, u16) = (Ipv4Addr::new(10, 0, 2, 2), 5005);

/// The pause between two readings, how often one is sent at most, and how long the host has each time
/// to acknowledge it.
const PAUSE: Duration = Duration::from_secs(1);
const ATTEMPTS: usize = 4;
const PATIENCE: Duration = Duration::from_millis(500);

/// All secrets follow from it: a product has a seed of its own, and a new one at each start.
const SEED: u64 = 1;

/// One datagram socket whose queue holds some acknowledgements, and one packet that waits until the
/// host's hardware address is known.
static MEMORY: ConstStaticCell<Memory<'static, 0, 0, 0, 1, 1, 256, 1>> =
    ConstStaticCell::new(Memory::new());
static NIC: StaticCell<Nic> = StaticCell::new();

#[cortex_m_rt::entry]
fn main() -> ! {
    if let Some((board, nic)) = berkeley_board::take(SEED) {
        let _ = run(board, nic); // it has failed, or it would not have returned
    }
    exit(exit_code::FAILURE)
}

/// Sends one reading after the other.
fn run(board: Board, nic: Nic) -> Result<(), Error> {
    let stack: Stack<'_, Board> = Stack::new(MEMORY.take(), board);
    let interface = stack.add_interface(NIC.init(nic))?;
    stack.add_address(interface, Cidr::new(ADDRESS, 24)?)?;

    let net = Net::new(&stack);
    let mut socket = net.datagram(AddressFamily::INET)?;
    socket.settimeout(PATIENCE)?;
    socket.connect(HOST)?;
    let mut number = 0;
    loop {
        let uptime = board.now().as_millis() as u32;
        match report(&socket, [number, uptime, stack_peak() as u32]) {
            Ok(()) => print("acknowledged\n"),
            Err(_) => print("not acknowledged\n"),
        }
        number = number.wrapping_add(1);
        net.poll(&mut [], PAUSE)?; // the stack goes on meanwhile
    }
}

/// Sends a reading until the host has acknowledged it.
///
/// # Errors
///
/// [`Error::TIMED_OUT`] when it never has. Others, such as `ECONNREFUSED` when nobody listens there,
/// are an answer of the network, which is not asked again at once.
fn report<B: Backend + Clone>(socket: &Socket<B>, reading: [u32; 3]) -> Result<(), Error> {
    let message = reading.map(u32::to_be_bytes);
    for _ in 0..ATTEMPTS {
        socket.send(message.as_flattened())?;
        match acknowledged(socket, message[0]) {
            Err(Error::TIMED_OUT) => {}
            outcome => return outcome,
        }
    }
    Err(Error::TIMED_OUT)
}

/// Waits for the acknowledgement of a reading. Those of earlier ones may still come: they are
/// ignored, and each of them gives the host some more time.
fn acknowledged<B: Backend + Clone>(socket: &Socket<B>, number: [u8; 4]) -> Result<(), Error> {
    let mut answer = [0; 4];
    while socket.recv(&mut answer)? != answer.len() || answer != number {}
    Ok(())
}
