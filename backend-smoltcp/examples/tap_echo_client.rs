//! The manual's echo client on a userspace stack behind a TAP interface (needs root).
//!
//! `cargo run -p berkeley-smoltcp --features std --example tap_echo_client -- [ADDRESS] [HOST] [PORT]`: the
//! stack has ADDRESS, and connects to HOST, the host's end of the interface.

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
    let port: u16 = argument(3, "50007").parse()?;
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };

    let stack = Arc::new(support::stack("berkeley%d", address, host)?);
    let net = Net::new(Arc::clone(&stack));
    let outcome = programs::echo_client(&net, family, (host, port), &mut Console);
    stack.finish(core::time::Duration::from_secs(1))?;
    Ok(programs::exit(outcome))
}
