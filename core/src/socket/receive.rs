//! `recv` and its kin.

use crate::wait::WaitLoop;
use crate::{Address, Backend, Error, MessageFlags, Readiness, Socket, SocketType, Timeout};

impl<B: Backend + Clone> Socket<B> {
    /// Receives into `buffer` and says how many bytes: 0 at the end of the stream, or for an empty
    /// datagram. Of a datagram longer than the buffer the rest is lost.
    ///
    /// An empty buffer is answered with 0, without asking the backend (as Python's `recv(0)`).
    ///
    /// # Errors
    ///
    /// `EAGAIN` or [`Error::TIMED_OUT`] when nothing came, `ENOTCONN` on a stream without
    /// connection, `ECONNRESET` once when the peer reset it. Source: `recv(2)`.
    #[inline]
    pub fn recv(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        self.recv_into(buffer, 0, MessageFlags::NONE)
    }

    /// [`Socket::recv`] of at most `nbytes` bytes, with flags; 0 means the whole buffer.
    ///
    /// [`MessageFlags::DONTWAIT`] on a blocking socket does not wait. In timeout mode it has no
    /// effect: the socket's timeout decides, as in CPython.
    ///
    /// # Errors
    ///
    /// `nbytes` larger than the buffer: [`Error::INVALID_VALUE`]. An unknown flag: `EOPNOTSUPP` or
    /// `EINVAL`. Else those of [`Socket::recv`].
    #[inline]
    pub fn recv_into(
        &self,
        buffer: &mut [u8],
        nbytes: usize,
        flags: MessageFlags,
    ) -> Result<usize, Error> {
        let buffer = part_of(buffer, nbytes)?;
        if buffer.is_empty() {
            return Ok(0);
        }
        if flags.contains(MessageFlags::WAITALL) && self.may_wait_for_all(flags) {
            return self.recv_all(buffer, flags);
        }
        self.recv_once(buffer, flags)
    }

    /// Receives into `buffer`, with the sender; a stream has none. An empty buffer takes a datagram
    /// from the queue all the same.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::recv`].
    pub fn recvfrom(&self, buffer: &mut [u8]) -> Result<(usize, Option<Address>), Error> {
        self.recvfrom_into(buffer, 0, MessageFlags::NONE)
    }

    /// [`Socket::recvfrom`] of at most `nbytes` bytes, with flags; 0 means the whole buffer.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::recv_into`].
    pub fn recvfrom_into(
        &self,
        buffer: &mut [u8],
        nbytes: usize,
        flags: MessageFlags,
    ) -> Result<(usize, Option<Address>), Error> {
        let buffer = part_of(buffer, nbytes)?;
        self.wait_unless(flags, Readiness::READABLE, |patience| {
            self.backend.recvfrom(&self.handle, buffer, flags, patience)
        })
    }

    #[inline]
    fn recv_once(&self, buffer: &mut [u8], flags: MessageFlags) -> Result<usize, Error> {
        match self.backend.recv(&self.handle, buffer, flags, self.first_patience(flags)) {
            Ok(count) => Ok(count),
            Err(error) => self.recv_later(buffer, flags, error),
        }
    }

    /// Goes on with a receive whose first attempt failed. What it needs is put together here, and not
    /// before an attempt that succeeds.
    #[cold]
    #[inline(never)]
    fn recv_later(
        &self,
        buffer: &mut [u8],
        flags: MessageFlags,
        first: Error,
    ) -> Result<usize, Error> {
        let operation = WaitLoop::new(self.patience_of(flags));
        self.driver(Readiness::READABLE).go_on(operation, first, |patience| {
            self.backend.recv(&self.handle, buffer, flags, patience)
        })
    }

    /// `MSG_WAITALL` waits for the whole buffer on a blocking stream. In timeout mode what is there
    /// is enough, and a look must not wait for more than the queue can hold.
    pub(super) fn may_wait_for_all(&self, flags: MessageFlags) -> bool {
        self.timeout == Timeout::Blocking
            && self.socket_type == SocketType::STREAM
            && !flags.intersects(NEVER_ALL)
    }

    /// Receives until the buffer is full, the stream ends or fails. A pending error is left for the
    /// next call when something came before it.
    fn recv_all(&self, buffer: &mut [u8], flags: MessageFlags) -> Result<usize, Error> {
        let mut received = self.recv_once(buffer, flags)?;
        let mut ended = received == 0;
        while received < buffer.len() && !ended && self.goes_on(Readiness::READABLE) {
            match self.recv_once(&mut buffer[received..], flags) {
                Ok(0) | Err(_) => ended = true,
                Ok(count) => received += count,
            }
        }
        Ok(received)
    }
}

/// With these the first answer is the whole one.
const NEVER_ALL: MessageFlags =
    MessageFlags::PEEK.union(MessageFlags::DONTWAIT).union(MessageFlags::ERRQUEUE);

/// The first `nbytes` bytes of the buffer, or all of it for 0.
fn part_of(buffer: &mut [u8], nbytes: usize) -> Result<&mut [u8], Error> {
    match nbytes {
        0 => Ok(buffer),
        _ => buffer.get_mut(..nbytes).ok_or(Error::INVALID_VALUE),
    }
}
