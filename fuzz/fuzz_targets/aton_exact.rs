//! `inet_aton_exact`.
//!
//! Oracles: glibc (without white space), musl, the slow twin; `inet_aton` accepts the same and more.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| berkeley_fuzz::aton_exact::check(data));

/// Without a fuzzer: checks the files that are named, findings for example.
#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    berkeley_fuzz::files(berkeley_fuzz::aton_exact::check)
}
