//! `parse_socket_address`, `parse_host_port` and `parse_port`.
//!
//! Oracles: `core::net` (socket addresses), the slow twins; the text of a socket address is read again.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| berkeley_fuzz::host_port::check(data));

/// Without a fuzzer: checks the files that are named, findings for example.
#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    berkeley_fuzz::files(berkeley_fuzz::host_port::check)
}
