//! The socket object: the manual's methods, over the verbs of a backend.

mod address;
mod connect;
mod duplicate;
mod incoming;
mod message;
mod options;
mod receive;
mod send;
#[cfg(feature = "std")]
mod send_file;
mod typed_options;

pub use incoming::Incoming;
#[cfg(feature = "std")]
pub use send_file::SendFileError;

use core::fmt;
use core::mem;

use crate::backend::Patience;
use crate::wait::{Driver, WaitLoop};
use crate::{
    Address, AddressFamily, Backend, Error, Protocol, Readiness, Shutdown, SocketType, Timeout,
    ToAddress,
};

/// The backlog of [`Socket::listen`] when none is given: [`SOMAXCONN`](crate::SOMAXCONN), but at most
/// 128.
pub const DEFAULT_BACKLOG: i32 = 128;

/// A socket on the network of the backend `B`.
///
/// Every method takes `&self`, so that threads can share a socket, except
/// [`settimeout`](Socket::settimeout) and [`setblocking`](Socket::setblocking), which change what
/// the others do, and [`close`](Socket::close) and [`detach`](Socket::detach), which end it.
///
/// Dropping a socket closes it without waiting: what was sent is still delivered.
///
/// The methods are those of Python's socket objects, under the same names.
pub struct Socket<B: Backend + Clone> {
    backend: B,
    handle: B::Handle,
    family: AddressFamily,
    socket_type: SocketType,
    protocol: Protocol,
    timeout: Timeout,
}

impl<B: Backend + Clone> Socket<B> {
    /// Creates a socket, in the mode of the default timeout or, with [`SocketType::NONBLOCK`] in
    /// its type, in non-blocking mode.
    pub(crate) fn new(
        backend: B,
        family: AddressFamily,
        socket_type: SocketType,
        protocol: Protocol,
    ) -> Result<Socket<B>, Error> {
        let timeout = if socket_type.is_nonblock() {
            Timeout::NonBlocking
        } else {
            backend.default_timeout()
        };
        let socket_type = socket_type.without_flags();
        let handle = backend.socket(family, socket_type, protocol, is_nonblocking(timeout))?;
        Ok(Socket { backend, handle, family, socket_type, protocol, timeout })
    }

    /// A socket object around one end of a new pair.
    pub(crate) fn of_pair(
        backend: B,
        handle: B::Handle,
        (family, socket_type, protocol): (AddressFamily, SocketType, Protocol),
        timeout: Timeout,
    ) -> Socket<B> {
        let socket_type = socket_type.without_flags();
        Socket { backend, handle, family, socket_type, protocol, timeout }
    }

    /// A socket object around a handle that is open already, with the default timeout.
    ///
    /// That it is an open socket is looked at; that it is of this family and type is not: a wrong one
    /// shows when a later call fails. [`Net::adopt`](crate::Net::adopt) asks what it is.
    ///
    /// A host keeps one mode flag for all handles of a socket. It is set when the default timeout
    /// wants it set, and is else left as it is, so that the other handles go on as before; an operation
    /// that may wait does so whatever the flag says.
    ///
    /// # Errors
    ///
    /// `EBADF` for a handle that refers to nothing, `ENOTSOCK` for one that is no socket. The handle
    /// is closed then.
    pub fn from_handle(
        backend: B,
        handle: B::Handle,
        family: AddressFamily,
        socket_type: SocketType,
        protocol: Protocol,
    ) -> Result<Socket<B>, Error> {
        let timeout = backend.default_timeout();
        let socket_type = socket_type.without_flags();
        let socket = Socket { backend, handle, family, socket_type, protocol, timeout };
        socket.getsockname()?;
        if is_nonblocking(timeout) {
            socket.backend.set_nonblocking(&socket.handle, true)?;
        }
        Ok(socket)
    }

