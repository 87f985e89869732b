//! Where a stack's tables and buffers are: in one value of fixed size, or on the heap.
//!
//! Without a heap, a [`Memory`] holds everything; its sizes are const generics, and only its, so that
//! the code of the stack exists once whatever the sizes. A firmware puts it into a `static` (the crate
//! `static_cell` gives a mutable reference to one without unsafe code of one's own):
//!
//! ```
//! use berkeley_smoltcp::{Memory, Platform, Stack};
//!
//! /// Four connections of 2 KiB each way.
//! type BoardMemory = Memory<'static, 4, 2048, 2048>;
//!
//! const EMPTY: BoardMemory = Memory::new();
//!
//! fn start<P: Platform>(memory: &'static mut BoardMemory, board: P) -> Stack<'static, P> {
//!     Stack::new(memory, board)
//! }
//! ```
//!
//! With a heap (feature `alloc`) a `Capacity` says how many of everything; the buffers of a
//! connection, and the queues of datagram and UNIX sockets, are then allocated when it starts and freed when
//! it ends.

#[cfg(tcp)]
mod connections;
#[cfg(datagrams)]
mod datagrams;
#[cfg(multicast)]
mod multicast;
mod ram;
mod table;
#[cfg(feature = "unix")]
mod unix;

use managed::ManagedSlice;

#[cfg(datagrams)]
use crate::datagram::DatagramQueue;
use crate::descriptor::Descriptor;
use crate::network::neighbour::Neighbour;
#[cfg(feature = "alloc")]
use crate::network::packet::LARGEST_LENGTH;
use crate::network::pending::PendingPacket;
use crate::network::reassembly::ReassemblyBuffer;
use crate::network::route::{OwnAddress, Route};
#[cfg(feature = "slaac")]
use crate::network::slaac::host::Host;
use crate::port_index::PortEntry;
#[cfg(feature = "dhcp")]
use crate::stack::DhcpClient;
use crate::stack::{Link, Waiter};
#[cfg(feature = "unix")]
use crate::unix::UnixSlot;
#[cfg(tcp)]
pub use connections::ConnectionBuffers;
#[cfg(tcp)]
use connections::ConnectionMemory;
#[cfg(tcp)]
pub(crate) use connections::ConnectionTables;
#[cfg(datagrams)]
use datagrams::DatagramMemory;
#[cfg(multicast)]
use multicast::MulticastMemory;
#[cfg(multicast)]
pub(crate) use multicast::MulticastTables;
use table::Table;
#[cfg(feature = "unix")]
use unix::UnixMemory;

/// How many interfaces a [`Memory`] has room for.
const INTERFACES: usize = 4;
/// How many addresses.
const ADDRESSES: usize = if cfg!(feature = "slaac") { 12 } else { 8 };
/// How many routes.
const ROUTES: usize = if cfg!(configured) { 10 } else { 4 };
/// How many neighbours are known at a time.
const NEIGHBOURS: usize = 16;
/// How many tasks may wait with a waker.
const WAITERS: usize = 16;

/// All memory of a stack, in one value. In a `static` it begins as nothing but zeros, and takes no
/// flash.
///
/// | parameter | how many |
/// | --- | --- |
/// | `CONNECTIONS` | TCP connections with their buffers, those that are being closed included; they are searched one by one, so not thousands |
/// | `RECEIVE`, `SEND` | bytes of receive and of send buffer of each; 0 with [`ConnectionBuffers`] |
/// | `DESCRIPTORS` | sockets that the program holds, listeners included |
/// | `DATAGRAMS` | datagram sockets, raw sockets and ping sockets |
/// | `QUEUE` | bytes of receive queue of each; a datagram takes 16 more than its own, 40 over IPv6 |
/// | `PACKETS` | packets that can wait for a neighbour's address |
/// | `PACKET` | bytes of each, at least the MTU |
/// | `REASSEMBLIES`, `REASSEMBLY` | fragmented datagrams that can be put together at a time, and their longest |
/// | `UNIX_SOCKETS` | UNIX sockets, those that wait to be accepted included |
/// | `UNIX_QUEUE` | bytes of receive queue of each; a message takes 5 more than its own, and its sender's name |
pub struct Memory<
    'a,
    const CONNECTIONS: usize,
    const RECEIVE: usize,
    const SEND: usize,
    const DESCRIPTORS: usize = 8,
    const DATAGRAMS: usize = 2,
    const QUEUE: usize = 2048,
    const PACKETS: usize = 2,
    const PACKET: usize = 1500,
    const REASSEMBLIES: usize = 0,
    const REASSEMBLY: usize = 0,
    const UNIX_SOCKETS: usize = 4,
    const UNIX_QUEUE: usize = 1024,
