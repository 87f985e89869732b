//! Two boards with a Cortex-M3 and Ethernet, as far as the userspace stack needs them: start-up, a
//! clock, a network device, sleep, a console and an exit code. QEMU emulates both.
//!
//! | feature | board | network device | memory |
//! | --- | --- | --- | --- |
//! | `mps2-an385` | ARM MPS2 with image AN385 | LAN9118 | 4 MiB flash, 4 MiB RAM |
//! | `lm3s6965evb` | TI Stellaris LM3S6965 evaluation board | on the chip | 256 KiB flash, 64 KiB RAM |
//!
//! A program takes both halves once and gives them to a stack:
//!
//! ```ignore
//! #[cortex_m_rt::entry]
//! fn main() -> ! {
//!     let Some((board, nic)) = berkeley_board::take(SEED) else { berkeley_board::exit(1) };
//!     let stack = Stack::new(MEMORY.init(Memory::new()), board);
//!     let interface = stack.add_interface(NIC.init(nic));
//! ```
//!
//! [`Board`] is the stack's [`Platform`](berkeley_smoltcp::Platform), [`Nic`] a
//! [`Device`](berkeley_smoltcp::Device). What is different on the boards stands in `boards`, what a
//! peripheral does in `drivers`; neither has `unsafe`, which is in `registers` (volatile reads and
//! writes), and where the processor, the linker or the emulator are spoken to.
//!
//! None of this was run on real hardware.
#![no_std]

mod board;
mod clock;
mod drivers;
mod faults;
mod interrupts;
mod lock;
mod registers;
#[cfg_attr(not(feature = "semihosting"), path = "no_semihosting.rs")]
mod semihosting;
mod stack_usage;
#[cfg_attr(not(feature = "async"), path = "no_task.rs")]
mod task;

#[cfg_attr(feature = "lm3s6965evb", path = "boards/lm3s6965evb.rs")]
#[cfg_attr(not(feature = "lm3s6965evb"), path = "boards/mps2_an385.rs")]
mod chosen;

pub use board::{Board, Nic, take};
pub use chosen::NAME;
pub use faults::fault;
pub use interrupts::Interrupt;
pub use lock::{Uninterrupted, UninterruptedLock};
#[cfg(feature = "semihosting")]
pub use semihosting::{Arguments, Console, HostFile};
pub use semihosting::{exit, print};
pub use stack_usage::{is_stack_intact, stack_peak, stack_size};

/// How a program ends: what [`exit`] tells the host by convention.
pub mod exit_code {
    /// All went well.
    pub const SUCCESS: u32 = 0;
    /// Something was not as expected.
    pub const FAILURE: u32 = 1;
    /// Data were not those that were sent.
    pub const DATA: u32 = 2;
    /// The processor met a fault: an invalid address, an undefined instruction.
    pub const HARD_FAULT: u32 = 4;
    /// It took too long.
    pub const DEADLINE: u32 = 5;
    /// A panic, as in programs of a host.
    pub const PANIC: u32 = 101;
}
