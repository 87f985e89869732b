//! What the options of a socket depend on besides themselves.

use berkeley::AddressFamily;

use super::state::State;
use crate::descriptor::{Kind, Stream};
use crate::options::Facts;

impl State<'_> {
    /// What the options of a socket depend on.
    pub(super) fn option_facts(&self, index: u16) -> Facts {
        let entry = &self.descriptors[index];
        let is_stream = matches!(entry.kind, Kind::Stream(_));
        let (receive_buffer, send_buffer) = match entry.kind {
            Kind::Datagram(datagram) => {
                let capacity = self.queues[usize::from(datagram.queue)].limit();
                (capacity, capacity)
            }
            Kind::Stream(Stream::Open { slot }) => self.slot(slot).capacities(),
            _ => self.slots.first().map_or((0, 0), |slot| slot.capacities()),
        };
        Facts {
            is_stream,
            is_ipv6: entry.family == AddressFamily::INET6,
            is_bound: entry.has_port(),
            is_listening: matches!(entry.kind, Kind::Stream(Stream::Listening(_))),
            receive_buffer,
            send_buffer,
        }
    }
}
