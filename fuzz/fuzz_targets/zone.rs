//! `parse_scoped_ipv6` and `parse_zone_number`.
//!
//! Oracles: `core::net` (socket addresses with a number for a zone), the halves of the text by
//! themselves, the slow twin.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| berkeley_fuzz::zone::check(data));

/// Without a fuzzer: checks the files that are named, findings for example.
#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    berkeley_fuzz::files(berkeley_fuzz::zone::check)
}
