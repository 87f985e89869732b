#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

pub mod command_line;
pub mod glibc;
pub mod in_memory;
pub mod inputs;
mod instructions;
pub mod one_byte;
pub mod peer;
pub mod ping_pong;
mod quartiles;
mod random;
mod raw_sockets;
pub mod side_by_side;
pub mod stacks;
mod table;

pub use quartiles::Quartiles;
pub use random::Random;

/// What an outcome has to be for there to be anything to measure.
///
/// # Panics
///
/// It is an error.
pub fn must<T, E: std::fmt::Debug>(outcome: Result<T, E>) -> T {
    outcome.unwrap_or_else(|error| panic!("nothing to measure: {error:?}"))
}
