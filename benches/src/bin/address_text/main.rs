//! Address text, side by side: this project, the language's own, smoltcp, the C library and crates
//! that do nothing else.
//!
//! Every group checks that its competitors agree on all inputs before it measures them.

mod endpoint;
mod format;
mod parse;

use std::process::ExitCode;

use berkeley_benches::command_line::{self, Entry};

const GROUPS: &[Entry] = &[
    ("ipv4-parse", parse::ipv4),
    ("ipv4-aton", parse::aton),
    ("ipv6-parse-mix", parse::ipv6_mix),
    ("ipv6-parse-full", parse::ipv6_full),
    ("ipv6-parse-short", parse::ipv6_short),
    ("ipv6-parse-mapped", parse::ipv6_mapped),
    ("ipv4-format", format::ipv4),
    ("ipv6-format-mix", format::ipv6_mix),
    ("ipv6-format-full", format::ipv6_full),
    ("ipv6-format-mapped", format::ipv6_mapped),
    ("endpoint-parse-ipv4", endpoint::parse_ipv4),
    ("endpoint-parse-scoped", endpoint::parse_scoped),
    ("endpoint-format-ipv4", endpoint::format_ipv4),
    ("endpoint-format-scoped", endpoint::format_scoped),
];

fn main() -> ExitCode {
    command_line::main(GROUPS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What every measurement checks for itself, at every test run.
    #[test]
    fn competitors_agree() {
        for (name, make) in GROUPS {
            let mut group = make(command_line::INPUTS);
            assert_eq!(group.name, *name);
            assert!(group.competitor(group.baseline).is_some(), "{name}: the baseline");
            assert!(group.competitors().any(|competitor| competitor.ours), "{name}: ours");
            group.check();
        }
    }
}
