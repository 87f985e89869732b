//! Lab `tap`: a userspace stack against the Linux kernel, over a TAP device in a network namespace.
//!
//! This is the lab that catches two ends which agree on a wrong idea. The runner has put itself into
//! a network namespace of its own before, see [`namespace`](crate::runner::namespace); every case
//! gets a fresh interface and a fresh stack.

use core::net::IpAddr;
use core::time::Duration;
use std::cell::RefCell;
use std::io;
use std::string::{String, ToString};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::vec::Vec;

use berkeley::{Error, Net};
use berkeley_os::Os;
use berkeley_os::device::{PacketInterface as _, Tap, interface};
use berkeley_smoltcp::host::{Host, TapDevice};
use berkeley_smoltcp::lock::Threads;
use berkeley_smoltcp::{HardwareAddress, Platform, Stack};

use super::disturbed::{Disturbance, Disturbed};
use super::helpers::Helpers;
use super::host_threads::HostThreads;
use super::userspace::userspace;
use super::{HostLab, MUCH};
use crate::case::{Case, Family};
use crate::cases;
use crate::failure::{Failure, Outcome};
use crate::faults::{Fault, FaultyLab, Frames};
use crate::lab::{Lab, Networks, Step};
use crate::network::Network;
use crate::peer::Peer;
use crate::runner::namespace;
use crate::team::SharedNetworks;

/// A stack that threads share.
pub type SharedStack = Arc<Stack<'static, Host, Threads>>;

/// The MTU of Ethernet.
pub(super) const MTU: usize = 1500;

/// The address of whoever is behind an interface: the kernel knows one neighbour there.
pub(super) const NEAR_HARDWARE: [u8; 6] = [0x02, 0, 0, 0, 0, 1];

/// How many interfaces there have been: each has a network of its own, so that a stack which hangs
/// does not answer for another.
static NETWORKS: AtomicU8 = AtomicU8::new(0);

/// Interfaces that are not in use. Taking one down costs the kernel more than most cases.
static SPARE: Mutex<Vec<Interface>> = Mutex::new(Vec::new());

/// An interface, whose other end is the kernel's.
#[derive(Clone)]
pub(super) struct Interface {
    pub(super) tap: Arc<Tap>,
    /// The kernel's number of it.
    pub(super) number: u32,
    pub(super) network: Network,
}

/// A userspace stack against the Linux kernel.
pub struct TapLink {
    interface: Interface,
    near: Net<SharedStack>,
    far: Net<Os>,
    helpers: Helpers<TapLink>,
    threads: HostThreads,
    disturbance: Disturbance,
    stop: Arc<AtomicBool>,
    pump: RefCell<Option<JoinHandle<Result<(), Error>>>>,
}

impl HostLab for TapLink {
    const NAME: &'static str = "tap";
    const SENTENCE: &'static str =
        "a userspace stack against the Linux kernel, over a TAP device in a network namespace";

    type Threads = TapLink;

    fn available() -> Result<(), String> {
        namespace::entered()?;
        Tap::open("berkeley%d").map(drop).map_err(|error| error.to_string())
    }

    fn open(seed: u64) -> Result<TapLink, Failure> {
        TapLink::with(MTU, seed)
    }

    fn with_threads(&self, case: impl Fn(&TapLink) -> Outcome) -> Outcome {
        case(self)
    }

    fn own_cases() -> &'static [&'static [Case<TapLink>]] {
        const { &[cases::faults()] }
    }
}

impl Interface {
    /// One that is not in use, or a new one.
    pub(super) fn open() -> io::Result<Interface> {
        let spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(spare) = spare {
            // What was meant for the last stack.
            while spare.tap.read(&mut [0; 2048])?.is_some() {}
            return Ok(spare);
        }
        let network = Network(NETWORKS.fetch_add(1, Ordering::Relaxed));
        let tap = Tap::open("berkeley%d")?;
        interface::skip_duplicate_address_detection(tap.name())?;
        interface::set_up(tap.name())?;
        for family in Network::FAMILIES {
            interface::add_address(tap.name(), network.far(family), Network::prefix(family))?;
        }
        let number = interface::index(tap.name())?;
        Ok(Interface { tap: Arc::new(tap), number, network })
    }

    /// Gives it back, once nobody makes use of it any more.
    pub(super) fn spare(self) {
        SPARE.lock().unwrap_or_else(PoisonError::into_inner).push(self);
    }

