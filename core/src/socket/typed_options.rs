//! The usual options as methods, under the names of the standard library and of the crate `socket2`.
//!
//! Each is [`Socket::option`] or [`Socket::set_option`] of one constant in
//! [`options`](crate::options). A backend that lacks an option answers `ENOPROTOOPT`.

use core::time::Duration;

use crate::options::{
    BROADCAST, ERROR, HOP_LIMIT, KEEPALIVE, LINGER, LISTENING, NODELAY, RECEIVE_BUFFER,
    REUSE_ADDRESS, REUSE_PORT, SEND_BUFFER, SocketOption, TIME_TO_LIVE, V6ONLY,
};
use crate::{Address, AddressFamily, Backend, Error, MessageFlags, Socket};

macro_rules! switches {
    ($($(#[$doc:meta])* $get:ident, $set:ident = $option:ident;)*) => {
        impl<B: Backend + Clone> Socket<B> {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                ///
                /// Those of [`Socket::getsockopt`].
                pub fn $get(&self) -> Result<bool, Error> {
                    self.option($option)
                }

                #[doc = concat!("Sets what [`Socket::", stringify!($get), "`] says.")]
                ///
                /// # Errors
                ///
                /// Those of [`Socket::setsockopt`].
                pub fn $set(&self, on: bool) -> Result<(), Error> {
                    self.set_option($option, on)
                }
            )*
        }
    };
}

switches! {
    /// Whether small segments are sent at once. Source: `TCP_NODELAY` in `tcp(7)`.
    nodelay, set_nodelay = NODELAY;
    /// Whether an address whose last connection is in TIME-WAIT can be bound. Source:
    /// `SO_REUSEADDR` in `socket(7)`.
    reuse_address, set_reuse_address = REUSE_ADDRESS;
    /// Whether several sockets may share an address and port. Source: `SO_REUSEPORT` in `socket(7)`.
    reuse_port, set_reuse_port = REUSE_PORT;
    /// Whether an idle connection is probed. Source: `SO_KEEPALIVE` in `socket(7)`.
    keepalive, set_keepalive = KEEPALIVE;
    /// Whether a broadcast address may be sent to. Source: `SO_BROADCAST` in `socket(7)`.
    broadcast, set_broadcast = BROADCAST;
    /// Whether an IPv6 socket leaves IPv4 to others. Source: `IPV6_V6ONLY` in `ipv6(7)`.
    only_v6, set_only_v6 = V6ONLY;
}

impl<B: Backend + Clone> Socket<B> {
    /// How long an explicit [`close`](Socket::close) waits for unsent data; `None` is off: it does
    /// not wait, and the data is sent all the same. Zero resets the connection. Source: `SO_LINGER`
    /// in `socket(7)`.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::getsockopt`].
    pub fn linger(&self) -> Result<Option<Duration>, Error> {
        self.option(LINGER)
    }

    /// Sets what [`Socket::linger`] says, in whole seconds: a part of a second counts as one.
    ///
    /// # Errors
    ///
    /// [`Error::OVERFLOW`] for 2³¹ seconds and more; those of [`Socket::setsockopt`].
    pub fn set_linger(&self, linger: Option<Duration>) -> Result<(), Error> {
        self.set_option(LINGER, linger)
    }

    /// How many routers a unicast packet may pass: the time to live, or the hop limit of an IPv6
    /// socket. Sources: `IP_TTL` in `ip(7)`, `IPV6_UNICAST_HOPS` in `ipv6(7)`.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::getsockopt`].
    pub fn ttl(&self) -> Result<u32, Error> {
        // Neither is ever negative.
        Ok(self.option(self.ttl_option())?.unsigned_abs())
    }

    /// Sets what [`Socket::ttl`] says.
    ///
    /// # Errors
    ///
    /// `EINVAL` for more than 255, and for 0 on IPv4; those of [`Socket::setsockopt`].
    pub fn set_ttl(&self, ttl: u32) -> Result<(), Error> {
        // What does not fit is out of range for the host too, and so is its largest number.
        self.set_option(self.ttl_option(), i32::try_from(ttl).unwrap_or(i32::MAX))
    }

    fn ttl_option(&self) -> SocketOption<i32> {
        if self.family == AddressFamily::INET6 { HOP_LIMIT } else { TIME_TO_LIVE }
    }

    /// Bytes of receive buffer. Source: `SO_RCVBUF` in `socket(7)`.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::getsockopt`].
    pub fn recv_buffer_size(&self) -> Result<usize, Error> {
        self.option(RECEIVE_BUFFER).map(|size| size.unsigned_abs() as usize)
    }

    /// Asks for so many bytes of receive buffer. The host may give more or less: Linux doubles it.
    ///
    /// # Errors
    ///
    /// [`Error::OVERFLOW`] for 2³¹ bytes and more; those of [`Socket::setsockopt`].
    pub fn set_recv_buffer_size(&self, size: usize) -> Result<(), Error> {
        self.set_option(RECEIVE_BUFFER, i32::try_from(size).map_err(|_| Error::OVERFLOW)?)
    }

    /// Bytes of send buffer. Source: `SO_SNDBUF` in `socket(7)`.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::getsockopt`].
    pub fn send_buffer_size(&self) -> Result<usize, Error> {
        self.option(SEND_BUFFER).map(|size| size.unsigned_abs() as usize)
    }

    /// Asks for so many bytes of send buffer. The host may give more or less: Linux doubles it.
    ///
    /// # Errors
    ///
    /// [`Error::OVERFLOW`] for 2³¹ bytes and more; those of [`Socket::setsockopt`].
    pub fn set_send_buffer_size(&self, size: usize) -> Result<(), Error> {
        self.set_option(SEND_BUFFER, i32::try_from(size).map_err(|_| Error::OVERFLOW)?)
    }

    /// Takes the pending error: the next call finds none. Source: `SO_ERROR` in `socket(7)`.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::getsockopt`].
    pub fn take_error(&self) -> Result<Option<Error>, Error> {
        self.option(ERROR)
    }

    /// Whether the socket listens. Source: `SO_ACCEPTCONN` in `socket(7)`.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::getsockopt`].
    pub fn is_listener(&self) -> Result<bool, Error> {
        self.option(LISTENING)
    }

    /// [`Socket::recv`] that leaves what it has received to be received again.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::recv`].
    pub fn peek(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        self.recv_into(buffer, 0, MessageFlags::PEEK)
    }

    /// [`Socket::recvfrom`] that leaves the datagram to be received again.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::recv`].
    pub fn peek_from(&self, buffer: &mut [u8]) -> Result<(usize, Option<Address>), Error> {
        self.recvfrom_into(buffer, 0, MessageFlags::PEEK)
    }
}
