//! `send` and its kin.

use crate::backend::Patience;
use crate::wait::WaitLoop;
use crate::{
    Backend, Error, MessageFlags, Readiness, SendAllError, Socket, SocketType, Timeout, ToAddress,
};

impl<B: Backend + Clone> Socket<B> {
    /// Sends as much of `data` as is taken at once, and says how much. On a blocking stream that is
    /// all of it, unless the connection fails on the way; [`Socket::sendall`] sends everything in
    /// every mode, or says why not.
    ///
    /// # Errors
    ///
    /// `EPIPE` on a stream that is not, or no longer, connected, `ECONNRESET` once when the peer
    /// reset it, `EDESTADDRREQ` on a datagram socket without peer, `EMSGSIZE` for too long a
    /// datagram, `EAGAIN` or [`Error::TIMED_OUT`] when there is no room. Source: `send(2)`.
    #[inline]
    pub fn send(&self, data: &[u8]) -> Result<usize, Error> {
        self.send_with(data, MessageFlags::NONE)
    }

    /// [`Socket::send`] with flags.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::send`]; `EOPNOTSUPP` or `EINVAL` for an unknown flag.
    #[inline]
    pub fn send_with(&self, data: &[u8], flags: MessageFlags) -> Result<usize, Error> {
        let sent = self.send_once(data, flags)?;
        match data.get(sent..) {
            Some(rest) if !rest.is_empty() && self.sends_all(flags) => {
                Ok(sent + self.send_rest(rest, flags))
            }
            _ => Ok(sent),
        }
    }

    /// Whether a send goes on until everything is sent.
    fn sends_all(&self, flags: MessageFlags) -> bool {
        self.socket_type == SocketType::STREAM && self.patience_of(flags) == Timeout::Blocking
    }

    /// Sends what is left of a blocking stream's data, and says how much was sent.
    ///
    /// A kernel that may wait has taken everything; others have taken what they had room for. A pending
    /// error is left for the next call, for something was sent before it. So is the program's answer
    /// to a signal that has cut a kernel short.
    #[cold]
    #[inline(never)]
    pub(super) fn send_rest(&self, data: &[u8], flags: MessageFlags) -> usize {
        let mut sent = 0;
        while sent < data.len() && self.goes_on(Readiness::WRITABLE) {
            match self.send_once(&data[sent..], flags) {
                Ok(count) => sent += count,
                Err(_) => break,
            }
        }
        sent
    }

    /// Between two parts of a blocking call: waits until the next one can begin, and says whether it
    /// should. It should not when it would meet an error, or when a signal ends the call.
    pub(super) fn goes_on(&self, interest: Readiness) -> bool {
        self.backend.check_signals().is_ok() && !self.driver(interest).fails_next()
    }

    #[inline]
    fn send_once(&self, data: &[u8], flags: MessageFlags) -> Result<usize, Error> {
        match self.backend.send(&self.handle, data, flags, self.first_patience(flags)) {
            Ok(count) => Ok(count),
            Err(error) => self.send_later(data, flags, error),
        }
    }

    /// Goes on with a send whose first attempt failed. What it needs is put together here, and not
    /// before an attempt that succeeds.
    #[cold]
    #[inline(never)]
    fn send_later(&self, data: &[u8], flags: MessageFlags, first: Error) -> Result<usize, Error> {
        let operation = WaitLoop::new(self.patience_of(flags));
        self.driver(Readiness::WRITABLE).go_on(operation, first, |patience| {
            self.backend.send(&self.handle, data, flags, patience)
        })
    }

    /// Sends all of `data`. The timeout is for the whole call; one attempt is made even when
    /// `data` is empty.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::send`], with how much was sent before.
    pub fn sendall(&self, data: &[u8]) -> Result<(), SendAllError> {
        self.sendall_with(data, MessageFlags::NONE)
    }

    /// [`Socket::sendall`] with flags.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::sendall`].
    pub fn sendall_with(&self, data: &[u8], flags: MessageFlags) -> Result<(), SendAllError> {
        let deadline = match self.timeout {
            Timeout::After(duration) => self.backend.now().checked_add(duration),
            Timeout::Blocking | Timeout::NonBlocking => None,
        };
        let (mut sent, mut rest) = (0, data);
        loop {
            if sent > 0 && deadline.is_some_and(|deadline| self.backend.now() >= deadline) {
                return Err(SendAllError { sent, error: Error::TIMED_OUT });
            }
            let operation = match deadline {
                Some(deadline) => WaitLoop::until(Some(deadline)),
                None => WaitLoop::new(self.patience_of(flags)),
            };
            let outcome = self.driver(Readiness::WRITABLE).block_on(operation, |patience| {
                self.backend.send(&self.handle, rest, flags, patience)
            });
            match outcome {
                Ok(count) => sent += count,
                Err(error) => return Err(SendAllError { sent, error }),
            }
            rest = data.get(sent..).unwrap_or_default();
            if rest.is_empty() {
                return Ok(());
            }
            // A signal may be why it was not all.
            self.backend.check_signals().map_err(|error| SendAllError { sent, error })?;
        }
    }

    /// Sends `data` to `address`.
    ///
    /// # Errors
    ///
    /// `EINVAL` for port 0, `EACCES` for a broadcast address without
    /// [`SO_BROADCAST`](crate::options::SO_BROADCAST), those of [`Socket::send`] and of
    /// [`ToAddress`]. Source: `sendto(2)`.
    pub fn sendto(&self, data: &[u8], address: impl ToAddress) -> Result<usize, Error> {
        self.sendto_with(data, MessageFlags::NONE, address)
    }

    /// [`Socket::sendto`] with flags.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::sendto`]; `EOPNOTSUPP` or `EINVAL` for an unknown flag.
    pub fn sendto_with(
        &self,
        data: &[u8],
        flags: MessageFlags,
        address: impl ToAddress,
    ) -> Result<usize, Error> {
        let address = self.address(address)?;
        self.wait_unless(flags, Readiness::WRITABLE, |patience| {
            self.backend.sendto(&self.handle, data, flags, &address, patience)
        })
    }

    /// Runs an operation with the socket's timeout, except that `MSG_DONTWAIT` makes a blocking
    /// socket non-blocking for this once.
    #[inline]
    pub(super) fn wait_unless<T>(
        &self,
        flags: MessageFlags,
        interest: Readiness,
        attempt: impl FnMut(Patience) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.driver(interest).block_on(WaitLoop::new(self.patience_of(flags)), attempt)
    }

    /// The patience of the first attempt of an operation with these flags: that of its [`WaitLoop`].
    #[inline]
    pub(super) fn first_patience(&self, flags: MessageFlags) -> Patience {
        match self.patience_of(flags) {
            Timeout::Blocking => Patience::Forever,
            Timeout::NonBlocking | Timeout::After(_) => Patience::Never,
        }
    }

    /// The timeout of an operation with these flags. Reading the error queue never waits: whether the
    /// socket is ready says nothing about it. Source: `recv(2)`.
    #[inline]
    pub(super) fn patience_of(&self, flags: MessageFlags) -> Timeout {
        match self.timeout {
            _ if flags.contains(MessageFlags::ERRQUEUE) => Timeout::NonBlocking,
            Timeout::Blocking if flags.contains(MessageFlags::DONTWAIT) => Timeout::NonBlocking,
            timeout => timeout,
        }
    }
}
