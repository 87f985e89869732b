//! The options of sockets that join and leave groups, and choose an interface for them.
//!
//! Sources: `ip(7)`, `ipv6(7)`, RFC 3678 section 4.1, Linux's `do_ip_setsockopt`, `ip_mc_find_dev` and
//! `do_ipv6_setsockopt`, measured on Linux 6.18.

use berkeley::options::{
    IP_ADD_MEMBERSHIP, IP_ADD_SOURCE_MEMBERSHIP, IP_BLOCK_SOURCE, IP_DROP_MEMBERSHIP,
    IP_DROP_SOURCE_MEMBERSHIP, IP_MULTICAST_IF, IP_UNBLOCK_SOURCE, IPV6_JOIN_GROUP,
    IPV6_LEAVE_GROUP, IPV6_MULTICAST_IF, Ipv4Membership, Ipv4SourceMembership, Ipv6Membership,
    OptionValue, int_of,
};
use berkeley::{AddressFamily, Errno, Error, Instant, OptionLevel, OptionName};

use super::state::State;
use crate::ip::{self, IpAddr, Ipv4Addr};
use crate::memberships::{Group, SourceChange};
use crate::network::LinkIndex;

/// The lengths of `struct ip_mreq`, `ip_mreqn`, `ip_mreq_source` and `ipv6_mreq`.
const IP_MREQ: usize = 8;
const IP_MREQN: usize = 12;
const IP_MREQ_SOURCE: usize = 12;
const IPV6_MREQ: usize = 20;

/// Whether the value is `struct ip_mreq`, behind which more may stand.
fn is_mreq(name: OptionName) -> bool {
    matches!(name, IP_ADD_MEMBERSHIP | IP_DROP_MEMBERSHIP)
}

