//! A stack without DHCP: what the rest of it asks its clients, of which there are none.

#[cfg(name_servers)]
use core::net::Ipv4Addr;

use berkeley::Instant;

use super::arrival::Arrival;
use super::state::{Inner, State};
#[cfg(feature = "ipv4")]
use crate::network::arp::Arp;
use crate::network::packet::IpHeader;

impl State<'_> {
    pub(super) fn dhcp_arrived(
        &mut self,
        _arrival: &mut Arrival<'_>,
        _header: &IpHeader,
        _payload: &[u8],
    ) -> bool {
        false
    }

    #[cfg(feature = "ipv4")]
    pub(super) fn dhcp_hears(&mut self, _link: u8, _arp: &Arp, _now: Instant) {}

    pub(super) fn dhcp_link_changed(&mut self, _link: u8, _up: bool, _now: Instant) {}

    pub(super) fn forget_dhcp(&mut self, _link: u8) {}

    pub(super) fn dhcp_releases(&self) -> bool {
        false
    }

    pub(super) fn next_event_of_dhcp(&self) -> Option<Instant> {
        None
    }
}

#[cfg(name_servers)]
impl State<'_> {
    pub(super) fn leased_dns_servers(&self, _link: usize) -> &[Ipv4Addr] {
        &[]
    }
}

impl Inner<'_> {
    pub(super) fn keep_dhcp(&mut self, _now: Instant) {}
}
