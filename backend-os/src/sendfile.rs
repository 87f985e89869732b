//! Sending files by the kernel.

use std::fs::File;
use std::os::fd::AsFd;

use berkeley::{
    Backend, Errno, Error, ErrorKind, Net, PollEntry, Readiness, SendFileError, Socket,
};

use crate::{Os, sys};

/// The most that the kernel is asked to send at once.
const BLOCK: u64 = 1 << 30;

/// Sending files over a stream, as Python's `socket.sendfile` does.
///
/// ```
/// use std::io::Write;
/// use std::time::Duration;
///
/// use berkeley_os::{SendFile, socketpair};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (sender, receiver) = socketpair()?;
/// let mut bytes = std::io::Cursor::new(b"a file in memory");
/// assert_eq!(sender.sendfile_from(&mut bytes, 2, Some(4))?, 4);
///
/// let mut buffer = [0; 64];
/// let received = receiver.recv(&mut buffer)?;
/// assert_eq!(&buffer[..received], b"file");
/// # Ok(())
/// # }
/// ```
pub trait SendFile {
    /// Sends a file from byte `offset` on, `count` bytes or to its end, and says how many that
    /// were.
    ///
    /// The kernel sends a regular file by itself; for anything else this is
    /// [`Socket::sendfile_from`]. The file's position is behind what was sent afterwards, also
    /// after an error, and is left alone when nothing was.
    ///
    /// The timeout is for each wait, not for all of them.
    ///
    /// # Errors
    ///
    /// [`Error::INVALID_VALUE`] for a socket that is no stream, a non-blocking one, and a count of
    /// 0; those of [`Socket::send`], and of reading the file, with how much was sent before.
    /// Source: `sendfile(2)`.
    fn sendfile(&self, file: &File, offset: u64, count: Option<u64>) -> Result<u64, SendFileError>;
}

impl SendFile for Socket<Os> {
    fn sendfile(&self, file: &File, offset: u64, count: Option<u64>) -> Result<u64, SendFileError> {
        let outcome = self.sendfile_by(&mut &*file, offset, count, |file, sent| {
            send_by_kernel(self, file, offset, count, sent)
        });
        match outcome {
            // The kernel may not be able to; if it is for another reason, sending will say so
            // again.
            Err(SendFileError { sent: 0, error }) if error.kind() != ErrorKind::TimedOut => {
                self.sendfile_from(&mut &*file, offset, count)
            }
            outcome => outcome,
        }
    }
}

fn send_by_kernel(
    socket: &Socket<Os>,
    file: &File,
    offset: u64,
    count: Option<u64>,
    sent: &mut u64,
) -> Result<(), Error> {
    // A regular file without a size may be one that the kernel makes while it is read.
    if !file.metadata().is_ok_and(|about| about.is_file() && about.len() > 0) {
        return Err(Errno::EINVAL.into());
    }
    let descriptor = socket.handle().as_fd().ok_or(Errno::EBADF)?;
    loop {
        let left = count.map_or(BLOCK, |count| (count - *sent).min(BLOCK));
        if left == 0 {
            return Ok(());
        }
        let offset = offset.checked_add(*sent).ok_or(Error::OVERFLOW)?;
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        match sys::sendfile(descriptor, file.as_fd(), offset, left) {
            Ok(0) => return Ok(()),
            Ok(part) => *sent += part as u64,
            Err(error) => match error.kind() {
                ErrorKind::Interrupted => Os.check_signals()?,
                ErrorKind::WouldBlock => wait_for_room(socket)?,
                _ => return Err(error),
            },
        }
    }
}

fn wait_for_room(socket: &Socket<Os>) -> Result<(), Error> {
    let mut entries = [PollEntry::new(socket.handle(), Readiness::WRITABLE)];
    match Net::new(Os).poll(&mut entries, socket.gettimeout())? {
        0 => Err(Error::TIMED_OUT),
        _ => Ok(()),
    }
}
