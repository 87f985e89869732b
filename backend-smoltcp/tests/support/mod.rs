//! What these tests share: two stacks over a link, and one stack at the end of a bare wire.
//!
//! [`Pair`] is two stacks in a simulation: calls wait in virtual time. [`Bench`] is one stack whose
//! device is two queues, with a clock that moves only when a test says so: the test is the peer, and
//! sees every byte.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]

use core::cell::Cell;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use berkeley::{AddressFamily, Backend, Errno, Error, Instant, Net, Socket};
use berkeley_smoltcp::device::{Device, Loopback, Medium};
use berkeley_smoltcp::simulation::{LinkOptions, Simulation};
use berkeley_smoltcp::{
    Capacity, Cidr, HardwareAddress, InterfaceIndex, Platform, Resources, Stack,
};
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    IpProtocol, IpRepr, Ipv4Packet, Ipv6Packet, TcpControl, TcpPacket, TcpRepr, TcpSeqNumber,
};

/// Bytes of the loopback device's queue, and its MTU.
const LOOPBACK: (usize, usize) = (1 << 18, 65_535);

/// The addresses of the two sides (RFC 5737, RFC 3849).
pub const NEAR: [&str; 2] = ["192.0.2.1", "2001:db8::1"];
pub const FAR: [&str; 2] = ["192.0.2.2", "2001:db8::2"];

pub fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

pub fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

pub fn end(text: &str, port: u16) -> SocketAddr {
    SocketAddr::new(ip(text), port)
}

/// An on-link address with the usual prefix of its family.
pub fn cidr(text: &str) -> Cidr {
    let address = ip(text);
    Cidr::new(address, if address.is_ipv4() { 24 } else { 64 }).unwrap()
}

pub fn family_of(address: &str) -> AddressFamily {
    if ip(address).is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 }
}

/// Few of everything, small buffers: for stacks that are made by the hundred.
pub fn small() -> Capacity {
    Capacity {
        descriptors: 32,
        connections: 8,
        receive: 4096,
        send: 4096,
        half_open: 16,
        datagrams: 4,
        queue: 8192,
        packets: 8,
        neighbours: 16,
        reassemblies: 1,
        waiters: 8,
        ..Capacity::default()
    }
}

