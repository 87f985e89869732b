//! The connections of a listener, one after the other.

use core::fmt;
use core::iter::FusedIterator;

use crate::{Backend, Error, Socket};

/// What [`Socket::incoming`] gives: [`Socket::accept`] without the peers' addresses, for ever.
pub struct Incoming<'a, B: Backend + Clone> {
    listener: &'a Socket<B>,
}

impl<B: Backend + Clone> Socket<B> {
    /// The connections of this listener, as an iterator that never ends: each step is an
    /// [`accept`](Socket::accept), whose errors are items.
    ///
    /// An error is not the end, and one that stays comes with every step: a loop over a listener
    /// should leave at errors that it does not expect.
    pub fn incoming(&self) -> Incoming<'_, B> {
        Incoming { listener: self }
    }
}

impl<B: Backend + Clone> Iterator for Incoming<'_, B> {
    type Item = Result<Socket<B>, Error>;

    fn next(&mut self) -> Option<Result<Socket<B>, Error>> {
        Some(self.listener.accept().map(|(socket, _peer)| socket))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, None)
    }
}

impl<B: Backend + Clone> FusedIterator for Incoming<'_, B> {}

impl<B: Backend + Clone> fmt::Debug for Incoming<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").field("listener", &self.listener).finish()
    }
}
