//! Calls that wait, and what a socket says it is ready for.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use berkeley::{
    Backend, Errno, Error, ErrorKind, MessageFlags, Patience, PollEntry, Readiness, options,
};
use berkeley_smoltcp::Handle;

use super::{Program, chosen};
use crate::stack::input::Input;

impl<B: Backend<Handle = Handle>> Program<B> {
    fn duration(&self, input: &mut Input<'_>) -> Duration {
        let milliseconds = input.one_of(&[0, 1, 10, 50, 1000, 5000, 30_000, 600_000]);
        Duration::from_millis(milliseconds).min(self.longest_wait)
    }

    pub(super) fn wait(&mut self, input: &mut Input<'_>) {
        let (first, second) = (input.byte(), input.byte());
        let interest = Readiness(u16::from(input.byte() & 0x3F));
        let (begin, duration) = (self.backend.now(), self.duration(input));
        let deadline = begin + duration;
        let chosen = [first, second].map(|choice| {
            usize::from(choice).checked_rem(self.held.len()).map(|index| &self.held[index].0)
        });
        let mut entries: Vec<_> =
            chosen.into_iter().flatten().map(|handle| PollEntry::new(handle, interest)).collect();
        let found = self.backend.wait(&mut entries, Some(deadline)).expect("no signals");
        let now = self.backend.now();
        let ready = entries.iter().filter(|entry| !entry.ready.is_empty()).count();
        assert_eq!(found, ready, "{entries:?}");
        if found == 0 {
            assert_eq!(now, deadline, "too early or too late, from {begin:?}: {entries:?}");
        }
        assert!(now <= deadline, "too late, from {begin:?}: {entries:?}");
    }

    pub(super) fn poll_wait(&mut self, input: &mut Input<'_>) {
        let choice = self.choose(input);
        let interest = Readiness(u16::from(input.byte() & 0x3F));
        let deadline = self.backend.now() + self.duration(input);
        let mut entries: Vec<_> =
            choice.into_iter().map(|(handle, _)| PollEntry::new(handle, interest)).collect();
        let mut context = Context::from_waker(Waker::noop());
        let answer = self.backend.poll_wait(&mut context, &mut entries, Some(deadline));
        match answer {
            Poll::Ready(Ok(0)) => assert!(self.backend.now() >= deadline, "{entries:?}"),
            Poll::Ready(Ok(count)) => assert_eq!(count, entries.len(), "{entries:?}"),
            Poll::Ready(Err(error)) => assert!(error.is(Errno::ENOBUFS), "{error:?}"),
            Poll::Pending => {}
        }
    }

    /// What a socket says it is ready for is what it does, and what it does it is ready for.
    pub(super) fn look(&mut self, input: &mut Input<'_>) {
        if !self.alone {
            return;
        }
        let Some((handle, account)) = chosen(&self.held, input) else { return };
        let both = Readiness::READABLE | Readiness::WRITABLE;
        let mut entries = [PollEntry::new(handle, both)];
        self.backend.wait(&mut entries, Some(self.backend.now())).expect("no signals");
        let ready = entries[0].ready;
        let is_listener = self.is(handle, options::SO_ACCEPTCONN, 1);
        let would_block =
            |error: &Error| error.kind() == ErrorKind::WouldBlock && !error.is(Errno::EALREADY);
        if is_listener {
            return;
        }
        let mut buffer = [0];
        let peek = MessageFlags::PEEK;
        let answer = self.backend.recvfrom(handle, &mut buffer, peek, Patience::Never);
        let blocks = answer.as_ref().is_err_and(would_block);
        let readable = ready.contains(Readiness::READABLE);
        assert!(!(readable && blocks), "not readable: {ready:?}, {answer:?}");
        assert!(readable || answer.is_err(), "readable: {ready:?}, {answer:?}");
        if !self.accounts[account].is_stream {
            return;
        }
        let count = answer.map(|(count, _)| count);
        self.accounts[account].has_received(1, peek, &count, &buffer);
        let data = self.accounts[account].next_data(1);
        let answer = self.backend.send(handle, &data, MessageFlags::NONE, Patience::Never);
        let writable = ready.contains(Readiness::WRITABLE);
        let blocks = answer.as_ref().is_err_and(would_block);
        assert!(!(writable && blocks), "not writable: {ready:?}, {answer:?}");
        assert!(writable || answer.is_err(), "writable: {ready:?}, {answer:?}");
        self.accounts[account].has_sent(1, &answer);
    }
}
