//! The connections: slots, taken and given back, queued when they have something to send, and
//! settled when an engine has done something.

use berkeley::{Errno, Error, Instant, Pool};
use smoltcp::socket::tcp;

use super::sizes::{Sizes, fitness};
use super::state::State;
use super::statistics::Gauge;
pub(super) use super::stream_facts::print_stream;
use crate::ip::IpAddr;
use crate::least::least_by_key;
use crate::memory::ConnectionTables;
use crate::port_index::PortIndex;
use crate::tcp::cookie::Cookies;
use crate::tcp::engine::Engine;
use crate::tcp::half_open::HalfOpenTable;
use crate::tcp::next::Next;
use crate::tcp::segment::{Kind as SegmentKind, OpeningOptions, Outgoing};
use crate::tcp::slot::{Owner, Slot, Slots};
use crate::tcp::time_wait::table::TimeWaitTable;
use crate::tcp::tuple_index::TupleIndex;
use crate::timers::Timers;
use crate::tuple::Tuple;

/// An engine that says "now" and then sends nothing is asked again after this long.
const PAUSE: core::time::Duration = core::time::Duration::from_millis(10);

/// The tables of TCP.
pub(super) struct Connections<'a> {
    pub(super) slots: Slots<'a>,
    pub(super) index: TupleIndex,
    /// The connections by their local ports.
    pub(super) ports: PortIndex<'a>,
    pub(super) half_open: HalfOpenTable<'a>,
    pub(super) cookies: Cookies,
    pub(super) time_wait: TimeWaitTable<'a>,
    pub(super) timers: Timers<'a>,
    /// How many slots are in use.
    pub(super) gauge: Gauge,
    /// What is still to be said, on which link, for a connection that has given up its slot.
    pub(super) last_word: Option<(Outgoing, u8)>,
    /// Slots with something to send, in turn.
    first_queued: Option<u16>,
    last_queued: Option<u16>,
    /// How many frames the first of them has let go first.
    let_go_first: u8,
    /// Slots that nobody uses.
    first_free: Option<u16>,
    /// The sizes of the slots' buffers.
    pub(super) sizes: Sizes,
}

impl<'a> Connections<'a> {
    pub(super) fn new(mut tables: ConnectionTables<'a>) -> Connections<'a> {
        let sizes = Sizes::of(&tables.slots);
        let mut first_free = None;
        for (number, slot) in tables.slots.iter_mut().enumerate().rev() {
            if slot.is_bare() {
                continue;
            }
            slot.next_accepted = first_free;
            first_free = u16::try_from(number).ok();
        }
        Connections {
            slots: tables.slots,
            index: tables.index,
            ports: PortIndex::new(tables.ports),
            half_open: HalfOpenTable::new(tables.half_open),
            cookies: Cookies::NONE,
            time_wait: TimeWaitTable::new(tables.time_wait),
            timers: Timers::new(tables.timers),
            gauge: Gauge::EMPTY,
            last_word: None,
            first_queued: None,
            last_queued: None,
            let_go_first: 0,
            first_free,
            sizes,
        }
    }
}

/// Why an engine may have changed its state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cause {
    /// A segment came in.
    Input,
    /// Its timer ran out while it was asked for output.
    Output,
    /// The program said so.
    Program,
}

