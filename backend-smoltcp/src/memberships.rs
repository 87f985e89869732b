//! Which sockets have joined which groups, and what the host hears of them.
//!
//! A membership is a socket's, in a group, on a link. It takes every source, perhaps with exceptions,
//! or certain sources only: the filter modes EXCLUDE and INCLUDE of RFC 3376 section 3.1. What the host
//! takes on a link is what any of its sockets does (section 3.2).
//!
//! The table has one row for each thing that was asked for: all sources of a group, one source, all but
//! one source. So its memory is bounded, whatever programs ask for, and a row more or less is all that
//! a call changes. Sources of behaviour: Linux's `ip_mc_join_group`, `ip_mc_source` and
//! `ip_mc_sf_allow`, and their twins in `mcast.c`.

use berkeley::{Errno, Error, Pool};
use managed::ManagedSlice;

use crate::ip::IpAddr;
use crate::network::LinkIndex;
use crate::stack::{Gauge, PoolUsage};

/// How many groups of IPv4 a socket can join (Linux's `igmp_max_memberships`); IPv6 has no such limit.
const MOST_IPV4_GROUPS: usize = 20;

/// How many sources a membership can name (Linux's `igmp_max_msf`).
const MOST_SOURCES: usize = 10;

/// A group on a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Group {
    pub(crate) link: LinkIndex,
    pub(crate) address: IpAddr,
}

/// A row of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Membership {
    /// The number of the descriptor.
    socket: u16,
    group: Group,
    takes: Takes,
}

/// What is heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Takes {
    /// All sources, but for those of which a row says otherwise.
    All,
    /// Not this one of all.
    AllBut(IpAddr),
    /// This one.
    Only(IpAddr),
}

/// What the host hears of a group: all sources but some, or only some.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Filter {
    pub(crate) takes_all: bool,
    /// How many sources are named: not heard, or heard.
    pub(crate) sources: usize,
}

impl Filter {
    /// Of a group that nobody has joined.
    pub(crate) const NOTHING: Filter = Filter { takes_all: false, sources: 0 };
    /// Of a group of which everything is heard.
    pub(crate) const ALL: Filter = Filter { takes_all: true, sources: 0 };
}

/// What is asked for about one source of a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SourceChange {
    /// Hear this source, and others only if they are added as well.
    Add,
    /// No more; without any source left, the group is left.
    Drop,
    /// Do not hear this source of a group that was joined for all.
    Block,
    /// Hear it again.
    Unblock,
}

/// The table.
pub(crate) struct Memberships<'a> {
    rows: ManagedSlice<'a, Option<Membership>>,
    gauge: Gauge,
}

