//! The manual's echo server for either family on the operating system's sockets.
//!
//! `cargo run -p berkeley-os --example dual_server -- [PORT] [CLIENTS] [HOST]`, then
//! `nc localhost 50007`. It listens at one address, the first where it can; `::` as the host is that
//! of both families on most hosts.

use std::env::args;
use std::process::ExitCode;

use berkeley::Net;
use berkeley_conformance::programs::{self, Console};
use berkeley_os::Os;

fn main() -> ExitCode {
    let argument = |place| args().nth(place).and_then(|text| text.parse().ok());
    let port = argument(1).unwrap_or(50007);
    let clients = argument(2).map_or(1, usize::from);
    let host = args().nth(3);
    let net = Net::new(Os);
    programs::exit(programs::dual_server(&net, host.as_deref(), port, clients, &mut Console))
}
