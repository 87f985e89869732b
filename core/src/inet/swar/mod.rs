//! Eight bytes at once in a 64-bit register: the parsers of hosts with 64-bit registers.
//!
//! They answer yes or no. The byte-wise parsers next door say what is wrong with a refused text,
//! and are the only ones on smaller machines. What makes these fast is the absence of branches
//! that depend on the digits: on a mix of real addresses a byte-wise parser spends half its time on
//! mispredicted ones.
//!
//! A text is read into words whose lowest byte comes first in the text. A *flag* is the highest bit
//! of a byte. All tests here are exact for bytes below 0x80, and none with a higher one is accepted.

pub(super) mod ipv4;
pub(super) mod ipv6;

/// The highest bit of each byte.
const FLAGS: u64 = repeat(0x80);

/// A word of eight times this byte.
const fn repeat(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}
