//! Small services on a userspace stack behind a TAP interface (needs root), for other programs to try.
//!
//! `cargo run -p berkeley-smoltcp --features std --example tap_services -- [ADDRESS] [HOST] [PER_THOUSAND]`:
//! echo at port 7, of streams and of datagrams (RFC 862); the stack's table at port 11; HTTP at port 80;
//! keys and values for clients of Redis at port 6379. So many of a thousand frames are lost on the way,
//! and as many overtaken. It runs until it is told to stop.

mod support;

use std::collections::HashMap;
use std::env::args;
use std::error::Error as AnyError;
use std::fmt::Write;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::thread;

use berkeley::{AddressFamily, Error, Net, Socket};
use berkeley_conformance::http_server::http_server;
use support::HostStack;
use support::resp::{Keys, answer_commands};

type Services = Net<Arc<HostStack>>;
type Client = Socket<Arc<HostStack>>;

/// Connections that wait to be accepted.
const BACKLOG: i32 = 128;

fn main() -> Result<(), Box<dyn AnyError>> {
    let argument = |place, default: &str| args().nth(place).unwrap_or(default.into());
    let (address, host): (IpAddr, IpAddr) =
        (argument(1, "192.0.2.2").parse()?, argument(2, "192.0.2.1").parse()?);
    let per_thousand = argument(3, "0").parse()?;
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };

    let stack = Arc::new(support::disturbed_stack("berkeley%d", address, host, per_thousand)?);
    let net = Net::new(Arc::clone(&stack));
    let keys = Keys::new(Mutex::new(HashMap::new()));
    serve(&net, family, 7, echo)?;
    serve(&net, family, 11, move |client| Ok(client.sendall(table(&stack).as_bytes())?))?;
    serve(&net, family, 6379, move |client| answer_commands(client, &keys))?;
    let datagrams = net.datagram(family)?;
    datagrams.bind(("", 7))?;
    thread::spawn(move || echo_datagrams(&datagrams));
    http_server(&net, family, ("", 80), usize::MAX)?;
    Ok(())
}

/// Serves each client of a port on a thread of its own.
fn serve(
    net: &Services,
    family: AddressFamily,
    port: u16,
    service: impl Fn(&Client) -> Result<(), Error> + Send + Sync + 'static,
) -> Result<(), Error> {
    let listener = net.stream(family)?;
    listener.bind(("", port))?;
    listener.listen(BACKLOG)?;
    let service = Arc::new(service);
    thread::spawn(move || {
        while let Ok((client, _)) = listener.accept() {
            let service = Arc::clone(&service);
            // A client that goes away in the middle is its own business.
            thread::spawn(move || _ = service(&client));
        }
    });
    Ok(())
}

fn echo(client: &Client) -> Result<(), Error> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match client.recv(&mut buffer)? {
            0 => return Ok(()),
            length => client.sendall(&buffer[..length])?,
        }
    }
}

fn echo_datagrams(socket: &Client) -> Result<(), Error> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        if let (length, Some(sender)) = socket.recvfrom(&mut buffer)? {
            // Without a way back there is nobody to tell.
            _ = socket.sendto(&buffer[..length], sender);
        }
    }
}

fn table(stack: &HostStack) -> String {
    let mut table = String::new();
    _ = write!(table, "{stack}");
    table
}
