//! The traits by which other libraries read and write: those of `std`, and those of firmware.
//!
//! A read is a receive and a write is a send, with the socket's timeout. Nothing is buffered: see
//! [`files`](crate::files) for that.

#[cfg(feature = "embedded-io")]
mod embedded;
#[cfg(feature = "std")]
mod host;

#[cfg(feature = "embedded-io")]
pub use embedded::EmbeddedStream;
