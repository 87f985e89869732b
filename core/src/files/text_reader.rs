//! Text in UTF-8, read by lines or by characters.

use alloc::string::String;
use core::fmt;
use core::str;

use super::reader::Filled;
use super::{BufferedReader, Newline};
use crate::{Backend, Errno, Error};

/// A file that is read as text in UTF-8.
///
/// Bytes that are no UTF-8 are an error when the text reaches them, and stay where they are: what
/// stands before them can be read, and [`TextReader::into_reader`] gives the bytes.
pub struct TextReader<B: Backend + Clone> {
    reader: BufferedReader<B>,
    newline: Newline,
}

/// Text under construction, and how far into the unread bytes it has come.
struct Text {
    text: String,
    taken: usize,
    /// How many more characters are wanted.
    left: usize,
    to_line_end: bool,
}

/// What stopped a [`Text`].
enum Stop {
    /// It is what was wanted.
    Complete,
    /// The bytes are used up, or what they mean depends on what follows.
    NeedsMore,
}

impl<B: Backend + Clone> TextReader<B> {
    /// Reads the bytes of `reader` as text.
    pub fn new(reader: BufferedReader<B>, newline: Newline) -> TextReader<B> {
        TextReader { reader, newline }
    }

    /// Reads `size` characters, or everything up to the end; fewer only at the end, or when a
    /// non-blocking socket has no more.
    ///
    /// # Errors
    ///
    /// [`Error::INVALID_VALUE`] for bytes that are no UTF-8 (Python: `UnicodeDecodeError`), those of
    /// [`BufferedReader::read`].
    pub fn read(&mut self, size: Option<usize>) -> Result<String, Error> {
        self.read_text(size, false)
    }

    /// Reads a line with its end, or `size` characters of it. Empty at the end of the stream; the
    /// last line may have no end of its own. On a non-blocking socket it may be incomplete, or empty
    /// when nothing is there.
    ///
    /// After a `\r` that may begin a `\r\n` it waits for what follows.
    ///
    /// # Errors
    ///
    /// Those of [`TextReader::read`].
    pub fn readline(&mut self, size: Option<usize>) -> Result<String, Error> {
        self.read_text(size, true)
    }

    /// The rule for the ends of lines.
    pub fn newline(&self) -> Newline {
        self.newline
    }

    /// Closes the file. What is unread is lost to everybody.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::close`](crate::Socket::close).
    pub fn close(self) -> Result<(), Error> {
        self.reader.close()
    }

    /// The file of bytes below.
    pub fn reader(&self) -> &BufferedReader<B> {
        &self.reader
    }

    /// The file of bytes below, at the place that the text has come to. Python's `detach()`.
    pub fn into_reader(self) -> BufferedReader<B> {
        self.reader
    }

    fn read_text(&mut self, size: Option<usize>, to_line_end: bool) -> Result<String, Error> {
        let left = size.unwrap_or(usize::MAX);
        let mut text = Text { text: String::new(), taken: 0, left, to_line_end };
        let mut ended = false;
        loop {
            match text.add(self.reader.unread(), self.newline, ended)? {
                Stop::NeedsMore if !ended => {}
                Stop::NeedsMore | Stop::Complete => break,
            }
            match self.reader.fill()? {
                Filled::More => {}
                Filled::End => ended = true,
                Filled::Wait => break,
            }
        }
        self.reader.consume(text.taken);
        Ok(text.text)
    }
}

impl Text {
    /// Goes on through the unread bytes. `ended`: nothing follows them.
    fn add(&mut self, unread: &[u8], newline: Newline, ended: bool) -> Result<Stop, Error> {
        loop {
            let rest = &unread[self.taken..];
            // Of a line no more is looked at than up to its end, and what follows a `\r`.
            let end = rest.iter().position(|byte| self.to_line_end && b"\r\n".contains(byte));
            let piece = &rest[..end.map_or(rest.len(), |end| rest.len().min(end + 2))];
            let is_last = piece.len() == rest.len();
            match self.add_piece(piece, newline, ended || !is_last, ended && is_last)? {
                Stop::NeedsMore if !is_last => {}
                stop => return Ok(stop),
            }
        }
    }

    /// Goes on through some bytes. `followed`: they stand for themselves at their end, whatever
    /// comes; `ended`: nothing comes.
    fn add_piece(
        &mut self,
        piece: &[u8],
        newline: Newline,
        followed: bool,
        ended: bool,
    ) -> Result<Stop, Error> {
        let (valid, invalid) = match str::from_utf8(piece) {
            Ok(valid) => (valid, false),
            Err(error) => {
                let valid = str::from_utf8(&piece[..error.valid_up_to()]).unwrap_or("");
                (valid, error.error_len().is_some() || ended)
            }
        };
        let room = valid.len().min(self.left.saturating_mul(4));
        self.text.try_reserve(room).map_err(|_| Error::from_errno(Errno::ENOMEM))?;
        let followed = followed || valid.len() < piece.len();
        let mut characters = valid.chars().peekable();
        while self.left > 0 {
            let Some(character) = characters.next() else {
                // Wanting everything, or a line, that cannot be had.
                return if invalid { Err(Error::INVALID_VALUE) } else { Ok(Stop::NeedsMore) };
            };
            let next = characters.peek().copied();
            let universal = matches!(newline, Newline::Universal | Newline::Untranslated);
            if universal && character == '\r' && next.is_none() && !followed {
                return Ok(Stop::NeedsMore);
            }
            self.taken += character.len_utf8();
            self.left -= 1;
            let line_ends = match (newline, character) {
                (Newline::Universal, '\r') => {
                    self.taken += usize::from(next == Some('\n'));
                    if next == Some('\n') {
                        characters.next();
                    }
                    self.text.push('\n');
                    true
                }
                (Newline::Untranslated, '\r') => {
                    self.text.push('\r');
                    next != Some('\n')
                }
                _ => {
                    self.text.push(character);
                    match newline {
                        Newline::CarriageReturn => character == '\r',
                        Newline::CarriageReturnLineFeed => self.text.ends_with("\r\n"),
                        _ => character == '\n',
                    }
                }
            };
            if line_ends && self.to_line_end {
                return Ok(Stop::Complete);
            }
        }
        Ok(Stop::Complete)
    }
}

impl<B: Backend + Clone> fmt::Debug for TextReader<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<TextReader {:?} of {:?}>", self.newline, self.reader)
    }
}

/// Its lines, as a loop over it gives them: `for line in &mut file`.
impl<'a, B: Backend + Clone> IntoIterator for &'a mut TextReader<B> {
    type Item = <TextLines<'a, B> as Iterator>::Item;
    type IntoIter = TextLines<'a, B>;

    fn into_iter(self) -> TextLines<'a, B> {
        TextLines { reader: self }
    }
}

/// The lines of a file up to the end, each with its end; a non-blocking socket that has nothing ends
/// them too.
pub struct TextLines<'a, B: Backend + Clone> {
    reader: &'a mut TextReader<B>,
}

impl<B: Backend + Clone> Iterator for TextLines<'_, B> {
    type Item = Result<String, Error>;

    fn next(&mut self) -> Option<Result<String, Error>> {
        self.reader.readline(None).map(|line| (!line.is_empty()).then_some(line)).transpose()
    }
}

impl<B: Backend + Clone> fmt::Debug for TextLines<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextLines").field("reader", &self.reader).finish()
    }
}
