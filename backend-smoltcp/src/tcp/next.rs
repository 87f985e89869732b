//! What a slot has to do next: to ask its engine for output, to wait, or to say something itself.
//!
//! Asking the engine costs as much as everything else together, so in the ordinary cases it is told
//! from outside what it would say. It may be asked too early, never too late.

use core::time::Duration;

use berkeley::Instant;
use smoltcp::socket::tcp;
use smoltcp::time::Duration as EngineDuration;

use super::engine::{self, Engine};
use super::segment::{Kind, OpeningOptions, Outgoing};
use super::slot::{ACKNOWLEDGEMENT_DELAY, Owner, Slot, UNKNOWN_SEGMENT, is_synchronized};

/// The shorter of the two delays of acknowledgements.
const SHORTEST_DELAY: Duration = Duration::from_micros(ACKNOWLEDGEMENT_DELAY.total_micros());

/// The engine repeats nothing sooner than this (RFC 6298, section 2.4).
const REPEATED_AFTER: Duration = Duration::from_secs(1);

/// How long a segment that is not full waits under TCP_CORK (Linux tcp(7)).
const LONGEST_CORK: Duration = Duration::from_millis(200);

/// What is to be done next for a slot, as far as it can be told without its engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Next {
    Nothing,
    /// The engine has something to send, or is likely to.
    Now,
    /// The same, but there may be more to acknowledge in frames that have come in.
    BehindFrames,
    /// The engine has nothing to do before this time.
    By(Instant),
    /// That is for the engine to say.
    Ask,
}

/// What an engine has put out when it was asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Output {
    Nothing,
    /// An acknowledgement, or something that was sent before.
    Segment,
    /// Data for the first time.
    NewData,
}

