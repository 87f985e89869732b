//! One stack at the end of a bare wire: the test is the peer, and sees every byte.

use super::*;

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
    /// So many more frames find no room.
    full_for: usize,
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
        let mut queues = self.queues.lock().unwrap();
        if let Some(left) = queues.full_for.checked_sub(1) {
            queues.full_for = left;
            return false;
        }
        drop(queues);
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
    /// Whether the wire is plugged in.
    pub cable: Switch,
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
        let cable = Switch::default();
        let interface = stack.add_interface(Box::new(Switched(port, cable.clone()))).unwrap();
        for address in NEAR {
            stack.add_address(interface, cidr(address)).unwrap();
        }
        Bench { clock, net: Net::new(stack), interface, cable, queues }
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

    /// What the stack has sent, but for what it tells routers about groups.
    pub fn take(&self) -> Vec<Vec<u8>> {
        let mut sent = self.take_all();
        sent.retain(|frame| !is_about_groups(frame));
        sent
    }

    /// What the stack has sent.
    pub fn take_all(&self) -> Vec<Vec<u8>> {
        self.settle();
        core::mem::take(&mut self.queues.lock().unwrap().outgoing)
    }

    /// The segments among what the stack has sent.
    pub fn segments(&self) -> Vec<Seen> {
        self.take().iter().filter_map(|frame| Seen::in_frame(frame)).collect()
    }

    /// The device has no room for so many frames.
    pub fn refuse(&self, count: usize) {
        self.queues.lock().unwrap().full_for = count;
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
