//! What the program wants when a signal has interrupted an operation.
//!
//! A signal's handler runs wherever the program happens to be, and may do next to nothing. So
//! interpreters and programs with an orderly end only take a note there, and look at it where it is
//! safe: that is here, before an interrupted operation is repeated. Source: PEP 475.

use std::sync::{PoisonError, RwLock};

use berkeley::Error;

/// What [`set_signal_check`] takes.
pub type SignalCheck = fn() -> Result<(), Error>;

static CHECK: RwLock<Option<SignalCheck>> = RwLock::new(None);

/// Sets what is called when a signal has interrupted an operation of any socket of the process, on
/// the thread of that operation; `None`, as in the beginning, calls nothing. The earlier one is
/// returned.
///
/// When it answers `Ok` the operation goes on, with what remains of its time. An error ends the
/// operation and is its outcome; [`connect_ex`](berkeley::Socket::connect_ex) answers with its number
/// where it has one. Where bytes had been moved already these are reported first: `send` says how
/// many, `sendall` says it beside the error.
///
/// It is also called between the parts of a long `sendall`, for a kernel that was interrupted may say
/// only that it has not sent everything. It may be called by several threads at once, and may use
/// sockets itself.
///
/// A signal interrupts only the thread that it is delivered to, and only when its handler was
/// installed without `SA_RESTART`, or the call is one that is never restarted. Sources: `signal(7)`,
/// `sigaction(2)`.
///
/// ```
/// use std::sync::atomic::{AtomicBool, Ordering};
///
/// use berkeley::{Errno, Error};
///
/// /// Set by the handler of SIGINT.
/// static STOP: AtomicBool = AtomicBool::new(false);
///
/// berkeley_os::set_signal_check(Some(|| match STOP.load(Ordering::Relaxed) {
///     true => Err(Error::from(Errno::ECANCELED)),
///     false => Ok(()),
/// }));
/// ```
pub fn set_signal_check(check: Option<SignalCheck>) -> Option<SignalCheck> {
    // A panic cannot leave half a value behind: assigning is all that happens under the lock.
    std::mem::replace(&mut *CHECK.write().unwrap_or_else(PoisonError::into_inner), check)
}

/// Calls the program's check, without holding the lock.
pub(crate) fn run() -> Result<(), Error> {
    let check = *CHECK.read().unwrap_or_else(PoisonError::into_inner);
    check.map_or(Ok(()), |check| check())
}
