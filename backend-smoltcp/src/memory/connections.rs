//! The memory of TCP: slots with their buffers, and the tables of connections that need no slot.

use managed::ManagedSlice;
use smoltcp::iface::SocketStorage;

#[cfg(feature = "alloc")]
use super::{Capacity, repeat};
use super::{Resources, Table};
use crate::port_index::PortEntry;
use crate::tcp::half_open::HalfOpen;
use crate::tcp::slot::Slot;
use crate::tcp::time_wait::TimeWait;
use crate::tcp::time_wait::table::TimeWaitMemory;
use crate::tcp::tuple_index::TupleIndex;
use crate::timers::Timer;

/// How many connections may be half open.
const HALF_OPEN: usize = 16;
/// How many connections may be in TIME-WAIT, or in FIN-WAIT-2 without a socket: each takes 86 bytes.
const TIME_WAIT: usize = 16;

/// The part of a [`Memory`](super::Memory) that is for connections.
pub(super) struct ConnectionMemory<
    'a,
    const CONNECTIONS: usize,
    const RECEIVE: usize,
    const SEND: usize,
> {
    storage: Table<[SocketStorage<'a>; 1], CONNECTIONS>,
    buffers: ConnectionBuffers<CONNECTIONS, RECEIVE, SEND>,
    slots: Table<Slot<'a>, CONNECTIONS>,
    ports: Table<PortEntry, CONNECTIONS>,
    timers: Table<Timer, CONNECTIONS>,
    half_open: Table<Option<HalfOpen>, HALF_OPEN>,
    time_wait: Table<TimeWait, TIME_WAIT>,
    time_wait_timers: Table<Timer, TIME_WAIT>,
    time_wait_ports: Table<PortEntry, TIME_WAIT>,
}

impl<'a, const CONNECTIONS: usize, const RECEIVE: usize, const SEND: usize>
    ConnectionMemory<'a, CONNECTIONS, RECEIVE, SEND>
{
    pub(super) const fn new() -> Self {
        const { assert!(CONNECTIONS < u16::MAX as usize, "connections are numbered in 16 bits") };
        ConnectionMemory {
            storage: Table::new(),
            buffers: ConnectionBuffers::ZERO,
            slots: Table::new(),
            ports: Table::new(),
            timers: Table::new(),
            half_open: Table::new(),
            time_wait: Table::new(),
            time_wait_timers: Table::new(),
            time_wait_ports: Table::new(),
        }
    }

    pub(super) fn tables(&'a mut self) -> ConnectionTables<'a> {
        let storage = self.storage.fill(|| [SocketStorage::EMPTY]);
        let slots = storage
            .iter_mut()
            .zip(self.buffers.pairs())
            .map(|(storage, (receive, send))| Slot::fixed(storage, receive, send));
        ConnectionTables {
            slots: self.slots.fill_from(slots).into(),
            ports: self.ports.fill(|| PortEntry::EMPTY).into(),
            index: TupleIndex::ABSENT,
            half_open: self.half_open.fill(|| None).into(),
            time_wait: TimeWaitMemory {
                entries: self.time_wait.fill(|| TimeWait::FREE).into(),
                timers: self.time_wait_timers.fill(|| Timer::EMPTY).into(),
                ports: self.time_wait_ports.fill(|| PortEntry::EMPTY).into(),
                index: TupleIndex::ABSENT,
            },
            timers: self.timers.fill(|| Timer::EMPTY).into(),
        }
    }
}

/// Buffers of another size for some of the connections of a [`Memory`](super::Memory): up to 65,535 bytes each, so
/// that no window needs scaling.
///
/// ```
/// use berkeley_smoltcp::{ConnectionBuffers, Memory, Platform, Resources, Stack};
///
/// /// Six connections: two with large buffers and four with small ones.
/// type BoardMemory = Memory<'static, 6, 0, 0>;
/// type Large = ConnectionBuffers<2, 8192, 8192>;
/// type Small = ConnectionBuffers<4, 1536, 1536>;
///
/// fn start<P: Platform>(
///     (memory, large, small): (&'static mut BoardMemory, &'static mut Large, &'static mut Small),
///     board: P,
/// ) -> Stack<'static, P> {
///     Stack::new(Resources::from(memory).with_buffers(large).with_buffers(small), board)
/// }
/// ```
///
/// A connection gets the smallest free buffers that hold what its socket, or its listener, asks for
/// with `SO_RCVBUF` and `SO_SNDBUF`, else the largest free ones. Whoever asks for nothing takes the
/// largest.
// Buffers begin at words, which small machines copy three times as fast as bytes.
#[repr(align(4))]
pub struct ConnectionBuffers<const CONNECTIONS: usize, const RECEIVE: usize, const SEND: usize> {
    receive: [[u8; RECEIVE]; CONNECTIONS],
    send: [[u8; SEND]; CONNECTIONS],
}

impl<const CONNECTIONS: usize, const RECEIVE: usize, const SEND: usize>
    ConnectionBuffers<CONNECTIONS, RECEIVE, SEND>
{
    /// Buffers that hold nothing yet.
    #[expect(
        clippy::new_without_default,
        reason = "a constant for a static, too large for a stack"
    )]
    pub const fn new() -> Self {
        const { assert!(RECEIVE <= u16::MAX as usize, "windows are not scaled") };
        const { assert!(RECEIVE > 0 && SEND > 0, "a connection needs both") };
        ConnectionBuffers::ZERO
    }

    const ZERO: Self =
        ConnectionBuffers { receive: [[0; RECEIVE]; CONNECTIONS], send: [[0; SEND]; CONNECTIONS] };

    /// Those of each connection.
    fn pairs(&mut self) -> impl Iterator<Item = (&mut [u8; RECEIVE], &mut [u8; SEND])> {
        self.receive.iter_mut().zip(self.send.iter_mut())
    }
}

