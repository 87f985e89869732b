//! What a socket is ready for, with Linux's bits in every state (`tcp_poll`, `datagram_poll`).

use berkeley::Readiness;
use smoltcp::socket::tcp;

use super::state::State;
use crate::descriptor::{Descriptor, Kind, Stream};

impl State<'_> {
    /// All that a descriptor is ready for.
    pub(super) fn readiness(&self, index: u16) -> Readiness {
        let entry = &self.descriptors[index];
        let mut ready = match entry.kind {
            Kind::Free => return Readiness::INVALID,
            Kind::Stream(Stream::Unconnected) => Readiness::WRITABLE | Readiness::HANGUP,
            Kind::Stream(Stream::Listening(queue)) => {
                if queue.waiting > 0 {
                    Readiness::READABLE
                } else {
                    Readiness::NONE
                }
            }
            Kind::Stream(Stream::Over(_)) => {
                Readiness::READABLE | Readiness::WRITABLE | Readiness::HANGUP
            }
            Kind::Stream(Stream::Open { slot }) => self.connection_readiness(entry, slot),
            Kind::Datagram(datagram) => {
                let queue = &self.queues[usize::from(datagram.queue)];
                self.datagram_readiness(entry, !queue.is_empty())
            }
        };
        if entry.error.is_some() {
            ready |= Readiness::ERROR;
            // A datagram socket is readable for what it has received alone (`datagram_poll`).
            if matches!(entry.kind, Kind::Stream(_)) {
                ready |= Readiness::READABLE | Readiness::WRITABLE;
            }
        }
        ready
    }

    fn connection_readiness(&self, entry: &Descriptor, slot: u16) -> Readiness {
        let slot = self.slot(slot);
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

    fn datagram_readiness(&self, entry: &Descriptor, has_datagram: bool) -> Readiness {
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
}
