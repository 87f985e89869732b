//! Half-open connections: opening segments that were answered and not yet acknowledged.
//!
//! An engine takes two buffers; a peer that never answers must not take an engine. So an opening
//! segment is remembered in a few bytes, this table answers it and repeats the answer, and only the
//! acknowledgement, which proves that the peer is where it says, gets an engine: the handshake is
//! replayed into it with the sequence numbers that went over the wire.

use core::time::Duration;

use berkeley::Instant;
use managed::ManagedSlice;

use super::Tuple;
use super::challenge::ChallengeLimit;
use super::packet_options::{PacketOptions, headers_of};
use super::segment::{Kind, OpeningOptions, Outgoing};
use super::sent::Sent;
use crate::secret::Secret;
use crate::stack::{Gauge, PoolUsage};

/// The first answer is repeated after this long, then after twice as long, and so on.
const FIRST_REPEAT: Duration = Duration::from_secs(1);

/// The longest wait between two of them: Linux's `TCP_RTO_MAX`.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// How often the answer is repeated: Linux's `tcp_synack_retries`.
const REPEATS: u8 = 5;

/// A half-open connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HalfOpen {
    pub(crate) tuple: Tuple,
    /// The descriptor that listens.
    pub(crate) listener: u16,
    /// The link that the opening segment came from.
    pub(crate) link: u8,
    /// The peer's initial sequence number.
    pub(crate) theirs: u32,
    /// Ours.
    pub(crate) ours: u32,
    /// The peer's window, which an opening segment never scales.
    pub(crate) their_window: u16,
    pub(crate) their_options: OpeningOptions,
    /// How often the answer must be due before an acknowledgement without data counts:
    /// TCP_DEFER_ACCEPT.
    pub(crate) defer: u8,
    /// Such an acknowledgement has come: the answer need not be repeated for a while.
    pub(crate) is_acknowledged: bool,
    repeats: u8,
    next_repeat: Instant,
    /// How often it answers what comes again, or may be forged.
    challenges: ChallengeLimit,
}

impl HalfOpen {
    pub(crate) fn new(
        tuple: Tuple,
        listener: u16,
        link: u8,
        (theirs, ours): (u32, u32),
        their_window: u16,
        their_options: OpeningOptions,
        now: Instant,
    ) -> HalfOpen {
        HalfOpen {
            tuple,
            listener,
            link,
            theirs,
            ours,
            their_window,
            their_options,
            defer: 0,
            is_acknowledged: false,
            repeats: 0,
            next_repeat: now + FIRST_REPEAT,
            challenges: ChallengeLimit::new(now),
        }
    }

    /// The answer to the opening segment: what the engine would send with a receive buffer of
    /// `receive_capacity` bytes, with the options of a listener.
    pub(crate) fn answer(&self, receive_capacity: usize, options: &PacketOptions) -> Outgoing {
        let most = options.mtu.saturating_sub(headers_of(&self.tuple));
        let window = options.largest_window(receive_capacity);
        Outgoing {
            tuple: self.tuple,
            kind: Kind::Open,
            sequence_number: self.ours,
            acknowledgement: Some(self.theirs.wrapping_add(1)),
            window: u16::try_from(window).unwrap_or(u16::MAX),
            options: OpeningOptions {
                maximum_segment_size: u16::try_from(most).ok(),
                window_scale: self.their_options.window_scale.map(|_| shift_of(receive_capacity)),
                selective: self.their_options.selective,
            },
            hop_limit: options.hop_limit,
            traffic_class: options.traffic_class,
        }
    }

    /// What has been sent once the answer is acknowledged. From now on windows are scaled.
    pub(crate) fn sent(&self, receive_capacity: usize, options: &PacketOptions) -> Sent {
        let open = options.largest_window(receive_capacity) >> options.window_shift;
        let window = u16::try_from(open).unwrap_or(u16::MAX);
        Sent::up_to(self.ours.wrapping_add(1), (self.theirs.wrapping_add(1), window))
    }

    /// The opening segment, for the replay.
    pub(crate) fn opening(&self) -> Outgoing {
        Outgoing {
            tuple: self.tuple,
            kind: Kind::Open,
            sequence_number: self.theirs,
            acknowledgement: None,
            window: self.their_window,
            options: self.their_options,
            hop_limit: 64,
            traffic_class: 0,
        }
    }
}

