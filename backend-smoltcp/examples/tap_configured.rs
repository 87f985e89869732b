//! The manual's echo server on a userspace stack that the network configures over a TAP interface: by DHCP,
//! or by routers of IPv6 (needs root).
//!
//! `cargo run -p berkeley-smoltcp --features std --example tap_configured -- INTERFACE [4|6] [PORT] [CLIENTS]
//! [NAME]...`, with a DHCP server, or a router, at the host's end of the interface. It says what it was given,
//! and what the name servers among that know of the names, serves so many clients, and gives the address back.

mod support;

use std::env::args;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use berkeley::names::AddressInfoQuery;
use berkeley::{AddressFamily, AddressInfoFlags, NameInfoFlags, Net, SocketType};
use berkeley_conformance::programs::{self, Console};
use berkeley_smoltcp::InterfaceIdentifiers;
use berkeley_smoltcp::device::Medium;
use support::HostStack;

/// How long to wait for an address.
const PATIENCE: Duration = Duration::from_secs(20);

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let name = args().nth(1).ok_or("tap_configured INTERFACE [4|6] [PORT] [CLIENTS]")?;
    let argument = |place, default: &str| args().nth(place).unwrap_or(default.into());
    let by_dhcp = argument(2, "4") != "6";
    let family = if by_dhcp { AddressFamily::INET } else { AddressFamily::INET6 };
    let (port, clients) = (argument(3, "50007").parse()?, argument(4, "1").parse()?);

    let (stack, interface) = support::bare_stack(&name)?;
    let stack = Arc::new(stack);
    if by_dhcp {
        stack.start_dhcp(interface)?;
    } else {
        stack.start_slaac(interface, InterfaceIdentifiers::HardwareAddress)?;
    }
    stack.wait_for_address(interface, family, Some(PATIENCE))?;
    describe(&stack);

    let net = Net::new(Arc::clone(&stack));
    for host in args().skip(5) {
        match addresses(&net, &host) {
            Ok(found) => println!("{host}: {found}"),
            Err(error) => println!("{host}: {error}"),
        }
    }
    let outcome = programs::echo_server(&net, family, ("", port), clients, &mut Console);
    if by_dhcp {
        stack.stop_dhcp(interface)?;
    }
    // What was sent is delivered, and the server told, as long as somebody drives the stack.
    stack.finish(Duration::from_secs(2))?;
    Ok(programs::exit(outcome))
}

/// The canonical name of a host, its addresses, and the name that the first of them has.
fn addresses(net: &Net<Arc<HostStack>>, host: &str) -> Result<String, berkeley::Error> {
    let found = net.getaddrinfo(&AddressInfoQuery {
        socket_type: SocketType::STREAM,
        flags: AddressInfoFlags::CANONNAME,
        ..AddressInfoQuery::new(host, 0)
    })?;
    let mut ips: Vec<_> = found.iter().filter_map(|info| info.address.ip()).collect();
    ips.sort();
    let texts: Vec<_> = ips.iter().map(ToString::to_string).collect();
    let first = ips.first().map(|ip| net.getnameinfo((*ip, 0), NameInfoFlags::NONE));
    let (name, _) = first.transpose()?.unwrap_or_default();
    let canonical = found.first().map_or("", |info| info.canonical_name.as_str());
    Ok(format!("{canonical} {} {name}", texts.join(" ")))
}

/// Says what the network has told.
fn describe(stack: &HostStack) {
    for own in stack.addresses().filter(|own| !own.address.address().is_loopback()) {
        println!("address {}", own.address);
    }
    for route in stack.routes() {
        println!("route to {} by {}", route.destination, route.gateway);
    }
    stack.dns_servers().for_each(|server| println!("name server {server}"));
    for interface in stack.interfaces().filter(|interface| interface.medium != Medium::Loopback) {
        println!("mtu {}", interface.mtu);
        if let Ok(Some(lease)) = stack.lease(interface.index) {
            lease.domain().iter().for_each(|domain| println!("domain {domain}"));
        }
    }
}
