//! A userspace stack as the labs of this host have it: with room for every case, loopback, and one more
//! interface.

use core::net::IpAddr;
use core::ops::Deref;
use std::boxed::Box;

use berkeley::Error;
use berkeley_smoltcp::device::{Device, Loopback};
use berkeley_smoltcp::lock::LockFamily;
use berkeley_smoltcp::{Capacity, Cidr, Platform, Stack};

/// Bytes of the queue of its loopback device, and its MTU, which is Linux's.
const LOOPBACK_QUEUE: usize = 1 << 18;
const LOOPBACK_MTU: usize = 65_535;

/// The smallest MTU of a link that carries IPv6 (RFC 8200, section 5).
const INET6_MTU: usize = 1280;

/// A stack that is made by `stack`, with these addresses on this device.
pub(crate) fn userspace<B, P: Platform, L: LockFamily>(
    stack: impl FnOnce(Capacity) -> B,
    device: impl Device + Send + 'static,
    addresses: &[IpAddr],
) -> Result<B, Error>
where
    B: Deref<Target = Stack<'static, P, L>>,
{
    let stack =
        stack(Capacity { connections: 64, descriptors: 64, datagrams: 16, ..Capacity::default() });
    stack.add_interface(Box::new(Loopback::new(std::vec![0; LOOPBACK_QUEUE], LOOPBACK_MTU)))?;
    let has_inet6 = device.mtu() >= INET6_MTU;
    let interface = stack.add_interface(Box::new(device))?;
    for address in addresses.iter().filter(|address| address.is_ipv4() || has_inet6) {
        let prefix = if address.is_ipv4() { 24 } else { 64 };
        stack.add_address(interface, Cidr::new(*address, prefix)?)?;
    }
    Ok(stack)
}
