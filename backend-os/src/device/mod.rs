//! Packet devices of the host, for a userspace stack that runs in a process.
//!
//! Three kinds of [`PacketInterface`] are there: [`Tap`] is an Ethernet interface whose other end is
//! this process, [`Tun`] one of IP packets, [`PacketSocket`] one that the host has already. [`WakeUp`]
//! interrupts a thread that waits for frames in [`wait_readable`]. [`interface`] gives such an interface its addresses
//! without any tool of the host, and [`namespace`] gives the process a network of its own, so that
//! nothing of the host's is touched.
//!
//! TAP and TUN devices need the privilege `CAP_NET_ADMIN`, PACKET sockets `CAP_NET_RAW`. They pass plain
//! frames: offloads of checksums
//! and segmentation (the virtio-net header) are not used.
//!
//! Deadlines are on the clock of [`Os`](crate::Os). Errors are the standard library's, with the
//! host's number in [`raw_os_error`](std::io::Error::raw_os_error).

mod attached;
pub mod entropy;
pub mod interface;
pub mod namespace;
mod netlink;
mod packet_socket;
mod request;
mod tap;
mod tun;
mod wake_up;

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use berkeley::{Errno, Error, ErrorKind, Instant, Readiness};

use crate::sys::PollDescriptor;
use crate::wait;

pub use packet_socket::PacketSocket;
pub use tap::Tap;
pub use tun::Tun;
pub use wake_up::WakeUp;

/// An interface of the host whose frames, or IP packets, this process reads and writes. It never
/// waits: [`wait_readable`] does.
pub trait PacketInterface: AsFd {
    /// Reads the next frame and says how long it is; `None` when there is none. What does not fit
    /// the buffer is lost: 14 bytes more than the interface's MTU hold every frame.
    ///
    /// # Errors
    ///
    /// The host's, such as that the interface has been removed.
    fn read(&self, frame: &mut [u8]) -> io::Result<Option<usize>>;

    /// Writes a frame; `None` when the host has no room for it now.
    ///
    /// # Errors
    ///
    /// The host's, such as that the interface is not up, or a frame that is none.
    fn write(&self, frame: &[u8]) -> io::Result<Option<usize>>;
}

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
