//! One small error for everything: a kind, and the error number where there is one.
//!
//! Python raises a class and, mostly, an `errno`; programs written against its manual tell errors
//! apart by both. [`ErrorKind`] is the class, [`Error::errno`] the number. "Timed out" is a kind of
//! its own *without* a number, so that it can never be mistaken for the network's `ETIMEDOUT`
//! (Python manual, "exception socket.timeout").

use core::fmt;

use crate::{AddressInfoCode, Errno, HostErrorCode, Refusal};

/// What went wrong, as far as a program acts on it.
///
/// [`ErrorKind::python_class`] says which Python exception each kind is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operation would have had to wait: `EAGAIN`, `EALREADY`, `EINPROGRESS`.
    WouldBlock,
    /// The socket's own timeout passed (no number), or the network gave up (`ETIMEDOUT`).
    TimedOut,
    /// A signal arrived: `EINTR`.
    Interrupted,
    /// `ECONNREFUSED`.
    ConnectionRefused,
    /// `ECONNRESET`.
    ConnectionReset,
    /// `ECONNABORTED`.
    ConnectionAborted,
    /// `EPIPE`, `ESHUTDOWN`.
    BrokenPipe,
    /// `EACCES`, `EPERM`.
    PermissionDenied,
    /// `ENOENT`.
    NotFound,
    /// `EEXIST`.
    AlreadyExists,
    /// `ENOTDIR`.
    NotADirectory,
    /// `EISDIR`.
    IsADirectory,
    /// `ECHILD`.
    ChildProcess,
    /// `ESRCH`.
    ProcessLookup,
    /// Every other error of the operating system or the stack: look at the number.
    Os,
    /// A table or pool of fixed size is full. Nothing was changed.
    Exhausted(Pool),
    /// A text that is not an address of the wanted form. No number.
    InvalidAddress,
    /// A value that the operation can never accept (Python's `ValueError`). No number.
    InvalidValue,
    /// A number that does not fit (Python's `OverflowError`). No number.
    Overflow,
    /// The name of a host or service could not be translated (Python's `gaierror`).
    AddressInfo(AddressInfoCode),
    /// A host was not found by one of the older functions (Python's `herror`).
    HostError(HostErrorCode),
    /// Something that Python's module says by itself, in words alone. No number.
    Refused(Refusal),
    /// The backend was called from inside one of its own calls, which a lock without threads
    /// answers with an error instead of a dead lock.
    Reentered,
}

impl ErrorKind {
    /// The name of the Python 3.11 exception class that this kind is.
    pub const fn python_class(self) -> &'static str {
        match self {
            ErrorKind::WouldBlock => "BlockingIOError",
            ErrorKind::TimedOut => "TimeoutError",
            ErrorKind::Interrupted => "InterruptedError",
            ErrorKind::ConnectionRefused => "ConnectionRefusedError",
            ErrorKind::ConnectionReset => "ConnectionResetError",
            ErrorKind::ConnectionAborted => "ConnectionAbortedError",
            ErrorKind::BrokenPipe => "BrokenPipeError",
            ErrorKind::PermissionDenied => "PermissionError",
            ErrorKind::NotFound => "FileNotFoundError",
            ErrorKind::AlreadyExists => "FileExistsError",
            ErrorKind::NotADirectory => "NotADirectoryError",
            ErrorKind::IsADirectory => "IsADirectoryError",
            ErrorKind::ChildProcess => "ChildProcessError",
            ErrorKind::ProcessLookup => "ProcessLookupError",
            ErrorKind::Os
            | ErrorKind::Exhausted(_)
            | ErrorKind::InvalidAddress
            | ErrorKind::Refused(_)
            | ErrorKind::Reentered => "OSError",
            ErrorKind::InvalidValue => "ValueError",
            ErrorKind::Overflow => "OverflowError",
            ErrorKind::AddressInfo(_) => "socket.gaierror",
            ErrorKind::HostError(_) => "socket.herror",
        }
    }

    const fn of(errno: Errno) -> ErrorKind {
        match errno {
            Errno::EAGAIN | Errno::EALREADY | Errno::EINPROGRESS => ErrorKind::WouldBlock,
            Errno::ETIMEDOUT => ErrorKind::TimedOut,
            Errno::EINTR => ErrorKind::Interrupted,
            Errno::ECONNREFUSED => ErrorKind::ConnectionRefused,
            Errno::ECONNRESET => ErrorKind::ConnectionReset,
            Errno::ECONNABORTED => ErrorKind::ConnectionAborted,
            Errno::EPIPE | Errno::ESHUTDOWN => ErrorKind::BrokenPipe,
            Errno::EACCES | Errno::EPERM => ErrorKind::PermissionDenied,
            Errno::ENOENT => ErrorKind::NotFound,
            Errno::EEXIST => ErrorKind::AlreadyExists,
            Errno::ENOTDIR => ErrorKind::NotADirectory,
            Errno::EISDIR => ErrorKind::IsADirectory,
            Errno::ECHILD => ErrorKind::ChildProcess,
            Errno::ESRCH => ErrorKind::ProcessLookup,
            _ => ErrorKind::Os,
        }
    }
}

