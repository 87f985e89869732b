//! Signals and threads of our own.

use std::mem::MaybeUninit;
use std::ptr;

/// Keeps signals away from the calling thread, so that they go to the program's own. Sources:
/// `sigfillset(3)`, `pthread_sigmask(3)`.
pub(crate) fn block_signals() {
    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: the call writes the set that the pointer leads to, and fails only for a null pointer.
    unsafe { libc::sigfillset(all.as_mut_ptr()) };
    // SAFETY: the set was initialised by the call above and may be read; a null pointer says that
    // nobody asks for the earlier mask.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), ptr::null_mut()) };
}
