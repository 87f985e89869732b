//! One step of work at a time: a frame in, a segment out, a timer.
//!
//! Whoever calls the stack drives it: a call that waits, a thread that does nothing else, a
//! simulation. A step is bounded, and the lock is given back between two of them.

use berkeley::{Errno, Error, Instant};
use smoltcp::socket::tcp;

use super::arrival::Arrival;
use super::datagrams::DEVICE_PAUSE;
use super::earliest;
use super::link::LinkFacts;
use super::neighbours::{ether_type_of, hardware_for, transmit};
use super::reply::ReplyTo;
use super::state::{Cause, Inner, Output, State};
use crate::network::HardwareAddress;
use crate::network::neighbour::Resolution;
use crate::tcp::engine::REPLY_LENGTH;
use crate::tcp::half_open::HalfOpen;
use crate::tcp::patience::Due;

/// How many verbs may be called, and steps taken after them, until the links are looked at.
const VERBS_PER_LOOK: u8 = 16;

impl Inner<'_> {
    /// Does one piece of work; false when there was none.
    pub(super) fn step(&mut self, now: Instant) -> bool {
        let worked = self.is_due(now) && self.work_off_due(now);
        if let Some(slot) = self.state.take_queued() {
            self.send_from(slot, now);
            return true;
        }
        self.receive_frame(now) || self.look_at_links(now) || worked
    }

    /// Whether the next step has something to do: work of the stack's own, or, every so often, a look
    /// at the links, for a program may call verbs and never wait.
    pub(super) fn is_busy(&mut self, now: Instant) -> bool {
        self.looks_owed += 1;
        let loopback = self.state.loopback.and_then(|link| self.links[usize::from(link)].as_ref());
        self.looks_owed >= VERBS_PER_LOOK
            || self.state.has_queued()
            || loopback.is_some_and(|link| link.looped)
            || self.is_due(now)
    }

    /// Whether a timer is due, or one of the slow tables.
    fn is_due(&self, now: Instant) -> bool {
        let is_past = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        is_past(self.state.timers.next()) || is_past(self.state.housekeeping)
    }

    /// Works off what is due; false when that was nothing after all.
    #[inline(never)] // not in the way of frames
    fn work_off_due(&mut self, now: Instant) -> bool {
        let mut worked = self.keep_house(now);
        while let Some(slot) = self.state.timers.take_due(now) {
            self.timer_due(slot, now);
            worked = true;
        }
        worked
    }

    /// When there will be work even if no frame comes; [`Instant::ZERO`] for now.
    pub(super) fn next_event(&self) -> Option<Instant> {
        let loopback = self.state.loopback.and_then(|link| self.links[usize::from(link)].as_ref());
        if self.state.has_queued() || loopback.is_some_and(|link| link.looped) {
            return Some(Instant::ZERO);
        }
        earliest(self.state.timers.next(), self.state.housekeeping)
    }

    /// Takes one frame from the links in turn.
    #[inline]
    fn receive_frame(&mut self, now: Instant) -> bool {
        self.looks_owed = 0;
        let places = u32::BITS - self.state.interfaces.leading_zeros();
        let (mut number, count) = (self.next_link, places as usize);
        for _ in 0..count {
            let next = if number + 1 < count { number + 1 } else { 0 };
            let Inner { links, state, reply, .. } = self;
            let received = links[number].as_mut().is_some_and(|link| {
                link.receive(|engine, facts, frame| {
                    state.frame_arrived(&mut Arrival { engine, facts, reply, now }, frame);
                })
            });
            if received {
                self.next_link = next; // whose turn it is now
                self.answer(number, now);
                return true;
            }
            number = next;
        }
        false
    }

    /// Sends the answer to the frame that has just been looked at, and what a neighbour's answer
    /// has set free.
    fn answer(&mut self, link: usize, now: Instant) {
        let Inner { links, state, reply, .. } = self;
        match reply.take() {
            None => {}
            Some((bytes, ReplyTo::Hardware { destination, ether_type })) => {
                if let Some(link) = &mut links[link] {
                    link.transmit(Some(destination), ether_type, &mut |room| {
                        room[..bytes.len()].copy_from_slice(bytes);
                        bytes.len()
                    });
                }
            }
            Some((bytes, ReplyTo::Address { source, destination })) => {
                let hop = state.way_back_to(source, destination, link as u8);
                // An answer that cannot leave now is lost, as any packet may be.
                let _ = hop.map(|hop| {
                    transmit(links, state, hop, bytes.len(), now, &mut |room| {
                        room.copy_from_slice(bytes);
                    })
                });
            }
        }
        if let Some((link, address)) = self.state.found.take() {
            self.neighbour_found(link, address, now);
        }
        if self.state.last_word.is_some() {
            self.say_last_word(now);
        }
    }

    /// Sends what is still to be said for a connection that has given up its slot. It may be lost, as
    /// any packet.
    pub(super) fn say_last_word(&mut self, now: Instant) {
        let Some((outgoing, link)) = self.state.last_word.take() else { return };
        let Some(hop) = self.state.way_back(&outgoing.tuple, link) else { return };
        let mut bytes = [0; REPLY_LENGTH];
        let length = outgoing.emit(&mut bytes);
        let _ = self.transmit(hop, length, now, &mut |room| room.copy_from_slice(&bytes[..length]));
    }

    /// Lets a connection send what it has just been given, at once unless others wait for their turn.
    #[inline]
    pub(super) fn send_now(&mut self, number: u16, now: Instant) {
        if self.state.has_queued() {
            self.state.queue(number);
        } else {
            self.send_from(number, now);
        }
    }

    /// Lets a connection send one segment, once its neighbour is known.
    #[inline]
    fn send_from(&mut self, number: u16, now: Instant) {
        let Inner { links, state, .. } = self;
        let slot = state.slot_mut(number);
        let (link, next_hop, next_hardware) = (slot.link, slot.next_hop, slot.next_hardware);
        // A slot may have been given back while it was in the queue.
        if slot.tuple.is_none() {
            return;
        }
        if slot.lost_way_at.is_some() {
            return state.wait_for_way(number, now);
        }
        if slot.corked
            && let Some(until) = slot.holds_back(now)
        {
            return state.timers.set_earlier(number, until);
        }
        let to = match state.neighbours.recall(next_hardware, now) {
            Some(hardware) => Resolution::Found(hardware),
            None => {
                let Some(Some(link)) = links.get(usize::from(link)) else { return };
                let resolution = hardware_for(state, &link.facts, next_hop, now);
                state.slot_mut(number).next_hardware =
                    state.neighbours.remember(link.facts.index, next_hop);
                resolution
            }
        };
        match to {
            Resolution::Found(hardware) => self.send_segment(number, Some(hardware), now),
            Resolution::Pending => {
                state.slot_mut(number).awaits_neighbour = true;
                state.timers.set(number, None);
            }
            Resolution::Failed => self.neighbour_failed(number, now),
        }
    }

    /// Lets a connection write one segment, which is lost when there is nobody to hand it to: its
    /// engine counts on an answer, and loses patience at last.
    pub(super) fn send_segment(&mut self, number: u16, to: Option<HardwareAddress>, now: Instant) {
        let Inner { links, state, .. } = self;
        let slot = state.slot_mut(number);
        let Some(Some(link)) = links.get_mut(usize::from(slot.link)) else { return };
        let (before, next) = (slot.last_state, slot.sent.next());
        let mut written = 0;
        let had_room = link.transmit_by_engine(to, ether_type_of(slot.next_hop), |engine, room| {
            written = slot.connection().map_or(0, |connection| engine.send(connection, now, room));
            if written == 0 {
                written = slot.own_segment().map_or(0, |segment| segment.emit(room));
            }
            // The engine resets an attempt to connect that it gives up; nobody is there to be told.
            let given_up = before == tcp::State::SynSent && slot.state() == tcp::State::Closed;
            if to.is_some() && !given_up { written } else { 0 }
        });
        if !had_room {
            return state.timers.set(number, Some(now + DEVICE_PAUSE));
        }
        let output = match to {
            Some(_) if slot.sent.next() != next => Output::NewData,
            Some(_) if written > 0 => Output::Segment,
            _ => Output::Nothing,
        };
        let after = slot.state();
        if after != before || after != tcp::State::Established {
            let aborted = written > 0 && before == tcp::State::Closed;
            let cause = if aborted { Cause::Program } else { Cause::Output };
            state.settle(number, cause, now);
        }
        state.schedule_after_output(number, &mut link.engine, output, now);
    }

    fn timer_due(&mut self, number: u16, now: Instant) {
        let slot = self.state.slot_mut(number);
        if slot.orphan_until.is_some_and(|until| until <= now) {
            // Nobody waits for the peer's end any longer; nobody is told (Linux's FIN-WAIT-2).
            return self.state.release_slot(number);
        }
        let quiet = slot.is_quiet();
        match slot.patience.due(now, quiet) {
            Due::Nothing => {}
            Due::Probe => slot.owes_probe = true,
            Due::GiveUp => {
                if let Some(socket) = slot.socket_mut() {
                    socket.abort();
                }
                self.state.settle(number, Cause::Output, now);
            }
        }
        self.state.queue(number);
    }

    /// The slow tables: repeated answers, neighbours, tasks with deadlines.
    fn keep_house(&mut self, now: Instant) -> bool {
        if self.state.housekeeping.is_none_or(|at| at > now) {
            return false;
        }
        self.keep_house_now(now);
        true
    }

    pub(super) fn keep_house_now(&mut self, now: Instant) {
        // Each loop ends: whatever is taken is not due again before some time has passed.
        while let Some(half_open) = self.state.half_open.take_due(now) {
            self.repeat_answer(&half_open, now);
        }
        while let Some(request) = self.state.neighbours.next_request(now) {
            self.ask_for_neighbour(&request);
        }
        while let Some((link, address)) = self.state.neighbours.take_failed(now) {
            self.neighbour_lost(link, address, now);
        }
        self.state.time_wait.expire(now, &self.state.secret);
        self.state.waiters.expire(now);
        if self.state.datagrams_blocked_until.is_some_and(|until| until <= now) {
            self.state.datagrams_blocked_until = None;
            self.device_may_have_room(now);
            self.state.note_news();
        }
        self.state.plan_housekeeping();
    }

    /// Answers an opening segment once more.
    fn repeat_answer(&mut self, half_open: &HalfOpen, now: Instant) {
        let Ok(facts) = self.facts(half_open.link) else { return };
        let Inner { links, state, .. } = self;
        let outgoing = state.answer_to(half_open, facts.mtu);
        let mut bytes = [0; REPLY_LENGTH];
        let length = outgoing.emit(&mut bytes);
        if let Some(hop) = state.way_back(&half_open.tuple, half_open.link) {
            // An answer that cannot leave now is lost, as any packet may be.
            let _ = transmit(links, state, hop, length, now, &mut |room| {
                room.copy_from_slice(&bytes[..length]);
            });
        }
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
    /// The next time that the slow tables want attention.
    pub(super) fn plan_housekeeping(&mut self) {
        self.housekeeping = [
            self.half_open.next_event(),
            self.time_wait.next_event(),
            self.neighbours.next_event(),
            self.waiters.next_event(),
            self.datagrams_blocked_until,
        ]
        .into_iter()
        .flatten()
        .min();
    }

    /// Ends a connection that is being opened, with this error and without a word to the peer.
    pub(super) fn give_up(&mut self, number: u16, errno: Errno, now: Instant) {
        self.slot_mut(number).forget_connection();
        self.fail(number, Some(errno));
        self.settle(number, Cause::Program, now);
    }
}
