//! Which hardware address a neighbour has, and who is being asked for.
//!
//! A neighbour is asked for once a second, three times; each neighbour has its own clock, so that
//! one that never answers delays nobody else. What was learned is good for 30 seconds after the
//! last confirmation. After that it is still used, and the first use starts to re-check it: two
//! questions to the station itself, one to everybody in case its hardware was exchanged. A
//! neighbour that nobody talks to is never re-checked.
//!
//! When the table is full, the neighbour used least recently makes room, then the one that has
//! been asked for the longest, which counts as failed.
//!
//! What may be learned from whom is written at [`arp`](super::arp) and [`ndp`](super::ndp).
//! Sources: RFC 1122 section 2.3.2, RFC 4861 section 7.3.

use core::time::Duration;

use berkeley::{Errno, Error, Instant, Pool};
use managed::ManagedSlice;

use super::{HardwareAddress, LinkIndex};
use crate::ip::{IpAddr, Ipv4Addr};
use crate::least::least_by_key;
use crate::stack::{PoolUsage, count};

/// How long a confirmation is good for (RFC 4861 section 10, `REACHABLE_TIME`).
pub(crate) const GOOD_FOR: Duration = Duration::from_secs(30);
/// From one request to the next, and from the last one to giving up (RFC 4861 section 10,
/// `RETRANS_TIMER`).
pub(crate) const REQUEST_INTERVAL: Duration = Duration::from_secs(1);
/// How often a neighbour is asked for (RFC 4861 section 10, `MAX_MULTICAST_SOLICIT`).
pub(crate) const REQUESTS: u8 = 3;
/// How long a failure is remembered: who sends meanwhile is told at once.
pub(crate) const FAILED_FOR: Duration = Duration::from_secs(1);
/// What the program has said is good until then.
#[cfg(tcp)]
const NEVER: Instant = Instant::from_nanos(u64::MAX);

/// What is known of a neighbour's hardware address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Resolution {
    /// It is this one.
    Found(HardwareAddress),
    /// It is being asked for.
    Pending,
    /// Nobody answered, or there is no room to ask.
    Failed,
}

/// What is known of a neighbour; the words are those of `ip neighbour`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum NeighbourState {
    /// It is being asked for.
    Incomplete,
    /// It was confirmed not long ago.
    Reachable,
    /// It was confirmed a while ago: it is used, and asked with the next use.
    Stale,
    /// Nobody answers.
    Failed,
    /// The program has said it ([`Stack::add_neighbour`](crate::Stack::add_neighbour)).
    Permanent,
}

/// A question to put on a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Request {
    /// On which link.
    pub(crate) link: LinkIndex,
    /// Who is asked for.
    pub(crate) address: IpAddr,
    /// The station that had the address last, when it is only asked whether it still has;
    /// otherwise all are asked.
    pub(crate) station: Option<HardwareAddress>,
}

/// What the table knows of a neighbour.
pub(crate) struct Known {
    pub(crate) link: LinkIndex,
    pub(crate) address: IpAddr,
    pub(crate) hardware: Option<HardwareAddress>,
    pub(crate) state: NeighbourState,
}

/// A hardware address that was found, for those who ask again and again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg(tcp)]
pub(crate) struct Remembered {
    hardware: HardwareAddress,
    /// The table's count of changes then.
    changes: u32,
    /// Until when the confirmation is good.
    good_until: Instant,
}

/// A place in the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neighbour {
    link: LinkIndex,
    address: IpAddr,
    state: State,
}

/// How far asking has got.
#[derive(Clone, Copy, Debug)]
struct Asking {
    /// How many requests were given out.
    requests: u8,
    /// When the next one is due, or, after the last one, when to give up.
    due: Instant,
}

impl Asking {
    const fn start(now: Instant) -> Asking {
        Asking { requests: 0, due: now }
    }

    fn is_over(&self, now: Instant) -> bool {
        self.requests >= REQUESTS && self.due <= now
    }

