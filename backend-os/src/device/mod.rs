//! Packet devices of the host, for a userspace stack that runs in a process.
//!
//! [`Tap`] is an Ethernet interface whose other end is this process; [`WakeUp`] interrupts a thread
//! that waits for frames in [`wait_readable`]. [`interface`] gives such an interface its addresses
//! without any tool of the host, and [`namespace`] gives the process a network of its own, so that
//! nothing of the host's is touched.
//!
//! A TAP device needs the privilege `CAP_NET_ADMIN`. It passes plain frames: offloads of checksums
//! and segmentation (the virtio-net header) are not used.
//!
//! Deadlines are on the clock of [`Os`](crate::Os). Errors are the standard library's, with the
//! host's number in [`raw_os_error`](std::io::Error::raw_os_error).

pub mod entropy;
pub mod interface;
pub mod namespace;
mod netlink;
mod request;
mod tap;
mod wake_up;

use std::io;
use std::os::fd::BorrowedFd;

use berkeley::{Errno, Error, ErrorKind, Instant, Readiness};

use crate::sys::PollDescriptor;
use crate::wait;

pub use tap::Tap;
pub use wake_up::WakeUp;

/// Waits until one of the descriptors is readable, closed or broken, and says whether one is;
/// `false` when the deadline has passed first. No deadline waits for ever. A signal does not end
/// the wait.
///
/// # Errors
///
/// `EINVAL` for more descriptors than a process may have, `ENOMEM`. Source: `ppoll(2)`.
pub fn wait_readable(
    descriptors: &[BorrowedFd<'_>],
    deadline: Option<Instant>,
) -> io::Result<bool> {
    wait::with_room(descriptors.len(), |waiting| {
        for (entry, descriptor) in waiting.iter_mut().zip(descriptors) {
            *entry = PollDescriptor::new(*descriptor, Readiness::READABLE);
        }
        loop {
            match wait::poll_until(waiting, deadline) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                outcome => return outcome.map(|count| count > 0),
            }
        }
    })
    .map_err(to_host_error)
}

/// The standard library's error with the same number.
fn to_host_error(error: Error) -> io::Error {
    error.errno().map(Errno::raw).map_or_else(|| error.into(), io::Error::from_raw_os_error)
}
