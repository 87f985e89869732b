extern crate std;
use core::net::{Ipv4Addr, Ipv6Addr};
use std::collections::{BTreeMap, BTreeSet};
use std::vec::Vec;

use proptest::prelude::*;

use super::*;

fn group(last: u8) -> Group {
    Group { link: 1, address: IpAddr::V4(Ipv4Addr::new(239, 1, 2, last)) }
}

fn source(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
}

/// What a program asks for.
#[derive(Clone, Copy, Debug)]
enum Call {
    Join,
    Leave,
    Source(SourceChange, u8),
}

use Call::*;
use SourceChange::*;

fn call(memberships: &mut Memberships<'_>, socket: u16, group: Group, call: Call) -> Option<Errno> {
    let outcome = match call {
        Join => memberships.join(socket, group),
        Leave => match memberships.find(socket, group.address, Some(group.link)) {
            Some(group) => {
                memberships.leave(socket, group);
                Ok(())
            }
            None => Err(Errno::EADDRNOTAVAIL.into()),
        },
        Source(change, last) => memberships.change_source(socket, group, source(last), change),
    };
    outcome.err().and_then(Error::errno)
}

/// As Linux 6.18 answers, one call after the other.
#[test]
fn calls_are_answered_as_on_linux() {
    let mut rows = [None; 16];
    let mut memberships = Memberships::new(&mut rows[..]);
    let (unknown, nothing) = (Some(Errno::EINVAL), Some(Errno::EADDRNOTAVAIL));
    for (number, (what, errno)) in [
        (Source(Block, 9), unknown), // who has not joined cannot
        (Source(Drop, 9), unknown),
        (Source(Add, 9), None),
        (Source(Add, 9), nothing),
        (Source(Add, 8), None),
        (Source(Block, 7), unknown), // in the other way
        (Source(Unblock, 9), unknown),
        (Join, Some(Errno::EADDRINUSE)),
        (Source(Drop, 99), nothing),
        (Source(Drop, 9), None),
        (Source(Drop, 8), None), // the last one: that is leaving
        (Source(Drop, 8), unknown),
        (Leave, nothing),
        (Join, None),
        (Join, Some(Errno::EADDRINUSE)),
        (Source(Unblock, 9), nothing),
        (Source(Drop, 9), nothing),
        (Source(Block, 9), None),
        (Source(Block, 9), nothing),
        (Source(Add, 9), unknown),
        (Leave, None),
        (Leave, nothing),
        (Join, None),
        (Source(Add, 9), None), // who hears all may choose one
        (Source(Block, 9), unknown),
        (Leave, None),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(call(&mut memberships, 3, group(1), what), errno, "{number}: {what:?}");
    }
    assert_eq!(memberships.usage().in_use, 0);
}

#[test]
fn too_many_groups_and_sources_are_refused() {
    let mut rows = [None; 64];
    let mut memberships = Memberships::new(&mut rows[..]);
    for last in 0..20 {
        assert_eq!(call(&mut memberships, 0, group(last), Join), None, "{last}");
    }
    let full = Some(Errno::ENOBUFS);
    assert_eq!(call(&mut memberships, 0, group(20), Join), full);
    assert_eq!(call(&mut memberships, 0, group(20), Source(Add, 1)), full);
    assert_eq!(call(&mut memberships, 0, group(0), Join), Some(Errno::EADDRINUSE));
    // The limit is of IPv4, and of each socket.
    let ipv6 = Group { address: Ipv6Addr::new(0xFF05, 0, 0, 0, 0, 0, 0, 7).into(), ..group(0) };
    assert_eq!(call(&mut memberships, 0, ipv6, Join), None);
    for last in 0..10 {
        assert_eq!(call(&mut memberships, 1, group(0), Source(Add, last)), None, "{last}");
    }
    assert_eq!(call(&mut memberships, 1, group(0), Source(Add, 10)), full);
    // The table's own.
    let mut rows = [None; 2];
    let mut memberships = Memberships::new(&mut rows[..]);
    assert_eq!(call(&mut memberships, 0, group(0), Join), None);
    assert_eq!(call(&mut memberships, 1, group(0), Join), None);
    let refused = memberships.join(2, group(0)).unwrap_err();
    assert_eq!(refused.kind(), berkeley::ErrorKind::Exhausted(Pool::Memberships));
    let usage = memberships.usage();
    assert_eq!((usage.in_use, usage.high_water, usage.refused), (2, 2, 1));
    // In its own place, who hears all can choose one.
    assert_eq!(call(&mut memberships, 0, group(0), Source(Add, 1)), None);
}