impl State<'_> {
    /// Sets an option that depends on interfaces or on memberships, if it is one of these.
    ///
    /// # Errors
    ///
    /// `EINVAL` for a value that is too short, and for an address that is no group; `ENODEV` for an
    /// interface that there is not (`EADDRNOTAVAIL` to send over); `EPROTO` for a stream, which has no
    /// groups; and those of
    /// [`Memberships`](crate::memberships::Memberships).
    pub(super) fn set_multicast_option(
        &mut self,
        index: u16,
        level: OptionLevel,
        name: OptionName,
        value: &[u8],
        now: Instant,
    ) -> Option<Result<(), Error>> {
        let entry = self.descriptors.entry(index).ok()?;
        let (is_stream, is_ipv6) = (entry.kind.is_stream(), entry.family == AddressFamily::INET6);
        let least = match (level, name) {
            (OptionLevel::IP, IP_ADD_MEMBERSHIP | IP_DROP_MEMBERSHIP) if is_stream => {
                return Some(Err(Errno::EPROTO.into()));
            }
            (OptionLevel::IP, IP_MULTICAST_IF) => 4,
            (OptionLevel::IP, IP_ADD_MEMBERSHIP | IP_DROP_MEMBERSHIP) => IP_MREQ,
            (
                OptionLevel::IP,
                IP_ADD_SOURCE_MEMBERSHIP
                | IP_DROP_SOURCE_MEMBERSHIP
                | IP_BLOCK_SOURCE
                | IP_UNBLOCK_SOURCE,
            ) => IP_MREQ_SOURCE,
            (OptionLevel::IPV6, IPV6_MULTICAST_IF) if is_ipv6 && !is_stream => 4,
            (OptionLevel::IPV6, IPV6_JOIN_GROUP | IPV6_LEAVE_GROUP) if is_ipv6 => IPV6_MREQ,
            _ => return None,
        };
        if value.len() < least || (is_stream && name == IP_MULTICAST_IF) {
            return Some(Err(Errno::EINVAL.into()));
        }
        Some(match name {
            IP_MULTICAST_IF => self.choose_ipv4_interface(index, value),
            IPV6_MULTICAST_IF => self.choose_ipv6_interface(index, int_of(value)),
            _ if value.len() > IP_MREQ_SOURCE && level == OptionLevel::IP && !is_mreq(name) => {
                Err(Errno::EINVAL.into())
            }
            // What is no group is told first.
            _ if is_stream
                && level == OptionLevel::IP
                && value.first().is_none_or(|byte| byte >> 4 != 0xE) =>
            {
                Err(Errno::EINVAL.into())
            }
            _ if is_stream => Err(Errno::EPROTO.into()),
            IP_ADD_MEMBERSHIP => self.join_ipv4(index, &ip_mreq(value), now),
            IP_DROP_MEMBERSHIP => self.leave_ipv4(index, &ip_mreq(value), now),
            IPV6_JOIN_GROUP => self.join_ipv6(index, &Ipv6Membership::decode(value), now),
            IPV6_LEAVE_GROUP => self.leave_ipv6(index, &Ipv6Membership::decode(value), now),
            IP_ADD_SOURCE_MEMBERSHIP => self.change_source(index, value, SourceChange::Add, now),
            IP_DROP_SOURCE_MEMBERSHIP => self.change_source(index, value, SourceChange::Drop, now),
            IP_BLOCK_SOURCE => self.change_source(index, value, SourceChange::Block, now),
            _ => self.change_source(index, value, SourceChange::Unblock, now),
        })
    }

    /// An address of the interface, or a number, with or without an address to send from.
    fn choose_ipv4_interface(&mut self, index: u16, value: &[u8]) -> Result<(), Error> {
        let wanted = match value.len() {
            0..IP_MREQ => {
                let address = Ipv4Addr::from(int_of(&value[..4]).to_ne_bytes());
                Ipv4Membership { group: Ipv4Addr::UNSPECIFIED, address, interface: 0 }
            }
            _ => ip_mreq(value),
        };
        let mut interface = 0;
        if wanted.interface != 0 || !wanted.address.is_unspecified() {
            let link = self.link_of_ipv4(&wanted).ok_or(Errno::EADDRNOTAVAIL)?;
            interface = u32::from(link) + 1;
            self.require_interface(index, interface)?;
        }
        let options = &mut self.descriptors.entry_mut(index)?.options.multicast;
        (options.ipv4.interface, options.ipv4_source) = (interface, wanted.address);
        Ok(())
    }

    fn choose_ipv6_interface(&mut self, index: u16, wanted: i32) -> Result<(), Error> {
        let interface = u32::try_from(wanted).map_err(|_| Errno::ENODEV)?;
        if interface != 0 {
            self.link_of(interface)?;
            self.require_interface(index, interface)?;
        }
        self.descriptors.entry_mut(index)?.options.multicast.ipv6.interface = interface;
        Ok(())
    }

    /// A socket that uses one interface sends to groups over no other.
    fn require_interface(&self, index: u16, interface: u32) -> Result<(), Error> {
        match self.descriptors.entry(index)?.options.interface {
            only if only == 0 || only == interface => Ok(()),
            _ => Err(Errno::EINVAL.into()),
        }
    }

    fn join_ipv4(
        &mut self,
        index: u16,
        wanted: &Ipv4Membership,
        now: Instant,
    ) -> Result<(), Error> {
        let group = self.group_of_ipv4(wanted)?;
        self.change_group(group, now, |memberships| memberships.join(index, group))
    }

    fn leave_ipv4(
        &mut self,
        index: u16,
        wanted: &Ipv4Membership,
        now: Instant,
    ) -> Result<(), Error> {
        let link = self.link_of_ipv4(wanted);
        if link.is_none() && wanted.interface == 0 && wanted.address.is_unspecified() {
            return Err(Errno::ENODEV.into());
        }
        let link = link.ok_or(Errno::EADDRNOTAVAIL)?;
        self.leave_group(index, IpAddr::V4(wanted.group), Some(link), now)
    }

    fn join_ipv6(
        &mut self,
        index: u16,
        wanted: &Ipv6Membership,
        now: Instant,
    ) -> Result<(), Error> {
        let address = ip::ours(wanted.group.into())?;
        if !address.is_multicast() {
            return Err(Errno::EINVAL.into());
        }
        let link = match wanted.interface {
            0 if self.multicast.memberships.find(index, address, None).is_some() => {
                return Err(Errno::EADDRINUSE.into());
            }
            0 => {
                self.routes.lookup(address, None, None).map(|hop| hop.link).ok_or(Errno::ENODEV)?
            }
            interface => self.link_of(interface)?,
        };
        let group = Group { link, address };
        self.change_group(group, now, |memberships| memberships.join(index, group))
    }

    fn leave_ipv6(
        &mut self,
        index: u16,
        wanted: &Ipv6Membership,
        now: Instant,
    ) -> Result<(), Error> {
        let address = ip::ours(wanted.group.into())?;
        if !address.is_multicast() {
            return Err(Errno::EINVAL.into());
        }
        let link = match wanted.interface {
            0 => None,
            interface => Some(self.link_of(interface).map_err(|_| Errno::EADDRNOTAVAIL)?),
        };
        self.leave_group(index, address, link, now)
    }

    fn change_source(
        &mut self,
        index: u16,
        value: &[u8],
        change: SourceChange,
        now: Instant,
    ) -> Result<(), Error> {
        let Ipv4SourceMembership { group, address, source } = Ipv4SourceMembership::decode(value);
        let group = self.group_of_ipv4(&Ipv4Membership { group, address, interface: 0 })?;
        self.change_group(group, now, |memberships| {
            memberships.change_source(index, group, IpAddr::V4(source), change)
        })
    }

    fn group_of_ipv4(&self, wanted: &Ipv4Membership) -> Result<Group, Error> {
        if !wanted.group.is_multicast() {
            return Err(Errno::EINVAL.into());
        }
        let link = self.link_of_ipv4(wanted).ok_or(Errno::ENODEV)?;
        Ok(Group { link, address: IpAddr::V4(wanted.group) })
    }

    /// The link with this number, or else with this address, or else where a route leads to the group
    /// (Linux's `ip_mc_find_dev`).
    fn link_of_ipv4(&self, wanted: &Ipv4Membership) -> Option<LinkIndex> {
        let address = IpAddr::V4(wanted.address);
        if wanted.interface != 0 {
            self.link_of(wanted.interface).ok()
        } else if address.is_loopback() {
            self.loopback
        } else if !address.is_unspecified() {
            self.routes.is_own(address)
        } else {
            self.routes.lookup(IpAddr::V4(wanted.group), None, None).map(|hop| hop.link)
        }
    }
}

/// `struct ip_mreqn`, or the shorter `struct ip_mreq`.
fn ip_mreq(value: &[u8]) -> Ipv4Membership {
    let length = if value.len() < IP_MREQN { IP_MREQ } else { IP_MREQN };
    Ipv4Membership::decode(value.get(..length).unwrap_or(value))
}
