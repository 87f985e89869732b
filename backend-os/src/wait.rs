//! Waiting for sockets by blocking the caller.

use berkeley::{Errno, Error, Instant, PollEntry, Readiness};

use crate::OsHandle;
use crate::sys::{self, PollDescriptor};

/// As many sockets are waited for without memory from the heap.
const FEW: usize = 16;

/// Waits until an entry is ready or the deadline has passed, and says how many are ready.
pub(crate) fn wait(
    entries: &mut [PollEntry<'_, OsHandle>],
    deadline: Option<Instant>,
) -> Result<usize, Error> {
    if let [entry] = entries {
        return wait_for_one(entry, deadline);
    }
    with_room(entries.len(), |descriptors| {
        let mut deadline = deadline;
        for (descriptor, entry) in descriptors.iter_mut().zip(&*entries) {
            match entry.handle.as_fd() {
                Some(open) => *descriptor = PollDescriptor::new(open, entry.interest),
                // The kernel passes over an entry without a descriptor. It is ready at once.
                None => deadline = Some(Instant::ZERO),
            }
        }
        poll_until(descriptors, deadline)?;
        let mut count = 0;
        for (entry, descriptor) in entries.iter_mut().zip(&*descriptors) {
            let is_open = entry.handle.as_fd().is_some();
            entry.ready = if is_open { descriptor.ready() } else { Readiness::INVALID };
            count += usize::from(!entry.ready.is_empty());
        }
        Ok(count)
    })
}

/// [`wait`] for one socket, as every operation on it does: without room for others.
fn wait_for_one(
    entry: &mut PollEntry<'_, OsHandle>,
    deadline: Option<Instant>,
) -> Result<usize, Error> {
    entry.ready = match entry.handle.as_fd() {
        Some(open) => {
            let mut descriptors = [PollDescriptor::new(open, entry.interest)];
            poll_until(&mut descriptors, deadline)?;
            descriptors[0].ready()
        }
        None => Readiness::INVALID,
    };
    Ok(usize::from(!entry.ready.is_empty()))
}

/// What one socket is ready for now.
pub(crate) fn look(handle: &OsHandle, interest: Readiness) -> Result<Readiness, Error> {
    let mut entries = [PollEntry::new(handle, interest)];
    wait(&mut entries, Some(Instant::ZERO))?;
    Ok(entries[0].ready)
}

/// Runs `run` with that many descriptors to fill in.
pub(crate) fn with_room<'a, T>(
    count: usize,
    run: impl FnOnce(&mut [PollDescriptor<'a>]) -> Result<T, Error>,
) -> Result<T, Error> {
    if count <= FEW {
        return run(&mut [const { PollDescriptor::NONE }; FEW][..count]);
    }
    let mut descriptors = Vec::new();
    descriptors.try_reserve_exact(count).map_err(|_| Error::from_errno(Errno::ENOMEM))?;
    descriptors.resize_with(count, || PollDescriptor::NONE);
    run(&mut descriptors)
}

/// Waits until a descriptor is ready or the deadline has passed, never less.
pub(crate) fn poll_until(
    descriptors: &mut [PollDescriptor<'_>],
    deadline: Option<Instant>,
) -> Result<usize, Error> {
    loop {
        let count = sys::poll(descriptors, deadline)?;
        // A wait without a result may have ended too early: where the host's type for times is
        // short, a long one is waited for in parts.
        if count > 0 || deadline.is_some_and(is_over) {
            return Ok(count);
        }
    }
}

/// Whether the deadline has passed.
pub(crate) fn is_over(deadline: Instant) -> bool {
    // "Do not wait" needs no clock.
    deadline == Instant::ZERO || deadline <= sys::now()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_wait_never_ends_before_its_deadline() {
        // A short one is exact. A long one is waited for in whole milliseconds, and then the rest.
        for time in [Duration::from_micros(300), Duration::from_micros(1_000_900)] {
            let deadline = sys::now() + time;
            assert_eq!(poll_until(&mut [PollDescriptor::NONE], Some(deadline)), Ok(0));
            assert!(sys::now() >= deadline, "{time:?}");
        }
    }
}
