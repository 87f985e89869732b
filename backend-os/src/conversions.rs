//! Sockets out of descriptors, and to and from the standard library's types.

use std::fmt;
use std::io;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::time::Duration;

use berkeley::{AddressFamily, Error, Net, Protocol, Socket, SocketType, Timeout};

use crate::socket_ext::SocketExt;
use crate::{Os, OsHandle, sys};

/// Methods of `Net<Os>`.
pub trait NetExt: sealed::Sealed {
    /// A socket object around an open descriptor: the kernel says of which family, type and protocol
    /// it is. Python's `socket(fileno=...)`.
    ///
    /// It has the default timeout, whatever the mode flag of the descriptor is.
    ///
    /// ```
    /// use std::net::UdpSocket;
    ///
    /// use berkeley::{Net, Protocol};
    /// use berkeley_os::{NetExt, Os};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let socket = Net::new(Os).adopt_fd(UdpSocket::bind("127.0.0.1:0")?)?;
    /// assert_eq!(socket.proto(), Protocol::UDP);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `ENOTSOCK` for what is no socket. The descriptor is closed then.
    fn adopt_fd(&self, descriptor: impl Into<OwnedFd>) -> Result<Socket<Os>, Error>;

    /// A socket object around a copy of this descriptor, which stays as it is. The copy is closed on
    /// `exec`, and the object has the default timeout.
    ///
    /// That it is a socket is looked at; that it is of this family and type is not.
    ///
    /// # Errors
    ///
    /// `ENOTSOCK` for what is no socket, `EMFILE` when no descriptor is left.
    fn fromfd(
        &self,
        descriptor: impl AsFd,
        family: AddressFamily,
        socket_type: SocketType,
        protocol: Protocol,
    ) -> Result<Socket<Os>, Error>;
}

impl NetExt for Net<Os> {
    fn adopt_fd(&self, descriptor: impl Into<OwnedFd>) -> Result<Socket<Os>, Error> {
        self.adopt(OsHandle::from(descriptor.into()))
    }

    fn fromfd(
        &self,
        descriptor: impl AsFd,
        family: AddressFamily,
        socket_type: SocketType,
        protocol: Protocol,
    ) -> Result<Socket<Os>, Error> {
        let copy = OsHandle::from(sys::duplicate(descriptor.as_fd())?);
        Socket::from_handle(Os, copy, family, socket_type, protocol)
    }
}

/// A socket of the standard library that [`SocketExt::into_std`] can make.
pub trait StdSocket: From<OwnedFd> + sealed::Sealed {
    /// Whether a socket of this family and type, listening or not, can be one.
    #[doc(hidden)]
    fn fits(family: AddressFamily, socket_type: SocketType, listens: bool) -> bool;

    /// Whether it has timeouts.
    #[doc(hidden)]
    const HAS_TIMEOUTS: bool;

    /// Sets the mode flag and both timeouts.
    #[doc(hidden)]
    fn set_mode(&self, nonblocking: bool, timeout: Option<Duration>) -> io::Result<()>;
}

const INET: [AddressFamily; 2] = [AddressFamily::INET, AddressFamily::INET6];
const UNIX: [AddressFamily; 1] = [AddressFamily::UNIX];

macro_rules! std_sockets {
    ($($type:ident: $families:ident, $socket_type:ident, $listens:literal, [$($set:ident)*];)*) => {
        $(
            impl sealed::Sealed for $type {}

            impl StdSocket for $type {
                fn fits(family: AddressFamily, socket_type: SocketType, listens: bool) -> bool {
                    $families.contains(&family)
                        && socket_type == SocketType::$socket_type
                        && listens == $listens
                }

                const HAS_TIMEOUTS: bool = !$listens;

                fn set_mode(&self, nonblocking: bool, timeout: Option<Duration>) -> io::Result<()> {
                    let _ = timeout;
                    $(self.$set(timeout)?;)*
                    self.set_nonblocking(nonblocking)
                }
            }
        )*
    };
}

std_sockets! {
    TcpStream: INET, STREAM, false, [set_read_timeout set_write_timeout];
    TcpListener: INET, STREAM, true, [];
    UdpSocket: INET, DGRAM, false, [set_read_timeout set_write_timeout];
    UnixStream: UNIX, STREAM, false, [set_read_timeout set_write_timeout];
    UnixListener: UNIX, STREAM, true, [];
    UnixDatagram: UNIX, DGRAM, false, [set_read_timeout set_write_timeout];
}

/// A socket that cannot be one of the standard library.
#[derive(Debug)]
pub struct IntoStdError {
    /// The socket, as it was.
    pub socket: Socket<Os>,
    /// Why not.
    pub error: Error,
}

impl fmt::Display for IntoStdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl std::error::Error for IntoStdError {}

impl From<IntoStdError> for Error {
    fn from(error: IntoStdError) -> Error {
        error.error
    }
}

/// What [`SocketExt::into_std`] does.
pub(crate) fn into_std<T: StdSocket>(socket: Socket<Os>) -> Result<T, IntoStdError> {
    match copy::<T>(&socket) {
        // The copy has the descriptor's settings, for they belong to the socket; its number is
        // another one.
        Ok(copy) => Ok(socket.detach().into_owned_fd().map_or(copy, T::from)),
        Err(error) => Err(IntoStdError { socket, error }),
    }
}

/// Another descriptor of the socket as one of the standard library, with the timeout set.
fn copy<T: StdSocket>(socket: &Socket<Os>) -> Result<T, Error> {
    let fits = T::fits(socket.family(), socket.type_(), socket.is_listener()?);
    let (nonblocking, timeout) = match socket.gettimeout() {
        Timeout::Blocking => (false, None),
        Timeout::NonBlocking => (true, None),
        Timeout::After(duration) => (false, Some(duration)),
    };
    if !fits || (timeout.is_some() && !T::HAS_TIMEOUTS) {
        return Err(Error::INVALID_VALUE);
    }
    let copy = T::from(sys::duplicate(socket.as_fd()?)?);
    copy.set_mode(nonblocking, timeout).map_err(|error| sys::host_error(&error))?;
    Ok(copy)
}

mod sealed {
    /// Nobody else implements the traits, so that methods can be added.
    pub trait Sealed {}

    impl Sealed for berkeley::Net<crate::Os> {}
}
