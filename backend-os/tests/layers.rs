//! Layers that are built on sockets: a server with a thread for each client, and a stream that wraps
//! another one, as TLS does. Both use nothing but public methods.
//!
//! Source: Python manual, `socketserver` and `ssl`.

#![allow(clippy::unwrap_used)] // helpers of tests, beside the tests themselves

mod common;

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use berkeley::{
    Address, AddressFamily, Backend, Errno, Error, MessageFlags, Net, ServerOptions, Shutdown,
    Socket,
};
use berkeley_os::Os;
use common::{NET, PATIENTLY, streams};

/// What a server does for one client, as `socketserver.BaseRequestHandler`.
trait Handler<B: Backend + Clone>: Send + Sync + 'static {
    fn handle(&self, request: Socket<B>, client: Address) -> Result<(), Error>;
}

/// A server that gives each client a thread, as `socketserver.ThreadingTCPServer`. Generic over the
/// backend: the core alone is what it needs.
struct ThreadingServer<B: Backend + Clone, H> {
    listener: Arc<Socket<B>>,
    handler: Arc<H>,
}

impl<B, H> ThreadingServer<B, H>
where
    B: Backend + Clone + Send + Sync + 'static,
    B::Handle: Send + Sync,
    H: Handler<B>,
{
    fn new(net: &Net<B>, address: impl berkeley::ToAddress, handler: H) -> Result<Self, Error> {
        let listener = net.create_server(address, ServerOptions::default())?;
        Ok(ThreadingServer { listener: Arc::new(listener), handler: Arc::new(handler) })
    }

    /// Serves until the listener is shut down; then waits for those that are being served.
    fn serve_forever(self) -> Result<usize, Error> {
        let mut threads: Vec<JoinHandle<Result<(), Error>>> = Vec::new();
        loop {
            match self.listener.accept() {
                Ok((request, client)) => {
                    let handler = Arc::clone(&self.handler);
                    threads.push(thread::spawn(move || handler.handle(request, client)));
                }
                Err(error) if error.is(Errno::EINVAL) => break,
                Err(error) => return Err(error),
            }
        }
        let served = threads.len();
        for thread in threads {
            thread.join().unwrap()?;
        }
        Ok(served)
    }
}

/// Sends everything back.
struct Echo;

impl<B: Backend + Clone> Handler<B> for Echo {
    fn handle(&self, request: Socket<B>, client: Address) -> Result<(), Error> {
        assert_eq!(request.getpeername()?, client);
        let mut buffer = [0; 1024];
        loop {
            match request.recv(&mut buffer)? {
                0 => return Ok(()),
                count => request.sendall(&buffer[..count])?,
            }
        }
    }
}

#[test]
fn a_server_with_a_thread_for_each_client() {
    const CLIENTS: usize = 10;
    let server = ThreadingServer::new(&NET, ("127.0.0.1", 0), Echo).unwrap();
    let listener = Arc::clone(&server.listener);
    let port = listener.getsockname().unwrap().port().unwrap();
    let serving = thread::spawn(move || server.serve_forever());
    // All are connected before the first one says anything: they are served side by side.
    let clients: Vec<Socket<Os>> = (0..CLIENTS)
        .map(|_| NET.create_connection(("127.0.0.1", port), Some(PATIENTLY.into()), None).unwrap())
        .collect();
    for (number, client) in clients.iter().enumerate().rev() {
        let said = format!("client {number}");
        client.sendall(said.as_bytes()).unwrap();
        client.shutdown(Shutdown::WR).unwrap();
        let mut file =
            client.makefile("r", Default::default()).unwrap().into_text_reader().unwrap();
        assert_eq!(file.read(None).unwrap(), said);
    }
    drop(clients);
    listener.shutdown(Shutdown::RDWR).unwrap();
    assert_eq!(serving.join().unwrap(), Ok(CLIENTS));
}

/// What the records of [`Wrapped`] are turned by. It hides nothing, it only has the form of TLS:
/// records with a length, which do not end where receives end.
const KEY: u8 = 0x5a;

