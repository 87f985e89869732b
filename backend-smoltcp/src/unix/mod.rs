//! UNIX sockets: those of one stack, connected to each other and to nobody else (`unix(7)`).
//!
//! Each socket is a place in a table, with a receive queue; there is no other buffer. Whoever sends
//! writes into the queue of the other end, or is refused. A connection that waits to be accepted is a
//! socket already, with a queue but without a descriptor.
//!
//! All names are in this table, those that look like paths as well: there is no file system, so a
//! name goes with its socket, and nothing has to be removed before the next one can have it.

mod queue;

use berkeley::{Errno, Error, Pool, SocketType, UnixAddress};
use managed::ManagedSlice;

pub(crate) use queue::UnixQueue;

use crate::stack::Gauge;

/// How many datagrams wait in a queue beyond the first, unless its socket is connected to the sender
/// (Linux's `net.unix.max_dgram_qlen`).
const MAX_DATAGRAM_QUEUE_LENGTH: usize = 10;

/// A UNIX socket, by its place in the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct UnixSocket(pub(crate) u16);

/// A socket that may be gone: its place, and how often that had been taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Reference {
    socket: UnixSocket,
    generation: u32,
}

/// What a place is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum UnixState {
    Free,
    /// Neither connected nor listening. Datagram sockets stay in this state.
    Unconnected,
    Listening(Backlog),
    /// It has a peer, or had one.
    Connected,
}

/// Connections waiting to be accepted: a queue through the places of their sockets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Backlog {
    /// How many may wait beyond the first.
    pub(crate) most: u16,
    pub(crate) waiting: u16,
    pub(crate) first: Option<UnixSocket>,
    pub(crate) last: Option<UnixSocket>,
}

impl Backlog {
    /// Whether no more connection may wait (Linux's `unix_recvq_full`).
    pub(crate) fn is_full(&self) -> bool {
        self.waiting > self.most
    }
}

/// A send that there was no room for: the socket is not writable before there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Refused {
    pub(crate) by: Reference,
    pub(crate) length: usize,
}

/// A place.
pub(crate) struct UnixSlot<'a> {
    pub(crate) state: UnixState,
    generation: u32,
    pub(crate) socket_type: SocketType,
    /// Who holds it; a connection that waits to be accepted is held by nobody.
    pub(crate) descriptor: Option<u16>,
    pub(crate) name: UnixAddress,
    /// Whether it is found by its name: an accepted socket has that of its listener, and is not.
    pub(crate) is_bound: bool,
    pub(crate) peer: Option<Reference>,
    /// The peer's name, which outlives it.
    pub(crate) peer_name: UnixAddress,
    pub(crate) queue: UnixQueue<'a>,
    /// How many bytes of a stream may be under way, and how long a message may be (`SO_SNDBUF`).
    pub(crate) send_limit: usize,
    pub(crate) read_shut: bool,
    pub(crate) write_shut: bool,
    /// The one pending error, consumed by whoever asks first.
    pub(crate) error: Option<Errno>,
    pub(crate) refused: Option<Refused>,
    /// Who waits behind it to be accepted.
    next: Option<UnixSocket>,
}

impl<'a> UnixSlot<'a> {
    /// A free place with this queue.
    pub(crate) const fn new(queue: UnixQueue<'a>) -> UnixSlot<'a> {
        UnixSlot {
            state: UnixState::Free,
            generation: 0,
            socket_type: SocketType::STREAM,
            descriptor: None,
            name: UnixAddress::UNNAMED,
            is_bound: false,
            peer: None,
            peer_name: UnixAddress::UNNAMED,
            queue,
            send_limit: usize::MAX,
            read_shut: false,
            write_shut: false,
            error: None,
            refused: None,
            next: None,
        }
    }

    pub(crate) fn is_datagram(&self) -> bool {
        self.socket_type == SocketType::DGRAM
    }

    pub(crate) fn is_stream(&self) -> bool {
        self.socket_type == SocketType::STREAM
    }

    /// The pending error, which is consumed.
    pub(crate) fn take_error(&mut self) -> Result<(), Error> {
        self.error.take().map_or(Ok(()), |errno| Err(errno.into()))
    }

    /// How many bytes more of a stream may be under way from it to the other end: all that are stand
    /// in the queue there, and nothing else does.
    pub(crate) fn room_at(&self, receiver: &UnixSlot<'_>) -> usize {
        let queue = &receiver.queue;
        queue.room().min(self.send_limit.saturating_sub(queue.len()))
    }

    /// Whether what happens to `other` may concern it.
    pub(crate) fn looks_at(&self, other: UnixSocket) -> bool {
        let is_it = |reference: Reference| reference.socket == other;
        self.peer.is_some_and(is_it) || self.refused.is_some_and(|refused| is_it(refused.by))
    }
}

/// All UNIX sockets of a stack.
pub(crate) struct UnixSockets<'a> {
    slots: ManagedSlice<'a, UnixSlot<'a>>,
    pub(crate) gauge: Gauge,
    /// The name that is tried next for who does not care.
    next_name: u32,
}

