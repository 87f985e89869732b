//! What others want to know about UNIX sockets: readiness, names, sizes, usage, and a line of the table
//! of sockets.

use core::fmt;

use berkeley::{Address, Errno, Error, Readiness};

use super::super::state::State;
use super::super::statistics::PoolUsage;
use crate::unix::{UnixSocket, UnixState};

impl State<'_> {
    /// What a socket is ready for (Linux's `unix_poll` and `unix_dgram_poll`).
    pub(in crate::stack) fn unix_readiness(&self, socket: UnixSocket) -> Readiness {
        let Ok(slot) = self.unix.entry(socket) else { return Readiness::INVALID };
        let waiting = match slot.state {
            UnixState::Listening(backlog) => backlog.waiting > 0,
            _ => !slot.queue.is_empty(),
        };
        let is_listening = matches!(slot.state, UnixState::Listening(_));
        let is_fresh = slot.state == UnixState::Unconnected && !slot.is_datagram();
        let mut ready = Readiness::NONE;
        if waiting || slot.read_shut {
            ready |= Readiness::READABLE;
        }
        if !is_listening && !self.send_would_block(socket) {
            ready |= Readiness::WRITABLE;
        }
        if (slot.read_shut && slot.write_shut) || is_fresh {
            ready |= Readiness::HANGUP;
        }
        if slot.error.is_some() {
            ready |= Readiness::ERROR;
        }
        ready
    }

    /// Whether sending would have to wait: for whom it had to the last time, or for the peer.
    fn send_would_block(&self, socket: UnixSocket) -> bool {
        let Ok(slot) = self.unix.entry(socket) else { return false };
        let least = usize::from(slot.is_stream());
        let refused = slot.refused.map(|refused| (refused.by, refused.length));
        let peer = slot.peer.map(|peer| (peer, least));
        let mut ways = [refused, peer].into_iter().flatten();
        ways.any(|(to, length)| self.unix.would_block(socket, to, length))
    }

    /// The name of a socket; unnamed before it has one.
    pub(in crate::stack) fn unix_name(&self, socket: UnixSocket) -> Result<Address, Error> {
        Ok(self.unix.entry(socket)?.name.into())
    }

    /// The name of its peer, which may be gone.
    pub(in crate::stack) fn unix_peer_name(&self, socket: UnixSocket) -> Result<Address, Error> {
        let slot = self.unix.entry(socket)?;
        slot.peer.map(|_| slot.peer_name.into()).ok_or(Errno::ENOTCONN.into())
    }

    /// The pending error, which is consumed.
    pub(in crate::stack) fn take_unix_error(&mut self, socket: UnixSocket) -> Option<Errno> {
        self.unix.entry_mut(socket).ok()?.error.take()
    }

    /// How connecting has come out, which it does at once.
    pub(in crate::stack) fn unix_connect_outcome(
        &mut self,
        socket: UnixSocket,
    ) -> Result<(), Error> {
        let slot = self.unix.entry_mut(socket)?;
        slot.take_error()?;
        if slot.peer.is_some() { Ok(()) } else { Err(Errno::ECONNABORTED.into()) }
    }

    /// How the table is used.
    pub(in crate::stack) fn unix_usage(&self) -> PoolUsage {
        self.unix.gauge.usage(self.unix.capacity())
    }

    pub(in crate::stack) fn print_unix(
        &self,
        socket: UnixSocket,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let Ok(slot) = self.unix.entry(socket) else { return Ok(()) };
        write!(f, "unix {:?}, at {:?}", slot.socket_type, slot.name)?;
        if let UnixState::Listening(backlog) = slot.state {
            write!(f, ", listening, {} of {} waiting", backlog.waiting, backlog.most)?;
        }
        if slot.peer.is_some() {
            write!(f, ", peer {:?}", slot.peer_name)?;
        }
        write!(f, ", queue {} bytes", slot.queue.len())
    }
}
