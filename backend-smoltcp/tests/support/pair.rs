//! Two stacks in a simulation, and what goes over the link between them.

use super::*;

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

/// A datagram socket of the far side, bound to this port.
pub fn bound(net: &Net<SimStack>, version: usize, address: &str, port: u16) -> SimSocket {
    let mut socket = net.datagram(family_of(FAR[version])).unwrap();
    socket.bind((address, port)).unwrap();
    socket.settimeout(seconds(10)).unwrap();
    socket
}

/// Receives one datagram of up to 64 KiB.
pub fn datagram(socket: &SimSocket) -> Result<Vec<u8>, Error> {
    let mut buffer = vec![0; 65_536];
    let length = socket.recv(&mut buffer)?;
    buffer.truncate(length);
    Ok(buffer)
}

/// Which way a frame went, seen from the device that recorded it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    Out,
    In,
}

/// What a [`Recorder`] has seen.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Frames>>);

/// Frames, in the order in which they went by.
type Frames = Vec<(Way, Vec<u8>)>;

impl Log {
    /// All of them, but for what routers are told about groups.
    pub fn take(&self) -> Vec<(Way, Vec<u8>)> {
        let mut frames = self.take_all();
        frames.retain(|(_, frame)| !is_about_groups(frame));
        frames
    }

    pub fn take_all(&self) -> Vec<(Way, Vec<u8>)> {
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