    /// Gives the socket a local address. Port 0 chooses a free one.
    ///
    /// The host of a tuple may be a name, here and wherever a socket is given an address. It is
    /// looked up for the socket's family, its first address is taken, and the lookup waits as long
    /// as the backend's resolver does, whatever the socket's timeout: numbers are certain and quick.
    ///
    /// # Errors
    ///
    /// `EADDRINUSE` for a taken address, `EADDRNOTAVAIL` for one that is not the host's own,
    /// `EINVAL` when the socket has one already, `EACCES` for a port that needs a privilege,
    /// `EAFNOSUPPORT` for an address of another family, and those of [`ToAddress`]; for a name those
    /// of [`Net::getaddrinfo_each`](crate::Net::getaddrinfo_each), after which nothing else has
    /// happened. Source: `bind(2)`.
    pub fn bind(&self, address: impl ToAddress) -> Result<(), Error> {
        self.backend.bind(&self.handle, &self.address(address)?)
    }

    /// Starts accepting connections. `backlog + 1` of them are kept until they are accepted, as
    /// Linux counts; more are not answered. A negative backlog is 0, and `None` is
    /// [`DEFAULT_BACKLOG`]. A socket without an address gets a port.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP` when the type has no connections, `EINVAL` on a connected socket, `EADDRINUSE`
    /// when another socket listens there. Source: `listen(2)`.
    pub fn listen(&self, backlog: impl Into<Option<i32>>) -> Result<(), Error> {
        self.backend.listen(&self.handle, backlog.into().unwrap_or(DEFAULT_BACKLOG))
    }

    /// Takes the oldest waiting connection: a new socket, and who is at its other end.
    ///
    /// The new socket has the default timeout, whatever this one's is (Python manual, "Timeouts
    /// and the accept method").
    ///
    /// # Errors
    ///
    /// `EINVAL` when the socket does not listen, `EOPNOTSUPP` when its type has no connections,
    /// `EAGAIN` or [`Error::TIMED_OUT`] when none came, `EMFILE` when no descriptor is left: then
    /// the connection stays in the queue. Source: `accept(2)`.
    pub fn accept(&self) -> Result<(Socket<B>, Address), Error> {
        let timeout = self.backend.default_timeout();
        let nonblocking = is_nonblocking(timeout);
        let (handle, peer) = self.wait_for(Readiness::READABLE, |patience| {
            self.backend.accept(&self.handle, patience, nonblocking)
        })?;
        let socket = Socket {
            backend: self.backend.clone(),
            handle,
            family: self.family,
            socket_type: self.socket_type,
            protocol: self.protocol,
            timeout,
        };
        Ok((socket, peer))
    }

    /// Ends one or both halves of the connection, at once and for every handle of the socket. Calls
    /// that wait on them are woken.
    ///
    /// After [`Shutdown::RD`] what was received can still be read, then comes the end.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` when there is no connection, `EINVAL` for an unknown half. Source:
    /// `shutdown(2)`.
    pub fn shutdown(&self, how: Shutdown) -> Result<(), Error> {
        self.backend.shutdown(&self.handle, how)
    }

    /// Closes the socket, waiting for unsent data as long as `SO_LINGER` says.
    ///
    /// Unlike a drop, this reports what the host says about it.
    ///
    /// # Errors
    ///
    /// Those of the backend; the socket is closed all the same. A reset by the peer is not one.
    pub fn close(mut self) -> Result<(), Error> {
        self.close_in_place()
    }

    /// [`Socket::close`], for what holds a socket and cannot give it away.
    pub(crate) fn close_in_place(&mut self) -> Result<(), Error> {
        let handle = self.take_handle();
        match self.backend.close(handle, Patience::Forever) {
            Err(error) if error.is(crate::Errno::ECONNRESET) => Ok(()),
            outcome => outcome,
        }
    }

    /// Gives the handle away and forgets it, without closing anything.
    #[must_use = "the handle stays open until it is closed through its backend"]
    pub fn detach(mut self) -> B::Handle {
        self.take_handle()
    }

