//! Berkeley sockets for Rust: the operating system's own sockets as a backend.
//!
//! [`Os`] is a [`Backend`](berkeley::Backend) of the [`berkeley`] crate that passes each verb on to
//! the kernel as one system call. What the kernel does by itself stays with it: a blocking call
//! blocks inside the kernel, and a timed one asks first and waits with `ppoll(2)` only when there
//! is nothing. Everything else, from timeouts to interruptions, is the core's, so that the same
//! program runs on a userspace stack unchanged.
//!
//! ```
//! use berkeley::{AddressFamily, Net};
//! use berkeley_os::Os;
//!
//! # fn main() -> Result<(), berkeley::Error> {
//! let net = Net::new(Os);
//! let listener = net.stream(AddressFamily::INET)?;
//! listener.bind(("127.0.0.1", 0))?;
//! listener.listen(1)?;
//!
//! let mut client = net.stream(AddressFamily::INET)?;
//! client.settimeout(core::time::Duration::from_secs(5))?;
//! client.connect(listener.getsockname()?)?;
//! client.sendall(b"over the loopback")?;
//!
//! let (server, _peer) = listener.accept()?;
//! let mut buffer = [0; 64];
//! let received = server.recv(&mut buffer)?;
//! server.sendall(&buffer[..received])?;
//!
//! let received = client.recv(&mut buffer)?;
//! assert_eq!(&buffer[..received], b"over the loopback");
//! # Ok(())
//! # }
//! ```
//!
//! # What the kernel is always told
//!
//! - Descriptors are closed on `exec`, from the call that makes them on.
//! - Sending on a broken connection is an error, never a signal.
//! - A count never exceeds the buffer, also where the kernel would report the real length of a
//!   datagram (`MSG_TRUNC`).
//! - A message flag without a name in [`MessageFlags`](berkeley::MessageFlags) is refused with
//!   `EOPNOTSUPP` before anything is sent or received; Linux ignores some silently.
//!
//! Families, types, protocols and options are not filtered: a number without a name goes to the
//! kernel as it is.
//!
//! # Platforms
//!
//! Linux, on the architectures that use its generic numbers. A platform is one folder in `sys`; the
//! list of what it must provide stands at the top of `sys/mod.rs`.

#![deny(unsafe_op_in_unsafe_fn)]
#![deny(unsafe_code)]

mod conversions;
mod default_timeout;
mod descriptors_passing;
#[allow(unsafe_code)] // the host's packet devices: ioctls
pub mod device;
mod handle;
mod has_ipv6;
pub mod names;
mod os;
mod pair;
mod reactor;
mod sendfile;
mod signal_check;
mod socket_ext;
#[allow(unsafe_code)] // the host's sockets: system calls
mod sys;
mod wait;
mod waiters;

pub use berkeley::SendFileError;
pub use conversions::{IntoStdError, NetExt, StdSocket};
pub use descriptors_passing::{PassDescriptors, ReceivedDescriptors};
pub use handle::OsHandle;
pub use has_ipv6::has_ipv6;
pub use os::Os;
pub use pair::socketpair;
pub use sendfile::SendFile;
pub use signal_check::{SignalCheck, set_signal_check};
pub use socket_ext::SocketExt;
