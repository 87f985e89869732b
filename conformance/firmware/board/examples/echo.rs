//! The smallest program on either board: an echo server on port 7, and its address on the console.
//!
//!     LINK=user,hostfwd=tcp:127.0.0.1:7007-:7 cargo run --release -p berkeley-board --example echo \
//!         --features mps2-an385,semihosting -- 10.0.2.15
#![no_std]
#![no_main]

use core::net::IpAddr;

use berkeley::{AddressFamily, Error, Net};
use berkeley_board::{Arguments, Board, Nic, exit, exit_code, print};
use berkeley_smoltcp::{Cidr, Memory, Stack};
use static_cell::{ConstStaticCell, StaticCell};

static MEMORY: ConstStaticCell<Memory<'static, 2, 2048, 2048, 4, 0, 0>> =
    ConstStaticCell::new(Memory::new());
static NIC: StaticCell<Nic> = StaticCell::new();

#[cortex_m_rt::entry]
fn main() -> ! {
    match berkeley_board::take(1).map(|(board, nic)| serve(board, nic)) {
        Some(Ok(())) => exit(exit_code::SUCCESS),
        _ => exit(exit_code::FAILURE),
    }
}

/// Echoes one connection after the other, for ever.
fn serve(board: Board, nic: Nic) -> Result<(), Error> {
    let stack: Stack<'_, Board> = Stack::new(MEMORY.take(), board);
    let interface = stack.add_interface(NIC.init(nic))?;
    let arguments = Arguments::read();
    let address = arguments.words().next().unwrap_or("192.0.2.1");
    let address: IpAddr = address.parse().map_err(|_| Error::INVALID_VALUE)?;
    stack.add_address(interface, Cidr::new(address, 24)?)?;

    let net = Net::new(&stack);
    let listener = net.stream(AddressFamily::INET)?;
    listener.bind(("", 7))?;
    listener.listen(1)?;
    print("listening\n");
    let mut buffer = [0; 512];
    loop {
        let (socket, _) = listener.accept()?;
        while let Ok(length @ 1..) = socket.recv(&mut buffer) {
            if socket.sendall(&buffer[..length]).is_err() {
                break;
            }
        }
    }
}
