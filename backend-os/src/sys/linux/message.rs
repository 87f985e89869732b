//! Moving messages: data in several parts, control messages, an address, flags.

use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;

use berkeley::{Errno, Error, MessageFlags, OutgoingMessage, ReceivedMessage};
use libc::{iovec, msghdr};

use super::error;
use super::sockaddr::HostAddress;

/// More parts than this the kernel refuses (`IOV_MAX`). Source: `sendmsg(2)`.
const MOST_PARTS: usize = libc::UIO_MAXIOV as usize;

/// As many parts need no heap.
const FEW_PARTS: usize = 8;

/// Sends a message. A broken connection raises no signal. Source: `sendmsg(2)`.
///
/// # Errors
///
/// `EMSGSIZE` for more than 1024 parts.
pub(crate) fn sendmsg(
    socket: BorrowedFd<'_>,
    message: &OutgoingMessage<'_>,
    flags: MessageFlags,
) -> Result<usize, Error> {
    let flags = flags | MessageFlags::NOSIGNAL;
    let receiver =
        message.address.map(|address| HostAddress::encode_for(socket, address)).transpose()?;
    // The kernel only reads what the parts of a message to be sent point to.
    let mut parts = Parts::of(message.parts.len(), |index| {
        let part = message.parts[index];
        iovec { iov_base: part.as_ptr().cast_mut().cast(), iov_len: part.len() }
    })?;
    let mut header = header(parts.as_mut_slice());
    if let Some(receiver) = &receiver {
        let (address, length) = receiver.as_parts();
        header.msg_name = address.cast_mut().cast();
        header.msg_namelen = length;
    }
    if !message.control.is_empty() {
        header.msg_control = message.control.as_ptr().cast_mut().cast();
        header.msg_controllen = message.control.len() as _;
    }
    // SAFETY: every part, the address and the control messages may be read for as many bytes as the
    // header says; none of them is written, and all borrows last longer than the call.
    let answer =
        unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const header, flags.0.cast_signed()) };
    error::checked_size(answer)
}

/// Receives a message. Received descriptors are closed on `exec`. Source: `recvmsg(2)`.
///
/// # Errors
///
/// `EMSGSIZE` for more than 1024 buffers.
pub(crate) fn recvmsg(
    socket: BorrowedFd<'_>,
    buffers: &mut [&mut [u8]],
    control: &mut [u8],
    flags: MessageFlags,
) -> Result<ReceivedMessage, Error> {
    let flags = flags | MessageFlags::CMSG_CLOEXEC;
    let room = buffers.iter().fold(0, |sum: usize, buffer| sum.saturating_add(buffer.len()));
    let mut sender = HostAddress::room();
    let mut parts = Parts::of(buffers.len(), |index| {
        let buffer = &mut *buffers[index];
        iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() }
    })?;
    let mut header = header(parts.as_mut_slice());
    let (address, length) = sender.as_mut_parts();
    header.msg_name = address.cast();
    // SAFETY: this is the pointer to the room's own length, which nothing else uses now.
    header.msg_namelen = unsafe { length.read() };
    if !control.is_empty() {
        header.msg_control = control.as_mut_ptr().cast();
        header.msg_controllen = control.len() as _;
    }
    // SAFETY: every buffer, the address and the control buffer may be written for as many bytes as
    // the header says, which itself may be written; all borrows last longer than the call.
    let answer =
        unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut header, flags.0.cast_signed()) };
    let full_length = error::checked_size(answer)?;
    // SAFETY: as above.
    unsafe { length.write(header.msg_namelen) };
    #[allow(clippy::unnecessary_cast, reason = "the C libraries disagree about the type")]
    let control_length = control.len().min(header.msg_controllen as usize);
    Ok(ReceivedMessage {
        length: full_length.min(room),
        full_length,
        control_length,
        // The kernel repeats this one, which says nothing about the message.
        flags: MessageFlags(header.msg_flags.cast_unsigned()).without(MessageFlags::CMSG_CLOEXEC),
        address: sender.decode_for(socket),
    })
}

/// A header with these parts, and nothing else.
fn header(parts: &mut [iovec]) -> msghdr {
    // SAFETY: the header is numbers and pointers, for which zero is a value. Some C libraries have
    // hidden fields in it, so that it cannot be written down.
    let mut header: msghdr = unsafe { mem::zeroed() };
    header.msg_iov = if parts.is_empty() { ptr::null_mut() } else { parts.as_mut_ptr() };
    header.msg_iovlen = parts.len() as _;
    header
}

/// Where the parts of a message are: on the stack when there are few.
enum Parts {
    Few([iovec; FEW_PARTS], usize),
    Many(Vec<iovec>),
}

impl Parts {
    fn of(count: usize, mut part: impl FnMut(usize) -> iovec) -> Result<Parts, Error> {
        if count > MOST_PARTS {
            return Err(Errno::EMSGSIZE.into());
        }
        if count > FEW_PARTS {
            return Ok(Parts::Many((0..count).map(part).collect()));
        }
        let mut few = [const { iovec { iov_base: ptr::null_mut(), iov_len: 0 } }; FEW_PARTS];
        for (index, place) in few.iter_mut().enumerate().take(count) {
            *place = part(index);
        }
        Ok(Parts::Few(few, count))
    }

    fn as_mut_slice(&mut self) -> &mut [iovec] {
        match self {
            Parts::Few(few, count) => &mut few[..*count],
            Parts::Many(many) => many,
        }
    }
}
