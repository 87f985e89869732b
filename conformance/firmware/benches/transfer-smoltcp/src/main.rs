//! 1 MiB to an echo server and back, written directly on smoltcp: the same programs as on sockets.
//! `ack-delay=none` has it acknowledge each segment at once.
#![no_std]
#![no_main]

#[path = "../../../examples/raw-smoltcp-echo/src/device.rs"]
mod device;
mod loopback;

use berkeley_board::{Arguments, Board, Nic, exit, exit_code, print};
use berkeley_smoltcp::Platform;
use berkeley_smoltcp::device::{Device, Medium};
use device::SmoltcpDevice;
use loopback::{Loopback, Ring};
use smoltcp::iface::{Config, Interface, PollResult, SocketHandle, SocketSet, SocketStorage};
use smoltcp::phy;
use smoltcp::socket::tcp;
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpAddress, IpCidr};
use static_cell::{ConstStaticCell, StaticCell};
use transfer::{AMOUNT, BUFFER, CHUNK, COMPARED, PORT, Sleepless, data, report};

static BUFFERS: ConstStaticCell<[[[u8; BUFFER]; 2]; 2]> =
    ConstStaticCell::new([[[0; BUFFER]; 2]; 2]);
static STORAGE: ConstStaticCell<[SocketStorage<'static>; 2]> =
    ConstStaticCell::new([SocketStorage::EMPTY; 2]);
static RING: StaticCell<Ring> = StaticCell::new();

#[cortex_m_rt::entry]
fn main() -> ! {
    let Some((board, nic)) = berkeley_board::take(1) else { exit(exit_code::FAILURE) };
    let arguments = Arguments::read();
    match (arguments.value("over"), arguments.value("as")) {
        (Some("loopback"), Some("pieces")) => over_loopback(board, exchange_pieces),
        (Some("loopback"), _) => over_loopback(board, exchange_stream),
        _ => over_network(board, nic, arguments.value("ack-delay") == Some("none")),
    }
}

/// An interface with its sockets.
struct Raw<D: phy::Device, P> {
    platform: P,
    device: D,
    interface: Interface,
    sockets: SocketSet<'static>,
}

/// One whose board does not sleep.
type Awake = Raw<Loopback<'static>, Sleepless>;

impl<D: phy::Device, P: Platform> Raw<D, P> {
    fn new(platform: P, mut device: D, hardware: HardwareAddress, address: IpCidr) -> Raw<D, P> {
        let mut interface = Interface::new(Config::new(hardware), &mut device, now(&platform));
        interface.update_ip_addrs(|addresses| {
            let _ = addresses.push(address); // there is room for two
        });
        Raw { platform, device, interface, sockets: SocketSet::new(&mut STORAGE.take()[..]) }
    }

    /// Adds a socket with these buffers.
    fn add(&mut self, [receive, send]: &'static mut [[u8; BUFFER]; 2]) -> SocketHandle {
        let [receive, send] = [receive, send].map(|buffer| tcp::SocketBuffer::new(&mut buffer[..]));
        self.sockets.add(tcp::Socket::new(receive, send))
    }

    fn socket(&mut self, handle: SocketHandle) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(handle)
    }

    /// Works off what there is; if that is nothing, waits until there may be something.
    fn wait(&mut self) {
        let seen = self.platform.seq();
        let now = now(&self.platform);
        let polled = self.interface.poll(now, &mut self.device, &mut self.sockets);
        if polled == PollResult::None {
            let next = self.interface.poll_at(now, &self.sockets);
            let next = next.map(|next| berkeley::Instant::from_micros(next.total_micros() as u64));
            self.platform.park(seen, next);
        }
    }

    /// Sends back what a socket has received, as far as there is room: how much that was.
    fn echo(&mut self, server: SocketHandle, buffer: &mut [u8; CHUNK]) -> usize {
        let socket = self.socket(server);
        let room = (socket.send_capacity() - socket.send_queue()).min(CHUNK);
        let count = socket.recv_slice(&mut buffer[..room]).unwrap_or(0);
        socket.send_slice(&buffer[..count]).unwrap_or(0)
    }
}

