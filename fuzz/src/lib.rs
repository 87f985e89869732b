//! Fuzz targets of Berkeley's address text and of its userspace stack: what each checks, and how to
//! do so without a fuzzer.
//!
//! Each target is a module with a function `check`, which panics on any disagreement with an oracle
//! and on any broken law; the fuzzer and the replay call it. For address text there is also
//! `compare`: it has only the fast oracles and tells what it found; the program `mutate` calls it a
//! hundred million times.

#![deny(unsafe_code)]

pub mod aton;
pub mod aton_exact;
pub mod dns_reply;
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
pub mod stack;
mod target;
mod text;
pub mod twin;
pub mod zone;

pub use replay::{SEED, files, replay, replay_with};
pub use target::{Mutations, TARGETS, Target, TextTarget, named};
pub use text::Text;
