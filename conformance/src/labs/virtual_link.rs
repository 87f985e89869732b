//! Lab `virtual`: two userspace stacks over a link in memory, in virtual time.
//!
//! Everything is on one thread. Steps and peers run from inside the waiting of the actor, the clock
//! jumps when nobody has anything to do, and a wait without end is a failure with the tables of both
//! stacks.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::time::Duration;
use std::boxed::Box;
use std::cell::RefCell;
use std::rc::Rc;
use std::string::String;
use std::vec::Vec;

use berkeley::{Backend, Error, Net, PollEntry, Readiness, Timeout};
use berkeley_smoltcp::device::{Device, Loopback};
use berkeley_smoltcp::lock::LockFamily;
use berkeley_smoltcp::simulation::{LinkOptions, Simulation};
use berkeley_smoltcp::{Capacity, Cidr, Platform, Stack};

use super::disturbed::{Disturbance, Disturbed};
use super::virtual_threads::VirtualThreads;
use super::{HostLab, LOOPBACK_MTU, LOOPBACK_QUEUE};
use crate::case::{Case, Family};
use crate::cases;
use crate::failure::{Failure, Outcome};
use crate::faults::{Fault, FaultyLab, Frames};
use crate::lab::{End, Lab, Networks, Step};
use crate::peer::{Peer, Progress};

/// A stack of this lab.
pub type VirtualStack = Rc<Stack<'static, Simulation>>;

/// With how many seeds a case with threads is run.
const SEEDS: u64 = 8;

/// The near side's addresses, and the far side's (RFC 5737, RFC 3849).
pub(super) const NEAR: [IpAddr; 4] = [v4(1), v4(3), v6(1), v6(3)];
pub(super) const FAR: [IpAddr; 2] = [v4(2), v6(2)];

/// The number of the link's interface: that of the loopback is 1.
pub(super) const INTERFACE: u32 = 2;

const fn v4(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
}

const fn v6(last: u16) -> IpAddr {
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last))
}

/// Two userspace stacks over a link in memory.
pub struct VirtualLink {
    seed: u64,
    simulation: Simulation,
    disturbance: Disturbance,
    near: Net<VirtualStack>,
    far: Net<VirtualStack>,
    afterwards: Rc<RefCell<Afterwards>>,
}

/// What steps and peers leave behind.
#[derive(Default)]
struct Afterwards {
    kept: Vec<End<VirtualLink>>,
    failure: Option<Failure>,
}

impl VirtualLink {
    /// Two stacks over a link like this.
    fn over(options: LinkOptions, seed: u64) -> Result<VirtualLink, Failure> {
        let simulation = Simulation::new(seed);
        let (near_end, far_end) = simulation.link(options);
        let disturbance = Disturbance::new(seed);
        let near_end = Disturbed { device: near_end, disturbance: disturbance.clone() };
        let near = Net::new(stack(&simulation, near_end, &NEAR)?);
        let far = Net::new(stack(&simulation, far_end, &FAR)?);
        Ok(VirtualLink { seed, simulation, disturbance, near, far, afterwards: Rc::default() })
    }
}

/// A stack with loopback, one device, and these addresses.
fn stack(
    simulation: &Simulation,
    device: impl Device + Send + 'static,
    addresses: &[IpAddr],
) -> Result<VirtualStack, Error> {
    let stack = Rc::new(Stack::new(capacity(), simulation.clone()));
    add_interfaces(&stack, device, addresses)?;
    simulation.join(&stack);
    Ok(stack)
}

/// The smallest MTU of a link that carries IPv6 (RFC 8200, section 5).
const INET6_MTU: usize = 1280;

/// How many of everything a stack of this lab has.
pub(super) fn capacity() -> Capacity {
    Capacity { connections: 64, descriptors: 64, datagrams: 16, ..Capacity::default() }
}

/// Gives a stack loopback, and these addresses on this device.
pub(super) fn add_interfaces<P: Platform, L: LockFamily>(
    stack: &Stack<'static, P, L>,
    device: impl Device + Send + 'static,
    addresses: &[IpAddr],
) -> Result<(), Error> {
    stack.add_interface(Box::new(Loopback::new(std::vec![0; LOOPBACK_QUEUE], LOOPBACK_MTU)))?;
    let has_inet6 = device.mtu() >= INET6_MTU;
    let interface = stack.add_interface(Box::new(device))?;
    for address in addresses.iter().filter(|address| address.is_ipv4() || has_inet6) {
        let prefix = if address.is_ipv4() { 24 } else { 64 };
        stack.add_address(interface, Cidr::new(*address, prefix)?)?;
    }
    Ok(())
}

