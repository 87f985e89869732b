//! `makefile`: Python's mode texts, and the file that each stands for.

use core::fmt;

use super::{
    Access, BufferedPair, BufferedReader, BufferedWriter, DEFAULT_BUFFER_SIZE, Newline, SocketIo,
    TextPair, TextReader, TextWriter,
};
use crate::{Backend, Error, Socket};

/// What [`Socket::makefile`] is told beside the mode. The encoding is always UTF-8, without
/// exceptions for what is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FileOptions {
    /// The size of the buffer in bytes: 0 for none, `None` for [`DEFAULT_BUFFER_SIZE`].
    pub buffering: Option<usize>,
    /// The rule for the ends of lines of text.
    pub newline: Newline,
}

/// The file that [`Socket::makefile`] has made.
#[non_exhaustive]
pub enum SocketFile<B: Backend + Clone> {
    /// Any binary mode without a buffer.
    Raw(SocketIo<B>),
    /// `rb`
    Reader(BufferedReader<B>),
    /// `wb`
    Writer(BufferedWriter<B>),
    /// `rwb`
    Pair(BufferedPair<B>),
    /// `r`
    TextReader(TextReader<B>),
    /// `w`
    TextWriter(TextWriter<B>),
    /// `rw`
    TextPair(TextPair<B>),
}

macro_rules! choices {
    ($($method:ident, $variant:ident, $type:ident, $mode:literal;)*) => {
        impl<B: Backend + Clone> SocketFile<B> {
            $(
                #[doc = concat!("The file of mode `", $mode, "`.")]
                ///
                /// # Errors
                ///
                /// [`Error::INVALID_VALUE`] when it is another one, which is closed then.
                pub fn $method(self) -> Result<$type<B>, Error> {
                    match self {
                        SocketFile::$variant(file) => Ok(file),
                        _ => Err(Error::INVALID_VALUE),
                    }
                }
            )*
        }
    };
}

choices! {
    into_raw, Raw, SocketIo, "b` without a buffer, or of `r`, `w` or both with it";
    into_reader, Reader, BufferedReader, "rb";
    into_writer, Writer, BufferedWriter, "wb";
    into_pair, Pair, BufferedPair, "rwb";
    into_text_reader, TextReader, TextReader, "r";
    into_text_writer, TextWriter, TextWriter, "w";
    into_text_pair, TextPair, TextPair, "rw";
}

impl<B: Backend + Clone> Socket<B> {
    /// A file of this socket, as `mode` says in Python's words: `r` for receiving, which is also the
    /// meaning of none of the two, `w` for sending, `b` for bytes instead of text, in any order.
    ///
    /// The file keeps the socket open, see [`files`](crate::files).
    ///
    /// ```
    /// use berkeley::files::FileOptions;
    /// use berkeley::{Backend, Error, Socket};
    ///
    /// /// The first line that comes, without its end.
    /// fn first_line<B: Backend + Clone>(socket: &Socket<B>) -> Result<String, Error> {
    ///     let mut file = socket.makefile("r", FileOptions::default())?.into_text_reader()?;
    ///     Ok(file.readline(None)?.trim_end_matches('\n').to_owned())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::INVALID_VALUE`] for another letter in the mode, and for text without a buffer;
    /// `EMFILE` when no descriptor is left, `ENOMEM`.
    pub fn makefile(&self, mode: &str, options: FileOptions) -> Result<SocketFile<B>, Error> {
        if !mode.chars().all(|letter| "rwb".contains(letter)) {
            return Err(Error::INVALID_VALUE);
        }
        let writing = mode.contains('w');
        let reading = mode.contains('r') || !writing;
        let binary = mode.contains('b');
        let size = options.buffering.unwrap_or(DEFAULT_BUFFER_SIZE);
        let reader = || BufferedReader::with_size(SocketIo::new(self, Access::Read)?, size);
        let writer = || BufferedWriter::with_size(SocketIo::new(self, Access::Write)?, size);
        let text_reader = || Ok::<_, Error>(TextReader::new(reader()?, options.newline));
        let text_writer = || Ok::<_, Error>(TextWriter::new(writer()?, options.newline));
        Ok(match (reading, writing, binary) {
            (_, _, true) if size == 0 => SocketFile::Raw(SocketIo::new(
                self,
                match (reading, writing) {
                    (true, true) => Access::ReadWrite,
                    (false, _) => Access::Write,
                    (true, false) => Access::Read,
                },
            )?),
            (_, _, false) if size == 0 => return Err(Error::INVALID_VALUE),
            (true, true, true) => {
                SocketFile::Pair(BufferedPair { reader: reader()?, writer: writer()? })
            }
            (true, false, true) => SocketFile::Reader(reader()?),
            (false, _, true) => SocketFile::Writer(writer()?),
            (true, true, false) => {
                SocketFile::TextPair(TextPair { reader: text_reader()?, writer: text_writer()? })
            }
            (true, false, false) => SocketFile::TextReader(text_reader()?),
            (false, _, false) => SocketFile::TextWriter(text_writer()?),
        })
    }
}

impl<B: Backend + Clone> fmt::Debug for SocketFile<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SocketFile::Raw(file) => f.debug_tuple("Raw").field(file).finish(),
            SocketFile::Reader(file) => f.debug_tuple("Reader").field(file).finish(),
            SocketFile::Writer(file) => f.debug_tuple("Writer").field(file).finish(),
            SocketFile::Pair(file) => f.debug_tuple("Pair").field(file).finish(),
            SocketFile::TextReader(file) => f.debug_tuple("TextReader").field(file).finish(),
            SocketFile::TextWriter(file) => f.debug_tuple("TextWriter").field(file).finish(),
            SocketFile::TextPair(file) => f.debug_tuple("TextPair").field(file).finish(),
        }
    }
}
