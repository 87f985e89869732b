//! An echo server and its clients as tasks of `tokio`: sockets in non-blocking mode inside
//! `AsyncFd`, which asks for the number of a descriptor (`AsRawFd`).
//!
//! Each operation is tried, and when it would block the task waits until `tokio` says that it may go
//! on. The conversion of the library's error to the standard library's carries "would block".

use std::error::Error;
use std::io;

use berkeley::{AddressFamily, Errno, Net, ServerOptions, Socket};
use berkeley_os::Os;
use tokio::io::unix::AsyncFd;

const CLIENTS: usize = 10;

/// Tells `tokio` about a socket.
fn registered(socket: Socket<Os>) -> io::Result<AsyncFd<Socket<Os>>> {
    // SAFETY: a socket has the same open descriptor from its creation to its end: only methods that
    // consume it close it. Nothing here exchanges the socket inside the `AsyncFd`.
    Ok(unsafe { AsyncFd::register(socket) }?)
}

/// Receives into `buffer`.
async fn recv(socket: &AsyncFd<Socket<Os>>, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        let mut ready = socket.readable().await?;
        if let Ok(outcome) = ready.try_io(|socket| Ok(socket.get_ref().recv(buffer)?)) {
            return outcome;
        }
    }
}

/// Sends all of `data`.
async fn sendall(socket: &AsyncFd<Socket<Os>>, mut data: &[u8]) -> io::Result<()> {
    while !data.is_empty() {
        let mut ready = socket.writable().await?;
        if let Ok(outcome) = ready.try_io(|socket| Ok(socket.get_ref().send(data)?)) {
            data = &data[outcome?..];
        }
    }
    Ok(())
}

/// Takes a connection.
async fn accept(listener: &AsyncFd<Socket<Os>>) -> io::Result<AsyncFd<Socket<Os>>> {
    loop {
        let mut ready = listener.readable().await?;
        if let Ok(outcome) = ready.try_io(|listener| Ok(listener.get_ref().accept()?)) {
            let (mut connection, _peer) = outcome?;
            connection.setblocking(false)?;
            return registered(connection);
        }
    }
}

async fn echo(connection: AsyncFd<Socket<Os>>) -> io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        match recv(&connection, &mut buffer).await? {
            0 => return Ok(()),
            count => sendall(&connection, &buffer[..count]).await?,
        }
    }
}

async fn client(address: berkeley::Address) -> io::Result<()> {
    let mut socket = Net::new(Os).stream(AddressFamily::INET)?;
    socket.setblocking(false)?;
    let started = socket.connect(address);
    let socket = registered(socket)?;
    match started {
        // Writable when the attempt is over: the pending error says how it came out.
        Err(error) if error.is(Errno::EINPROGRESS) => {
            let _ready = socket.writable().await?;
            socket.get_ref().take_error()?.map_or(Ok(()), Err)?;
        }
        outcome => outcome?,
    }
    sendall(&socket, b"hello, tokio").await?;
    let mut buffer = [0; 64];
    let count = recv(&socket, &mut buffer).await?;
    assert_eq!(&buffer[..count], b"hello, tokio");
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut server = Net::new(Os).create_server(("127.0.0.1", 0), ServerOptions::default())?;
    server.setblocking(false)?;
    let address = server.getsockname()?;
    let server = registered(server)?;
    let clients: Vec<_> = (0..CLIENTS).map(|_| tokio::spawn(client(address))).collect();
    for _ in 0..CLIENTS {
        tokio::spawn(echo(accept(&server).await?));
    }
    for client in clients {
        client.await??;
    }
    println!("{CLIENTS} clients were echoed");
    Ok(())
}
