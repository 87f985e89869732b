//! Text, written in UTF-8.

use core::fmt;

use super::{BufferedWriter, Newline};
use crate::{Backend, Error, SendAllError};

/// A file that is written as text in UTF-8.
pub struct TextWriter<B: Backend + Clone> {
    writer: BufferedWriter<B>,
    newline: Newline,
}

impl<B: Backend + Clone> TextWriter<B> {
    /// Writes text as bytes to `writer`.
    pub fn new(writer: BufferedWriter<B>, newline: Newline) -> TextWriter<B> {
        TextWriter { writer, newline }
    }

    /// Writes all of `text`, with `\n` as the rule says.
    ///
    /// # Errors
    ///
    /// Those of [`BufferedWriter::write`]. The count is in bytes of `text`, before translation, and
    /// always between two characters.
    pub fn write(&mut self, text: &str) -> Result<(), SendAllError> {
        let written = self.newline.written();
        if written == "\n" {
            return self.write_part(text);
        }
        let mut taken = 0;
        for line in text.split_inclusive('\n') {
            let content = line.strip_suffix('\n').unwrap_or(line);
            self.write_part(content)
                .map_err(|error| SendAllError { sent: taken + error.sent, ..error })?;
            taken += content.len();
            if content.len() < line.len() {
                self.writer
                    .write_together(written.as_bytes())
                    .map_err(|error| SendAllError { sent: taken, error })?;
                taken += 1;
            }
        }
        Ok(())
    }

    /// Sends everything that is in the buffer.
    ///
    /// # Errors
    ///
    /// Those of [`BufferedWriter::flush`].
    pub fn flush(&mut self) -> Result<(), Error> {
        self.writer.flush()
    }

    /// Flushes and closes the file.
    ///
    /// # Errors
    ///
    /// Those of [`BufferedWriter::close`].
    pub fn close(self) -> Result<(), Error> {
        self.writer.close()
    }

    /// The rule for the ends of lines.
    pub fn newline(&self) -> Newline {
        self.newline
    }

    /// The file of bytes below.
    pub fn writer(&self) -> &BufferedWriter<B> {
        &self.writer
    }

    /// The file of bytes below. Python's `detach()`.
    pub fn into_writer(self) -> BufferedWriter<B> {
        self.writer
    }

    /// Writes text as it is. When it is cut short within a character, the rest of that character is
    /// kept too.
    fn write_part(&mut self, text: &str) -> Result<(), SendAllError> {
        let Err(mut error) = self.writer.write(text.as_bytes()) else { return Ok(()) };
        let whole = (error.sent..text.len()).find(|&end| text.is_char_boundary(end));
        let rest = &text.as_bytes()[error.sent..whole.unwrap_or(text.len())];
        if self.writer.keep(rest).is_ok() {
            error.sent += rest.len();
        }
        Err(error)
    }
}

/// As text is written by `write!`: the error is kept from `core::fmt`, which knows none.
impl<B: Backend + Clone> fmt::Write for TextWriter<B> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write(text).map_err(|_| fmt::Error)
    }
}

impl<B: Backend + Clone> fmt::Debug for TextWriter<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextWriter")
            .field("newline", &self.newline)
            .field("writer", &self.writer)
            .finish()
    }
}
