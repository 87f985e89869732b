//! What others want to know about streams and their connections: readiness, with Linux's bits in every
//! state (`tcp_poll`), the peer, the sizes behind options, and lines of the table of sockets.

use core::fmt;

use berkeley::{Instant, Readiness};
use smoltcp::socket::tcp;

use super::icmp::{Quoted, Report};
use super::state::State;
use super::statistics::PoolUsage;
use crate::descriptor::{Bound, Descriptor, Stream};
use crate::tuple::Tuple;

impl State<'_> {
    /// What a stream socket is ready for.
    pub(super) fn stream_readiness(&self, entry: &Descriptor, stream: Stream) -> Readiness {
        match stream {
            Stream::Unconnected => Readiness::WRITABLE | Readiness::HANGUP,
            Stream::Listening(queue) if queue.waiting > 0 => Readiness::READABLE,
            Stream::Listening(_) => Readiness::NONE,
            Stream::Over(_) => Readiness::READABLE | Readiness::WRITABLE | Readiness::HANGUP,
            Stream::Open { slot } => self.connection_readiness(entry, slot),
        }
    }

    /// Whether there is no connection, or none any more (Linux's `TCP_CLOSE`).
    pub(super) fn is_closed(&self, stream: Stream) -> bool {
        match stream {
            Stream::Unconnected | Stream::Over(_) => true,
            Stream::Listening(_) => false,
            Stream::Open { slot } => {
                matches!(self.engine_state(slot), tcp::State::Closed | tcp::State::TimeWait)
            }
        }
    }

    fn connection_readiness(&self, entry: &Descriptor, slot: u16) -> Readiness {
        let Some(slot) = self.slot(slot) else { return Readiness::HANGUP };
        let Some(socket) = slot.socket() else { return Readiness::HANGUP };
        let state = socket.state();
        let mut ready = Readiness::NONE;
        match state {
            // Receiving may have been shut down while both ends open at once. Whoever waits for the
            // connection is not to hear of that.
            tcp::State::SynReceived if entry.read_limit.is_some() => return Readiness::READABLE,
            tcp::State::SynSent | tcp::State::SynReceived => return ready,
            // Only data that was received before keeps the slot.
            tcp::State::Closed | tcp::State::TimeWait | tcp::State::Listen => {
                return Readiness::READABLE | Readiness::WRITABLE | Readiness::HANGUP;
            }
            _ => {}
        }
        let ended =
            matches!(state, tcp::State::CloseWait | tcp::State::LastAck | tcp::State::Closing);
        let read_shut = ended || entry.read_limit.is_some();
        if socket.recv_queue() > 0 || read_shut {
            ready |= Readiness::READABLE;
        }
        let has_room = socket.can_send() && socket.send_queue() < slot.send_limit;
        if entry.write_shut || has_room {
            ready |= Readiness::WRITABLE;
        }
        if read_shut && entry.write_shut {
            ready |= Readiness::HANGUP;
        }
        ready
    }

    /// The peer of a stream socket that is connected.
    pub(super) fn stream_peer(&self, entry: &Descriptor, stream: Stream) -> Option<Bound> {
        let Stream::Open { slot } = stream else { return None };
        let slot = self.slot(slot)?;
        let connected = slot.is_synchronized() && slot.state() != tcp::State::TimeWait;
        let Tuple { remote, .. } = slot.tuple.filter(|_| connected)?;
        let scope_id = entry.bound.map_or(0, |bound| bound.scope_id);
        Some(Bound { ip: remote.ip, port: remote.port, scope_id })
    }

    /// The sizes of a stream's buffers, and its longest segment once it is connected.
    pub(super) fn stream_sizes(&self, stream: Stream) -> (usize, usize, Option<u16>) {
        let open = match stream {
            Stream::Open { slot } => self.slot(slot),
            _ => None,
        };
        let (receive, send) = open.map_or(self.tcp.sizes.largest, |slot| slot.capacities());
        let connected = open.filter(|slot| slot.is_synchronized());
        (receive, send, connected.and_then(|slot| u16::try_from(slot.segment()).ok()))
    }

    /// How the slots are used, the table of half-open connections, and that of TIME-WAIT.
    pub(super) fn connection_usage(&self) -> (PoolUsage, PoolUsage, PoolUsage) {
        let slots = self.tcp.gauge.usage(self.tcp.slots.len());
        (slots, self.tcp.half_open.usage(), self.tcp.time_wait.usage())
    }

    /// A report ends an attempt to connect. A connection that stands goes on, and says so when it has
    /// to give up in the end (RFC 5461, section 4.1; Linux's `tcp_v4_err`).
    pub(super) fn reported_to_connection(&mut self, quoted: &Quoted, report: Report, now: Instant) {
        let Some(number) = self.find_connection(&quoted.tuple) else { return };
        let Some(slot) = self.slot_mut(number) else { return };
        if !slot.has_under_way(quoted.sequence_number) {
            return; // a guess, or old
        }
        match report {
            Report::Lost { errno, .. } if slot.is_synchronized() => slot.soft_error = Some(errno),
            Report::Lost { errno, .. } => self.give_up(number, errno, now),
            // What is under way is repeated in shorter segments when its time has come.
            Report::TooLong(most) if slot.is_synchronized() => {
                slot.packets.mtu = slot.packets.mtu.min(most as usize);
            }
            Report::TooLong(_) => {}
        }
    }

    pub(super) fn print_connections(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for waiting in self.tcp.time_wait.iter() {
            let Tuple { local, remote } = waiting.tuple;
            writeln!(
                f,
                "{:?}: {} port {} to {} port {}",
                waiting.phase, local.ip, local.port, remote.ip, remote.port
            )?;
        }
        for (number, slot) in self.tcp.slots.iter().enumerate() {
            let (Some(tuple), Some(socket)) = (slot.tuple, slot.socket()) else { continue };
            writeln!(
                f,
                "connection {number} {}: {} port {} to {} port {}, {:?}, {} to read, {} to send",
                socket.state(),
                tuple.local.ip,
                tuple.local.port,
                tuple.remote.ip,
                tuple.remote.port,
                slot.owner,
                socket.recv_queue(),
                socket.send_queue(),
            )?;
        }
        Ok(())
    }
}

pub(super) fn print_stream(stream: Stream, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match stream {
        Stream::Open { slot } => write!(f, "tcp connection {slot}"),
        Stream::Listening(queue) => {
            write!(f, "tcp listening, {} waiting of {}", queue.waiting, queue.backlog)
        }
        stream => write!(f, "tcp {stream:?}"),
    }
}
