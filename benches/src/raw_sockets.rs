//! The C library's calls for sockets, under safe signatures and with nothing between.
#![allow(unsafe_code)]

use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use crate::one_byte::Exchange;

/// An open socket, used by `send(2)` and `recv(2)` alone.
#[derive(Debug)]
pub struct Raw(pub OwnedFd);

impl Exchange for Raw {
    #[inline]
    fn send(&self, byte: &[u8; 1]) -> bool {
        // SAFETY: one byte may be read from `byte`, which is borrowed for longer than the call.
        let sent = unsafe {
            libc::send(self.0.as_raw_fd(), byte.as_ptr().cast(), byte.len(), libc::MSG_NOSIGNAL)
        };
        sent == 1
    }

    #[inline]
    fn recv(&self, byte: &mut [u8; 1]) -> bool {
        // SAFETY: one byte may be written to `byte`, which is borrowed for longer than the call.
        let received =
            unsafe { libc::recv(self.0.as_raw_fd(), byte.as_mut_ptr().cast(), byte.len(), 0) };
        received == 1
    }
}

/// The same socket in the way that a timed receive goes: it is tried, and waited for when nothing is
/// there. Without what makes it a library: no clock is read, and a false alarm is an error.
#[derive(Debug)]
pub struct RawTimed(pub Raw, pub Duration);

impl Exchange for RawTimed {
    #[inline]
    fn send(&self, byte: &[u8; 1]) -> bool {
        self.0.send(byte)
    }

    #[inline]
    fn recv(&self, byte: &mut [u8; 1]) -> bool {
        self.0.recv_now(byte) || (self.0.readable_within(self.1) && self.0.recv_now(byte))
    }
}

impl Raw {
    #[inline]
    fn recv_now(&self, byte: &mut [u8; 1]) -> bool {
        let flags = libc::MSG_DONTWAIT;
        // SAFETY: one byte may be written to `byte`, which is borrowed for longer than the call.
        let received =
            unsafe { libc::recv(self.0.as_raw_fd(), byte.as_mut_ptr().cast(), byte.len(), flags) };
        received == 1
    }

    /// Waits so long for something to receive, and says whether there is something: `ppoll(2)`.
    #[must_use]
    pub fn readable_within(&self, time: Duration) -> bool {
        let mut entry = libc::pollfd { fd: self.0.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let time = libc::timespec {
            tv_sec: libc::time_t::try_from(time.as_secs()).unwrap_or(libc::time_t::MAX),
            tv_nsec: libc::c_long::from(time.subsec_nanos().cast_signed()),
        };
        // SAFETY: `entry` is one `pollfd` that may be written, `time` may be read, both until after
        // the call; a null signal mask leaves the mask as it is.
        let ready = unsafe { libc::ppoll(&raw mut entry, 1, &raw const time, std::ptr::null()) };
        ready == 1
    }
}
