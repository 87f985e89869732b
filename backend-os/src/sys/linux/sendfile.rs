//! Sending a file without a way through the program's memory.

use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;

use berkeley::{Errno, Error};

use super::error;

/// Sends at most `count` bytes of a file from `offset` on; 0 is its end. A broken connection raises
/// no signal. Source: `sendfile(2)`.
///
/// The call has no flag for that, so that the signal is kept away for as long as it lasts, and
/// taken from the thread should it have come from it.
pub(crate) fn sendfile(
    socket: BorrowedFd<'_>,
    file: BorrowedFd<'_>,
    offset: u64,
    count: usize,
) -> Result<usize, Error> {
    let mut offset = libc::off64_t::try_from(offset).map_err(|_| Error::OVERFLOW)?;
    let guard = BrokenPipe::block();
    // SAFETY: `offset` may be read and written and the borrow lasts longer than the call, which
    // else takes numbers.
    let answer =
        unsafe { libc::sendfile64(socket.as_raw_fd(), file.as_raw_fd(), &raw mut offset, count) };
    let sent = error::checked_size(answer);
    guard.restore(sent.is_err_and(|error| error.is(Errno::EPIPE)));
    sent
}

/// The signal of a broken pipe, blocked on this thread.
struct BrokenPipe {
    signal: libc::sigset_t,
    before: libc::sigset_t,
    was_pending: bool,
}

impl BrokenPipe {
    fn block() -> BrokenPipe {
        let mut signal = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: the call writes the set that the pointer leads to.
        unsafe { libc::sigemptyset(signal.as_mut_ptr()) };
        // SAFETY: the call above has initialised the set; the call only fails for a number that is
        // no signal.
        unsafe { libc::sigaddset(signal.as_mut_ptr(), libc::SIGPIPE) };
        // SAFETY: as before.
        let signal = unsafe { signal.assume_init() };
        let mut pending = signal;
        // SAFETY: the set may be written; whatever it holds is a value of it.
        unsafe { libc::sigpending(&raw mut pending) };
        // SAFETY: the set may be read, and was initialised.
        let was_pending = unsafe { libc::sigismember(&raw const pending, libc::SIGPIPE) } == 1;
        let mut before = signal;
        // SAFETY: one set may be read and the other one written; the call fails for no other
        // reason.
        unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const signal, &raw mut before) };
        BrokenPipe { signal, before, was_pending }
    }

    /// Puts everything back. A signal that is there because of us is taken first.
    fn restore(self, raised: bool) {
        if raised && !self.was_pending {
            let no_time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
            // SAFETY: the set and the time may be read; a null pointer says that nobody asks where
            // the signal is from. When there is none, because it is ignored, the call says so at
            // once.
            unsafe {
                libc::sigtimedwait(&raw const self.signal, ptr::null_mut(), &raw const no_time)
            };
        }
        // SAFETY: the set may be read; a null pointer says that nobody asks for the mask before.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, ptr::null_mut())
        };
    }
}
