//! The list of the targets.

use crate::outcome::Outcome;
use crate::random::Random;
use crate::{aton, aton_exact, host_port, ntop4, ntop6, pton4, pton6, sample, zone};

/// A target: what is checked, and with which inputs.
#[derive(Clone, Copy)]
pub struct Target {
    /// The name, which is also that of the program for cargo-fuzz and of the folder of the seeds.
    pub name: &'static str,
    /// All oracles and laws; panics where one does not hold.
    pub check: fn(&[u8]),
    /// The fast oracles, values only.
    pub compare: fn(&[u8]) -> Outcome,
    /// Which those are.
    pub oracles: &'static str,
    /// Appends an input that is accepted.
    pub sample: fn(&mut Random, &mut Vec<u8>),
}

/// All targets.
pub const TARGETS: [Target; 8] = [
    Target {
        name: "aton",
        check: aton::check,
        compare: aton::compare,
        oracles: aton::ORACLES,
        sample: sample::legacy_and_more,
    },
    Target {
        name: "aton_exact",
        check: aton_exact::check,
        compare: aton_exact::compare,
        oracles: aton_exact::ORACLES,
        sample: sample::legacy,
    },
    Target {
        name: "pton4",
        check: pton4::check,
        compare: pton4::compare,
        oracles: pton4::ORACLES,
        sample: sample::ipv4,
    },
    Target {
        name: "pton6",
        check: pton6::check,
        compare: pton6::compare,
        oracles: pton6::ORACLES,
        sample: sample::ipv6,
    },
    Target {
        name: "ntop4",
        check: ntop4::check,
        compare: ntop4::compare,
        oracles: ntop4::ORACLES,
        sample: sample::packed_ipv4,
    },
    Target {
        name: "ntop6",
        check: ntop6::check,
        compare: ntop6::compare,
        oracles: ntop6::ORACLES,
        sample: sample::packed_ipv6,
    },
    Target {
        name: "zone",
        check: zone::check,
        compare: zone::compare,
        oracles: zone::ORACLES,
        sample: sample::scoped_ipv6,
    },
    Target {
        name: "host_port",
        check: host_port::check,
        compare: host_port::compare,
        oracles: host_port::ORACLES,
        sample: sample::host_port,
    },
];

/// The target of this name.
#[must_use]
pub fn named(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}