    /// The socket's own address: the wildcard and port 0 until it has one.
    ///
    /// # Errors
    ///
    /// `EBADF` for a handle that refers to nothing. Source: `getsockname(2)`.
    pub fn getsockname(&self) -> Result<Address, Error> {
        self.backend.getsockname(&self.handle)
    }

    /// The address at the other end.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` when there is none: not yet, or no longer. Source: `getpeername(2)`.
    pub fn getpeername(&self) -> Result<Address, Error> {
        self.backend.getpeername(&self.handle)
    }

    /// The timeout. Python's `gettimeout()` is [`Timeout::duration`] of it.
    pub fn gettimeout(&self) -> Timeout {
        self.timeout
    }

    /// Sets how long operations may wait: `None` for as long as it takes, a duration, zero for not
    /// at all.
    ///
    /// The new value holds for operations that start later, also when the backend then reports an
    /// error.
    ///
    /// # Errors
    ///
    /// Those of the backend, such as `EBADF`.
    pub fn settimeout(&mut self, timeout: impl Into<Timeout>) -> Result<(), Error> {
        self.timeout = timeout.into().normalized();
        self.backend.set_nonblocking(&self.handle, is_nonblocking(self.timeout))
    }

    /// `true` is [`Timeout::Blocking`], `false` [`Timeout::NonBlocking`].
    ///
    /// # Errors
    ///
    /// Those of [`Socket::settimeout`].
    pub fn setblocking(&mut self, blocking: bool) -> Result<(), Error> {
        self.settimeout(if blocking { Timeout::Blocking } else { Timeout::NonBlocking })
    }

    /// Whether operations may wait: in blocking mode and in timeout mode.
    pub fn getblocking(&self) -> bool {
        self.timeout != Timeout::NonBlocking
    }

    /// The number of the handle: a descriptor on a host, an index on a stack. Python's `fileno()`.
    pub fn fileno(&self) -> i32 {
        self.backend.fileno(&self.handle)
    }

    /// The address family.
    pub fn family(&self) -> AddressFamily {
        self.family
    }

    /// The socket type, without flags. (`type` is a word of the language.)
    pub fn type_(&self) -> SocketType {
        self.socket_type
    }

    /// The protocol, as given when the socket was created: 0 stays 0.
    pub fn proto(&self) -> Protocol {
        self.protocol
    }

    /// The backend.
    pub fn backend(&self) -> &B {
        &self.backend
    }

    /// The backend's handle.
    pub fn handle(&self) -> &B::Handle {
        &self.handle
    }

    /// Runs an operation with the socket's timeout, waiting for `interest` when it would block.
    fn wait_for<T>(
        &self,
        interest: Readiness,
        attempt: impl FnMut(Patience) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.driver(interest).block_on(WaitLoop::new(self.timeout), attempt)
    }

    fn driver(&self, interest: Readiness) -> Driver<'_, B> {
        Driver { backend: &self.backend, handle: &self.handle, interest }
    }

    fn take_handle(&mut self) -> B::Handle {
        mem::replace(&mut self.handle, self.backend.closed())
    }
}

impl<B: Backend + Clone> Drop for Socket<B> {
    fn drop(&mut self) {
        let handle = self.take_handle();
        // Nobody is left to tell. After `close` and `detach` there is nothing to close.
        let _ = self.backend.close(handle, Patience::Never);
    }
}

/// Like Python's `repr`.
impl<B: Backend + Clone> fmt::Debug for Socket<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "<socket.socket fd={}, family={:?}, type={:?}, proto={}",
            self.fileno(),
            self.family,
            self.socket_type,
            self.protocol.0,
        )?;
        if let Ok(address) = self.getsockname() {
            write!(f, ", laddr={address}")?;
        }
        if let Ok(address) = self.getpeername() {
            write!(f, ", raddr={address}")?;
        }
        f.write_str(">")
    }
}

/// Whether a host's mode flag is on: in both modes in which a verb must not wait by itself.
fn is_nonblocking(timeout: Timeout) -> bool {
    timeout != Timeout::Blocking
}