/// `length` bytes that differ from place to place.
pub fn pattern(length: usize, salt: u64) -> Vec<u8> {
    let mut random = Random(salt);
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        bytes.extend_from_slice(&random.next().to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// Whether an outcome is this error.
pub fn failed<T>(outcome: &Result<T, Error>, errno: Errno) -> bool {
    matches!(outcome, Err(error) if error.is(errno))
}

// Two stacks in a simulation.

pub type SimStack = Rc<Stack<'static, Simulation>>;
pub type SimSocket = Socket<SimStack>;

/// A stack in a simulation, with loopback, and these addresses on this device.
pub fn sim_stack(
    simulation: &Simulation,
    device: impl Device + Send + 'static,
    addresses: &[&str],
    resources: impl Into<Resources<'static>>,
) -> (SimStack, InterfaceIndex) {
    let stack = Rc::new(Stack::<_>::new(resources, simulation.clone()));
    let loopback = Loopback::new(vec![0; LOOPBACK.0], LOOPBACK.1);
    stack.add_interface(Box::new(loopback)).unwrap();
    let interface = stack.add_interface(Box::new(device)).unwrap();
    for address in addresses {
        stack.add_address(interface, cidr(address)).unwrap();
    }
    simulation.join(&stack);
    (stack, interface)
}

/// Two stacks over a link.
pub struct Pair {
    pub simulation: Simulation,
    pub near: Net<SimStack>,
    pub far: Net<SimStack>,
    /// What the near side has sent and received, in order.
    pub log: Log,
}

impl Pair {
    pub fn new(seed: u64) -> Pair {
        Pair::over(LinkOptions::default(), seed, Capacity::default(), Capacity::default())
    }

    pub fn over(
        options: LinkOptions,
        seed: u64,
        near: impl Into<Resources<'static>>,
        far: impl Into<Resources<'static>>,
    ) -> Pair {
        let simulation = Simulation::new(seed);
        let (one, two) = simulation.link(options);
        let log = Log::default();
        let one = Recorder { device: one, log: log.clone(), gate: Gate::default() };
        let (near, _) = sim_stack(&simulation, one, &NEAR, near);
        let (far, _) = sim_stack(&simulation, two, &FAR, far);
        Pair { simulation, near: Net::new(near), far: Net::new(far), log }
    }

    /// A listener on the far side.
    pub fn listener(&self, address: &str, port: u16, backlog: i32) -> SimSocket {
        let listener = self.far.stream(family_of(address)).unwrap();
        listener.bind((address, port)).unwrap();
        listener.listen(backlog).unwrap();
        listener
    }

    /// A connection: the near end, the far end.
    pub fn connected(&self, version: usize, port: u16) -> (SimSocket, SimSocket) {
        let listener = self.listener(FAR[version], port, 1);
        let near = self.near.create_connection((FAR[version], port), None, None).unwrap();
        let (far, _) = listener.accept().unwrap();
        (near, far)
    }

    pub fn now(&self) -> Instant {
        self.simulation.now()
    }

    /// Lets time pass for everybody.
    pub fn pass(&self, duration: Duration) {
        let mut sleeper = self.near.datagram(AddressFamily::INET).unwrap();
        sleeper.settimeout(duration).unwrap();
        assert_eq!(sleeper.recv(&mut [0]), Err(Error::TIMED_OUT));
    }
}

/// Which way a frame went, seen from the device that recorded it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    Out,
    In,
}

/// What a [`Recorder`] has seen.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<(Way, Vec<u8>)>>>);

impl Log {
    pub fn take(&self) -> Vec<(Way, Vec<u8>)> {
        core::mem::take(&mut *self.0.lock().unwrap())
    }

    fn add(&self, way: Way, frame: &[u8]) {
        self.0.lock().unwrap().push((way, frame.to_vec()));
    }

    /// The segments among them.
    pub fn segments(&self) -> Vec<(Way, Seen)> {
        let seen = |(way, frame): (Way, Vec<u8>)| Some((way, Seen::in_frame(&frame)?));
        self.take().into_iter().filter_map(seen).collect()
    }
}

/// Decides which frames get through: told the way and the frame.
type Filter = Box<dyn FnMut(Way, &[u8]) -> bool + Send>;

/// A filter that can be changed while the device is in use.
#[derive(Clone, Default)]
pub struct Gate(Arc<Mutex<Option<Filter>>>);

impl Gate {
    pub fn set(&self, filter: impl FnMut(Way, &[u8]) -> bool + Send + 'static) {
        *self.0.lock().unwrap() = Some(Box::new(filter));
    }

    pub fn open(&self) {
        *self.0.lock().unwrap() = None;
    }

    fn lets(&self, way: Way, frame: &[u8]) -> bool {
        self.0.lock().unwrap().as_mut().is_none_or(|filter| filter(way, frame))
    }
}

/// A device that writes down what goes through it, and loses what its gate does not let through.
pub struct Recorder<D> {
    pub device: D,
    pub log: Log,
    pub gate: Gate,
}

impl<D: Device> Device for Recorder<D> {
    fn medium(&self) -> Medium {
        self.device.medium()
    }

    fn mtu(&self) -> usize {
        self.device.mtu()
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        let Recorder { device, log, gate } = self;
        loop {
            let mut lost = false;
            let received = device.receive(&mut |frame| {
                lost = !gate.lets(Way::In, frame);
                if !lost {
                    log.add(Way::In, frame);
                    consume(frame);
                }
            });
            if !lost {
                return received;
            }
        }
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let Recorder { device, log, gate } = self;
        device.transmit(&mut |room| {
            let length = fill(room);
            if length == 0 || !gate.lets(Way::Out, &room[..length]) {
                return 0;
            }
            log.add(Way::Out, &room[..length]);
            length
        })
    }
}

// One stack at the end of a bare wire.

/// A clock that moves when told; waiting is a failure.
#[derive(Clone)]
pub struct Manual(Rc<(Cell<Instant>, Cell<u32>, u64)>);

impl Manual {
    pub fn new(seed: u64) -> Manual {
        Manual(Rc::new((Cell::new(Instant::from_millis(1000)), Cell::new(0), seed)))
    }

    pub fn set(&self, now: Instant) {
        self.0.0.set(now);
    }
}

impl Platform for Manual {
    fn now(&self) -> Instant {
        self.0.0.get()
    }

    fn seq(&self) -> u32 {
        self.0.1.get()
    }

    fn park(&self, _seen: u32, _until: Option<Instant>) {
        panic!("nothing in this test may wait");
    }

    fn kick(&self) {
        self.0.1.set(self.0.1.get().wrapping_add(1));
    }

    fn entropy(&self, bytes: &mut [u8]) {
        let mut random = Random(self.0.2);
        for byte in bytes {
            *byte = random.next() as u8;
        }
    }
}

#[derive(Default)]
struct Queues {
    incoming: VecDeque<Vec<u8>>,
    outgoing: Vec<Vec<u8>>,
}

/// A device that is two queues.
pub struct Port {
    queues: Arc<Mutex<Queues>>,
    medium: Medium,
    mtu: usize,
}

impl Device for Port {
    fn medium(&self) -> Medium {
        self.medium
    }

    fn mtu(&self) -> usize {
        self.mtu
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        let frame = self.queues.lock().unwrap().incoming.pop_front();
        frame.map(|mut frame| consume(&mut frame)).is_some()
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let mut frame = vec![0; self.mtu + 14];
        let length = fill(&mut frame);
        frame.truncate(length);
        if length > 0 {
            self.queues.lock().unwrap().outgoing.push(frame);
        }
        true
    }
}

pub type BenchStack = Rc<Stack<'static, Manual>>;
pub type BenchSocket = Socket<BenchStack>;

/// The hardware address of the stack on an Ethernet bench.
pub const OWN: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 1]);

