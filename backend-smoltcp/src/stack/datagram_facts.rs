//! What others want to know about datagram sockets: readiness, the peer, the sizes behind options,
//! errors from the network, and a line of the table of sockets.

use core::fmt;

use berkeley::{Errno, Readiness, SocketType};

use super::icmp::Quoted;
use super::state::State;
use super::statistics::PoolUsage;
use crate::datagram::DatagramQueue;
use crate::descriptor::{Bound, Datagram, Descriptor, Kind, Transport};
use crate::network::packet::UDP;
use crate::options::LARGEST_BUFFER;
use crate::tuple::Tuple;

impl State<'_> {
    /// What a datagram socket is ready for (Linux's `datagram_poll`).
    pub(super) fn datagram_readiness(&self, entry: &Descriptor, datagram: Datagram) -> Readiness {
        let has_datagram = self.datagrams.queue(datagram).is_some_and(|queue| !queue.is_empty());
        let mut ready = Readiness::NONE;
        if has_datagram || entry.read_limit.is_some() {
            ready |= Readiness::READABLE;
        }
        if self.datagrams_blocked_until.is_none() || entry.write_shut {
            ready |= Readiness::WRITABLE;
        }
        if entry.read_limit.is_some() && entry.write_shut {
            ready |= Readiness::HANGUP;
        }
        ready
    }

    /// The limit of a receive queue, and what counts as one for sending: datagrams go to the device
    /// at once. There are no segments.
    pub(super) fn datagram_sizes(&self, datagram: Datagram) -> (usize, usize, Option<u16>) {
        let limit = self.datagrams.queue(datagram).map_or(0, DatagramQueue::limit);
        (limit, LARGEST_BUFFER as usize, None)
    }

    /// Sets how many bytes the program wants to be kept for a datagram socket.
    pub(super) fn set_receive_limit(&mut self, datagram: Datagram, wanted: usize) {
        if let Some(queue) = self.datagrams.queue_mut(datagram) {
            queue.set_limit(wanted);
        }
    }

    /// How the receive queues are used.
    pub(super) fn queue_usage(&self) -> PoolUsage {
        self.datagrams.gauge.usage(self.datagrams.queues.len())
    }

    /// A datagram that was sent cannot arrive, and would not if it were sent again.
    pub(super) fn reported_to_datagram(&mut self, quoted: &Quoted, errno: Errno) {
        if let Some(descriptor) = self.connected_datagram(&quoted.tuple)
            && let Ok(entry) = self.descriptors.entry_mut(descriptor)
        {
            entry.error = Some(errno);
            self.wake(descriptor);
        }
    }

    /// The datagram socket that is connected like this.
    fn connected_datagram(&self, tuple: &Tuple) -> Option<u16> {
        let is_it = |kind: &Kind| {
            matches!(kind, Kind::Datagram(Datagram { peer: Some(peer), transport: Transport::Udp(_), .. })
                if peer.hears(&tuple.remote))
        };
        let found = self.descriptors.at_port(tuple.local.port).find(|(_, entry)| {
            is_it(&entry.kind)
                && entry.takes(tuple.local.ip)
                && entry.bound.is_some_and(|bound| bound.port == tuple.local.port)
        });
        found.map(|(index, _)| index)
    }

    pub(super) fn print_datagram(
        &self,
        datagram: Datagram,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let Some(queue) = self.datagrams.queue(datagram) else { return Ok(()) };
        match datagram.socket() {
            (_, 0) => f.write_str("frames")?,
            (SocketType::RAW, protocol) => write!(f, "raw {protocol}")?,
            (_, UDP) => f.write_str("udp")?,
            _ => f.write_str("ping")?,
        }
        write!(f, ", {} datagrams in {} of {} bytes", queue.len(), queue.used(), queue.limit())?;
        match datagram.peer {
            Some(peer) => write!(f, ", to {} port {}", peer.ip, peer.port),
            None => Ok(()),
        }
    }
}

/// The peer of a datagram socket.
pub(super) fn peer_of(datagram: Datagram) -> Option<Bound> {
    datagram.peer.filter(|peer| peer.port != 0)
}