impl<'a> UnixSockets<'a> {
    pub(crate) fn new(slots: ManagedSlice<'a, UnixSlot<'a>>) -> UnixSockets<'a> {
        UnixSockets { slots, gauge: Gauge::EMPTY, next_name: 0 }
    }

    /// Takes a free place.
    ///
    /// # Errors
    ///
    /// `ENOBUFS` when there is none.
    pub(crate) fn claim(&mut self, socket_type: SocketType) -> Result<UnixSocket, Error> {
        let mut slots = self.slots.iter_mut().zip(0..u16::MAX);
        let Some((slot, place)) = slots.find(|(slot, _)| slot.state == UnixState::Free) else {
            self.gauge.refuse();
            return Err(Error::exhausted(Pool::UnixSockets, Errno::ENOBUFS));
        };
        self.gauge.take();
        slot.queue.claim();
        (slot.state, slot.socket_type) = (UnixState::Unconnected, socket_type);
        Ok(UnixSocket(place))
    }

    /// The socket in a place that [`UnixSockets::claim`] gave.
    ///
    /// # Errors
    ///
    /// `EBADF` for another place.
    pub(crate) fn entry(&self, socket: UnixSocket) -> Result<&UnixSlot<'a>, Error> {
        self.slots.get(usize::from(socket.0)).ok_or(Errno::EBADF.into())
    }

    /// The same, to be changed.
    pub(crate) fn entry_mut(&mut self, socket: UnixSocket) -> Result<&mut UnixSlot<'a>, Error> {
        self.slots.get_mut(usize::from(socket.0)).ok_or(Errno::EBADF.into())
    }

    /// Makes a place free.
    pub(crate) fn release(&mut self, socket: UnixSocket) {
        let Ok(slot) = self.entry_mut(socket) else { return };
        slot.queue.release();
        let queue = core::mem::replace(&mut slot.queue, UnixQueue::empty());
        let generation = slot.generation.wrapping_add(1);
        *slot = UnixSlot { generation, ..UnixSlot::new(queue) };
        self.gauge.give_back();
    }

    /// Joins two sockets. Each knows the other's name.
    pub(crate) fn join(&mut self, one: UnixSocket, other: UnixSocket) -> Result<(), Error> {
        for (socket, peer) in [(one, other), (other, one)] {
            let (reference, name) = (self.reference(peer), self.entry(peer)?.name);
            let slot = self.entry_mut(socket)?;
            (slot.peer, slot.peer_name) = (Some(reference), name);
            if !slot.is_datagram() {
                slot.state = UnixState::Connected;
            }
        }
        Ok(())
    }

    /// What to remember a socket by that may go.
    pub(crate) fn reference(&self, socket: UnixSocket) -> Reference {
        Reference { socket, generation: self.entry(socket).map_or(0, |slot| slot.generation) }
    }

    /// The socket, if it is still there.
    pub(crate) fn alive(&self, reference: Reference) -> Option<UnixSocket> {
        let slot = self.entry(reference.socket).ok()?;
        (slot.generation == reference.generation).then_some(reference.socket)
    }

    /// The peer of a socket, if it is still there.
    pub(crate) fn peer(&self, socket: UnixSocket) -> Option<UnixSocket> {
        self.alive(self.entry(socket).ok()?.peer?)
    }

    /// Whether `socket` takes messages from `sender`: it has no peer, or this one (Linux's
    /// `unix_may_send`).
    pub(crate) fn hears(&self, socket: UnixSocket, sender: UnixSocket) -> bool {
        let peer = self.entry(socket).ok().and_then(|slot| slot.peer);
        peer.is_none_or(|peer| peer == self.reference(sender))
    }

    /// Whether there is room at `to` for so many bytes of `from`.
    pub(crate) fn has_room(&self, from: UnixSocket, to: UnixSocket, length: usize) -> bool {
        let (Ok(sender), Ok(receiver)) = (self.entry(from), self.entry(to)) else { return false };
        if sender.is_stream() {
            return sender.room_at(receiver) >= length;
        }
        let is_peer = receiver.peer == Some(self.reference(from));
        (is_peer || receiver.queue.messages() <= MAX_DATAGRAM_QUEUE_LENGTH)
            && receiver.queue.has_room_for(&sender.name, length)
    }

    /// Whether sending so many bytes to this socket would have to wait. It does not where it fails.
    pub(crate) fn would_block(&self, from: UnixSocket, to: Reference, length: usize) -> bool {
        let Some(to) = self.alive(to) else { return false };
        let (Ok(sender), Ok(receiver)) = (self.entry(from), self.entry(to)) else { return false };
        !sender.write_shut && !receiver.read_shut && !self.has_room(from, to, length)
    }

    /// The socket of this name. A path has one whatever its type; each type has abstract names of
    /// its own.
    pub(crate) fn named(&self, name: &UnixAddress, socket_type: SocketType) -> Option<UnixSocket> {
        let is_path = name.as_pathname().is_some();
        let is_it = |slot: &UnixSlot<'_>| {
            slot.is_bound && (is_path || slot.socket_type == socket_type) && slot.name == *name
        };
        self.all().find(|socket| self.entry(*socket).is_ok_and(is_it))
    }

    /// A name that nobody has, for a socket that does not care: abstract, of five hexadecimal digits
    /// (`unix(7)`, the autobind feature).
    pub(crate) fn free_name(&mut self, socket_type: SocketType) -> Result<UnixAddress, Error> {
        // One try more than there are sockets.
        for _ in 0..=self.slots.len() {
            let number = self.next_name;
            self.next_name = (number + 1) & 0xF_FFFF;
            let digit = |place: u32| b"0123456789abcdef"[(number >> (4 * place)) as usize & 0xF];
            let name = UnixAddress::abstract_name([4, 3, 2, 1, 0].map(digit))?;
            if self.named(&name, socket_type).is_none() {
                return Ok(name);
            }
        }
        Err(Errno::ENOSPC.into())
    }

    /// Gives a socket its name. Those that it is connected to learn it.
    pub(crate) fn bind(&mut self, socket: UnixSocket, name: UnixAddress) {
        let Ok(slot) = self.entry_mut(socket) else { return };
        (slot.name, slot.is_bound) = (name, true);
        let reference = Some(self.reference(socket));
        for slot in self.slots.iter_mut().filter(|slot| slot.peer == reference) {
            slot.peer_name = name;
        }
    }

    /// Appends a connection to the queue of its listener.
    pub(crate) fn append(&mut self, listener: UnixSocket, connection: UnixSocket) {
        let Ok(slot) = self.entry(listener) else { return };
        let UnixState::Listening(mut backlog) = slot.state else { return };
        match backlog.last.replace(connection).map(|last| self.entry_mut(last)) {
            Some(Ok(last)) => last.next = Some(connection),
            _ => backlog.first = Some(connection),
        }
        backlog.waiting += 1;
        self.set_backlog(listener, backlog);
    }

    /// Takes the oldest connection out of the queue of its listener.
    pub(crate) fn take_first(&mut self, listener: UnixSocket) -> Option<UnixSocket> {
        let UnixState::Listening(mut backlog) = self.entry(listener).ok()?.state else {
            return None;
        };
        let connection = backlog.first?;
        backlog.first = self.entry_mut(connection).ok()?.next.take();
        if backlog.first.is_none() {
            backlog.last = None;
        }
        backlog.waiting -= 1;
        self.set_backlog(listener, backlog);
        Some(connection)
    }

    fn set_backlog(&mut self, listener: UnixSocket, backlog: Backlog) {
        if let Ok(slot) = self.entry_mut(listener) {
            slot.state = UnixState::Listening(backlog);
        }
    }

    /// All places, free ones too.
    pub(crate) fn all(&self) -> impl Iterator<Item = UnixSocket> + use<'a> {
        // More than that are never taken.
        (0..u16::try_from(self.slots.len()).unwrap_or(u16::MAX)).map(UnixSocket)
    }

    pub(crate) fn capacity(&self) -> usize {
        self.slots.len()
    }
}
