//! What only Windows has: its numbers, for programs and backends there.
//!
//! Sources: Microsoft's documentation of `WSAIoctl` and of `SO_EXCLUSIVEADDRUSE`, `mstcpip.h`.

use crate::OptionName;

/// The request of `WSAIoctl` for every packet of an interface.
pub const SIO_RCVALL: u32 = 0x9800_0001;
/// The request of `WSAIoctl` for the times of probes.
pub const SIO_KEEPALIVE_VALS: u32 = 0x9800_0004;
/// The request of `WSAIoctl` for the short way over the loopback.
pub const SIO_LOOPBACK_FAST_PATH: u32 = 0x9800_0010;

/// To [`SIO_RCVALL`]: no more.
pub const RCVALL_OFF: u32 = 0;
/// To [`SIO_RCVALL`]: everything on the wire.
pub const RCVALL_ON: u32 = 1;
/// To [`SIO_RCVALL`]: what is for this host. Microsoft advises against it.
pub const RCVALL_SOCKETLEVELONLY: u32 = 2;
/// To [`SIO_RCVALL`]: what IP hands up.
pub const RCVALL_IPLEVEL: u32 = 3;

/// Nobody else may bind the address, at level `SOL_SOCKET`.
///
/// The number is WinSock's, the complement of its `SO_REUSEADDR`; Linux has no option like it.
pub const SO_EXCLUSIVEADDRUSE: OptionName = OptionName(-5);
