//! The manual's echo client for either family on the operating system's sockets: tries each address
//! of a host.
//!
//! `cargo run -p berkeley-os --example dual_client -- [HOST] [PORT]`

use std::env::args;
use std::process::ExitCode;

use berkeley::Net;
use berkeley_conformance::programs::{self, Console};
use berkeley_os::Os;

fn main() -> ExitCode {
    let host = args().nth(1).unwrap_or("localhost".into());
    let port = args().nth(2).and_then(|text| text.parse().ok()).unwrap_or(50007);
    let net = Net::new(Os);
    programs::exit(programs::dual_client(&net, &host, port, &mut Console))
}
