//! Families, types, protocols, flags and levels: open numbers with the field's names.
//!
//! Each is a newtype around the generic Linux number, so that a number this crate has no name for
//! can still be asked for, and fails at run time if the backend lacks it. A backend whose host
//! counts differently translates. Sources: `socket(2)`, `recv(2)`, `send(2)`, `shutdown(2)`,
//! `poll(2)`, Linux's `asm-generic` headers.

use core::fmt;
use core::ops::{BitAnd, BitOr, BitOrAssign};

/// Defines an open number with named values, printed by name.
macro_rules! open_number {
    (
        $(#[$doc:meta])* $type:ident($raw:ty);
        $($(#[$item:meta])* $name:ident = $value:expr, $label:literal;)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(pub $raw);

        impl $type {
            $($(#[$item])* pub const $name: $type = $type($value);)*

            /// The field's name of this value, or `None` for a number without one here.
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $($type::$name => Some($label),)*
                    _ => None,
                }
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, concat!(stringify!($type), "({})"), self.0),
                }
            }
        }
    };
}

/// Defines a set of flag bits with named values, printed by name.
macro_rules! flag_set {
    (
        $(#[$doc:meta])* $type:ident($raw:ty);
        $($(#[$item:meta])* $name:ident = $value:expr, $label:literal;)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $type(pub $raw);

        impl $type {
            /// No flag.
            pub const NONE: $type = $type(0);
            $($(#[$item])* pub const $name: $type = $type($value);)*

            /// Whether every flag of `other` is set here.
            pub const fn contains(self, other: $type) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether any flag of `other` is set here.
            pub const fn intersects(self, other: $type) -> bool {
                self.0 & other.0 != 0
            }

            /// Whether no flag is set.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// The flags of `self` that are not in `other`.
            #[must_use]
            pub const fn without(self, other: $type) -> $type {
                $type(self.0 & !other.0)
            }

            /// The flags of both.
            #[must_use]
            pub const fn union(self, other: $type) -> $type {
                $type(self.0 | other.0)
            }
        }

        impl BitOr for $type {
            type Output = $type;
            fn bitor(self, other: $type) -> $type {
                self.union(other)
            }
        }

        impl BitOrAssign for $type {
            fn bitor_assign(&mut self, other: $type) {
                *self = self.union(other);
            }
        }

        impl BitAnd for $type {
            type Output = $type;
            fn bitand(self, other: $type) -> $type {
                $type(self.0 & other.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut rest = self.0;
                let mut separator = "";
                $(
                    if self.contains($type::$name) {
                        write!(f, "{separator}{}", $label)?;
                        separator = "|";
                        rest &= !$type::$name.0;
                    }
                )*
                if rest != 0 || separator.is_empty() {
                    write!(f, "{separator}{rest:#x}")?;
                }
                Ok(())
            }
        }
    };
}

open_number! {
    /// An address family, the first argument of `socket()`.
    AddressFamily(u16);
    /// No family: "any" where a family is a filter.
    UNSPEC = 0, "AF_UNSPEC";
    /// Local sockets of one host.
    UNIX = 1, "AF_UNIX";
    /// IPv4.
    INET = 2, "AF_INET";
    /// IPv6.
    INET6 = 10, "AF_INET6";
    /// Linux's kernel messages.
    NETLINK = 16, "AF_NETLINK";
    /// Frames of an interface.
    PACKET = 17, "AF_PACKET";
    /// Controller area network.
    CAN = 29, "AF_CAN";
    /// Transparent inter-process communication.
    TIPC = 30, "AF_TIPC";
    /// Bluetooth.
    BLUETOOTH = 31, "AF_BLUETOOTH";
    /// Between a virtual machine and its host.
    VSOCK = 40, "AF_VSOCK";
}

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

open_number! {
    /// A protocol, the third argument of `socket()`.
    Protocol(i32);
    /// The usual protocol of the family and type.
    DEFAULT = 0, "IPPROTO_IP";
    /// IPv4's control messages.
    ICMP = 1, "IPPROTO_ICMP";
    /// Transmission Control Protocol.
    TCP = 6, "IPPROTO_TCP";
    /// User Datagram Protocol.
    UDP = 17, "IPPROTO_UDP";
    /// IPv6's control messages.
    ICMPV6 = 58, "IPPROTO_ICMPV6";
    /// Raw IP packets.
    RAW = 255, "IPPROTO_RAW";
}

open_number! {
    /// Which half of a connection `shutdown()` ends.
    Shutdown(i32);
    /// No more receiving.
    RD = 0, "SHUT_RD";
    /// No more sending.
    WR = 1, "SHUT_WR";
    /// Neither.
    RDWR = 2, "SHUT_RDWR";
}

impl Shutdown {
    /// Whether this ends receiving.
    pub fn is_read(self) -> bool {
        self != Shutdown::WR
    }

    /// Whether this ends sending.
    pub fn is_write(self) -> bool {
        self != Shutdown::RD
    }
}

flag_set! {
    /// The flags of `send()` and `recv()`.
    MessageFlags(u32);
    /// Out-of-band data.
    OOB = 0x1, "MSG_OOB";
    /// Leave the data in the queue.
    PEEK = 0x2, "MSG_PEEK";
    /// Only to hosts on a connected network.
    DONTROUTE = 0x4, "MSG_DONTROUTE";
    /// Control data did not fit.
    CTRUNC = 0x8, "MSG_CTRUNC";
    /// Say the real length of a datagram.
    TRUNC = 0x20, "MSG_TRUNC";
    /// Do not wait, this once.
    DONTWAIT = 0x40, "MSG_DONTWAIT";
    /// End of a record.
    EOR = 0x80, "MSG_EOR";
    /// Wait until the buffer is full.
    WAITALL = 0x100, "MSG_WAITALL";
    /// Confirm that the neighbour answers.
    CONFIRM = 0x800, "MSG_CONFIRM";
    /// Read the error queue.
    ERRQUEUE = 0x2000, "MSG_ERRQUEUE";
    /// No signal on a broken pipe. This library never lets one be raised.
    NOSIGNAL = 0x4000, "MSG_NOSIGNAL";
    /// More data follows.
    MORE = 0x8000, "MSG_MORE";
    /// Send with the opening of the connection.
    FASTOPEN = 0x2000_0000, "MSG_FASTOPEN";
    /// Close received descriptors on `exec`.
    CMSG_CLOEXEC = 0x4000_0000, "MSG_CMSG_CLOEXEC";
}

flag_set! {
    /// What a socket is ready for, with the bits and the meaning of `poll(2)`.
    ///
    /// [`Readiness::ERROR`], [`Readiness::HANGUP`] and [`Readiness::INVALID`] are reported whether
    /// asked for or not.
    Readiness(u16);
    /// Receiving or accepting will not wait: data, the end, an error or a connection is there.
    READABLE = 0x1, "POLLIN";
    /// Out-of-band data is there.
    PRIORITY = 0x2, "POLLPRI";
    /// Sending will not wait: there is room, or an error.
    WRITABLE = 0x4, "POLLOUT";
    /// An error is pending.
    ERROR = 0x8, "POLLERR";
    /// Both halves of the connection are over, or there never was one.
    HANGUP = 0x10, "POLLHUP";
    /// The handle refers to nothing.
    INVALID = 0x20, "POLLNVAL";
}

open_number! {
    /// The protocol level of a socket option, `SOL_*`.
    OptionLevel(i32);
    /// IPv4.
    IP = 0, "SOL_IP";
    /// The socket itself.
    SOCKET = 1, "SOL_SOCKET";
    /// TCP.
    TCP = 6, "SOL_TCP";
    /// UDP.
    UDP = 17, "SOL_UDP";
    /// IPv6.
    IPV6 = 41, "SOL_IPV6";
}

/// The name of a socket option within its level.
///
/// The same number means different options at different levels; the named values are in
/// [`options`](crate::options).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OptionName(pub i32);

/// `listen()` with this backlog takes as many as the host allows; Linux's header value.
pub const SOMAXCONN: i32 = 4096;

#[cfg(test)]
mod tests {
    extern crate std;
    use std::format;

    use super::*;

    #[test]
    fn numbers_print_their_names() {
        // value, what a person reads
        for (text, expected) in [
            (format!("{:?}", AddressFamily::INET6), "AF_INET6"),
            (format!("{:?}", AddressFamily(9999)), "AddressFamily(9999)"),
            (format!("{:?}", MessageFlags::PEEK | MessageFlags::DONTWAIT), "MSG_PEEK|MSG_DONTWAIT"),
            (format!("{:?}", MessageFlags(0x1000_0002)), "MSG_PEEK|0x10000000"),
            (format!("{:?}", MessageFlags::NONE), "0x0"),
            (format!("{:?}", Readiness::READABLE | Readiness::HANGUP), "POLLIN|POLLHUP"),
        ] {
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn the_type_shows_no_flags() {
        let wanted = SocketType::STREAM | SocketType::NONBLOCK | SocketType::CLOEXEC;
        assert!(wanted.is_nonblock());
        assert_eq!(wanted.without_flags(), SocketType::STREAM);
    }
}
