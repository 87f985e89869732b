//! Identifiers and flags of controller area networks, and the broadcast manager's messages.
//!
//! Sources: `linux/can.h`, `linux/can/error.h`, `linux/can/bcm.h`.

/// In an identifier: it has 29 bits instead of 11.
pub const CAN_EFF_FLAG: u32 = 0x8000_0000;
/// In an identifier: the frame asks for data and has none.
pub const CAN_RTR_FLAG: u32 = 0x4000_0000;
/// In an identifier: the frame tells of an error.
pub const CAN_ERR_FLAG: u32 = 0x2000_0000;
/// The bits of an identifier of 11 bits.
pub const CAN_SFF_MASK: u32 = 0x7FF;
/// The bits of an identifier of 29 bits.
pub const CAN_EFF_MASK: u32 = 0x1FFF_FFFF;
/// The bits that say which error.
pub const CAN_ERR_MASK: u32 = 0x1FFF_FFFF;

/// To the manager: start sending, once or again and again.
pub const CAN_BCM_TX_SETUP: u32 = 1;
/// To the manager: stop sending.
pub const CAN_BCM_TX_DELETE: u32 = 2;
/// To the manager: what is it sending?
pub const CAN_BCM_TX_READ: u32 = 3;
/// To the manager: send one frame.
pub const CAN_BCM_TX_SEND: u32 = 4;
/// To the manager: watch for frames.
pub const CAN_BCM_RX_SETUP: u32 = 5;
/// To the manager: stop watching.
pub const CAN_BCM_RX_DELETE: u32 = 6;
/// To the manager: what is it watching for?
pub const CAN_BCM_RX_READ: u32 = 7;
/// From the manager: what it is sending.
pub const CAN_BCM_TX_STATUS: u32 = 8;
/// From the manager: everything was sent.
pub const CAN_BCM_TX_EXPIRED: u32 = 9;
/// From the manager: what it is watching for.
pub const CAN_BCM_RX_STATUS: u32 = 10;
/// From the manager: a frame did not come in time.
pub const CAN_BCM_RX_TIMEOUT: u32 = 11;
/// From the manager: a frame came, or came with other data.
pub const CAN_BCM_RX_CHANGED: u32 = 12;

/// Flag: the message sets the times.
pub const CAN_BCM_SETTIMER: u32 = 0x1;
/// Flag: start counting now.
pub const CAN_BCM_STARTTIMER: u32 = 0x2;
/// Flag: tell when everything is sent.
pub const CAN_BCM_TX_COUNTEVT: u32 = 0x4;
/// Flag: send once at the moment of a change.
pub const CAN_BCM_TX_ANNOUNCE: u32 = 0x8;
/// Flag: use the identifier of the message for all its frames.
pub const CAN_BCM_TX_CP_CAN_ID: u32 = 0x10;
/// Flag: watch the identifier alone, whatever the data.
pub const CAN_BCM_RX_FILTER_ID: u32 = 0x20;
/// Flag: another length is a change too.
pub const CAN_BCM_RX_CHECK_DLC: u32 = 0x40;
/// Flag: do not start counting by itself.
pub const CAN_BCM_RX_NO_AUTOTIMER: u32 = 0x80;
/// Flag: tell of the first frame after a silence even if it is the same.
pub const CAN_BCM_RX_ANNOUNCE_RESUME: u32 = 0x100;
/// Flag: begin the sequence of frames again.
pub const CAN_BCM_TX_RESET_MULTI_IDX: u32 = 0x200;
/// Flag: answer a frame that asks for data.
pub const CAN_BCM_RX_RTR_FRAME: u32 = 0x400;
/// Flag: the frames have up to 64 bytes.
pub const CAN_BCM_CAN_FD_FRAME: u32 = 0x800;