impl Slot<'_> {
    /// Bytes that were received and not acknowledged yet, or more.
    fn unacknowledged(&self) -> Option<usize> {
        let (acknowledged, _) = self.sent.acknowledged()?;
        Some(self.received.next.wrapping_sub(acknowledged) as usize)
    }

    /// Whether reading may have opened the window so far that the peer is to be told, or has done
    /// something else that the engine is to be asked for: it tells the peer when the window has
    /// doubled.
    #[cfg_attr(feature = "alloc", inline(always))]
    pub(crate) fn window_has_opened(&self) -> bool {
        let told = self.sent.acknowledged().zip(self.hot_socket());
        let Some(((acknowledged, field), socket)) = told else { return true };
        if socket.state() != tcp::State::Established {
            return true;
        }
        let unacknowledged = self.received.next.wrapping_sub(acknowledged) as usize;
        let shift = self.packets.window_shift;
        let left = (usize::from(field) << shift).saturating_sub(unacknowledged);
        let capacity = socket.recv_capacity().min(self.packets.receive_limit);
        let open = capacity.saturating_sub(socket.recv_queue()).min(self.packets.window_limit);
        open / 2 + (1 << shift) >= left // what scaling cuts off counts as open
    }

    /// Whether the engine has something to send for the first time. What does not fill a segment it holds
    /// back while something is under way: Nagle's algorithm (RFC 9293, section 3.7.4).
    #[cfg_attr(feature = "alloc", inline(always))]
    fn has_unsent(&self, socket: &tcp::Socket<'_>) -> bool {
        let under_way = self.sent.under_way();
        let unsent = socket.send_queue().saturating_sub(under_way);
        unsent > 0 && (under_way == 0 || !socket.nagle_enabled() || unsent >= self.segment())
    }

    /// What there is to be done after a segment was taken.
    #[cfg_attr(feature = "alloc", inline(always))]
    pub(crate) fn after_input(&self, now: Instant) -> Next {
        let Some(socket) = self.hot_socket() else { return Next::Ask };
        let Some(unacknowledged) = self.unacknowledged() else { return Next::Ask };
        let sending = socket.send_queue() > 0;
        // Without progress the engine may have counted a duplicate acknowledgement.
        if socket.state() != tcp::State::Established || sending && !self.sent.advances() {
            return Next::Ask;
        }
        // More than a segment is acknowledged at once (RFC 9293, section 3.8.6.3).
        let segment = self.their_options.maximum_segment_size.unwrap_or(UNKNOWN_SEGMENT);
        if sending && self.has_unsent(socket) {
            return Next::Now;
        }
        if unacknowledged > usize::from(segment) {
            return Next::BehindFrames;
        }
        match socket.ack_delay() {
            _ if unacknowledged == 0 && sending => Next::By(now + REPEATED_AFTER),
            _ if unacknowledged == 0 => Next::Nothing,
            None => Next::Now,
            Some(_) => Next::By(now + SHORTEST_DELAY), // who is asked too early is asked again
        }
    }

    /// What there is to be done after a segment was sent, or none.
    #[cfg_attr(feature = "alloc", inline(always))]
    pub(crate) fn after_output(&mut self, output: Output, now: Instant) -> Next {
        let Some(socket) = self.hot_socket() else { return Next::Ask };
        if socket.state() != tcp::State::Established || self.owner == Owner::Free {
            return Next::Ask;
        }
        let queued = socket.send_queue();
        let next = match output {
            Output::Nothing => return Next::Ask,
            _ if queued == 0 => Next::Nothing, // it has acknowledged all there is, and told its window
            Output::Segment => return Next::Ask,
            Output::NewData if self.has_unsent(socket) => Next::Now,
            Output::NewData => Next::By(now + REPEATED_AFTER),
        };
        // More that is unanswered changes nothing.
        let waits = socket.timeout().is_some() && self.patience.is_waiting();
        if output == Output::NewData && !waits {
            self.adjust_patience(now);
        }
        next
    }

    /// Sets how long the engine waits for an answer. Its timeout also fires on an idle connection,
    /// so it is set only while something is unanswered.
    pub(crate) fn adjust_patience(&mut self, now: Instant) {
        let Slot { set, patience, owner, .. } = self;
        let Some(socket) = set.as_mut().and_then(engine::socket_mut) else { return };
        let unanswered = unanswered(socket);
        let is_orphan = *owner == Owner::Orphan;
        patience.note_unanswered(unanswered, socket.send_queue() == 0, is_orphan, now);
        let limit = match socket.state() {
            tcp::State::SynSent | tcp::State::SynReceived => Some(patience.of_attempt()),
            _ if unanswered > 0 => patience.of_engine(),
            _ => None,
        };
        let limit = limit.map(EngineDuration::from);
        if socket.timeout() != limit {
            socket.set_timeout(limit);
        }
    }

    /// Takes the engine's timeout back, if everything has been answered meanwhile: when that was the
    /// last segment of the peer, nobody was asked. It would end a connection that was idle for so long.
    #[inline]
    pub(crate) fn forget_answered(&mut self, now: Instant) {
        let Some(socket) = self.hot_socket() else { return };
        if socket.timeout().is_some() && is_quiet(socket) {
            self.adjust_patience(now);
        }
    }

    /// Whether it waits for nothing from the peer.
    pub(crate) fn is_quiet(&self) -> bool {
        self.socket().is_some_and(is_quiet)
    }

    /// An acknowledgement as it was sent last.
    #[inline(never)] // it is asked for in several places
    pub(crate) fn acknowledgement(&self) -> Option<Outgoing> {
        let (acknowledged, window) = self.sent.acknowledged()?;
        Some(Outgoing {
            tuple: self.tuple?,
            kind: Kind::Acknowledge,
            sequence_number: self.sent.next()?,
            acknowledgement: Some(acknowledged),
            window,
            options: OpeningOptions::default(),
            hop_limit: self.packets.hop_limit,
            traffic_class: self.packets.traffic_class,
        })
    }

    /// Writes the next packet into `room`, which holds at least the MTU, and says how long it is; 0 when
    /// there is nothing to send now.
    #[inline]
    pub(crate) fn write(&mut self, engine: &mut Engine, room: &mut [u8], now: Instant) -> usize {
        let connection = self.connection();
        match connection.map_or(0, |connection| engine.send(connection, now, room)) {
            0 => self.write_own_segment(room),
            written => written,
        }
    }

    #[cold]
    fn write_own_segment(&mut self, room: &mut [u8]) -> usize {
        self.own_segment().map_or(0, |segment| segment.emit(room).len())
    }

    /// Whether the engine has given an attempt to connect up since its state was looked at.
    pub(crate) fn has_given_up(&self) -> bool {
        self.last_state == tcp::State::SynSent && self.state() == tcp::State::Closed
    }

    /// What is to be sent when the engine has nothing to send: a question whether the peer is there, as
    /// an acknowledgement from before what it expects (RFC 9293, section 3.8.4), or a window that has
    /// opened.
    pub(crate) fn own_segment(&mut self) -> Option<Outgoing> {
        if core::mem::take(&mut self.owes_probe) {
            let mut probe = self.acknowledgement()?;
            probe.sequence_number = probe.sequence_number.wrapping_sub(1);
            return Some(probe);
        }
        let window = self.opened_window()?;
        self.sent.tells_window(window);
        self.acknowledgement()
    }

    /// The window that the engine does not know to have opened, because it knows of no limit but its
    /// buffer: once it has doubled, as with the engine.
    fn opened_window(&self) -> Option<u16> {
        if !self.packets.limits_window() || !self.socket()?.may_recv() || !self.is_synchronized() {
            return None;
        }
        let (_, told) = self.sent.acknowledged()?;
        // A program may allow more than there is.
        let open = self.capacities().0.saturating_sub(self.unread()) >> self.packets.window_shift;
        let open = u16::try_from(open).unwrap_or(u16::MAX);
        let window = self.packets.window(self.unread()).min(open);
        let left =
            usize::from(told).saturating_sub(self.unacknowledged()? >> self.packets.window_shift);
        (window > 0 && usize::from(window / 2) >= left).then_some(window)
    }

    /// Whether a segment that is not full waits for more, and until when: TCP_CORK. What is under way
    /// holds it back anyway, and what has to be acknowledged takes it along.
    pub(crate) fn holds_back(&mut self, now: Instant) -> Option<Instant> {
        let queue = match self.socket() {
            Some(socket) if socket.may_send() => socket.send_queue(),
            _ => 0,
        };
        let all_sent = self.our_first.wrapping_add(1).wrapping_add(self.accepted);
        let unsent = self.sent.next().map_or(0, |next| all_sent.wrapping_sub(next) as usize);
        let is_acknowledged = self.unacknowledged() == Some(0);
        if !self.corked
            || queue == 0
            || queue != unsent
            || queue >= self.segment()
            || !is_acknowledged
        {
            self.held_until = None;
            return None;
        }
        let until = *self.held_until.get_or_insert(now + LONGEST_CORK);
        self.held_until = Some(until).filter(|until| *until > now);
        self.held_until
    }

    /// Whether it has no buffers, and never will: no connection can use it.
    #[inline(never)] // it is asked for in several places
    pub(crate) fn is_bare(&self) -> bool {
        self.capacities() == (0, 0)
    }
}

fn is_quiet(socket: &tcp::Socket<'_>) -> bool {
    unanswered(socket) == 0 && is_synchronized(socket.state())
}

/// How many bytes are not acknowledged, where our end counts as one.
fn unanswered(socket: &tcp::Socket<'_>) -> usize {
    let ended =
        matches!(socket.state(), tcp::State::FinWait1 | tcp::State::Closing | tcp::State::LastAck);
    socket.send_queue() + usize::from(ended)
}
