//! The manual's echo server on a userspace stack that the network configures: by DHCP over a TAP interface
//! (needs root).
//!
//! `cargo run -p berkeley-smoltcp --features std --example tap_configured -- INTERFACE [PORT] [CLIENTS]`,
//! with a DHCP server at the host's end of the interface. It says what it was given, serves so many clients,
//! and gives the address back.

mod support;

use std::env::args;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use berkeley::{AddressFamily, Net};
use berkeley_conformance::programs::{self, Console};
use support::HostStack;

/// How long to wait for an address.
const PATIENCE: Duration = Duration::from_secs(20);

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let name = args().nth(1).ok_or("tap_configured INTERFACE [PORT] [CLIENTS]")?;
    let argument = |place, default: &str| args().nth(place).unwrap_or(default.into());
    let (port, clients) = (argument(2, "50007").parse()?, argument(3, "1").parse()?);

    let (stack, interface) = support::bare_stack(&name)?;
    let stack = Arc::new(stack);
    stack.start_dhcp(interface)?;
    stack.wait_for_address(interface, AddressFamily::INET, Some(PATIENCE))?;
    describe(&stack);

    let net = Net::new(Arc::clone(&stack));
    let outcome =
        programs::echo_server(&net, AddressFamily::INET, ("", port), clients, &mut Console);
    stack.stop_dhcp(interface)?;
    // What was sent is delivered, and the server told, as long as somebody drives the stack.
    stack.finish(Duration::from_secs(2))?;
    Ok(programs::exit(outcome))
}

/// Says what the network has told.
fn describe(stack: &HostStack) {
    for own in stack.addresses().filter(|own| !own.address.address().is_loopback()) {
        println!("address {}", own.address);
    }
    for route in stack.routes() {
        println!("route to {} by {}", route.destination, route.gateway);
    }
    for interface in stack.interfaces() {
        if let Ok(Some(lease)) = stack.lease(interface.index) {
            lease.dns_servers().iter().for_each(|server| println!("name server {server}"));
            lease.domain().iter().for_each(|domain| println!("domain {domain}"));
            println!("mtu {}", interface.mtu);
        }
    }
}
