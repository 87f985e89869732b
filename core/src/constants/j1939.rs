//! Addresses, groups and reports of SAE J1939. Source: `linux/can/j1939.h`.

/// The last address that one device can have.
pub const J1939_MAX_UNICAST_ADDR: u8 = 0xFD;
/// The address of a device that has none yet.
pub const J1939_IDLE_ADDR: u8 = 0xFE;
/// No address: any when receiving, everybody when sending.
pub const J1939_NO_ADDR: u8 = 0xFF;
/// No name: the address counts.
pub const J1939_NO_NAME: u64 = 0;

/// The parameter group that asks for another one.
pub const J1939_PGN_REQUEST: u32 = 0xEA00;
/// The parameter group that claims an address.
pub const J1939_PGN_ADDRESS_CLAIMED: u32 = 0xEE00;
/// The parameter group that gives a device its address.
pub const J1939_PGN_ADDRESS_COMMANDED: u32 = 0xFED8;
/// The last parameter group with a destination.
pub const J1939_PGN_PDU1_MAX: u32 = 0x3_FF00;
/// The last parameter group.
pub const J1939_PGN_MAX: u32 = 0x3_FFFF;
/// No parameter group.
pub const J1939_NO_PGN: u32 = 0x4_0000;

/// How many filters a socket can have.
pub const J1939_FILTER_MAX: usize = 512;

/// In a report: nothing more to say.
pub const J1939_EE_INFO_NONE: u32 = 0;
/// In a report: sending was given up.
pub const J1939_EE_INFO_TX_ABORT: u32 = 1;
/// In a report: padding.
pub const J1939_NLA_PAD: u16 = 0;
/// In a report: how many bytes were acknowledged.
pub const J1939_NLA_BYTES_ACKED: u16 = 1;
