//! A network of its own for the process, or for a thread.

use std::fs;
use std::io;

use super::interface;

/// Gives the process a new, empty network: only the loopback interface, which is set up. Sockets
/// that are open already stay in the old one. The network vanishes with the last process and
/// socket in it.
///
/// It is for a process that has one thread, such as a test runner that has just executed itself
/// again: the kernel would move the calling thread only, and leave the others where they are.
///
/// # Errors
///
/// `EBUSY` when the process has more than one thread, `EPERM` without the privilege
/// `CAP_SYS_ADMIN`, `EINVAL` on a kernel without network namespaces. Source: `CLONE_NEWNET` in
/// `unshare(2)`.
pub fn enter_new() -> io::Result<()> {
    // A directory for each thread. Source: `proc(5)`.
    if fs::read_dir("/proc/self/task")?.count() != 1 {
        return Err(io::Error::from_raw_os_error(libc::EBUSY));
    }
    enter_new_as_thread()
}

/// Gives the calling thread, and all that it starts from now on, a new, empty network, as
/// [`enter_new`] does for a process.
///
/// # Errors
///
/// `EPERM` without the privilege `CAP_SYS_ADMIN`, `EINVAL` on a kernel without network namespaces.
/// Source: `CLONE_NEWNET` in `unshare(2)`.
pub fn enter_new_as_thread() -> io::Result<()> {
    // SAFETY: the call takes a number only; it changes which network later calls of this thread
    // see, and no memory.
    if unsafe { libc::unshare(libc::CLONE_NEWNET) } < 0 {
        return Err(io::Error::last_os_error());
    }
    interface::set_up("lo")
}