/// One stack whose wire is in the hands of the test.
pub struct Bench {
    pub clock: Manual,
    pub net: Net<BenchStack>,
    pub interface: InterfaceIndex,
    queues: Arc<Mutex<Queues>>,
}

impl Bench {
    /// On a link of plain IP packets.
    pub fn new(resources: impl Into<Resources<'static>>) -> Bench {
        Bench::with(Medium::Ip, 1500, 1, resources)
    }

    pub fn with(
        medium: Medium,
        mtu: usize,
        seed: u64,
        resources: impl Into<Resources<'static>>,
    ) -> Bench {
        let clock = Manual::new(seed);
        let stack = Rc::new(Stack::<_>::new(resources, clock.clone()));
        let loopback = Loopback::new(vec![0; LOOPBACK.0], LOOPBACK.1);
        stack.add_interface(Box::new(loopback)).unwrap();
        let queues = Arc::<Mutex<Queues>>::default();
        let port = Port { queues: Arc::clone(&queues), medium, mtu };
        let interface = stack.add_interface(Box::new(port)).unwrap();
        for address in NEAR {
            stack.add_address(interface, cidr(address)).unwrap();
        }
        Bench { clock, net: Net::new(stack), interface, queues }
    }

    pub fn stack(&self) -> &BenchStack {
        self.net.backend()
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// A non-blocking stream socket.
    pub fn stream(&self, family: AddressFamily) -> BenchSocket {
        let mut socket = self.net.stream(family).unwrap();
        socket.setblocking(false).unwrap();
        socket
    }

    /// A non-blocking datagram socket.
    pub fn datagram(&self, family: AddressFamily) -> BenchSocket {
        let mut socket = self.net.datagram(family).unwrap();
        socket.setblocking(false).unwrap();
        socket
    }

    pub fn listener(&self, address: &str, port: u16, backlog: i32) -> BenchSocket {
        let listener = self.stream(family_of(address));
        listener.bind((address, port)).unwrap();
        listener.listen(backlog).unwrap();
        listener
    }

    /// A connection that the stack has begun, and its SYN.
    pub fn connecting(&self, to: SocketAddr) -> (BenchSocket, Seen) {
        let family = if to.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let socket = self.stream(family);
        let outcome = socket.connect(to);
        assert!(failed(&outcome, Errno::EINPROGRESS), "{outcome:?}");
        let syn = self.segments().pop().expect("a SYN");
        (socket, syn)
    }

    pub fn outcome(&self, socket: &BenchSocket) -> Result<(), Error> {
        self.stack().connect_outcome(socket.handle())
    }

    /// Works off everything that is to be done now.
    pub fn settle(&self) {
        for _ in 0..10_000 {
            if !self.stack().drive(1).unwrap() {
                return;
            }
        }
        panic!("the stack never comes to rest at {:?}:\n{}", self.now(), self.stack());
    }

    /// What the stack has sent.
    pub fn take(&self) -> Vec<Vec<u8>> {
        self.settle();
        core::mem::take(&mut self.queues.lock().unwrap().outgoing)
    }

    /// The segments among what the stack has sent.
    pub fn segments(&self) -> Vec<Seen> {
        self.take().iter().filter_map(|frame| Seen::in_frame(frame)).collect()
    }

    /// Puts a frame into the device, which the stack has not looked at yet.
    pub fn stage(&self, frame: &[u8]) {
        self.queues.lock().unwrap().incoming.push_back(frame.to_vec());
    }

    /// Gives the stack a frame: what it sends then.
    pub fn inject(&self, frame: &[u8]) -> Vec<Vec<u8>> {
        self.queues.lock().unwrap().incoming.push_back(frame.to_vec());
        self.take()
    }

    /// Gives the stack a segment: what segments it sends then.
    pub fn give(&self, segment: &Segment<'_>) -> Vec<Seen> {
        self.inject(&segment.packet()).iter().filter_map(|frame| Seen::in_frame(frame)).collect()
    }

    /// Lets time pass, and says what was sent when.
    pub fn advance(&self, duration: Duration) -> Vec<(Instant, Vec<u8>)> {
        let target = self.now() + duration;
        let mut sent = Vec::new();
        for _ in 0..100_000 {
            let now = self.now();
            sent.extend(self.take().into_iter().map(|frame| (now, frame)));
            let next = self.stack().next_event().unwrap();
            match next.filter(|next| *next <= target) {
                Some(next) => {
                    assert!(next > now, "a time in the past, and nothing to do:\n{}", self.stack());
                    self.clock.set(next);
                }
                None if now == target => return sent,
                None => self.clock.set(target),
            }
        }
        panic!("time does not pass at {:?}:\n{}", self.now(), self.stack());
    }

    /// Lets time pass, and says what segments were sent when.
    pub fn pass(&self, duration: Duration) -> Vec<(Instant, Seen)> {
        let seen = |(time, frame): (Instant, Vec<u8>)| Some((time, Seen::in_frame(&frame)?));
        self.advance(duration).into_iter().filter_map(seen).collect()
    }
}

// Segments.

/// A TCP segment of a peer.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub control: TcpControl,
    pub sequence: u32,
    pub acknowledgement: Option<u32>,
    pub window: u16,
    pub mss: Option<u16>,
    pub scale: Option<u8>,
    pub sack_permitted: bool,
    pub sack: [Option<(u32, u32)>; 3],
    pub data: &'a [u8],
}

