//! Options whose values have a type.

use core::marker::PhantomData;
use core::time::Duration;

use super::*;
use crate::{Error, OptionLevel, OptionName};

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
    /// [`IP_ADD_MEMBERSHIP`].
    ADD_MEMBERSHIP: Ipv4Membership = IP, IP_ADD_MEMBERSHIP;
    /// [`IP_DROP_MEMBERSHIP`].
    DROP_MEMBERSHIP: Ipv4Membership = IP, IP_DROP_MEMBERSHIP;
    /// [`IP_ADD_SOURCE_MEMBERSHIP`].
    ADD_SOURCE_MEMBERSHIP: Ipv4SourceMembership = IP, IP_ADD_SOURCE_MEMBERSHIP;
    /// [`IP_DROP_SOURCE_MEMBERSHIP`].
    DROP_SOURCE_MEMBERSHIP: Ipv4SourceMembership = IP, IP_DROP_SOURCE_MEMBERSHIP;
    /// [`IP_BLOCK_SOURCE`].
    BLOCK_SOURCE: Ipv4SourceMembership = IP, IP_BLOCK_SOURCE;
    /// [`IP_UNBLOCK_SOURCE`].
    UNBLOCK_SOURCE: Ipv4SourceMembership = IP, IP_UNBLOCK_SOURCE;
    /// [`IPV6_JOIN_GROUP`].
    JOIN_GROUP: Ipv6Membership = IPV6, IPV6_JOIN_GROUP;
    /// [`IPV6_LEAVE_GROUP`].
    LEAVE_GROUP: Ipv6Membership = IPV6, IPV6_LEAVE_GROUP;
}
