//! Socket types and what may be added to them. Source: `socket(2)`.

use core::ops::BitOr;

use super::open_number;

open_number! {
    /// A socket type, the second argument of `socket()`.
    ///
    /// [`SocketType::NONBLOCK`] and [`SocketType::CLOEXEC`] may be added to a type, as `socket(2)`
    /// allows on Linux; [`Socket::type_`](crate::Socket::type_) never shows them.
    SocketType(u32);
    /// A stream of bytes.
    STREAM = 1, "SOCK_STREAM";
    /// Messages with boundaries.
    DGRAM = 2, "SOCK_DGRAM";
    /// Raw protocol access.
    RAW = 3, "SOCK_RAW";
    /// Reliably delivered messages.
    RDM = 4, "SOCK_RDM";
    /// Messages in sequence over a connection.
    SEQPACKET = 5, "SOCK_SEQPACKET";
}

impl SocketType {
    /// Added to a type: the new socket starts in non-blocking mode, whatever the default timeout.
    pub const NONBLOCK: SocketType = SocketType(0x800);
    /// Added to a type: close on `exec`, which every socket of this library does anyway.
    pub const CLOEXEC: SocketType = SocketType(0x8_0000);

    /// The type without [`SocketType::NONBLOCK`] and [`SocketType::CLOEXEC`].
    #[must_use]
    pub const fn without_flags(self) -> SocketType {
        SocketType(self.0 & !(SocketType::NONBLOCK.0 | SocketType::CLOEXEC.0))
    }

    /// Whether [`SocketType::NONBLOCK`] was added.
    pub const fn is_nonblock(self) -> bool {
        self.0 & SocketType::NONBLOCK.0 != 0
    }
}

impl BitOr for SocketType {
    type Output = SocketType;
    fn bitor(self, flag: SocketType) -> SocketType {
        SocketType(self.0 | flag.0)
    }
}
