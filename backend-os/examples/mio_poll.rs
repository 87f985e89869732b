//! An echo server and its clients on one thread, over `mio`: sockets in non-blocking mode, told when
//! to go on by the program's own loop of events.
//!
//! `mio` asks for the number of a descriptor (`AsRawFd`), which `Socket<Os>` has.

use std::error::Error;
use std::os::fd::AsRawFd;

use berkeley::{AddressFamily, Errno, Net, ServerOptions, Socket};
use berkeley_os::Os;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};

const SERVER: Token = Token(0);
const CLIENTS: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let net = Net::new(Os);
    let mut poll = Poll::new()?;
    let mut server = net.create_server(("127.0.0.1", 0), ServerOptions::default())?;
    server.setblocking(false)?;
    poll.registry().register(&mut SourceFd(&server.as_raw_fd()), SERVER, Interest::READABLE)?;

    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let client = net.stream(AddressFamily::INET)?;
        client.connect(server.getsockname()?)?;
        client.sendall(b"hello, mio")?;
        clients.push(client);
    }

    // The token of a connection is its place here, plus one.
    let mut connections: Vec<Socket<Os>> = Vec::new();
    let mut events = Events::with_capacity(64);
    let mut echoed = 0;
    while echoed < CLIENTS * b"hello, mio".len() {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == SERVER {
                for connection in server.incoming() {
                    let mut connection = match connection {
                        Ok(connection) => connection,
                        Err(error) if error.is(Errno::EAGAIN) => break,
                        Err(error) => return Err(error.into()),
                    };
                    connection.setblocking(false)?;
                    connections.push(connection);
                    let last = &connections[connections.len() - 1];
                    poll.registry().register(
                        &mut SourceFd(&last.as_raw_fd()),
                        Token(connections.len()),
                        Interest::READABLE,
                    )?;
                }
                continue;
            }
            // An edge is told once: read until there is nothing more.
            let connection = &connections[event.token().0 - 1];
            let mut buffer = [0; 1024];
            loop {
                match connection.recv(&mut buffer) {
                    Ok(0) => break,
                    Ok(count) => {
                        connection.sendall(&buffer[..count])?;
                        echoed += count;
                    }
                    Err(error) if error.is(Errno::EAGAIN) => break,
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }
    for client in &clients {
        let mut buffer = [0; 64];
        let count = client.recv(&mut buffer)?;
        assert_eq!(&buffer[..count], b"hello, mio");
    }
    println!("{CLIENTS} clients were echoed");
    Ok(())
}
