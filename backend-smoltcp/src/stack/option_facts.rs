//! What the options of a socket depend on besides themselves.

use berkeley::AddressFamily;

use super::state::State;
use crate::descriptor::{Kind, Stream};
use crate::options::{Facts, LARGEST_BUFFER};

impl State<'_> {
    /// What the options of a socket depend on.
    pub(super) fn option_facts(&self, index: u16) -> Facts {
        let entry = &self.descriptors[index];
        let is_stream = matches!(entry.kind, Kind::Stream(_));
        let (receive_buffer, send_buffer) = match entry.kind {
            Kind::Datagram(datagram) => {
                let limit = self.queues[usize::from(datagram.queue)].limit();
                (limit, LARGEST_BUFFER as usize)
            }
            Kind::Stream(Stream::Open { slot }) => self.slot(slot).capacities(),
            _ => self.sizes.largest,
        };
        let segment = match entry.kind {
            Kind::Stream(Stream::Open { slot }) if self.slot(slot).is_synchronized() => {
                u16::try_from(self.slot(slot).segment()).ok()
            }
            _ => None,
        };
        Facts {
            is_stream,
            is_ipv6: entry.family == AddressFamily::INET6,
            is_bound: entry.has_port(),
            is_listening: matches!(entry.kind, Kind::Stream(Stream::Listening(_))),
            receive_buffer,
            send_buffer,
            segment,
        }
    }
}
