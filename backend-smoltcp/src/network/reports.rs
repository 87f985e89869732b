//! What a host tells routers and switches about its groups, and when: the host's part of IGMP and MLD.
//!
//! Both protocols are one, with other bytes: those are in [`igmp`](super::igmp) and
//! [`mld`](super::mld). Here is their timing, RFC 3376 section 5 and 7 and RFC 3810 section 6 and 8;
//! the older versions are RFC 1112, RFC 2236 and RFC 2710.
//!
//! - A *change* is told at once and, for it may be lost, once more within a second (ten in the older
//!   versions).
//! - A *query* is answered after a random delay, within the time that it gives.
//! - A query of an older version makes the host speak that one on this link, as long as such queries
//!   come; there it keeps silent when another host has answered for the same group.
//!
//! Simpler than the newest version allows, and understood by whoever understands it: a change is told
//! as a whole (TO_IN, TO_EX) and not as a difference (ALLOW, BLOCK); a query about some sources is
//! answered as one about their group; and each group has a report of its own. Left out: the numbers
//! that a query may give for robustness and intervals, of which the defaults are used.
//!
//! The table has a row for each group that somebody is in, and for each that was left while it is not
//! told often enough. When all rows are taken, those make room.

use core::time::Duration;

use berkeley::Instant;
use managed::ManagedSlice;

use super::LinkIndex;
use crate::ip::{IpAddr, Ipv4Addr};
use crate::memberships::{Filter, Group};

/// How often a change is told (RFC 3376 section 8.1 and RFC 3810 section 9.1, the robustness variable).
const ROBUSTNESS: u8 = 2;

/// A change is told again within this time (RFC 3376 section 8.11, RFC 3810 section 9.11).
const REPEAT_WITHIN: Duration = Duration::from_secs(1);
/// The same in the older versions (RFC 2236 section 8.10, RFC 2710 section 7.10).
const OLDER_REPEAT_WITHIN: Duration = Duration::from_secs(10);

/// How long a query of an older version counts (RFC 3376 section 8.12, RFC 3810 section 9.12, RFC 2236
/// section 4 for the first version).
const OLDER_QUERIER_PRESENT: Duration = Duration::from_secs(260);
const FIRST_QUERIER_PRESENT: Duration = Duration::from_secs(400);

/// A version of IGMP; MLD begins with the second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Version {
    /// IGMPv1: nobody says that he leaves.
    First,
    /// IGMPv2 and MLDv1.
    Second,
    /// IGMPv3 and MLDv2: with sources.
    Third,
}

/// A query.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Query {
    pub(crate) version: Version,
    /// The group that is asked about; `None` for all.
    pub(crate) group: Option<IpAddr>,
    /// The time within which to answer.
    pub(crate) patience: Duration,
}

/// A message of IGMP or MLD, as far as it concerns hosts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Message {
    Query(Query),
    /// Another host is in this group, and says so as in the older versions.
    Report(IpAddr),
}

/// What a host says about a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Notice {
    /// It is in the group, in this older version.
    Report(Version),
    /// It has left it, in the second version.
    Leave,
    /// What it hears of it, in the third one.
    Record(RecordType),
}

/// The type of a record (RFC 3376 section 4.2.12, RFC 3810 section 5.2.12).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RecordType {
    IsInclude = 1,
    IsExclude = 2,
    ToInclude = 3,
    ToExclude = 4,
}

impl RecordType {
    /// The same of all sources.
    pub(crate) fn of_all(self) -> RecordType {
        match self {
            RecordType::IsInclude | RecordType::IsExclude => RecordType::IsExclude,
            RecordType::ToInclude | RecordType::ToExclude => RecordType::ToExclude,
        }
    }
}

/// A group about which something is to be said now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Due {
    pub(crate) group: Group,
    version: Version,
    /// Somebody is in it.
    joined: bool,
    /// It is a change, and no answer.
    changed: bool,
}

impl Due {
    /// What to say, with this filter; nothing, when one does not say it in this version.
    pub(crate) fn notice(&self, filter: Filter) -> Option<Notice> {
        match (self.version, self.joined, self.changed, filter.takes_all) {
            (Version::First, false, ..) => None,
            (Version::First | Version::Second, true, ..) => Some(Notice::Report(self.version)),
            (Version::Second, false, ..) => Some(Notice::Leave),
            (Version::Third, _, true, true) => Some(Notice::Record(RecordType::ToExclude)),
            (Version::Third, _, true, false) => Some(Notice::Record(RecordType::ToInclude)),
            (Version::Third, _, false, true) => Some(Notice::Record(RecordType::IsExclude)),
            (Version::Third, _, false, false) => Some(Notice::Record(RecordType::IsInclude)),
        }
    }
}

