//! A TCP segment has arrived: the connection it belongs to, open or closed, the handshake it is part
//! of, or a reset.

use berkeley::{Errno, Instant};
use smoltcp::socket::tcp;

use super::arrival::{Arrival, Packet};
use super::connections::Cause;
use super::reply::ReplyTo;
use super::state::State;
use super::statistics::count;
use crate::descriptor::{Descriptor, Kind, Stream};
use crate::network::packet::{IPV6_HEADER_LENGTH, IpHeader};
use crate::tcp::engine::{Engine, REPLY_LENGTH};
use crate::tcp::half_open::HalfOpen;
use crate::tcp::next::Next;
use crate::tcp::packet_options::PacketOptions;
use crate::tcp::received::Received;
use crate::tcp::segment::{OpeningOptions, Outgoing, Segment};
use crate::tcp::slot::{Owner, Slot};

impl State<'_> {
    /// Finds out what a segment is for. The order is that of certainty: a connection, one that is
    /// closed, a handshake, a listener, nothing.
    pub(super) fn segment_arrived(&mut self, arrival: &mut Arrival<'_>, packet: &Packet<'_>) {
        let Some(whole) = packet.whole.filter(|_| !packet.to_group) else { return };
        if !is_plain(packet.header) {
            return; // the engine knows no extension headers
        }
        let (source, destination) = (packet.header.source, packet.header.destination);
        let Some(segment) = Segment::parse(source, destination, packet.payload) else {
            return arrival.drop(&mut self.drops.malformed);
        };
        if let Some(slot) = self.find_connection(&segment.tuple) {
            if segment.opens
                && let Some(slot) = self.slot_mut(slot)
                && slot.state() == tcp::State::SynSent
            {
                // Nobody can answer what has not left: the engine would believe it, and then count on
                // a window that it has not told. Nor may somebody open before that, for the same
                // reason; it will be said again.
                if slot.sent.next().is_none() {
                    return;
                }
                let options = OpeningOptions::parse(packet.payload, packet.header);
                slot.peer_opens(options);
            }
            let mut acknowledgement = [0; REPLY_LENGTH];
            let bytes = if self.answers_our_opening(slot, &segment) {
                let scale = OpeningOptions::parse(packet.payload, packet.header).window_scale;
                let segment = acknowledgement_in(&segment, scale);
                segment.emit_reversed(&mut acknowledgement)
            } else {
                whole
            };
            return self.segment_for_connection(arrival, slot, &segment, bytes);
        }
        if let Some(number) = self.tcp.time_wait.find(&segment.tuple, &self.secret) {
            return self.segment_for_time_wait(arrival, number, &segment, packet);
        }
        if let Some(half_open) = self.tcp.half_open.find(&segment.tuple).copied() {
            return self.segment_for_half_open(arrival, &half_open, &segment, whole);
        }
        if segment.acknowledgement.is_none()
            && let Some(listener) = self.find_listener(arrival, &segment.tuple)
        {
            if !segment.opens || segment.resets {
                return; // "you are unlikely to get here" (RFC 9293, section 3.10.7.2)
            }
            let first = self.secret.sequence_number(&segment.tuple, arrival.now);
            return self.open(arrival, (listener, first), &segment, packet);
        }
        if let Some(half_open) = self.read_cookie(arrival, &segment) {
            return self.complete(arrival, &half_open, &segment, whole);
        }
        if packet.tapped {
            return;
        }
        arrival.drop(&mut self.drops.no_socket);
        self.refuse(arrival, &segment);
    }

    /// Answers a segment that belongs to nothing with a reset, unless that is one too many.
    fn refuse(&mut self, arrival: &mut Arrival<'_>, segment: &Segment) {
        if let Some(reset) = Outgoing::reset_of(segment)
            && self.may_refuse(arrival, segment.tuple.remote.ip)
        {
            answer(arrival, &reset);
        }
    }

    /// Says where the connection is: a peer that meant its reset, or has begun anew, will then send a
    /// reset with the right number (RFC 5961, sections 3.2 and 4.2). Data is always answered, for its
    /// peer may have missed the acknowledgement; other segments now and then.
    #[cold]
    fn challenge(&mut self, arrival: &mut Arrival<'_>, number: u16, segment: &Segment) {
        let Some(slot) = self.tcp.slots.get_mut(usize::from(number)) else { return };
        if segment.resets && !slot.is_in_window(segment.sequence_number) {
            return;
        }
        let is_data = segment.length > 0 && !segment.opens && !segment.resets;
        let allowed = is_data || slot.challenges.allows(&self.secret, &segment.tuple, arrival.now);
        if allowed && let Some(acknowledgement) = slot.acknowledgement() {
            answer(arrival, &acknowledgement);
        }
    }

    /// In SYN-RECEIVED the engine does not take the peer's SYN|ACK, which answers our SYN when both
    /// ends opened at once; what it acknowledges counts all the same (RFC 9293, section 3.5, figure
    /// 7).
    fn answers_our_opening(&self, slot: u16, segment: &Segment) -> bool {
        segment.opens
            && segment.acknowledgement.is_some()
            && self.engine_state(slot) == tcp::State::SynReceived
    }

    /// Gives the connection what a segment acknowledges, with another number than it has.
    #[cold]
    fn acknowledgement_at(
        &mut self,
        arrival: &mut Arrival<'_>,
        number: u16,
        segment: &Segment,
        within: u32,
    ) {
        let mut bytes = [0; REPLY_LENGTH];
        let outgoing = segment.acknowledgement_alone(within, segment.window);
        let packet = outgoing.emit_reversed(&mut bytes);
        let segment = Segment { sequence_number: within, length: 0, ends: false, ..*segment };
        self.segment_for_connection(arrival, number, &segment, packet);
    }

    /// Gives a segment to the connection that it is for. `bytes` is the packet that the engine gets.
    #[inline(never)] // not in the way of the ordinary ones
    pub(super) fn segment_for_connection(
        &mut self,
        arrival: &mut Arrival<'_>,
        number: u16,
        segment: &Segment,
        bytes: &[u8],
    ) {
        let Some(slot) = self.slot(number) else { return };
        if let Some(within) = slot.in_place_of(segment) {
            return self.acknowledgement_at(arrival, number, segment, within);
        }
        if slot.acknowledges_again(segment) {
            let next = slot.received.next;
            self.acknowledgement_at(arrival, number, segment, next);
            if self.tuple_of(number).is_none() {
                return; // that was all that it waited for
            }
        }
        let Some(slot) = self.slot_mut(number) else { return };
        if slot.doubts(segment) || !slot.may_take(segment) {
            return self.challenge(arrival, number, segment);
        }
        self.take_segment(arrival, number, segment, bytes);
    }

    /// Lets a connection take a segment that it may take. The ordinary segment has a copy of this
    /// without what it has not: compiled into its callers.
    #[inline(always)]
    pub(super) fn take_segment(
        &mut self,
        arrival: &mut Arrival<'_>,
        number: u16,
        segment: &Segment,
        bytes: &[u8],
    ) {
        let now = arrival.now;
        let Some(slot) = self.tcp.slots.get_mut(usize::from(number)) else { return };
        if !slot.note_received(segment, now) {
            return;
        }
        let Some(connection) = slot.connection() else { return };
        let length = arrival.engine.receive(connection, bytes, now, arrival.reply.engine_room());
        slot.note_taken(segment);
        if length > 0 {
            reply_to(arrival, slot, length);
        }
        // What follows for the program and for the connection; what can be told of the next step tells
        // that it stands.
        let next = slot.after_input(now);
        let ordinary = slot.last_state == tcp::State::Established && next != Next::Ask;
        match slot.owner {
            // Data to read, or room to write.
            Owner::Descriptor(holder) if ordinary && self.descriptors.receives(holder) => {
                self.wake(holder);
                self.schedule_next(number, next, arrival.engine, now);
            }
            _ => self.segment_taken(number, arrival.engine, now),
        }
    }

    /// What follows from a segment that a connection has taken, where more may have changed than what
    /// there is to read and to send.
    fn segment_taken(&mut self, number: u16, engine: &mut Engine, now: Instant) {
        self.drop_unwanted(number);
        self.settle(number, Cause::Input, now);
        let Some(slot) = self.slot(number) else { return };
        let next = slot.after_input(now);
        self.schedule_next(number, next, engine, now);
    }

    /// Data that nobody will read. After the descriptor was closed it resets the connection (RFC 9293,
    /// section 3.6.1, case of a half close by `close`), after both halves were shut down as well, where
    /// the program is told (Linux's `tcp_rcv_state_process`). After receiving was shut down it is
    /// thrown away.
    fn drop_unwanted(&mut self, number: u16) {
        let Some(slot) = self.tcp.slots.get_mut(usize::from(number)) else { return };
        let (limit, ended) = match slot.owner {
            Owner::Descriptor(descriptor) => {
                let Ok(entry) = self.descriptors.entry(descriptor) else { return };
                (entry.read_limit, entry.write_shut)
            }
            Owner::Orphan => (Some(0), true),
            Owner::Free | Owner::Listener(_) => (None, false),
        };
        if limit != Some(0) || slot.unread() == 0 {
            return;
        }
        if let Some(socket) = slot.socket_mut() {
            let _ = socket.recv(|data| (data.len(), ()));
            let _ = socket.recv(|data| (data.len(), ())); // what lies beyond the ring's end
        }
        if ended {
            slot.abort();
            self.fail(number, Some(Errno::ECONNRESET));
        }
    }

    fn segment_for_half_open(
        &mut self,
        arrival: &mut Arrival<'_>,
        half_open: &HalfOpen,
        segment: &Segment,
        whole: &[u8],
    ) {
        let expected = half_open.theirs.wrapping_add(1);
        if segment.resets {
            if segment.sequence_number == expected {
                self.tcp.half_open.remove(&half_open.tuple);
            }
            return;
        }
        let offset = segment.sequence_number.wrapping_sub(expected);
        let in_window = (offset as usize) < self.receive_capacity().max(1);
        match segment.acknowledgement {
            _ if segment.opens => {
                let tuple = &half_open.tuple;
                if self.tcp.half_open.may_answer(tuple, &self.secret, arrival.now) {
                    self.answer_opening(arrival, half_open);
                }
            }
            Some(number) if number != half_open.ours.wrapping_add(1) => {
                self.refuse(arrival, segment);
            }
            Some(_) if in_window => {
                let is_bare = segment.sequence_length() == 0;
                if half_open.defer == 0 || !is_bare || !self.tcp.half_open.defers(&half_open.tuple)
                {
                    self.complete(arrival, half_open, segment, whole);
                }
            }
            _ => {}
        }
    }

    /// A handshake is finished: the connection gets a slot and waits to be accepted. Without a place
    /// in the queue, or a slot, the acknowledgement is as good as lost, and the peer will repeat it.
    fn complete(
        &mut self,
        arrival: &mut Arrival<'_>,
        half_open: &HalfOpen,
        segment: &Segment,
        whole: &[u8],
    ) {
        let listener = half_open.listener;
        let Ok(&Descriptor { kind: Kind::Stream(Stream::Listening(mut queue)), options, .. }) =
            self.descriptors.entry(listener)
        else {
            return self.tcp.half_open.remove(&half_open.tuple);
        };
        let tuple = half_open.tuple;
        let Some(next_hop) = self.way_back(&tuple, half_open.link) else { return };
        if queue.waiting > queue.backlog {
            return arrival.drop(&mut self.drops.backlog_full);
        }
        let Ok(number) = self.claim_slot(tuple, Owner::Listener(listener), next_hop) else {
            return arrival.drop(&mut self.drops.no_connection);
        };
        let (now, engine) = (arrival.now, &mut *arrival.engine);
        let mut room = [0; REPLY_LENGTH];
        let opening = half_open.opening().emit_reversed(&mut room);
        let promised = self.receive_capacity();
        let Some(slot) = self.slot_mut(number) else { return };
        slot.open(&options, arrival.facts.limits(), now);
        slot.peer_opens(half_open.their_options);
        slot.sent = half_open.sent(promised, &slot.packets);
        let answered = slot.connection().and_then(|connection| {
            let ends = (&tuple, half_open.ours);
            let room = arrival.reply.engine_room();
            engine.replay(connection, ends, (opening, whole), now, room)
        });
        let stands = !matches!(
            slot.state(),
            tcp::State::Closed | tcp::State::Listen | tcp::State::SynReceived
        );
        let (Some(length), true) = (answered, stands) else {
            return self.release_slot(number);
        };
        slot.our_first = half_open.ours;
        slot.received = Received { next: segment.end(), end: None };
        slot.note_taken(segment);
        slot.note_room(segment, half_open.ours.wrapping_add(1), true);
        slot.last_state = slot.state();
        reply_to(arrival, slot, length);
        self.tcp.half_open.remove(&tuple);

        count(&mut self.protocols.passive_opens);
        queue.waiting += 1;
        match queue.last.and_then(|last| self.slot_mut(last)) {
            Some(last) => last.next_accepted = Some(number),
            None => queue.first = Some(number),
        }
        queue.last = Some(number);
        self.set_stream(listener, Stream::Listening(queue));
        self.wake(listener);
        self.drop_unwanted(number);
        self.settle(number, Cause::Input, now);
        self.schedule(number, arrival.engine, true, now);
    }

    /// Answers an opening segment for a listener with this first number of ours, or without a place for
    /// it with one that says all there is to know. When too many wait already, the peer is left to try
    /// again, and one that ends what it opens is no peer, both as with Linux.
    pub(super) fn open(
        &mut self,
        arrival: &mut Arrival<'_>,
        (listener, ours): (u16, u32),
        segment: &Segment,
        packet: &Packet<'_>,
    ) {
        let Ok(entry) = self.descriptors.entry(listener) else { return };
        let Kind::Stream(Stream::Listening(queue)) = entry.kind else { return };
        if segment.ends {
            return;
        }
        let defer = entry.options.tcp.defer_accept;
        if queue.waiting > queue.backlog {
            return arrival.drop(&mut self.drops.backlog_full);
        }
        let mut half_open = HalfOpen::new(
            segment.tuple,
            listener,
            arrival.facts.index,
            (segment.sequence_number, ours),
            segment.window,
            OpeningOptions::parse(packet.payload, packet.header),
            arrival.now,
        );
        half_open.defer = defer;
        if self.tcp.half_open.insert(half_open) {
            self.plan_housekeeping();
        } else {
            half_open = self.with_cookie(half_open, arrival.now);
        }
        self.answer_opening(arrival, &half_open);
    }

    fn answer_opening(&self, arrival: &mut Arrival<'_>, half_open: &HalfOpen) {
        if let Some(outgoing) = self.answer_to(half_open, arrival.facts.limits()) {
            answer(arrival, &outgoing);
        }
    }

    /// The answer to an opening segment. It is its listener still: one that ends takes its half-open
    /// connections with it.
    pub(super) fn answer_to(
        &self,
        half_open: &HalfOpen,
        limits: (usize, usize),
    ) -> Option<Outgoing> {
        let options = &self.descriptors.entry(half_open.listener).ok()?.options;
        let packets = PacketOptions::of(options, &half_open.tuple, limits);
        Some(half_open.answer(self.receive_capacity(), &packets))
    }

    /// Bytes of receive buffer that a connection has at least.
    pub(super) fn receive_capacity(&self) -> usize {
        self.tcp.sizes.smallest_receive
    }
}

