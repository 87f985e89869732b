//! The networks that are compared: the kernel's, and the userspace stack's.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::time::Duration;
use std::thread;

use berkeley::{Backend, Net};
use berkeley_conformance::case::Family;
use berkeley_conformance::lab::Networks;
use berkeley_conformance::labs::{HostLab, VirtualLink, VirtualStack};
use berkeley_os::Os;
use berkeley_os::device::namespace::enter_new_as_thread;
use berkeley_smoltcp::device::Loopback;
use berkeley_smoltcp::simulation::Simulation;
use berkeley_smoltcp::{Capacity, Stack};

use crate::machine::{Host, Machine};

/// What the userspace stack is given to come to rest after a call, in virtual time: longer than an
/// acknowledgement is delayed. One host has not even a second for a program, so that nothing is repeated.
const LINK_PAUSE: Duration = Duration::from_millis(100);
const LOOPBACK_PAUSE: Duration = Duration::from_millis(15);

const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// Bytes of the queue of the loopback device, and its MTU, which are Linux's.
const LOOPBACK_QUEUE: usize = 1 << 20;
const LOOPBACK_MTU: usize = 65_536;

/// The kernel, in a network of its own. Two hosts are one.
pub(crate) fn kernel(hosts: usize, pause: Duration) -> Machine<Os> {
    enter_new_as_thread().expect("it takes root to make a network namespace");
    let host = || host(Net::new(Os), LOOPBACK);
    Machine::new((0..hosts).map(|_| host()).collect(), pause)
}

/// Whether the kernel gives this user a network.
pub(crate) fn is_kernel_available() -> bool {
    // The thread ends, and its network with it.
    thread::spawn(enter_new_as_thread).join().is_ok_and(|entered| entered.is_ok())
}

/// A userspace stack that has only its loopback, or two over a link, in virtual time.
pub(crate) fn userspace(hosts: usize, seed: u64) -> Machine<VirtualStack> {
    if hosts > 1 {
        let lab = VirtualLink::open(seed).unwrap();
        let of = |address: fn(&VirtualLink, Family) -> Option<IpAddr>| {
            [Family::Inet, Family::Inet6].map(|family| address(&lab, family).unwrap())
        };
        let near = host(lab.near().clone(), of(VirtualLink::near_address));
        let far = host(lab.far().clone(), of(VirtualLink::far_address));
        return Machine::new(vec![near, far], LINK_PAUSE);
    }
    let simulation = Simulation::new(seed);
    let capacity = Capacity { connections: 64, descriptors: 64, ..Capacity::default() };
    let stack = VirtualStack::new(Stack::new(capacity, simulation.clone()));
    simulation.join(&stack);
    stack.add_interface(Box::new(Loopback::new(vec![0; LOOPBACK_QUEUE], LOOPBACK_MTU))).unwrap();
    Machine::new(vec![host(Net::new(stack), LOOPBACK)], LOOPBACK_PAUSE)
}

fn host<B: Backend + Clone>(net: Net<B>, [inet, inet6]: [IpAddr; 2]) -> Host<B> {
    Host { net, inet, inet6 }
}
