//! A name server that knows no name, and counts how often it is asked.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use crate::failure::Failure;

/// Where `oracle/host/resolv.conf` says that names are asked.
const ADDRESS: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 53);

/// The length of a header. Source: RFC 1035 section 4.1.1.
const HEADER: usize = 12;

/// A running name server; it ends when it is dropped.
pub(super) struct NoSuchName {
    asked: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl NoSuchName {
    /// Starts the server.
    pub(super) fn start() -> Result<NoSuchName, Failure> {
        let socket = UdpSocket::bind(ADDRESS)
            .map_err(|error| Failure::new("the name server", format_args!("{error}")))?;
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let thread = thread::spawn(move || serve(&socket, &count));
        Ok(NoSuchName { asked, thread: Some(thread) })
    }

    /// Whether it was asked since the last look.
    pub(super) fn was_asked(&self) -> bool {
        self.asked.swap(0, Ordering::SeqCst) > 0
    }
}

impl Drop for NoSuchName {
    fn drop(&mut self) {
        // An empty datagram is the end.
        let sent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|socket| socket.send_to(&[], ADDRESS));
        if let (Ok(_), Some(thread)) = (sent, self.thread.take()) {
            let _ = thread.join();
        }
    }
}

/// Gives each question back as an answer: there is no such name.
fn serve(socket: &UdpSocket, asked: &AtomicUsize) {
    let mut message = [0; 512];
    while let Ok((length, from)) = socket.recv_from(&mut message) {
        if length == 0 {
            return;
        }
        if length >= HEADER {
            asked.fetch_add(1, Ordering::SeqCst);
            message[2] |= 0x80; // a response
            message[3] = 0x83; // recursion is available; the code is "name error"
            let _ = socket.send_to(&message[..length], from);
        }
    }
}
