//! An Ethernet interface whose other end is this process.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use super::PacketInterface;
use super::attached::Attached;

/// A TAP device: frames that the host sends through the interface are read here, and frames that
/// are written here the host receives through it. Source: the kernel's `tuntap` documentation.
///
/// A device that this made vanishes with it. Reading fails with `EBADFD` when the interface has been
/// removed; writing with `EIO` while it is not up, and with `EINVAL` for less than an Ethernet header.
#[derive(Debug)]
pub struct Tap(Attached);

impl Tap {
    /// Makes the interface of this name, or takes it over when it exists as a persistent one. In
    /// `"tap%d"` the host chooses the number, and with `""` all of the name.
    ///
    /// It is not up and has no address yet: see [`interface`](super::interface).
    ///
    /// # Errors
    ///
    /// `ENOENT` without the device `/dev/net/tun`, `EPERM` without the privilege `CAP_NET_ADMIN`,
    /// `EBUSY` for a name that is in use, `EINVAL` for one that is too long or belongs to another
    /// kind of interface.
    pub fn open(name: &str) -> io::Result<Tap> {
        Attached::open(name, libc::IFF_TAP).map(Tap)
    }

    /// The name that the interface has.
    pub fn name(&self) -> &str {
        self.0.name()
    }
}

impl PacketInterface for Tap {
    fn read(&self, frame: &mut [u8]) -> io::Result<Option<usize>> {
        self.0.read(frame)
    }

    fn write(&self, frame: &[u8]) -> io::Result<Option<usize>> {
        self.0.write(frame)
    }
}

impl AsFd for Tap {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
