//! A stack over a TAP interface: what the examples have in common.
#![allow(dead_code, reason = "each example uses a part")]

pub(crate) mod disturbed;
pub(crate) mod resp;

use std::error::Error;
use std::net::IpAddr;

use berkeley_os::device::{Tap, interface};
use berkeley_smoltcp::device::Loopback;
use berkeley_smoltcp::host::{Host, TapDevice};
use berkeley_smoltcp::lock::Threads;
use berkeley_smoltcp::{Capacity, Cidr, HardwareAddress, InterfaceIndex, Stack};
use disturbed::Disturbed;

/// A stack over devices of the host.
pub(crate) type HostStack = Stack<'static, Host, Threads>;

/// A stack with this address behind a new TAP interface of this name. The host's end of it gets the
/// address `host`, unless it has one already.
pub(crate) fn stack(
    name: &str,
    address: IpAddr,
    host: IpAddr,
) -> Result<HostStack, Box<dyn Error>> {
    disturbed_stack(name, address, host, 0)
}

/// The same, where so many of a thousand frames are lost, and as many overtaken.
pub(crate) fn disturbed_stack(
    name: &str,
    address: IpAddr,
    host: IpAddr,
    per_thousand: u64,
) -> Result<HostStack, Box<dyn Error>> {
    let prefix = if address.is_ipv4() { 24 } else { 64 };
    let tap = Tap::open(name)?;
    interface::set_up(tap.name())?;
    match interface::add_address(tap.name(), host, prefix) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error.into()),
        _ => {}
    }
    let (stack, interface) = over(tap, per_thousand)?;
    stack.add_address(interface, Cidr::new(address, prefix)?)?;
    stack.add_route(default_route(host)?, host, interface)?;
    Ok(stack)
}

/// A stack without addresses behind a TAP interface of this name, which may be there already.
pub(crate) fn bare_stack(name: &str) -> Result<(HostStack, InterfaceIndex), Box<dyn Error>> {
    let tap = Tap::open(name)?;
    interface::set_up(tap.name())?;
    over(tap, 0)
}

fn over(tap: Tap, per_thousand: u64) -> Result<(HostStack, InterfaceIndex), Box<dyn Error>> {
    let device = TapDevice::new(tap, HardwareAddress([0x02, 0, 0, 0, 0, 1]), 1500);
    let stack = Stack::new(Capacity::default(), Host::new([device.descriptor()?])?);
    stack.add_interface(Box::new(Loopback::new(vec![0; 1 << 18], 65_535)))?;
    let interface = match per_thousand {
        0 => stack.add_interface(Box::new(device))?,
        _ => stack.add_interface(Box::new(Disturbed::new(device, per_thousand)))?,
    };
    Ok((stack, interface))
}

fn default_route(like: IpAddr) -> Result<Cidr, berkeley::Error> {
    let unspecified = if like.is_ipv4() {
        IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED)
    } else {
        IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED)
    };
    Cidr::new(unspecified, 0)
}