> {
    descriptors: Table<Descriptor, DESCRIPTORS>,
    descriptor_ports: Table<PortEntry, DESCRIPTORS>,
    #[cfg(tcp)]
    connections: ConnectionMemory<'a, CONNECTIONS, RECEIVE, SEND>,
    #[cfg(datagrams)]
    datagrams: DatagramMemory<'a, DATAGRAMS, QUEUE>,
    #[cfg(feature = "unix")]
    unix: UnixMemory<'a, UNIX_SOCKETS, UNIX_QUEUE>,
    #[cfg(multicast)]
    multicast: MulticastMemory,
    neighbours: Table<Neighbour, NEIGHBOURS>,
    packet_bytes: [[u8; PACKET]; PACKETS],
    packets: Table<PendingPacket<'a>, PACKETS>,
    addresses: Table<Option<OwnAddress>, ADDRESSES>,
    routes: Table<Option<Route>, ROUTES>,
    #[cfg(feature = "slaac")]
    slaac: Table<Option<Host>, INTERFACES>,
    #[cfg(feature = "dhcp")]
    dhcp: Table<Option<DhcpClient>, INTERFACES>,
    reassembly_bytes: [[u8; REASSEMBLY]; REASSEMBLIES],
    reassembly: Table<ReassemblyBuffer<'a>, REASSEMBLIES>,
    waiters: Table<Option<Waiter>, WAITERS>,
    links: Table<Option<Link<'a>>, INTERFACES>,
}

impl<
    'a,
    const CONNECTIONS: usize,
    const RECEIVE: usize,
    const SEND: usize,
    const DESCRIPTORS: usize,
    const DATAGRAMS: usize,
    const QUEUE: usize,
    const PACKETS: usize,
    const PACKET: usize,
    const REASSEMBLIES: usize,
    const REASSEMBLY: usize,
    const UNIX_SOCKETS: usize,
    const UNIX_QUEUE: usize,
>
    Memory<
        'a,
        CONNECTIONS,
        RECEIVE,
        SEND,
        DESCRIPTORS,
        DATAGRAMS,
        QUEUE,
        PACKETS,
        PACKET,
        REASSEMBLIES,
        REASSEMBLY,
        UNIX_SOCKETS,
        UNIX_QUEUE,
    >
{
    /// Memory that holds nothing yet.
    #[expect(
        clippy::new_without_default,
        reason = "a constant for a static, too large for a stack"
    )]
    pub const fn new() -> Self {
        const { assert!(DESCRIPTORS < u16::MAX as usize, "descriptors are numbered in 16 bits") };
        Memory {
            descriptors: Table::new(),
            descriptor_ports: Table::new(),
            #[cfg(tcp)]
            connections: ConnectionMemory::new(),
            #[cfg(datagrams)]
            datagrams: DatagramMemory::new(),
            #[cfg(feature = "unix")]
            unix: UnixMemory::new(),
            #[cfg(multicast)]
            multicast: MulticastMemory::new(),
            neighbours: Table::new(),
            packet_bytes: [[0; PACKET]; PACKETS],
            packets: Table::new(),
            addresses: Table::new(),
            routes: Table::new(),
            #[cfg(feature = "slaac")]
            slaac: Table::new(),
            #[cfg(feature = "dhcp")]
            dhcp: Table::new(),
            reassembly_bytes: [[0; REASSEMBLY]; REASSEMBLIES],
            reassembly: Table::new(),
            waiters: Table::new(),
            links: Table::new(),
        }
    }
}

impl<
    'a,
    const CONNECTIONS: usize,
    const RECEIVE: usize,
    const SEND: usize,
    const DESCRIPTORS: usize,
    const DATAGRAMS: usize,
    const QUEUE: usize,
    const PACKETS: usize,
    const PACKET: usize,
    const REASSEMBLIES: usize,
    const REASSEMBLY: usize,
    const UNIX_SOCKETS: usize,
    const UNIX_QUEUE: usize,
