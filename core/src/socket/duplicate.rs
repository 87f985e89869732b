//! Several socket objects of one socket, and objects around handles that exist already.

use crate::options::{SO_DOMAIN, SO_PROTOCOL, SO_TYPE};
use crate::{
    AddressFamily, Backend, Errno, Error, Net, OptionLevel, OptionName, Protocol, Socket,
    SocketType,
};

use super::is_nonblocking;

impl<B: Backend + Clone> Socket<B> {
    /// Another object of the same socket: it lives until the last of them is closed, and
    /// [`shutdown`](Socket::shutdown) is for all of them.
    ///
    /// The new one has this one's timeout, and each object keeps its own from there on. The host's
    /// mode flag belongs to the socket: what one object sets shows in all of them, and none of them
    /// waits longer or shorter for it, but a `connect` in timeout mode while another object has
    /// turned the flag off. Source: Python manual, "Notes on socket timeouts".
    ///
    /// # Errors
    ///
    /// `EMFILE` when no descriptor is left. Source: `dup(2)`.
    pub fn dup(&self) -> Result<Socket<B>, Error> {
        let handle = self.backend.retain(&self.handle)?;
        let socket = Socket {
            backend: self.backend.clone(),
            handle,
            family: self.family,
            socket_type: self.socket_type,
            protocol: self.protocol,
            timeout: self.timeout,
        };
        socket.backend.set_nonblocking(&socket.handle, is_nonblocking(socket.timeout))?;
        Ok(socket)
    }

    /// [`Socket::dup`] under the name of the standard library.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::dup`].
    pub fn try_clone(&self) -> Result<Socket<B>, Error> {
        self.dup()
    }

    /// A copy of this object for a file: it keeps the socket open and does not touch the mode.
    pub(crate) fn retained(&self) -> Result<Socket<B>, Error> {
        Ok(Socket {
            backend: self.backend.clone(),
            handle: self.backend.retain(&self.handle)?,
            family: self.family,
            socket_type: self.socket_type,
            protocol: self.protocol,
            timeout: self.timeout,
        })
    }
}

impl<B: Backend + Clone> Net<B> {
    /// A socket object around a handle that is open already: the backend says what it is. It has the
    /// default timeout, as for [`Socket::from_handle`].
    ///
    /// The protocol is the real one: that of a TCP socket is [`Protocol::TCP`] also when 0 was asked
    /// for. It is 0 where the backend cannot tell.
    ///
    /// # Errors
    ///
    /// `EBADF` for a handle that refers to nothing, `ENOTSOCK` for one that is no socket. The handle
    /// is closed then. Sources: `SO_DOMAIN`, `SO_TYPE`, `SO_PROTOCOL` in `socket(7)`.
    pub fn adopt(&self, handle: B::Handle) -> Result<Socket<B>, Error> {
        let unknown = AddressFamily::UNSPEC;
        let mut socket = Socket::from_handle(
            self.backend().clone(),
            handle,
            unknown,
            SocketType(0),
            Protocol::DEFAULT,
        )?;
        socket.family = match socket.own_number(SO_DOMAIN)? {
            Some(number) => AddressFamily(u16::try_from(number).unwrap_or(0)),
            None => socket.getsockname()?.family(),
        };
        let socket_type =
            socket.own_number(SO_TYPE)?.ok_or(Error::from_errno(Errno::ENOPROTOOPT))?;
        socket.socket_type = SocketType(socket_type.cast_unsigned());
        socket.protocol = socket.own_number(SO_PROTOCOL)?.map_or(Protocol::DEFAULT, Protocol);
        Ok(socket)
    }
}

impl<B: Backend + Clone> Socket<B> {
    /// What the backend says that the socket is, where it knows the option.
    fn own_number(&self, name: OptionName) -> Result<Option<i32>, Error> {
        match self.getsockopt(OptionLevel::SOCKET, name) {
            Ok(number) => Ok(Some(number)),
            Err(error) if error.is(Errno::ENOPROTOOPT) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
