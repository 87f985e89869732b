//! Special addresses, ports and limits of IPv4 and IPv6.
//!
//! Addresses are numbers in the host's order, as in C: [`htonl`](crate::htonl) and
//! `Ipv4Addr::from` take them. Sources: `ip(7)`, `netinet/in.h`, RFC 1112, RFC 2460.

/// Any address of this host: 0.0.0.0.
pub const INADDR_ANY: u32 = 0;
/// This host over the loopback: 127.0.0.1.
pub const INADDR_LOOPBACK: u32 = 0x7F00_0001;
/// Everybody on the network: 255.255.255.255.
pub const INADDR_BROADCAST: u32 = 0xFFFF_FFFF;
/// What a function answers that has no address to answer; the number of [`INADDR_BROADCAST`].
pub const INADDR_NONE: u32 = 0xFFFF_FFFF;
/// The first address of groups: 224.0.0.0, which is none.
pub const INADDR_UNSPEC_GROUP: u32 = 0xE000_0000;
/// All hosts on the network: 224.0.0.1.
pub const INADDR_ALLHOSTS_GROUP: u32 = 0xE000_0001;
/// The last of the groups that no router passes on: 224.0.0.255.
pub const INADDR_MAX_LOCAL_GROUP: u32 = 0xE000_00FF;

/// Ports below this one are for privileged programs.
pub const IPPORT_RESERVED: u16 = 1024;
/// Ports from this one on are for servers that are no part of the system.
pub const IPPORT_USERRESERVED: u16 = 5000;

/// The time to live of multicast packets unless it is set.
pub const IP_DEFAULT_MULTICAST_TTL: u8 = 1;
/// Whether own multicast packets come back unless it is set.
pub const IP_DEFAULT_MULTICAST_LOOP: u8 = 1;
/// How many groups a socket can join, unless the host is told otherwise.
pub const IP_MAX_MEMBERSHIPS: usize = 20;

/// The type of a routing header that lists the way, which RFC 5095 has abolished.
pub const IPV6_RTHDR_TYPE_0: u8 = 0;
