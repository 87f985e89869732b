//! Bytes and lines out of a buffer.

use alloc::vec::Vec;
use core::fmt;

use super::{DEFAULT_BUFFER_SIZE, SocketIo};
use crate::{Backend, Errno, Error};

/// A file that is read through a buffer.
///
/// What a failed call has received stays in the buffer.
pub struct BufferedReader<B: Backend + Clone> {
    raw: SocketIo<B>,
    /// All of it can be written to; what is unread lies between `start` and `end`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    size: usize,
}

/// What came of one receive.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Filled {
    /// There is more than before.
    More,
    /// The stream is over.
    End,
    /// A non-blocking socket has nothing now.
    Wait,
}

impl<B: Backend + Clone> BufferedReader<B> {
    /// A reader with a buffer of [`DEFAULT_BUFFER_SIZE`].
    ///
    /// # Errors
    ///
    /// Those of [`BufferedReader::with_size`].
    pub fn new(raw: SocketIo<B>) -> Result<BufferedReader<B>, Error> {
        BufferedReader::with_size(raw, DEFAULT_BUFFER_SIZE)
    }

    /// A reader that receives up to `size` bytes at once. A call that wants more makes the buffer
    /// larger while it lasts.
    ///
    /// # Errors
    ///
    /// [`Error::INVALID_VALUE`] for 0, `EOPNOTSUPP` for a file that is only written, `ENOMEM`.
    pub fn with_size(raw: SocketIo<B>, size: usize) -> Result<BufferedReader<B>, Error> {
        if size == 0 {
            return Err(Error::INVALID_VALUE);
        }
        if !raw.readable() {
            return Err(Errno::EOPNOTSUPP.into());
        }
        let mut reader = BufferedReader { raw, buffer: Vec::new(), start: 0, end: 0, size };
        reader.grow()?;
        Ok(reader)
    }

    /// Reads `size` bytes, or everything up to the end; fewer only at the end, or when a non-blocking
    /// socket has no more. `None` when such a socket has nothing at all.
    ///
    /// A timeout is for each receive, not for the whole call.
    ///
    /// # Errors
    ///
    /// Those of [`SocketIo::readinto`]; `ENOMEM`.
    pub fn read(&mut self, size: Option<usize>) -> Result<Option<Vec<u8>>, Error> {
        let size = size.unwrap_or(usize::MAX);
        let filled = self.fill_to(size)?;
        if filled == Filled::Wait && self.unread().is_empty() {
            return Ok(None);
        }
        self.take(size).map(Some)
    }

    /// Reads at most `size` bytes with at most one receive: what is in the buffer when there is
    /// something. `None` when a non-blocking socket has nothing.
    ///
    /// # Errors
    ///
    /// Those of [`BufferedReader::read`].
    pub fn read1(&mut self, size: usize) -> Result<Option<Vec<u8>>, Error> {
        if size > 0 && self.unread().is_empty() && self.fill()? == Filled::Wait {
            return Ok(None);
        }
        self.take(size).map(Some)
    }

