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
mod table;

pub use quartiles::Quartiles;
pub use random::Random;
