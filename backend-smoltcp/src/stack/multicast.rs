//! Multicast groups: who has joined them, what is heard of them, and how one sends to them.
//!
//! A group is joined on a link; what a socket hears of it is in [`Memberships`]. Without a route, a
//! group is on the first link with an address, where Linux says `ENODEV` or `ENETUNREACH`. Sources of
//! behaviour: `ip(7)`, `ipv6(7)`, Linux's `igmp.c` and `mcast.c`, measured on Linux 6.18.

use berkeley::{Errno, Error, Instant};

use super::state::State;
use super::statistics::PoolUsage;
#[cfg(datagrams)]
use crate::datagram::Envelope;
#[cfg(datagrams)]
use crate::descriptor::Bound;
use crate::ip::IpAddr;
use crate::memberships::{Filter, Group, Memberships};
use crate::memory::MulticastTables;
use crate::network::LinkIndex;
use crate::network::packet::{self, IpHeader};
use crate::network::reports::Reports;
use crate::secret::Secret;

/// The tables of multicast.
pub(super) struct Multicast<'a> {
    pub(super) memberships: Memberships<'a>,
    pub(super) reports: Reports<'a>,
}

impl<'a> Multicast<'a> {
    pub(super) fn new(tables: MulticastTables<'a>, secret: &Secret) -> Multicast<'a> {
        let MulticastTables { memberships, reports, queriers } = tables;
        Multicast {
            memberships: Memberships::new(memberships),
            reports: Reports::new(reports, queriers, secret.delay_seed()),
        }
    }
}

impl State<'_> {
    /// A socket is closed: it leaves its groups.
    pub(super) fn leave_groups(&mut self, index: u16, now: Instant) {
        while let Some(group) = self.multicast.memberships.any_group_of(index) {
            self.leave(index, group, now);
        }
    }

    /// An interface is removed, and all memberships on it.
    pub(super) fn forget_groups(&mut self, link: LinkIndex) {
        self.multicast.memberships.forget_link(link);
        self.multicast.reports.forget_link(link);
    }

    /// A socket leaves a group, on this link or on the first one where it has joined it.
    ///
    /// # Errors
    ///
    /// `EADDRNOTAVAIL` when it has not joined it.
    pub(super) fn leave_group(
        &mut self,
        index: u16,
        address: IpAddr,
        link: Option<LinkIndex>,
        now: Instant,
    ) -> Result<(), Error> {
        let group = self.multicast.memberships.find(index, address, link);
        self.leave(index, group.ok_or(Errno::EADDRNOTAVAIL)?, now);
        Ok(())
    }

    fn leave(&mut self, index: u16, group: Group, now: Instant) {
        let _ = self.change_group(group, now, |memberships| {
            memberships.leave(index, group);
            Ok(())
        });
    }

