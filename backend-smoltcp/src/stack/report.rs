//! The tables of a stack, as `netstat` prints them: for people, and for tests that fail.

use core::fmt;

use super::Stack;
use super::connections::print_stream;
use crate::descriptor::Kind;
use crate::lock::{Lock, LockFamily};
use crate::platform::Platform;

use super::state::State;

/// Prints the sockets and connections of the stack, its interfaces, addresses and routes, and what it
/// has counted.
impl<P: Platform, L: LockFamily> fmt::Display for Stack<'_, P, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.inner.with(|inner| {
            inner.state.print(f)?;
            inner.print_interfaces(f)?;
            inner.state.print_statistics(f)
        }) {
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
                Kind::Stream(stream) => print_stream(stream, f)?,
                Kind::Datagram(datagram) => self.print_datagram(datagram, f)?,
                Kind::Unix(socket) => self.print_unix(socket, f)?,
            }
            if let Some(bound) = entry.bound {
                write!(f, ", at {} port {}", bound.ip, bound.port)?;
            }
            if let Some(error) = entry.error {
                write!(f, ", pending {error:?}")?;
            }
            writeln!(f)?;
        }
        self.print_connections(f)
    }
}
