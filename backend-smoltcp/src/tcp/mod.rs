//! TCP: connections in slots, half-open and closed ones in tables of their own, ports and
//! readiness.
//!
//! The state machine is smoltcp's and is reached only through [`engine`]; which connection a segment
//! belongs to, who listens, how many wait to be accepted, what an error was caused by and when a
//! connection is really over is decided here.

pub(crate) mod engine;
pub(crate) mod half_open;
pub(crate) mod packet_options;
pub(crate) mod patience;
pub(crate) mod received;
pub(crate) mod segment;
pub(crate) mod sent;
pub(crate) mod slot;
pub(crate) mod time_wait;
pub(crate) mod tuple_index;

use core::net::{IpAddr, Ipv4Addr};

/// One end of a connection: what is on the wire, without scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub(crate) struct Endpoint {
    // The first one compared, because it tells most apart.
    pub(crate) port: u16,
    pub(crate) ip: IpAddr,
}

/// A connection, seen from this host.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub(crate) struct Tuple {
    pub(crate) remote: Endpoint,
    pub(crate) local: Endpoint,
}

impl Tuple {
    /// Of a place without a connection.
    pub(crate) const NONE: Tuple = {
        let nobody = Endpoint { ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED), port: 0 };
        Tuple { local: nobody, remote: nobody }
    };
}
