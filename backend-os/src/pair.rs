//! Pairs of the usual kind.

use berkeley::{AddressFamily, Error, Net, Protocol, Socket, SocketType};

use crate::Os;

/// Two connected UNIX stream sockets: Python's `socketpair()` without arguments. Others are made by
/// [`Net::socketpair`].
///
/// ```
/// let (one, other) = berkeley_os::socketpair()?;
/// one.sendall(b"both ways")?;
/// let mut buffer = [0; 16];
/// assert_eq!(other.recv(&mut buffer)?, 9);
/// # Ok::<(), berkeley::Error>(())
/// ```
///
/// # Errors
///
/// `EMFILE` when no two descriptors are left. Source: `socketpair(2)`.
pub fn socketpair() -> Result<(Socket<Os>, Socket<Os>), Error> {
    Net::new(Os).socketpair(AddressFamily::UNIX, SocketType::STREAM, Protocol::DEFAULT)
}