    /// Whether a request is due. It is then taken as given out.
    #[inline(never)] // it is asked for in several places
    fn take_request(&mut self, now: Instant) -> bool {
        let due = self.requests < REQUESTS && self.due <= now;
        if due {
            self.requests += 1;
            self.due = now + REQUEST_INTERVAL;
        }
        due
    }
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// The place is free.
    Free,
    /// Asked for, never answered.
    Incomplete { asking: Asking, since: Instant },
    /// Known.
    Complete {
        hardware: HardwareAddress,
        /// Until when the last confirmation is good.
        good_until: Instant,
        /// When it was used last.
        used: Instant,
        /// Set when it was used after that.
        recheck: Option<Asking>,
    },
    /// Said by the program: neither asked for nor displaced.
    Permanent { hardware: HardwareAddress },
    /// Nobody answered.
    Failed {
        /// Until when it is remembered.
        until: Instant,
        /// Whether it was reported.
        reported: bool,
    },
}

impl Neighbour {
    /// A free place.
    pub(crate) const FREE: Neighbour =
        Neighbour { link: 0, address: IpAddr::V4(Ipv4Addr::UNSPECIFIED), state: State::Free };

    /// Lets what time alone changes happen.
    fn advance(&mut self, now: Instant) {
        match self.state {
            State::Incomplete { asking, .. } if asking.is_over(now) => {
                self.state = State::Failed { until: now + FAILED_FOR, reported: false };
            }
            State::Complete { recheck: Some(recheck), .. } if recheck.is_over(now) => {
                self.state = State::Free;
            }
            State::Failed { until, reported: true } if until <= now => self.state = State::Free,
            _ => {}
        }
    }

    /// How much the table would lose with this entry: the smallest makes room.
    fn worth(&self) -> (u8, Instant) {
        match self.state {
            State::Free => (0, Instant::ZERO),
            State::Failed { until, reported: true } => (1, until),
            State::Complete { used, .. } => (2, used),
            State::Incomplete { since, .. } => (3, since),
            State::Failed { until, reported: false } => (3, until),
            State::Permanent { .. } => (4, Instant::ZERO),
        }
    }

    fn is_permanent(&self) -> bool {
        matches!(self.state, State::Permanent { .. })
    }

    /// Whether it may make room for what somebody has said by himself.
    fn may_go(&self) -> bool {
        !self.is_awaited() && !self.is_permanent()
    }

    /// Whether somebody may wait for it.
    #[inline(never)] // it is asked for in several places
    fn is_awaited(&self) -> bool {
        matches!(self.state, State::Incomplete { .. } | State::Failed { reported: false, .. })
    }
}

/// The neighbours of all links.
pub(crate) struct NeighbourTable<'a> {
    neighbours: ManagedSlice<'a, Neighbour>,
    /// How many places were ever used, from the front: nobody looks beyond them.
    reached: usize,
    /// An awaited neighbour that had to make room, not reported yet.
    displaced: Option<(LinkIndex, IpAddr)>,
    /// Something became due since [`NeighbourTable::take_due`] was last asked.
    due: bool,
    /// How often what had been found has become something else. Wraps.
    changes: u32,
    /// How often there was no place for a neighbour. Wraps.
    refused: u32,
}

