//! Devices of the host: the kernel speaks to a stack over TAP, over TUN, and over one end of a `veth`
//! pair, in a network of their own. The test runs itself again and moves that process.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;
use std::{env, thread};

use berkeley::{AddressFamily, Net};
use berkeley_os::device::{PacketSocket, Tap, Tun, interface, namespace};
use berkeley_smoltcp::device::Device;
use berkeley_smoltcp::host::{Host, HostDevice, PacketDevice, TapDevice, TunDevice};
use berkeley_smoltcp::lock::Threads;
use berkeley_smoltcp::{Capacity, Cidr, HardwareAddress, Stack};

/// Says to the process that it is the one that was run again.
const INSIDE: &str = "BERKELEY_TEST_INSIDE";
/// What that process says when the machine does not allow it.
const NOT_AVAILABLE: u8 = 77;

const PATIENTLY: Duration = Duration::from_secs(60);

/// The stack's own hardware address.
const MAC: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 9]);

/// There is no test harness here: it would have threads when the network is to be changed.
fn main() -> ExitCode {
    if env::var_os(INSIDE).is_none() {
        let again = env::current_exe().expect("this program has a path");
        let status = Command::new(again).env(INSIDE, "1").status().expect("it can be run again");
        let passed = status.success() || status.code() == Some(i32::from(NOT_AVAILABLE));
        println!("test host_devices ... {}", if passed { "ok" } else { "FAILED" });
        return if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    if let Err(error) = namespace::enter_new() {
        println!("devices of the host are not available: {error}");
        return ExitCode::from(NOT_AVAILABLE);
    }
    // Only what the machine may lack counts as missing; after that every error is a failure.
    match Tap::open("lab%d") {
        Ok(tap) => exchange(tap.name().to_owned(), TapDevice::new(tap, MAC, 1500), 1),
        Err(error) => missing("TAP", &error),
    }
    match Tun::open("lab%d") {
        Ok(tun) => exchange(tun.name().to_owned(), TunDevice::new(tun, 1500), 2),
        Err(error) => missing("TUN", &error),
    }
    match veth_pair().and_then(|()| PacketSocket::open("vethb")) {
        Ok(socket) => {
            interface::set_up("vethb").unwrap();
            exchange("vetha".to_owned(), PacketDevice::new(socket, MAC, 1500), 3);
        }
        Err(error) => missing("PACKET", &error),
    }
    ExitCode::SUCCESS
}

fn missing(kind: &str, error: &io::Error) {
    // EPERM, ENOENT, EACCES, ENODEV, EINVAL, EOPNOTSUPP: the privilege, the device, the driver
    let known = matches!(error.raw_os_error(), None | Some(1 | 2 | 13 | 19 | 22 | 95));
    assert!(known, "{kind}: {error:?}");
    println!("{kind} devices are not available: {error}");
}

/// Two interfaces that are connected to each other.
fn veth_pair() -> io::Result<()> {
    let made = Command::new("ip")
        .args(["link", "add", "vetha", "type", "veth", "peer", "name", "vethb"])
        .status()?;
    if made.success() { Ok(()) } else { Err(io::Error::other("ip cannot make a veth pair")) }
}

/// The kernel, whose end this interface is, gets an echo from a stack with this device.
fn exchange<I>(name: String, device: HostDevice<I>, number: u8)
where
    HostDevice<I>: Device + Send + 'static,
    I: berkeley_os::device::PacketInterface,
{
    interface::skip_duplicate_address_detection(&name).unwrap();
    interface::set_up(&name).unwrap();
    let hosts = |last: u8| -> [(IpAddr, u8); 2] {
        [
            ([10, 9, number, last].into(), 24),
            ([0xfd00, 9, u16::from(number), 0, 0, 0, 0, u16::from(last)].into(), 64),
        ]
    };
    for (address, prefix) in hosts(1) {
        interface::add_address(&name, address, prefix).unwrap();
    }
    let host = Host::new([device.descriptor().unwrap()]).unwrap();
    let stack = Arc::new(Stack::<_, Threads>::new(Capacity::default(), host));
    let interface = stack.add_interface(Box::new(device)).unwrap();
    for (address, prefix) in hosts(2) {
        stack.add_address(interface, Cidr::new(address, prefix).unwrap()).unwrap();
    }
    let net = Net::new(stack);
    let mut listener = net.stream(AddressFamily::INET6).unwrap();
    listener.settimeout(PATIENTLY).unwrap();
    listener.set_option(berkeley::options::V6ONLY, false).unwrap();
    listener.bind(("", 7)).unwrap();
    listener.listen(2).unwrap();
    let mut receiver = net.datagram(AddressFamily::INET6).unwrap();
    receiver.settimeout(PATIENTLY).unwrap();
    receiver.set_option(berkeley::options::V6ONLY, false).unwrap();
    receiver.bind(("", 7)).unwrap();
    let server = thread::spawn(move || {
        for _ in 0..2 {
            let (mut connection, _) = listener.accept().unwrap();
            connection.settimeout(PATIENTLY).unwrap();
            let mut buffer = [0; 4096];
            loop {
                match connection.recv(&mut buffer).unwrap() {
                    0 => break,
                    count => connection.sendall(&buffer[..count]).unwrap(),
                }
            }
            drop(connection);
            let (count, from) = receiver.recvfrom(&mut buffer).unwrap();
            receiver.sendto(&buffer[..count], from.unwrap()).unwrap();
        }
        net.backend().finish(PATIENTLY).unwrap();
    });
    for (address, _) in hosts(2) {
        let address = SocketAddr::new(address, 7);
        let mut client = TcpStream::connect_timeout(&address, PATIENTLY).unwrap();
        client.set_read_timeout(Some(PATIENTLY)).unwrap();
        let mut back = [0; 1000];
        for round in 0..20 {
            client.write_all(&[round; 1000]).unwrap();
            client.read_exact(&mut back).unwrap();
            assert_eq!(back, [round; 1000]);
        }
        drop(client);
        let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let sender = UdpSocket::bind(any).unwrap();
        sender.set_read_timeout(Some(PATIENTLY)).unwrap();
        sender.send_to(&[4; 3000], address).unwrap(); // in fragments
        let mut buffer = [0; 4000];
        assert_eq!(sender.recv(&mut buffer).unwrap(), 3000);
    }
    server.join().unwrap();
    println!("{name}: ok");
}
