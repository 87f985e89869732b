//! What only the operating system's sockets can do, as methods.
//!
//! [`Socket`] belongs to the core, and Rust lets a crate implement foreign traits only for its own
//! types. So what is about descriptors are the methods of two extension traits, [`SocketExt`] and
//! [`NetExt`](crate::NetExt). One standard trait the core can implement for every backend whose
//! handles are descriptors: `AsRawFd`, which `mio` and `tokio` ask for. `AsFd` it cannot: a handle may
//! be closed, and there is no borrowed descriptor for that; [`SocketExt::as_fd`] gives what implements
//! it.

use std::os::fd::{BorrowedFd, OwnedFd};

use berkeley::{Errno, Error, Socket};

use crate::conversions::{IntoStdError, StdSocket, into_std};
use crate::{Os, sys};

/// Methods of `Socket<Os>`.
pub trait SocketExt: Sized + sealed::Sealed {
    /// The descriptor, borrowed.
    ///
    /// What is changed through it behind the socket's back, the socket does not notice. The mode flag
    /// `O_NONBLOCK` may be changed all the same: the socket waits as its own timeout says, except that
    /// a blocking `connect` is one system call.
    ///
    /// # Errors
    ///
    /// `EBADF` when there is none.
    fn as_fd(&self) -> Result<BorrowedFd<'_>, Error>;

    /// The descriptor, given away; nothing is closed, and its mode flag stays as it is. Python's
    /// `detach()`.
    ///
    /// # Errors
    ///
    /// `EBADF` when there is none.
    fn into_owned_fd(self) -> Result<OwnedFd, Error>;

    /// Whether the descriptor stays open in programs that the process executes. That of a new socket
    /// does not (PEP 446).
    ///
    /// # Errors
    ///
    /// `EBADF` when there is none. Source: `fcntl(2)`.
    fn get_inheritable(&self) -> Result<bool, Error>;

    /// Sets what [`SocketExt::get_inheritable`] says.
    ///
    /// # Errors
    ///
    /// `EBADF` when there is none. Source: `fcntl(2)`.
    fn set_inheritable(&self, inheritable: bool) -> Result<(), Error>;

    /// This socket as one of the standard library, which must fit: `TcpStream`, `TcpListener`,
    /// `UdpSocket`, `UnixStream`, `UnixListener` or `UnixDatagram`.
    ///
    /// The timeout goes along: the mode flag is set for non-blocking mode, and for timeout mode
    /// the kernel's own two timeouts are, which are a few milliseconds late.
    ///
    /// ```
    /// use std::net::TcpListener;
    ///
    /// use berkeley::{Net, ServerOptions};
    /// use berkeley_os::{Os, SocketExt};
    ///
    /// # fn main() -> Result<(), berkeley::Error> {
    /// let server = Net::new(Os).create_server(("127.0.0.1", 0), ServerOptions::default())?;
    /// let listener: TcpListener = server.into_std()?;
    /// assert!(listener.local_addr().is_ok());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// With the socket as it was: [`Error::INVALID_VALUE`] for another family or type, for a
    /// listener as a stream and the other way round, and for a listener in timeout mode, for which
    /// the standard library has no timeout; those of the system calls.
    fn into_std<T: StdSocket>(self) -> Result<T, IntoStdError>;
}

impl SocketExt for Socket<Os> {
    fn as_fd(&self) -> Result<BorrowedFd<'_>, Error> {
        self.handle().open()
    }

    fn into_owned_fd(self) -> Result<OwnedFd, Error> {
        self.detach().into_owned_fd().ok_or(Error::from_errno(Errno::EBADF))
    }

    fn get_inheritable(&self) -> Result<bool, Error> {
        sys::is_inheritable(self.handle().open()?)
    }

    fn set_inheritable(&self, inheritable: bool) -> Result<(), Error> {
        sys::set_inheritable(self.handle().open()?, inheritable)
    }

    fn into_std<T: StdSocket>(self) -> Result<T, IntoStdError> {
        into_std(self)
    }
}

mod sealed {
    /// Nobody else implements the trait, so that methods can be added.
    pub trait Sealed {}

    impl Sealed for berkeley::Socket<crate::Os> {}
}
