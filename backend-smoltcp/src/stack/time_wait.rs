//! Connections leave their slots for the table of those that only wait, and segments find them there.

use berkeley::Instant;
use smoltcp::socket::tcp;

use super::arrival::{Arrival, Packet};
use super::segments::answer;
use super::state::State;
use crate::tcp::segment::{Outgoing, Segment};
use crate::tcp::time_wait::{Answer, Phase, TIME_WAIT, Then, TimeWait};
use crate::tuple::Tuple;

impl State<'_> {
    /// Moves a connection that is in TIME-WAIT, or in FIN-WAIT-2 without a socket, to the table. Its
    /// slot has no ends any more: what is unread in it can still be read, and nothing is sent from it.
    pub(super) fn retire(&mut self, number: u16, now: Instant) {
        let Some(slot) = self.slot(number) else { return };
        let (phase, patience) = match slot.state() {
            tcp::State::TimeWait => (Phase::TimeWait, TIME_WAIT),
            _ => (Phase::FinWait2, slot.patience.of_end().unwrap_or_default()),
        };
        let (Some(tuple), Some(our_next), Some((acknowledged, window))) =
            (slot.tuple, slot.sent.next(), slot.sent.acknowledged())
        else {
            return;
        };
        let ends = (our_next, slot.received.next);
        let mut entry = TimeWait::new(phase, tuple, ends, window, now);
        entry.hop_limit = slot.packets.hop_limit;
        entry.traffic_class = slot.packets.traffic_class;
        entry.reuse = slot.reuse;
        if acknowledged != slot.received.next {
            // Nobody else will acknowledge the end.
            self.tcp.last_word = Some((entry.outgoing(), slot.link));
        }
        self.detach_slot(number);
        let deadline = now + patience;
        self.tcp.time_wait.insert(entry, deadline, &self.secret);
        self.housekeeping.bring_forward(deadline);
    }

    /// Whether a connection in FIN-WAIT-2 has acknowledged all that it has received, so that the table
    /// can take it. With something out of order it stays, and is reset when the rest arrives.
    pub(super) fn has_said_all(&self, number: u16) -> bool {
        let Some(slot) = self.slot(number) else { return false };
        let acknowledged = slot.sent.acknowledged().map(|(number, _)| number);
        acknowledged == Some(slot.received.next) && !self.tcp.time_wait.is_absent()
    }

    /// The first number of a connection that this host opens. A socket that was bound to the ends of a
    /// connection in the table takes its place, as on Linux, beyond the numbers that it has used.
    pub(super) fn first_number(&mut self, tuple: &Tuple, now: Instant) -> u32 {
        let table = &mut self.tcp.time_wait;
        let old = table.find(tuple, &self.secret);
        let Some((number, entry)) = old.and_then(|number| Some((number, table.entry(number)?)))
        else {
            return self.secret.sequence_number(tuple, now);
        };
        let first = entry.successor();
        table.remove(number, &self.secret);
        first
    }

    /// A segment for a connection in the table.
    pub(super) fn segment_for_time_wait(
        &mut self,
        arrival: &mut Arrival<'_>,
        number: u16,
        segment: &Segment,
        packet: &Packet<'_>,
    ) {
        let now = arrival.now;
        let Some(entry) = self.tcp.time_wait.entry_mut(number) else { return };
        let (reply, then) = entry.arrives(segment, &self.secret, now);
        let acknowledgement = entry.outgoing();
        match then {
            Then::Stay => {}
            Then::Restart => self.tcp.time_wait.set_deadline(number, now + TIME_WAIT),
            Then::End => self.tcp.time_wait.remove(number, &self.secret),
        }
        match reply {
            Answer::Nothing => {}
            Answer::Acknowledge => answer(arrival, &acknowledgement),
            Answer::Reset => {
                if let Some(reset) = Outgoing::reset_of(segment) {
                    answer(arrival, &reset);
                }
            }
            Answer::Open(first) => match self.find_listener(arrival, &segment.tuple) {
                Some(listener) => {
                    self.tcp.time_wait.remove(number, &self.secret);
                    self.open(arrival, (listener, first), segment, packet);
                }
                None => answer(arrival, &acknowledgement),
            },
        }
    }
}
