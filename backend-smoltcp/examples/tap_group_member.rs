//! A member of a group of IPv4 and of one of IPv6 on a userspace stack behind a TAP interface (needs
//! root): prints what is sent to them, up to so many datagrams.
//!
//! `cargo run -p berkeley-smoltcp --features std --example tap_group_member -- [INTERFACE] [COUNT]`, then
//! send to `239.1.2.3` or `ff05::7%INTERFACE`, port 50007, on the host. A bridge with multicast snooping
//! lists the groups: `bridge mdb`.

mod support;

use std::env::args;
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use berkeley::options::{ADD_MEMBERSHIP, Ipv4Membership, Ipv6Membership, JOIN_GROUP};
use berkeley::{AddressFamily, Net};
use berkeley_smoltcp::Cidr;

fn main() -> Result<(), Box<dyn Error>> {
    let name = args().nth(1).unwrap_or("berkeley%d".into());
    let count = args().nth(2).unwrap_or("1".into()).parse()?;
    let (stack, link) = support::bare_stack(&name)?;
    stack.add_address(link, Cidr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)), 24)?)?;
    let link_local = Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, 2);
    stack.add_address(link, Cidr::new(IpAddr::V6(link_local), 64)?)?;
    let stack = Arc::new(stack);
    let net = Net::new(Arc::clone(&stack));

    let (member, interface) = (net.datagram(AddressFamily::INET6)?, link.get());
    let (group, address) = (Ipv4Addr::new(239, 1, 2, 3), Ipv4Addr::UNSPECIFIED);
    member.set_option(ADD_MEMBERSHIP, Ipv4Membership { group, address, interface })?;
    let group = Ipv6Addr::new(0xFF05, 0, 0, 0, 0, 0, 0, 7);
    member.set_option(JOIN_GROUP, Ipv6Membership { group, interface })?;
    member.bind(("", 50007))?;
    for _ in 0..count {
        let mut buffer = [0; 1500];
        let (length, sender) = member.recvfrom(&mut buffer)?;
        println!("{sender:?}: {}", String::from_utf8_lossy(&buffer[..length]));
    }
    member.close()?;
    stack.finish(core::time::Duration::from_millis(100))?;
    Ok(())
}
