//! The target `stack_frames`: one stack, and the fuzzer is its network.
//!
//! An input is a list of operations: socket calls, packets of all kinds, time. After each:
//! everything comes to rest; every packet of the stack is well formed, and says no more than is
//! true; no byte is received that was not sent, none is acknowledged and lost; handles that are
//! closed stay closed; waits end exactly when they should. At last everything is closed, time
//! passes, and all of the stack's memory must be free again.

mod configure;
mod network;
mod wire;

use std::mem::ManuallyDrop;
use std::time::Duration;

use berkeley::{AddressFamily, Backend, Errno, ErrorKind, Patience, Pool, Protocol, SocketType};
use berkeley_smoltcp::device::{Loopback, Medium};
use berkeley_smoltcp::{
    Capacity, Cidr, DeviceOf, InterfaceIdentifiers, InterfaceIndex, Memory, Stack,
};

use super::input::Input;
use super::machine::{Machine, OWN, Port, Wire, pass, settle};
use super::peers::Peers;
use super::program::Program;
use super::{FAR, NEAR, TRACE, all_is_given_back, cidr, ip, nothing_overflows};

/// How many of everything the stack has, on the heap or not.
const DESCRIPTORS: u16 = 12;
const CONNECTIONS: u16 = 4;
const DATAGRAMS: u16 = 3;
const RECEIVE: usize = 2048;
const SEND: usize = 1536;
const QUEUE: usize = 4096;
const REASSEMBLY: usize = 9000;

/// On the heap.
const CAPACITY: Capacity = Capacity {
    descriptors: DESCRIPTORS,
    connections: CONNECTIONS,
    receive: RECEIVE,
    send: SEND,
    half_open: 4,
    time_wait: 4,
    datagrams: DATAGRAMS,
    queue: QUEUE,
    unix_sockets: 0,
    unix_queue: 0,
    memberships: 8,
    interfaces: 2,
    addresses: 8,
    routes: 2,
    neighbours: 6,
    packets: 4,
    packet: 1500,
    reassemblies: 1,
    waiters: 4,
};

/// The same without a heap.
type Fixed<'a> = Memory<
    'a,
    { CONNECTIONS as usize },
    RECEIVE,
    SEND,
    { DESCRIPTORS as usize },
    { DATAGRAMS as usize },
    QUEUE,
    4,
    1500,
    1,
    REASSEMBLY,
>;

/// What a program may want to speak to: itself, its neighbours, nobody, everybody.
const PLACES: [&str; 18] = [
    NEAR[0],
    NEAR[1],
    FAR[0],
    FAR[1],
    FAR[2],
    "127.0.0.1",
    "::1",
    "0.0.0.0",
    "::",
    NEAR[2],
    SILENT[0],
    SILENT[1],
    "198.51.100.7", // behind the gateway, if there is one
    "255.255.255.255",
    "192.0.2.255",
    "224.0.0.251",
    "ff02::fb",
    "127.9.9.9",
];

/// Neighbours that never answer.
const SILENT: [&str; 2] = ["192.0.2.66", "2001:db8::66"];

/// The first byte of an input: what the stack is like.
pub const FIXED_MEMORY: u8 = 1;
/// The wire carries IP packets without Ethernet.
pub const PLAIN_IP: u8 = 2;
/// There is a default route.
pub const GATEWAY: u8 = 4;

/// The network configures the stack: a server of DHCP, and routers.
pub const CONFIGURED: u8 = 8;

/// Operations from here on are packets and time, below it they are calls.
pub const NETWORK: u8 = 160;

/// Runs an input.
///
/// # Panics
///
/// Something is not as it must be.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let setup = input.byte();
    let wire = Wire::default();
    let medium = if setup & PLAIN_IP != 0 { Medium::Ip } else { Medium::Ethernet(OWN) };
    let port = Port { wire: wire.clone(), medium };
    let machine = Machine::new(u64::from(input.byte()));
    let network = Network {
        wire,
        framed: setup & PLAIN_IP == 0,
        gateway: setup & GATEWAY != 0,
        configured: setup & (CONFIGURED | PLAIN_IP) == CONFIGURED,
    };
    if setup & FIXED_MEMORY == 0 {
        let loopback = Loopback::new(vec![0; 20_000], 3000);
        let stack = Stack::<_>::new(CAPACITY, machine);
        return run(&stack, Box::new(loopback), Box::new(port), network, &mut input);
    }
    let (mut port, mut ring) = (port, [0; 20_000]);
    let mut loopback = Loopback::new(&mut ring[..], 3000);
    // The memory refers to itself: nothing in it may be dropped, and nothing needs to be.
    let mut memory = ManuallyDrop::new(Fixed::new());
    let stack = Stack::<_>::new(&mut *memory, machine);
    run(&stack, &mut loopback, &mut port, network, &mut input);
}

/// What does not depend on where the stack's memory is.
struct Network {
    wire: Wire,
    /// Whether there is Ethernet around packets.
    framed: bool,
    gateway: bool,
    configured: bool,
}

