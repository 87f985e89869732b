//! A lock for what several threads share, or a thread and interrupt handlers: nobody interrupts who
//! has it.

use core::cell::RefCell;

use berkeley::Error;
use berkeley_smoltcp::lock::{Lock, LockFamily};
use critical_section::Mutex;

/// Interrupts are masked while the lock is held.
#[derive(Clone, Copy, Debug)]
pub struct Uninterrupted;

impl LockFamily for Uninterrupted {
    type Lock<T> = UninterruptedLock<T>;
}

/// The lock of [`Uninterrupted`].
pub struct UninterruptedLock<T>(Mutex<RefCell<T>>);

impl<T> Lock<T> for UninterruptedLock<T> {
    fn new(value: T) -> UninterruptedLock<T> {
        UninterruptedLock(Mutex::new(RefCell::new(value)))
    }

    fn with<R>(&self, action: impl FnOnce(&mut T) -> R) -> Result<R, Error> {
        critical_section::with(|section| {
            let mut value =
                self.0.borrow(section).try_borrow_mut().map_err(|_| Error::REENTERED)?;
            Ok(action(&mut value))
        })
    }
}
