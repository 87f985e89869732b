//! A slot: one engine connection with its two buffers.
//!
//! Descriptors are what programs hold; slots are what connections need. A socket takes a slot when
//! it connects, or when a handshake is finished for a listener, and a connection keeps its slot
//! after the program has closed its descriptor until everything is delivered.

use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;

use berkeley::{Errno, Instant};
use managed::ManagedSlice;
use smoltcp::iface::{SocketSet, SocketStorage};
use smoltcp::socket::tcp;
use smoltcp::time::Duration as EngineDuration;

use super::engine::Connection;
use super::half_open::shift_of;
use super::packet_options::{PacketOptions, headers_of};
use super::patience::Patience;
use super::received::Received;
use super::segment::{Kind, OpeningOptions, Outgoing, Segment};
use super::sent::Sent;
use super::{Tuple, engine};
use crate::network::neighbour::Remembered;
use crate::options::{Options, Reuse};

/// The longest segment of a peer that does not say (RFC 9293, section 3.7.1).
const UNKNOWN_SEGMENT: u16 = 536;

/// How long an acknowledgement waits for more to acknowledge, and at most: Linux's `TCP_DELACK_MIN`.
const ACKNOWLEDGEMENT_DELAY: EngineDuration = EngineDuration::from_millis(10);
const LONG_ACKNOWLEDGEMENT_DELAY: EngineDuration = EngineDuration::from_millis(40);

/// How long a segment that is not full waits under TCP_CORK (Linux tcp(7)).
const LONGEST_CORK: Duration = Duration::from_millis(200);

/// Who a slot works for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Owner {
    /// Nobody: it can be taken.
    Free,
    /// The descriptor with this number.
    Descriptor(u16),
    /// It waits to be accepted from the listening descriptor with this number.
    Listener(u16),
    /// Its descriptor is closed; what is left is to be delivered.
    Orphan,
}

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

/// The shorter of the two delays of acknowledgements above.
const SHORTEST_DELAY: Duration = Duration::from_micros(ACKNOWLEDGEMENT_DELAY.total_micros());

/// The engine repeats nothing sooner than this (RFC 6298, section 2.4).
const REPEATED_AFTER: Duration = Duration::from_secs(1);

/// The memory of a slot: its two buffers, or none where they come from the heap.
pub(crate) enum Buffers {
    /// They belong to the engine's socket for life.
    Fixed,
    /// Taken from the heap when a connection starts, of these sizes.
    #[cfg(feature = "alloc")]
    OnDemand { receive: usize, send: usize },
}

/// One engine connection.
pub(crate) struct Slot<'a> {
    /// The engine's socket, in a set of its own. A slot without one is not in use.
    pub(crate) set: Option<SocketSet<'a>>,
    buffers: Buffers,
    pub(crate) owner: Owner,
    /// The connection; `None` while the slot is free, and when there is only something left to read.
    pub(crate) tuple: Option<Tuple>,
    /// The link it goes over, and whom to hand packets to there.
    pub(crate) link: u8,
    pub(crate) next_hop: IpAddr,
    /// The hardware address of the next hop, when it was last asked for.
    pub(crate) next_hardware: Option<Remembered>,
    /// What the peer said when it opened.
    pub(crate) their_options: OpeningOptions,
    /// The engine's state when it was last looked at.
    pub(crate) last_state: tcp::State,
    /// Whether the old owner allowed reuse of the address.
    pub(crate) reuse: Reuse,
    /// In the queue of those that have something to send, and who is behind.
    pub(crate) queued: bool,
    pub(crate) next_queued: Option<u16>,
    /// It is there only to acknowledge, and frames that have come in may go first.
    pub(crate) lets_frames_first: bool,
    /// In a listener's queue: who is behind.
    pub(crate) next_accepted: Option<u16>,
    /// When its descriptor let go of it.
    pub(crate) orphan_since: Instant,
    /// What the options say about its packets.
    pub(crate) packets: PacketOptions,
    /// Bytes that may be unacknowledged.
    pub(crate) send_limit: usize,
    /// Bytes that were taken from the program.
    pub(crate) accepted: u32,
    /// Segments wait until they are full, or until this time.
    pub(crate) corked: bool,
    held_until: Option<Instant>,
    /// How long it goes on without an answer.
    pub(crate) patience: Patience,
    /// It is to ask whether the peer is there.
    pub(crate) owes_probe: bool,
    /// What stands in its way at the moment: the error if it never gets past.
    pub(crate) soft_error: Option<Errno>,
    /// Why it ended before it was accepted.
    pub(crate) error: Option<Errno>,
    /// What it has sent.
    pub(crate) sent: Sent,
    /// What the peer has sent.
    pub(crate) received: Received,
    /// The sequence number we started from.
    pub(crate) our_first: u32,
    /// An orphan is given up at this time.
    pub(crate) orphan_until: Option<Instant>,
    /// Sending stopped because the neighbour does not answer yet.
    pub(crate) awaits_neighbour: bool,
    /// Since when no way leads to the peer.
    pub(crate) lost_way_at: Option<Instant>,
}

