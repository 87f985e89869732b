//! The two addresses of a socket: its own, and its peer's.

use berkeley::{Address, Errno, Error};

use super::datagrams::peer_of;
use super::state::State;
use crate::descriptor::{Bound, Kind};

impl State<'_> {
    /// The address that a socket is bound to; before that, the wildcard and port 0.
    pub(super) fn own_address(&self, index: u16) -> Result<Address, Error> {
        let entry = self.descriptors.entry(index)?;
        if let Kind::Unix(socket) = entry.kind {
            return self.unix_name(socket);
        }
        let unbound = Bound { ip: entry.wildcard(), port: 0, scope_id: 0 };
        let bound = entry.bound.unwrap_or(unbound);
        Ok(entry.address_of(bound.ip, bound.port, bound.scope_id))
    }

    /// The address that a socket is connected to.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` when it is not, not yet, or not any more.
    pub(super) fn peer_address(&self, index: u16) -> Result<Address, Error> {
        let entry = self.descriptors.entry(index)?;
        let peer = match entry.kind {
            Kind::Stream(stream) => self.stream_peer(entry, stream),
            Kind::Datagram(datagram) => {
                datagram.require_peers()?;
                peer_of(datagram)
            }
            Kind::Unix(socket) => return self.unix_peer_name(socket),
            Kind::Free => None,
        }
        .ok_or(Errno::ENOTCONN)?;
        Ok(entry.address_of(peer.ip, peer.port, peer.scope_id))
    }
}
