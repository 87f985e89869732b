//! "The socket module" on one backend: constructors and what belongs to no single socket.

use crate::wait::{Step, WaitLoop};
use crate::{
    AddressFamily, Backend, Error, ErrorKind, Instant, PollEntry, Protocol, Socket, SocketType,
    Timeout,
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
            if outcome.is_err_and(|error| error.kind() == ErrorKind::Interrupted) {
                self.backend.check_signals()?;
            }
            match operation.waited::<usize>(outcome, || self.backend.now()) {
                Step::Done(Err(Error::TIMED_OUT)) => return Ok(0),
                Step::Done(outcome) => return outcome,
                Step::Try | Step::Wait(_) => {}
            }
        }
    }
}
