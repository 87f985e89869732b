//! A driver for an Ethernet controller that reads and writes memory by itself, as an example of how
//! to write one: the stack's [`Device`](berkeley_smoltcp::Device) over two rings of descriptors.
//!
//! A descriptor says where a buffer is and whose it is. What the program owns it may read and write;
//! then it hands the descriptor over, and does not touch the buffer until the controller has handed
//! it back. There is nothing to copy: the stack reads a received frame where the controller has
//! written it, and writes one where the controller will read it.
//!
//! The layout of descriptors is that of the MAC in STM32F4 ("normal descriptors", RM0090, sections
//! 33.6.7 and 33.6.8), which in other words is that of many. What the driver wants of the controller's
//! registers is the trait [`Controller`]. **The controller here is simulated** ([`SimulatedMac`]):
//! none of this was run on such hardware.
#![no_std]

mod descriptor;
mod driver;
mod simulated_mac;
#[cfg(test)]
mod tests;

pub use descriptor::{Descriptor, Ring};
pub use driver::{Controller, DmaDevice};
pub use simulated_mac::SimulatedMac;
