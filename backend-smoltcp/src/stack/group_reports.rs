//! What is said about groups on a link: messages of IGMP and MLD, in and out.

use berkeley::Instant;

use super::arrival::{Arrival, Packet};
use super::state::{Inner, State};
use crate::device::Medium;
use crate::ip::IpAddr;
#[cfg(feature = "ipv4")]
use crate::ip::Ipv4Addr;
#[cfg(feature = "ipv6")]
use crate::ip::Ipv6Addr;
use crate::memberships::{Filter, Group};
use crate::network::ethernet::{EtherType, group_address};
#[cfg(feature = "ipv4")]
use crate::network::igmp;
#[cfg(feature = "ipv6")]
use crate::network::mld;
use crate::network::packet;
use crate::network::reports::{Due, Message, Notice};

impl State<'_> {
    /// Acts on a message about groups; false when it was none.
    pub(super) fn group_message_arrived(
        &mut self,
        arrival: &Arrival<'_>,
        packet: &Packet<'_>,
    ) -> bool {
        let header = packet.header;
        let message: Option<Message> = match (header.source, header.protocol) {
            #[cfg(feature = "ipv4")]
            (IpAddr::V4(_), packet::IGMP) => igmp::parse(header, packet.payload),
            #[cfg(feature = "ipv6")]
            (IpAddr::V6(_), packet::ICMPV6) => {
                packet.whole.and_then(|whole| mld::parse(header, whole, packet.payload))
            }
            _ => None,
        };
        let Some(message) = message else { return false };
        if arrival.facts.medium != Medium::Loopback {
            let (link, is_ipv4) = (arrival.facts.index, header.source.is_ipv4());
            self.multicast.reports.heard(link, is_ipv4, message, arrival.now);
            self.plan_housekeeping();
        }
        true
    }

    /// When routers have to be told something.
    pub(super) fn next_report(&self) -> Option<Instant> {
        self.multicast.reports.next_event()
    }
}

impl Inner<'_> {
    /// Tells routers what is due. Without room in the device a report is lost, as any packet may be.
    pub(super) fn send_reports(&mut self, now: Instant) {
        while let Some(due) = self.state.multicast.reports.next_due(now) {
            let filter = self.state.filter_of(due.group);
            if let Some(notice) = due.notice(filter) {
                self.send_report(&due, notice, filter);
            }
        }
    }

    fn send_report(&mut self, due: &Due, notice: Notice, filter: Filter) {
        let Inner { links, state, .. } = self;
        let Group { link: number, address } = due.group;
        let Some(Some(link)) = links.get_mut(usize::from(number)) else { return };
        if !link.is_up() {
            return;
        }
        let sources = || state.multicast.memberships.sources(due.group).take(filter.sources);
        match address {
            #[cfg(feature = "ipv4")]
            IpAddr::V4(group) => {
                let own = state.routes.source_for(address, number).and_then(ipv4);
                let own = own.unwrap_or(Ipv4Addr::UNSPECIFIED);
                let to = group_address(IpAddr::V4(igmp::destination(group, notice)));
                link.transmit(to, EtherType::IPV4, &mut state.datagrams, &mut |room| {
                    let sources = sources().filter_map(ipv4);
                    igmp::emit(room, own, group, notice, sources).unwrap_or(0)
                });
            }
            #[cfg(feature = "ipv6")]
            IpAddr::V6(group) => {
                // A link-local address, or none (RFC 3810 section 5.2.13).
                let all = state.routes.addresses().filter(|(link, _)| *link == number);
                let mut all = all.filter_map(|(_, own)| ipv6(own.ip()));
                let own = all.find(|own| own.is_unicast_link_local());
                let own = own.unwrap_or(Ipv6Addr::UNSPECIFIED);
                let to = group_address(IpAddr::V6(mld::destination(group, notice)));
                link.transmit(to, EtherType::IPV6, &mut state.datagrams, &mut |room| {
                    let sources = sources().filter_map(ipv6);
                    mld::emit(room, own, group, notice, sources).unwrap_or(0)
                });
            }
            #[cfg(not(all(feature = "ipv4", feature = "ipv6")))]
            _ => {}
        }
    }
}

#[cfg(feature = "ipv4")]
fn ipv4(address: IpAddr) -> Option<Ipv4Addr> {
    match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}

#[cfg(feature = "ipv6")]
fn ipv6(address: IpAddr) -> Option<Ipv6Addr> {
    match address {
        IpAddr::V6(address) => Some(address),
        IpAddr::V4(_) => None,
    }
}