/// A row: a group, and what is still to be said about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Report {
    group: Group,
    joined: bool,
    /// How often a change is still to be told, and when next.
    repeats: u8,
    repeat_at: Instant,
    /// When to answer a query.
    answer_at: Option<Instant>,
}

impl Report {
    fn next_event(&self) -> Option<Instant> {
        let repeat = (self.repeats > 0).then_some(self.repeat_at);
        [repeat, self.answer_at].into_iter().flatten().min()
    }

    /// Nothing is left to say of a group that nobody is in.
    fn is_over(&self) -> bool {
        !self.joined && self.repeats == 0
    }
}

/// Who asks on a link, of one version of IP: until when queries of older versions count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Querier {
    first_until: Option<Instant>,
    second_until: Option<Instant>,
}

impl Querier {
    pub(crate) const NONE: Querier = Querier { first_until: None, second_until: None };

    fn version(&self, now: Instant) -> Version {
        let counts = |until: Option<Instant>| until.is_some_and(|until| now < until);
        match (counts(self.first_until), counts(self.second_until)) {
            (true, _) => Version::First,
            (false, true) => Version::Second,
            (false, false) => Version::Third,
        }
    }
}

/// The rows, and who asks for IPv4 and for IPv6 on each link.
pub(crate) struct Reports<'a> {
    rows: ManagedSlice<'a, Option<Report>>,
    queriers: ManagedSlice<'a, [Querier; 2]>,
    /// The state of a generator of delays, which need not be hard to guess.
    random: u32,
}