/// By how many bits the engine shifts the window of a receive buffer (RFC 7323, section 2).
pub(crate) fn shift_of(receive_capacity: usize) -> u8 {
    let bits = usize::BITS - receive_capacity.leading_zeros();
    u8::try_from(bits.saturating_sub(16)).unwrap_or(0)
}

/// The table.
pub(crate) struct HalfOpenTable<'a> {
    entries: ManagedSlice<'a, Option<HalfOpen>>,
    gauge: Gauge,
}

impl<'a> HalfOpenTable<'a> {
    pub(crate) fn new(entries: ManagedSlice<'a, Option<HalfOpen>>) -> HalfOpenTable<'a> {
        HalfOpenTable { entries, gauge: Gauge::EMPTY }
    }

    pub(crate) fn find(&self, tuple: &Tuple) -> Option<&HalfOpen> {
        self.entries.iter().flatten().find(|entry| entry.tuple == *tuple)
    }

    /// Whether something for this half-open connection may be answered now.
    pub(crate) fn may_answer(&mut self, tuple: &Tuple, secret: &Secret, now: Instant) -> bool {
        let entry = self.entries.iter_mut().flatten().find(|entry| entry.tuple == *tuple);
        entry.is_some_and(|entry| entry.challenges.allows(secret, tuple, now))
    }

    /// Remembers a half-open connection; false when the table is full. Nobody makes room: who is in it
    /// may be there, and the new one can be answered without ([`cookie`](super::cookie)).
    pub(crate) fn insert(&mut self, new: HalfOpen) -> bool {
        match self.entries.iter_mut().find(|entry| entry.is_none()) {
            Some(entry) => {
                *entry = Some(new);
                self.gauge.note(self.entries.iter().flatten().count());
                true
            }
            None => {
                self.gauge.refuse();
                false
            }
        }
    }

    /// An acknowledgement without data has come for a listener that waits for data. Says whether it is
    /// as good as lost.
    pub(crate) fn defers(&mut self, tuple: &Tuple) -> bool {
        let entry = self.entries.iter_mut().flatten().find(|entry| entry.tuple == *tuple);
        entry.is_some_and(|entry| {
            entry.is_acknowledged |= entry.repeats < entry.defer;
            entry.repeats < entry.defer
        })
    }

    pub(crate) fn remove(&mut self, tuple: &Tuple) {
        for entry in self.entries.iter_mut() {
            if entry.is_some_and(|entry| entry.tuple == *tuple) {
                *entry = None;
            }
        }
    }

    /// Forgets what was meant for a listener that is gone.
    pub(crate) fn remove_listener(&mut self, listener: u16) {
        for entry in self.entries.iter_mut() {
            if entry.is_some_and(|entry| entry.listener == listener) {
                *entry = None;
            }
        }
    }

    /// Forgets what came in over a link that is gone.
    pub(crate) fn remove_link(&mut self, link: u8) {
        for entry in self.entries.iter_mut() {
            *entry = entry.filter(|entry| entry.link != link);
        }
    }

    /// How many places are taken.
    pub(crate) fn usage(&self) -> PoolUsage {
        let in_use = self.entries.iter().flatten().count();
        PoolUsage { in_use, ..self.gauge.usage(self.entries.len()) }
    }

    /// Whether a connection to this local port is being opened.
    pub(crate) fn uses_port(&self, port: u16) -> bool {
        self.entries.iter().flatten().any(|entry| entry.tuple.local.port == port)
    }

    /// The next one whose answer is due for repetition, which is counted as done; those that have
    /// been repeated often enough are forgotten.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<HalfOpen> {
        for slot in self.entries.iter_mut() {
            let Some(entry) = slot.as_mut().filter(|entry| entry.next_repeat <= now) else {
                continue;
            };
            let (times, waits) = (entry.repeats, entry.is_acknowledged);
            if times >= REPEATS && !(waits && times < entry.defer) {
                *slot = None;
                continue;
            }
            entry.repeats += 1;
            let wait = FIRST_REPEAT * (1 << entry.repeats.min(7));
            entry.next_repeat = now + wait.min(LONGEST_WAIT);
            // The last one gives a peer that has nothing to say its chance to open.
            if !waits || times + 1 >= entry.defer {
                return Some(*entry);
            }
        }
        None
    }

    /// When [`HalfOpenTable::take_due`] has something to do.
    pub(crate) fn next_event(&self) -> Option<Instant> {
        self.entries.iter().flatten().map(|entry| entry.next_repeat).min()
    }
}