    /// A stack behind the interface.
    fn stack(
        &self,
        mtu: usize,
        disturbance: Disturbance,
    ) -> io::Result<Result<SharedStack, Error>> {
        let tap = Arc::clone(&self.tap);
        let device = TapDevice::new(tap, HardwareAddress(NEAR_HARDWARE), mtu);
        let host = Host::new([device.descriptor()?])?;
        let device = Disturbed { device, disturbance };
        Ok(userspace(
            |capacity| Arc::new(Stack::new(capacity, host)),
            device,
            &self.network.all_near(),
        ))
    }
}

impl Networks for TapLink {
    type Near = SharedStack;
    type Far = Os;

    fn near(&self) -> &Net<SharedStack> {
        &self.near
    }

    fn far(&self) -> &Net<Os> {
        &self.far
    }

    fn near_address(&self, family: Family) -> Option<IpAddr> {
        Some(self.interface.network.near(family))
    }

    fn near_interface(&self) -> u32 {
        2 // behind the loopback
    }

    fn far_interface(&self) -> u32 {
        self.interface.number
    }

    fn second_near_address(&self, family: Family) -> Option<IpAddr> {
        Some(self.interface.network.second_near(family))
    }

    fn far_address(&self, family: Family) -> Option<IpAddr> {
        Some(self.interface.network.far(family))
    }

    fn loopback(&self, family: Family) -> Option<IpAddr> {
        Some(family.loopback())
    }
}

impl SharedNetworks for TapLink {
    type Team = HostThreads;
    const MUCH: usize = MUCH;

    fn team(&self) -> &HostThreads {
        &self.threads
    }
}

impl Lab for TapLink {
    fn later(&self, after: Duration, step: Step<TapLink>) {
        self.helpers.later(after, step);
    }

    fn accompany(&self, peer: Peer<Os>) {
        self.helpers.accompany(self.far, peer);
    }

    fn finish(&self) -> Outcome {
        let outcome = self.helpers.finish();
        self.stop_pump()?;
        outcome
    }
}

impl TapLink {
    /// A fresh stack with this MTU behind an interface.
    fn with(mtu: usize, seed: u64) -> Result<TapLink, Failure> {
        let disturbance = Disturbance::new(seed);
        let interface = Interface::open().map_err(no_device)?;
        let stack = interface.stack(mtu, disturbance.clone()).map_err(no_device)??;
        let stop = Arc::new(AtomicBool::new(false));
        let (pumped, stopped) = (Arc::clone(&stack), Arc::clone(&stop));
        let pump = thread::spawn(move || pumped.pump(|| stopped.load(Ordering::SeqCst)));
        Ok(TapLink {
            interface,
            near: Net::new(stack),
            far: Net::new(Os),
            helpers: Helpers::default(),
            threads: HostThreads::default(),
            disturbance,
            stop,
            pump: RefCell::new(Some(pump)),
        })
    }

    /// Ends the thread that drives the stack, which holds the device.
    fn stop_pump(&self) -> Outcome {
        self.stop.store(true, Ordering::SeqCst);
        self.near.backend().platform().kick();
        let Some(pump) = self.pump.borrow_mut().take() else { return Ok(()) };
        let panicked =
            |_| Failure::new("the thread that drives the stack", format_args!("panicked"));
        Ok(pump.join().map_err(panicked)??)
    }
}

impl Drop for TapLink {
    fn drop(&mut self) {
        // Whoever wanted to know has called `finish`. A stack that does not stop keeps its interface.
        if self.stop_pump().is_ok() {
            self.interface.clone().spare();
        }
    }
}

impl FaultyLab for TapLink {
    const LENGTH: u64 = 100_000;
    const ROUNDS: usize = 2;
    const LOSSES: &'static [u16] = &[0, 10, 50];
    const MTUS: &'static [usize] = &[576, 1280, MTU]; // the interface's own is the last

    fn disturb(&self, fault: Fault, frames: Frames) {
        self.disturbance.disturb(Some((fault, frames)));
    }

    fn calm(&self) -> u32 {
        self.disturbance.disturb(None)
    }

    fn with_mtu(&self, mtu: usize) -> Result<TapLink, Failure> {
        TapLink::with(mtu, 0)
    }
}

fn no_device(error: io::Error) -> Failure {
    Failure::new("the TAP device", format_args!("{error}"))
}
