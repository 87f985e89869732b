//! Messages of name servers.
//!
//! Oracle: the slow twin.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| berkeley_fuzz::dns_reply::check(data));

/// Without a fuzzer: checks the files that are named, findings for example.
#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    berkeley_fuzz::files(berkeley_fuzz::dns_reply::check)
}
