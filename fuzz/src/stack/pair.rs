//! The target `stack_pair`: two programs on two stacks, and a bad link between them.
//!
//! Frames are lost, doubled, overtaken and damaged, as often as the input says; now and then
//! nothing gets through. Every byte must arrive once, in its place; the end of a stream only after
//! all of it; nothing is lost unless the program is told so; and everything ends in bounded time.

use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use berkeley::{ErrorKind, Instant};
use berkeley_smoltcp::device::{Device, Loopback, Medium};
use berkeley_smoltcp::simulation::{LinkEnd, LinkOptions, Simulation};
use berkeley_smoltcp::{Capacity, DeviceOf, Memory, Platform, Stack};

use super::account::Account;
use super::input::Input;
use super::program::Program;
use super::{FAR, NEAR, TRACE, all_is_given_back, cidr, nothing_overflows};
use crate::Text;

/// How many of everything each stack has, on the heap or not.
const DESCRIPTORS: u16 = 12;
const CONNECTIONS: u16 = 6;
const DATAGRAMS: u16 = 3;
const RECEIVE: usize = 3000;
const SEND: usize = 5000;
const QUEUE: usize = 8192;
const REASSEMBLY: usize = 9000;

/// On the heap.
const CAPACITY: Capacity = Capacity {
    descriptors: DESCRIPTORS,
    connections: CONNECTIONS,
    receive: RECEIVE,
    send: SEND,
    half_open: 8,
    time_wait: 4,
    datagrams: DATAGRAMS,
    queue: QUEUE,
    unix_sockets: 0,
    unix_queue: 0,
    memberships: 8,
    interfaces: 2,
    addresses: 8,
    routes: 2,
    neighbours: 8,
    packets: 8,
    packet: 1500,
    reassemblies: 2,
    waiters: 8,
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
    8,
    1500,
    2,
    REASSEMBLY,
>;

/// Operations below these are calls of one side, and of the other.
const FAR_SIDE: u8 = 100;
/// See [`FAR_SIDE`].
const BOTH: u8 = 200;

/// After so long everything has an end, however bad the link is: at worst half of what is sent arrives,
/// there is little in a segment, and it is sent again after a minute, when a neighbour is to be found first.
const PATIENCE: Duration = Duration::from_secs(14400);

/// Runs an input.
///
/// # Panics
///
/// Something is not as it must be.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let (setup, seed) = (input.byte(), input.byte());
    // Half of the links are good in each respect.
    let mut rate = |most: u16| u16::from(input.byte().saturating_sub(128)) * most / 128;
    let options = LinkOptions {
        ethernet: setup & 2 == 0,
        mtu: if setup & 4 == 0 { 1500 } else { 1280 },
        latency: Duration::from_micros([50, 20_000][usize::from(setup >> 3 & 1)]),
        queue: if setup & 16 == 0 { 64 } else { 4 },
        loss: rate(300),
        duplication: rate(300),
        reordering: rate(500),
        corruption: rate(200),
    };
    let simulation = Simulation::new(seed.into());
    let (near, far) = simulation.link(options);
    let broken = Arc::new(AtomicBool::new(false));
    let [near, far] = [near, far].map(|end| Cable { end, broken: Arc::clone(&broken) });
    let link = Link { simulation: &simulation, broken, corrupts: options.corruption > 0 };
    if setup & 1 == 0 {
        let stacks = [(); 2].map(|()| Stack::<_>::new(CAPACITY, simulation.clone()));
        let loopback = || Box::new(Loopback::new(vec![0; 20_000], 3000));
        let devices = [(loopback(), Box::new(near)), (loopback(), Box::new(far))];
        return run(&stacks, devices, link, &mut input);
    }
    let (mut near, mut far, mut rings) = (near, far, [[0; 20_000]; 2]);
    let [mut loopback, mut other] = rings.each_mut().map(|ring| Loopback::new(&mut ring[..], 3000));
    // The memory refers to itself: nothing in it may be dropped, and nothing needs to be.
    let mut memory = ManuallyDrop::new([Fixed::new(), Fixed::new()]);
    let stacks = memory.each_mut().map(|memory| Stack::<_>::new(memory, simulation.clone()));
    run(&stacks, [(&mut loopback, &mut near), (&mut other, &mut far)], link, &mut input);
}

/// What does not depend on where the stacks' memory is.
struct Link<'s> {
    simulation: &'s Simulation,
    broken: Arc<AtomicBool>,
    corrupts: bool,
}