/// The state of a socket's membership as RFC 3376 section 3.1 has it: a mode and a list.
#[derive(Clone, Default, PartialEq, Debug)]
struct State {
    takes_all: bool,
    sources: BTreeSet<IpAddr>,
}

impl State {
    fn hears(&self, source: IpAddr) -> bool {
        self.takes_all != self.sources.contains(&source)
    }
}

/// The state of the host's interface, as section 3.2 makes it of those.
fn merged<'s>(states: impl Iterator<Item = &'s State> + Clone) -> State {
    let including = states.clone().filter(|state| !state.takes_all);
    let asked: BTreeSet<IpAddr> = including.flat_map(|state| state.sources.clone()).collect();
    let excluding = states.filter(|state| state.takes_all).map(|state| state.sources.clone());
    match excluding.reduce(|one, other| &one & &other) {
        Some(unwanted) => State { takes_all: true, sources: &unwanted - &asked },
        None => State { takes_all: false, sources: asked },
    }
}

proptest! {
    /// The obvious twin has a mode and a list for each membership.
    #[test]
    fn hears_what_a_mode_and_a_list_say(
        calls in proptest::collection::vec((0..4u16, 0..2u8, 0..6u8, 0..4u8), 1..80),
    ) {
        let mut rows = [None; 64];
        let mut memberships = Memberships::new(&mut rows[..]);
        let mut twin: BTreeMap<(u16, u8), State> = BTreeMap::new();
        for (socket, number, what, last) in calls {
            let what = match what {
                0 => Join,
                1 => Leave,
                2 => Source(Add, last),
                3 => Source(Drop, last),
                4 => Source(Block, last),
                _ => Source(Unblock, last),
            };
            if call(&mut memberships, socket, group(number), what).is_none() {
                let state = twin.entry((socket, number)).or_default();
                match what {
                    Join => *state = State { takes_all: true, ..State::default() },
                    Leave => *state = State::default(),
                    Source(Add, _) if state.takes_all => {
                        *state = State { takes_all: false, sources: [source(last)].into() };
                    }
                    Source(Add | Block, last) => _ = state.sources.insert(source(last)),
                    Source(Drop | Unblock, last) => _ = state.sources.remove(&source(last)),
                }
            }
            twin.retain(|_, state| *state != State::default());
            for number in 0..2 {
                let of_group = || twin.iter().filter(|((_, other), _)| *other == number);
                for last in 0..4 {
                    for socket in 0..4 {
                        let state = twin.get(&(socket, number));
                        let hears = memberships.hears(socket, group(number), source(last), false);
                        prop_assert_eq!(hears, state.is_some_and(|s| s.hears(source(last))));
                    }
                    let hears = of_group().any(|(_, state)| state.hears(source(last)));
                    prop_assert_eq!(memberships.host_hears(group(number), source(last)), hears);
                }
                let State { takes_all, sources } = merged(of_group().map(|(_, state)| state));
                let filter = Filter { takes_all, sources: sources.len() };
                prop_assert_eq!(memberships.filter(group(number)), filter);
                let mut found: Vec<IpAddr> = memberships.sources(group(number)).collect();
                found.sort_unstable();
                prop_assert!(sources.into_iter().eq(found));
            }
        }
    }
}
