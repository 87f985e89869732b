//! The list of the targets.

use crate::outcome::Outcome;
use crate::random::Random;
use crate::{
    aton, aton_exact, dns_reply, host_port, mutate, ntop4, ntop6, pton4, pton6, sample, stack, zone,
};

/// A target: what is checked, and with which inputs.
#[derive(Clone, Copy)]
pub struct Target {
    /// The name, which is also that of the program for cargo-fuzz and of the folder of the seeds.
    pub name: &'static str,
    /// All oracles and laws; panics where one does not hold.
    pub check: fn(&[u8]),
    /// How an input is changed for the replay, and how many such changes are checked.
    pub mutations: Mutations,
    /// For address text: how to make and to judge inputs by the million.
    pub text: Option<TextTarget>,
}

/// How the replay changes inputs.
#[derive(Clone, Copy)]
pub struct Mutations {
    /// Changes an input; another one may give parts of itself.
    pub mutate: fn(&mut Random, &mut Vec<u8>, &[u8]),
    /// How many changed inputs are checked.
    pub count: u64,
}

/// What the program `mutate` needs.
#[derive(Clone, Copy)]
pub struct TextTarget {
    /// The fast oracles, values only.
    pub compare: fn(&[u8]) -> Outcome,
    /// Which those are.
    pub oracles: &'static str,
    /// Appends an input that is accepted.
    pub sample: fn(&mut Random, &mut Vec<u8>),
}

/// Address text: quick to check.
const TEXT: Mutations = Mutations { mutate: mutate::text, count: 20_000 };

/// Messages: quick to check, and changed like operations.
const MESSAGES: Mutations = Mutations { mutate: mutate::operations, count: 50_000 };

/// Operations on stacks: each input is a conversation.
const OPERATIONS: Mutations = Mutations { mutate: mutate::operations, count: 5000 };

/// All targets.
pub const TARGETS: [Target; 12] = [
    Target {
        name: "aton",
        check: aton::check,
        mutations: TEXT,
        text: Some(TextTarget {
            compare: aton::compare,
            oracles: aton::ORACLES,
            sample: sample::legacy_and_more,
        }),
    },
    Target {
        name: "aton_exact",
        check: aton_exact::check,
        mutations: TEXT,
        text: Some(TextTarget {
            compare: aton_exact::compare,
            oracles: aton_exact::ORACLES,
            sample: sample::legacy,
        }),
    },
    Target {
        name: "pton4",
        check: pton4::check,
        mutations: TEXT,
        text: Some(TextTarget {
            compare: pton4::compare,
            oracles: pton4::ORACLES,
            sample: sample::ipv4,
        }),
    },
    Target {
        name: "pton6",
        check: pton6::check,
        mutations: TEXT,
        text: Some(TextTarget {
            compare: pton6::compare,
            oracles: pton6::ORACLES,
            sample: sample::ipv6,
        }),
    },
    Target {
        name: "ntop4",
        check: ntop4::check,
        mutations: TEXT,
        text: Some(TextTarget {
            compare: ntop4::compare,
            oracles: ntop4::ORACLES,
            sample: sample::packed_ipv4,
        }),
    },
    Target {
        name: "ntop6",
        check: ntop6::check,
        mutations: TEXT,
        text: Some(TextTarget {
            compare: ntop6::compare,
            oracles: ntop6::ORACLES,
            sample: sample::packed_ipv6,
        }),
    },
    Target {
        name: "zone",
        check: zone::check,
        mutations: TEXT,
        text: Some(TextTarget {
            compare: zone::compare,
            oracles: zone::ORACLES,
            sample: sample::scoped_ipv6,
        }),
    },
    Target {
        name: "host_port",
        check: host_port::check,
        mutations: TEXT,
        text: Some(TextTarget {
            compare: host_port::compare,
            oracles: host_port::ORACLES,
            sample: sample::host_port,
        }),
    },
    Target { name: "dns_reply", check: dns_reply::check, mutations: MESSAGES, text: None },
    Target { name: "stack_frames", check: stack::frames::check, mutations: OPERATIONS, text: None },
    Target { name: "stack_pair", check: stack::pair::check, mutations: OPERATIONS, text: None },
    Target { name: "unix_calls", check: stack::unix::check, mutations: OPERATIONS, text: None },
];

/// The target of this name.
#[must_use]
pub fn named(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}
