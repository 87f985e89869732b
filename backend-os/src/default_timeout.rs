//! The timeout that new sockets start with: one per process, as in Python.

use std::sync::{PoisonError, RwLock};

use berkeley::Timeout;

static DEFAULT: RwLock<Timeout> = RwLock::new(Timeout::Blocking);

/// The current value.
pub(crate) fn get() -> Timeout {
    // A panic cannot leave half a value behind: assigning is all that happens under the lock.
    *DEFAULT.read().unwrap_or_else(PoisonError::into_inner)
}

/// Sets the value for sockets that are made from now on.
pub(crate) fn set(timeout: Timeout) {
    *DEFAULT.write().unwrap_or_else(PoisonError::into_inner) = timeout;
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use berkeley::Backend;

    use super::*;
    use crate::Os;

    /// The only test of this process that looks at the value, which all threads share.
    #[test]
    fn there_is_one_value_and_it_is_kept_exactly() {
        assert_eq!(get(), Timeout::Blocking);
        for timeout in [
            Timeout::NonBlocking,
            Timeout::After(Duration::MAX),
            Timeout::After(Duration::new(1, 1)),
        ] {
            Os.set_default_timeout(timeout);
            assert_eq!(std::thread::spawn(|| Os.default_timeout()).join().unwrap(), timeout);
        }
        set(Timeout::Blocking);
    }
}
