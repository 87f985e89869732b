//! The table of sockets, as `netstat` prints it: for people, and for tests that fail.

use core::fmt;

use super::Stack;
use crate::descriptor::{Kind, Stream};
use crate::lock::{Lock, LockFamily};
use crate::platform::Platform;
use crate::tcp::Tuple;

use super::state::State;

/// Prints the sockets and connections of the stack.
impl<P: Platform, L: LockFamily> fmt::Display for Stack<'_, P, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.inner.with(|inner| inner.state.print(f)) {
            Ok(result) => result,
            Err(_) => f.write_str("(the stack is in use)\n"),
        }
    }
}

impl State<'_> {
    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, entry) in self.descriptors.iter() {
            write!(f, "socket {index:3} ")?;
            match entry.kind {
                Kind::Free => {}
                Kind::Stream(Stream::Open { slot }) => write!(f, "tcp connection {slot}")?,
                Kind::Stream(Stream::Listening(queue)) => {
                    write!(f, "tcp listening, {} waiting of {}", queue.waiting, queue.backlog)?;
                }
                Kind::Stream(stream) => write!(f, "tcp {stream:?}")?,
                Kind::Datagram(datagram) => {
                    let empty = self.queues[usize::from(datagram.queue)].is_empty();
                    write!(f, "udp, queue {}", if empty { "empty" } else { "not empty" })?;
                }
            }
            if let Some(bound) = entry.bound {
                write!(f, ", at {} port {}", bound.ip, bound.port)?;
            }
            if let Some(error) = entry.error {
                write!(f, ", pending {error:?}")?;
            }
            writeln!(f)?;
        }
        for waiting in self.time_wait.iter() {
            let Tuple { local, remote } = waiting.tuple;
            writeln!(
                f,
                "{:?}: {} port {} to {} port {}",
                waiting.phase, local.ip, local.port, remote.ip, remote.port
            )?;
        }
        for (number, slot) in self.slots.iter().enumerate() {
            let (Some(tuple), Some(socket)) = (slot.tuple, slot.socket()) else { continue };
            writeln!(
                f,
                "connection {number} {}: {} port {} to {} port {}, {:?}, {} to read, {} to send",
                socket.state(),
                tuple.local.ip,
                tuple.local.port,
                tuple.remote.ip,
                tuple.remote.port,
                slot.owner,
                socket.recv_queue(),
                socket.send_queue(),
            )?;
        }
        self.print_statistics(f)
    }
}
