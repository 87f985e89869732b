//! What TAP and TUN devices have in common: a descriptor of `/dev/net/tun` with an interface behind
//! it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;

use super::request::{Request, name_in, question_about};

/// The descriptor, and the interface's name.
#[derive(Debug)]
pub(super) struct Attached {
    file: File,
    name: String,
}

impl Attached {
    /// Makes an interface of this kind, `IFF_TAP` or `IFF_TUN`, or takes one over.
    pub(super) fn open(name: &str, kind: libc::c_int) -> io::Result<Attached> {
        let mut question = question_about(name)?;
        question.ifr_ifru.ifru_flags = (kind | libc::IFF_NO_PI) as libc::c_short;
        // The standard library opens for this process only (`O_CLOEXEC`).
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NONBLOCK)
            .open("/dev/net/tun")?;
        Request::Attach.ask(file.as_fd(), &mut question)?;
        Ok(Attached { file, name: name_in(&question) })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn read(&self, frame: &mut [u8]) -> io::Result<Option<usize>> {
        unless_it_would_block((&self.file).read(frame))
    }

    pub(super) fn write(&self, frame: &[u8]) -> io::Result<Option<usize>> {
        unless_it_would_block((&self.file).write(frame))
    }
}

impl AsFd for Attached {
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
