//! Sending files.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::AsFd;

use berkeley::{
    Backend, Errno, Error, ErrorKind, MessageFlags, Net, PollEntry, Readiness, Socket, SocketType,
    Timeout,
};

use crate::{Os, sys};

/// The most that the kernel is asked to send at once.
const BLOCK: u64 = 1 << 30;

/// The most that is read from what is no file at once: that of CPython.
const PIECE: usize = 8192;

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
    /// [`SendFile::sendfile_from`]. The file's position is behind what was sent afterwards, also
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

    /// The same for whatever can be read: it is read and sent piece by piece.
    ///
    /// # Errors
    ///
    /// Those of [`SendFile::sendfile`].
    fn sendfile_from(
        &self,
        file: &mut (impl Read + Seek),
        offset: u64,
        count: Option<u64>,
    ) -> Result<u64, SendFileError>;
}

/// Sending a file failed after some bytes had been sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SendFileError {
    /// How many bytes were sent before the error.
    pub sent: u64,
    /// Why the rest was not sent.
    pub error: Error,
}

impl fmt::Display for SendFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (after {} bytes)", self.error, self.sent)
    }
}

impl std::error::Error for SendFileError {}

impl From<SendFileError> for Error {
    fn from(error: SendFileError) -> Error {
        error.error
    }
}

impl From<SendFileError> for io::Error {
    fn from(error: SendFileError) -> io::Error {
        error.error.into()
    }
}

impl SendFile for Socket<Os> {
    fn sendfile(&self, file: &File, offset: u64, count: Option<u64>) -> Result<u64, SendFileError> {
        check(self, count)?;
        // A regular file without a size may be one that the kernel makes while it is read.
        let size = file.metadata().map_or(0, |about| if about.is_file() { about.len() } else { 0 });
        let mut sent = 0;
        let outcome = if size == 0 {
            Err(Error::from(Errno::EINVAL))
        } else {
            send_by_kernel(self, file, offset, count, &mut sent)
        };
        match outcome {
            // The kernel may not be able to; if it is for another reason, sending will say so
            // again.
            Err(error) if sent == 0 && error.kind() != ErrorKind::TimedOut => {
                self.sendfile_from(&mut &*file, offset, count)
            }
            outcome => finish(&mut &*file, offset, sent, outcome),
        }
    }

    fn sendfile_from(
        &self,
        file: &mut (impl Read + Seek),
        offset: u64,
        count: Option<u64>,
    ) -> Result<u64, SendFileError> {
        check(self, count)?;
        let mut sent = 0;
        let outcome = send_by_pieces(self, file, offset, count, &mut sent);
        finish(file, offset, sent, outcome)
    }
}

/// Refuses what is refused before anything is sent.
fn check(socket: &Socket<Os>, count: Option<u64>) -> Result<(), SendFileError> {
    let refused = socket.type_() != SocketType::STREAM
        || socket.gettimeout() == Timeout::NonBlocking
        || count == Some(0);
    if refused {
        return Err(SendFileError { sent: 0, error: Error::INVALID_VALUE });
    }
    Ok(())
}

/// Leaves the file behind what was sent, and says how much that is.
fn finish(
    file: &mut impl Seek,
    offset: u64,
    sent: u64,
    outcome: Result<(), Error>,
) -> Result<u64, SendFileError> {
    if sent > 0 {
        // What has no positions is behind what was sent already.
        let _ = seek(file, offset.saturating_add(sent));
    }
    match outcome {
        Ok(()) => Ok(sent),
        Err(error) => Err(SendFileError { sent, error }),
    }
}

fn send_by_kernel(
    socket: &Socket<Os>,
    file: &File,
    offset: u64,
    count: Option<u64>,
    sent: &mut u64,
) -> Result<(), Error> {
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

fn send_by_pieces(
    socket: &Socket<Os>,
    file: &mut (impl Read + Seek),
    offset: u64,
    count: Option<u64>,
    sent: &mut u64,
) -> Result<(), Error> {
    match seek(file, offset) {
        // What has no positions starts where it is.
        Err(error) if offset == 0 && error.is(Errno::ESPIPE) => {}
        outcome => outcome?,
    }
    let mut piece = [0; PIECE];
    loop {
        let left = count.map_or(PIECE as u64, |count| (count - *sent).min(PIECE as u64));
        let length = match file.read(&mut piece[..left as usize]) {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(sys::host_error(&error)),
        };
        let mut rest = &piece[..length];
        while !rest.is_empty() {
            let part = socket.send_with(rest, MessageFlags::NONE)?;
            *sent += part as u64;
            rest = &rest[part..];
        }
    }
}

fn seek(file: &mut impl Seek, position: u64) -> Result<(), Error> {
    match file.seek(SeekFrom::Start(position)) {
        Ok(_) => Ok(()),
        Err(error) => Err(sys::host_error(&error)),
    }
}