fn run<'a>(
    stack: &Stack<'a, Machine>,
    loopback: impl Into<DeviceOf<'a>>,
    port: impl Into<DeviceOf<'a>>,
    network: Network,
    input: &mut Input<'_>,
) {
    stack.add_interface(loopback).expect("room");
    let interface = stack.add_interface(port).expect("room");
    for address in NEAR {
        stack.add_address(interface, cidr(address)).expect("room");
    }
    if network.gateway {
        let everywhere = Cidr::new(ip("0.0.0.0"), 0).expect("a prefix");
        stack.add_route(everywhere, ip(FAR[0]), interface).expect("room");
    }
    if network.configured {
        stack.start_dhcp(interface).expect("Ethernet");
        stack.start_slaac(interface, InterfaceIdentifiers::HardwareAddress).expect("Ethernet");
    }
    let world = World {
        program: Program::new(stack, DESCRIPTORS, &PLACES),
        stack,
        wire: network.wire,
        framed: network.framed,
        peers: Peers::default(),
        recent: Vec::new(),
        answers_lookups: true,
        staging: false,
        identification: 0,
        interface,
        configured: network.configured,
        transaction: 0,
    };
    world.run(input);
}

/// The stack and everything around it.
struct World<'s, 'a> {
    stack: &'s Stack<'a, Machine>,
    program: Program<&'s Stack<'a, Machine>>,
    wire: Wire,
    /// Whether there is Ethernet around packets.
    framed: bool,
    peers: Peers,
    /// The packets that the stack has sent last.
    recent: Vec<Vec<u8>>,
    /// Whether neighbours say where they are.
    answers_lookups: bool,
    /// Packets pile up in the device until something else happens.
    staging: bool,
    /// The number of the last fragmented datagram.
    identification: u16,
    interface: InterfaceIndex,
    /// Whether the network configures the stack.
    configured: bool,
    /// What the DHCP client expects in an answer.
    transaction: u32,
}

impl World<'_, '_> {
    fn run(mut self, input: &mut Input<'_>) {
        if self.configured {
            self.listen(); // servers answer questions
        }
        while !input.is_empty() {
            self.stack.platform().rested();
            let operation = input.byte();
            if *TRACE {
                eprintln!("{:?}: operation {operation}, {input:?}", self.stack.now());
            }
            match operation {
                call @ 0..NETWORK => {
                    self.program.alone = !self.staging;
                    self.program.operate(call, input);
                }
                packet => self.network(packet - NETWORK, input),
            }
            if !self.staging {
                self.listen();
            }
            nothing_overflows(self.stack);
        }
        self.end();
    }

    /// Lets everything come to rest, and hears what the stack says.
    fn listen(&mut self) {
        for _ in 0..1000 {
            settle(self.stack);
            let frames = self.wire.take();
            if frames.is_empty() {
                return;
            }
            for frame in frames {
                self.hear(frame);
            }
        }
        panic!("the stack never falls silent:\n{}", self.stack);
    }

    /// Closes everything, lets time pass, and looks whether all memory is free again.
    fn end(mut self) {
        self.wire.refuse(0);
        self.listen();
        self.nothing_is_lost();
        self.program.close_all();
        self.listen();
        self.stack.platform().rested();
        if self.configured {
            self.end_configuration();
        }
        pass(self.stack, Duration::from_secs(4000));
        all_is_given_back(self.stack);
        self.all_is_free();
    }

    /// What the stack has acknowledged can be read.
    fn nothing_is_lost(&mut self) {
        self.program.read_all();
        for account in self.program.connected().filter(|account| account.is_stream) {
            let Some((local, peer)) = account.ends else { continue };
            let Some(flow) = self.peers.between(local, peer) else { continue };
            if account.failed.is_some() || account.read_shut || flow.connecting {
                continue;
            }
            let place = flow.acknowledged.wrapping_sub(flow.first).wrapping_sub(1);
            let lost = i64::from(place as i32) - account.received as i64;
            assert!(lost <= i64::from(account.ended), "{lost} bytes lost: {account:?}, {flow:?}");
        }
    }

    /// As many sockets of each kind can be had as when the stack was new.
    fn all_is_free(&self) {
        let stack = self.stack;
        let open = |kind| stack.socket(AddressFamily::INET, kind, Protocol::DEFAULT, true);
        for (kind, pool, count) in [
            (SocketType::STREAM, Pool::Descriptors, DESCRIPTORS),
            (SocketType::DGRAM, Pool::DatagramQueues, DATAGRAMS),
        ] {
            let mut handles = Vec::new();
            let full = loop {
                match open(kind) {
                    Ok(handle) => handles.push(handle),
                    Err(error) => break error,
                }
            };
            assert_eq!(full.kind(), ErrorKind::Exhausted(pool));
            assert_eq!(handles.len(), usize::from(count), "{pool:?}");
            if kind == SocketType::STREAM {
                self.connections_are_free(&handles);
            }
            for handle in handles {
                stack.close(handle, Patience::Never).expect("open");
            }
        }
    }

    fn connections_are_free(&self, handles: &[berkeley_smoltcp::Handle]) {
        let address = (ip(FAR[0]), 9).into();
        let connect = |handle| self.stack.connect(handle, &address, Patience::Never);
        let answers: Vec<_> = handles.iter().map(connect).collect();
        let begun = answers.iter().filter(|answer| **answer == Err(Errno::EINPROGRESS.into()));
        assert_eq!(begun.count(), usize::from(CONNECTIONS), "{answers:?}\n{}", self.stack);
    }
}
