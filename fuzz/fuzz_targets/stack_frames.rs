//! One stack, and the fuzzer is its network.
//!
//! Socket calls of all kinds, right and wrong packets, time; what must hold after each is in
//! `src/stack/frames`.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| berkeley_fuzz::stack::frames::check(data));

/// Without a fuzzer: checks the files that are named, findings for example.
#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    berkeley_fuzz::files(berkeley_fuzz::stack::frames::check)
}
