//! Sending files, as Python's `socket.sendfile` does: whatever can be read, piece by piece.

extern crate std;

use core::fmt;
use std::io::{self, Read, Seek, SeekFrom};

use crate::{Backend, Errno, Error, MessageFlags, Socket, SocketType, Timeout};

/// The most that is read at once: that of CPython.
const PIECE: usize = 8192;

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

impl core::error::Error for SendFileError {}

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

impl<B: Backend + Clone> Socket<B> {
    /// Sends what can be read from byte `offset` on, `count` bytes or to the end, and says how many
    /// that were.
    ///
    /// The file's position is behind what was sent afterwards, also after an error, and is left alone
    /// when nothing was. The timeout is for each wait, not for all of them.
    ///
    /// # Errors
    ///
    /// [`Error::INVALID_VALUE`] for a socket that is no stream, a non-blocking one, and a count of 0;
    /// those of [`Socket::send`], and of reading the file (`EIO` when that has no number of the
    /// host's), with how much was sent before. Source: Python manual, `sendfile`.
    pub fn sendfile_from(
        &self,
        file: &mut (impl Read + Seek),
        offset: u64,
        count: Option<u64>,
    ) -> Result<u64, SendFileError> {
        self.sendfile_by(file, offset, count, |file, sent| {
            self.send_pieces(file, offset, count, sent)
        })
    }

    /// [`Socket::sendfile_from`] for a backend that has a way of its own to send a file: `send` adds up
    /// how many bytes it has sent. What is refused, and where the file stands afterwards, is the same.
    ///
    /// # Errors
    ///
    /// [`Error::INVALID_VALUE`] as there; those of `send`.
    pub fn sendfile_by<F: Seek>(
        &self,
        file: &mut F,
        offset: u64,
        count: Option<u64>,
        send: impl FnOnce(&mut F, &mut u64) -> Result<(), Error>,
    ) -> Result<u64, SendFileError> {
        let refused = self.type_() != SocketType::STREAM
            || self.gettimeout() == Timeout::NonBlocking
            || count == Some(0);
        if refused {
            return Err(SendFileError { sent: 0, error: Error::INVALID_VALUE });
        }
        let mut sent = 0;
        let outcome = send(file, &mut sent);
        if sent > 0 {
            // What has no positions is behind what was sent already.
            let _ = file.seek(SeekFrom::Start(offset.saturating_add(sent)));
        }
        match outcome {
            Ok(()) => Ok(sent),
            Err(error) => Err(SendFileError { sent, error }),
        }
    }

    fn send_pieces(
        &self,
        file: &mut (impl Read + Seek),
        offset: u64,
        count: Option<u64>,
        sent: &mut u64,
    ) -> Result<(), Error> {
        match file.seek(SeekFrom::Start(offset)).map_err(|error| host_error(&error)) {
            // What has no positions starts where it is.
            Err(error) if offset == 0 && error.is(Errno::ESPIPE) => {}
            outcome => drop(outcome?),
        }
        let mut piece = [0; PIECE];
        loop {
            let left = count.map_or(PIECE as u64, |count| (count - *sent).min(PIECE as u64));
            let length = match file.read(&mut piece[..left as usize]) {
                Ok(0) => return Ok(()),
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(host_error(&error)),
            };
            let mut rest = &piece[..length];
            while !rest.is_empty() {
                let part = self.send_with(rest, MessageFlags::NONE)?;
                *sent += part as u64;
                rest = &rest[part..];
            }
        }
    }
}

/// Reading failed. The core's numbers are those of Linux; elsewhere a number says nothing here.
fn host_error(error: &io::Error) -> Error {
    let number = if cfg!(target_os = "linux") { error.raw_os_error() } else { None };
    number.and_then(Errno::from_raw).map_or(Error::from(Errno::EIO), Error::from)
}
