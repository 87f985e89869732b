//! Handles that refer to nothing any more.
//!
//! A handle is a number with a generation. Another stack, whose sockets were opened and closed as
//! often as wanted, gives out any of them: to the stack that is looked at they are what a program
//! holds that has closed a socket twice.

use std::cell::Cell;

use berkeley::{
    Address, AddressFamily, Backend, Errno, Error, MessageFlags, OptionLevel, OutgoingMessage,
    Patience, PollEntry, Protocol, Readiness, Shutdown, SocketType, options,
};
use berkeley_smoltcp::{Capacity, Handle, Stack};

use super::machine::Machine;

/// How often each descriptor is opened at most.
const GENERATIONS: usize = 3;

/// Handles of every descriptor in its first lives.
pub struct Stale {
    stacks: Vec<(Stack<'static, Machine>, Vec<Handle>)>,
    /// Which one is looked at next.
    turn: Cell<usize>,
}

impl Stale {
    /// Handles of this many descriptors.
    ///
    /// # Panics
    ///
    /// They cannot be had.
    #[must_use]
    pub fn new(descriptors: u16) -> Stale {
        let nothing = Capacity {
            descriptors,
            connections: 0,
            half_open: 0,
            time_wait: 0,
            datagrams: 0,
            interfaces: 0,
            addresses: 0,
            routes: 0,
            neighbours: 0,
            packets: 0,
            reassemblies: 0,
            waiters: 0,
            ..Capacity::default()
        };
        let stacks = (1..=GENERATIONS).map(|generation| {
            let stack = Stack::<_>::new(nothing, Machine::new(0));
            let mut handles = Vec::new();
            for _ in 0..generation {
                for handle in handles.drain(..) {
                    stack.close(handle, Patience::Never).expect("open");
                }
                let open = || {
                    let kind = (SocketType::STREAM, Protocol::DEFAULT);
                    stack.socket(AddressFamily::INET, kind.0, kind.1, true).expect("room for it")
                };
                handles = (0..descriptors).map(|_| open()).collect();
            }
            (stack, handles)
        });
        Stale { stacks: stacks.collect(), turn: Cell::new(0) }
    }

    /// Tries one of them, unless it refers to something: every verb must answer `EBADF`.
    ///
    /// # Panics
    ///
    /// One does not.
    pub fn try_next(&self, backend: &impl Backend<Handle = Handle>, held: &[&Handle]) {
        let turn = self.turn.replace(self.turn.get() + 1);
        let (stack, handles) = &self.stacks[turn % self.stacks.len()];
        let handle = &handles[turn / self.stacks.len() % handles.len()];
        if !held.contains(&handle) {
            let to_close = stack.retain(handle).expect("open");
            every_verb_refuses(backend, handle, to_close);
        }
        every_verb_refuses(backend, &backend.closed(), backend.closed());
    }
}

fn every_verb_refuses(backend: &impl Backend<Handle = Handle>, handle: &Handle, to_close: Handle) {
    let never = Patience::Never;
    let flags = MessageFlags::NONE;
    let mut buffer = [0; 8];
    let address = Address::from(std::net::SocketAddr::from(([192, 0, 2, 1], 7)));
    let message = OutgoingMessage { parts: &[b"x"], control: &[], address: Some(&address) };
    let (level, name) = (OptionLevel::SOCKET, options::SO_ERROR);
    // verb, what it answers
    let answers: [(&str, Result<(), Error>); 20] = [
        ("retain", backend.retain(handle).map(drop)),
        ("set_nonblocking", backend.set_nonblocking(handle, true)),
        ("bind", backend.bind(handle, &address)),
        ("listen", backend.listen(handle, 1)),
        ("accept", backend.accept(handle, never, true).map(drop)),
        ("connect", backend.connect(handle, &address, never)),
        ("connect_outcome", backend.connect_outcome(handle)),
        ("recv", backend.recv(handle, &mut buffer, flags, never).map(drop)),
        ("recvfrom", backend.recvfrom(handle, &mut buffer, flags, never).map(drop)),
        ("recvmsg", backend.recvmsg(handle, &mut [], &mut [], flags, never).map(drop)),
        ("send", backend.send(handle, b"x", flags, never).map(drop)),
        ("sendto", backend.sendto(handle, b"x", flags, &address, never).map(drop)),
        ("sendmsg", backend.sendmsg(handle, &message, flags, never).map(drop)),
        ("shutdown", backend.shutdown(handle, Shutdown::RDWR)),
        ("getsockname", backend.getsockname(handle).map(drop)),
        ("getpeername", backend.getpeername(handle).map(drop)),
        ("getsockopt", backend.getsockopt(handle, level, name, &mut buffer).map(drop)),
        ("setsockopt", backend.setsockopt(handle, level, options::SO_KEEPALIVE, &[0; 4])),
        ("poll", {
            let mut entries = [PollEntry::new(handle, Readiness::READABLE)];
            let found = backend.wait(&mut entries, None);
            assert_eq!(entries[0].ready, Readiness::INVALID);
            found.and_then(|count| if count == 1 { Err(Errno::EBADF.into()) } else { Ok(()) })
        }),
        ("close", backend.close(to_close, never)),
    ];
    for (verb, answer) in answers {
        assert_eq!(answer, Err(Errno::EBADF.into()), "{verb} of {handle:?}, which is closed");
    }
}
