//! Addresses, scopes and services of TIPC. Source: `linux/tipc.h`.

/// An address that is a range of instances of a service.
pub const TIPC_ADDR_NAMESEQ: u8 = 1;
/// An address that is one instance of a service.
pub const TIPC_ADDR_NAME: u8 = 2;
/// An address that is one socket.
pub const TIPC_ADDR_ID: u8 = 3;

/// Known in the zone.
pub const TIPC_ZONE_SCOPE: i8 = 1;
/// Known in the cluster.
pub const TIPC_CLUSTER_SCOPE: i8 = 2;
/// Known on this node alone.
pub const TIPC_NODE_SCOPE: i8 = 3;

/// The service that tells of the configuration.
pub const TIPC_CFG_SRV: u32 = 0;
/// The service that tells which services there are.
pub const TIPC_TOP_SRV: u32 = 1;

/// Messages that are dropped first.
pub const TIPC_LOW_IMPORTANCE: u32 = 0;
/// Messages that are dropped before the more important ones.
pub const TIPC_MEDIUM_IMPORTANCE: u32 = 1;
/// Messages that are dropped late.
pub const TIPC_HIGH_IMPORTANCE: u32 = 2;
/// Messages that are dropped last.
pub const TIPC_CRITICAL_IMPORTANCE: u32 = 3;

/// A subscription to every change.
pub const TIPC_SUB_PORTS: u32 = 1;
/// A subscription to the first that comes and the last that goes.
pub const TIPC_SUB_SERVICE: u32 = 2;
/// The end of a subscription.
pub const TIPC_SUB_CANCEL: u32 = 4;
/// A subscription without an end; C's value with every bit set.
pub const TIPC_WAIT_FOREVER: i32 = -1;

/// A service has come.
pub const TIPC_PUBLISHED: u32 = 1;
/// A service has gone.
pub const TIPC_WITHDRAWN: u32 = 2;
/// The time of a subscription is over.
pub const TIPC_SUBSCR_TIMEOUT: u32 = 3;
