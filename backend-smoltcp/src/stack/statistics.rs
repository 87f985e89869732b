//! What a stack keeps count of: how full its pools have been, and which packets went no further.
//!
//! Counting costs one addition, and only where something is taken, refused or dropped; a packet that
//! reaches its socket is counted by its interface alone ([`super::traffic`]). For whoever chooses sizes ([`Usage::high_water`](PoolUsage)),
//! and for whoever looks for packets that do not arrive.

use core::fmt;

use berkeley::{Error, Instant};

use super::Stack;
use super::state::State;
use crate::lock::LockFamily;
use crate::platform::Platform;

/// How a pool of fixed size is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PoolUsage {
    /// How many are in use now.
    pub in_use: usize,
    /// The most that ever were at a time.
    pub high_water: usize,
    /// How many there are.
    pub capacity: usize,
    /// How often there was none left. Wraps.
    pub refused: u32,
}

/// How the pools of a stack are used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Usage {
    /// Sockets that the program holds.
    pub descriptors: PoolUsage,
    /// TCP connections with their buffers. One that only waits for its end makes room before any is
    /// refused.
    pub connections: PoolUsage,
    /// Connections that are being opened from outside. One more is answered without being remembered
    /// (RFC 4987, section 3.6).
    pub half_open: PoolUsage,
    /// Receive queues of datagram sockets.
    pub datagram_queues: PoolUsage,
    /// UNIX sockets with their queues, those that wait to be accepted included.
    pub unix_sockets: PoolUsage,
    /// Memberships of sockets in multicast groups, and sources that they name.
    pub memberships: PoolUsage,
    /// Packets that wait for the hardware address of a neighbour.
    pub packets: PoolUsage,
    /// Tasks that wait with a waker.
    pub waiters: PoolUsage,
    /// Connections in TIME-WAIT, or in FIN-WAIT-2 without a socket. The one whose time is over first
    /// makes room; `refused` counts those.
    pub time_wait: PoolUsage,
    /// Datagrams of which fragments are missing. The oldest one makes room; `refused` counts those.
    pub reassemblies: PoolUsage,
    /// Neighbours that are known, or are being asked for. One that is known and was not used for longest
    /// makes room before any is refused.
    pub neighbours: PoolUsage,
    /// Addresses of the host.
    pub addresses: PoolUsage,
    /// Routes, those to the networks of addresses not among them.
    pub routes: PoolUsage,
}

impl Usage {
    /// The pools with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, PoolUsage)> {
        [
            ("descriptors", self.descriptors),
            ("connections", self.connections),
            ("half open", self.half_open),
            ("datagram queues", self.datagram_queues),
            ("UNIX sockets", self.unix_sockets),
            ("memberships", self.memberships),
            ("packets", self.packets),
            ("waiters", self.waiters),
            ("time-wait", self.time_wait),
            ("reassemblies", self.reassemblies),
            ("neighbours", self.neighbours),
            ("addresses", self.addresses),
            ("routes", self.routes),
        ]
        .into_iter()
    }
}

/// Counts what is taken out of a pool.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gauge {
    in_use: usize,
    high_water: usize,
    refused: u32,
}

impl Gauge {
    pub(crate) const EMPTY: Gauge = Gauge { in_use: 0, high_water: 0, refused: 0 };

    pub(crate) fn take(&mut self) {
        self.note(self.in_use + 1);
    }

    pub(crate) fn give_back(&mut self) {
        self.in_use = self.in_use.saturating_sub(1);
    }

    /// So many are in use, in a pool that counts by itself.
    pub(crate) fn note(&mut self, in_use: usize) {
        self.in_use = in_use;
        self.high_water = self.high_water.max(in_use);
    }

    /// There was none left.
    pub(crate) fn refuse(&mut self) {
        count(&mut self.refused);
    }

    /// What the gauge shows, in a pool of this size.
    pub(crate) fn usage(&self, capacity: usize) -> PoolUsage {
        let Gauge { in_use, high_water, refused } = *self;
        PoolUsage { in_use, high_water, capacity, refused }
    }
}

/// Packets that went no further, by reason. The counts wrap.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Drops {
    /// Headers that are cut off, contradict each other, or have a wrong checksum of their own.
    pub malformed: u32,
    /// For another host, or from an address that nobody can have there.
    pub misaddressed: u32,
    /// Damaged data: a wrong checksum of TCP, UDP or ICMP.
    pub checksum: u32,
    /// A protocol that the stack does not have.
    pub unknown_protocol: u32,
    /// For a port that nobody has: answered with a reset, or as unreachable, unless there are too many.
    pub no_socket: u32,
    /// A datagram for a socket whose queue is full.
    pub queue_full: u32,
    /// A connection for a listener whose backlog is full.
    pub backlog_full: u32,
    /// A connection for which there were no buffers.
    pub no_connection: u32,
    /// To a neighbour that does not answer, or that too many packets wait for.
    pub no_neighbour: u32,
}

impl Drops {
    /// The counts with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u32)> {
        [
            ("malformed", self.malformed),
            ("misaddressed", self.misaddressed),
            ("checksum", self.checksum),
            ("unknown protocol", self.unknown_protocol),
            ("no socket", self.no_socket),
            ("queue full", self.queue_full),
            ("backlog full", self.backlog_full),
            ("no connection", self.no_connection),
            ("no neighbour", self.no_neighbour),
        ]
        .into_iter()
    }
}

/// Counts one more.
pub(crate) const fn count(counter: &mut u32) {
    *counter = counter.wrapping_add(1);
}

impl<P: Platform, L: LockFamily> Stack<'_, P, L> {
    /// How the pools are used, and how full they have been.
    ///
    /// # Errors
    ///
    /// [`Error::REENTERED`] when called from inside the stack.
    pub fn usage(&self) -> Result<Usage, Error> {
        let now = self.platform.now();
        self.ask(|inner| inner.state.usage(now))
    }

    /// The packets that went no further.
    ///
    /// # Errors
    ///
    /// [`Error::REENTERED`] when called from inside the stack.
    pub fn drops(&self) -> Result<Drops, Error> {
        self.ask(|inner| inner.state.drops)
    }
}

impl State<'_> {
    fn usage(&self, now: Instant) -> Usage {
        let (connections, half_open, time_wait) = self.connection_usage();
        let (addresses, routes) = self.routes.usage();
        Usage {
            descriptors: self.descriptors.usage(),
            connections,
            half_open,
            datagram_queues: self.queue_usage(),
            unix_sockets: self.unix_usage(),
            memberships: self.membership_usage(),
            packets: self.pending.usage(),
            waiters: self.waiters.usage(),
            time_wait,
            reassemblies: self.reassembly.usage(now),
            neighbours: self.neighbours.usage(),
            addresses,
            routes,
        }
    }

    /// Prints what was ever used, and what was dropped. A platform may print while it gives up: it is
    /// not asked for the time, and datagrams that nobody waits for any longer count as in use.
    pub(super) fn print_statistics(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, pool) in self.usage(Instant::ZERO).iter() {
            let PoolUsage { in_use, high_water, capacity, refused } = pool;
            if high_water > 0 || refused > 0 {
                writeln!(
                    f,
                    "pool {name}: {in_use} in use, {high_water} at most, of {capacity}, \
                     {refused} refused"
                )?;
            }
        }
        for (what, count) in self.protocols.iter().filter(|(_, count)| *count > 0) {
            writeln!(f, "counted, {what}: {count}")?;
        }
        for (reason, count) in self.drops.iter().filter(|(_, count)| *count > 0) {
            writeln!(f, "dropped, {reason}: {count}")?;
        }
        Ok(())
    }
}
