//! Fuzz targets of Berkeley's address text: what each compares, and how to do so without a fuzzer.
//!
//! Each target is a module with two functions. `check` panics on any disagreement with an oracle
//! and on any broken law; the fuzzer and the replay call it. `compare` has only the fast oracles and
//! tells what it found; the program `mutate` calls it a hundred million times.

#![deny(unsafe_code)]

pub mod aton;
pub mod aton_exact;
pub mod host_port;
pub mod law;
pub mod mutate;
pub mod ntop4;
pub mod ntop6;
#[allow(unsafe_code)] // C is called there, and nowhere else
pub mod oracle;
pub mod outcome;
pub mod pton4;
pub mod pton6;
pub mod random;
mod replay;
pub mod sample;
mod target;
mod text;
pub mod twin;
pub mod zone;

pub use replay::{MUTATIONS, SEED, files, replay, replay_with};
pub use target::{TARGETS, Target, named};
pub use text::Text;
