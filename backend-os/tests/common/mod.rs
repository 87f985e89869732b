//! What several tests need: loopback sockets that give up after a while.

#![allow(dead_code)] // each test uses its part

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use berkeley::names::AddressInfoQuery;
use berkeley::{AddressFamily, Backend, Error, Net, PollEntry, Readiness, Socket};
use berkeley_os::Os;

/// Longer than anything here takes; a test that waits as long has failed.
pub(crate) const PATIENTLY: Duration = Duration::from_secs(20);

pub(crate) const NET: Net<Os> = Net::new(Os);

/// Held by tests that set what belongs to the process (the default timeout, the signal check), and
/// by those that it would disturb.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the kernel's mode flag is on. Source: `proc(5)`.
pub(crate) fn is_nonblocking(socket: &Socket<Os>) -> bool {
    let text = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", socket.fileno())).unwrap();
    let flags = text.lines().find_map(|line| line.strip_prefix("flags:")).unwrap();
    u32::from_str_radix(flags.trim(), 8).unwrap() & 0o4000 != 0
}

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

/// The addresses of `getaddrinfo`, one after the other: type/protocol, the canonical name if any, the address.
pub(crate) fn answers(query: &AddressInfoQuery<'_>) -> Result<String, Error> {
    let all = NET.getaddrinfo(query)?;
    let lines = all.iter().map(|info| {
        assert_eq!(info.family, info.address.family());
        let (kind, name) = (info.socket_type.0, &info.canonical_name);
        let separator = if name.is_empty() { "" } else { " " };
        format!("{kind}/{}{separator}{name} {}", info.protocol.0, info.address)
    });
    Ok(lines.collect::<Vec<_>>().join(", "))
}

/// Fails where the lists of services and protocols are missing.
pub(crate) fn need_netbase() {
    for file in ["/etc/services", "/etc/protocols"] {
        assert!(Path::new(file).exists(), "{file} is missing: install the package netbase");
    }
}
