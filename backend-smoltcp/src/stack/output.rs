//! What connections send, and when: whatever is queued, whatever a timer asks for, and the answers of
//! connections that have no engine.

use berkeley::{Errno, Instant};
use smoltcp::socket::tcp;

use super::connections::Cause;
use super::datagrams::Datagrams;
use super::earliest;
use super::link::{DEVICE_PAUSE, Link, frame};
use super::neighbours::{ether_type_of, hardware_for, transmit};
use super::packet::Way;
use super::state::{Inner, State};
use crate::device::Medium;
use crate::ip::IpAddr;
use crate::network::HardwareAddress;
use crate::network::emit::write_front;
use crate::network::neighbour::Resolution;
use crate::tcp::engine::REPLY_LENGTH;
use crate::tcp::half_open::HalfOpen;
use crate::tcp::next::{Next, Output};
use crate::tcp::patience::Due;
use crate::tcp::segment::Outgoing;
use crate::tcp::slot::Slot;

impl Inner<'_> {
    /// Lets the connection whose turn it is send one segment; false when none has to.
    #[inline]
    pub(super) fn send_queued(&mut self, now: Instant) -> bool {
        let slot = self.state.take_queued();
        if let Some(slot) = slot {
            self.send_from(slot, now);
        }
        slot.is_some()
    }

    /// Works off the timers that are due; false when there was none.
    pub(super) fn work_off_timers(&mut self, now: Instant) -> bool {
        let mut worked = false;
        while let Some(slot) = self.state.tcp.timers.take_due(now) {
            self.timer_due(slot, now);
            worked = true;
        }
        worked
    }

    /// The tables of connections without slots: repeated answers, and time that has passed.
    pub(super) fn keep_connections(&mut self, now: Instant) {
        while let Some(half_open) = self.state.tcp.half_open.take_due(now) {
            self.repeat_answer(&half_open, now);
        }
        self.state.tcp.time_wait.expire(now, &self.state.secret);
    }

    /// Sends what is still to be said for a connection that has given up its slot. It may be lost, as
    /// any packet.
    #[inline]
    pub(super) fn say_last_word(&mut self, now: Instant) {
        if let Some((outgoing, link)) = self.state.tcp.last_word.take() {
            self.send_without_slot(&outgoing, link, now);
        }
    }

    fn send_without_slot(&mut self, outgoing: &Outgoing, link: u8, now: Instant) {
        let Some(hop) = self.state.way_back(&outgoing.tuple, link) else { return };
        let mut bytes = [0; REPLY_LENGTH];
        let packet = outgoing.emit(&mut bytes);
        let mut fill = |room: &mut [u8]| _ = write_front(room, packet);
        let _ = self.transmit(hop, packet.len(), now, &mut fill);
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
        let Some(slot) = self.state.slot_mut(number) else { return };
        // A slot may have been given back while it was in the queue.
        if slot.tuple.is_none() {
            return;
        }
        if slot.lost_way_at.is_some() {
            return self.state.wait_for_way(number, now);
        }
        if slot.corked
            && let Some(until) = slot.holds_back(now)
        {
            return self.state.tcp.timers.set_earlier(number, until);
        }
        let known = slot.next_hardware;
        match self.state.neighbours.recall(known, now) {
            Some(hardware) => self.send_segment(number, Some(hardware), now),
            None => self.send_to_next_hop(number, now),
        }
    }

    /// The same for a connection that has to ask for its neighbour first.
    #[inline(never)]
    fn send_to_next_hop(&mut self, number: u16, now: Instant) {
        let Inner { links, state, .. } = self;
        let Some(slot) = state.slot(number) else { return };
        let (link, next_hop) = (slot.link, slot.next_hop);
        let Some(Some(link)) = links.get(usize::from(link)) else { return };
        let resolution = hardware_for(state, &link.facts, next_hop, now);
        let remembered = match link.facts.hardware() {
            Some(_) => state.neighbours.remember(link.facts.index, next_hop),
            None => Some(state.neighbours.remember_nobody()),
        };
        let Some(slot) = state.slot_mut(number) else { return };
        slot.next_hardware = remembered;
        match resolution {
            Resolution::Found(hardware) => self.send_segment(number, Some(hardware), now),
            Resolution::Pending => {
                slot.awaits_neighbour = true;
                state.tcp.timers.set(number, None);
            }
            Resolution::Failed => self.neighbour_failed(number, now),
        }
    }

    /// Lets a connection write one segment, which is lost when there is nobody to hand it to: its
    /// engine counts on an answer, and loses patience at last.
    pub(super) fn send_segment(&mut self, number: u16, to: Option<HardwareAddress>, now: Instant) {
        let Inner { links, state, .. } = self;
        let Some(slot) = state.tcp.slots.get_mut(usize::from(number)) else { return };
        let Some(Some(link)) = links.get_mut(usize::from(slot.link)) else { return };
        slot.forget_answered(now);
        let (before, next) = (slot.last_state, slot.sent.next());
        let Some(written) = link.transmit_from(slot, to, &mut state.datagrams, now) else {
            return state.tcp.timers.set(number, Some(now + DEVICE_PAUSE));
        };
        let output = match to {
            Some(_) if slot.sent.next() != next => Output::NewData,
            Some(_) if written > 0 => Output::Segment,
            _ => Output::Nothing,
        };
        let next = match before {
            tcp::State::Established => slot.after_output(output, now),
            _ => Next::Ask,
        };
        if next != Next::Ask {
            return state.plan_after_output(number, next);
        }
        if before != tcp::State::Established || slot.state() != before {
            let aborted = written > 0 && before == tcp::State::Closed;
            let cause = if aborted { Cause::Program } else { Cause::Output };
            state.settle(number, cause, now);
        }
        state.schedule(number, &mut link.engine, output != Output::Nothing, now);
    }

    fn timer_due(&mut self, number: u16, now: Instant) {
        let Some(slot) = self.state.slot_mut(number) else { return };
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

    /// Answers an opening segment once more.
    fn repeat_answer(&mut self, half_open: &HalfOpen, now: Instant) {
        let Ok(facts) = self.facts(half_open.link) else { return };
        let Inner { links, state, .. } = self;
        let Some(outgoing) = state.answer_to(half_open, facts.limits()) else { return };
        let mut bytes = [0; REPLY_LENGTH];
        let packet = outgoing.emit(&mut bytes);
        if let Some(hop) = state.way_back(&half_open.tuple, half_open.link) {
            // An answer that cannot leave now is lost, as any packet may be.
            let mut fill = |room: &mut [u8]| _ = write_front(room, packet);
            let _ = transmit(links, state, hop, packet.len(), now, &mut fill);
        }
    }

    /// A neighbour does not answer those that wait for it.
    pub(super) fn connections_lost_neighbour(&mut self, link: u8, address: IpAddr, now: Instant) {
        for number in 0..self.state.tcp.slots.len() as u16 {
            let Some(slot) = self.state.slot(number) else { return };
            if slot.awaits_neighbour && (slot.link, slot.next_hop) == (link, address) {
                self.neighbour_failed(number, now);
            }
        }
    }

    /// A connection has nobody to hand its segments to: one that is being opened fails, others lose
    /// the segment, as any segment may be lost, and try again until their patience ends. A reset is
    /// as good as sent.
    fn neighbour_failed(&mut self, number: u16, now: Instant) {
        let Some(slot) = self.state.slot_mut(number) else { return };
        slot.awaits_neighbour = false;
        if slot.state() == tcp::State::SynSent {
            self.state.give_up(number, Errno::EHOSTUNREACH, now);
        } else {
            slot.soft_error = Some(Errno::EHOSTUNREACH);
            self.send_segment(number, None, now);
        }
    }
}

