//! Sockets as files: what Python's `makefile` gives, layer by layer.
//!
//! | type | is | Python |
//! | --- | --- | --- |
//! | [`SocketIo`] | one receive or send per call; needs no heap | `SocketIO` |
//! | `BufferedReader` | bytes and lines out of a buffer | `BufferedReader` |
//! | `BufferedWriter` | bytes into a buffer, sent when it is full or flushed | `BufferedWriter` |
//! | `BufferedPair` | one of each | `BufferedRWPair` |
//! | `TextReader`, `TextWriter`, `TextPair` | text in UTF-8 with rules for the ends of lines | `TextIOWrapper` |
//!
//! All but the first need the feature `alloc`. `Socket::makefile` chooses by Python's mode text; each
//! type can also be built around the one below it.
//!
//! A file has its own handle of the socket ([`Backend::retain`](crate::Backend::retain)): the socket
//! stays open until the socket object and all of its files are closed, in whatever order. It has the
//! timeout that the socket object had when the file was made.
//!
//! # Timeouts and non-blocking sockets
//!
//! Files are made for blocking sockets (Python manual, "socket.makefile"). After a timeout a file
//! refuses to receive for ever, for what a timeout has torn apart cannot be told; what is in its
//! buffer can still be read. On a non-blocking socket a read or write of bytes that would have to wait
//! is `None`, and a line is as much of it as is there.
//!
//! A call that fails loses nothing: what was received stays in the buffer, and what was not sent does.

mod newline;
mod raw;

#[cfg(feature = "alloc")]
mod makefile;
#[cfg(feature = "alloc")]
mod pair;
#[cfg(feature = "alloc")]
mod reader;
#[cfg(feature = "alloc")]
mod text_reader;
#[cfg(feature = "alloc")]
mod text_writer;
#[cfg(feature = "alloc")]
mod writer;

#[cfg(feature = "alloc")]
pub use makefile::{FileOptions, SocketFile};
pub use newline::Newline;
#[cfg(feature = "alloc")]
pub use pair::{BufferedPair, TextPair};
pub use raw::{Access, SocketIo};
#[cfg(feature = "alloc")]
pub use reader::{BufferedReader, Lines};
#[cfg(feature = "alloc")]
pub use text_reader::{TextLines, TextReader};
#[cfg(feature = "alloc")]
pub use text_writer::TextWriter;
#[cfg(feature = "alloc")]
pub use writer::BufferedWriter;

/// The size of a file's buffer when none is given, in bytes.
pub const DEFAULT_BUFFER_SIZE: usize = 8192;