/// A stream inside another one. It uses `recv_into` and `send` of what it wraps, and no more.
struct Wrapped<B: Backend + Clone> {
    inner: Socket<B>,
    /// What was received of records that are not complete.
    received: Vec<u8>,
    /// What was unwrapped and is not read.
    unread: Vec<u8>,
    /// What was wrapped and not taken by the inner stream.
    unsent: Vec<u8>,
}

impl<B: Backend + Clone> Wrapped<B> {
    fn new(inner: Socket<B>) -> Wrapped<B> {
        Wrapped { inner, received: Vec::new(), unread: Vec::new(), unsent: Vec::new() }
    }

    /// Sends what is wrapped; an error leaves the rest for later.
    fn push(&mut self) -> Result<(), Error> {
        while !self.unsent.is_empty() {
            let count = self.inner.send_with(&self.unsent, MessageFlags::NONE)?;
            self.unsent.drain(..count);
        }
        Ok(())
    }

    fn send(&mut self, data: &[u8]) -> Result<usize, Error> {
        self.push()?;
        let record = &data[..data.len().min(100)];
        self.unsent.push(record.len() as u8);
        self.unsent.extend(record.iter().map(|byte| byte ^ KEY));
        // It is taken: that it cannot leave yet is told by the next call.
        match self.push() {
            Err(error) if !error.is(Errno::EAGAIN) => Err(error),
            _ => Ok(record.len()),
        }
    }

    fn recv_into(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        while self.unread.is_empty() {
            let length = self.received.first().map(|&length| 1 + usize::from(length));
            if let Some(length) = length.filter(|&length| length <= self.received.len()) {
                let record: Vec<u8> = self.received.drain(..length).collect();
                self.unread.extend(record[1..].iter().map(|byte| byte ^ KEY));
                continue;
            }
            let mut piece = [0; 7]; // no record comes in one
            match self.inner.recv_into(&mut piece, 0, MessageFlags::NONE)? {
                0 if self.received.is_empty() => return Ok(0),
                0 => return Err(Errno::EPIPE.into()), // cut off
                count => self.received.extend(&piece[..count]),
            }
        }
        let count = buffer.len().min(self.unread.len());
        buffer[..count].copy_from_slice(&self.unread[..count]);
        self.unread.drain(..count);
        Ok(count)
    }
}

/// So whatever is generic over streams works on it: that is what `makefile` is to Python's `ssl`.
impl<B: Backend + Clone> Read for Wrapped<B> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.recv_into(buffer)?)
    }
}

impl<B: Backend + Clone> Write for Wrapped<B> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        Ok(self.send(data)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(self.push()?)
    }
}

#[test]
fn a_stream_inside_a_stream() {
    let (client, server) = streams(AddressFamily::INET);
    let (mut client, mut server) = (Wrapped::new(client), Wrapped::new(server));
    let said: Vec<u8> = (0..100_000u32).map(|number| number as u8).collect();
    thread::scope(|scope| {
        let answering = scope.spawn(|| io::copy(&mut (&mut server).take(100_000), &mut io::sink()));
        client.write_all(&said).unwrap();
        assert_eq!(answering.join().unwrap().unwrap(), 100_000);
    });
    server.write_all(b"first line\nsecond").unwrap();
    server.inner.shutdown(Shutdown::WR).unwrap();
    let mut text = String::new();
    client.read_to_string(&mut text).unwrap();
    assert_eq!(text, "first line\nsecond");
}

#[test]
fn the_stream_inside_keeps_the_mode_of_the_one_around() {
    let (client, mut server) = streams(AddressFamily::INET);
    server.setblocking(false).unwrap();
    let (mut client, mut server) = (Wrapped::new(client), Wrapped::new(server));
    let mut buffer = [0; 16];
    assert_eq!(server.recv_into(&mut buffer), Err(Errno::EAGAIN.into()));
    assert_eq!(client.send(b"record"), Ok(6));
    server.inner.settimeout(PATIENTLY).unwrap();
    assert_eq!(server.recv_into(&mut buffer), Ok(6));
    assert_eq!(&buffer[..6], b"record");
    // A record that is cut off is told from the end.
    client.inner.sendall(&[9, 1, 2]).unwrap();
    client.inner.close().unwrap();
    assert_eq!(server.recv_into(&mut buffer), Err(Errno::EPIPE.into()));
}
