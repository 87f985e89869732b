//! Descriptors and connections.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd};

use berkeley::options::{OptionBytes, SO_LINGER, int_of};
use berkeley::{
    Address, AddressFamily, Error, ErrorKind, OptionLevel, Protocol, Shutdown, SocketType,
};

use super::sockaddr::HostAddress;
use super::{error, options};

/// The lowest descriptor that [`duplicate`] gives out: the standard streams are below.
const ABOVE_STANDARD_STREAMS: libc::c_int = 3;

/// Creates a socket that is closed on `exec`. Source: `socket(2)`.
pub(crate) fn socket(
    family: AddressFamily,
    socket_type: SocketType,
    protocol: Protocol,
    nonblocking: bool,
) -> Result<OwnedFd, Error> {
    let socket_type = socket_type | creation_flags(nonblocking);
    // SAFETY: the call takes numbers only.
    let answer = unsafe {
        libc::socket(libc::c_int::from(family.0), socket_type.0.cast_signed(), protocol.0)
    };
    // SAFETY: this is the answer of the call that makes a descriptor, and it is used only here.
    unsafe { own(answer) }
}

/// Another descriptor of the same socket, closed on `exec`. Source: `fcntl(2)`.
pub(crate) fn duplicate(socket: BorrowedFd<'_>) -> Result<OwnedFd, Error> {
    // SAFETY: the command takes one number, which is given, and touches no memory of ours.
    let answer =
        unsafe { libc::fcntl(socket.as_raw_fd(), libc::F_DUPFD_CLOEXEC, ABOVE_STANDARD_STREAMS) };
    // SAFETY: this is the answer of the call that makes a descriptor, and it is used only here.
    unsafe { own(answer) }
}

/// Closes, waiting as long as `SO_LINGER` says. Interrupted, Linux has closed all the same. Source:
/// `close(2)`.
pub(crate) fn close(socket: OwnedFd) -> Result<(), Error> {
    // SAFETY: the descriptor was owned, and is given up here: nothing else closes or uses it.
    let answer = unsafe { libc::close(socket.into_raw_fd()) };
    match error::checked(answer) {
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
        outcome => outcome.map(|_| ()),
    }
}

/// Closes at once: what was sent is delivered in the background. Source: `SO_LINGER` in
/// `socket(7)`.
pub(crate) fn close_without_waiting(socket: OwnedFd) -> Result<(), Error> {
    let mut value = [0; 8];
    // What is no socket has no such option, and does not linger.
    let length = options::getsockopt(socket.as_fd(), OptionLevel::SOCKET, SO_LINGER, &mut value)
        .unwrap_or(0);
    let (on, seconds) = (int_of(&value[..length.min(4)]), int_of(&value[length.min(4)..length]));
    // On with no time is a reset, which does not wait and was asked for.
    if on != 0 && seconds != 0 {
        let off = OptionBytes::of_ints(0, 0);
        options::setsockopt(socket.as_fd(), OptionLevel::SOCKET, SO_LINGER, off.as_slice())?;
    }
    close(socket)
}

/// Sets `O_NONBLOCK` in one call. Source: `FIONBIO` in `ioctl_list(2)`.
pub(crate) fn set_nonblocking(socket: BorrowedFd<'_>, nonblocking: bool) -> Result<(), Error> {
    let mut value = libc::c_int::from(nonblocking);
    // SAFETY: the request reads one `int`, which `value` is, and lives until after the call.
    let answer = unsafe { libc::ioctl(socket.as_raw_fd(), libc::FIONBIO, &raw mut value) };
    error::checked(answer).map(|_| ())
}

/// Gives the socket a local address. Source: `bind(2)`.
pub(crate) fn bind(socket: BorrowedFd<'_>, address: &Address) -> Result<(), Error> {
    let own = HostAddress::encode_for(socket, address)?;
    let (address, length) = own.as_parts();
    // SAFETY: `address` may be read for `length` bytes, and the borrow lasts longer than the call.
    let answer = unsafe { libc::bind(socket.as_raw_fd(), address, length) };
    error::checked(answer).map(|_| ())
}

