//! "The socket module" on one backend: constructors and what belongs to no single socket.

use crate::wait::{Step, WaitLoop};
use crate::{
    Address, AddressFamily, Backend, Error, Instant, PollEntry, Protocol, Socket, SocketType,
    Timeout, host,
};

/// The network of a backend.
///
/// What Python's manual lists as functions of the module is a method here. `B` is cheap to clone: a
/// zero-sized type, a reference or an `Arc`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Net<B> {
    backend: B,
}

impl<B: Backend + Clone> Net<B> {
    /// The network of this backend.
    pub const fn new(backend: B) -> Net<B> {
        Net { backend }
    }

    /// The backend.
    pub const fn backend(&self) -> &B {
        &self.backend
    }

    /// Creates a socket. Protocol [`Protocol::DEFAULT`] is the usual one of the family and type.
    ///
    /// # Errors
    ///
    /// `EAFNOSUPPORT`, `ESOCKTNOSUPPORT`, `EPROTONOSUPPORT` for what the backend lacks, `EINVAL` for
    /// a type above 10, `EMFILE` when no descriptor is left. Source: `socket(2)`.
    pub fn socket(
        &self,
        family: AddressFamily,
        socket_type: SocketType,
        protocol: Protocol,
    ) -> Result<Socket<B>, Error> {
        Socket::new(self.backend.clone(), family, socket_type, protocol)
    }

    /// A stream socket of this family: TCP for the IP families.
    ///
    /// # Errors
    ///
    /// Those of [`Net::socket`].
    pub fn stream(&self, family: AddressFamily) -> Result<Socket<B>, Error> {
        self.socket(family, SocketType::STREAM, Protocol::DEFAULT)
    }

    /// A datagram socket of this family: UDP for the IP families.
    ///
    /// # Errors
    ///
    /// Those of [`Net::socket`].
    pub fn datagram(&self, family: AddressFamily) -> Result<Socket<B>, Error> {
        self.socket(family, SocketType::DGRAM, Protocol::DEFAULT)
    }

    /// Connects a stream socket to a host: tries its addresses one after the other.
    ///
    /// `timeout` is for each address, and the socket keeps it; `None` is the default timeout,
    /// `Some(Timeout::Blocking)` waits as long as it takes even when there is a default. A source
    /// address is bound first.
    ///
    /// Hosts are numbers, or `localhost`, which is tried on IPv6 and then on IPv4.
    ///
    /// # Errors
    ///
    /// Those of the last address; those of [`ToAddress`](crate::ToAddress) for a host that is none.
    pub fn create_connection(
        &self,
        (host, port): (&str, u16),
        timeout: Option<Timeout>,
        source: Option<(&str, u16)>,
    ) -> Result<Socket<B>, Error> {
        let mut last = Error::from_errno(crate::Errno::EADDRNOTAVAIL);
        for address in host::candidates(host, port)?.into_iter().flatten() {
            match self.connection_to(&address, timeout, source) {
                Ok(socket) => return Ok(socket),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn connection_to(
        &self,
        address: &Address,
        timeout: Option<Timeout>,
        source: Option<(&str, u16)>,
    ) -> Result<Socket<B>, Error> {
        let mut socket = self.stream(address.family())?;
        if let Some(timeout) = timeout {
            socket.settimeout(timeout)?;
        }
        if let Some(source) = source {
            socket.bind(source)?;
        }
        socket.connect(address)?;
        Ok(socket)
    }

    /// The timeout that new sockets start with.
    pub fn getdefaulttimeout(&self) -> Timeout {
        self.backend.default_timeout()
    }

    /// Sets the timeout that new sockets start with, accepted ones among them. Sockets that exist
    /// keep theirs, and [`SocketType::NONBLOCK`] wins over it.
    pub fn setdefaulttimeout(&self, timeout: impl Into<Timeout>) {
        self.backend.set_default_timeout(timeout.into().normalized());
    }

    /// Waits until one of the sockets is ready and says how many are; 0 when the timeout has
    /// passed. Reports as long as a socket stays ready.
    ///
    /// # Errors
    ///
    /// Those of the backend when it cannot wait for so many.
    pub fn poll(
        &self,
        entries: &mut [PollEntry<'_, B::Handle>],
        timeout: impl Into<Timeout>,
    ) -> Result<usize, Error> {
        let deadline = match timeout.into().normalized() {
            Timeout::Blocking => None,
            Timeout::NonBlocking => Some(Instant::ZERO),
            Timeout::After(duration) => self.backend.now().checked_add(duration),
        };
        let mut operation = WaitLoop::until(deadline);
        loop {
            let outcome = match self.backend.wait(entries, deadline) {
                Ok(count) if count > 0 => return Ok(count),
                outcome => outcome,
            };
            match operation.waited::<usize>(outcome, || self.backend.now()) {
                Step::Done(Err(Error::TIMED_OUT)) => return Ok(0),
                Step::Done(outcome) => return outcome,
                Step::Try | Step::Wait(_) => {}
            }
        }
    }
}
