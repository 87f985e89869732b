//! Putting fragments together again.
//!
//! A datagram's fragments are copied to their places in one buffer; what is missing is kept as a
//! list of holes (RFC 815). A fragment that overlaps what is there, contradicts it, or does not fit
//! makes the whole datagram void, and what else comes of it is dropped (RFC 5722): nobody honest
//! sends such, and guessing which bytes to believe is how filters are got around. A fragment that
//! came before, byte for byte, is no harm: networks duplicate packets (RFC 8200 section 4.5).
//!
//! Sources: RFC 791 section 3.2, RFC 815, RFC 8200 section 4.5, RFC 5722, RFC 3168 section 5.3.

use core::time::Duration;

use berkeley::Instant;
use managed::ManagedSlice;

use super::holes::{Fit, Holes};
use super::ipv6;
use super::packet::{Fragment, IPV4_HEADER_LENGTH, IpHeader, LARGEST_LENGTH};
use crate::ip::{IpAddr, Ipv4Addr};
use crate::stack::{Gauge, PoolUsage};

/// How long after its first fragment a datagram is waited for. RFC 8200 section 4.5 says 60 seconds
/// and RFC 1122 section 3.3.2 60 to 120; there are few places, and what takes this long is lost.
pub(crate) const COMPLETE_WITHIN: Duration = Duration::from_secs(30);

/// A datagram put together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Reassembled<'b> {
    /// Which place it is in, for [`Reassembly::release`].
    pub(crate) slot: usize,
    /// The addresses and fields of its first fragment, as of one whole packet. The range of the
    /// payload is that of `payload`, from 0. IPv6's extension headers are gone.
    pub(crate) header: IpHeader,
    /// The whole payload.
    pub(crate) payload: &'b [u8],
}

/// What the fragments of one datagram share (RFC 791 section 3.2, RFC 8200 section 4.5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Key {
    source: IpAddr,
    destination: IpAddr,
    identification: u32,
    /// With IPv6, only the first fragment's counts.
    protocol: Option<u8>,
}

impl Key {
    const NONE: Key = Key {
        source: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        destination: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        identification: 0,
        protocol: None,
    };

    fn of(header: &IpHeader, fragment: Fragment) -> Key {
        Key {
            source: header.source,
            destination: header.destination,
            identification: fragment.identification,
            protocol: header.source.is_ipv4().then_some(header.protocol),
        }
    }
}

/// What is in a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Free,
    /// Fragments are missing.
    Collecting,
    /// The payload from `start` to before `end` waits to be released.
    Complete {
        start: usize,
        end: usize,
    },
    /// The datagram is void; its other fragments are dropped.
    Void,
}

/// A place for one datagram.
pub(crate) struct ReassemblyBuffer<'a> {
    data: ManagedSlice<'a, u8>,
    state: State,
    key: Key,
    /// When the first of its fragments came.
    started: Instant,
    holes: Holes,
    protocol: u8,
    hop_limit: u8,
    traffic_class: u8,
    /// Whether any fragment met congestion.
    congestion: bool,
}

impl<'a> ReassemblyBuffer<'a> {
    /// A free place with this buffer, which must hold the largest payload that is to be received.
    pub(crate) const fn new(data: ManagedSlice<'a, u8>) -> ReassemblyBuffer<'a> {
        ReassemblyBuffer {
            data,
            state: State::Free,
            key: Key::NONE,
            started: Instant::ZERO,
            holes: Holes::ALL,
            protocol: 0,
            hop_limit: 0,
            traffic_class: 0,
            congestion: false,
        }
    }

    fn start(&mut self, key: Key, now: Instant) {
        self.state = State::Collecting;
        self.key = key;
        self.started = now;
        self.holes = Holes::ALL;
        self.congestion = false;
    }

    fn is_free(&self, now: Instant) -> bool {
        self.state == State::Free || self.started + COMPLETE_WITHIN <= now
    }

    /// How much would be lost with this place: the smallest makes room.
    fn worth(&self, now: Instant) -> (u8, Instant) {
        match self.state {
            _ if self.is_free(now) => (0, Instant::ZERO),
            State::Free => (0, Instant::ZERO),
            State::Void => (1, self.started),
            State::Collecting | State::Complete { .. } => (2, self.started),
        }
    }

    /// Copies a fragment to its place.
    fn place(&mut self, header: &IpHeader, fragment: Fragment, payload: &[u8]) -> Fit {
        const CONGESTION_EXPERIENCED: u8 = 0b11;
        let Some(end) = fragment.offset.checked_add(payload.len()) else {
            return Fit::Contradiction;
        };
        let most = match header.source {
            IpAddr::V4(_) => LARGEST_LENGTH - IPV4_HEADER_LENGTH,
            IpAddr::V6(_) => LARGEST_LENGTH,
        };
        let Some(room) = self.data.get_mut(fragment.offset..end).filter(|_| end <= most) else {
            return Fit::Contradiction;
        };
        let fit = self.holes.fill(fragment.offset, end, fragment.more);
        match fit {
            Fit::New => room.copy_from_slice(payload),
            Fit::Repeated if room == payload => {}
            Fit::Repeated | Fit::Contradiction => return Fit::Contradiction,
        }
        if fragment.offset == 0 {
            self.protocol = header.protocol;
            self.hop_limit = header.hop_limit;
            self.traffic_class = header.traffic_class;
        }
        self.congestion |= header.traffic_class & CONGESTION_EXPERIENCED == CONGESTION_EXPERIENCED;
        fit
    }

    /// Steps over the extension headers at the start of a complete payload, which IPv6 lets the
    /// sender cut along with it.
    fn finish(&mut self) -> State {
        if self.congestion {
            self.traffic_class |= 0b11;
        }
        let Some(end) = self.holes.total() else {
            return State::Free;
        };
        if self.key.source.is_ipv4() {
            return State::Complete { start: 0, end };
        }
        let payload = self.data.get(..end).unwrap_or_default();
        match ipv6::behind_extensions(self.protocol, payload) {
            Some((protocol, payload)) => {
                self.protocol = protocol;
                State::Complete { start: payload.start, end: payload.end }
            }
            None => State::Free,
        }
    }
}

/// The datagrams of which fragments are missing.
pub(crate) struct Reassembly<'a> {
    buffers: ManagedSlice<'a, ReassemblyBuffer<'a>>,
    gauge: Gauge,
}

