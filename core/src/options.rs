//! Socket options by their POSIX names, and options with a type.
//!
//! [`Socket::setsockopt`](crate::Socket::setsockopt) takes a level, a name and a number, as Python's
//! does; a [`SocketOption`] joins the three so that the type of the value cannot be wrong.
//! Sources: `socket(7)`, `ip(7)`, `ipv6(7)`, `tcp(7)`.

use core::marker::PhantomData;
use core::time::Duration;

use crate::{Errno, Error, OptionLevel, OptionName};

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
        $($(#[$doc])* pub const $name: OptionName = OptionName($number);)*
    };
}

names! {
    /// Record debugging information.
    SO_DEBUG = 1;
    /// Allow binding to an address whose last connection is still in TIME-WAIT.
    SO_REUSEADDR = 2;
    /// The socket type. Read only.
    SO_TYPE = 3;
    /// The pending error, which reading clears. Read only.
    SO_ERROR = 4;
    /// Only to hosts on a connected network.
    SO_DONTROUTE = 5;
    /// Allow sending to a broadcast address.
    SO_BROADCAST = 6;
    /// Bytes of send buffer.
    SO_SNDBUF = 7;
    /// Bytes of receive buffer.
    SO_RCVBUF = 8;
    /// Probe idle connections.
    SO_KEEPALIVE = 9;
    /// Out-of-band data stays in the stream.
    SO_OOBINLINE = 10;
    /// What closing does with unsent data: two `int`s, on/off and seconds.
    SO_LINGER = 13;
    /// Several sockets may share one address and port.
    SO_REUSEPORT = 15;
    /// Bytes that make a socket readable.
    SO_RCVLOWAT = 18;
    /// Bytes of room that make a socket writable.
    SO_SNDLOWAT = 19;
    /// The host's own receive timeout; use [`Socket::settimeout`](crate::Socket::settimeout).
    SO_RCVTIMEO = 20;
    /// The host's own send timeout; use [`Socket::settimeout`](crate::Socket::settimeout).
    SO_SNDTIMEO = 21;
    /// Whether the socket listens. Read only.
    SO_ACCEPTCONN = 30;
    /// The protocol. Read only.
    SO_PROTOCOL = 38;
    /// The address family. Read only.
    SO_DOMAIN = 39;
    /// At level IP: type of service.
    IP_TOS = 1;
    /// At level IP: time to live of unicast packets.
    IP_TTL = 2;
    /// At level IP: interface of multicast packets.
    IP_MULTICAST_IF = 32;
    /// At level IP: time to live of multicast packets.
    IP_MULTICAST_TTL = 33;
    /// At level IP: whether own multicast packets come back.
    IP_MULTICAST_LOOP = 34;
    /// At level IPV6: hop limit of unicast packets.
    IPV6_UNICAST_HOPS = 16;
    /// At level IPV6: hop limit of multicast packets.
    IPV6_MULTICAST_HOPS = 18;
    /// At level IPV6: no IPv4 through this socket.
    IPV6_V6ONLY = 26;
    /// At level IPV6: traffic class.
    IPV6_TCLASS = 67;
    /// At level TCP: send small segments at once.
    TCP_NODELAY = 1;
    /// At level TCP: largest segment.
    TCP_MAXSEG = 2;
    /// At level TCP: seconds of silence before the first probe.
    TCP_KEEPIDLE = 4;
    /// At level TCP: seconds between probes.
    TCP_KEEPINTVL = 5;
    /// At level TCP: unanswered probes before giving up.
    TCP_KEEPCNT = 6;
    /// At level TCP: how often the opening segment is repeated.
    TCP_SYNCNT = 7;
    /// At level TCP: milliseconds that sent data may stay unacknowledged.
    TCP_USER_TIMEOUT = 18;
}

/// The bytes of an option's value in the host's byte order, at most 8.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OptionBytes {
    bytes: [u8; 8],
    length: usize,
}

impl OptionBytes {
    /// The bytes of an `int`.
    pub fn of_int(value: i32) -> OptionBytes {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&value.to_ne_bytes());
        OptionBytes { bytes, length: 4 }
    }

    /// The bytes of two `int`s.
    pub fn of_ints(first: i32, second: i32) -> OptionBytes {
        let mut value = OptionBytes::of_int(first);
        value.bytes[4..].copy_from_slice(&second.to_ne_bytes());
        value.length = 8;
        value
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Reads an `int` out of an option's value; what is missing counts as zero bytes, because some
/// hosts answer with one byte for a truth value.
pub fn int_of(value: &[u8]) -> i32 {
    int_at(value, 0)
}

/// Reads the `int` at byte `offset`.
fn int_at(value: &[u8], offset: usize) -> i32 {
    let mut bytes = [0; 4];
    for (to, from) in bytes.iter_mut().zip(value.iter().skip(offset)) {
        *to = *from;
    }
    i32::from_ne_bytes(bytes)
}

/// A type that a socket option's value can have.
pub trait OptionValue: Sized {
    /// The value as the host wants it.
    ///
    /// # Errors
    ///
    /// [`Error::OVERFLOW`] when the value does not fit the host's type.
    fn encode(self) -> Result<OptionBytes, Error>;

    /// The value out of the host's bytes.
    fn decode(bytes: &[u8]) -> Self;
}

impl OptionValue for bool {
    fn encode(self) -> Result<OptionBytes, Error> {
        Ok(OptionBytes::of_int(i32::from(self)))
    }

    fn decode(bytes: &[u8]) -> bool {
        int_of(bytes) != 0
    }
}

impl OptionValue for i32 {
    fn encode(self) -> Result<OptionBytes, Error> {
        Ok(OptionBytes::of_int(self))
    }

    fn decode(bytes: &[u8]) -> i32 {
        int_of(bytes)
    }
}

/// How long an explicit close waits for unsent data, `struct linger`; `None` is off.
///
/// Whole seconds: a part of a second counts as one.
impl OptionValue for Option<Duration> {
    fn encode(self) -> Result<OptionBytes, Error> {
        let Some(duration) = self else { return Ok(OptionBytes::of_ints(0, 0)) };
        let seconds = duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0));
        let seconds = i32::try_from(seconds).map_err(|_| Error::OVERFLOW)?;
        Ok(OptionBytes::of_ints(1, seconds))
    }

    fn decode(bytes: &[u8]) -> Option<Duration> {
        let seconds = u64::try_from(int_at(bytes, 4)).unwrap_or(0);
        (int_of(bytes) != 0).then(|| Duration::from_secs(seconds))
    }
}