impl HostLab for VirtualLink {
    const NAME: &'static str = "virtual";
    const SENTENCE: &'static str = "two userspace stacks over a link in memory, in virtual time";

    type Threads = VirtualThreads;

    fn available() -> Result<(), String> {
        Ok(())
    }

    fn open(seed: u64) -> Result<VirtualLink, Failure> {
        VirtualLink::over(LinkOptions::default(), seed)
    }

    fn with_threads(&self, case: impl Fn(&VirtualThreads) -> Outcome) -> Outcome {
        (0..SEEDS).try_for_each(|more| case(&VirtualThreads::open(self.seed + more)?))
    }

    fn own_cases() -> &'static [&'static [Case<VirtualLink>]] {
        const { &[cases::faults()] }
    }
}

impl Networks for VirtualLink {
    type Near = VirtualStack;
    type Far = VirtualStack;

    fn near(&self) -> &Net<VirtualStack> {
        &self.near
    }

    fn far(&self) -> &Net<VirtualStack> {
        &self.far
    }

    fn near_address(&self, family: Family) -> Option<IpAddr> {
        NEAR.into_iter().find(|address| family.has(*address))
    }

    fn near_interface(&self) -> u32 {
        INTERFACE
    }

    fn second_near_address(&self, family: Family) -> Option<IpAddr> {
        NEAR.into_iter().filter(|address| family.has(*address)).nth(1)
    }

    fn far_address(&self, family: Family) -> Option<IpAddr> {
        FAR.into_iter().find(|address| family.has(*address))
    }

    fn loopback(&self, family: Family) -> Option<IpAddr> {
        Some(family.loopback())
    }
}

impl Lab for VirtualLink {
    fn later(&self, after: Duration, step: Step<VirtualLink>) {
        let afterwards = Rc::clone(&self.afterwards);
        let time = self.near.backend().now() + after;
        self.simulation.at(time, move || match step.run() {
            Ok(end) => afterwards.borrow_mut().kept.extend(end),
            Err(failure) => afterwards.borrow_mut().failure = Some(failure),
        });
    }

    fn accompany(&self, peer: Peer<VirtualStack>) {
        let (afterwards, net) = (Rc::clone(&self.afterwards), self.far.clone());
        let mut waiting = Some((peer, Readiness::NONE));
        self.simulation.accompany(move || {
            let Some((peer, interest)) = &mut waiting else { return false };
            let mut entries = [PollEntry::new(peer.socket().handle(), *interest)];
            let ready = net.poll(&mut entries, Timeout::NonBlocking);
            if !interest.is_empty() && ready == Ok(0) {
                return false;
            }
            match peer.advance() {
                Ok(Progress::Waits(readiness)) => *interest = readiness,
                Ok(Progress::Done) => waiting = None,
                Err(failure) => {
                    afterwards.borrow_mut().failure = Some(failure);
                    waiting = None;
                }
            }
            true
        });
    }

    fn finish(&self) -> Outcome {
        self.simulation.dismiss();
        let Afterwards { kept, failure } = self.afterwards.take();
        drop(kept);
        failure.map_or(Ok(()), Err)
    }
}

impl FaultyLab for VirtualLink {
    const LENGTH: u64 = 1 << 20;
    const ROUNDS: usize = 8;
    const LOSSES: &'static [u16] = &[0, 1, 10, 50, 100, 200, 300];
    const MTUS: &'static [usize] = &[128, 576, 1280, 1500, 9000]; // shorter ones are refused

    fn disturb(&self, fault: Fault, frames: Frames) {
        self.disturbance.disturb(Some((fault, frames)));
    }

    fn calm(&self) -> u32 {
        self.disturbance.disturb(None)
    }

    fn with_mtu(&self, mtu: usize) -> Result<VirtualLink, Failure> {
        VirtualLink::over(LinkOptions { mtu, ..LinkOptions::default() }, self.seed)
    }
}
