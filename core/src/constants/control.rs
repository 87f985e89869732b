//! Types of control messages. Sources: `unix(7)`, `cmsg(3)`, `linux/can/j1939.h`.
//!
//! A type is a number within a level, as an option's name is. Most families use the names of
//! [`options`](crate::options) for both.

/// Descriptors to hand over, at level `SOL_SOCKET` of UNIX sockets.
pub const SCM_RIGHTS: i32 = 1;
/// Process, user and group of the sender, at level `SOL_SOCKET` of UNIX sockets.
pub const SCM_CREDENTIALS: i32 = 2;

/// The address that a message was for, at level `SOL_CAN_J1939`.
pub const SCM_J1939_DEST_ADDR: i32 = 1;
/// The name that a message was for, at level `SOL_CAN_J1939`.
pub const SCM_J1939_DEST_NAME: i32 = 2;
/// The priority of a message, at level `SOL_CAN_J1939`.
pub const SCM_J1939_PRIO: i32 = 3;
/// What became of a message, at level `SOL_CAN_J1939`.
pub const SCM_J1939_ERRQUEUE: i32 = 4;
