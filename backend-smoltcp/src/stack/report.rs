//! The table of sockets, as `netstat` prints it: for people, and for tests that fail.

use core::fmt;

use super::Stack;
use super::connections::print_stream;
use crate::descriptor::Kind;
use crate::lock::{Lock, LockFamily};
use crate::platform::Platform;

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
                Kind::Stream(stream) => print_stream(stream, f)?,
                Kind::Datagram(datagram) => self.print_datagram(datagram, f)?,
            }
            if let Some(bound) = entry.bound {
                write!(f, ", at {} port {}", bound.ip, bound.port)?;
            }
            if let Some(error) = entry.error {
                write!(f, ", pending {error:?}")?;
            }
            writeln!(f)?;
        }
        self.print_connections(f)?;
        self.print_statistics(f)
    }
}
