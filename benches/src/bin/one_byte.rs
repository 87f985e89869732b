//! Sending a byte and receiving it, on one thread: the data is there before it is asked for, so that
//! each call is one system call, and what is beside it is the library's.
//!
//! An operation is one send and one receive.

use core::hint::black_box;
use core::time::Duration;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process::ExitCode;
use std::rc::Rc;

use berkeley::Timeout;
use berkeley_benches::command_line::{self, Entry};
use berkeley_benches::must;
use berkeley_benches::one_byte::{self, Exchange, Pair};
use berkeley_benches::side_by_side::{Competitor, Group};

const GROUPS: &[Entry] = &[
    ("one-byte-tcp", |count| group("one-byte-tcp", count, one_byte::tcp)),
    ("one-byte-udp", |count| group("one-byte-udp", count, one_byte::udp)),
    ("one-byte-unix", |count| group("one-byte-unix", count, one_byte::unix)),
];

fn main() -> ExitCode {
    command_line::main(GROUPS)
}

fn group<S>(name: &'static str, count: usize, make: fn() -> io::Result<Pair<S>>) -> Group
where
    S: Exchange + AsFd + Into<OwnedFd> + 'static,
{
    // The blocking ones use the same two sockets, under descriptors of their own. The mode flag is that
    // of all descriptors, so that the timed one has others.
    let pair = must(make());
    let raw = must(pair.copied()).raw();
    let ours = must(pair.copied()).ours(Timeout::Blocking);
    let timed = must(make()).ours(Duration::from_secs(5));
    Group::new(name, "libc", count)
        .with(competitor("berkeley", count, ours).ours())
        .with(competitor("berkeley-timed", count, timed).ours())
        .with(competitor("libc", count, raw))
        .with(competitor("std", count, pair))
}

/// Sends from the first socket, and receives from the second.
fn competitor<S: Exchange + 'static>(
    name: &'static str,
    count: usize,
    pair: Pair<S>,
) -> Competitor {
    let pair = Rc::new(pair);
    let checked = Rc::clone(&pair);
    let check = move || {
        for byte in 0..=255 {
            let mut received = [!byte];
            assert!(checked.0.send(&[byte]), "{name}: a byte is taken");
            assert!(checked.1.recv(&mut received), "{name}: a byte comes");
            assert_eq!(received, [byte], "{name}");
        }
    };
    let pass = move || {
        let mut byte = [1];
        for _ in 0..count {
            assert!(pair.0.send(black_box(&byte)), "{name}: a byte is taken");
            assert!(pair.1.recv(black_box(&mut byte)), "{name}: a byte comes");
        }
    };
    Competitor::new(name, check, pass)
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
