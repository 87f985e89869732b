//! Which buffers a connection gets, where a stack has several sizes of them.

use crate::tcp::slot::Slot;

/// The sizes of receive and send buffers that connections can have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Sizes {
    /// The smallest receive buffer: what a handshake may promise before it is known which it will be.
    pub(super) smallest_receive: usize,
    /// The largest pair, as a socket without a connection reports them.
    pub(super) largest: (usize, usize),
    smallest: (usize, usize),
}

impl Sizes {
    pub(super) fn of(slots: &[Slot<'_>]) -> Sizes {
        let sum = |(receive, send): (usize, usize)| receive + send;
        let mut all = Sizes { smallest_receive: 0, largest: (0, 0), smallest: (0, 0) };
        for slot in slots.iter().filter(|slot| !slot.is_bare()) {
            let size = slot.capacities();
            let is_first = all.largest == (0, 0);
            if is_first || size.0 < all.smallest_receive {
                all.smallest_receive = size.0;
            }
            if is_first || sum(size) < sum(all.smallest) {
                all.smallest = size;
            }
            if is_first || sum(size) >= sum(all.largest) {
                all.largest = size;
            }
        }
        all
    }

    /// Whether it matters which slot a connection gets.
    pub(super) fn differ(&self) -> bool {
        self.largest != self.smallest
    }
}

/// How well buffers suit a socket that asks for these sizes (`SO_RCVBUF`, `SO_SNDBUF`), the best
/// first: the smallest that are large enough, then the largest that are not. Who asks for nothing
/// takes the largest.
pub(super) fn fitness(
    (receive, send): (usize, usize),
    wanted: (Option<usize>, Option<usize>),
) -> (bool, usize) {
    let suffices = match wanted {
        (None, None) => false,
        (wanted_receive, wanted_send) => {
            receive >= wanted_receive.unwrap_or(0) && send >= wanted_send.unwrap_or(0)
        }
    };
    if suffices { (false, receive + send) } else { (true, usize::MAX - (receive + send)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_the_smallest_that_suffices() {
        let sizes = [(1024, 1024), (4096, 1024), (4096, 8192), (2048, 2048)];
        // asked for, taken
        for (wanted, taken) in [
            ((None, None), (4096, 8192)),
            ((Some(500), None), (1024, 1024)),
            ((Some(1024), Some(1024)), (1024, 1024)),
            ((Some(1025), None), (2048, 2048)),
            ((Some(3000), None), (4096, 1024)),
            ((None, Some(3000)), (4096, 8192)),
            ((Some(3000), Some(3000)), (4096, 8192)),
            ((Some(100_000), None), (4096, 8192)),
        ] {
            let best = sizes.into_iter().min_by_key(|size| fitness(*size, wanted));
            assert_eq!(best, Some(taken), "{wanted:?}");
        }
    }
}
