//! What several tests need: loopback sockets that give up after a while.

#![allow(dead_code)] // each test uses its part

use std::time::Duration;

use berkeley::{AddressFamily, Backend, Net, PollEntry, Readiness, Socket};
use berkeley_os::Os;

/// Longer than anything here takes; a test that waits as long has failed.
pub(crate) const PATIENTLY: Duration = Duration::from_secs(20);

pub(crate) const NET: Net<Os> = Net::new(Os);

/// The loopback address of a family.
pub(crate) fn loopback(family: AddressFamily) -> &'static str {
    if family == AddressFamily::INET6 { "::1" } else { "127.0.0.1" }
}

/// A listening stream socket in timeout mode.
pub(crate) fn listener(family: AddressFamily, backlog: i32) -> Socket<Os> {
    let mut listener = NET.stream(family).unwrap();
    listener.settimeout(PATIENTLY).unwrap();
    listener.bind((loopback(family), 0)).unwrap();
    listener.listen(backlog).unwrap();
    listener
}

/// Two connected stream sockets in timeout mode.
pub(crate) fn streams(family: AddressFamily) -> (Socket<Os>, Socket<Os>) {
    let listener = listener(family, 1);
    let mut client = NET.stream(family).unwrap();
    client.settimeout(PATIENTLY).unwrap();
    client.connect(listener.getsockname().unwrap()).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    server.settimeout(PATIENTLY).unwrap();
    (client, server)
}

/// Two datagram sockets in timeout mode, the first connected to the second.
pub(crate) fn datagrams(family: AddressFamily) -> (Socket<Os>, Socket<Os>) {
    let (mut sender, mut receiver) = (NET.datagram(family).unwrap(), NET.datagram(family).unwrap());
    sender.settimeout(PATIENTLY).unwrap();
    receiver.settimeout(PATIENTLY).unwrap();
    receiver.bind((loopback(family), 0)).unwrap();
    sender.connect(receiver.getsockname().unwrap()).unwrap();
    (sender, receiver)
}

/// Sends on a non-blocking stream until nothing more is taken, and says how much was.
///
/// A first refusal is not the end: the kernel moves what it has to the other side meanwhile, which
/// does not read and is full at last too. Then there is data that cannot leave.
pub(crate) fn fill(socket: &Socket<Os>) -> usize {
    let mut sent = 0;
    loop {
        while let Ok(count) = socket.send(&[7; 4096]) {
            sent += count;
        }
        let mut entries = [PollEntry::new(socket.handle(), Readiness::WRITABLE)];
        let deadline = Os.now().checked_add(Duration::from_millis(100));
        if Os.wait(&mut entries, deadline) == Ok(0) {
            return sent;
        }
    }
}