impl<'a> Resources<'a> {
    /// Gives these buffers to the first connections that have none: those of a [`Memory`](super::Memory) with
    /// `RECEIVE` and `SEND` of 0. A connection that is left without any is never used.
    #[must_use]
    pub fn with_buffers<const CONNECTIONS: usize, const RECEIVE: usize, const SEND: usize>(
        mut self,
        buffers: &'a mut ConnectionBuffers<CONNECTIONS, RECEIVE, SEND>,
    ) -> Resources<'a> {
        let bare = self.connections.slots.iter_mut().filter(|slot| slot.is_bare());
        for (slot, (receive, send)) in bare.zip(buffers.pairs()) {
            slot.give_buffers(receive, send);
        }
        self
    }
}

/// How much RAM a [`ConnectionMemory`] takes.
pub(super) const fn ram(connections: usize, receive: usize, send: usize) -> usize {
    let each = size_of::<SocketStorage<'_>>()
        + size_of::<Slot<'_>>()
        + size_of::<PortEntry>()
        + size_of::<Timer>();
    HALF_OPEN * size_of::<Option<HalfOpen>>()
        + TIME_WAIT * (size_of::<TimeWait>() + size_of::<Timer>() + size_of::<PortEntry>())
        + connections * (each + receive + send)
}

/// The tables of connections.
pub(crate) struct ConnectionTables<'a> {
    pub(crate) slots: ManagedSlice<'a, Slot<'a>>,
    pub(crate) ports: ManagedSlice<'a, PortEntry>,
    pub(crate) index: TupleIndex,
    pub(crate) half_open: ManagedSlice<'a, Option<HalfOpen>>,
    pub(crate) time_wait: TimeWaitMemory<'a>,
    pub(crate) timers: ManagedSlice<'a, Timer>,
}

#[cfg(feature = "alloc")]
impl ConnectionTables<'static> {
    /// On the heap.
    pub(super) fn of(capacity: &Capacity) -> ConnectionTables<'static> {
        // The last number is nobody's.
        let connections = usize::from(capacity.connections.min(u16::MAX - 1));
        let time_wait = usize::from(capacity.time_wait.min(u16::MAX - 1));
        ConnectionTables {
            slots: repeat(connections, || Slot::on_demand(capacity.receive, capacity.send)),
            ports: repeat(connections, || PortEntry::EMPTY),
            index: TupleIndex::for_slots(connections),
            half_open: repeat(capacity.half_open, || None),
            time_wait: TimeWaitMemory {
                entries: repeat(time_wait, || TimeWait::FREE),
                timers: repeat(time_wait, || Timer::EMPTY),
                ports: repeat(time_wait, || PortEntry::EMPTY),
                index: TupleIndex::for_slots(time_wait),
            },
            timers: repeat(connections, || Timer::EMPTY),
        }
    }
}