impl<'a> Segment<'a> {
    pub fn new(from: SocketAddr, to: SocketAddr, sequence: u32) -> Segment<'a> {
        Segment {
            from,
            to,
            control: TcpControl::None,
            sequence,
            acknowledgement: None,
            window: 65_000,
            mss: None,
            scale: None,
            sack_permitted: false,
            sack: [None; 3],
            data: &[],
        }
    }

    pub fn syn(from: SocketAddr, to: SocketAddr, sequence: u32) -> Segment<'a> {
        let segment = Segment::new(from, to, sequence);
        Segment { control: TcpControl::Syn, mss: Some(1460), ..segment }
    }

    pub fn repr(&self) -> TcpRepr<'a> {
        TcpRepr {
            src_port: self.from.port(),
            dst_port: self.to.port(),
            control: self.control,
            seq_number: TcpSeqNumber(self.sequence as i32),
            ack_number: self.acknowledgement.map(|number| TcpSeqNumber(number as i32)),
            window_len: self.window,
            window_scale: self.scale,
            max_seg_size: self.mss,
            sack_permitted: self.sack_permitted,
            sack_ranges: self.sack,
            timestamp: None,
            payload: self.data,
        }
    }

    /// The IP packet.
    pub fn packet(&self) -> Vec<u8> {
        let repr = self.repr();
        let header = IpRepr::new(
            self.from.ip().into(),
            self.to.ip().into(),
            IpProtocol::Tcp,
            repr.buffer_len(),
            64,
        );
        let caps = ChecksumCapabilities::default();
        let mut bytes = vec![0; header.buffer_len()];
        header.emit(&mut bytes[..], &caps);
        let mut packet = TcpPacket::new_unchecked(&mut bytes[header.header_len()..]);
        repr.emit(&mut packet, &self.from.ip().into(), &self.to.ip().into(), &caps);
        bytes
    }
}

/// A TCP segment of the stack, its checksums verified.
#[derive(Clone, PartialEq, Eq)]
pub struct Seen {
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub control: TcpControl,
    pub sequence: u32,
    pub acknowledgement: Option<u32>,
    pub window: u16,
    pub mss: Option<u16>,
    pub scale: Option<u8>,
    pub sack_permitted: bool,
    pub data: Vec<u8>,
    /// The IP packet.
    pub packet: Vec<u8>,
}

impl core::fmt::Debug for Seen {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Seen { from, to, control, sequence, acknowledgement, window, data, .. } = self;
        let length = data.len();
        write!(f, "{from} to {to}: {control:?} {sequence} {acknowledgement:?} window {window} ")?;
        write!(f, "with {length} bytes")
    }
}