impl<'a> Reports<'a> {
    pub(crate) fn new(
        rows: impl Into<ManagedSlice<'a, Option<Report>>>,
        queriers: impl Into<ManagedSlice<'a, [Querier; 2]>>,
        seed: u32,
    ) -> Reports<'a> {
        let (mut rows, mut queriers) = (rows.into(), queriers.into());
        rows.fill(None);
        queriers.fill([Querier::NONE; 2]);
        Reports { rows, queriers, random: seed | 1 }
    }

    /// A group was joined or left, or what is heard of it has changed.
    pub(crate) fn changed(&mut self, group: Group, joined: bool, now: Instant) {
        if !is_reported(group.address) {
            return;
        }
        let is_it = |row: &Option<Report>| row.is_some_and(|row| row.group == group);
        let is_free = |row: &Option<Report>| row.is_none();
        let is_left = |row: &Option<Report>| row.is_some_and(|row| !row.joined);
        let place = self.rows.iter().position(is_it);
        // What nobody has heard of was not left.
        let place = place.or_else(|| self.rows.iter().position(is_free).filter(|_| joined));
        let place = place.or_else(|| self.rows.iter().position(is_left).filter(|_| joined));
        if let Some(place) = place {
            let repeats = ROBUSTNESS;
            let row = Report { group, joined, repeats, repeat_at: now, answer_at: None };
            self.rows[place] = Some(row);
        }
    }

    /// A link has come up: it knows nothing of our groups.
    pub(crate) fn link_came_up(&mut self, link: LinkIndex, now: Instant) {
        for row in self.rows.iter_mut().flatten().filter(|row| row.group.link == link) {
            (row.repeats, row.repeat_at) = (ROBUSTNESS, now);
        }
    }

    /// There is no such link any more.
    pub(crate) fn forget_link(&mut self, link: LinkIndex) {
        for place in self.rows.iter_mut() {
            *place = place.filter(|row| row.group.link != link);
        }
        if let Some(queriers) = self.queriers.get_mut(usize::from(link)) {
            *queriers = [Querier::NONE; 2];
        }
    }

    /// Acts on a message that came over a link.
    pub(crate) fn heard(&mut self, link: LinkIndex, is_ipv4: bool, message: Message, now: Instant) {
        match message {
            Message::Query(query) => self.asked(link, is_ipv4, &query, now),
            Message::Report(address) => {
                if self.version(link, is_ipv4, now) == Version::Third {
                    return; // each host speaks for itself
                }
                let group = Group { link, address };
                let mut rows = self.rows.iter_mut().flatten();
                if let Some(row) = rows.find(|row| row.group == group && row.joined) {
                    (row.repeats, row.answer_at) = (0, None);
                }
            }
        }
    }

    fn asked(&mut self, link: LinkIndex, is_ipv4: bool, query: &Query, now: Instant) {
        let before = self.version(link, is_ipv4, now);
        if let Some(queriers) = self.queriers.get_mut(usize::from(link)) {
            let querier = &mut queriers[usize::from(is_ipv4)];
            match query.version {
                Version::First => querier.first_until = now.checked_add(FIRST_QUERIER_PRESENT),
                Version::Second => querier.second_until = now.checked_add(OLDER_QUERIER_PRESENT),
                Version::Third => {}
            }
        }
        let is_older = self.version(link, is_ipv4, now) != before;
        let Reports { rows, random, .. } = self;
        let of_link = |row: &&mut Report| {
            row.group.link == link && row.group.address.is_ipv4() == is_ipv4 && row.joined
        };
        for row in rows.iter_mut().flatten().filter(of_link) {
            if is_older {
                // What was to be said in another version (RFC 3376 section 7.2.1).
                (row.repeats, row.answer_at) = (0, None);
            }
            if query.group.is_none_or(|group| group == row.group.address) {
                let answer_at = now + within(random, query.patience);
                row.answer_at = Some(row.answer_at.map_or(answer_at, |at| at.min(answer_at)));
            }
        }
    }

    /// A group about which something is to be said now. It counts as said.
    pub(crate) fn next_due(&mut self, now: Instant) -> Option<Due> {
        let is_due = |row: &Option<Report>| {
            row.and_then(|row| row.next_event()).is_some_and(|event| event <= now)
        };
        let place = self.rows.iter().position(is_due)?;
        let mut row = self.rows[place]?;
        let version = self.version(row.group.link, row.group.address.is_ipv4(), now);
        let changed = row.repeats > 0 && row.repeat_at <= now;
        if changed {
            row.repeats -= 1;
            let interval = match version {
                Version::Third => REPEAT_WITHIN,
                _ => OLDER_REPEAT_WITHIN,
            };
            row.repeat_at = now + within(&mut self.random, interval);
            if !row.joined && version != Version::Third {
                row.repeats = 0; // once is enough (RFC 2236 section 6)
            }
        } else {
            row.answer_at = None;
        }
        self.rows[place] = Some(row).filter(|row| !row.is_over());
        Some(Due { group: row.group, version, joined: row.joined, changed })
    }

    /// The groups that were joined and not left, as far as was told.
    pub(crate) fn joined(&self) -> impl Iterator<Item = Group> {
        self.rows.iter().flatten().filter(|row| row.joined).map(|row| row.group)
    }

    /// When there is something to say next.
    pub(crate) fn next_event(&self) -> Option<Instant> {
        self.rows.iter().flatten().filter_map(Report::next_event).min()
    }

    fn version(&self, link: LinkIndex, is_ipv4: bool, now: Instant) -> Version {
        let queriers = self.queriers.get(usize::from(link));
        queriers.map_or(Version::Third, |queriers| queriers[usize::from(is_ipv4)].version(now))
    }
}

/// Whether routers want to know: not of the groups that everybody is in, nor of those that do not leave
/// the host (RFC 3376 section 6, RFC 3810 section 6).
fn is_reported(group: IpAddr) -> bool {
    match group {
        IpAddr::V4(group) => group != Ipv4Addr::new(224, 0, 0, 1),
        IpAddr::V6(group) => {
            let scope = group.octets()[1] & 0x0F;
            scope > 1 && group.segments() != [0xFF02, 0, 0, 0, 0, 0, 0, 1]
        }
    }
}

/// A random time up to this one.
fn within(random: &mut u32, most: Duration) -> Duration {
    // Xorshift: never 0, for it has not begun with 0.
    *random ^= *random << 13;
    *random ^= *random >> 17;
    *random ^= *random << 5;
    let most = u32::try_from(most.as_millis()).unwrap_or(u32::MAX);
    Duration::from_millis((u64::from(most) * u64::from(*random)) >> 32)
}

#[cfg(test)]
mod tests;
