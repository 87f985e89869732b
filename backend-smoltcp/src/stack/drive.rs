//! One step of work at a time: a frame in, a segment out, a timer.
//!
//! Whoever calls the stack drives it: a call that waits, a thread that does nothing else, a
//! simulation. A step is bounded, and the lock is given back between two of them.

use berkeley::{Errno, Error, Instant};

use super::earliest;
use super::link::{Link, LinkFacts};
use super::neighbours::transmit;
use super::reply::ReplyTo;
use super::state::{Inner, State};
use crate::network::emit::write_front;

/// How many verbs may be called, and steps taken after them, until the links are looked at.
const VERBS_PER_LOOK: u32 = 16;

impl Inner<'_> {
    /// Does one piece of work; false when there was none.
    pub(super) fn step(&mut self, now: Instant) -> bool {
        let worked = self.is_due(now) && self.work_off_due(now);
        (self.state.lets_frame_first() && self.receive_frame(now))
            || self.send_queued(now)
            || self.look_at_links(now)
            || worked
    }

    /// Whether the next step has something to do: work of the stack's own, or, every so often, a look
    /// at the links, for a program may call verbs and never wait.
    pub(super) fn is_busy(&mut self, now: Instant) -> bool {
        self.looks_owed = self.looks_owed.wrapping_add(1);
        self.looks_owed >= VERBS_PER_LOOK
            || self.state.has_queued()
            || self.has_looped()
            || self.is_due(now)
    }

    /// Whether something was sent that comes back.
    fn has_looped(&self) -> bool {
        let loopback = self.state.loopback.and_then(|link| self.links.get(usize::from(link)));
        matches!(loopback, Some(Some(link)) if link.looped)
    }

    /// Whether a timer is due, or one of the slow tables.
    fn is_due(&self, now: Instant) -> bool {
        self.state.are_timers_due(now) || self.state.housekeeping.is_due(now)
    }

    /// Works off what is due; false when that was nothing after all.
    #[inline(never)] // not in the way of frames
    fn work_off_due(&mut self, now: Instant) -> bool {
        let kept_house = self.keep_house(now);
        self.work_off_timers(now) || kept_house
    }

    /// When there will be work even if no frame comes; [`Instant::ZERO`] for now.
    pub(super) fn next_event(&self) -> Option<Instant> {
        if self.state.has_queued() || self.has_looped() {
            return Some(Instant::ZERO);
        }
        let of_devices = self.links.iter().flatten().filter_map(Link::next_event).min();
        let own = earliest(self.state.next_timer(), self.state.housekeeping.at());
        earliest(own, of_devices)
    }

    /// Takes one frame from the links in turn.
    #[inline]
    pub(super) fn receive_frame(&mut self, now: Instant) -> bool {
        self.looks_owed = 0;
        let (mut number, count) = (self.next_link, self.state.places);
        for _ in 0..count {
            let next = if number + 1 < count { number + 1 } else { 0 };
            if let Some(Some(link)) = self.links.get_mut(number)
                && link.receive(&mut self.state, &mut self.reply, now)
            {
                self.next_link = next; // whose turn it is now
                if self.reply.is_set() || self.state.has_more_to_say() {
                    self.answer(number, now);
                }
                return true;
            }
            number = next;
        }
        false
    }

    /// Sends the answer to the frame that has just been looked at, and what a neighbour's answer
    /// has set free.
    #[inline(never)] // most frames have none
    fn answer(&mut self, link: usize, now: Instant) {
        let Inner { links, state, reply, .. } = self;
        match reply.take() {
            None => {}
            Some((bytes, ReplyTo::Hardware { destination, ether_type })) => {
                if let Some(Some(link)) = links.get_mut(link) {
                    link.transmit(
                        Some(destination),
                        ether_type,
                        &mut state.datagrams,
                        &mut |room| write_front(room, bytes).unwrap_or(0),
                    );
                }
            }
            Some((bytes, ReplyTo::Address { source, destination })) => {
                let hop = state.way_back_to(source, destination, link as u8);
                // An answer that cannot leave now is lost, as any packet may be.
                let mut fill = |room: &mut [u8]| _ = write_front(room, bytes);
                let _ = hop.map(|hop| transmit(links, state, hop, bytes.len(), now, &mut fill));
            }
        }
        if let Some((link, address)) = self.state.found.take() {
            self.neighbour_found(link, address, now);
        }
        self.say_last_word(now);
    }

    /// The slow tables: repeated answers, neighbours, tasks with deadlines.
    fn keep_house(&mut self, now: Instant) -> bool {
        if !self.state.housekeeping.is_due(now) {
            return false;
        }
        self.keep_house_now(now);
        true
    }

    pub(super) fn keep_house_now(&mut self, now: Instant) {
        // Each loop ends: whatever is taken is not due again before some time has passed.
        self.keep_connections(now);
        while let Some(request) = self.state.neighbours.next_request(now) {
            self.ask_for_neighbour(&request);
        }
        while let Some((link, address)) = self.state.neighbours.take_failed(now) {
            self.neighbour_lost(link, address, now);
        }
        self.keep_dhcp(now);
        self.keep_slaac(now); // a router may just have been lost
        self.send_reports(now);
        self.state.waiters.expire(now);
        if self.state.datagrams_blocked_until.is_some_and(|until| until <= now) {
            self.state.datagrams_blocked_until = None;
            self.device_may_have_room(now);
            self.state.note_news();
        }
        self.state.plan_housekeeping();
    }

    /// What is fixed about a link.
    pub(super) fn facts(&self, link: u8) -> Result<LinkFacts, Error> {
        match self.links.get(usize::from(link)) {
            Some(Some(link)) => Ok(link.facts),
            _ => Err(Errno::ENETUNREACH.into()),
        }
    }
}

impl State<'_> {
    /// Whether there is more to be sent after a frame than its answer.
    fn has_more_to_say(&self) -> bool {
        self.found.is_some() || self.has_last_word()
    }

    /// The next time that the slow tables want attention.
    pub(super) fn plan_housekeeping(&mut self) {
        self.housekeeping = [
            self.next_event_of_connections(),
            self.neighbours.next_event(),
            self.next_event_of_dhcp(),
            self.next_event_of_slaac(),
            self.waiters.next_event(),
            self.datagrams_blocked_until,
            self.next_report(),
        ]
        .into_iter()
        .flatten()
        .min()
        .into();
    }
}
