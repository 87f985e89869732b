//! The manual's echo server on a userspace stack behind a TAP interface (needs root).
//!
//! `cargo run -p berkeley-smoltcp --features std --example tap_echo_server -- [ADDRESS] [HOST] [PORT] [CLIENTS]`,
//! then `nc ADDRESS PORT` on the host.

mod support;

use std::env::args;
use std::error::Error;
use std::net::IpAddr;
use std::process::ExitCode;
use std::sync::Arc;

use berkeley::{AddressFamily, Net};
use berkeley_conformance::programs::{self, Console};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let argument = |place, default: &str| args().nth(place).unwrap_or(default.into());
    let (address, host): (IpAddr, IpAddr) =
        (argument(1, "192.0.2.2").parse()?, argument(2, "192.0.2.1").parse()?);
    let (port, clients) = (argument(3, "50007").parse()?, argument(4, "1").parse()?);
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };

    let stack = Arc::new(support::stack("berkeley%d", address, host)?);
    let net = Net::new(Arc::clone(&stack));
    let outcome = programs::echo_server(&net, family, ("", port), clients, &mut Console);
    // What was sent is delivered as long as somebody drives the stack.
    stack.finish(core::time::Duration::from_secs(1))?;
    Ok(programs::exit(outcome))
}