/// Which table or pool of a backend is full.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum Pool {
    /// Descriptors: what `socket()` and `accept()` hand out (`EMFILE`).
    Descriptors,
    /// Connections: a TCP engine with its two buffers (`ENOBUFS`).
    Connections,
    /// Receive queues of datagram sockets (`ENOBUFS`).
    DatagramQueues,
    /// UNIX sockets with their queues (`ENOBUFS`).
    UnixSockets,
    /// Ephemeral ports (`EADDRNOTAVAIL` or `EADDRINUSE`).
    Ports,
    /// Tasks waiting with a waker (`ENOBUFS`).
    Waiters,
    /// Interfaces, addresses, routes or neighbours (`ENOBUFS`).
    Routes,
    /// Memberships of sockets in multicast groups (`ENOBUFS`).
    Memberships,
}

/// An error of any socket operation: 8 bytes, `Copy`.
///
/// ```
/// use berkeley::{Errno, Error, ErrorKind};
///
/// let refused = Error::from(Errno::ECONNREFUSED);
/// assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
/// assert_eq!(refused.errno(), Some(Errno::ECONNREFUSED));
///
/// // The socket's own timeout is not the network's.
/// assert_eq!(Error::TIMED_OUT.errno(), None);
/// assert_ne!(Error::TIMED_OUT, Error::from(Errno::ETIMEDOUT));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Error {
    kind: ErrorKind,
    errno: Option<Errno>,
}

const _: () = assert!(size_of::<Error>() <= 8);

impl Error {
    /// The socket's own timeout passed. It has no error number (Python: `TimeoutError('timed
    /// out')`).
    pub const TIMED_OUT: Error = Error { kind: ErrorKind::TimedOut, errno: None };
    /// A value that can never be accepted (Python: `ValueError`).
    pub const INVALID_VALUE: Error = Error { kind: ErrorKind::InvalidValue, errno: None };
    /// A number that does not fit (Python: `OverflowError`).
    pub const OVERFLOW: Error = Error { kind: ErrorKind::Overflow, errno: None };
    /// A text that is not an address (Python: `OSError('illegal IP address string ...')`).
    pub const INVALID_ADDRESS: Error = Error { kind: ErrorKind::InvalidAddress, errno: None };
    /// A backend was called from inside itself.
    pub const REENTERED: Error = Error { kind: ErrorKind::Reentered, errno: Some(Errno::EDEADLK) };

    /// The error with this number, its kind chosen as Python chooses the class (PEP 3151).
    pub const fn from_errno(errno: Errno) -> Error {
        Error { kind: ErrorKind::of(errno), errno: Some(errno) }
    }