impl Seen {
    /// The segment in a frame, with or without Ethernet around it.
    pub fn in_frame(frame: &[u8]) -> Option<Seen> {
        match frame {
            [_, _, _, _, _, _, _, _, _, _, _, _, 0x08, 0x00, packet @ ..] if packet[0] == 0x45 => {
                Seen::parse(packet)
            }
            [_, _, _, _, _, _, _, _, _, _, _, _, 0x86, 0xdd, packet @ ..]
                if packet[0] >> 4 == 6 =>
            {
                Seen::parse(packet)
            }
            packet => Seen::parse(packet),
        }
    }

    fn parse(packet: &[u8]) -> Option<Seen> {
        let (source, destination, payload) = match packet.first()? >> 4 {
            4 => {
                let header = Ipv4Packet::new_checked(packet).ok()?;
                assert!(header.verify_checksum(), "IPv4 checksum");
                if header.next_header() != IpProtocol::Tcp || header.frag_offset() > 0 {
                    return None;
                }
                let payload = header.payload();
                (IpAddr::V4(header.src_addr()), IpAddr::V4(header.dst_addr()), payload)
            }
            6 => {
                let header = Ipv6Packet::new_checked(packet).ok()?;
                if header.next_header() != IpProtocol::Tcp {
                    return None;
                }
                (IpAddr::V6(header.src_addr()), IpAddr::V6(header.dst_addr()), header.payload())
            }
            _ => return None,
        };
        let segment = TcpPacket::new_checked(payload).expect("well-formed segments");
        let caps = ChecksumCapabilities::default();
        let repr = TcpRepr::parse(&segment, &source.into(), &destination.into(), &caps)
            .expect("right checksums");
        Some(Seen {
            from: SocketAddr::new(source, repr.src_port),
            to: SocketAddr::new(destination, repr.dst_port),
            control: repr.control,
            sequence: repr.seq_number.0 as u32,
            acknowledgement: repr.ack_number.map(|number| number.0 as u32),
            window: repr.window_len,
            mss: repr.max_seg_size,
            scale: repr.window_scale,
            sack_permitted: repr.sack_permitted,
            data: repr.payload.to_vec(),
            packet: packet.to_vec(),
        })
    }
}

/// The test as the peer of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    pub here: SocketAddr,
    pub there: SocketAddr,
    /// The next sequence number to send, and the next to receive.
    pub sequence: u32,
    pub expects: u32,
}

impl Peer {
    /// Connects to a listener of the stack.
    pub fn connect(bench: &Bench, here: SocketAddr, there: SocketAddr) -> Peer {
        let first = 0x1000_0000;
        let answer = bench.give(&Segment::syn(here, there, first)).pop().expect("a SYN|ACK");
        assert_eq!((answer.control, answer.to), (TcpControl::Syn, here));
        assert_eq!(answer.acknowledgement, Some(first + 1));
        let expects = answer.sequence.wrapping_add(1);
        let peer = Peer { here, there, sequence: first + 1, expects };
        bench.give(&peer.segment());
        peer
    }

    /// Answers a SYN of the stack.
    pub fn accept(bench: &Bench, syn: &Seen) -> Peer {
        assert_eq!(syn.control, TcpControl::Syn);
        let first = 0x2000_0000;
        let expects = syn.sequence.wrapping_add(1);
        let answer =
            Segment { acknowledgement: Some(expects), ..Segment::syn(syn.to, syn.from, first) };
        bench.give(&answer);
        Peer { here: syn.to, there: syn.from, sequence: first + 1, expects }
    }

    /// An acknowledgement without data.
    pub fn segment<'a>(&self) -> Segment<'a> {
        let segment = Segment::new(self.here, self.there, self.sequence);
        Segment { acknowledgement: Some(self.expects), ..segment }
    }

    /// Sends data: what the stack says to it.
    pub fn send(&mut self, bench: &Bench, data: &[u8]) -> Vec<Seen> {
        let answer = bench.give(&Segment { data, control: TcpControl::Psh, ..self.segment() });
        self.sequence = self.sequence.wrapping_add(data.len() as u32);
        answer
    }

    /// Sends the end: what the stack says to it.
    pub fn finish(&mut self, bench: &Bench) -> Vec<Seen> {
        let answer = bench.give(&Segment { control: TcpControl::Fin, ..self.segment() });
        self.sequence = self.sequence.wrapping_add(1);
        answer
    }

    /// Takes what the stack has sent into account, and acknowledges it.
    pub fn acknowledge(&mut self, bench: &Bench, seen: &[Seen]) -> Vec<Seen> {
        for segment in seen {
            if segment.sequence != self.expects {
                continue;
            }
            let ends = u32::from(segment.control == TcpControl::Fin);
            self.expects = self.expects.wrapping_add(segment.data.len() as u32 + ends);
        }
        bench.give(&self.segment())
    }
}
