//! A stack without stateless autoconfiguration: what the rest of it asks its hosts, of which there are
//! none.

use berkeley::Instant;

#[cfg(feature = "ipv6")]
use super::arrival::{Arrival, Packet};
use super::state::{Inner, State};
use crate::ip::IpAddr;
use crate::network::LinkIndex;
#[cfg(feature = "ipv6")]
use crate::network::ndp::Ndp;

impl State<'_> {
    #[cfg(feature = "ipv6")]
    pub(super) fn router_advertised(
        &mut self,
        _arrival: &mut Arrival<'_>,
        _packet: &Packet<'_>,
    ) -> bool {
        false
    }

    #[cfg(feature = "ipv6")]
    pub(super) fn slaac_hears(&mut self, _link: u8, _message: &Ndp, _now: Instant) {}

    pub(super) fn slaac_link_changed(&mut self, _link: u8, _up: bool, _now: Instant) {}

    pub(super) fn wanted_addresses(&self) -> impl Iterator<Item = (LinkIndex, IpAddr)> {
        core::iter::empty()
    }

    pub(super) fn slaac_lost(&mut self, _link: u8, _address: IpAddr) {}

    pub(super) fn forget_slaac(&mut self, _link: u8) {}

    pub(super) fn next_event_of_slaac(&self) -> Option<Instant> {
        None
    }
}

#[cfg(name_servers)]
impl State<'_> {
    pub(super) fn advertised_dns_server(&self, _link: usize, _number: usize) -> Option<IpAddr> {
        None
    }
}

impl Inner<'_> {
    pub(super) fn keep_slaac(&mut self, _now: Instant) {}
}
