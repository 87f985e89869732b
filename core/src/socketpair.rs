//! `socketpair`: the backend's own, or one over the loopback.

use crate::{
    Address, AddressFamily, Backend, Errno, Error, Net, Protocol, Socket, SocketType, Timeout,
    ToAddress,
};

impl<B: Backend + Clone> Net<B> {
    /// Creates two sockets that are connected to each other. Both have the default timeout, or are
    /// non-blocking with [`SocketType::NONBLOCK`] in the type.
    ///
    /// Where the backend has pairs of this family, they are its own. Else a TCP connection over the
    /// loopback address serves for the IP families, as in CPython on hosts without pairs: a
    /// listener takes one connection, and both ends must know each other by name, so that no
    /// stranger who was quicker is given away as the other end.
    ///
    /// # Errors
    ///
    /// Those of [`Net::socket`]; `EOPNOTSUPP` for a family, type or protocol without pairs, of
    /// which there are only streams over the loopback; `ECONNABORTED` when a stranger connected to
    /// the loopback listener; `EMFILE` when fewer than three descriptors are left for it. Source:
    /// `socketpair(2)`.
    pub fn socketpair(
        &self,
        family: AddressFamily,
        socket_type: SocketType,
        protocol: Protocol,
    ) -> Result<(Socket<B>, Socket<B>), Error> {
        let backend = self.backend();
        let timeout = if socket_type.is_nonblock() {
            Timeout::NonBlocking
        } else {
            backend.default_timeout()
        };
        let nonblocking = timeout != Timeout::Blocking;
        match backend.socketpair(family, socket_type.without_flags(), protocol, nonblocking) {
            Ok((one, other)) => {
                let kind = (family, socket_type, protocol);
                let object = |handle| Socket::of_pair(backend.clone(), handle, kind, timeout);
                Ok((object(one), object(other)))
            }
            Err(error) if error.is(Errno::EOPNOTSUPP) => {
                let is_stream = socket_type.without_flags() == SocketType::STREAM;
                let is_tcp = protocol == Protocol::DEFAULT || protocol == Protocol::TCP;
                let loopback = match family {
                    AddressFamily::INET => "127.0.0.1",
                    AddressFamily::INET6 => "::1",
                    _ => return Err(error),
                };
                if !is_stream || !is_tcp {
                    return Err(error);
                }
                let loopback = (loopback, 0).to_address(family)?;
                let (mut one, mut other) = self.loopback_pair(&loopback, protocol)?;
                one.settimeout(timeout)?;
                other.settimeout(timeout)?;
                Ok((one, other))
            }
            Err(error) => Err(error),
        }
    }

    /// A connection with oneself. Both waits are for the host itself, not for a peer: whatever the
    /// default timeout is, they last as long as it takes.
    fn loopback_pair(
        &self,
        loopback: &Address,
        protocol: Protocol,
    ) -> Result<(Socket<B>, Socket<B>), Error> {
        let family = loopback.family();
        let mut listener = self.socket(family, SocketType::STREAM, protocol)?;
        listener.setblocking(true)?;
        listener.bind(loopback)?;
        listener.listen(None)?;
        let address = listener.getsockname()?;
        let mut client = self.socket(family, SocketType::STREAM, protocol)?;
        client.setblocking(true)?;
        client.connect(address)?;
        let (server, _) = listener.accept()?;
        // Whoever else can connect to the listener must not get in between.
        if server.getsockname()? != client.getpeername()?
            || client.getsockname()? != server.getpeername()?
        {
            return Err(Errno::ECONNABORTED.into());
        }
        Ok((server, client))
    }
}