fn run<'a>(
    stacks: &[Stack<'a, Simulation>; 2],
    devices: [(impl Into<DeviceOf<'a>>, impl Into<DeviceOf<'a>>); 2],
    link: Link<'_>,
    input: &mut Input<'_>,
) {
    for (stack, ((loopback, cable), own)) in stacks.iter().zip(devices.into_iter().zip([NEAR, FAR]))
    {
        stack.add_interface(loopback).expect("room");
        let interface = stack.add_interface(cable).expect("room");
        for address in own {
            stack.add_address(interface, cidr(address)).expect("room");
        }
    }
    let program = |stack, own: [&'static str; 3], other: [&'static str; 3]| {
        let [v4, v6, link_local] = other;
        let places =
            [v4, v6, link_local, own[0], "127.0.0.1", "::1", "0.0.0.0", "::", "192.0.2.99"];
        let mut program = Program::new(stack, DESCRIPTORS, &places);
        // While one side waits the other does nothing.
        program.longest_wait = Duration::from_secs(1);
        program.trusts_datagrams = !link.corrupts; // parts of one may be damaged alike
        program
    };
    let world = World {
        near: program(&stacks[0], NEAR, FAR),
        far: program(&stacks[1], FAR, NEAR),
        simulation: link.simulation,
        broken: link.broken,
    };
    world.run(input);
}

/// An end of the link, through which nothing gets while it is broken.
struct Cable {
    end: LinkEnd,
    broken: Arc<AtomicBool>,
}

impl Device for Cable {
    fn medium(&self) -> Medium {
        self.end.medium()
    }

    fn mtu(&self) -> usize {
        self.end.mtu()
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        self.end.receive(&mut |frame| {
            if *TRACE {
                eprintln!("to the stack: {}", Text(frame));
            }
            consume(frame);
        })
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let broken = self.broken.load(Ordering::Relaxed);
        self.end.transmit(&mut |room| {
            let length = fill(room);
            if *TRACE {
                eprintln!("from the stack: {}", Text(&room[..length]));
            }
            if broken { 0 } else { length }
        })
    }
}

/// Both sides.
struct World<'s, 'a> {
    near: Program<&'s Stack<'a, Simulation>>,
    far: Program<&'s Stack<'a, Simulation>>,
    simulation: &'s Simulation,
    broken: Arc<AtomicBool>,
}

impl World<'_, '_> {
    fn run(mut self, input: &mut Input<'_>) {
        while !input.is_empty() {
            let operation = input.byte();
            if *TRACE {
                eprintln!("{:?}: operation {operation}, {input:?}\n{self}", self.simulation.now());
            }
            match operation {
                call @ 0..FAR_SIDE => self.near.operate(call, input),
                call @ FAR_SIDE..BOTH => self.far.operate(call - FAR_SIDE, input),
                other => self.both(other - BOTH, input),
            }
            self.settle();
            self.compare();
        }
        self.end();
    }

    fn both(&mut self, what: u8, input: &mut Input<'_>) {
        match what % 8 {
            0 => {
                let broken = self.broken.load(Ordering::Relaxed);
                self.broken.store(!broken, Ordering::Relaxed);
            }
            1 => {
                self.near.read_all();
                self.far.read_all();
            }
            2 => {
                self.near.send_all();
                self.far.send_all();
            }
            _ => {
                let milliseconds = input.one_of(&[1, 10, 50, 200, 1000, 3000, 20_000, 130_000]);
                self.pass(Duration::from_millis(milliseconds));
            }
        }
    }

    /// Lets both sides do what there is to do now.
    fn settle(&self) {
        for _ in 0..100_000 {
            let worked = [&self.near, &self.far].map(|side| side.backend().drive(1));
            if worked == [Ok(false); 2] {
                return;
            }
        }
        panic!("the stacks never come to rest:\n{self}");
    }

