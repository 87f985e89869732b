//! `std::io::Read` and `Write` for sockets and files, and descriptors on Unix.

extern crate std;

use std::io::{self, BufRead, Read, Write};

use crate::files::{BufferedReader, BufferedWriter, SocketIo};
use crate::{Backend, Errno, Error, Socket};

impl<B: Backend + Clone> Read for &Socket<B> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.recv(buffer)?)
    }
}

impl<B: Backend + Clone> Write for &Socket<B> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        Ok(self.send(data)?)
    }

    /// Nothing is kept back.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<B: Backend + Clone> Read for Socket<B> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buffer)
    }
}

impl<B: Backend + Clone> Write for Socket<B> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        (&*self).write(data)
    }

    /// Nothing is kept back.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<B: Backend + Clone> Read for SocketIo<B> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        unless_none(self.readinto(buffer)?)
    }
}

impl<B: Backend + Clone> Write for SocketIo<B> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        unless_none(SocketIo::write(self, data)?)
    }

    /// Nothing is kept back.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// With at most one receive per call.
impl<B: Backend + Clone> Read for BufferedReader<B> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let unread = self.fill_buf()?;
        let count = unread.len().min(buffer.len());
        buffer[..count].copy_from_slice(&unread[..count]);
        BufRead::consume(self, count);
        Ok(count)
    }
}

impl<B: Backend + Clone> BufRead for BufferedReader<B> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.peek_or_would_block().map_err(io::Error::from)
    }

    fn consume(&mut self, count: usize) {
        BufferedReader::consume(self, count);
    }
}

impl<B: Backend + Clone> Write for BufferedWriter<B> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        match BufferedWriter::write(self, data) {
            Ok(()) => Ok(data.len()),
            // What made it stop meets the next call too.
            Err(error) if error.sent > 0 => Ok(error.sent),
            Err(error) => Err(error.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(BufferedWriter::flush(self)?)
    }
}

/// "Would block", which is `None` for a file of bytes, as the error that it is for `std`.
fn unless_none(outcome: Option<usize>) -> io::Result<usize> {
    outcome.ok_or_else(|| Error::from_errno(Errno::EAGAIN).into())
}

#[cfg(unix)]
mod descriptors {
    use std::os::fd::{AsRawFd, RawFd};

    use super::std;
    use crate::{Backend, Socket};

    /// The number of the descriptor, as [`Socket::fileno`] says it. It is the socket's still: closing
    /// it, or changing its mode, happens behind the socket's back.
    impl<B: Backend + Clone> AsRawFd for Socket<B>
    where
        B::Handle: AsRawFd,
    {
        fn as_raw_fd(&self) -> RawFd {
            self.handle().as_raw_fd()
        }
    }
}
