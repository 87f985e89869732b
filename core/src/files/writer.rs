//! Bytes into a buffer, sent when it is full or flushed.

use alloc::vec::Vec;
use core::fmt;

use super::{DEFAULT_BUFFER_SIZE, SocketIo};
use crate::{Backend, Errno, Error, SendAllError};

/// A file that is written through a buffer.
///
/// What could not be sent stays in the buffer. Dropping a writer flushes it as far as that goes
/// without an error, waiting as the socket's timeout says; [`BufferedWriter::close`] tells the error.
pub struct BufferedWriter<B: Backend + Clone> {
    raw: SocketIo<B>,
    /// What was written and is not sent.
    pending: Vec<u8>,
    size: usize,
}

impl<B: Backend + Clone> BufferedWriter<B> {
    /// A writer with a buffer of [`DEFAULT_BUFFER_SIZE`].
    ///
    /// # Errors
    ///
    /// Those of [`BufferedWriter::with_size`].
    pub fn new(raw: SocketIo<B>) -> Result<BufferedWriter<B>, Error> {
        BufferedWriter::with_size(raw, DEFAULT_BUFFER_SIZE)
    }

    /// A writer that keeps up to `size` bytes back.
    ///
    /// # Errors
    ///
    /// [`Error::INVALID_VALUE`] for 0, `EOPNOTSUPP` for a file that is only read, `ENOMEM`.
    pub fn with_size(raw: SocketIo<B>, size: usize) -> Result<BufferedWriter<B>, Error> {
        if size == 0 {
            return Err(Error::INVALID_VALUE);
        }
        if !raw.writable() {
            return Err(Errno::EOPNOTSUPP.into());
        }
        let mut writer = BufferedWriter { raw, pending: Vec::new(), size };
        writer.reserve(size)?;
        Ok(writer)
    }

    /// Writes all of `data`: into the buffer, and what does not fit to the socket.
    ///
    /// # Errors
    ///
    /// Those of [`SocketIo::write`], and `EAGAIN` when a non-blocking socket takes no more and the
    /// buffer is full, with how many bytes of `data` the file has taken: these need not be written
    /// again.
    pub fn write(&mut self, data: &[u8]) -> Result<(), SendAllError> {
        let mut taken = 0;
        loop {
            let rest = &data[taken..];
            if self.keep_if_room(rest) {
                return Ok(());
            }
            let sent = if self.pending.is_empty() {
                let sent = self.raw.write(rest);
                taken += sent.unwrap_or(None).unwrap_or(0);
                sent
            } else {
                self.send_pending()
            };
            match sent {
                Ok(Some(_)) => {}
                Ok(None) => {
                    let room =
                        &rest[..rest.len().min(self.size.saturating_sub(self.pending.len()))];
                    taken += if self.keep_if_room(room) { room.len() } else { 0 };
                    return Err(SendAllError { sent: taken, error: Errno::EAGAIN.into() });
                }
                Err(error) => return Err(SendAllError { sent: taken, error }),
            }
        }
    }

    /// Sends everything that is in the buffer.
    ///
    /// # Errors
    ///
    /// Those of [`SocketIo::write`], and `EAGAIN` when a non-blocking socket takes no more. What was
    /// not sent stays in the buffer.
    pub fn flush(&mut self) -> Result<(), Error> {
        while !self.pending.is_empty() {
            if self.send_pending()?.is_none() {
                return Err(Errno::EAGAIN.into());
            }
        }
        Ok(())
    }

    /// Flushes and closes the file. It is closed also when an error is told; what was not sent is
    /// lost then. Who wants to keep it flushes first.
    ///
    /// # Errors
    ///
    /// Those of [`BufferedWriter::flush`], else those of [`Socket::close`](crate::Socket::close).
    pub fn close(mut self) -> Result<(), Error> {
        let flushed = self.flush();
        self.pending.clear(); // nothing is left for the drop
        flushed.and(self.raw.close_in_place())
    }

    /// What is in the buffer and not sent.
    pub fn pending(&self) -> &[u8] {
        &self.pending
    }

    /// The file below.
    pub fn raw(&self) -> &SocketIo<B> {
        &self.raw
    }

    /// Keeps these bytes together, sending what is in the buffer first when they do not fit.
    pub(super) fn write_together(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.keep_if_room(bytes) {
            return Ok(());
        }
        self.flush()?;
        self.keep(bytes)
    }

    /// Keeps these bytes, also when the buffer gets larger than it should.
    pub(super) fn keep(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.reserve(bytes.len())?;
        self.pending.extend_from_slice(bytes);
        Ok(())
    }

    fn keep_if_room(&mut self, bytes: &[u8]) -> bool {
        let fits = bytes.len() <= self.size.saturating_sub(self.pending.len());
        fits && self.keep(bytes).is_ok()
    }

    /// Sends once.
    fn send_pending(&mut self) -> Result<Option<usize>, Error> {
        let sent = self.raw.write(&self.pending)?;
        self.pending.drain(..sent.unwrap_or(0));
        Ok(sent)
    }

    fn reserve(&mut self, count: usize) -> Result<(), Error> {
        self.pending.try_reserve(count).map_err(|_| Error::from_errno(Errno::ENOMEM))
    }
}

impl<B: Backend + Clone> Drop for BufferedWriter<B> {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _ = self.flush();
    }
}

impl<B: Backend + Clone> fmt::Debug for BufferedWriter<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<BufferedWriter, {} bytes pending, of {:?}>", self.pending.len(), self.raw)
    }
}