>
    From<
        &'a mut Memory<
            'a,
            CONNECTIONS,
            RECEIVE,
            SEND,
            DESCRIPTORS,
            DATAGRAMS,
            QUEUE,
            PACKETS,
            PACKET,
            REASSEMBLIES,
            REASSEMBLY,
            UNIX_SOCKETS,
            UNIX_QUEUE,
        >,
    > for Resources<'a>
{
    fn from(
        memory: &'a mut Memory<
            'a,
            CONNECTIONS,
            RECEIVE,
            SEND,
            DESCRIPTORS,
            DATAGRAMS,
            QUEUE,
            PACKETS,
            PACKET,
            REASSEMBLIES,
            REASSEMBLY,
            UNIX_SOCKETS,
            UNIX_QUEUE,
        >,
    ) -> Resources<'a> {
        let packets = memory.packet_bytes.iter_mut().map(|bytes| (&mut bytes[..]).into());
        let reassemblies = memory.reassembly_bytes.iter_mut().map(|bytes| (&mut bytes[..]).into());
        Resources {
            descriptors: memory.descriptors.fill(|| Descriptor::EMPTY).into(),
            descriptor_ports: memory.descriptor_ports.fill(|| PortEntry::EMPTY).into(),
            #[cfg(tcp)]
            connections: memory.connections.tables(),
            #[cfg(datagrams)]
            queues: memory.datagrams.queues(),
            #[cfg(feature = "unix")]
            unix: memory.unix.slots(),
            #[cfg(multicast)]
            multicast: memory.multicast.tables(),
            neighbours: memory.neighbours.fill(|| Neighbour::FREE).into(),
            packets: memory.packets.fill_from(packets.map(PendingPacket::new)).into(),
            addresses: memory.addresses.fill(|| None).into(),
            routes: memory.routes.fill(|| None).into(),
            #[cfg(feature = "slaac")]
            slaac: memory.slaac.fill(|| None).into(),
            #[cfg(feature = "dhcp")]
            dhcp: memory.dhcp.fill(|| None).into(),
            reassembly: memory.reassembly.fill_from(reassemblies.map(ReassemblyBuffer::new)).into(),
            waiters: memory.waiters.fill(|| None).into(),
            links: memory.links.fill(|| None).into(),
        }
    }
}

/// The tables of a stack: what [`Stack::new`](crate::Stack::new) takes.
///
/// Made from a `&'static mut` [`Memory`], or from a `Capacity` with a heap.
pub struct Resources<'a> {
    pub(crate) descriptors: ManagedSlice<'a, Descriptor>,
    pub(crate) descriptor_ports: ManagedSlice<'a, PortEntry>,
    #[cfg(tcp)]
    pub(crate) connections: ConnectionTables<'a>,
    #[cfg(datagrams)]
    pub(crate) queues: ManagedSlice<'a, DatagramQueue<'a>>,
    #[cfg(feature = "unix")]
    pub(crate) unix: ManagedSlice<'a, UnixSlot<'a>>,
    #[cfg(multicast)]
    pub(crate) multicast: MulticastTables<'a>,
    pub(crate) neighbours: ManagedSlice<'a, Neighbour>,
    pub(crate) packets: ManagedSlice<'a, PendingPacket<'a>>,
    pub(crate) addresses: ManagedSlice<'a, Option<OwnAddress>>,
    pub(crate) routes: ManagedSlice<'a, Option<Route>>,
    #[cfg(feature = "slaac")]
    pub(crate) slaac: ManagedSlice<'a, Option<Host>>,
    #[cfg(feature = "dhcp")]
    pub(crate) dhcp: ManagedSlice<'a, Option<DhcpClient>>,
    pub(crate) reassembly: ManagedSlice<'a, ReassemblyBuffer<'a>>,
    pub(crate) waiters: ManagedSlice<'a, Option<Waiter>>,
    pub(crate) links: ManagedSlice<'a, Option<Link<'a>>>,
}

