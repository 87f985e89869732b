//! The two addresses of a socket: its own, and its peer's.

use berkeley::{Address, Errno, Error};
use smoltcp::socket::tcp;

use super::state::State;
use crate::descriptor::{Bound, Datagram, Kind, Stream};

impl State<'_> {
    /// The address that a socket is bound to; before that, the wildcard and port 0.
    pub(super) fn own_address(&self, index: u16) -> Result<Address, Error> {
        let entry = &self.descriptors[index];
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
        let entry = &self.descriptors[index];
        let not_connected = Error::from(Errno::ENOTCONN);
        let peer = match entry.kind {
            Kind::Datagram(Datagram { peer: Some(peer), .. }) if peer.port != 0 => peer,
            Kind::Stream(Stream::Open { slot }) => {
                let slot = self.slot(slot);
                let connected = slot.is_synchronized() && slot.state() != tcp::State::TimeWait;
                let tuple = slot.tuple.filter(|_| connected).ok_or(not_connected)?;
                let scope_id = entry.bound.map_or(0, |bound| bound.scope_id);
                Bound { ip: tuple.remote.ip, port: tuple.remote.port, scope_id }
            }
            _ => return Err(not_connected),
        };
        Ok(entry.address_of(peer.ip, peer.port, peer.scope_id))
    }
}