/// The pending error of a socket.
impl OptionValue for Option<Error> {
    fn encode(self) -> Result<OptionBytes, Error> {
        let number = self.and_then(Error::errno).map_or(0, Errno::raw);
        Ok(OptionBytes::of_int(number))
    }

    fn decode(bytes: &[u8]) -> Option<Error> {
        Errno::from_raw(int_of(bytes)).map(Error::from)
    }
}

/// A socket option whose value has the type `T`.
#[derive(Debug)]
pub struct SocketOption<T> {
    /// The level.
    pub level: OptionLevel,
    /// The name within the level.
    pub name: OptionName,
    value: PhantomData<fn(T) -> T>,
}

impl<T> SocketOption<T> {
    /// The option of this level and name.
    pub const fn new(level: OptionLevel, name: OptionName) -> SocketOption<T> {
        SocketOption { level, name, value: PhantomData }
    }
}

impl<T> Clone for SocketOption<T> {
    fn clone(&self) -> SocketOption<T> {
        *self
    }
}

impl<T> Copy for SocketOption<T> {}

macro_rules! typed {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $level:ident, $option:ident;)*) => {
        $(
            $(#[$doc])*
            pub const $name: SocketOption<$type> = SocketOption::new(OptionLevel::$level, $option);
        )*
    };
}

typed! {
    /// [`SO_REUSEADDR`].
    REUSE_ADDRESS: bool = SOCKET, SO_REUSEADDR;
    /// [`SO_REUSEPORT`].
    REUSE_PORT: bool = SOCKET, SO_REUSEPORT;
    /// [`SO_BROADCAST`].
    BROADCAST: bool = SOCKET, SO_BROADCAST;
    /// [`SO_KEEPALIVE`].
    KEEPALIVE: bool = SOCKET, SO_KEEPALIVE;
    /// [`SO_LINGER`].
    LINGER: Option<Duration> = SOCKET, SO_LINGER;
    /// [`SO_RCVBUF`].
    RECEIVE_BUFFER: i32 = SOCKET, SO_RCVBUF;
    /// [`SO_SNDBUF`].
    SEND_BUFFER: i32 = SOCKET, SO_SNDBUF;
    /// [`SO_ERROR`]: reading it clears it.
    ERROR: Option<Error> = SOCKET, SO_ERROR;
    /// [`SO_ACCEPTCONN`].
    LISTENING: bool = SOCKET, SO_ACCEPTCONN;
    /// [`TCP_NODELAY`].
    NODELAY: bool = TCP, TCP_NODELAY;
    /// [`IP_TTL`].
    TIME_TO_LIVE: i32 = IP, IP_TTL;
    /// [`IPV6_UNICAST_HOPS`].
    HOP_LIMIT: i32 = IPV6, IPV6_UNICAST_HOPS;
    /// [`IPV6_V6ONLY`].
    V6ONLY: bool = IPV6, IPV6_V6ONLY;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linger_counts_whole_seconds_upwards() {
        // value, the two ints, what comes back
        for (value, ints, back) in [
            (None, (0, 0), None),
            (Some(Duration::ZERO), (1, 0), Some(Duration::ZERO)),
            (Some(Duration::from_millis(1)), (1, 1), Some(Duration::from_secs(1))),
            (Some(Duration::from_secs(7)), (1, 7), Some(Duration::from_secs(7))),
        ] {
            let bytes = value.encode().unwrap();
            assert_eq!(bytes, OptionBytes::of_ints(ints.0, ints.1), "{value:?}");
            assert_eq!(Option::<Duration>::decode(bytes.as_slice()), back, "{value:?}");
        }
        assert_eq!(Some(Duration::MAX).encode(), Err(Error::OVERFLOW));
    }

    #[test]
    fn short_answers_are_not_read_beyond() {
        assert!(bool::decode(&1i32.to_ne_bytes()));
        assert_eq!(i32::decode(&[]), 0);
        assert_eq!(Option::<Duration>::decode(&1i32.to_ne_bytes()), Some(Duration::ZERO));
    }
}