impl<'a> Link<'a> {
    /// Lets a connection write a packet, or throws away what it writes when there is nobody to send it
    /// to. Says how long the packet was, or nothing when the device has no room now.
    fn transmit_from(
        &mut self,
        slot: &mut Slot<'a>,
        to: Option<HardwareAddress>,
        watchers: &mut Datagrams<'_>,
        now: Instant,
    ) -> Option<usize> {
        let Link { device, engine, facts, looped, sent, .. } = self;
        *looped |= facts.medium == Medium::Loopback;
        let mut written = 0;
        let length = &mut written;
        let had_room = device.transmit(&mut move |room| {
            let has_header = matches!(facts.medium, Medium::Ethernet(_));
            let ether_type = ether_type_of(slot.next_hop);
            let header = (has_header, || facts.header(to, ether_type));
            frame((facts, sent), (&mut *watchers, Way::Out(None)), header, room, |packet| {
                *length = slot.write(engine, packet, now);
                // The engine resets an attempt to connect that it gives up; nobody is there to be told.
                if to.is_none() || slot.has_given_up() { 0 } else { *length }
            })
        });
        if !had_room {
            self.sent.drop_one();
            return None;
        }
        Some(written)
    }
}

impl State<'_> {
    /// Whether [`Inner::say_last_word`] has something to say.
    pub(super) fn has_last_word(&self) -> bool {
        self.tcp.last_word.is_some()
    }

    /// Whether a connection's timer is due.
    #[inline]
    pub(super) fn are_timers_due(&self, now: Instant) -> bool {
        self.tcp.timers.are_due(now)
    }

    /// When a connection's timer is due next.
    pub(super) fn next_timer(&self) -> Option<Instant> {
        self.tcp.timers.next()
    }

    /// When [`Inner::keep_connections`] has something to do.
    pub(super) fn next_event_of_connections(&self) -> Option<Instant> {
        earliest(self.tcp.half_open.next_event(), self.tcp.time_wait.next_event())
    }

    /// A neighbour is known now to those that wait for it.
    pub(super) fn connections_found_neighbour(&mut self, link: u8, address: IpAddr) {
        for number in 0..self.tcp.slots.len() as u16 {
            let Some(slot) = self.slot_mut(number) else { return };
            if slot.awaits_neighbour && (slot.link, slot.next_hop) == (link, address) {
                slot.awaits_neighbour = false;
                self.queue(number);
            }
        }
    }

    /// Ends a connection that is being opened, with this error and without a word to the peer.
    pub(super) fn give_up(&mut self, number: u16, errno: Errno, now: Instant) {
        let Some(slot) = self.slot_mut(number) else { return };
        slot.forget_connection();
        self.fail(number, Some(errno));
        self.settle(number, Cause::Program, now);
    }
}
