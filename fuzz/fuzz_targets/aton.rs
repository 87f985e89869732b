//! `inet_aton`.
//!
//! Oracles: glibc, musl (up to white space, which it refuses), the slow twin; the narrower parsers agree.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| berkeley_fuzz::aton::check(data));

/// Without a fuzzer: checks the files that are named, findings for example.
#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    berkeley_fuzz::files(berkeley_fuzz::aton::check)
}
