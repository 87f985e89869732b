//! Families by their other name: BSD meant to tell address and protocol families apart.
//!
//! The numbers are the same, and Python has these three names only. Source: `socket(2)`.

use crate::AddressFamily;

/// Frames of an interface: [`AddressFamily::PACKET`].
pub const PF_PACKET: AddressFamily = AddressFamily::PACKET;
/// Reliable datagrams: [`AddressFamily::RDS`].
pub const PF_RDS: AddressFamily = AddressFamily::RDS;
/// Controller area network: [`AddressFamily::CAN`].
pub const PF_CAN: AddressFamily = AddressFamily::CAN;
