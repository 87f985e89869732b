//! Pairs of sockets.

use std::os::fd::OwnedFd;

use berkeley::{AddressFamily, Error, Protocol, SocketType};

use super::error;
use super::socket::{creation_flags, own};

/// Creates two sockets that are connected to each other and closed on `exec`. Source:
/// `socketpair(2)`.
pub(crate) fn socketpair(
    family: AddressFamily,
    socket_type: SocketType,
    protocol: Protocol,
    nonblocking: bool,
) -> Result<(OwnedFd, OwnedFd), Error> {
    let socket_type = socket_type | creation_flags(nonblocking);
    let mut pair: [libc::c_int; 2] = [-1; 2];
    // SAFETY: the call writes two descriptors, for which there is room, and else takes numbers.
    let answer = unsafe {
        libc::socketpair(
            libc::c_int::from(family.0),
            socket_type.0.cast_signed(),
            protocol.0,
            pair.as_mut_ptr(),
        )
    };
    error::checked(answer)?;
    // SAFETY: the call has just made this descriptor, and it is used only here.
    let one = unsafe { own(pair[0]) }?;
    // SAFETY: as for the first one.
    let other = unsafe { own(pair[1]) }?;
    Ok((one, other))
}
