//! The lock around a stack that a task of a higher priority may interrupt: a critical section.
//!
//! It is held for one step of the stack at a time; so long interrupts are late.

use core::cell::RefCell;

use berkeley::Error;
use berkeley_smoltcp::lock::{Lock, LockFamily};
use critical_section::Mutex;

/// The lock of stacks that tasks of several priorities call.
pub(crate) struct Masked;

impl LockFamily for Masked {
    type Lock<T> = MaskedLock<T>;
}

/// A value that is used with interrupts masked.
pub(crate) struct MaskedLock<T>(Mutex<RefCell<T>>);

impl<T> Lock<T> for MaskedLock<T> {
    fn new(value: T) -> MaskedLock<T> {
        MaskedLock(Mutex::new(RefCell::new(value)))
    }

    fn with<R>(&self, action: impl FnOnce(&mut T) -> R) -> Result<R, Error> {
        critical_section::with(|section| self.0.borrow(section).with(action))
    }
}
