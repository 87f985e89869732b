//! Files that are read and written.

use core::fmt;

use super::{BufferedReader, BufferedWriter, TextReader, TextWriter};
use crate::{Backend, Error};

/// A reader and a writer of bytes of one socket, each with a handle of its own.
///
/// The two know nothing of each other: what was written must be flushed before its answer is read.
pub struct BufferedPair<B: Backend + Clone> {
    /// What is received.
    pub reader: BufferedReader<B>,
    /// What is sent.
    pub writer: BufferedWriter<B>,
}

impl<B: Backend + Clone> BufferedPair<B> {
    /// Flushes and closes both.
    ///
    /// # Errors
    ///
    /// Those of [`BufferedWriter::close`], else those of [`BufferedReader::close`]; both are closed.
    pub fn close(self) -> Result<(), Error> {
        let closed = self.writer.close();
        let others = self.reader.close();
        closed.and(others)
    }
}

/// A reader and a writer of text of one socket, each with a handle of its own.
///
/// The two know nothing of each other: what was written must be flushed before its answer is read.
pub struct TextPair<B: Backend + Clone> {
    /// What is received.
    pub reader: TextReader<B>,
    /// What is sent.
    pub writer: TextWriter<B>,
}

impl<B: Backend + Clone> TextPair<B> {
    /// Flushes and closes both.
    ///
    /// # Errors
    ///
    /// Those of [`TextWriter::close`], else those of [`TextReader::close`]; both are closed.
    pub fn close(self) -> Result<(), Error> {
        let closed = self.writer.close();
        let others = self.reader.close();
        closed.and(others)
    }
}

impl<B: Backend + Clone> fmt::Debug for BufferedPair<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufferedPair")
            .field("reader", &self.reader)
            .field("writer", &self.writer)
            .finish()
    }
}

impl<B: Backend + Clone> fmt::Debug for TextPair<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextPair")
            .field("reader", &self.reader)
            .field("writer", &self.writer)
            .finish()
    }
}
