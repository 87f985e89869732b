//! UNIX sockets: opening, naming, shutting down and closing them, as Linux does (`net/unix/af_unix.c`).
//!
//! Nothing here touches a link or a clock: a call has its whole effect at once, and those that have
//! to wait for it look again.

mod connections;
mod facts;
mod options;
mod transfer;

use berkeley::{Address, AddressFamily, Errno, Error, Protocol, Shutdown, SocketType, UnixAddress};

use super::state::State;
use crate::descriptor::Kind;
use crate::unix::{UnixSocket, UnixState};

impl State<'_> {
    /// A new UNIX socket.
    pub(super) fn open_unix(
        &mut self,
        socket_type: SocketType,
        protocol: Protocol,
    ) -> Result<u16, Error> {
        let socket_type = checked(socket_type, protocol)?;
        self.descriptors.require_free()?;
        let socket = self.unix.claim(socket_type)?;
        self.hold(socket)
    }

    /// Two new UNIX sockets, connected to each other.
    pub(super) fn open_unix_pair(
        &mut self,
        socket_type: SocketType,
        protocol: Protocol,
    ) -> Result<(u16, u16), Error> {
        let one = self.open_unix(socket_type, protocol)?;
        match self.open_unix(socket_type, protocol) {
            Ok(other) => {
                if let (Some(one), Some(other)) = (self.unix_of(one), self.unix_of(other)) {
                    self.unix.join(one, other)?;
                }
                Ok((one, other))
            }
            Err(error) => {
                if let Some(socket) = self.unix_of(one) {
                    self.let_go_of_unix(socket);
                }
                self.descriptors.free(one);
                Err(error)
            }
        }
    }

    /// Gives a socket a descriptor. The caller has seen that one is free.
    fn hold(&mut self, socket: UnixSocket) -> Result<u16, Error> {
        let index = self.descriptors.allocate(AddressFamily::UNIX, Kind::Unix(socket))?;
        self.unix.entry_mut(socket)?.descriptor = Some(index);
        Ok(index)
    }

    fn unix_of(&self, index: u16) -> Option<UnixSocket> {
        match self.descriptors.entry(index).ok()?.kind {
            Kind::Unix(socket) => Some(socket),
            _ => None,
        }
    }

    /// Gives a socket a name; it chooses one where the program names none.
    pub(super) fn bind_unix(&mut self, socket: UnixSocket, address: &Address) -> Result<(), Error> {
        let wanted = name_of(address)?;
        let slot = self.unix.entry(socket)?;
        let (has_name, socket_type) = (!slot.name.is_unnamed(), slot.socket_type);
        if wanted.is_unnamed() {
            if !has_name {
                let name = self.unix.free_name(socket_type)?;
                self.unix.bind(socket, name);
            }
            return Ok(());
        }
        let is_taken = self.unix.named(&wanted, socket_type).is_some();
        // A file system is asked first.
        if is_taken && (!has_name || wanted.as_pathname().is_some()) {
            return Err(Errno::EADDRINUSE.into());
        }
        if has_name {
            return Err(Errno::EINVAL.into());
        }
        self.unix.bind(socket, wanted);
        Ok(())
    }

    /// The socket that an address is for.
    ///
    /// # Errors
    ///
    /// `EINVAL` for an address of another family, or none; `ENOENT` for a path and `ECONNREFUSED` for
    /// an abstract name that nobody has; `EPROTOTYPE` for a path whose socket is of another type.
    fn unix_named(&self, address: &Address, socket_type: SocketType) -> Result<UnixSocket, Error> {
        let name = name_of(address)?;
        if name.is_unnamed() {
            return Err(Errno::EINVAL.into());
        }
        let absent = if name.as_pathname().is_some() { Errno::ENOENT } else { Errno::ECONNREFUSED };
        let found = self.unix.named(&name, socket_type).ok_or(absent)?;
        if self.unix.entry(found)?.socket_type != socket_type {
            return Err(Errno::EPROTOTYPE.into());
        }
        Ok(found)
    }

    /// Shuts a socket down, connected or not. A connection's other end is shut down the other way
    /// round.
    pub(super) fn shutdown_unix(&mut self, socket: UnixSocket, how: Shutdown) {
        let Ok(slot) = self.unix.entry_mut(socket) else { return };
        slot.read_shut |= how.is_read();
        slot.write_shut |= how.is_write();
        if slot.state == UnixState::Connected
            && let Some(peer) = self.unix.peer(socket)
            && let Ok(peer) = self.unix.entry_mut(peer)
        {
            peer.read_shut |= how.is_write();
            peer.write_shut |= how.is_read();
        }
        self.wake_unix(socket);
    }

    /// Lets go of a socket: its name is free, and its place. A listener takes the connections that
    /// nobody has accepted with it.
    pub(super) fn let_go_of_unix(&mut self, socket: UnixSocket) {
        while let Some(connection) = self.unix.take_first(socket) {
            self.end_unix(connection, true);
        }
        let unread = self.unix.entry(socket).is_ok_and(|slot| !slot.queue.is_empty());
        self.end_unix(socket, unread);
    }

    /// Ends a socket. The other end of a connection is told, as a reset if something was lost; that
    /// of datagrams finds out when it sends (`unix_release_sock`).
    fn end_unix(&mut self, socket: UnixSocket, is_reset: bool) {
        self.wake_unix(socket);
        let slot = self.unix.entry(socket);
        if slot.is_ok_and(|slot| slot.state == UnixState::Connected)
            && let Some(peer) = self.unix.peer(socket)
            && let Ok(peer) = self.unix.entry_mut(peer)
        {
            (peer.read_shut, peer.write_shut) = (true, true);
            if is_reset {
                peer.error = Some(Errno::ECONNRESET);
            }
        }
        self.unix.release(socket);
    }

    /// Something has happened to a socket: whoever waits for it, or to send to it, looks again.
    fn wake_unix(&mut self, socket: UnixSocket) {
        self.note_news();
        if !self.waiters.has_waiting() {
            return;
        }
        for other in self.unix.all() {
            let Ok(slot) = self.unix.entry(other) else { continue };
            if let Some(descriptor) = slot.descriptor
                && (other == socket || slot.looks_at(socket))
            {
                self.waiters.fire(descriptor);
            }
        }
    }
}

/// The name that an address of the program is.
fn name_of(address: &Address) -> Result<UnixAddress, Error> {
    match address {
        Address::Unix(name) => Ok(*name),
        _ => Err(Errno::EINVAL.into()),
    }
}

/// The type that a socket gets, as Linux's `unix_create` chooses it.
fn checked(socket_type: SocketType, protocol: Protocol) -> Result<SocketType, Error> {
    /// `PF_UNIX`, the only one that there is.
    const UNIX: Protocol = Protocol(1);
    match (socket_type, protocol) {
        (_, protocol) if ![Protocol::DEFAULT, UNIX].contains(&protocol) => {
            Err(Errno::EPROTONOSUPPORT.into())
        }
        (SocketType::STREAM | SocketType::DGRAM | SocketType::SEQPACKET, _) => Ok(socket_type),
        (SocketType::RAW, _) => Ok(SocketType::DGRAM),
        _ => Err(Errno::ESOCKTNOSUPPORT.into()),
    }
}
