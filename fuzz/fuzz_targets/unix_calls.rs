//! UNIX sockets of one stack, beside a model of them.
//!
//! Socket calls of every kind; what must hold is in `src/stack/unix`.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| berkeley_fuzz::stack::unix::check(data));

/// Without a fuzzer: checks the files that are named, findings for example.
#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    berkeley_fuzz::files(berkeley_fuzz::stack::unix::check)
}