/// How many of everything a stack on the heap has.
///
/// The tables are allocated at once; the buffers of connections and the queues of datagram sockets
/// when they are needed.
#[cfg(feature = "alloc")]
#[derive(Clone, Copy, Debug)]
pub struct Capacity {
    /// Sockets that the program holds.
    pub descriptors: u16,
    /// TCP connections, those that are being closed included.
    pub connections: u16,
    /// Bytes of receive buffer of a connection.
    pub receive: usize,
    /// Bytes of send buffer of a connection.
    pub send: usize,
    /// Connections that may be half open.
    pub half_open: usize,
    /// Connections that may be in TIME-WAIT, or in FIN-WAIT-2 without a socket. They have no buffers,
    /// and when there are more the oldest is forgotten; with 0 all are, as soon as they are closed.
    pub time_wait: u16,
    /// Datagram sockets, raw sockets and ping sockets.
    pub datagrams: u16,
    /// Bytes of receive queue of each.
    pub queue: usize,
    /// UNIX sockets, those that wait to be accepted included.
    pub unix_sockets: u16,
    /// Bytes of receive queue of each.
    pub unix_queue: usize,
    /// Memberships in multicast groups, of all sockets; each source that is named counts as one.
    pub memberships: usize,
    /// Interfaces.
    pub interfaces: u8,
    /// Addresses of all interfaces.
    pub addresses: usize,
    /// Routes.
    pub routes: usize,
    /// Neighbours that are known at a time.
    pub neighbours: usize,
    /// Packets that can wait for a neighbour's address.
    pub packets: usize,
    /// Bytes of each, at least the MTU.
    pub packet: usize,
    /// Fragmented datagrams that can be put together at a time.
    pub reassemblies: usize,
    /// Tasks that may wait with a waker.
    pub waiters: usize,
}

#[cfg(feature = "alloc")]
impl Default for Capacity {
    /// Enough for a program of ordinary size: a thousand connections of 64 KiB each way.
    fn default() -> Capacity {
        Capacity {
            descriptors: 1024,
            connections: 1024,
            receive: 65_536,
            send: 65_536,
            half_open: 128,
            time_wait: 1024,
            datagrams: 64,
            queue: 212_992, // Linux's net.core.rmem_default
            unix_sockets: 256,
            unix_queue: 212_992, // as much, and as net.core.wmem_default
            memberships: 64,
            interfaces: 4,
            addresses: 16,
            routes: 16,
            neighbours: 256,
            packets: 128, // half for one neighbour: the longest datagram in fragments
            packet: 1500,
            reassemblies: 8,
            waiters: 256,
        }
    }
}

#[cfg(feature = "alloc")]
impl From<Capacity> for Resources<'static> {
    fn from(capacity: Capacity) -> Resources<'static> {
        let bytes = |length| ManagedSlice::Owned(alloc::vec![0; length]);
        // The last number is nobody's.
        let descriptors = usize::from(capacity.descriptors.min(u16::MAX - 1));
        Resources {
            descriptors: repeat(descriptors, || Descriptor::EMPTY),
            descriptor_ports: repeat(descriptors, || PortEntry::EMPTY),
            #[cfg(tcp)]
            connections: ConnectionTables::of(&capacity),
            #[cfg(datagrams)]
            queues: repeat(usize::from(capacity.datagrams), || {
                DatagramQueue::on_demand(capacity.queue)
            }),
            #[cfg(feature = "unix")]
            unix: unix::slots_of(&capacity),
            #[cfg(multicast)]
            multicast: MulticastTables::of(&capacity),
            neighbours: repeat(capacity.neighbours, || Neighbour::FREE),
            packets: repeat(capacity.packets, || PendingPacket::new(bytes(capacity.packet))),
            addresses: repeat(capacity.addresses, || None),
            routes: repeat(capacity.routes, || None),
            #[cfg(feature = "slaac")]
            slaac: repeat(usize::from(capacity.interfaces), || None),
            #[cfg(feature = "dhcp")]
            dhcp: repeat(usize::from(capacity.interfaces), || None),
            reassembly: repeat(capacity.reassemblies, || {
                ReassemblyBuffer::new(bytes(LARGEST_LENGTH))
            }),
            waiters: repeat(capacity.waiters, || None),
            links: repeat(usize::from(capacity.interfaces), || None),
        }
    }
}

/// So many of something.
#[cfg(feature = "alloc")]
fn repeat<T>(count: usize, make: impl FnMut() -> T) -> ManagedSlice<'static, T> {
    ManagedSlice::Owned(core::iter::repeat_with(make).take(count).collect())
}