impl<'a> Slot<'a> {
    /// A place for a slot.
    pub(crate) const EMPTY: Slot<'a> = Slot {
        set: None,
        buffers: Buffers::Fixed,
        owner: Owner::Free,
        tuple: None,
        link: 0,
        next_hop: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        next_hardware: None,
        their_options: OpeningOptions::NONE,
        last_state: tcp::State::Closed,
        reuse: Reuse::NOTHING,
        queued: false,
        next_queued: None,
        lets_frames_first: false,
        next_accepted: None,
        orphan_since: Instant::ZERO,
        packets: PacketOptions::DEFAULT,
        send_limit: usize::MAX,
        accepted: 0,
        corked: false,
        held_until: None,
        patience: Patience::DEFAULT,
        owes_probe: false,
        soft_error: None,
        error: None,
        sent: Sent::NOTHING,
        received: Received { next: 0, end: None },
        our_first: 0,
        orphan_until: None,
        awaits_neighbour: false,
        lost_way_at: None,
    };

    /// A slot that owns these buffers for life.
    pub(crate) fn fixed(
        storage: &'a mut [SocketStorage<'a>],
        receive: &'a mut [u8],
        send: &'a mut [u8],
    ) -> Slot<'a> {
        let socket =
            tcp::Socket::new(tcp::SocketBuffer::new(receive), tcp::SocketBuffer::new(send));
        Slot::over(SocketSet::new(storage), socket, Buffers::Fixed)
    }

    /// A slot that takes its buffers from the heap while it is in use.
    #[cfg(feature = "alloc")]
    pub(crate) fn on_demand(receive: usize, send: usize) -> Slot<'static> {
        let socket = tcp::Socket::new(
            tcp::SocketBuffer::new(alloc::vec::Vec::new()),
            tcp::SocketBuffer::new(alloc::vec::Vec::new()),
        );
        let set = SocketSet::new(alloc::vec![SocketStorage::EMPTY]);
        Slot::over(set, socket, Buffers::OnDemand { receive, send })
    }

    fn over(mut set: SocketSet<'a>, socket: tcp::Socket<'a>, buffers: Buffers) -> Slot<'a> {
        set.add(socket);
        Slot { set: Some(set), buffers, ..Slot::EMPTY }
    }

    /// The engine's socket.
    pub(crate) fn socket(&self) -> Option<&tcp::Socket<'a>> {
        engine::socket(self.set.as_ref()?)
    }

    /// The engine's socket.
    pub(crate) fn socket_mut(&mut self) -> Option<&mut tcp::Socket<'a>> {
        engine::socket_mut(self.set.as_mut()?)
    }

    /// The engine's state.
    pub(crate) fn state(&self) -> tcp::State {
        self.socket().map_or(tcp::State::Closed, tcp::Socket::state)
    }

    /// Bytes received and not yet read.
    pub(crate) fn unread(&self) -> usize {
        self.socket().map_or(0, tcp::Socket::recv_queue)
    }

    /// Makes the engine's socket as good as new, with the settings of a new connection.
    pub(crate) fn prepare(&mut self) {
        #[cfg(feature = "alloc")]
        if let Buffers::OnDemand { receive, send } = self.buffers {
            self.allocate_buffers(receive, send);
        }
        self.forget_connection();
        if let Some(socket) = self.socket_mut() {
            socket.set_congestion_control(tcp::CongestionControl::Reno);
            socket.set_keep_alive(None);
            socket.set_nagle_enabled(true);
            socket.set_hop_limit(None);
        }
        self.last_state = tcp::State::Closed;
        self.orphan_until = None;
        self.packets = PacketOptions::DEFAULT;
        self.send_limit = usize::MAX;
        self.accepted = 0;
        self.corked = false;
        self.held_until = None;
        self.patience = Patience::DEFAULT;
        self.owes_probe = false;
        self.soft_error = None;
        self.error = None;
        self.sent = Sent::NOTHING;
        self.next_hardware = None;
        self.their_options = OpeningOptions::NONE;
        self.received.end = None;
        self.reuse = Reuse::NOTHING;
        self.awaits_neighbour = false;
        self.lost_way_at = None;
        self.next_accepted = None;
        // `queued` and `next_queued` stay: the queue may hold the slot from its last life, and
        // asking it for output once too often is no harm.
    }

    /// Makes the engine forget the connection, without a word to the peer.
    pub(crate) fn forget_connection(&mut self) {
        let Some(socket) = self.socket_mut() else { return };
        // An aborted socket would still send a reset. Listening clears everything that a
        // connection leaves behind, and closing a listener sends nothing.
        socket.abort();
        let _ = socket.listen(1);
        socket.close();
    }

    /// Takes note of a segment of the peer, and of its numbers.
    ///
    /// False when the engine is not to see it, because it was overtaken by a later one.
    pub(crate) fn note_received(&mut self, segment: &Segment, now: Instant) -> bool {
        self.patience.heard(now);
        self.soft_error = None;
        if let Some(number) = segment.acknowledgement {
            let is_news = self.sent.peer_acknowledges(number);
            let bare = segment.sequence_length() == 0 && !segment.resets;
            if !self.note_room(segment, number, is_news) && bare {
                return false;
            }
        }
        if segment.opens && self.state() == tcp::State::SynSent {
            // The engine takes no data that comes with the opening.
            self.received.next = segment.sequence_number.wrapping_add(1);
        } else {
            self.received.arrives(segment, &self.sent, self.capacities());
        }
        true
    }

    /// Takes note of the peer's window in a segment that acknowledges everything before `number`.
    /// False when the segment was overtaken.
    pub(crate) fn note_room(&mut self, segment: &Segment, number: u32, is_news: bool) -> bool {
        // An opening segment's window is never scaled (RFC 7323, section 2.2).
        let scale = self.their_options.window_scale.filter(|_| !segment.opens);
        let window = u32::from(segment.window) << scale.unwrap_or(0).min(14);
        self.sent.peer_has_room_to(number.wrapping_add(window), is_news)
    }

    /// Whether a segment with this number may be on its way: not acknowledged, and sent.
    pub(crate) fn has_under_way(&self, number: u32) -> bool {
        let Some(socket) = self.socket() else { return false };
        if socket.state() == tcp::State::SynSent {
            return number == self.our_first;
        }
        let accepted = self.our_first.wrapping_add(1).wrapping_add(self.accepted);
        let oldest = accepted.wrapping_sub(socket.send_queue() as u32);
        let span = self.sent.next().map_or(0, |next| next.wrapping_sub(oldest));
        number.wrapping_sub(oldest) <= span
    }

    /// Ends the connection with a reset, without an error for anybody.
    pub(crate) fn abort(&mut self) {
        if let Some(socket) = self.socket_mut() {
            socket.abort();
        }
        self.last_state = tcp::State::Closed;
    }

    /// Whether the engine may see a segment. Data behind the peer's end it would take for more of the
    /// stream (RFC 9293, section 3.10.7.4: it is to be ignored). Of a segment that reaches beyond
    /// the window it would take the end, and not all of the data before it.
    pub(crate) fn may_take(&self, segment: &Segment) -> bool {
        if segment.length == 0 {
            return true;
        }
        let text_end = segment.sequence_number.wrapping_add(segment.length as u32);
        let is_before = |limit: u32| (limit.wrapping_sub(text_end) as i32) < 0;
        let behind_end = self.received.end.is_some_and(is_before);
        !(behind_end || segment.ends && self.window_end().is_some_and(is_before))
    }

    /// The engine has taken a segment: whether that was the peer's end.
    pub(crate) fn note_taken(&mut self, segment: &Segment) {
        if segment.ends && self.received.end.is_none() && self.has_peers_end() {
            self.received = Received { next: segment.end(), end: Some(segment.end()) };
        }
    }

    /// Whether the peer has sent its end.
    fn has_peers_end(&self) -> bool {
        matches!(
            self.state(),
            tcp::State::CloseWait
                | tcp::State::LastAck
                | tcp::State::Closing
                | tcp::State::TimeWait
        )
    }

    /// The number that follows the window that the peer was told last.
    fn window_end(&self) -> Option<u32> {
        let (acknowledged, field) = self.sent.acknowledged()?;
        Some(acknowledged.wrapping_add(u32::from(field) << self.packets.window_shift))
    }

    /// Whether both ends know of the connection, or knew of it.
    pub(crate) fn is_synchronized(&self) -> bool {
        !matches!(
            self.state(),
            tcp::State::Closed | tcp::State::Listen | tcp::State::SynSent | tcp::State::SynReceived
        )
    }

    /// Prepares for a connection over a link of `mtu` bytes with the options of a socket.
    pub(crate) fn open(&mut self, options: &Options, mtu: usize, now: Instant) {
        if let Some(tuple) = &self.tuple {
            self.packets = PacketOptions::of(options, tuple, mtu);
        }
        self.patience.heard(now);
        self.apply(options, now);
    }

    /// Takes note of what the peer has said when it opened.
    pub(crate) fn peer_opens(&mut self, options: OpeningOptions) {
        let scaled = options.window_scale.is_some();
        self.packets.window_shift = if scaled { shift_of(self.capacities().0) } else { 0 };
        self.their_options = options;
    }

    /// Applies the options of a socket that concern a connection.
    pub(crate) fn apply(&mut self, options: &Options, now: Instant) {
        self.reuse = options.reuse;
        self.send_limit = options.send_limit().unwrap_or(usize::MAX);
        self.corked = options.tcp.cork;
        self.held_until = self.held_until.filter(|_| self.corked);
        self.patience.set(options, now);
        if let Some(tuple) = &self.tuple {
            self.packets.change(options, tuple);
        }
        let hop_limit = self.packets.hop_limit;
        let Some(socket) = self.socket_mut() else { return };
        socket.set_nagle_enabled(!options.tcp.nodelay || options.tcp.cork);
        socket.set_ack_delay(match options.tcp.quick {
            None => Some(ACKNOWLEDGEMENT_DELAY),
            Some(true) => None,
            Some(false) => Some(LONG_ACKNOWLEDGEMENT_DELAY),
        });
        socket.set_hop_limit(Some(hop_limit.max(1))); // 0 is written on the way out
    }

    /// The connection, as the engine needs it.
    pub(crate) fn connection(&mut self) -> Option<Connection<'_, 'a>> {
        let Slot { set, sent, packets, .. } = self;
        Some(Connection { set: set.as_mut()?, sent, options: packets })
    }

    /// The longest segment that it sends.
    pub(crate) fn segment(&self) -> usize {
        let headers = self.tuple.as_ref().map_or(0, headers_of);
        let theirs = self.their_options.maximum_segment_size.filter(|size| *size > 0);
        let theirs = usize::from(theirs.unwrap_or(UNKNOWN_SEGMENT));
        self.packets.mtu.saturating_sub(headers).min(theirs)
    }

    /// Gives the buffers back to the heap, where they came from there.
    pub(crate) fn release(&mut self) {
        self.owner = Owner::Free;
        self.tuple = None;
        self.awaits_neighbour = false;
        #[cfg(feature = "alloc")]
        if let Buffers::OnDemand { .. } = self.buffers {
            self.allocate_buffers(0, 0);
        }
    }

    /// Bytes of receive and of send buffer that a connection here has.
    pub(crate) fn capacities(&self) -> (usize, usize) {
        match self.buffers {
            #[cfg(feature = "alloc")]
            Buffers::OnDemand { receive, send } => (receive, send),
            _ => self.socket().map_or((0, 0), |s| (s.recv_capacity(), s.send_capacity())),
        }
    }

    /// Bytes that were received and not acknowledged yet, or more.
    fn unacknowledged(&self) -> Option<usize> {
        let (acknowledged, _) = self.sent.acknowledged()?;
        Some(self.received.next.wrapping_sub(acknowledged) as usize)
    }

    /// Whether reading may have opened the window so far that the peer is to be told, or has done
    /// something else that the engine is to be asked for: it tells the peer when the window has
    /// doubled.
    #[inline]
    pub(crate) fn window_has_opened(&self) -> bool {
        let told = self.sent.acknowledged().zip(self.socket());
        let Some(((acknowledged, field), socket)) = told else { return true };
        if socket.state() != tcp::State::Established {
            return true;
        }
        let unacknowledged = self.received.next.wrapping_sub(acknowledged) as usize;
        let shift = self.packets.window_shift;
        let left = (usize::from(field) << shift).saturating_sub(unacknowledged);
        let capacity = socket.recv_capacity().min(self.packets.receive_limit);
        let open = capacity.saturating_sub(socket.recv_queue());
        open / 2 + (1 << shift) >= left // what scaling cuts off counts as open
    }

    /// What there is to be done after a segment was taken.
    pub(crate) fn after_input(&self, now: Instant) -> Next {
        let Some(socket) = self.socket() else { return Next::Ask };
        let Some(unacknowledged) = self.unacknowledged() else { return Next::Ask };
        let sending = socket.send_queue() > 0;
        // Without progress the engine may have counted a duplicate acknowledgement.
        if socket.state() != tcp::State::Established || sending && !self.sent.advances() {
            return Next::Ask;
        }
        // More than a segment is acknowledged at once (RFC 9293, section 3.8.6.3).
        let segment = self.their_options.maximum_segment_size.unwrap_or(UNKNOWN_SEGMENT);
        if socket.send_queue() > self.sent.under_way() {
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

    /// What there is to be done after a segment was sent.
    pub(crate) fn after_output(&self, new_data: bool, now: Instant) -> Next {
        let Some(socket) = self.socket() else { return Next::Ask };
        if socket.state() != tcp::State::Established {
            return Next::Ask;
        }
        match socket.send_queue() {
            0 => Next::Nothing, // it has acknowledged all there is, and told its window
            _ if !new_data => Next::Ask,
            queued if queued > self.sent.under_way() => Next::Now,
            _ => Next::By(now + REPEATED_AFTER),
        }
    }

    /// Sets how long the engine waits for an answer. Its timeout also fires on an idle connection,
    /// so it is set only while something is unanswered.
    #[inline]
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
        let is_limited = self.socket().is_some_and(|socket| socket.timeout().is_some());
        if is_limited && self.is_quiet() {
            self.adjust_patience(now);
        }
    }

    /// Whether it waits for nothing from the peer.
    pub(crate) fn is_quiet(&self) -> bool {
        self.is_synchronized() && self.socket().is_some_and(|socket| unanswered(socket) == 0)
    }

    /// An acknowledgement as it was sent last.
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
        let is_limited = self.packets.receive_limit != usize::MAX;
        if !is_limited || !self.socket()?.may_recv() || !self.is_synchronized() {
            return None;
        }
        let ((_, told), window) = (self.sent.acknowledged()?, self.packets.window(self.unread()));
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
    pub(crate) fn is_bare(&self) -> bool {
        self.capacities() == (0, 0)
    }

    /// Has these buffers for life, instead of those that it was made with.
    pub(crate) fn give_buffers(&mut self, receive: &'a mut [u8], send: &'a mut [u8]) {
        self.replace_socket(tcp::SocketBuffer::new(receive), tcp::SocketBuffer::new(send));
    }

    #[cfg(feature = "alloc")]
    fn allocate_buffers(&mut self, receive: usize, send: usize) {
        let buffer = |length| tcp::SocketBuffer::new(alloc::vec![0; length]);
        self.replace_socket(buffer(receive), buffer(send));
    }

    fn replace_socket(&mut self, receive: tcp::SocketBuffer<'a>, send: tcp::SocketBuffer<'a>) {
        let Some(set) = &mut self.set else { return };
        let Some(handle) = set.iter().next().map(|(handle, _)| handle) else { return };
        set.remove(handle);
        set.add(tcp::Socket::new(receive, send));
    }
}

/// How many bytes are not acknowledged, where our end counts as one.
fn unanswered(socket: &tcp::Socket<'_>) -> usize {
    let ended =
        matches!(socket.state(), tcp::State::FinWait1 | tcp::State::Closing | tcp::State::LastAck);
    socket.send_queue() + usize::from(ended)
}

/// All slots.
pub(crate) type Slots<'a> = ManagedSlice<'a, Slot<'a>>;
