//! What a socket is ready for, with Linux's bits in every state (`tcp_poll`, `datagram_poll`).

use berkeley::Readiness;

use super::state::State;
use crate::descriptor::Kind;

impl State<'_> {
    /// All that a descriptor is ready for.
    pub(super) fn readiness(&self, index: u16) -> Readiness {
        let Ok(entry) = self.descriptors.entry(index) else { return Readiness::INVALID };
        let mut ready = match entry.kind {
            Kind::Free => return Readiness::INVALID,
            Kind::Stream(stream) => self.stream_readiness(entry, stream),
            Kind::Datagram(datagram) => self.datagram_readiness(entry, datagram),
            Kind::Unix(socket) => return self.unix_readiness(socket),
        };
        // Of a listener only connections are told (`inet_csk_listen_poll`).
        if entry.error.is_some() && !entry.kind.listens() {
            ready |= Readiness::ERROR;
        }
        ready
    }
}