/// Starts listening. Source: `listen(2)`.
pub(crate) fn listen(socket: BorrowedFd<'_>, backlog: i32) -> Result<(), Error> {
    // SAFETY: the call takes numbers only.
    let answer = unsafe { libc::listen(socket.as_raw_fd(), backlog) };
    error::checked(answer).map(|_| ())
}

/// Takes a finished connection; its descriptor is closed on `exec`. Source: `accept4(2)`.
pub(crate) fn accept(
    socket: BorrowedFd<'_>,
    nonblocking: bool,
) -> Result<(OwnedFd, Address), Error> {
    let mut peer = HostAddress::room();
    let (address, length) = peer.as_mut_parts();
    let flags = creation_flags(nonblocking).0.cast_signed();
    // SAFETY: `address` may be written for as many bytes as `length` says, which may be read and
    // written; both borrows last longer than the call.
    let answer = unsafe { libc::accept4(socket.as_raw_fd(), address, length, flags) };
    // SAFETY: this is the answer of the call that makes a descriptor, and it is used only here.
    let accepted = unsafe { own(answer) }?;
    Ok((accepted, peer.decode_or_unnamed(socket)))
}

/// Connects, or starts to when the socket is non-blocking. Source: `connect(2)`.
pub(crate) fn connect(socket: BorrowedFd<'_>, address: &Address) -> Result<(), Error> {
    let peer = HostAddress::encode_for(socket, address)?;
    let (address, length) = peer.as_parts();
    // SAFETY: `address` may be read for `length` bytes, and the borrow lasts longer than the call.
    let answer = unsafe { libc::connect(socket.as_raw_fd(), address, length) };
    error::checked(answer).map(|_| ())
}

/// Ends one or both halves of the connection. Source: `shutdown(2)`.
pub(crate) fn shutdown(socket: BorrowedFd<'_>, how: Shutdown) -> Result<(), Error> {
    // SAFETY: the call takes numbers only.
    let answer = unsafe { libc::shutdown(socket.as_raw_fd(), how.0) };
    error::checked(answer).map(|_| ())
}

/// The socket's own address. Source: `getsockname(2)`.
pub(crate) fn getsockname(socket: BorrowedFd<'_>) -> Result<Address, Error> {
    let mut name = HostAddress::room();
    let (address, length) = name.as_mut_parts();
    // SAFETY: `address` may be written for as many bytes as `length` says, which may be read and
    // written; both borrows last longer than the call.
    let answer = unsafe { libc::getsockname(socket.as_raw_fd(), address, length) };
    error::checked(answer)?;
    Ok(name.decode_or_unnamed(socket))
}

/// The address at the other end. Source: `getpeername(2)`.
pub(crate) fn getpeername(socket: BorrowedFd<'_>) -> Result<Address, Error> {
    let mut name = HostAddress::room();
    let (address, length) = name.as_mut_parts();
    // SAFETY: as for `getsockname`.
    let answer = unsafe { libc::getpeername(socket.as_raw_fd(), address, length) };
    error::checked(answer)?;
    Ok(name.decode_or_unnamed(socket))
}

/// The flags of every descriptor that is made: the kernel sets them before anybody can see it.
pub(super) fn creation_flags(nonblocking: bool) -> SocketType {
    let mode = if nonblocking { SocketType::NONBLOCK } else { SocketType(0) };
    SocketType::CLOEXEC | mode
}

/// The outcome of a system call that makes a descriptor: the descriptor, owned.
///
/// # Safety
///
/// `answer` is what such a call just returned, and nobody else takes ownership of it.
pub(super) unsafe fn own(answer: libc::c_int) -> Result<OwnedFd, Error> {
    let descriptor = error::checked(answer)?;
    // SAFETY: the call did not fail, so that this is an open descriptor; the caller promises that
    // nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}
