//! The lock around a stack, chosen by who shares it.
//!
//! A stack is one value behind one lock. On a single thread the lock is a [`RefCell`] that turns
//! re-entry into an error; with threads it is a mutex; an RTOS brings its own by implementing
//! [`LockFamily`] in safe Rust. Interrupt handlers never take it: they only
//! [`kick`](crate::Platform::kick).

use core::cell::RefCell;

use berkeley::Error;

/// A lock around a `T`.
pub trait Lock<T> {
    /// The lock around `value`.
    fn new(value: T) -> Self;

    /// Runs `action` with the value. Never held while asleep.
    ///
    /// # Errors
    ///
    /// [`Error::REENTERED`] when the caller holds the lock already and the lock can tell.
    fn with<R>(&self, action: impl FnOnce(&mut T) -> R) -> Result<R, Error>;
}

/// A kind of lock, for any value.
pub trait LockFamily {
    /// The lock around a `T`.
    type Lock<T>: Lock<T>;
}

/// For one thread: re-entry is an error, not a panic.
#[derive(Clone, Copy, Debug)]
pub struct SingleThread;

impl LockFamily for SingleThread {
    type Lock<T> = RefCell<T>;
}

impl<T> Lock<T> for RefCell<T> {
    fn new(value: T) -> RefCell<T> {
        RefCell::new(value)
    }

    fn with<R>(&self, action: impl FnOnce(&mut T) -> R) -> Result<R, Error> {
        let mut value = self.try_borrow_mut().map_err(|_| Error::REENTERED)?;
        Ok(action(&mut value))
    }
}

/// For the threads of an operating system.
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug)]
pub struct Threads;

#[cfg(feature = "std")]
mod threads {
    extern crate std;
    use std::sync::{Mutex, PoisonError};

    use super::{Error, Lock, LockFamily, Threads};

    impl LockFamily for Threads {
        type Lock<T> = Mutex<T>;
    }

    impl<T> Lock<T> for Mutex<T> {
        fn new(value: T) -> Mutex<T> {
            Mutex::new(value)
        }

        fn with<R>(&self, action: impl FnOnce(&mut T) -> R) -> Result<R, Error> {
            // A panic inside is a defect of this crate; the tables are valid after every step.
            let mut value = self.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(action(&mut value))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reentry_is_an_error() {
        let lock = <RefCell<u8> as Lock<u8>>::new(1);
        assert_eq!(lock.with(|_| lock.with(|_| ())), Ok(Err(Error::REENTERED)));
        assert_eq!(lock.with(|value| *value), Ok(1));
    }
}