fn now(platform: &impl Platform) -> Instant {
    Instant::from_micros(platform.now().as_micros() as i64)
}

fn over_loopback(
    board: Board,
    exchange: fn(&mut Awake, SocketHandle, SocketHandle, usize, bool),
) -> ! {
    let address = IpAddress::v4(127, 0, 0, 1);
    let device = Loopback(RING.init_with(Ring::new));
    let cidr = IpCidr::new(address, 8);
    let mut raw = Raw::new(Sleepless::new(board), device, HardwareAddress::Ip, cidr);
    let [of_client, of_server] = BUFFERS.take();
    let (client, server) = (raw.add(of_client), raw.add(of_server));
    let _ = raw.socket(server).listen(PORT); // the port is not 0, and the socket closed
    let socket = raw.sockets.get_mut::<tcp::Socket<'_>>(client);
    let _ = socket.connect(raw.interface.context(), (address, PORT), 49_152);
    while !(raw.socket(client).may_send() && raw.socket(server).may_send()) {
        raw.wait();
    }
    exchange(&mut raw, client, server, COMPARED, true);
    let start = board.now();
    exchange(&mut raw, client, server, AMOUNT, false);
    report(&board, start);
    exit(exit_code::SUCCESS)
}

/// Sends a piece when the one before has come back.
fn exchange_pieces(
    raw: &mut Awake,
    client: SocketHandle,
    server: SocketHandle,
    amount: usize,
    compare: bool,
) {
    let mut buffer = [0; CHUNK];
    for place in (0..amount).step_by(CHUNK) {
        let piece = data(place);
        let _ = raw.socket(client).send_slice(piece); // there is room for it
        let mut received = 0;
        while received < CHUNK {
            raw.wait();
            raw.echo(server, &mut buffer);
            let count = raw.socket(client).recv_slice(&mut buffer).unwrap_or(0);
            if compare && buffer[..count] != piece[received..received + count] {
                exit(exit_code::DATA);
            }
            received += count;
        }
    }
}

/// Sends as much as is taken.
fn exchange_stream(
    raw: &mut Awake,
    client: SocketHandle,
    server: SocketHandle,
    amount: usize,
    compare: bool,
) {
    let mut buffer = [0; CHUNK];
    let (mut sent, mut received) = (0, 0);
    while received < amount {
        let rest = CHUNK.min(amount - sent);
        sent += raw.socket(client).send_slice(&data(sent)[..rest]).unwrap_or(0);
        raw.echo(server, &mut buffer);
        let count = raw.socket(client).recv_slice(&mut buffer).unwrap_or(0);
        if compare && buffer[..count] != data(received)[..count] {
            exit(exit_code::DATA);
        }
        received += count;
        raw.wait();
    }
}

/// An echo server for one client.
fn over_network(board: Board, nic: Nic, acknowledges_at_once: bool) -> ! {
    let Medium::Ethernet(hardware) = nic.medium() else { exit(exit_code::FAILURE) };
    let hardware = EthernetAddress(hardware.0).into();
    let cidr = IpCidr::new(IpAddress::v4(10, 0, 2, 15), 24);
    let mut raw = Raw::new(board, SmoltcpDevice::new(nic), hardware, cidr);
    let [buffers, _] = BUFFERS.take();
    let server = raw.add(buffers);
    let socket = raw.socket(server);
    let _ = socket.listen(PORT); // the port is not 0, and the socket closed
    if acknowledges_at_once {
        socket.set_ack_delay(None);
    }
    print("ready\n");
    let mut buffer = [0; CHUNK];
    loop {
        raw.wait();
        raw.echo(server, &mut buffer);
        let socket = raw.socket(server);
        if socket.state() == tcp::State::CloseWait && socket.recv_queue() == 0 {
            socket.close();
        }
        if socket.state() == tcp::State::Closed {
            exit(exit_code::SUCCESS)
        }
    }
}
