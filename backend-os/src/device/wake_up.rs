//! Interrupting a thread that waits for descriptors.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd};

/// A descriptor that any thread can make readable. Source: `eventfd(2)`.
///
/// A signal before the wait ends the wait as well, so none is lost. Many signals are one.
///
/// ```
/// use berkeley_os::device::{WakeUp, wait_readable};
/// use std::os::fd::AsFd;
///
/// # fn main() -> std::io::Result<()> {
/// let wake_up = WakeUp::new()?;
/// std::thread::scope(|scope| {
///     scope.spawn(|| wake_up.signal());
///     wait_readable(&[wake_up.as_fd()], None)
/// })?;
/// wake_up.drain();
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct WakeUp {
    counter: File,
}

impl WakeUp {
    /// A wake-up that nobody has signalled.
    ///
    /// # Errors
    ///
    /// `EMFILE` when no descriptor is left, `ENOMEM`. Source: `eventfd(2)`.
    pub fn new() -> io::Result<WakeUp> {
        // SAFETY: the call takes numbers only.
        let descriptor = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if descriptor < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the call just made the descriptor: it is open, and nobody else knows it.
        let descriptor = unsafe { OwnedFd::from_raw_fd(descriptor) };
        Ok(WakeUp { counter: File::from(descriptor) })
    }

    /// Makes the descriptor readable, from any thread.
    pub fn signal(&self) {
        // It fails only when the counter is at its end: then the descriptor is readable already.
        let _ = (&self.counter).write(&1u64.to_ne_bytes());
    }

    /// Makes the descriptor unreadable until the next signal.
    pub fn drain(&self) {
        // It fails only when there was no signal: then the descriptor is not readable.
        let _ = (&self.counter).read(&mut [0; 8]);
    }
}

impl AsFd for WakeUp {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.counter.as_fd()
    }
}
