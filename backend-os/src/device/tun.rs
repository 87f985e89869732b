//! A point-to-point interface of IP packets whose other end is this process.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use super::PacketInterface;
use super::attached::Attached;

/// A TUN device: as [`Tap`](super::Tap), but what is read and written are IP packets, without a header
/// of any link. What is neither IPv4 nor IPv6 cannot be written (`EINVAL`).
#[derive(Debug)]
pub struct Tun(Attached);

impl Tun {
    /// Makes the interface of this name, or takes it over, as [`Tap::open`](super::Tap::open) does.
    ///
    /// # Errors
    ///
    /// Those of [`Tap::open`](super::Tap::open).
    pub fn open(name: &str) -> io::Result<Tun> {
        Attached::open(name, libc::IFF_TUN).map(Tun)
    }

    /// The name that the interface has.
    pub fn name(&self) -> &str {
        self.0.name()
    }
}

impl PacketInterface for Tun {
    fn read(&self, packet: &mut [u8]) -> io::Result<Option<usize>> {
        self.0.read(packet)
    }

    fn write(&self, packet: &[u8]) -> io::Result<Option<usize>> {
        self.0.write(packet)
    }
}

impl AsFd for Tun {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
