//! A small HTTP server on a userspace stack behind a TAP interface (needs root).
//!
//! `cargo run -p berkeley-smoltcp --features std --example tap_http_server -- [ADDRESS] [HOST] [PORT] [REQUESTS]`,
//! then `curl http://ADDRESS:PORT/` on the host. It ends after so many requests.

mod support;

use std::env::args;
use std::error::Error;
use std::net::IpAddr;
use std::process::ExitCode;
use std::sync::Arc;

use berkeley::{AddressFamily, Net};
use berkeley_conformance::http_server::http_server;
use berkeley_conformance::programs;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let argument = |place, default: &str| args().nth(place).unwrap_or(default.into());
    let (address, host): (IpAddr, IpAddr) =
        (argument(1, "192.0.2.2").parse()?, argument(2, "192.0.2.1").parse()?);
    let port: u16 = argument(3, "80").parse()?;
    let requests = args().nth(4).map_or(Ok(usize::MAX), |text| text.parse())?;
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };

    let stack = Arc::new(support::stack("berkeley%d", address, host)?);
    let net = Net::new(Arc::clone(&stack));
    let outcome = http_server(&net, family, ("", port), requests);
    // What was sent is delivered as long as somebody drives the stack.
    stack.finish(core::time::Duration::from_secs(1))?;
    Ok(programs::exit(outcome))
}
