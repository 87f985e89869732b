//! The manual's echo server on the operating system's sockets.
//!
//! `cargo run -p berkeley-os --example echo_server -- [PORT] [CLIENTS]`, then `nc 127.0.0.1 50007`.

use std::env::args;
use std::process::ExitCode;

use berkeley::{AddressFamily, Net};
use berkeley_conformance::programs::{self, Console};
use berkeley_os::Os;

fn main() -> ExitCode {
    let argument = |place| args().nth(place).and_then(|text| text.parse().ok());
    let port = argument(1).unwrap_or(50007);
    let clients = argument(2).map_or(1, usize::from);
    let net = Net::new(Os);
    programs::exit(programs::echo_server(
        &net,
        AddressFamily::INET,
        ("", port),
        clients,
        &mut Console,
    ))
}
