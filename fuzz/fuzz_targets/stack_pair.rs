//! Two programs on two stacks, and a bad link between them.
//!
//! Socket calls on both sides, loss, duplication, reordering, damage; what must hold is in
//! `src/stack/pair.rs`.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| berkeley_fuzz::stack::pair::check(data));

/// Without a fuzzer: checks the files that are named, findings for example.
#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    berkeley_fuzz::files(berkeley_fuzz::stack::pair::check)
}
