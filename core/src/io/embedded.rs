//! `embedded_io`: the traits that drivers and protocols on microcontrollers read and write by.
//!
//! Their contract is blocking: a read waits until something is there. So they are not implemented for
//! every socket but for a view of one that may wait, [`EmbeddedStream`].

use core::fmt;

use embedded_io::{ErrorType, Read, ReadReady, Write, WriteReady};

use crate::{
    Backend, Errno, Error, ErrorKind, Net, PollEntry, Readiness, Socket, SocketType, Timeout,
};

impl embedded_io::Error for Error {
    /// The nearest kind.
    fn kind(&self) -> embedded_io::ErrorKind {
        use embedded_io::ErrorKind as Kind;
        match ((*self).kind(), self.errno()) {
            (ErrorKind::TimedOut, _) => Kind::TimedOut,
            (ErrorKind::Interrupted, _) => Kind::Interrupted,
            (ErrorKind::ConnectionRefused, _) => Kind::ConnectionRefused,
            (ErrorKind::ConnectionReset, _) => Kind::ConnectionReset,
            (ErrorKind::ConnectionAborted, _) => Kind::ConnectionAborted,
            (ErrorKind::BrokenPipe, _) => Kind::BrokenPipe,
            (ErrorKind::PermissionDenied, _) => Kind::PermissionDenied,
            (ErrorKind::NotFound, _) => Kind::NotFound,
            (ErrorKind::AlreadyExists, _) => Kind::AlreadyExists,
            (ErrorKind::InvalidAddress | ErrorKind::InvalidValue | ErrorKind::Overflow, _)
            | (_, Some(Errno::EINVAL)) => Kind::InvalidInput,
            (_, Some(Errno::EADDRINUSE)) => Kind::AddrInUse,
            (_, Some(Errno::EADDRNOTAVAIL)) => Kind::AddrNotAvailable,
            (_, Some(Errno::ENOTCONN)) => Kind::NotConnected,
            (_, Some(Errno::ENOMEM | Errno::ENOBUFS)) => Kind::OutOfMemory,
            (_, Some(Errno::EOPNOTSUPP)) => Kind::Unsupported,
            _ => Kind::Other,
        }
    }
}

/// A stream socket that may wait, for `embedded_io`.
///
/// ```
/// use berkeley::{Backend, Error, Socket};
/// use embedded_io::{Read, Write};
///
/// /// Any driver of a byte stream.
/// fn greet<S: Read + Write>(mut stream: S) -> Result<(), S::Error> {
///     stream.write_all(b"hello")?;
///     stream.flush()
/// }
///
/// fn greet_over<B: Backend + Clone>(socket: &Socket<B>) -> Result<(), Error> {
///     greet(socket.embedded_stream()?)
/// }
/// ```
pub struct EmbeddedStream<'a, B: Backend + Clone> {
    socket: &'a Socket<B>,
}

impl<B: Backend + Clone> Socket<B> {
    /// This stream for `embedded_io`. While it lasts, the socket's mode cannot change.
    ///
    /// # Errors
    ///
    /// [`Error::INVALID_VALUE`] in non-blocking mode, and for a socket that is no stream: the traits
    /// know neither "nothing now" nor messages.
    pub fn embedded_stream(&self) -> Result<EmbeddedStream<'_, B>, Error> {
        if self.gettimeout() == Timeout::NonBlocking || self.type_() != SocketType::STREAM {
            return Err(Error::INVALID_VALUE);
        }
        Ok(EmbeddedStream { socket: self })
    }
}

impl<B: Backend + Clone> EmbeddedStream<'_, B> {
    /// Whether the socket is ready for this now.
    fn is_ready(&self, interest: Readiness) -> Result<bool, Error> {
        let net = Net::new(self.socket.backend().clone());
        let mut entries = [PollEntry::new(self.socket.handle(), interest)];
        Ok(net.poll(&mut entries, Timeout::NonBlocking)? > 0)
    }
}

impl<B: Backend + Clone> ErrorType for EmbeddedStream<'_, B> {
    type Error = Error;
}

impl<B: Backend + Clone> Read for EmbeddedStream<'_, B> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        self.socket.recv(buffer)
    }
}

impl<B: Backend + Clone> Write for EmbeddedStream<'_, B> {
    fn write(&mut self, data: &[u8]) -> Result<usize, Error> {
        self.socket.send(data)
    }

    /// Nothing is kept back.
    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

impl<B: Backend + Clone> ReadReady for EmbeddedStream<'_, B> {
    fn read_ready(&mut self) -> Result<bool, Error> {
        self.is_ready(Readiness::READABLE)
    }
}

impl<B: Backend + Clone> WriteReady for EmbeddedStream<'_, B> {
    fn write_ready(&mut self) -> Result<bool, Error> {
        self.is_ready(Readiness::WRITABLE)
    }
}

impl<B: Backend + Clone> fmt::Debug for EmbeddedStream<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedStream").field("socket", &self.socket).finish()
    }
}