impl<'a> Reassembly<'a> {
    /// Nothing collected, and these places. Without any, every fragment is dropped.
    pub(crate) fn new(
        buffers: impl Into<ManagedSlice<'a, ReassemblyBuffer<'a>>>,
    ) -> Reassembly<'a> {
        let mut buffers = buffers.into();
        for buffer in buffers.iter_mut() {
            buffer.state = State::Free;
        }
        Reassembly { buffers, gauge: Gauge::EMPTY }
    }

    /// Takes a fragment, and gives the datagram when it was the last one missing. It stays in its
    /// place, for [`get`](Reassembly::get) as well, until it is
    /// [released](Reassembly::release), is too old, or is the oldest when another needs the place.
    ///
    /// `header` and `payload` are those of a packet that [`parse`](super::packet::parse) accepted;
    /// without a fragment in it, nothing happens.
    pub(crate) fn add(
        &mut self,
        header: &IpHeader,
        payload: &[u8],
        now: Instant,
    ) -> Option<Reassembled<'_>> {
        let fragment = header.fragment?;
        let key = Key::of(header, fragment);
        let is_it = |buffer: &ReassemblyBuffer<'_>| {
            buffer.key == key
                && !buffer.is_free(now)
                && !matches!(buffer.state, State::Complete { .. })
        };
        let slot = match self.buffers.iter().position(is_it) {
            Some(slot) => slot,
            None => {
                let places = self.buffers.iter_mut().enumerate();
                let (slot, buffer) = places.min_by_key(|(_, buffer)| buffer.worth(now))?;
                if !buffer.is_free(now) {
                    self.gauge.refuse();
                }
                buffer.start(key, now);
                self.gauge.note(self.collecting(now));
                slot
            }
        };
        let buffer = self.buffers.get_mut(slot)?;
        if buffer.state == State::Void {
            return None;
        }
        match buffer.place(header, fragment, payload) {
            Fit::Contradiction => buffer.state = State::Void,
            Fit::New if buffer.holes.is_closed() => buffer.state = buffer.finish(),
            Fit::New | Fit::Repeated => {}
        }
        self.get(slot)
    }

    /// How the places are used.
    pub(crate) fn usage(&self, now: Instant) -> PoolUsage {
        PoolUsage { in_use: self.collecting(now), ..self.gauge.usage(self.buffers.len()) }
    }

    fn collecting(&self, now: Instant) -> usize {
        self.buffers.iter().filter(|buffer| !buffer.is_free(now)).count()
    }

    /// The complete datagram in this place, if there is one.
    pub(crate) fn get(&self, slot: usize) -> Option<Reassembled<'_>> {
        let buffer = self.buffers.get(slot)?;
        let State::Complete { start, end } = buffer.state else {
            return None;
        };
        let payload = buffer.data.get(start..end)?;
        let header = IpHeader {
            source: buffer.key.source,
            destination: buffer.key.destination,
            protocol: buffer.protocol,
            hop_limit: buffer.hop_limit,
            traffic_class: buffer.traffic_class,
            payload: 0..payload.len(),
            fragment: None,
        };
        Some(Reassembled { slot, header, payload })
    }

    /// Frees the place of a datagram that was delivered.
    pub(crate) fn release(&mut self, slot: usize) {
        if let Some(buffer) = self.buffers.get_mut(slot) {
            buffer.state = State::Free;
        }
    }
}

#[cfg(test)]
mod tests;
