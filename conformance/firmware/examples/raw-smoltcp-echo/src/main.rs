//! An echo server written directly on smoltcp, for comparison with the one on sockets: the same
//! boards and driver, as many connections with as large buffers.
#![no_std]
#![no_main]

mod device;

use berkeley_board::{Board, Nic, exit, exit_code, print};
use berkeley_smoltcp::Platform;
use berkeley_smoltcp::device::{Device, Medium};
use device::SmoltcpDevice;
use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
use smoltcp::socket::{Socket, tcp};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr};
use static_cell::ConstStaticCell;

/// The board's address: the one that QEMU's user network expects.
const ADDRESS: IpAddress = IpAddress::v4(10, 0, 2, 15);
const PORT: u16 = 50007;

/// All secrets follow from it: a product has a seed of its own, and a new one at each start.
const SEED: u64 = 1;

/// Three connections with 2 KiB each way. smoltcp has no backlog: each of them listens by itself.
const CONNECTIONS: usize = 3;
static BUFFERS: ConstStaticCell<[[[u8; 2048]; 2]; CONNECTIONS]> =
    ConstStaticCell::new([[[0; 2048]; 2]; CONNECTIONS]);

#[cortex_m_rt::entry]
fn main() -> ! {
    match berkeley_board::take(SEED) {
        Some((board, nic)) => serve(board, nic),
        None => exit(exit_code::FAILURE),
    }
}

/// Serves all connections at once.
fn serve(board: Board, nic: Nic) -> ! {
    let Medium::Ethernet(address) = nic.medium() else { exit(exit_code::FAILURE) };
    let mut config = Config::new(EthernetAddress(address.0).into());
    let mut seed = [0; 8];
    board.entropy(&mut seed);
    config.random_seed = u64::from_le_bytes(seed);

    let now = || Instant::from_micros(board.now().as_micros() as i64);
    let mut device = SmoltcpDevice::new(nic);
    let mut interface = Interface::new(config, &mut device, now());
    interface.update_ip_addrs(|addresses| {
        let _ = addresses.push(IpCidr::new(ADDRESS, 24)); // there is room for two
    });
    let mut storage = [SocketStorage::EMPTY; CONNECTIONS];
    let mut sockets = SocketSet::new(&mut storage[..]);
    for [receive, send] in BUFFERS.take() {
        let [receive, send] = [receive, send].map(|buffer| tcp::SocketBuffer::new(&mut buffer[..]));
        sockets.add(tcp::Socket::new(receive, send));
    }

    print("ready\n");
    loop {
        let seen = board.seq();
        interface.poll(now(), &mut device, &mut sockets);
        for (_, socket) in sockets.iter_mut() {
            let Socket::Tcp(socket) = socket;
            echo(socket);
        }
        let next = interface.poll_at(now(), &sockets);
        board.park(
            seen,
            next.map(|next| berkeley::Instant::from_micros(next.total_micros() as u64)),
        );
    }
}

/// Does what there is to do for one connection.
fn echo(socket: &mut tcp::Socket<'_>) {
    if !socket.is_open() {
        let _ = socket.listen(PORT); // the port is not 0, and the socket closed
    }
    let mut data = [0; 1024];
    let room = (socket.send_capacity() - socket.send_queue()).min(data.len());
    if let Ok(length @ 1..) = socket.recv_slice(&mut data[..room]) {
        let _ = socket.send_slice(&data[..length]); // there is room, unless it was closed
    }
    if socket.state() == tcp::State::CloseWait && socket.recv_queue() == 0 {
        socket.close();
    }
}