impl<'a> State<'a> {
    /// The slot with a number. Whoever has the number has met the slot; without it there is no
    /// connection.
    pub(super) fn slot(&self, number: u16) -> Option<&Slot<'a>> {
        self.tcp.slots.get(usize::from(number))
    }

    /// The same, to be changed.
    #[cfg_attr(not(feature = "alloc"), inline(never))]
    pub(super) fn slot_mut(&mut self, number: u16) -> Option<&mut Slot<'a>> {
        self.tcp.slots.get_mut(usize::from(number))
    }

    /// The ends of the connection in a slot.
    pub(super) fn tuple_of(&self, number: u16) -> Option<&Tuple> {
        self.slot(number)?.tuple.as_ref()
    }

    /// The state of the engine in a slot.
    pub(super) fn engine_state(&self, number: u16) -> tcp::State {
        self.slot(number).map_or(tcp::State::Closed, Slot::state)
    }

    /// The slot of a connection.
    pub(super) fn find_connection(&self, tuple: &Tuple) -> Option<u16> {
        if self.tcp.index.is_absent() {
            let tuple = Some(tuple);
            let found = self.tcp.slots.iter().position(|slot| slot.tuple.as_ref() == tuple);
            return found.and_then(|number| u16::try_from(number).ok());
        }
        let is_it = |number: u16| self.tuple_of(number) == Some(tuple);
        self.tcp.index.find(self.secret.index(tuple), is_it)
    }

    /// Takes a free slot for a connection; when there is none, one whose connection nobody holds any
    /// more, the least valuable first.
    ///
    /// # Errors
    ///
    /// `ENOBUFS` when every slot belongs to somebody.
    pub(super) fn claim_slot(
        &mut self,
        tuple: Tuple,
        owner: Owner,
        (link, next_hop): (u8, IpAddr),
    ) -> Result<u16, Error> {
        if self.tcp.first_free.is_none() {
            self.reclaim_slot();
        }
        let free = self.take_free(owner);
        let Some((number, slot)) = free.and_then(|number| Some((number, self.slot_mut(number)?)))
        else {
            self.tcp.gauge.refuse();
            return Err(Error::exhausted(Pool::Connections, Errno::ENOBUFS));
        };
        slot.prepare();
        slot.owner = owner;
        slot.tuple = Some(tuple);
        (slot.link, slot.next_hop) = (link, next_hop);
        self.tcp.gauge.take();
        self.tcp.index.insert(self.secret.index(&tuple), number);
        self.tcp.ports.insert(tuple.local.port, number);
        Ok(number)
    }

    /// Takes a slot out of the list of free ones: the first, or with several sizes the one that suits
    /// the socket it is for, or the listener.
    fn take_free(&mut self, owner: Owner) -> Option<u16> {
        let (mut before, mut number) = (None, self.tcp.first_free?);
        if self.tcp.sizes.differ()
            && let Owner::Descriptor(descriptor) | Owner::Listener(descriptor) = owner
        {
            let options = self.descriptors.entry(descriptor).ok()?.options;
            let wanted = (options.receive_limit(), options.send_limit());
            let mut least = fitness(self.slot(number)?.capacities(), wanted);
            let mut last = number;
            while let Some(next) = self.slot(last)?.next_accepted {
                let fitness = fitness(self.slot(next)?.capacities(), wanted);
                if fitness < least {
                    (least, before, number) = (fitness, Some(last), next);
                }
                last = next;
            }
        }
        let next = self.slot(number)?.next_accepted;
        match before.and_then(|before| self.slot_mut(before)) {
            Some(before) => before.next_accepted = next,
            None => self.tcp.first_free = next,
        }
        Some(number)
    }

    /// Ends the least valuable connection that nobody holds: one that is over but for a reset, else
    /// one that only waits for the peer's end, else the one that was left longest, whose peer is told
    /// (Linux's `tcp_check_oom`).
    fn reclaim_slot(&mut self) {
        let value = |slot: &Slot<'_>| match slot.state() {
            tcp::State::Closed | tcp::State::TimeWait => 0,
            tcp::State::FinWait2 => 1,
            _ => 2,
        };
        let orphans =
            self.tcp.slots.iter().zip(0..).filter(|(slot, _)| slot.owner == Owner::Orphan);
        let least = least_by_key(orphans, |(slot, _)| (value(slot), slot.orphan_since));
        if let Some((slot, number)) = least {
            if slot.state() != tcp::State::FinWait2 {
                self.tcp.last_word = reset_of(slot).map(|reset| (reset, slot.link));
            }
            self.release_slot(number);
        }
    }

    /// Takes its two ends away from a slot: no segment reaches it any more, and it sends none.
    pub(super) fn detach_slot(&mut self, number: u16) {
        let (slots, secret) = (&self.tcp.slots, &self.secret);
        let tuple_of = |number: u16| slots.get(usize::from(number))?.tuple.as_ref();
        if let Some(tuple) = tuple_of(number) {
            self.tcp.ports.remove(tuple.local.port, number);
            let hash_of = |number| tuple_of(number).map_or(0, |tuple| secret.index(tuple));
            self.tcp.index.remove(number, hash_of);
        }
        if let Some(slot) = self.slot_mut(number) {
            slot.tuple = None;
        }
        self.tcp.timers.set(number, None);
    }

    /// Makes a slot free.
    pub(super) fn release_slot(&mut self, number: u16) {
        self.detach_slot(number);
        self.tcp.gauge.give_back();
        self.note_news(); // somebody may linger for it
        let first_free = self.tcp.first_free;
        let Some(slot) = self.slot_mut(number) else { return };
        slot.release();
        slot.next_accepted = first_free;
        self.tcp.first_free = Some(number);
    }

    /// Puts a slot at the end of the queue of those that have something to send.
    #[cfg_attr(not(feature = "alloc"), inline(never))]
    pub(super) fn queue(&mut self, number: u16) {
        let Some(slot) = self.slot_mut(number) else { return };
        slot.lets_frames_first = false;
        self.enqueue(number);
    }

    /// The same for one that has a burst of segments to acknowledge, perhaps not the whole of it yet.
    fn queue_behind_frames(&mut self, number: u16) {
        let Some(slot) = self.slot_mut(number) else { return };
        slot.lets_frames_first |= !slot.queued;
        self.enqueue(number);
    }

    fn enqueue(&mut self, number: u16) {
        let Some(slot) = self.slot_mut(number) else { return };
        if core::mem::replace(&mut slot.queued, true) {
            return;
        }
        slot.next_queued = None;
        match self.tcp.last_queued.and_then(|last| self.slot_mut(last)) {
            Some(last) => last.next_queued = Some(number),
            None => self.tcp.first_queued = Some(number),
        }
        self.tcp.last_queued = Some(number);
    }

    /// Whether a frame may come in before the first of the queue sends: a burst is acknowledged at
    /// once, as a kernel does whose device hands it several segments as one. Linux's GRO joins up to 64 KiB.
    /// Nobody waits for more frames than these, and none that has data to send does.
    pub(super) fn lets_frame_first(&mut self) -> bool {
        const MOST: u8 = 44; // full segments of Ethernet
        let Some(first) = self.tcp.first_queued.and_then(|first| self.slot(first)) else {
            return true;
        };
        let lets = first.lets_frames_first && self.tcp.let_go_first < MOST;
        self.tcp.let_go_first += u8::from(lets);
        lets
    }

    /// Takes the first slot that has something to send.
    pub(super) fn take_queued(&mut self) -> Option<u16> {
        let number = self.tcp.first_queued?;
        self.tcp.let_go_first = 0;
        let slot = self.slot_mut(number)?;
        slot.queued = false;
        let next = slot.next_queued;
        self.tcp.first_queued = next;
        if next.is_none() {
            self.tcp.last_queued = None;
        }
        Some(number)
    }

    /// Whether a slot has something to send.
    pub(super) fn has_queued(&self) -> bool {
        self.tcp.first_queued.is_some()
    }

    /// Arranges for a slot to be asked for output when its engine wants to: at once, or later.
    pub(super) fn schedule(&mut self, number: u16, engine: &mut Engine, sent: bool, now: Instant) {
        let Some(slot) = self.slot_mut(number) else { return };
        if slot.tuple.is_none() || slot.awaits_neighbour {
            return;
        }
        slot.adjust_patience(now);
        let (orphan_until, patience) = (slot.orphan_until, slot.patience.next_event());
        let mtu = slot.packets.mtu;
        let mut at = slot.set.as_ref().and_then(|set| engine.poll_at(set, mtu, now));
        let due = at.is_some_and(|at| at <= now);
        if due && sent {
            self.queue(number);
            at = None;
        } else if due {
            at = Some(now + PAUSE);
        }
        let earliest = [at, orphan_until, patience].into_iter().flatten().min();
        self.tcp.timers.set(number, earliest);
    }

    /// Arranges for a slot that has taken a segment to be asked for output, where mostly it can be
    /// told without the engine when that will be: to ask it costs as much as a segment.
    #[inline(always)]
    pub(super) fn schedule_next(
        &mut self,
        number: u16,
        next: Next,
        engine: &mut Engine,
        now: Instant,
    ) {
        let Some(slot) = self.slot_mut(number) else { return };
        if next == Next::Ask || slot.awaits_neighbour || slot.owner == Owner::Free {
            return self.schedule(number, engine, true, now);
        }
        if slot.patience.watches_answers() {
            slot.adjust_patience(now);
        }
        self.plan(number, next);
    }

    /// The same for a slot that has sent a segment.
    #[inline(always)]
    pub(super) fn plan_after_output(&mut self, number: u16, next: Next) {
        if let Some(end) = self.slot(number).and_then(|slot| slot.patience.next_event()) {
            self.tcp.timers.set_earlier(number, end);
        }
        self.plan(number, next);
    }

    #[inline(always)]
    fn plan(&mut self, number: u16, next: Next) {
        if let Next::By(at) = next {
            return self.tcp.timers.set_earlier(number, at); // mostly
        }
        match next {
            Next::Now => self.queue(number),
            Next::BehindFrames => self.queue_behind_frames(number),
            Next::By(_) | Next::Nothing | Next::Ask => {}
        }
    }
}

/// The reset that ends a connection in the middle; one that is closed has sent it.
fn reset_of(slot: &Slot<'_>) -> Option<Outgoing> {
    let ended = slot.state() == tcp::State::Closed && slot.socket()?.remote_endpoint().is_none();
    Some(Outgoing {
        tuple: slot.tuple.filter(|_| !ended)?,
        kind: SegmentKind::Reset,
        sequence_number: slot.sent.next()?,
        acknowledgement: slot.sent.acknowledged().map(|(number, _)| number),
        window: 0,
        options: OpeningOptions::default(),
        hop_limit: slot.packets.hop_limit,
        traffic_class: slot.packets.traffic_class,
    })
}
