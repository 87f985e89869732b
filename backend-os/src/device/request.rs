//! The one call about interfaces by name.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use libc::{c_char, ifreq};

/// What can be asked about an interface with a `struct ifreq`. Source: `netdevice(7)`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Request {
    /// Makes a device of this descriptor; its name comes back.
    Attach,
    /// Answers the flags.
    Flags,
    /// Sets the flags.
    SetFlags,
    /// Answers the number.
    Index,
}

impl Request {
    fn number(self) -> libc::Ioctl {
        match self {
            Request::Attach => libc::TUNSETIFF,
            Request::Flags => libc::SIOCGIFFLAGS as libc::Ioctl,
            Request::SetFlags => libc::SIOCSIFFLAGS as libc::Ioctl,
            Request::Index => libc::SIOCGIFINDEX as libc::Ioctl,
        }
    }

    /// Asks.
    pub(super) fn ask(self, descriptor: BorrowedFd<'_>, question: &mut ifreq) -> io::Result<()> {
        // SAFETY: every request of this type reads and writes one `ifreq`, in which none of them
        // follows a pointer; `question` is one, and lives until after the call.
        let answer = unsafe {
            libc::ioctl(descriptor.as_raw_fd(), self.number(), std::ptr::from_mut(question))
        };
        if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

/// A question about the interface of this name, with nothing filled in but the name.
///
/// # Errors
///
/// `EINVAL` for a name with more than 15 bytes or a NUL: the host would cut it.
pub(super) fn question_about(name: &str) -> io::Result<ifreq> {
    let mut ifr_name = [0; libc::IFNAMSIZ];
    if name.len() >= ifr_name.len() || name.bytes().any(|byte| byte == 0) {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    }
    for (to, from) in ifr_name.iter_mut().zip(name.bytes()) {
        *to = from as c_char;
    }
    // The widest fields are set, so that no byte of the union that is read is left out.
    let ifr_ifru = libc::__c_anonymous_ifr_ifru { ifru_map: EMPTY_MAP };
    Ok(ifreq { ifr_name, ifr_ifru })
}

/// A field as long as the union, all zeros.
const EMPTY_MAP: libc::__c_anonymous_ifru_map = libc::__c_anonymous_ifru_map {
    mem_start: 0,
    mem_end: 0,
    base_addr: 0,
    irq: 0,
    dma: 0,
    port: 0,
};

/// The name in an answer.
pub(super) fn name_in(answer: &ifreq) -> String {
    let bytes = answer.ifr_name.iter().map(|byte| *byte as u8).take_while(|byte| *byte != 0);
    String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned()
}
