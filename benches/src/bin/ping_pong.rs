//! A byte there and back between two threads: nothing is there when it is asked for, and every receive
//! waits.
//!
//! An operation is one round trip: two sends and two receives, all four in the competitor's way.

use core::hint::black_box;
use core::time::Duration;
use std::cell::Cell;
use std::io;
use std::os::fd::OwnedFd;
use std::process::ExitCode;
use std::rc::Rc;
use std::thread;

use berkeley::Timeout;
use berkeley_benches::command_line::{self, Entry};
use berkeley_benches::one_byte::{self, Exchange, Pair, RawTimed, given};
use berkeley_benches::side_by_side::{Competitor, Group};

const GROUPS: &[Entry] = &[
    ("ping-pong-tcp", |count| group("ping-pong-tcp", count, one_byte::tcp)),
    ("ping-pong-udp", |count| group("ping-pong-udp", count, one_byte::udp)),
    ("ping-pong-unix", |count| group("ping-pong-unix", count, one_byte::unix)),
];

fn main() -> ExitCode {
    command_line::main(GROUPS)
}

fn group<S>(name: &'static str, count: usize, make: fn() -> io::Result<Pair<S>>) -> Group
where
    S: Exchange + Into<OwnedFd> + Send + 'static,
{
    let ours = given(make()).ours(Timeout::Blocking);
    let time = Duration::from_secs(5);
    let timed = given(make()).ours(time);
    let raw_timed = given(make()).raw().map(|socket| RawTimed(socket, time));
    Group::new(name, "libc", count)
        .with(competitor("berkeley", count, ours).ours())
        .with(competitor("berkeley-timed", count, timed).ours())
        .with(competitor("libc", count, given(make()).raw()))
        .with(competitor("libc-timed", count, raw_timed))
        .with(competitor("std", count, given(make())))
}

/// Sends to a thread that sends back, and waits for it.
fn competitor<S: Exchange + Send + 'static>(
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What every measurement checks for itself, at every test run.
    #[test]
    fn competitors_agree() {
        for (name, make) in GROUPS {
            let mut group = make(1);
            assert_eq!(group.name, *name);
            assert!(group.competitor(group.baseline).is_some(), "{name}: the baseline");
            assert!(group.competitors().any(|competitor| competitor.ours), "{name}: ours");
            group.check();
        }
    }
}