    fn pass(&self, duration: Duration) {
        let target = self.simulation.now() + duration;
        for _ in 0..100_000 {
            self.settle();
            let now = self.simulation.now();
            if now == target {
                return;
            }
            let next = |side: &Program<&Stack<'_, Simulation>>| -> Option<Instant> {
                side.backend().next_event().expect("not from inside")
            };
            let next = [next(&self.near), next(&self.far), Some(target)];
            let next = next.into_iter().flatten().min().unwrap_or(target);
            assert!(next > now, "work at {next:?} that is not done at {now:?}:\n{self}");
            // The wire may have something earlier.
            self.simulation.park(self.simulation.seq(), Some(next));
        }
        panic!("too much happens in {duration:?}:\n{self}");
    }

    /// No side has more than the other one has sent, and an end only with everything.
    fn compare(&mut self) {
        for (account, peer) in self.connections() {
            assert!(
                account.received <= peer.sent,
                "more than was sent: {account:?}, {peer:?}\n{self}"
            );
            let cut = account.ended && account.received < peer.sent;
            let told = account.failed.is_some() || account.read_shut || peer.failed.is_some();
            // Whoever closes with data unread resets; the error is told first.
            assert!(!cut || told, "the end before everything: {account:?}, {peer:?}\n{self}");
            let early = account.ended && !peer.write_shut && peer.handles > 0;
            assert!(!early || told, "an end that was not sent: {account:?}, {peer:?}\n{self}");
        }
        if self.connections().any(was_reset_by_nobody) {
            // What explains it may wait to be read: the error of the peer, or the end.
            self.near.read_all();
            self.far.read_all();
        }
        if let Some((account, peer)) = self.connections().find(|pair| was_reset_by_nobody(*pair)) {
            panic!("reset by nobody: {account:?}, {peer:?}\n{self}");
        }
    }

    /// The ends of all connections, each with its peer.
    fn connections(&self) -> impl Iterator<Item = (&Account, &Account)> {
        let sides = [(&self.near, &self.far), (&self.far, &self.near)];
        sides.into_iter().flat_map(|(side, other)| {
            let with_peer = |account| Some((account, peer_of(side, account, other)?));
            side.accounts().iter().filter_map(with_peer)
        })
    }

    /// With a good link, both sides end: everything must arrive.
    fn end(mut self) {
        self.broken.store(false, Ordering::Relaxed);
        let until = self.simulation.now() + PATIENCE;
        while self.simulation.now() < until && !self.is_complete() {
            self.near.conclude();
            self.far.conclude();
            self.near.read_all();
            self.far.read_all();
            self.pass(Duration::from_secs(1));
            self.compare();
        }
        assert!(self.is_complete(), "not after {PATIENCE:?}:\n{self}");
        self.near.close_all();
        self.far.close_all();
        self.pass(Duration::from_secs(4000));
        for side in [&self.near, &self.far] {
            all_is_given_back(side.backend());
            nothing_overflows(side.backend());
        }
    }

    /// Whether every connection whose ends are both held has come to its end.
    fn is_complete(&self) -> bool {
        [(&self.near, &self.far), (&self.far, &self.near)].into_iter().all(|(side, other)| {
            side.accounts().iter().filter(|account| account.handles > 0).all(|account| {
                let Some(peer) = peer_of(side, account, other) else { return true };
                let over = account.failed.is_some() || account.read_shut || peer.handles == 0;
                over || peer.failed.is_some() || account.ended
            })
        })
    }
}

/// Whether the first of two ends met a reset that no program has caused.
fn was_reset_by_nobody((account, peer): (&Account, &Account)) -> bool {
    let reset = account.failed.is_some_and(|error| error.kind() == ErrorKind::ConnectionReset);
    // When the last acknowledgement is lost, and its repetition is asked for late, the peer has
    // forgotten the connection.
    let is_over = peer.ended && peer.write_shut && peer.received == account.sent;
    let told = peer.failed.is_some() || peer.handles == 0 || peer.lingers_not;
    // Data that comes when both halves are shut down resets the connection.
    let is_shut = [account, peer].iter().any(|side| side.read_shut && side.write_shut);
    reset && !(told || is_over || is_shut)
}

/// The other end of a connection, if it was accepted, or is its only connection.
fn peer_of<'p>(
    side: &Program<&Stack<'_, Simulation>>,
    account: &Account,
    other: &'p Program<&Stack<'_, Simulation>>,
) -> Option<&'p Account> {
    // Either host has a connection of its own between these.
    let (local, peer) = account.ends.filter(|(local, _)| !local.ip().is_loopback())?;
    let same = |candidate: &&Account| candidate.ends == Some((peer, local));
    let mut found = other.accounts().iter().filter(same);
    let latest = side.connection(local, peer)?;
    let only = side.accounts().iter().filter(|account| account.ends == latest.ends).count() == 1;
    let is_it = |found: &&Account| only && !account.begun_again && !found.begun_again;
    found.next().filter(is_it).filter(|_| found.next().is_none())
}

impl std::fmt::Display for World<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (name, side) in [("near", &self.near), ("far", &self.far)] {
            writeln!(f, "{name}:\n{}", side.backend())?;
            for account in side.accounts() {
                writeln!(f, "{account:?}")?;
            }
        }
        Ok(())
    }
}
