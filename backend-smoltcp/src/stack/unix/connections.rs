//! Connecting UNIX sockets, and accepting.

use berkeley::{Address, AddressFamily, Errno, Error, UnixAddress};

use super::super::state::State;
use crate::descriptor::Handle;
use crate::unix::{Backlog, UnixSocket, UnixState};

impl State<'_> {
    /// Connects a socket: it is done at once, or fails.
    ///
    /// # Errors
    ///
    /// Those of looking for the address; `ECONNREFUSED` where nobody listens, `EAGAIN` where too many
    /// wait to be accepted, `EISCONN`, `EINVAL` for a listener; `EPERM` for the address of a datagram
    /// socket that has another peer.
    pub(in crate::stack) fn connect_unix(
        &mut self,
        socket: UnixSocket,
        address: &Address,
    ) -> Result<(), Error> {
        let slot = self.unix.entry(socket)?;
        if slot.is_datagram() {
            return self.connect_unix_datagram(socket, address);
        }
        let (state, socket_type) = (slot.state, slot.socket_type);
        let listener = self.unix_named(address, socket_type)?;
        let slot = self.unix.entry(listener)?;
        match slot.state {
            UnixState::Listening(_) if slot.read_shut => {
                return Err(Errno::ECONNREFUSED.into());
            }
            UnixState::Listening(backlog) if backlog.is_full() => return Err(Errno::EAGAIN.into()),
            UnixState::Listening(_) => {}
            _ => return Err(Errno::ECONNREFUSED.into()),
        }
        match state {
            UnixState::Unconnected => {}
            UnixState::Connected => return Err(Errno::EISCONN.into()),
            _ => return Err(Errno::EINVAL.into()),
        }
        let connection = self.unix.claim(socket_type)?;
        self.unix.entry_mut(connection)?.name = self.unix.entry(listener)?.name;
        self.unix.join(socket, connection)?;
        self.unix.append(listener, connection);
        self.wake_unix(listener);
        Ok(())
    }

    /// Gives a datagram socket a peer, or takes it away.
    fn connect_unix_datagram(
        &mut self,
        socket: UnixSocket,
        address: &Address,
    ) -> Result<(), Error> {
        let before = self.unix.entry(socket)?.peer;
        if address.family() == AddressFamily::UNSPEC {
            self.unix.entry_mut(socket)?.peer = None;
        } else {
            let other = self.unix_named(address, self.unix.entry(socket)?.socket_type)?;
            if !self.unix.hears(other, socket) {
                return Err(Errno::EPERM.into());
            }
            let (reference, name) = (self.unix.reference(other), self.unix.entry(other)?.name);
            let slot = self.unix.entry_mut(socket)?;
            (slot.peer, slot.peer_name) = (Some(reference), name);
            self.wake_unix(socket); // the peer may be allowed to send more
        }
        let peer = self.unix.entry(socket)?.peer;
        if let Some(before) = before.filter(|before| peer != Some(*before)) {
            let before = self.unix.alive(before);
            self.leave_unix_peer(socket, before);
        }
        Ok(())
    }

    /// A datagram socket has left its peer: what has come from it is thrown away, and if something was
    /// and the peer is connected to this one, it is told (`unix_dgram_disconnected`).
    pub(super) fn leave_unix_peer(&mut self, socket: UnixSocket, before: Option<UnixSocket>) {
        let Ok(slot) = self.unix.entry_mut(socket) else { return };
        let is_lost = !slot.queue.is_empty();
        slot.queue.clear();
        let own = self.unix.reference(socket);
        if let Some(Ok(before)) = before.map(|before| self.unix.entry_mut(before))
            && is_lost
            && before.peer == Some(own)
        {
            before.error = Some(Errno::ECONNRESET);
        }
        self.wake_unix(socket);
    }

    /// Starts listening, or changes how many may wait.
    pub(in crate::stack) fn listen_unix(
        &mut self,
        socket: UnixSocket,
        backlog: i32,
    ) -> Result<(), Error> {
        let slot = self.unix.entry_mut(socket)?;
        if slot.is_datagram() {
            return Err(Errno::EOPNOTSUPP.into());
        }
        if !slot.is_bound {
            return Err(Errno::EINVAL.into());
        }
        let before = match slot.state {
            UnixState::Unconnected => Backlog::default(),
            UnixState::Listening(backlog) => backlog,
            _ => return Err(Errno::EINVAL.into()),
        };
        let most = u16::try_from(backlog.max(0)).unwrap_or(u16::MAX - 1);
        slot.state = UnixState::Listening(Backlog { most, ..before });
        self.wake_unix(socket); // whoever waits for a place in the backlog
        Ok(())
    }

    /// Takes the oldest connection, with the name of its other end.
    pub(in crate::stack) fn accept_unix(
        &mut self,
        socket: UnixSocket,
    ) -> Result<(Handle, Address), Error> {
        let slot = self.unix.entry(socket)?;
        if slot.is_datagram() {
            return Err(Errno::EOPNOTSUPP.into());
        }
        match slot.state {
            UnixState::Listening(Backlog { waiting: 0, .. }) if !slot.read_shut => {
                return Err(Errno::EAGAIN.into());
            }
            UnixState::Listening(_) => {}
            _ => return Err(Errno::EINVAL.into()),
        }
        self.descriptors.require_free()?;
        let connection = self.unix.take_first(socket).ok_or(Errno::EINVAL)?;
        let index = self.hold(connection)?;
        self.wake_unix(socket);
        let name: UnixAddress = self.unix.entry(connection)?.peer_name;
        Ok((self.descriptors.entry(index)?.handle(index), name.into()))
    }

    /// Whether connecting would have to wait for a place in a backlog.
    pub(in crate::stack) fn unix_backlog_is_full(
        &self,
        socket: UnixSocket,
        address: &Address,
    ) -> bool {
        let Ok(slot) = self.unix.entry(socket) else { return false };
        let listener = self.unix_named(address, slot.socket_type);
        listener.and_then(|listener| self.unix.entry(listener)).is_ok_and(|slot| {
            matches!(slot.state, UnixState::Listening(backlog) if backlog.is_full())
                && !slot.read_shut
        })
    }
}