    /// [`BufferedReader::read`] into `buffer`, and says how many bytes.
    ///
    /// # Errors
    ///
    /// Those of [`BufferedReader::read`].
    pub fn readinto(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, Error> {
        let filled = self.fill_to(buffer.len())?;
        if filled == Filled::Wait && self.unread().is_empty() {
            return Ok(None);
        }
        let count = buffer.len().min(self.unread().len());
        buffer[..count].copy_from_slice(&self.unread()[..count]);
        self.consume(count);
        Ok(Some(count))
    }

    /// Reads a line with its `\n`, or `size` bytes of it. Empty at the end; the last line may have no
    /// `\n`. On a non-blocking socket it may be incomplete, or empty when nothing is there.
    ///
    /// # Errors
    ///
    /// Those of [`BufferedReader::read`].
    pub fn readline(&mut self, size: Option<usize>) -> Result<Vec<u8>, Error> {
        let size = size.unwrap_or(usize::MAX);
        let mut looked = 0;
        loop {
            let unread = self.unread();
            let within = &unread[..unread.len().min(size)];
            if let Some(found) = within[looked..].iter().position(|&byte| byte == b'\n') {
                return self.take(looked + found + 1);
            }
            looked = within.len();
            if looked == size || self.fill()? != Filled::More {
                return self.take(looked);
            }
        }
    }

    /// What is unread, without taking it, after one receive when there was nothing. Empty at the end,
    /// or when a non-blocking socket has nothing.
    ///
    /// # Errors
    ///
    /// Those of [`BufferedReader::read`].
    pub fn peek(&mut self) -> Result<&[u8], Error> {
        if self.unread().is_empty() {
            self.fill()?;
        }
        Ok(self.unread())
    }

    /// [`BufferedReader::peek`], in which "nothing now" is `EAGAIN` and not the end.
    #[cfg(feature = "std")]
    pub(crate) fn peek_or_would_block(&mut self) -> Result<&[u8], Error> {
        if self.unread().is_empty() && self.fill()? == Filled::Wait {
            return Err(Errno::EAGAIN.into());
        }
        Ok(self.unread())
    }

    /// What is unread in the buffer.
    pub fn unread(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Closes the file. What is unread is lost to everybody.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::close`](crate::Socket::close).
    pub fn close(self) -> Result<(), Error> {
        self.raw.close()
    }

    /// The file below.
    pub fn raw(&self) -> &SocketIo<B> {
        &self.raw
    }

    /// The file below, and what was received and is unread. Python's `detach()`.
    pub fn into_parts(mut self) -> (SocketIo<B>, Vec<u8>) {
        self.buffer.truncate(self.end);
        self.buffer.drain(..self.start);
        (self.raw, self.buffer)
    }

    /// Receives once.
    pub(super) fn fill(&mut self) -> Result<Filled, Error> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            // A call that wanted more is over.
            self.buffer.truncate(self.size);
        }
        if self.end == self.buffer.len() {
            if self.start > 0 {
                self.buffer.copy_within(self.start..self.end, 0);
                (self.start, self.end) = (0, self.end - self.start);
            } else {
                self.grow()?;
            }
        }
        match self.raw.readinto(&mut self.buffer[self.end..])? {
            None => Ok(Filled::Wait),
            Some(0) => Ok(Filled::End),
            Some(count) => {
                self.end += count;
                Ok(Filled::More)
            }
        }
    }

    /// Takes so many unread bytes away.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start = self.end.min(self.start + count);
    }

    /// Receives until `size` bytes are unread.
    fn fill_to(&mut self, size: usize) -> Result<Filled, Error> {
        while self.unread().len() < size {
            match self.fill()? {
                Filled::More => {}
                filled => return Ok(filled),
            }
        }
        Ok(Filled::More)
    }

    /// At most `size` unread bytes.
    fn take(&mut self, size: usize) -> Result<Vec<u8>, Error> {
        let unread = self.unread();
        let taken = &unread[..unread.len().min(size)];
        let mut copy = Vec::new();
        copy.try_reserve_exact(taken.len()).map_err(|_| Error::from_errno(Errno::ENOMEM))?;
        copy.extend_from_slice(taken);
        self.consume(copy.len());
        Ok(copy)
    }

    /// Makes the buffer twice as large.
    fn grow(&mut self) -> Result<(), Error> {
        let more = self.buffer.len().max(self.size);
        self.buffer.try_reserve_exact(more).map_err(|_| Error::from_errno(Errno::ENOMEM))?;
        self.buffer.resize(self.buffer.len() + more, 0);
        Ok(())
    }
}

impl<B: Backend + Clone> fmt::Debug for BufferedReader<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<BufferedReader, {} bytes unread, of {:?}>", self.unread().len(), self.raw)
    }
}

/// Its lines, as a loop over it gives them: `for line in &mut file`.
impl<'a, B: Backend + Clone> IntoIterator for &'a mut BufferedReader<B> {
    type Item = <Lines<'a, B> as Iterator>::Item;
    type IntoIter = Lines<'a, B>;

    fn into_iter(self) -> Lines<'a, B> {
        Lines { reader: self }
    }
}

/// The lines of a file up to the end, each with its end; a non-blocking socket that has nothing ends
/// them too.
pub struct Lines<'a, B: Backend + Clone> {
    reader: &'a mut BufferedReader<B>,
}

impl<B: Backend + Clone> Iterator for Lines<'_, B> {
    type Item = Result<Vec<u8>, Error>;

    fn next(&mut self) -> Option<Result<Vec<u8>, Error>> {
        self.reader.readline(None).map(|line| (!line.is_empty()).then_some(line)).transpose()
    }
}

impl<B: Backend + Clone> fmt::Debug for Lines<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").field("reader", &self.reader).finish()
    }
}
