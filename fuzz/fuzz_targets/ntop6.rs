//! `AddressText` and `inet_ntop` of IPv6 addresses.
//!
//! Oracles: glibc, musl and `core::net` but for compatible addresses, the slow twin; every size of
//! buffer; the text is read again.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| berkeley_fuzz::ntop6::check(data));

/// Without a fuzzer: checks the files that are named, findings for example.
#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    berkeley_fuzz::files(berkeley_fuzz::ntop6::check)
}
