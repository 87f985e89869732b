//! The manual's sniffer on a userspace stack behind a TAP interface: prints the frames that the stack
//! receives and sends (needs root).
//!
//! `cargo run -p berkeley-smoltcp --features std --example tap_sniffer -- [ADDRESS] [HOST] [FRAMES]`, then
//! `ping ADDRESS` on the host.

mod support;

use std::env::args;
use std::error::Error;
use std::net::IpAddr;
use std::process::ExitCode;
use std::sync::Arc;

use berkeley::{Interface, Net};
use berkeley_conformance::programs::{self, Console};
use berkeley_conformance::sniffer::sniffer;

/// The interface behind the loopback.
const INTERFACE: u32 = 2;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let argument = |place, default: &str| args().nth(place).unwrap_or(default.into());
    let (address, host): (IpAddr, IpAddr) =
        (argument(1, "192.0.2.2").parse()?, argument(2, "192.0.2.1").parse()?);
    let frames = argument(3, "1").parse()?;

    let stack = Arc::new(support::stack("berkeley%d", address, host)?);
    let (net, mut frame) = (Net::new(stack), vec![0; 65565]);
    let named = Interface::Index; // interfaces of a stack have no names
    Ok(programs::exit(sniffer(&net, INTERFACE, frames, &mut frame, named, &mut Console)))
}
