//! 1 MiB to an echo server and back, on blocking sockets.
//!
//! `over=loopback` is client and server in one program, over the loopback device; it says how many
//! microseconds of the board's clock that took. With `as=pieces` a piece is sent when the one before has come
//! back, with `as=stream` as much as is taken. Without, the board is a server for a client on the network.
#![no_std]
#![no_main]

use core::net::{IpAddr, Ipv4Addr};

use berkeley::{AddressFamily, Error, ErrorKind, MessageFlags, Net, Socket};
use berkeley_board::{Arguments, Board, Nic, exit, exit_code, print};
use berkeley_smoltcp::device::Loopback;
use berkeley_smoltcp::{Cidr, ConnectionBuffers, Memory, Platform, Resources, Stack};
use static_cell::{ConstStaticCell, StaticCell};
use transfer::{AMOUNT, BUFFER, CHUNK, COMPARED, MTU, PACKETS, PORT, Sleepless, data, report};

/// Two connections, three sockets, and one packet that waits for its receiver's hardware address.
static MEMORY: ConstStaticCell<Memory<'static, 2, 0, 0, 3, 0, 0, 1>> =
    ConstStaticCell::new(Memory::new());
static BUFFERS: ConstStaticCell<ConnectionBuffers<2, BUFFER, BUFFER>> =
    ConstStaticCell::new(ConnectionBuffers::new());
static QUEUE: ConstStaticCell<[u8; PACKETS * MTU]> = ConstStaticCell::new([0; PACKETS * MTU]);
static LOOPBACK: StaticCell<Loopback<'static>> = StaticCell::new();
static NIC: StaticCell<Nic> = StaticCell::new();

/// A socket whose board does not sleep.
type Awake<'a> = Socket<&'a Stack<'static, Sleepless>>;

#[cortex_m_rt::entry]
fn main() -> ! {
    let Some((board, nic)) = berkeley_board::take(1) else { exit(exit_code::FAILURE) };
    let arguments = Arguments::read();
    let outcome = match (arguments.value("over"), arguments.value("as")) {
        (Some("loopback"), Some("pieces")) => over_loopback(board, exchange_pieces),
        (Some("loopback"), _) => over_loopback(board, exchange_stream),
        _ => over_network(board, nic),
    };
    exit(if outcome.is_ok() { exit_code::SUCCESS } else { exit_code::FAILURE })
}

fn resources() -> Resources<'static> {
    Resources::from(MEMORY.take()).with_buffers(BUFFERS.take())
}

fn over_loopback(
    board: Board,
    exchange: fn(&Awake<'_>, &Awake<'_>, usize, bool) -> Result<(), Error>,
) -> Result<(), Error> {
    let stack = Stack::new(resources(), Sleepless::new(board));
    stack.add_interface(LOOPBACK.init(Loopback::new(&mut QUEUE.take()[..], MTU)))?;
    let net = Net::new(&stack);
    let listener = net.stream(AddressFamily::INET)?;
    listener.bind(("", PORT))?;
    listener.listen(1)?;
    let client = net.stream(AddressFamily::INET)?;
    client.connect((Ipv4Addr::LOCALHOST, PORT))?;
    let (server, _) = listener.accept()?;
    exchange(&client, &server, COMPARED, true)?;
    let start = board.now();
    exchange(&client, &server, AMOUNT, false)?;
    report(&board, start);
    Ok(())
}

/// Sends a piece when the one before has come back.
fn exchange_pieces(
    client: &Awake<'_>,
    server: &Awake<'_>,
    amount: usize,
    compare: bool,
) -> Result<(), Error> {
    let mut buffer = [0; CHUNK];
    for place in (0..amount).step_by(CHUNK) {
        let piece = data(place);
        client.sendall(piece)?;
        let mut echoed = 0;
        while echoed < CHUNK {
            let count = server.recv(&mut buffer)?;
            server.sendall(&buffer[..count])?;
            echoed += count;
        }
        let mut received = 0;
        while received < CHUNK {
            let count = client.recv(&mut buffer)?;
            if compare && buffer[..count] != piece[received..received + count] {
                exit(exit_code::DATA);
            }
            received += count;
        }
    }
    Ok(())
}

/// Sends as much as is taken.
fn exchange_stream(
    client: &Awake<'_>,
    server: &Awake<'_>,
    amount: usize,
    compare: bool,
) -> Result<(), Error> {
    let now = MessageFlags::DONTWAIT;
    let mut buffer = [0; CHUNK];
    let (mut sent, mut received) = (0, 0);
    while received < amount {
        let rest = CHUNK.min(amount - sent);
        sent += moved(client.send_with(&data(sent)[..rest], now))?;
        let count = moved(server.recv_into(&mut buffer, 0, now))?;
        server.sendall(&buffer[..count])?;
        let count = moved(client.recv_into(&mut buffer, 0, now))?;
        if compare && buffer[..count] != data(received)[..count] {
            exit(exit_code::DATA);
        }
        received += count;
    }
    Ok(())
}

/// What a call that does not wait has moved.
fn moved(outcome: Result<usize, Error>) -> Result<usize, Error> {
    match outcome {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
        outcome => outcome,
    }
}

/// An echo server for one client.
fn over_network(board: Board, nic: Nic) -> Result<(), Error> {
    let stack: Stack<'_, Board> = Stack::new(resources(), board);
    let interface = stack.add_interface(NIC.init(nic))?;
    let address = IpAddr::V4(Ipv4Addr::new(10, 0, 2, 15));
    stack.add_address(interface, Cidr::new(address, 24)?)?;
    let net = Net::new(&stack);
    let listener = net.stream(AddressFamily::INET)?;
    listener.bind(("", PORT))?;
    listener.listen(1)?;
    print("ready\n");
    let (server, _) = listener.accept()?;
    let mut buffer = [0; CHUNK];
    loop {
        match server.recv(&mut buffer)? {
            0 => {
                server.close()?;
                stack.finish(core::time::Duration::from_secs(5))?;
                return Ok(());
            }
            count => server.sendall(&buffer[..count])?,
        }
    }
}