impl<'a> NeighbourTable<'a> {
    /// An empty table with these places, whatever they held.
    pub(crate) fn new(neighbours: impl Into<ManagedSlice<'a, Neighbour>>) -> NeighbourTable<'a> {
        let mut neighbours = neighbours.into();
        neighbours.fill(Neighbour::FREE);
        NeighbourTable {
            neighbours,
            reached: 0,
            displaced: None,
            due: false,
            changes: 0,
            refused: 0,
        }
    }

    /// The hardware address of a neighbour; one that is not known is asked for from now on.
    ///
    /// Asking may displace another neighbour, which
    /// [`take_failed`](NeighbourTable::take_failed) then reports: call it soon, for there is room
    /// for one such report, and without it no more are displaced. Whether there is a new question or
    /// report is what [`take_due`](NeighbourTable::take_due) says.
    pub(crate) fn resolve(&mut self, link: LinkIndex, address: IpAddr, now: Instant) -> Resolution {
        let fresh = Neighbour {
            link,
            address,
            state: State::Incomplete { asking: Asking::start(now), since: now },
        };
        if let Some(neighbour) = self.find(link, address) {
            neighbour.advance(now);
            match &mut neighbour.state {
                State::Incomplete { .. } => return Resolution::Pending,
                State::Complete { hardware, good_until, used, recheck } => {
                    let hardware = *hardware;
                    *used = now;
                    if *good_until <= now && recheck.is_none() {
                        *recheck = Some(Asking::start(now));
                        self.due = true;
                    }
                    return Resolution::Found(hardware);
                }
                State::Permanent { hardware } => return Resolution::Found(*hardware),
                State::Failed { until, .. } if now < *until => return Resolution::Failed,
                State::Failed { .. } | State::Free => {
                    *neighbour = fresh;
                    self.due = true;
                    return Resolution::Pending;
                }
            }
        }
        let may_displace = self.displaced.is_none();
        let may_go =
            |place: &&mut Neighbour| !place.is_permanent() && (may_displace || !place.is_awaited());
        let Some(place) = self.least_worth(now).filter(may_go) else {
            count(&mut self.refused);
            return Resolution::Failed;
        };
        let displaced = place.is_awaited().then_some((place.link, place.address));
        *place = fresh;
        self.displaced = self.displaced.or(displaced);
        self.due = true;
        Resolution::Pending
    }

    /// What [`resolve`](NeighbourTable::resolve) has just found, to be remembered.
    #[cfg(tcp)]
    pub(crate) fn remember(&mut self, link: LinkIndex, address: IpAddr) -> Option<Remembered> {
        let changes = self.changes;
        match self.find(link, address)?.state {
            State::Complete { hardware, good_until, .. } => {
                Some(Remembered { hardware, changes, good_until })
            }
            State::Permanent { hardware } => {
                Some(Remembered { hardware, changes, good_until: NEVER })
            }
            _ => None,
        }
    }

    /// That on this link nobody has to be asked for: packets have no hardware addresses.
    #[cfg(tcp)]
    pub(crate) fn remember_nobody(&self) -> Remembered {
        let (hardware, changes) = (HardwareAddress::BROADCAST, self.changes);
        Remembered { hardware, changes, good_until: NEVER }
    }

    /// What is remembered, if it is what [`resolve`](NeighbourTable::resolve) would find.
    #[cfg(tcp)]
    pub(crate) fn recall(
        &self,
        remembered: Option<Remembered>,
        now: Instant,
    ) -> Option<HardwareAddress> {
        let remembered = remembered?;
        let current = remembered.changes == self.changes && now < remembered.good_until;
        current.then_some(remembered.hardware)
    }

    /// Whether a neighbour has to be asked, or was displaced, since this was last asked: then
    /// [`next_request`](NeighbourTable::next_request) and
    /// [`take_failed`](NeighbourTable::take_failed) have something. Looks at no neighbour.
    pub(crate) const fn take_due(&mut self) -> bool {
        core::mem::replace(&mut self.due, false)
    }

    /// A request that is due, each given out once: call it until there is none.
    pub(crate) fn next_request(&mut self, now: Instant) -> Option<Request> {
        self.used_mut().iter_mut().find_map(|neighbour| {
            neighbour.advance(now);
            let station = match &mut neighbour.state {
                State::Incomplete { asking, .. } => asking.take_request(now).then_some(None)?,
                State::Complete { hardware, recheck: Some(recheck), .. } => {
                    recheck.take_request(now).then_some(())?;
                    (recheck.requests < REQUESTS).then_some(*hardware)
                }
                _ => return None,
            };
            Some(Request { link: neighbour.link, address: neighbour.address, station })
        })
    }

    /// A neighbour that did not answer, or had to make room while it was asked for: what waits for
    /// it waits in vain. Each is reported once: call it until there is none.
    pub(crate) fn take_failed(&mut self, now: Instant) -> Option<(LinkIndex, IpAddr)> {
        if let Some(displaced) = self.displaced.take() {
            return Some(displaced);
        }
        self.used_mut().iter_mut().find_map(|neighbour| {
            neighbour.advance(now);
            match &mut neighbour.state {
                State::Failed { reported, .. } if !*reported => {
                    *reported = true;
                    Some((neighbour.link, neighbour.address))
                }
                _ => None,
            }
        })
    }

    /// A neighbour said its hardware address, and had a reason to say it to us. True when somebody
    /// waited for it: then what waits can leave.
    ///
    /// A new neighbour takes a place that is free or the least recently used one's, never that of
    /// one that is asked for. A group's hardware address is not learned.
    pub(crate) fn learn(
        &mut self,
        link: LinkIndex,
        address: IpAddr,
        hardware: HardwareAddress,
        now: Instant,
    ) -> bool {
        if !hardware.is_station() {
            return false;
        }
        if self.find(link, address).is_some() {
            return self.learn_if_known(link, address, hardware, true, now);
        }
        if let Some(place) = self.least_worth(now).filter(|place| place.may_go()) {
            *place = Neighbour { link, address, state: State::complete(hardware, now, now) };
        }
        false
    }

    /// A neighbour said its hardware address to whoever listened. That counts only when it is in
    /// the table; true when somebody waited for it.
    ///
    /// `overrides` says whether an address that is known is replaced: always with ARP, and as the
    /// advertisement says with NDP (RFC 4861 section 7.2.5).
    pub(crate) fn learn_if_known(
        &mut self,
        link: LinkIndex,
        address: IpAddr,
        hardware: HardwareAddress,
        overrides: bool,
        now: Instant,
    ) -> bool {
        let Some(neighbour) = self.find(link, address).filter(|_| hardware.is_station()) else {
            return false;
        };
        let awaited = neighbour.is_awaited();
        match neighbour.state {
            State::Permanent { .. } => {}
            State::Complete { hardware: known, .. } if known != hardware && !overrides => {}
            State::Complete { hardware: known, used, .. } => {
                neighbour.state = State::complete(hardware, used, now);
                self.changes = self.changes.wrapping_add(u32::from(known != hardware));
            }
            _ => neighbour.state = State::complete(hardware, now, now),
        }
        awaited
    }

    /// A neighbour answered our question without saying where it is: it is where it was.
    #[cfg(feature = "ipv6")]
    pub(crate) fn confirm(&mut self, link: LinkIndex, address: IpAddr, now: Instant) {
        if let Some(neighbour) = self.find(link, address)
            && let State::Complete { hardware, used, .. } = neighbour.state
        {
            neighbour.state = State::complete(hardware, used, now);
        }
    }

    /// Notes a neighbour for good, whatever is known of it so far. `EINVAL` for the hardware address
    /// of a group, `ENOBUFS` when all places have such neighbours or ones that are asked for.
    pub(crate) fn add_permanent(
        &mut self,
        link: LinkIndex,
        address: IpAddr,
        hardware: HardwareAddress,
        now: Instant,
    ) -> Result<(), Error> {
        if !hardware.is_station() {
            return Err(Errno::EINVAL.into());
        }
        let full = Error::exhausted(Pool::Routes, Errno::ENOBUFS);
        let state = State::Permanent { hardware };
        self.changes = self.changes.wrapping_add(1);
        if let Some(known) = self.find(link, address) {
            known.state = state;
            return Ok(());
        }
        let Some(place) = self.least_worth(now).filter(|place| place.may_go()) else {
            count(&mut self.refused);
            return Err(full);
        };
        *place = Neighbour { link, address, state };
        Ok(())
    }

    /// Forgets a neighbour, whoever has said it; false when it is not known.
    pub(crate) fn remove(&mut self, link: LinkIndex, address: IpAddr) -> bool {
        self.changes = self.changes.wrapping_add(1);
        self.find(link, address).map(|neighbour| neighbour.state = State::Free).is_some()
    }

    /// Forgets what was learned of the neighbours of a link: when it has been down others may be
    /// there.
    pub(crate) fn forget_link(&mut self, link: LinkIndex) {
        self.changes = self.changes.wrapping_add(1);
        let learned = |place: &&mut Neighbour| place.link == link && !place.is_permanent();
        self.used_mut().iter_mut().filter(learned).for_each(|place| place.state = State::Free);
        self.displaced = self.displaced.filter(|(displaced, _)| *displaced != link);
    }

    /// When something will be due next: a request, a failure, or `Instant::ZERO` for a failure that
    /// can be taken now. `None`: nothing, unless somebody calls.
    pub(crate) fn next_event(&self) -> Option<Instant> {
        if self.displaced.is_some() {
            return Some(Instant::ZERO);
        }
        let due = self.used().iter().filter_map(|neighbour| match neighbour.state {
            State::Incomplete { asking, .. } => Some(asking.due),
            State::Complete { recheck: Some(recheck), .. } => Some(recheck.due),
            State::Failed { reported: false, .. } => Some(Instant::ZERO),
            _ => None,
        });
        due.min()
    }

    /// Forgets all about a link that is no more.
    pub(crate) fn remove_link(&mut self, link: LinkIndex) {
        self.forget_link(link);
        for neighbour in self.used_mut().iter_mut().filter(|neighbour| neighbour.link == link) {
            neighbour.state = State::Free;
        }
    }

    /// How the places are used. Nobody takes one that was never used while another one is free.
    pub(crate) fn usage(&self) -> PoolUsage {
        let is_taken = |neighbour: &&Neighbour| !matches!(neighbour.state, State::Free);
        PoolUsage {
            in_use: self.used().iter().filter(is_taken).count(),
            high_water: self.reached,
            capacity: self.neighbours.len(),
            refused: self.refused,
        }
    }

    /// What is known of the neighbour in the place with this number: `None` behind the last one.
    pub(crate) fn known_at(&self, place: usize, now: Instant) -> Option<Option<Known>> {
        let Neighbour { link, address, state } = *self.used().get(place)?;
        let (hardware, state) = match state {
            State::Free => return Some(None),
            State::Incomplete { .. } => (None, NeighbourState::Incomplete),
            State::Complete { hardware, good_until, .. } if good_until <= now => {
                (Some(hardware), NeighbourState::Stale)
            }
            State::Complete { hardware, .. } => (Some(hardware), NeighbourState::Reachable),
            State::Permanent { hardware } => (Some(hardware), NeighbourState::Permanent),
            State::Failed { .. } => (None, NeighbourState::Failed),
        };
        Some(Some(Known { link, address, hardware, state }))
    }

    fn find(&mut self, link: LinkIndex, address: IpAddr) -> Option<&mut Neighbour> {
        self.used_mut().iter_mut().find(|neighbour| {
            neighbour.link == link
                && neighbour.address == address
                && !matches!(neighbour.state, State::Free)
        })
    }

    /// The place to give to a new neighbour. `None`: the table has no places.
    fn least_worth(&mut self, now: Instant) -> Option<&mut Neighbour> {
        // One place that is still unused is as good as all of them.
        let looked_at = self.neighbours.len().min(self.reached + 1);
        let places = self.neighbours.get_mut(..looked_at)?;
        for neighbour in &mut *places {
            neighbour.advance(now);
        }
        let (number, place) =
            least_by_key(places.iter_mut().enumerate(), |(_, neighbour)| neighbour.worth())?;
        self.reached = self.reached.max(number + 1);
        Some(place)
    }

    /// The places that were ever used.
    fn used(&self) -> &[Neighbour] {
        self.neighbours.get(..self.reached).unwrap_or_default()
    }

    fn used_mut(&mut self) -> &mut [Neighbour] {
        self.neighbours.get_mut(..self.reached).unwrap_or_default()
    }
}

impl State {
    /// Known, and confirmed now.
    fn complete(hardware: HardwareAddress, used: Instant, now: Instant) -> State {
        State::Complete { hardware, good_until: now + GOOD_FOR, used, recheck: None }
    }
}

#[cfg(test)]
mod tests;