impl<'a> Memberships<'a> {
    pub(crate) fn new(rows: impl Into<ManagedSlice<'a, Option<Membership>>>) -> Memberships<'a> {
        let mut rows = rows.into();
        rows.fill(None);
        Memberships { rows, gauge: Gauge::EMPTY }
    }

    /// A socket joins a group, for all sources.
    ///
    /// # Errors
    ///
    /// `EADDRINUSE` when it has, `ENOBUFS` when it has joined too many, or without a place left.
    pub(crate) fn join(&mut self, socket: u16, group: Group) -> Result<(), Error> {
        if self.of(socket, group).next().is_some() {
            return Err(Errno::EADDRINUSE.into());
        }
        self.may_join(socket, group)?;
        self.add(Membership { socket, group, takes: Takes::All })
    }

    /// The group of this address that a socket has joined, on this link or on the first one.
    pub(crate) fn find(
        &self,
        socket: u16,
        address: IpAddr,
        link: Option<LinkIndex>,
    ) -> Option<Group> {
        self.groups_of(socket)
            .find(|group| group.address == address && link.is_none_or(|link| link == group.link))
    }

    /// A group that a socket has joined, if any.
    pub(crate) fn any_group_of(&self, socket: u16) -> Option<Group> {
        self.groups_of(socket).next()
    }

    /// The groups that a socket has joined, perhaps several times each.
    fn groups_of(&self, socket: u16) -> impl Iterator<Item = Group> {
        let rows = self.rows.iter().flatten().filter(move |row| row.socket == socket);
        rows.map(|row| row.group)
    }

    /// A socket leaves a group.
    pub(crate) fn leave(&mut self, socket: u16, group: Group) {
        self.remove(|row| (row.socket, row.group) == (socket, group));
    }

    /// Takes away whoever has joined groups on a link.
    pub(crate) fn forget_link(&mut self, link: LinkIndex) {
        self.remove(|row| row.group.link == link);
    }

    /// Changes what a socket hears of one source of a group.
    ///
    /// # Errors
    ///
    /// `EINVAL` when the socket has not joined the group, or has so in the other way;
    /// `EADDRNOTAVAIL` when nothing would change; `ENOBUFS` for too many.
    pub(crate) fn change_source(
        &mut self,
        socket: u16,
        group: Group,
        source: IpAddr,
        change: SourceChange,
    ) -> Result<(), Error> {
        let (takes, adds) = match change {
            SourceChange::Add => (Takes::Only(source), true),
            SourceChange::Drop => (Takes::Only(source), false),
            SourceChange::Block => (Takes::AllBut(source), true),
            SourceChange::Unblock => (Takes::AllBut(source), false),
        };
        let row = Membership { socket, group, takes };
        let has_joined = self.of(socket, group).next().is_some();
        let takes_all = self.of(socket, group).any(|takes| takes == Takes::All);
        let sources = self.of(socket, group).filter(|takes| *takes != Takes::All).count();
        let for_sources = matches!(takes, Takes::Only(_));
        match change {
            // Who hears all, without exceptions, may change its mind.
            SourceChange::Add if takes_all && sources == 0 => {
                self.leave(socket, group);
                return self.add(row); // in the place that has just become free
            }
            SourceChange::Add if !has_joined => self.may_join(socket, group)?,
            _ if !has_joined || (takes_all == for_sources && sources > 0) => {
                return Err(Errno::EINVAL.into());
            }
            _ => {}
        }
        if self.of(socket, group).any(|other| other == takes) == adds {
            return Err(Errno::EADDRNOTAVAIL.into());
        }
        if !adds {
            self.remove(|other| *other == row);
            return Ok(());
        }
        if sources >= MOST_SOURCES {
            return Err(Errno::ENOBUFS.into());
        }
        self.add(row)
    }

    /// Whether a socket hears what this source sends to a group. `unasked` says what holds for groups
    /// that it has not joined.
    #[cfg(datagrams)]
    pub(crate) fn hears(&self, socket: u16, group: Group, source: IpAddr, unasked: bool) -> bool {
        let (mut hears, mut asked) = (false, false);
        for takes in self.of(socket, group) {
            match takes {
                Takes::AllBut(other) if other == source => return false,
                Takes::AllBut(_) => {}
                Takes::All => hears = true,
                Takes::Only(other) => hears |= other == source,
            }
            asked = true;
        }
        if asked { hears } else { unasked }
    }

    /// Whether any socket hears what this source sends to a group.
    pub(crate) fn host_hears(&self, group: Group, source: IpAddr) -> bool {
        let count = |wanted| self.in_group(group).filter(|takes| *takes == wanted).count();
        count(Takes::Only(source)) > 0 || count(Takes::All) > count(Takes::AllBut(source))
    }

    /// What the host hears of a group.
    pub(crate) fn filter(&self, group: Group) -> Filter {
        let takes_all = self.in_group(group).any(|takes| takes == Takes::All);
        Filter { takes_all, sources: self.sources(group).count() }
    }

    /// The sources that the [`Filter`] of a group counts, each once.
    pub(crate) fn sources(&self, group: Group) -> impl Iterator<Item = IpAddr> {
        let count = move |wanted| self.in_group(group).filter(|takes| *takes == wanted).count();
        let takes_all = count(Takes::All);
        let is_named = move |takes: Takes| match takes {
            Takes::Only(source) if takes_all == 0 => Some(source),
            // Nobody who hears all hears this one, and nobody asks for it.
            Takes::AllBut(source) => {
                let unwanted = count(takes) == takes_all && count(Takes::Only(source)) == 0;
                unwanted.then_some(source)
            }
            _ => None,
        };
        let all = self.in_group(group).enumerate();
        all.filter_map(move |(place, takes)| {
            let is_first = self.in_group(group).position(|other| other == takes) == Some(place);
            is_named(takes).filter(|_| is_first)
        })
    }

    /// How many rows are in use.
    pub(crate) fn usage(&self) -> PoolUsage {
        self.gauge.usage(self.rows.len())
    }

    fn may_join(&self, socket: u16, group: Group) -> Result<(), Error> {
        let joined = || self.groups_of(socket).filter(|group| group.address.is_ipv4());
        let is_first = |(n, group): &(usize, Group)| !joined().take(*n).any(|g| g == *group);
        let count = joined().enumerate().filter(is_first).count();
        if group.address.is_ipv4() && count >= MOST_IPV4_GROUPS {
            return Err(Errno::ENOBUFS.into());
        }
        Ok(())
    }

    fn add(&mut self, row: Membership) -> Result<(), Error> {
        match self.rows.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(row),
            None => {
                self.gauge.refuse();
                return Err(Error::exhausted(Pool::Memberships, Errno::ENOBUFS));
            }
        }
        self.gauge.take();
        Ok(())
    }

    fn remove(&mut self, is_it: impl Fn(&Membership) -> bool) {
        for place in self.rows.iter_mut() {
            if place.as_ref().is_some_and(&is_it) {
                *place = None;
                self.gauge.give_back();
            }
        }
    }

    fn of(&self, socket: u16, group: Group) -> impl Iterator<Item = Takes> {
        let rows = self.rows.iter().flatten();
        rows.filter(move |row| (row.socket, row.group) == (socket, group)).map(|row| row.takes)
    }

    fn in_group(&self, group: Group) -> impl Iterator<Item = Takes> {
        self.rows.iter().flatten().filter(move |row| row.group == group).map(|row| row.takes)
    }
}

#[cfg(test)]
mod tests;
