//! The file without a buffer: one receive or send per call.

use core::fmt;

use crate::{Backend, Errno, Error, Refusal, Socket};

/// What a file may be used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Receiving.
    Read,
    /// Sending.
    Write,
    /// Both.
    ReadWrite,
}

impl Access {
    const fn reads(self) -> bool {
        !matches!(self, Access::Write)
    }

    const fn writes(self) -> bool {
        !matches!(self, Access::Read)
    }
}

/// A socket as an unbuffered file.
pub struct SocketIo<B: Backend + Clone> {
    socket: Socket<B>,
    access: Access,
    timed_out: bool,
}

impl<B: Backend + Clone> SocketIo<B> {
    /// A file of this socket, with a handle of its own.
    ///
    /// # Errors
    ///
    /// `EMFILE` when no descriptor is left.
    pub fn new(socket: &Socket<B>, access: Access) -> Result<SocketIo<B>, Error> {
        Ok(SocketIo { socket: socket.retained()?, access, timed_out: false })
    }

    /// Receives into `buffer` and says how many bytes: 0 at the end, `None` when a non-blocking
    /// socket has nothing.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP` for a file that is only written, `OSError` in words
    /// ([`Refusal::TimedOutFile`]) after a timeout; those of [`Socket::recv`].
    pub fn readinto(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, Error> {
        if !self.access.reads() {
            return Err(Errno::EOPNOTSUPP.into());
        }
        if self.timed_out {
            return Err(Error::refused(Refusal::TimedOutFile));
        }
        let outcome = self.socket.recv(buffer);
        self.timed_out = outcome == Err(Error::TIMED_OUT);
        unless_blocked(outcome)
    }

    /// Sends as much of `data` as is taken and says how many bytes, `None` when a non-blocking socket
    /// takes nothing.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP` for a file that is only read; those of [`Socket::send`].
    pub fn write(&mut self, data: &[u8]) -> Result<Option<usize>, Error> {
        if !self.access.writes() {
            return Err(Errno::EOPNOTSUPP.into());
        }
        unless_blocked(self.socket.send(data))
    }

    /// Closes the file. The socket object and other files stay as they are.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::close`].
    pub fn close(mut self) -> Result<(), Error> {
        self.close_in_place()
    }

    /// [`SocketIo::close`], for a buffer around it.
    pub(super) fn close_in_place(&mut self) -> Result<(), Error> {
        self.socket.close_in_place()
    }

    /// Whether the file can be read.
    pub fn readable(&self) -> bool {
        self.access.reads()
    }

    /// Whether the file can be written.
    pub fn writable(&self) -> bool {
        self.access.writes()
    }

    /// Whether the file has positions: never.
    pub fn seekable(&self) -> bool {
        false
    }

    /// The socket that this file is of, under the file's own handle.
    pub fn socket(&self) -> &Socket<B> {
        &self.socket
    }
}

impl<B: Backend + Clone> fmt::Debug for SocketIo<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<socket.SocketIo {:?} of {:?}>", self.access, self.socket)
    }
}

/// An outcome in which "would block" is `None`.
fn unless_blocked(outcome: Result<usize, Error>) -> Result<Option<usize>, Error> {
    match outcome {
        Ok(count) => Ok(Some(count)),
        Err(error) if error.is(Errno::EAGAIN) => Ok(None),
        Err(error) => Err(error),
    }
}
