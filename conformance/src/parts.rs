//! The parts in which a board with little flash runs the cases: each image has the groups of one
//! part.

use crate::case::Case;
use crate::cases;
use crate::faults::FaultyLab;
use crate::lab::Lab;

/// The groups of each part, as their identifiers begin: some KiB of flash are left. What is in none
/// takes more flash, or protocols that such a board has not.
pub const PARTS: [&[&str]; 5] = [
    &["listen", "close", "timeout"],
    &["connect", "shutdown"],
    &["stream", "state", "file", "ready"],
    &["bind", "pair", "create"],
    &["inet6"],
];

/// The same for images whose far side is the host. Its sockets are of another type, which takes flash.
pub const REMOTE_PARTS: [&[&str]; 3] = [&["listen", "close"], &["connect", "shutdown"], &["fault"]];

/// How many groups there may be.
const MOST: usize = 48;

/// In which of these parts a case is: that of its group, which begins with a case of the group's name.
pub fn part_of<L: FaultyLab>(parts: &[&[&str]], id: &str) -> Option<usize> {
    let is_there = |group: &&[Case<L>]| group.iter().any(|case| case.about.id == id);
    let group = cases::groups().iter().copied().chain([cases::faults()]).find(is_there)?;
    let first = group.first()?.about.id;
    parts.iter().position(|part| is_in(first, part))
}

/// The cases of a part that are about faults on the way.
pub const fn faults_of<L: FaultyLab>(part: &[&str]) -> &'static [Case<L>] {
    let faults = cases::faults::<L>();
    if is_in(faults[0].about.id, part) { faults } else { &[] }
}

/// The groups of a part. As a constant, it has nothing of the others linked.
pub const fn groups_of<L: Lab>(part: &[&str]) -> [&'static [Case<L>]; MOST] {
    let groups = cases::groups::<L>();
    let mut found: [&'static [Case<L>]; MOST] = [&[]; MOST];
    let mut number = 0;
    while number < groups.len() {
        if is_in(groups[number][0].about.id, part) {
            found[number] = groups[number];
        }
        number += 1;
    }
    found
}

const fn is_in(id: &str, part: &[&str]) -> bool {
    let mut number = 0;
    while number < part.len() {
        if is_of(id.as_bytes(), part[number].as_bytes()) {
            return true;
        }
        number += 1;
    }
    false
}

/// Whether an identifier is the group, a hyphen and a number.
const fn is_of(id: &[u8], group: &[u8]) -> bool {
    if id.len() <= group.len() || id[group.len()] != b'-' {
        return false;
    }
    let mut at = 0;
    while at < group.len() {
        if id[at] != group[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_its_group_and_a_number() {
        // identifier, group, whether it is of that
        for (id, group, is) in [
            ("listen-01", "listen", true),
            ("listen-01", "list", false),
            ("listen", "listen", false),
            ("create-01", "connect", false),
        ] {
            assert_eq!(is_of(id.as_bytes(), group.as_bytes()), is, "{id} {group}");
        }
    }
}
