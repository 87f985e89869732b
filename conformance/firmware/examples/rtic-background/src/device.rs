//! What RTIC wants to know of the processor.

pub(crate) use berkeley_board::Interrupt as interrupt;

/// How many bits a priority has: three on both boards.
pub(crate) const NVIC_PRIO_BITS: u8 = 3;
