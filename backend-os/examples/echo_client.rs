//! The manual's echo client on the operating system's sockets.
//!
//! `cargo run -p berkeley-os --example echo_client -- [HOST] [PORT]`

use std::env::args;
use std::process::ExitCode;

use berkeley::{AddressFamily, Net};
use berkeley_conformance::programs::{self, Console};
use berkeley_os::Os;

fn main() -> ExitCode {
    let host = args().nth(1).unwrap_or("127.0.0.1".into());
    let port = args().nth(2).and_then(|text| text.parse().ok()).unwrap_or(50007);
    let family = if host.contains(':') { AddressFamily::INET6 } else { AddressFamily::INET };
    let net = Net::new(Os);
    programs::exit(programs::echo_client(&net, family, (&*host, port), &mut Console))
}
