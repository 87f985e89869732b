//! Passing descriptors to other processes, over UNIX sockets.

use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use berkeley::constants::SCM_RIGHTS;
use berkeley::{
    Address, AddressFamily, CMSG_SPACE, ControlBuffer, Credentials, Errno, Error, MessageFlags,
    OptionLevel, Socket, SocketType,
};

use crate::{Os, sys};

/// Sending and receiving descriptors, as Python's `send_fds` and `recv_fds` do.
///
/// ```
/// use std::io::{Read, Write};
/// use std::os::fd::AsFd;
///
/// use berkeley_os::{PassDescriptors, socketpair};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (one, other) = socketpair()?;
/// let (mut reader, mut writer) = std::io::pipe()?;
/// one.send_fds(&[b"the end to write to"], &[writer.as_fd()])?;
///
/// let mut buffer = [0; 64];
/// let received = other.recv_fds(&mut buffer, 1)?;
/// assert_eq!(&buffer[..received.length], b"the end to write to");
/// let [descriptor] = <[_; 1]>::try_from(received.descriptors).expect("one was sent");
/// std::fs::File::from(descriptor).write_all(b"through the pipe")?;
/// # drop(writer);
/// # let mut text = String::new();
/// # reader.read_to_string(&mut text)?;
/// # assert_eq!(text, "through the pipe");
/// # Ok(())
/// # }
/// ```
pub trait PassDescriptors {
    /// Sends the parts as one message, and descriptors beside it: the receiver gets descriptors of
    /// the same open files. Over a stream they need data to go with.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP` for a family other than UNIX, where the kernel would silently lose them;
    /// `EINVAL` for a stream without data, where it would too, and for more than 253 descriptors;
    /// `ETOOMANYREFS` when too many are on their way; those of [`Socket::sendmsg`]. Source:
    /// `unix(7)`.
    fn send_fds(&self, parts: &[&[u8]], descriptors: &[BorrowedFd<'_>]) -> Result<usize, Error>;

    /// Receives a message with at most `most` descriptors, which are closed on `exec`. Those that
    /// are more are closed, and the flags say [`MessageFlags::CTRUNC`].
    ///
    /// # Errors
    ///
    /// Those of [`Socket::recvmsg`]; [`Error::OVERFLOW`] for more descriptors than control messages
    /// can hold.
    fn recv_fds(&self, buffer: &mut [u8], most: usize) -> Result<ReceivedDescriptors, Error> {
        self.recv_fds_with(&mut [buffer], most, MessageFlags::NONE)
    }

    /// [`PassDescriptors::recv_fds`] into several buffers, with flags.
    ///
    /// With [`MessageFlags::PEEK`] descriptors are made for the look, and once more for the message
    /// itself.
    ///
    /// # Errors
    ///
    /// Those of [`PassDescriptors::recv_fds`].
    fn recv_fds_with(
        &self,
        buffers: &mut [&mut [u8]],
        most: usize,
        flags: MessageFlags,
    ) -> Result<ReceivedDescriptors, Error>;
}

/// A message that was received with descriptors.
#[derive(Debug)]
pub struct ReceivedDescriptors {
    /// How many bytes of data are in the buffer.
    pub length: usize,
    /// The descriptors, in the order in which they were sent.
    pub descriptors: Vec<OwnedFd>,
    /// Who sent the message, when [`SO_PASSCRED`](berkeley::options::SO_PASSCRED) is on.
    pub credentials: Option<Credentials>,
    /// [`MessageFlags::CTRUNC`] when there were more descriptors, [`MessageFlags::TRUNC`] when
    /// there was more data in the message.
    pub flags: MessageFlags,
    /// The sender's address, where there is one.
    pub address: Option<Address>,
}

impl PassDescriptors for Socket<Os> {
    fn send_fds(&self, parts: &[&[u8]], descriptors: &[BorrowedFd<'_>]) -> Result<usize, Error> {
        if descriptors.is_empty() {
            return self.sendmsg(parts, &[], MessageFlags::NONE);
        }
        if self.family() != AddressFamily::UNIX {
            return Err(Errno::EOPNOTSUPP.into());
        }
        if self.type_() == SocketType::STREAM && parts.iter().all(|part| part.is_empty()) {
            return Err(Errno::EINVAL.into());
        }
        let numbers: Vec<u8> =
            descriptors.iter().flat_map(|one| one.as_raw_fd().to_ne_bytes()).collect();
        let mut room = vec![0; CMSG_SPACE(numbers.len())?];
        let mut control = ControlBuffer::new(&mut room);
        control.push(OptionLevel::SOCKET, SCM_RIGHTS, &numbers)?;
        self.sendmsg(parts, control.as_slice(), MessageFlags::NONE)
    }

    fn recv_fds_with(
        &self,
        buffers: &mut [&mut [u8]],
        most: usize,
        flags: MessageFlags,
    ) -> Result<ReceivedDescriptors, Error> {
        let passed = sys::receive_descriptors(self, buffers, most, flags)?;
        Ok(ReceivedDescriptors {
            length: passed.message.length,
            descriptors: passed.descriptors,
            credentials: passed.credentials,
            flags: passed.message.flags,
            address: passed.message.address,
        })
    }
}