    /// A full table: `errno` is what POSIX would answer, the kind says which table.
    pub const fn exhausted(pool: Pool, errno: Errno) -> Error {
        Error { kind: ErrorKind::Exhausted(pool), errno: Some(errno) }
    }

    /// A failed translation of a host or service name.
    pub const fn address_info(code: AddressInfoCode) -> Error {
        Error { kind: ErrorKind::AddressInfo(code), errno: None }
    }

    /// A host that one of the older functions did not find.
    pub const fn host_error(code: HostErrorCode) -> Error {
        Error { kind: ErrorKind::HostError(code), errno: None }
    }

    /// What Python's module refuses in words alone.
    pub const fn refused(refusal: Refusal) -> Error {
        Error { kind: ErrorKind::Refused(refusal), errno: None }
    }

    /// What went wrong.
    pub const fn kind(self) -> ErrorKind {
        self.kind
    }

    /// The error number, where the operating system or the stack gave one.
    pub const fn errno(self) -> Option<Errno> {
        self.errno
    }

    /// Whether the error number is this one.
    pub fn is(self, errno: Errno) -> bool {
        self.errno == Some(errno)
    }
}

impl From<Errno> for Error {
    fn from(errno: Errno) -> Error {
        Error::from_errno(errno)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(errno) = self.errno {
            fmt::Display::fmt(&errno, f)?;
        }
        match (self.kind, self.errno) {
            (ErrorKind::Exhausted(pool), _) => write!(f, " (pool: {pool:?})"),
            (ErrorKind::Reentered, _) => f.write_str(" (called from inside itself)"),
            (_, Some(_)) => Ok(()),
            (ErrorKind::AddressInfo(code), None) => fmt::Display::fmt(&code, f),
            (ErrorKind::HostError(code), None) => fmt::Display::fmt(&code, f),
            (ErrorKind::Refused(refusal), None) => f.write_str(refusal.description()),
            (ErrorKind::TimedOut, None) => f.write_str("timed out"),
            (ErrorKind::InvalidAddress, None) => f.write_str("illegal address"),
            (ErrorKind::InvalidValue, None) => f.write_str("value not allowed"),
            (ErrorKind::Overflow, None) => f.write_str("number out of range"),
            (kind, None) => write!(f, "{kind:?}"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.kind)?;
        match self.errno {
            Some(errno) => write!(f, "({errno:?})"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for Error {}

/// `sendall` failed after some bytes had been accepted.
///
/// Python cannot say how much was sent; Rust can.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SendAllError {
    /// How many bytes the backend had accepted before the error.
    pub sent: usize,
    /// Why the rest was not sent.
    pub error: Error,
}

impl fmt::Display for SendAllError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (after {} bytes)", self.error, self.sent)
    }
}

impl core::error::Error for SendAllError {}

impl From<SendAllError> for Error {
    fn from(error: SendAllError) -> Error {
        error.error
    }
}

#[cfg(feature = "std")]
mod io {
    extern crate std;
    use std::io;

    use super::{Error, ErrorKind, SendAllError};
    use crate::Errno;

    impl From<Error> for io::Error {
        /// The kind is the nearest of `std`; the whole error is the source.
        fn from(error: Error) -> io::Error {
            let kind = match (error.kind, error.errno) {
                (ErrorKind::WouldBlock, _) => io::ErrorKind::WouldBlock,
                (ErrorKind::TimedOut, _) => io::ErrorKind::TimedOut,
                (ErrorKind::Interrupted, _) => io::ErrorKind::Interrupted,
                (ErrorKind::ConnectionRefused, _) => io::ErrorKind::ConnectionRefused,
                (ErrorKind::ConnectionReset, _) => io::ErrorKind::ConnectionReset,
                (ErrorKind::ConnectionAborted, _) => io::ErrorKind::ConnectionAborted,
                (ErrorKind::BrokenPipe, _) => io::ErrorKind::BrokenPipe,
                (ErrorKind::PermissionDenied, _) => io::ErrorKind::PermissionDenied,
                (ErrorKind::NotFound, _) => io::ErrorKind::NotFound,
                (ErrorKind::AlreadyExists, _) => io::ErrorKind::AlreadyExists,
                (ErrorKind::NotADirectory, _) => io::ErrorKind::NotADirectory,
                (ErrorKind::IsADirectory, _) => io::ErrorKind::IsADirectory,
                (ErrorKind::InvalidAddress | ErrorKind::InvalidValue | ErrorKind::Overflow, _) => {
                    io::ErrorKind::InvalidInput
                }
                (_, Some(Errno::EINVAL)) => io::ErrorKind::InvalidInput,
                (_, Some(Errno::EADDRINUSE)) => io::ErrorKind::AddrInUse,
                (_, Some(Errno::EADDRNOTAVAIL)) => io::ErrorKind::AddrNotAvailable,
                (_, Some(Errno::ENOTCONN)) => io::ErrorKind::NotConnected,
                (_, Some(Errno::EHOSTUNREACH)) => io::ErrorKind::HostUnreachable,
                (_, Some(Errno::ENETUNREACH)) => io::ErrorKind::NetworkUnreachable,
                (_, Some(Errno::ENETDOWN)) => io::ErrorKind::NetworkDown,
                (_, Some(Errno::ENOMEM | Errno::ENOBUFS)) => io::ErrorKind::OutOfMemory,
                (_, Some(Errno::EOPNOTSUPP)) => io::ErrorKind::Unsupported,
                _ => io::ErrorKind::Other,
            };
            io::Error::new(kind, error)
        }
    }

    impl From<SendAllError> for io::Error {
        fn from(error: SendAllError) -> io::Error {
            error.error.into()
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    #[test]
    fn classes_follow_pep_3151() {
        // errno, Python's class (row X07)
        for (errno, class) in [
            (Errno::EAGAIN, "BlockingIOError"),
            (Errno::EALREADY, "BlockingIOError"),
            (Errno::EINPROGRESS, "BlockingIOError"),
            (Errno::ECONNREFUSED, "ConnectionRefusedError"),
            (Errno::ECONNABORTED, "ConnectionAbortedError"),
            (Errno::ECONNRESET, "ConnectionResetError"),
            (Errno::EPIPE, "BrokenPipeError"),
            (Errno::ESHUTDOWN, "BrokenPipeError"),
            (Errno::EINTR, "InterruptedError"),
            (Errno::EACCES, "PermissionError"),
            (Errno::EPERM, "PermissionError"),
            (Errno::ENOENT, "FileNotFoundError"),
            (Errno::ETIMEDOUT, "TimeoutError"),
            (Errno::EEXIST, "FileExistsError"),
            (Errno::ENOTDIR, "NotADirectoryError"),
            (Errno::EISDIR, "IsADirectoryError"),
            (Errno::ECHILD, "ChildProcessError"),
            (Errno::ESRCH, "ProcessLookupError"),
            (Errno::ENOTCONN, "OSError"),
            (Errno::EADDRINUSE, "OSError"),
            (Errno::EINVAL, "OSError"),
        ] {
            assert_eq!(Error::from(errno).kind().python_class(), class, "{errno:?}");
        }
    }

    #[test]
    fn texts_are_those_of_the_host() {
        // error, what a person reads
        for (error, text) in [
            (Error::from(Errno::ECONNREFUSED), "[Errno 111] Connection refused"),
            (Error::TIMED_OUT, "timed out"),
            (
                Error::address_info(AddressInfoCode::EAI_NONAME),
                "[Errno -2] Name or service not known",
            ),
            (Error::host_error(HostErrorCode::HOST_NOT_FOUND), "[Errno 1] Unknown host"),
            (Error::refused(Refusal::ProtocolNotFound), "protocol not found"),
            (
                Error::exhausted(Pool::Connections, Errno::ENOBUFS),
                "[Errno 105] No buffer space available (pool: Connections)",
            ),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }
}
