//! Lab `virtual`: two userspace stacks over a link in memory, in virtual time.

use std::string::String;

use super::Entry;

pub(super) const ENTRY: Entry = Entry::planned(
    "virtual",
    "two userspace stacks over a link in memory, in virtual time",
    available,
);

fn available() -> Result<(), String> {
    Err("not yet: it comes with the userspace backend".into())
}
