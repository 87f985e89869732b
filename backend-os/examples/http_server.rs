//! A small HTTP server on the operating system's sockets.
//!
//! `cargo run -p berkeley-os --example http_server -- [PORT] [REQUESTS]`, then
//! `curl http://127.0.0.1:8080/`. It ends after so many requests.

use std::env::args;
use std::process::ExitCode;

use berkeley::{AddressFamily, Net};
use berkeley_conformance::http_server::http_server;
use berkeley_conformance::programs;
use berkeley_os::Os;

fn main() -> ExitCode {
    let argument = |place| args().nth(place).and_then(|text| text.parse().ok());
    let port = argument(1).unwrap_or(8080);
    let requests = argument(2).map_or(usize::MAX, usize::from);
    programs::exit(http_server(&Net::new(Os), AddressFamily::INET, ("", port), requests))
}
