//! Waiting for descriptors that are registered beforehand, for the reactor.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use berkeley::{Errno, Error, Readiness};

use super::socket::own;
use super::{Timer, error};

/// As many events are taken from the kernel at once.
const AT_ONCE: usize = 64;

/// The key of the timer. Those of descriptors are smaller: they fit in 32 bits.
const TIMER: u64 = u64::MAX;

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Event {
    /// The time of the timer has come.
    Timer,
    /// Something happened at the descriptor with this number: at whatever was registered under it,
    /// which may have been closed since.
    Socket(RawFd, Readiness),
}

/// A set of registered descriptors. Source: `epoll(7)`.
#[derive(Debug)]
pub(crate) struct Selector {
    descriptor: OwnedFd,
}

impl Selector {
    /// An empty set. Source: `epoll_create1(2)`.
    pub(crate) fn new() -> Result<Selector, Error> {
        // SAFETY: the call takes a number only.
        let answer = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        // SAFETY: this is the answer of the call that makes a descriptor, and it is used only here.
        let descriptor = unsafe { own(answer) }?;
        Ok(Selector { descriptor })
    }

    /// Registers a descriptor for one event, or changes what it is registered for. Also reports
    /// what has happened already. Source: `epoll_ctl(2)`.
    ///
    /// The kernel forgets a registration when the last descriptor of the socket is closed, so that
    /// a number that is used again may have one, or not.
    pub(crate) fn arm(&self, socket: BorrowedFd<'_>, interest: Readiness) -> Result<(), Error> {
        let events = u32::from(interest.0) | libc::EPOLLONESHOT as u32;
        match self.control(libc::EPOLL_CTL_MOD, socket.as_raw_fd(), events) {
            Err(error) if error.is(Errno::ENOENT) => {
                self.control(libc::EPOLL_CTL_ADD, socket.as_raw_fd(), events)
            }
            outcome => outcome,
        }
    }

    /// [`Selector::arm`] again, by number, for what is registered. A number that no longer has a
    /// registration is left alone, an error that nobody can be told.
    pub(crate) fn rearm(&self, number: RawFd, interest: Readiness) -> Result<(), Error> {
        let events = u32::from(interest.0) | libc::EPOLLONESHOT as u32;
        self.control(libc::EPOLL_CTL_MOD, number, events)
    }

    /// Registers the timer, for every time it comes.
    pub(crate) fn add_timer(&self, timer: &Timer) -> Result<(), Error> {
        let number = timer.as_fd().as_raw_fd();
        self.control_with_key(libc::EPOLL_CTL_ADD, number, libc::EPOLLIN as u32, TIMER)
    }

    /// Waits for events as long as it takes, and passes on each. Source: `epoll_wait(2)`.
    pub(crate) fn wait(&self, mut happened: impl FnMut(Event)) -> Result<(), Error> {
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; AT_ONCE];
        // SAFETY: `events` may be written for as many entries as its length says, and lives until
        // after the call.
        let answer = unsafe {
            libc::epoll_wait(
                self.descriptor.as_raw_fd(),
                events.as_mut_ptr(),
                AT_ONCE as libc::c_int,
                -1,
            )
        };
        let count = error::checked(answer)? as usize;
        for event in events.iter().take(count) {
            // Copied out: on some architectures the structure is packed.
            let (key, ready) = (event.u64, event.events);
            happened(match key {
                TIMER => Event::Timer,
                // The poll bits are the low ones; the key was made of such a number.
                number => Event::Socket(number as RawFd, Readiness(ready as u16)),
            });
        }
        Ok(())
    }

    fn control(&self, operation: libc::c_int, number: RawFd, events: u32) -> Result<(), Error> {
        self.control_with_key(operation, number, events, u64::from(number.cast_unsigned()))
    }

    fn control_with_key(
        &self,
        operation: libc::c_int,
        number: RawFd,
        events: u32,
        key: u64,
    ) -> Result<(), Error> {
        let mut event = libc::epoll_event { events, u64: key };
        // SAFETY: `event` may be read, and lives until after the call. Whatever the number refers
        // to, the set keeps no more than a registration, which the kernel takes back by itself.
        let answer = unsafe {
            libc::epoll_ctl(self.descriptor.as_raw_fd(), operation, number, &raw mut event)
        };
        error::checked(answer).map(|_| ())
    }
}
