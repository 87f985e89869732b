//! A byte there and back between two threads.

use core::hint::black_box;
use std::cell::Cell;
use std::rc::Rc;
use std::thread;

use crate::one_byte::{Exchange, Pair};
use crate::side_by_side::Competitor;

/// Sends to a thread that sends back, and waits for it.
#[must_use]
pub fn competitor<S: Exchange + Send + 'static>(
    name: &'static str,
    count: usize,
    Pair(near, far): Pair<S>,
) -> Competitor {
    let near = Rc::new(Near { socket: near, far: Cell::new(Some(far)) });
    let checked = Rc::clone(&near);
    let check = move || {
        for byte in 0..=255 {
            let mut received = [!byte];
            checked.start();
            assert!(checked.socket.send(&[byte]), "{name}: a byte is taken");
            assert!(checked.socket.recv(&mut received), "{name}: a byte comes back");
            assert_eq!(received, [byte], "{name}");
        }
    };
    let pass = move || {
        near.start();
        let mut byte = [1];
        for _ in 0..count {
            assert!(near.socket.send(black_box(&byte)), "{name}: a byte is taken");
            assert!(near.socket.recv(black_box(&mut byte)), "{name}: a byte comes back");
        }
    };
    Competitor::new(name, check, pass)
}

/// One end, and the other as long as its thread has not begun.
struct Near<S> {
    socket: S,
    far: Cell<Option<S>>,
}

impl<S: Exchange + Send + 'static> Near<S> {
    /// Begins to send back what comes, at the first call, until there is an error or nobody any more: at
    /// the latest with the process.
    fn start(&self) {
        if let Some(far) = self.far.take() {
            thread::spawn(move || {
                let mut byte = [0];
                while far.recv(&mut byte) && far.send(&byte) {}
            });
        }
    }
}
