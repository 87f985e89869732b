//! `connect`: start, wait until writable, ask for the outcome.

use crate::wait::WaitLoop;
use crate::{Backend, Errno, Error, ErrorKind, Readiness, Socket, Timeout, ToAddress};

use super::is_nonblocking;
use crate::backend::Patience;

impl<B: Backend + Clone> Socket<B> {
    /// Connects to `address`.
    ///
    /// In timeout mode the whole connect has the timeout. When it passes the attempt goes on: a
    /// second call says `EALREADY`, and the connection may still come about.
    ///
    /// # Errors
    ///
    /// `ECONNREFUSED`, `ENETUNREACH`, `EHOSTUNREACH`, `ETIMEDOUT` when the network gave up,
    /// [`Error::TIMED_OUT`] when the socket's own timeout passed, `EINPROGRESS` in non-blocking
    /// mode, `EALREADY` and `EISCONN` on a socket that is connecting or connected, and those of
    /// [`ToAddress`]. Source: `connect(2)`.
    pub fn connect(&self, address: impl ToAddress) -> Result<(), Error> {
        let address = self.address(address)?;
        let patience =
            if is_nonblocking(self.timeout) { Patience::Never } else { Patience::Forever };
        let started = match self.backend.connect(&self.handle, &address, patience) {
            // Interrupted, the attempt goes on like one that was only started (PEP 475); trying
            // again would say EALREADY.
            Err(error) if error.is(Errno::EINTR) => {
                self.backend.check_signals()?;
                error
            }
            Err(error) if error.is(Errno::EINPROGRESS) => error,
            outcome => return outcome,
        };
        if self.timeout == Timeout::NonBlocking {
            return Err(started);
        }
        let mut started = Some(Error::from(Errno::EINPROGRESS));
        self.driver(Readiness::WRITABLE).block_on(WaitLoop::new(self.timeout), |_| {
            match started.take() {
                Some(in_progress) => Err(in_progress),
                None => self.backend.connect_outcome(&self.handle),
            }
        })
    }

    /// Like [`Socket::connect`], but says the error number of the connect and of its wait instead
    /// of failing: 0 for success, `EAGAIN` when the socket's own timeout passed.
    ///
    /// # Errors
    ///
    /// Only for an address that is none: those of [`ToAddress`].
    pub fn connect_ex(&self, address: impl ToAddress) -> Result<i32, Error> {
        let address = self.address(address)?;
        match self.connect(address) {
            Ok(()) => Ok(0),
            Err(error) => match (error.errno(), error.kind()) {
                (Some(errno), _) => Ok(errno.raw()),
                (None, ErrorKind::TimedOut) => Ok(Errno::EAGAIN.raw()),
                (None, _) => Err(error),
            },
        }
    }
}
