//! A slot: one engine connection with its two buffers.
//!
//! Descriptors are what programs hold; slots are what connections need. A socket takes a slot when
//! it connects, or when a handshake is finished for a listener, and a connection keeps its slot
//! after the program has closed its descriptor until everything is delivered.

use berkeley::{Errno, Instant};
use managed::ManagedSlice;
use smoltcp::iface::{SocketSet, SocketStorage};
use smoltcp::socket::tcp;
use smoltcp::time::Duration as EngineDuration;

use super::challenge::ChallengeLimit;
use super::engine::Connection;
use super::packet_options::{PacketOptions, headers_of};
use super::patience::Patience;
use super::received::Received;
use super::segment::OpeningOptions;
use super::sent::Sent;
use super::{Tuple, engine};
use crate::ip::{IpAddr, Ipv4Addr};
use crate::network::neighbour::Remembered;
use crate::options::{Options, Reuse};

/// The longest segment of a peer that does not say (RFC 9293, section 3.7.1).
pub(super) const UNKNOWN_SEGMENT: u16 = 536;

/// How long an acknowledgement waits for more to acknowledge, and at most: Linux's `TCP_DELACK_MIN`.
pub(super) const ACKNOWLEDGEMENT_DELAY: EngineDuration = EngineDuration::from_millis(10);
const LONG_ACKNOWLEDGEMENT_DELAY: EngineDuration = EngineDuration::from_millis(40);

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
    pub(super) held_until: Option<Instant>,
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
    /// How often it answers what may be forged.
    pub(crate) challenges: ChallengeLimit,
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
        challenges: ChallengeLimit::NEVER,
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
    #[inline(never)] // it is asked for in very many places, and there is a search in it
    pub(crate) fn socket(&self) -> Option<&tcp::Socket<'a>> {
        self.hot_socket()
    }

    /// The engine's socket.
    #[inline(never)]
    pub(crate) fn socket_mut(&mut self) -> Option<&mut tcp::Socket<'a>> {
        self.hot_socket_mut()
    }

    /// The engine's socket, for the few places where every segment comes by.
    #[cfg_attr(feature = "alloc", inline(always))]
    #[cfg_attr(not(feature = "alloc"), inline(never))]
    pub(crate) fn hot_socket(&self) -> Option<&tcp::Socket<'a>> {
        engine::socket(self.set.as_ref()?)
    }

    /// The engine's socket, for the few places where every segment comes by.
    #[inline(always)]
    pub(crate) fn hot_socket_mut(&mut self) -> Option<&mut tcp::Socket<'a>> {
        engine::socket_mut(self.set.as_mut()?)
    }

    /// The engine's state.
    #[inline(never)]
    pub(crate) fn state(&self) -> tcp::State {
        self.socket().map_or(tcp::State::Closed, tcp::Socket::state)
    }

    /// Bytes received and not yet read.
    #[inline(never)]
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

    /// Ends the connection with a reset, without an error for anybody.
    pub(crate) fn abort(&mut self) {
        if let Some(socket) = self.socket_mut() {
            socket.abort();
        }
        self.last_state = tcp::State::Closed;
    }

    /// Whether both ends know of the connection, or knew of it.
    pub(crate) fn is_synchronized(&self) -> bool {
        is_synchronized(self.state())
    }

    /// Prepares for a connection over a link with packets of so many bytes, and so many at a time, with the
    /// options of a socket.
    pub(crate) fn open(&mut self, options: &Options, limits: (usize, usize), now: Instant) {
        if let Some(tuple) = &self.tuple {
            self.packets = PacketOptions::of(options, tuple, limits);
        }
        if self.packets.window_limit >= self.capacities().0 {
            self.packets.window_limit = usize::MAX; // there is nothing to write
        }
        self.patience.heard(now);
        self.challenges = ChallengeLimit::new(now);
        self.apply(options, now);
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
    #[cfg_attr(feature = "alloc", inline(always))]
    #[cfg_attr(not(feature = "alloc"), inline(never))]
    pub(crate) fn capacities(&self) -> (usize, usize) {
        match self.buffers {
            #[cfg(feature = "alloc")]
            Buffers::OnDemand { receive, send } => (receive, send),
            _ => self.socket().map_or((0, 0), |s| (s.recv_capacity(), s.send_capacity())),
        }
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

/// Whether both ends of a connection in this state know of it, or knew of it.
pub(super) fn is_synchronized(state: tcp::State) -> bool {
    !matches!(
        state,
        tcp::State::Closed | tcp::State::Listen | tcp::State::SynSent | tcp::State::SynReceived
    )
}

/// All slots.
pub(crate) type Slots<'a> = ManagedSlice<'a, Slot<'a>>;
