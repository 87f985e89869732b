//! The two ends of a connection, or of a datagram's way.

use crate::ip::IpAddr;

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
    #[cfg(tcp)]
    pub(crate) const NONE: Tuple = {
        let nobody = Endpoint { ip: IpAddr::V4(core::net::Ipv4Addr::UNSPECIFIED), port: 0 };
        Tuple { local: nobody, remote: nobody }
    };
}
