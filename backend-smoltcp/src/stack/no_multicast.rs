//! A stack without multicast: it is in the groups of all hosts, and where its addresses are solicited.
//! None is joined, and routers are told nothing.

use berkeley::{Error, Instant, OptionLevel, OptionName};

use super::arrival::{Arrival, Packet};
use super::state::{Inner, State};
use super::statistics::PoolUsage;
#[cfg(datagrams)]
use crate::datagram::Envelope;
#[cfg(datagrams)]
use crate::descriptor::Bound;
#[cfg(udp)]
use crate::ip::IpAddr;
use crate::network::LinkIndex;
use crate::network::packet::IpHeader;

impl State<'_> {
    pub(super) fn set_multicast_option(
        &mut self,
        _index: u16,
        _level: OptionLevel,
        _name: OptionName,
        _value: &[u8],
        _now: Instant,
    ) -> Option<Result<(), Error>> {
        None
    }

    pub(super) fn leave_groups(&mut self, _index: u16, _now: Instant) {}

    pub(super) fn forget_groups(&mut self, _link: LinkIndex) {}

    pub(super) fn own_groups_changed(&mut self, _now: Instant) {}

    pub(super) fn tell_groups_again(&mut self, _link: LinkIndex, _now: Instant) {}

    pub(super) fn membership_usage(&self) -> PoolUsage {
        PoolUsage::default()
    }

    pub(super) fn is_for_members(&self, link: LinkIndex, header: &IpHeader) -> bool {
        self.is_group_of(link, header.destination)
    }

    #[cfg(udp)]
    pub(super) fn host_hears(&self, link: LinkIndex, address: IpAddr, _source: IpAddr) -> bool {
        self.is_group_of(link, address)
    }

    #[cfg(datagrams)]
    pub(super) fn socket_hears(&self, _index: u16, _envelope: &Envelope) -> bool {
        true
    }

    #[cfg(datagrams)]
    pub(super) fn aim_at_group(
        &self,
        index: u16,
        to: Bound,
        _chosen: u32,
    ) -> Result<(Bound, Option<Bound>), Error> {
        Ok((to, self.descriptors.entry(index)?.bound))
    }

    pub(super) fn group_message_arrived(
        &mut self,
        _arrival: &Arrival<'_>,
        _packet: &Packet<'_>,
    ) -> bool {
        false
    }

    pub(super) fn next_report(&self) -> Option<Instant> {
        None
    }
}

impl Inner<'_> {
    pub(super) fn send_reports(&mut self, _now: Instant) {}
}