    /// Changes who has joined a group, or for what; routers are told when that makes a difference.
    pub(super) fn change_group(
        &mut self,
        group: Group,
        now: Instant,
        change: impl FnOnce(&mut Memberships<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let before = self.filter_of(group);
        change(&mut self.multicast.memberships)?;
        // A call moves the filter in one direction, so that another one has other numbers.
        if self.filter_of(group) != before {
            self.group_changed(group, now);
        }
        Ok(())
    }

    /// Addresses have changed, or links have come up: the host is in other groups, or has to say so.
    pub(super) fn own_groups_changed(&mut self, now: Instant) {
        for place in 0..self.solicited_groups().count() {
            if let Some(group) = self.untold_group(place) {
                self.group_changed(group, now);
            }
        }
        while let Some(group) = self.abandoned_group() {
            self.group_changed(group, now);
        }
    }

    /// The group where this address of the host is solicited, if routers do not know yet.
    fn untold_group(&self, place: usize) -> Option<Group> {
        let (link, address) = self.solicited_groups().nth(place)?;
        let group = Group { link, address };
        (!self.multicast.reports.joined().any(|joined| joined == group)).then_some(group)
    }

    /// A group that the host is not in any more, as routers do not know yet.
    fn abandoned_group(&self) -> Option<Group> {
        self.multicast.reports.joined().find(|group| self.filter_of(*group) == Filter::NOTHING)
    }

    /// A link has come up: those behind it know nothing of the host's groups.
    pub(super) fn tell_groups_again(&mut self, link: LinkIndex, now: Instant) {
        self.multicast.reports.link_came_up(link, now);
        self.plan_housekeeping();
    }

    fn group_changed(&mut self, group: Group, now: Instant) {
        if self.loopback != Some(group.link) {
            let joined = self.filter_of(group) != Filter::NOTHING;
            self.multicast.reports.changed(group, joined, now);
            self.plan_housekeeping();
        }
    }

    /// What the host hears of a group.
    pub(super) fn filter_of(&self, group: Group) -> Filter {
        if self.is_group_of(group.link, group.address) {
            return Filter::ALL;
        }
        self.multicast.memberships.filter(group)
    }

    /// How the memberships are used.
    pub(super) fn membership_usage(&self) -> PoolUsage {
        self.multicast.memberships.usage()
    }

    /// Whether a packet to a group, over this link, is for the host. What is said about the group itself
    /// is, whoever says it (Linux's `ip_check_mc_rcu` and `ip6_mc_input`).
    pub(super) fn is_for_members(&self, link: LinkIndex, header: &IpHeader) -> bool {
        let IpHeader { source, destination, protocol, .. } = *header;
        match protocol {
            packet::IGMP | packet::ICMPV6 => {
                self.filter_of(Group { link, address: destination }) != Filter::NOTHING
            }
            _ => self.host_hears(link, destination, source),
        }
    }

    /// Whether the host wants what this source sends to a group.
    pub(super) fn host_hears(&self, link: LinkIndex, address: IpAddr, source: IpAddr) -> bool {
        self.is_group_of(link, address)
            || self.multicast.memberships.host_hears(Group { link, address }, source)
    }
}

#[cfg(datagrams)]
impl State<'_> {
    /// Whether a socket wants a datagram that has reached the host: not every one to a group, if it is.
    pub(super) fn socket_hears(&self, index: u16, envelope: &Envelope) -> bool {
        let Envelope { link, destination: address, source, .. } = *envelope;
        let unasked = || {
            let entry = self.descriptors.entry(index);
            entry.is_ok_and(|entry| entry.options.multicast.of(address).hears_all)
        };
        let hears = |group| self.multicast.memberships.hears(index, group, source, unasked());
        !address.is_multicast() || hears(Group { link, address })
    }

    /// A destination and a socket's own address, as they are when the program has chosen an interface
    /// for groups. `chosen` is the number of the interface that was chosen for this one packet.
    ///
    /// # Errors
    ///
    /// `ENETUNREACH` for a source that is not an address of this host.
    pub(super) fn aim_at_group(
        &self,
        index: u16,
        to: Bound,
        chosen: u32,
    ) -> Result<(Bound, Option<Bound>), Error> {
        let entry = self.descriptors.entry(index)?;
        if !to.ip.is_multicast() {
            return Ok((to, entry.bound));
        }
        let options = &entry.options.multicast;
        let scope_id = match to.scope_id {
            0 if chosen == 0 => options.of(to.ip).interface,
            scope_id => scope_id,
        };
        let to = Bound { scope_id, ..to };
        let source = IpAddr::V4(options.ipv4_source);
        let is_bound = entry.bound.is_some_and(|bound| !bound.ip.is_unspecified());
        if to.ip.is_ipv6() || source.is_unspecified() || is_bound {
            return Ok((to, entry.bound));
        }
        if !self.is_local(source) {
            return Err(Errno::ENETUNREACH.into());
        }
        Ok((to, Some(Bound { ip: source, port: 0, scope_id: 0 })))
    }
}
