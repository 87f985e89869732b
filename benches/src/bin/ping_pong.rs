//! A byte there and back between two threads: nothing is there when it is asked for, and every receive
//! waits.
//!
//! An operation is one round trip: two sends and two receives, all four in the competitor's way.

use core::time::Duration;
use std::io;
use std::os::fd::OwnedFd;
use std::process::ExitCode;

use berkeley::Timeout;
use berkeley_benches::command_line::{self, Entry};
use berkeley_benches::must;
use berkeley_benches::one_byte::{self, Exchange, Pair, RawTimed};
use berkeley_benches::ping_pong::competitor;
use berkeley_benches::side_by_side::Group;

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
    let ours = must(make()).ours(Timeout::Blocking);
    let time = Duration::from_secs(5);
    let timed = must(make()).ours(time);
    let raw_timed = must(make()).raw().map(|socket| RawTimed(socket, time));
    Group::new(name, "libc", count)
        .with(competitor("berkeley", count, ours).ours())
        .with(competitor("berkeley-timed", count, timed).ours())
        .with(competitor("libc", count, must(make()).raw()))
        .with(competitor("libc-timed", count, raw_timed))
        .with(competitor("std", count, must(make())))
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
