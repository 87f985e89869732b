//! An Ethernet interface whose other end is this process.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;

use super::request::{Request, name_in, question_about};

/// A TAP device: frames that the host sends through the interface are read here, and frames that
/// are written here the host receives through it. Source: the kernel's `tuntap` documentation.
///
/// It never waits: [`wait_readable`](super::wait_readable) does. A device that this made vanishes
/// with it.
#[derive(Debug)]
pub struct Tap {
    file: File,
    name: String,
}

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
        let mut question = question_about(name)?;
        question.ifr_ifru.ifru_flags = (libc::IFF_TAP | libc::IFF_NO_PI) as libc::c_short;
        // The standard library opens for this process only (`O_CLOEXEC`).
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NONBLOCK)
            .open("/dev/net/tun")?;
        Request::Attach.ask(file.as_fd(), &mut question)?;
        Ok(Tap { file, name: name_in(&question) })
    }

    /// The name that the interface has.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads the next frame and says how long it is; `None` when there is none. What does not fit
    /// the buffer is lost: 14 bytes more than the interface's MTU hold every frame.
    ///
    /// # Errors
    ///
    /// `EBADFD` when the interface has been removed. Source: `read(2)`.
    pub fn read(&self, frame: &mut [u8]) -> io::Result<Option<usize>> {
        unless_it_would_block((&self.file).read(frame))
    }

    /// Writes a frame; `None` when the host has no room for it now.
    ///
    /// # Errors
    ///
    /// `EIO` while the interface is not up, `EINVAL` for less than an Ethernet header. Source:
    /// `write(2)`.
    pub fn write(&self, frame: &[u8]) -> io::Result<Option<usize>> {
        unless_it_would_block((&self.file).write(frame))
    }
}

impl AsFd for Tap {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

fn unless_it_would_block(outcome: io::Result<usize>) -> io::Result<Option<usize>> {
    match outcome {
        Ok(count) => Ok(Some(count)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}
