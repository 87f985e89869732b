//! What the options of a socket depend on besides themselves.

use berkeley::AddressFamily;

use super::state::State;
use crate::descriptor::{Descriptor, Kind};
use crate::options::Facts;

impl State<'_> {
    /// What the options of a socket depend on.
    pub(super) fn option_facts(&self, entry: &Descriptor) -> Facts {
        let (receive_buffer, send_buffer, segment) = match entry.kind {
            Kind::Stream(stream) => self.stream_sizes(stream),
            Kind::Datagram(datagram) => self.datagram_sizes(datagram),
            Kind::Unix(_) | Kind::Free => (0, 0, None),
        };
        Facts {
            is_stream: entry.kind.is_stream(),
            family: entry.family,
            socket: entry.kind.socket(),
            is_ipv6: entry.family == AddressFamily::INET6,
            is_bound: entry.has_port(),
            is_listening: entry.kind.listens(),
            receive_buffer,
            send_buffer,
            segment,
        }
    }
}
