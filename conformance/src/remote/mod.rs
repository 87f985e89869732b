//! A backend whose sockets are somewhere else: each verb is a request over a byte channel, and whoever
//! has the sockets answers it.
//!
//! On firmware a case is under test on one machine and its peer on another. The case is one actor
//! and knows nothing of that: its far side is a [`Remote`], which sends what it is asked over the
//! board's serial line to a [`Server`] on the host. There any backend does it: a userspace stack, or
//! the kernel. The server never waits. Who waits on the far side asks again and again whether it is
//! ready, and lets the near side go on in between.
//!
//! What has its meaning on one machine only is not passed: control messages, whose layout follows the
//! width of a word, and addresses that are not IP's.
//!
//! | module | what |
//! | --- | --- |
//! | [`codec`] | requests and answers as bytes |
//! | [`client`](self) | [`Remote`], the backend |
//! | `server` | who answers |

mod client;
pub mod codec;
#[cfg(feature = "std")]
mod server;

pub use client::{Remote, RemoteHandle};
#[cfg(feature = "std")]
pub use server::Server;

use berkeley::Error;

/// The way of the bytes to the server and back.
pub trait Wire {
    /// Sends all of these bytes.
    ///
    /// # Errors
    ///
    /// When nobody is there any more.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Error>;

    /// Fills the buffer with the next bytes, however long they take.
    ///
    /// # Errors
    ///
    /// When nobody is there any more.
    fn read(&mut self, buffer: &mut [u8]) -> Result<(), Error>;
}