/// Whether there is nothing between the IP header and the segment.
fn is_plain(header: &IpHeader) -> bool {
    header.source.is_ipv4() || header.payload.start == IPV6_HEADER_LENGTH
}

/// The acknowledgement in a SYN|ACK, as a segment of its own. An opening segment's window is never
/// scaled; others are.
fn acknowledgement_in(segment: &Segment, scale: Option<u8>) -> Outgoing {
    let window = segment.window >> scale.unwrap_or(0).min(14);
    segment.acknowledgement_alone(segment.sequence_number.wrapping_add(1), window)
}

#[inline(never)] // it is asked for in several places
pub(super) fn answer(arrival: &mut Arrival<'_>, outgoing: &Outgoing) {
    let length = outgoing.emit(arrival.reply.room()).len();
    let (source, destination) = (outgoing.tuple.local.ip, outgoing.tuple.remote.ip);
    arrival.reply.set(length, ReplyTo::Address { source, destination });
}

/// What the engine has written is for the peer of the connection.
fn reply_to(arrival: &mut Arrival<'_>, slot: &Slot<'_>, length: usize) {
    let Some(tuple) = &slot.tuple else { return };
    let (source, destination) = (tuple.local.ip, tuple.remote.ip);
    arrival.reply.set(length, ReplyTo::Address { source, destination });
}
