//! `parse_ipv6` and `inet_pton` of `INET6`.
//!
//! Oracles: glibc, musl, `core::net`, the slow twin; the text of what was read is a fixed point.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| berkeley_fuzz::pton6::check(data));

/// Without a fuzzer: checks the files that are named, findings for example.
#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    berkeley_fuzz::files(berkeley_fuzz::pton6::check)
}
