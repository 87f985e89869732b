//! Inputs in messages.

use std::fmt;

/// Shows bytes as a Rust literal of them, `b"fe80::1%\x00"`: ready for a test.
#[derive(Clone, Copy)]
pub struct Text<'a>(pub &'a [u8]);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}
