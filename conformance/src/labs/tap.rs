//! Lab `tap`: a userspace stack against the Linux kernel, over a TAP device in a network namespace.

use std::string::String;

use super::Entry;

pub(super) const ENTRY: Entry = Entry::planned(
    "tap",
    "a userspace stack against the Linux kernel, over a TAP device in a network namespace",
    available,
);

fn available() -> Result<(), String> {
    Err("not yet: it comes with the userspace backend's threads".into())
}
