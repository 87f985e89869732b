//! Moving bytes.

use std::os::fd::{AsRawFd, BorrowedFd};

use berkeley::{Address, Error, MessageFlags};

use super::error;
use super::sockaddr::HostAddress;

/// Receives into `buffer`. Source: `recv(2)`.
///
/// With `MSG_TRUNC` the kernel says how long a datagram was, which may be more than the buffer
/// holds; here the count is that of the bytes in the buffer.
#[inline]
pub(crate) fn recv(
    socket: BorrowedFd<'_>,
    buffer: &mut [u8],
    flags: MessageFlags,
) -> Result<usize, Error> {
    // SAFETY: `buffer` may be written for as many bytes as its length says, and the borrow lasts
    // longer than the call.
    let answer = unsafe {
        libc::recv(
            socket.as_raw_fd(),
            buffer.as_mut_ptr().cast(),
            buffer.len(),
            flags.0.cast_signed(),
        )
    };
    error::checked_size(answer).map(|count| count.min(buffer.len()))
}

/// Receives into `buffer`, with the sender where the kernel names one: for a stream it does not.
/// The count is that of [`recv`]. Source: `recvfrom(2)`.
pub(crate) fn recvfrom(
    socket: BorrowedFd<'_>,
    buffer: &mut [u8],
    flags: MessageFlags,
) -> Result<(usize, Option<Address>), Error> {
    let mut sender = HostAddress::room();
    let (address, length) = sender.as_mut_parts();
    // SAFETY: `buffer` may be written for as many bytes as its length says, `address` for as many
    // as `length` says, which may be read and written; all borrows last longer than the call.
    let answer = unsafe {
        libc::recvfrom(
            socket.as_raw_fd(),
            buffer.as_mut_ptr().cast(),
            buffer.len(),
            flags.0.cast_signed(),
            address,
            length,
        )
    };
    let count = error::checked_size(answer)?;
    Ok((count.min(buffer.len()), sender.decode_for(socket)))
}

/// Sends. A broken connection raises no signal. Source: `send(2)`.
#[inline]
pub(crate) fn send(
    socket: BorrowedFd<'_>,
    data: &[u8],
    flags: MessageFlags,
) -> Result<usize, Error> {
    let flags = flags | MessageFlags::NOSIGNAL;
    // SAFETY: `data` may be read for as many bytes as its length says, and the borrow lasts longer
    // than the call.
    let answer = unsafe {
        libc::send(socket.as_raw_fd(), data.as_ptr().cast(), data.len(), flags.0.cast_signed())
    };
    error::checked_size(answer)
}

/// Sends to `address`. A broken connection raises no signal. Source: `sendto(2)`.
pub(crate) fn sendto(
    socket: BorrowedFd<'_>,
    data: &[u8],
    flags: MessageFlags,
    address: &Address,
) -> Result<usize, Error> {
    let flags = flags | MessageFlags::NOSIGNAL;
    let receiver = HostAddress::encode_for(socket, address)?;
    let (address, length) = receiver.as_parts();
    // SAFETY: `data` may be read for as many bytes as its length says, `address` for `length`
    // bytes; both borrows last longer than the call.
    let answer = unsafe {
        libc::sendto(
            socket.as_raw_fd(),
            data.as_ptr().cast(),
            data.len(),
            flags.0.cast_signed(),
            address,
            length,
        )
    };
    error::checked_size(answer)
}
